/**
 * A tail of promises that breaks: `this.tail = this.tail.then(work)`. Once one work is rejected, no later one runs, and each
 * gets the first error. Whoever chains has to take the failure of the one before (`.catch(…)`, or a second handler).
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { WriteEvent } from '../../events/event.js';
import { skipOuter } from '../../syntax/functions.js';
import { chainMethods } from '../../syntax/promise-chains.js';
import { rejectionHandler } from '../../syntax/tree.js';
import { isShared } from '../actors/sharing.js';
import { handlerRaises } from '../effects/exceptions.js';
import { writesTo } from '../effects/mutations.js';
import { declaredConstant } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';

export interface BrokenChain {
  readonly write: WriteEvent;
  /** The first link that a rejection of the one before passes by. */
  readonly link: ts.CallExpression;
}

export function* brokenChains(model: ProgramModel, graph: Graph): Generator<BrokenChain> {
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || event.value === undefined) continue;
    const link = passingLink(model, event, event.value.node);
    if (link === undefined || !isShared(model, graph, event.place)) continue;
    if (isMended(model, event)) continue;
    yield { write: event, link };
  }
}

/** The link onto the place itself, where no link of the chain takes a rejection. */
function passingLink(model: ProgramModel, { place }: WriteEvent, value: ts.Node): ts.CallExpression | undefined {
  const { compiler } = model;
  if (!compiler.isExpression(value)) return undefined;
  let node = skipOuter(compiler, value);
  if (compiler.isIdentifier(node)) node = declaredConstant(model, node)?.value ?? node;
  let link: ts.CallExpression | undefined;
  let mayFail = false;
  while (compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression) && chainMethods.has(node.expression.name.text)) {
    const [handler] = node.arguments;
    if (rejectionHandler(compiler, node) !== undefined || handler === undefined) return undefined;
    mayFail ||= handlerRaises(model, handler);
    link = node;
    node = skipOuter(compiler, node.expression.expression);
  }
  // what comes behind a `finally` alone is no work of its own
  if (link === undefined || !mayFail || !compiler.isPropertyAccessExpression(link.expression) || link.expression.name.text !== 'then') return undefined;
  return model.file(node).places.placeOf(node)?.key === place.key && model.questions.isPromise(link) ? link : undefined;
}

/** Somebody else puts another promise there, which may be where the failure is looked after. */
function isMended(model: ProgramModel, { node, place }: WriteEvent): boolean {
  const file = node.getSourceFile();
  return writesTo(model, place, (_, event) => event.node !== node && event.node.getSourceFile() === file).length > 0;
}
