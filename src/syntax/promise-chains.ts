/** Chains of promises, link by link: `read().then(parse).catch(report)`. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { isFunctionLiteral, outerParent, skipOuter } from './functions.js';

/** Methods that add a link. */
export const chainMethods: ReadonlySet<string> = new Set(['then', 'catch', 'finally']);

/** What the chain that ends in the value begins with; the value itself where it is no chain. */
export function startOfChain(compiler: Compiler, value: ts.Node): ts.Node {
  let node = compiler.isExpression(value) ? skipOuter(compiler, value) : value;
  while (compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression) && chainMethods.has(node.expression.name.text)) {
    node = skipOuter(compiler, node.expression.expression);
  }
  return node;
}

/** The node with all that is chained to it. */
export function chainOn(compiler: Compiler, node: ts.Node): ts.Node {
  let chain = node;
  for (;;) {
    const { parent, child } = outerParent(compiler, chain);
    if (!compiler.isPropertyAccessExpression(parent) || parent.expression !== child || !chainMethods.has(parent.name.text)) return chain;
    if (!compiler.isCallExpression(parent.parent)) return chain;
    chain = parent.parent;
  }
}

/** The function that is written into `new Promise(…)`. */
export function executorOf(compiler: Compiler, promise: ts.Node): ts.ArrowFunction | ts.FunctionExpression | undefined {
  if (!compiler.isNewExpression(promise) || promise.expression.getText() !== 'Promise') return undefined;
  const [given] = promise.arguments ?? [];
  const executor = given === undefined ? undefined : skipOuter(compiler, given);
  return executor !== undefined && isFunctionLiteral(compiler, executor) ? executor : undefined;
}
