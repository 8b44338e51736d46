/**
 * What the worker of a queue owes that is handed a function to say that it is done: the queue gives its place to nobody else before.
 */
import type { Graph } from '../../cfg/graph.js';
import type { AcquireOperation } from '../../locks/operation.js';
import type { ProgramModel } from '../model/program-model.js';
import { Owed, type Obligation } from './obligation.js';

/** Undefined where the function is no such worker. */
export function workerObligation(model: ProgramModel, graph: Graph): Obligation | undefined {
  const { compiler } = model;
  if (compiler.isSourceFile(graph.owner)) return undefined;
  const section = model.locks.sectionAround(graph.owner);
  if (section?.releaser === undefined || !compiler.isCallExpression(section.node)) return undefined;
  const done = model.file(section.releaser).scopes.resolve(section.releaser);
  if (done === undefined || done.assignments.length > 0) return undefined;
  const { node, mode, key, text, reentrant } = section;
  const operation: AcquireOperation = {
    ...{ kind: 'acquire', node, lock: undefined, lockName: text, key: undefined, model: text, mode, permits: undefined, reentrant },
    ...{ asynchronous: false, conditional: false, notTaken: undefined, failure: 'never', timed: false, waits: true },
    release: { kind: 'call-result', asynchronous: false, again: 'fails' },
    ...{ resource: false, collected: false, calledBack: true, disposable: false },
    ...{ sharedAlternative: undefined, sharedOption: undefined, scopedAlternative: undefined },
  };
  return new Owed(model, graph, node, operation, { key, place: undefined, text, isLocal: false }, undefined, undefined, false, done);
}
