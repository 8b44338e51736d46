/** Flags by which an end tells what comes after it: it raises one, and others ask for it. */
import { eventsOf } from '../../cfg/graph.js';
import type { WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import type { Place } from '../../places/place.js';
import type { Activation } from '../../syntax/functions.js';
import { activationsNaming } from '../effects/mutations.js';
import { settingsOf } from '../effects/settings.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';

export type Mark = 'raised' | 'lowered';

/** A field or variable is set to what says that something is so, or to `false`. */
export function markBy({ compiler }: ProgramModel, write: WriteEvent): Mark | undefined {
  if (write.how !== 'assign' || write.value?.nature !== 'constant' || write.place.path.at(-1)?.kind === 'element') return undefined;
  if (!resets(compiler, write)) return 'raised';
  return write.value.node.kind === compiler.SyntaxKind.FalseKeyword ? 'lowered' : undefined;
}

/** The places that the activation sets to what says that something is so; what is lowered says only that there is nothing ready. */
export const raisedBy = memoized((model, activation: Activation): readonly Place[] =>
  settingsOf(model, activation).flatMap(({ write }) => (markBy(model, write) === 'raised' ? [write.place] : [])),
);

/** Some other function asks for the flag. */
export function isAskedElsewhere(model: ProgramModel, activation: Activation, flag: Place): boolean {
  return [...activationsNaming(model, flag)].some((other) => {
    if (other === activation || model.compiler.isSourceFile(other)) return false;
    const graph = model.graph(other);
    return eventsOf(graph).some((event) => event.kind === 'test' && readsOfTest(model, graph, event).some((read) => read.place.key === flag.key));
  });
}
