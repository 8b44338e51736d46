/** What a suspended task waits for, and whether a test can hold it there. Decided from names: a fake is found by what is called. */
import type { Compiler, ts } from '../compiler/compiler.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type FunctionNode, isFunctionLiteral, skipOuter } from '../syntax/functions.js';
import { type Shape, shapeAt } from '../types/shapes.js';
import { consumerGate, type ParameterPlan, type ReplacedFunction } from './replay.js';

/** Functions are followed this deep from the place where a task is suspended. */
const maximumDepth = 4;

export interface Awaited {
  /** Names of fakes that it may wait for. */
  readonly gates: ReadonlySet<string>;
  /** Calls that no fake stands for, of objects that the code makes or finds itself. */
  readonly foreign: readonly ForeignCall[];
}

export interface ForeignCall {
  readonly call: ts.CallExpression;
  /** The call by which the file of the node gets there: the same one, or that of a function in another file. */
  readonly outermost: ts.CallExpression;
}

/** The names of all asynchronous functions in what is handed in, such as `service.login`. */
export function gateNames(given: readonly ParameterPlan[]): string[] {
  const within = (path: string, shape: Shape): string[] => {
    if (shape.kind === 'function') return shape.isAsync ? [path] : [];
    return shape.kind === 'object' ? shape.members.flatMap((member) => within(`${path}.${member.name}`, member.shape)) : [];
  };
  return given.flatMap(({ name, shape }) => within(name, shape));
}

/** What is waited for at the node, in the functions of the program that it calls too. */
export function awaitedAt(model: ProgramModel, node: ts.Node, gates: readonly string[]): Awaited {
  const { compiler } = model;
  const found = new Set<string>();
  const foreign: ForeignCall[] = [];
  const seen = new Set<ts.Node>();

  const visitCall = (call: ts.CallExpression, depth: number, crossing: ts.CallExpression | undefined): void => {
    const callee = skipOuter(compiler, call.expression);
    const name = lastName(compiler, callee);
    const matching = gates.filter((gate) => gate.split('.').at(-1) === name);
    if (matching.length > 0) {
      for (const gate of matching) found.add(gate);
      return;
    }
    const body = model.calleeOfExpression(callee, 'full');
    if (body !== undefined) {
      if (depth < maximumDepth && !seen.has(body)) {
        seen.add(body);
        visit(body, depth + 1, body, crossing ?? (body.getSourceFile() === node.getSourceFile() ? undefined : call));
      }
      return;
    }
    // a lock is real in the test: whoever holds it is held by a fake
    if (model.locks.classifyCall(call) !== undefined) return;
    if (isAwaited(compiler, call) && model.questions.isPromise(call) && !isLanguage(callee)) foreign.push({ call, outermost: crossing ?? call });
  };
  const visit = (child: ts.Node, depth: number, root: ts.Node, crossing: ts.CallExpression | undefined): void => {
    if (compiler.isCallExpression(child)) visitCall(child, depth, crossing);
    if (compiler.isYieldExpression(child) && gates.includes(consumerGate)) found.add(consumerGate);
    // a callback runs only if somebody calls it; those of locks and chains do
    const isCallback = isFunctionLiteral(compiler, child) && child !== root;
    if (isCallback && !compiler.isCallExpression(child.parent)) return;
    compiler.forEachChild(child, (next) => visit(next, depth, root, crossing));
  };
  visit(node, 0, node, undefined);
  return { gates: found, foreign };
}

/** Imported functions, and `fetch`, that the functions wait for: what a test replaces as a whole. */
export function replacedFunctions(model: ProgramModel, functions: readonly FunctionNode[]): readonly ReplacedFunction[] {
  const { compiler, program } = model;
  const found = new Map<string, ReplacedFunction>();
  const seen = new Set<ts.Node>(functions);
  const visit = (node: ts.Node): void => {
    if (compiler.isCallExpression(node)) {
      const callee = skipOuter(compiler, node.expression);
      const replaced = replacedBy(model, node, callee, () => shapeAt(compiler, program, callee));
      if (replaced !== undefined) found.set(`${replaced.module?.name} ${replaced.name}`, replaced);
      else {
        const body = model.calleeOfExpression(callee, 'syntactic');
        if (body !== undefined && !seen.has(body)) {
          seen.add(body);
          visit(body);
        }
      }
    }
    compiler.forEachChild(node, visit);
  };
  functions.forEach(visit);
  return [...found.values()];
}

function replacedBy(model: ProgramModel, call: ts.CallExpression, callee: ts.Expression, shape: () => Shape): ReplacedFunction | undefined {
  const { compiler } = model;
  const root = compiler.isPropertyAccessExpression(callee) ? callee.expression : callee;
  if (!compiler.isIdentifier(root) || call.arguments.some((argument) => isFunctionLiteral(compiler, argument))) return undefined;
  const binding = model.file(call).scopes.resolve(root);
  if (binding === undefined) {
    return root === callee && root.text === 'fetch' ? { module: undefined, holder: [], name: 'fetch', result: { kind: 'open', name: 'Response' } } : undefined;
  }
  if (binding.kind !== 'import' || !model.questions.isPromise(call) || model.locks.classifyCall(call) !== undefined) return undefined;
  const { declaration } = binding;
  const isNamed = compiler.isImportSpecifier(declaration);
  if (isNamed === (root !== callee)) return undefined;
  const name = isNamed ? (declaration.propertyName ?? declaration.name).text : compiler.isPropertyAccessExpression(callee) ? callee.name.text : undefined;
  const module = moduleOfImport(compiler, declaration);
  const described = shape();
  if (name === undefined || module === undefined || described.kind !== 'function' || !described.isAsync) return undefined;
  return { module, holder: [], name, result: described.result };
}

/** The module that the import declaration names which the node is part of. */
export function moduleOfImport(compiler: Compiler, declaration: ts.Node): ReplacedFunction['module'] {
  let current = declaration;
  while (!compiler.isImportDeclaration(current)) {
    if (compiler.isSourceFile(current)) return undefined;
    current = current.parent;
  }
  const { moduleSpecifier } = current;
  return compiler.isStringLiteral(moduleSpecifier) ? { isFile: moduleSpecifier.text.startsWith('.'), name: moduleSpecifier.text } : undefined;
}

function isAwaited(compiler: Compiler, call: ts.CallExpression): boolean {
  const { parent } = call;
  return compiler.isAwaitExpression(parent) || compiler.isReturnStatement(parent) || compiler.isPropertyAccessExpression(parent) || compiler.isArrowFunction(parent);
}

function lastName(compiler: Compiler, callee: ts.Expression): string {
  const name = compiler.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  return name.replace(/^[#_]+/, '');
}

/** `Promise.all`, `Promise.resolve`: what is waited for is in the arguments. */
function isLanguage(callee: ts.Expression): boolean {
  return /^(?:Promise\.\w+|.*\.(?:then|catch|finally|map|forEach))$/s.test(callee.getText());
}
