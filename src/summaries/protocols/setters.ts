/** Who sets a flag to what: by an assignment, or by a helper that sets a constant, its own or one that it is handed. */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Place } from '../../places/place.js';
import type { Activation } from '../../syntax/functions.js';
import { namedCallersOf, settingsOf } from '../effects/settings.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { type Assignment, assignmentsTo } from './outcomes.js';

export interface Setter {
  readonly activation: Activation;
  /** What it is set to there, as that function sees it. */
  readonly value: ts.Node;
}

export function settersOf(model: ProgramModel, graph: Graph, place: Place): readonly Setter[] {
  return settersBehind(model, assignmentsTo(model, graph, place));
}

const settersBehind = memoized((model, assignments: readonly Assignment[]): readonly Setter[] =>
  assignments.flatMap(({ assignment, activation }) => [
    { activation, value: assignment.right },
    ...namedCallersOf(model, activation).flatMap((caller) =>
      settingsOf(model, caller).flatMap(({ write }): readonly Setter[] => (write.node === assignment && write.value?.nature === 'constant' ? [{ activation: caller, value: write.value.node }] : [])),
    ),
  ]),
);
