/**
 * References that a section lends out on purpose: it counts the borrower in the object while it holds the lock, and whoever is
 * done with it counts itself out. The count then changes in the hands of others because that is what it is for.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { LockReference } from '../../events/event.js';
import { lastName } from '../../places/place.js';
import { countStepOf } from '../../syntax/tree.js';
import { holdsOneOf, mayReach, type Mutation } from '../effects/mutations.js';
import type { Reference } from '../effects/reference-steps.js';
import type { ProgramModel } from '../model/program-model.js';
import type { HeldLocks } from './held-locks.js';

/** Whether the mutation is a step of a count of borrowers, in which the section counts whoever gets the reference. */
export function isCountOfBorrowers(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  locks: readonly LockReference[],
  reference: Reference,
  { event, place }: Mutation,
): boolean {
  const { compiler } = model;
  const name = lastName(place);
  if (event.kind !== 'write' || name === undefined || place.path.length !== reference.place.path.length + 1) return false;
  if (countStepOf(compiler, event.node)?.isByOne !== true) return false;
  const isCounted = eventsOf(graph).some(
    (write) =>
      write.kind === 'write' &&
      lastName(write.place) === name &&
      mayReach(write.place, reference.place) &&
      countStepOf(compiler, write.node)?.direction === 'up' &&
      holdsOneOf(held.at(write), locks),
  );
  return isCounted && isCountedDown(model, name);
}

/** Somebody takes one away from a count of that name. */
function isCountedDown(model: ProgramModel, name: string): boolean {
  const { compiler, program } = model;
  return program.getSourceFiles().some((source) => {
    if (source.isDeclarationFile || !source.text.includes(name)) return false;
    return model.file(source).mentions(name).some(({ parent }) => {
      const step = compiler.isPropertyAccessExpression(parent) ? countStepOf(compiler, parent.parent) : undefined;
      return step?.direction === 'down' && step.counter === parent;
    });
  });
}
