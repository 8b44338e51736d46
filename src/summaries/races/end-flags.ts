/** Flags by which an end tells what comes after it: it raises one, and others ask for it. */
import { eventsOf } from '../../cfg/graph.js';
import { resets } from '../../events/writes.js';
import type { Place } from '../../places/place.js';
import type { Activation } from '../../syntax/functions.js';
import { activationsNaming } from '../effects/mutations.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';

/** The places that the activation sets to what says that something is so; what is lowered says only that there is nothing ready. */
export const raisedBy = memoized((model, activation: Activation): readonly Place[] =>
  eventsOf(model.graph(activation)).flatMap((event) =>
    event.kind === 'write' && event.how === 'assign' && event.value?.nature === 'constant' && !resets(model.compiler, event) && event.place.path.at(-1)?.kind !== 'element'
      ? [event.place]
      : [],
  ),
);

/** Some other function asks for the flag. */
export function isAskedElsewhere(model: ProgramModel, activation: Activation, flag: Place): boolean {
  return [...activationsNaming(model, flag)].some((other) => {
    if (other === activation || model.compiler.isSourceFile(other)) return false;
    const graph = model.graph(other);
    return eventsOf(graph).some((event) => event.kind === 'test' && readsOfTest(model, graph, event).some((read) => read.place.key === flag.key));
  });
}
