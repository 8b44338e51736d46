/**
 * Where locks are at all. Words such as `lock` and `request` are in many files that have none; a function without a lock
 * event, in itself or in what it calls beside it, is spared the questions about locks.
 */
import { eventsOf } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { Activation } from '../syntax/functions.js';
import { mentionsGuards } from './guard-annotations.js';
import { activationsIn } from './mutations.js';
import { createModelCache, type ProgramModel } from './program-model.js';

const files = createModelCache<ts.SourceFile, boolean>();

/** Whether some function of the file takes or releases a lock, or an annotation speaks of one. */
export function hasLocks(model: ProgramModel, file: ts.SourceFile): boolean {
  const cache = files(model);
  let has = cache.get(file);
  if (has === undefined) {
    has = mentionsGuards(file) || (model.locks.mayContainLocks(file) && [...activationsIn(model, file)].some((each) => model.graph(each).hasLocks));
    cache.set(file, has);
  }
  return has;
}

/** Whether the activation takes or releases a lock, or calls a function of its file that does. */
export function involvesLocks(model: ProgramModel, activation: Activation): boolean {
  if (!hasLocks(model, activation.getSourceFile())) return false;
  const graph = model.graph(activation);
  return (
    graph.hasLocks ||
    eventsOf(graph).some((event) => {
      const callee = event.kind === 'call' ? model.callee(event, 'syntactic') : undefined;
      return callee !== undefined && model.graph(callee).hasLocks;
    })
  );
}
