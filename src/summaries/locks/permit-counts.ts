/**
 * Permits that are taken in one number and given back in another: `acquire(2)` and `release()`. What is missing is missing for
 * good; what is too much lets in more than there is room for.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Weight } from '../../locks/operation.js';
import { isFunctionNode } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';
import type { Obligation } from './obligation.js';

export interface Miscount {
  readonly release: ts.Node;
  readonly taken: Weight;
  readonly given: Weight;
  readonly isFewer: boolean;
}

/** Only where one release stands for the acquire: of several, one may be for each permit. */
export function miscountOf(model: ProgramModel, graph: Graph, obligation: Obligation): Miscount | undefined {
  const taken = obligation.operation.weight;
  if (taken === undefined || obligation.helper !== undefined) return undefined;
  let found: { readonly node: ts.Node; readonly given: Weight } | undefined;
  for (const event of eventsOf(graph)) {
    if (event.kind === 'acquire' && event.lock.key === obligation.lock.key && event.node !== obligation.node) return undefined;
    if (obligation.discharge(event) === undefined) continue;
    if (event.kind !== 'release' || event.operation?.kind !== 'release' || event.operation.weight === undefined) return undefined;
    // a `finally` is in the graph once for each way into it
    if (found !== undefined && found.node !== event.node) return undefined;
    found = { node: event.node, given: event.operation.weight };
  }
  if (found === undefined || isRepeated(model, graph, found.node, obligation.node)) return undefined;
  const difference = differenceOf(taken, found.given);
  return difference === undefined ? undefined : { release: found.node, taken, given: found.given, isFewer: difference === 'fewer' };
}

function differenceOf(taken: Weight, given: Weight): 'fewer' | 'more' | undefined {
  if (taken.text === given.text) return undefined;
  if (taken.value !== undefined && given.value !== undefined) {
    return given.value < taken.value ? 'fewer' : given.value > taken.value ? 'more' : undefined;
  }
  // a number of permits that somebody chooses is given back as one
  return taken.value === undefined && given.text === '1' ? 'fewer' : undefined;
}

/** In a loop, or in a function that may be called for each permit. */
function isRepeated({ compiler }: ProgramModel, { owner }: Graph, release: ts.Node, acquire: ts.Node): boolean {
  for (let node = release.parent; node !== owner && !compiler.isSourceFile(node); node = node.parent) {
    if ((compiler.isIterationStatement(node, false) || isFunctionNode(compiler, node)) && !isWithin(acquire, node)) return true;
  }
  return false;
}
