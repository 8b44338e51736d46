/**
 * Sections that may run without their lock and do not ask: `locks.request(name, { ifAvailable: true }, callback)` runs the
 * callback at once, with `null` in place of the lock where somebody else holds it.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { LockReference } from '../../events/event.js';
import type { FunctionNode } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { isShared } from '../actors/sharing.js';
import type { ProgramModel } from '../model/program-model.js';

export interface UnaskedSection {
  /** The call that runs the callback. */
  readonly node: ts.CallExpression;
  readonly lock: LockReference;
  /** What the section does: the first write of what others share, or the first suspension. */
  readonly act: ts.Node;
  /** Display text of what is written. */
  readonly place: string | undefined;
}

export function* unaskedSections(model: ProgramModel, graph: Graph): Generator<UnaskedSection> {
  const { compiler } = model;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'acquire' || event.operation?.kind !== 'run' || !event.operation.conditional || !compiler.isCallExpression(event.node)) continue;
    const callback = model.calleeOfExpression(event.operation.callback, 'full');
    if (callback === undefined || looksAtLock(model, callback)) continue;
    const act = actIn(model, graph.inlined.has(callback) ? graph : model.graph(callback), callback);
    if (act !== undefined) yield { node: event.node, lock: event.lock, ...act };
  }
}

/** Whatever it does with its argument: code that takes a lock for granted fails where there is none. */
function looksAtLock(model: ProgramModel, callback: FunctionNode): boolean {
  const [parameter] = callback.parameters;
  if (parameter === undefined) return usesArguments(model.compiler, callback);
  const { name } = parameter;
  if (!model.compiler.isIdentifier(name)) return true;
  const file = model.file(callback);
  const binding = file.scopes.resolve(name);
  return file.mentions(name.text).some((mention) => mention !== name && model.compiler.isIdentifier(mention) && file.scopes.resolve(mention) === binding);
}

function usesArguments(compiler: Compiler, callback: FunctionNode): boolean {
  return !compiler.isArrowFunction(callback) && callback.body !== undefined && /\barguments\b/.test(callback.body.getText());
}

function actIn(model: ProgramModel, graph: Graph, callback: FunctionNode): Pick<UnaskedSection, 'act' | 'place'> | undefined {
  let suspension: ts.Node | undefined;
  for (const event of eventsOf(graph)) {
    if (!isWithin(event.node, callback) || event.node === callback) continue;
    if (event.kind === 'suspend') suspension ??= event.node;
    else if (event.kind === 'write' && isShared(model, graph, event.place)) {
      if (event.collection === undefined || model.questions.isCollection(event.collection)) return { act: event.node, place: event.place.text };
    }
  }
  return suspension === undefined ? undefined : { act: suspension, place: undefined };
}
