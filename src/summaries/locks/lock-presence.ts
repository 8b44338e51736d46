/**
 * Where locks are at all. Words such as `lock` and `request` are in many files that have none; a function without a lock
 * event, in itself or in what it calls beside it, is spared the questions about locks.
 */
import { eventsOf } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import { type Activation, outerParent } from '../../syntax/functions.js';
import { mentionsGuards } from './guard-annotations.js';
import { isHelpedToLocks } from './held-locks.js';
import { activationsIn } from '../effects/mutations.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

/** Whether some function of the file takes or releases a lock, or an annotation speaks of one. */
export const hasLocks = memoized(
  (model, file: ts.SourceFile): boolean =>
    mentionsGuards(file) || (model.locks.mayContainLocks(file) && [...activationsIn(model, file)].some((each) => model.graph(each).hasLocks)),
);

/** Whether the activation takes or releases a lock, or calls a function of its file that does. */
export const involvesLocks = memoized(
  (model, activation: Activation): boolean => hasLocks(model, activation.getSourceFile()) && takesPart(model, activation),
);

function takesPart(model: ProgramModel, activation: Activation): boolean {
  const graph = model.graph(activation);
  return (
    graph.hasLocks ||
    eventsOf(graph).some((event) => {
      const callee = event.kind === 'call' ? model.callee(event, 'syntactic') : undefined;
      return callee !== undefined && model.graph(callee).hasLocks;
    })
  );
}

/**
 * Whether a lock may be held in the activation: it takes one, has a helper take one, or may be run by who holds one. Told
 * by the names that functions mention, which is less than the search for all callers.
 */
export function mayHoldLocks(model: ProgramModel, activation: Activation): boolean {
  const file = activation.getSourceFile();
  if (mentionsGuards(file)) return true;
  return hasLocks(model, file) && lockingActivations(model, file).has(activation);
}

const lockingActivations = memoized((model, file: ts.SourceFile): ReadonlySet<Activation> => {
  const locking = new Set<Activation>();
  const run = new Map<Activation, Activation[]>();
  const work: Activation[] = [];
  for (const activation of activationsIn(model, file)) {
    const graph = model.graph(activation);
    if (graph.hasLocks || isHelpedToLocks(model, graph)) work.push(activation);
    for (const runner of runnersOf(model, activation)) {
      const list = run.get(runner);
      if (list === undefined) run.set(runner, [activation]);
      else list.push(activation);
    }
  }
  for (let activation = work.pop(); activation !== undefined; activation = work.pop()) {
    if (locking.has(activation)) continue;
    locking.add(activation);
    work.push(...(run.get(activation) ?? []));
  }
  return locking;
});

/** The activations around the function, and those that mention its name. */
function runnersOf(model: ProgramModel, activation: Activation): Activation[] {
  const { compiler } = model;
  if (compiler.isSourceFile(activation)) return [];
  const runners = [model.rootActivation(activation)];
  const { parent } = outerParent(compiler, activation);
  const holder = compiler.isVariableDeclaration(parent) || compiler.isPropertyDeclaration(parent) || compiler.isPropertyAssignment(parent) ? parent.name : undefined;
  for (const name of [activation.name, holder]) {
    if (name === undefined || !(compiler.isIdentifier(name) || compiler.isPrivateIdentifier(name))) continue;
    for (const mention of model.file(activation).mentions(name.text)) runners.push(model.rootActivation(mention));
  }
  return runners;
}
