/** Chains of promises, link by link: `read().then(parse).catch(report)`. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { type Activation, enclosingActivation, type FunctionNode, isFunctionLiteral, outerParent, skipOuter } from './functions.js';

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

/**
 * The function whose own steps the node belongs to: that around it, or around the chain whose link it stands in, where that
 * function waits for the chain or hands it on.
 */
export function waitingActivation(compiler: Compiler, node: ts.Node): Activation {
  for (let own = enclosingActivation(compiler, node); ; ) {
    const link = compiler.isSourceFile(own) ? undefined : linkOf(compiler, own);
    if (link === undefined) return own;
    const { parent, child } = outerParent(compiler, chainOn(compiler, link));
    const isResult = compiler.isArrowFunction(parent) && parent.body === child;
    if (!isResult && !compiler.isAwaitExpression(parent) && !compiler.isReturnStatement(parent)) return own;
    own = enclosingActivation(compiler, link);
  }
}

/** The link of a chain that the function is written into. */
export function linkOf(compiler: Compiler, handler: FunctionNode): ts.CallExpression | undefined {
  const { parent, child } = outerParent(compiler, handler);
  if (!compiler.isCallExpression(parent) || parent.expression === child || !compiler.isPropertyAccessExpression(parent.expression)) return undefined;
  return chainMethods.has(parent.expression.name.text) ? parent : undefined;
}

/** The promise whose answer the parameter is: `ask()` for the `answer` of `ask().then((answer) => …)`. */
export function promiseGiving(compiler: Compiler, parameter: ts.Node): ts.Expression | undefined {
  if (!compiler.isParameter(parameter) || compiler.isIndexSignatureDeclaration(parameter.parent) || parameter.parent.parameters[0] !== parameter) return undefined;
  const handler = parameter.parent;
  const link = isFunctionLiteral(compiler, handler) ? linkOf(compiler, handler) : undefined;
  if (link === undefined || !compiler.isPropertyAccessExpression(link.expression) || link.expression.name.text !== 'then') return undefined;
  const [first] = link.arguments;
  return first !== undefined && skipOuter(compiler, first) === handler ? skipOuter(compiler, link.expression.expression) : undefined;
}

/** The function that is written into `new Promise(…)`. */
export function executorOf(compiler: Compiler, promise: ts.Node): ts.ArrowFunction | ts.FunctionExpression | undefined {
  if (!compiler.isNewExpression(promise) || promise.expression.getText() !== 'Promise') return undefined;
  const [given] = promise.arguments ?? [];
  const executor = given === undefined ? undefined : skipOuter(compiler, given);
  return executor !== undefined && isFunctionLiteral(compiler, executor) ? executor : undefined;
}
