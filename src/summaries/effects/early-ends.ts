/**
 * Sections that end before their work has: the section lasts until its callback returns, and an asynchronous callback returns
 * a promise at its first `await`.
 */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import { type Activation, type FunctionNode, isAsync, isFunctionLiteral, isFunctionNode, isGenerator, skipOuter } from '../../syntax/functions.js';
import type { ProgramModel } from '../model/program-model.js';

export interface EarlyEnd {
  /** The call that is handed the callback. */
  readonly node: ts.CallExpression;
  /** What is called, for messages. */
  readonly text: string;
  /** The first `await` of the callback. */
  readonly wait: ts.Node;
  /** What comes after it. */
  readonly rest: ts.Node;
}

/** A section of this kind is begun by a call that neither suspends nor takes a lock. */
export function mayEndEarly({ compiler, locks }: ProgramModel, activation: Activation): boolean {
  return !compiler.isSourceFile(activation) && locks.mayContainShortSections(activation.getSourceFile());
}

export function earlyEnds(model: ProgramModel, graph: Graph): readonly EarlyEnd[] {
  const { compiler } = model;
  const { owner } = graph;
  if (!model.locks.mayContainShortSections(owner.getSourceFile())) return [];
  const found: EarlyEnd[] = [];
  const walk = (node: ts.Node): void => {
    // functions that are not part of this activation are looked at as activations of their own
    if (node !== owner && isFunctionNode(compiler, node) && !graph.inlined.has(node)) return;
    const end = compiler.isCallExpression(node) ? endOf(model, node) : undefined;
    if (end !== undefined) found.push(end);
    compiler.forEachChild(node, walk);
  };
  walk(owner);
  return found;
}

function endOf(model: ProgramModel, node: ts.CallExpression): EarlyEnd | undefined {
  const { compiler } = model;
  if (!node.arguments.some((each) => isFunctionLiteral(compiler, skipOuter(compiler, each)) || compiler.isIdentifier(each))) return undefined;
  const operation = model.locks.classifyCall(node);
  if ((operation?.kind !== 'enclose' && operation?.kind !== 'run') || operation.asynchronous) return undefined;
  // the section goes on until its release
  if (operation.kind === 'run' && operation.release !== undefined) return undefined;
  const callback = model.calleeOfExpression(operation.callback, 'full');
  if (callback?.body === undefined || !isAsync(compiler, callback) || isGenerator(callback)) return undefined;
  const [wait, rest] = waitAndRest(compiler, callback);
  return wait === undefined || rest === undefined ? undefined : { node, text: node.expression.getText(), wait, rest };
}

/** The first `await` of the function, and what is done with its result or after it. */
function waitAndRest(compiler: ProgramModel['compiler'], callback: FunctionNode): readonly [ts.Node | undefined, ts.Node | undefined] {
  let wait: ts.Node | undefined;
  let rest: ts.Node | undefined;
  const walk = (node: ts.Node): void => {
    if (isFunctionNode(compiler, node)) return;
    compiler.forEachChild(node, walk);
    if (compiler.isAwaitExpression(node)) wait ??= node;
    else if (wait !== undefined && compiler.isCallExpression(node) && node.end > wait.end) rest ??= node;
  };
  if (callback.body !== undefined) walk(callback.body);
  return [wait, rest];
}
