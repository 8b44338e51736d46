/** What a callee writes of the shared places whose look decided that it is called: the act of a check, or its claim. */
import type { Graph } from '../../cfg/graph.js';
import type { CallEvent } from '../../events/event.js';
import { isShared } from '../actors/sharing.js';
import type { ReadReference } from '../effects/provenance.js';
import { mayLookAtWorkOf, mayMatter } from '../effects/reach.js';
import { type CallWrite, writesOfCall } from '../effects/summary.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from './freshness.js';

export interface DecidedWrites {
  readonly looks: readonly ReadReference[];
  readonly writes: readonly CallWrite[];
}

const none: DecidedWrites = { looks: [], writes: [] };

export function decidedWrites(model: ProgramModel, graph: Graph, call: CallEvent, externalState: boolean): DecidedWrites {
  if (!mayMatter(model, graph, call)) return none;
  // most calls are decided by no look at shared state; only for the others is the callee resolved
  const looks = model
    .controlDependence(graph)
    .controllingTests(call.block)
    .filter((test) => mayLookAtWorkOf(model, graph, test, call))
    .flatMap((test) => readsOfTest(model, graph, test))
    .filter((read) => isShared(model, graph, read.place) && (externalState || read.place.root.kind !== 'external'));
  if (looks.length === 0) return none;
  const sought = [...new Map(looks.map((look) => [look.place.key, look.place])).values()];
  return { looks, writes: writesOfCall(model, call, sought, 'full') };
}
