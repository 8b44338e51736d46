/**
 * What an object is set up with before anybody else has it: `const recorder = new Recorder(); await recorder.start();
 * this.recorders.push(recorder);`. While another method of the recorder waits, `start` is long over.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { Event, WriteEvent } from '../../events/event.js';
import type { ProgramModel } from '../model/program-model.js';
import { runsBeforeShared } from './confinement.js';

/** The write is made once for its object, by an initialiser that has not yet started anything which could run beside it. */
export function isFirstWrite(model: ProgramModel, graph: Graph, write: WriteEvent): boolean {
  if (write.place.root.kind !== 'this' || !runsBeforeShared(model, graph.owner)) return false;
  return !eventsOf(graph).some((event) => mayStartOthers(model, event) && follows(graph, event, write));
}

/** Functions that are handed out, and work that is not waited for, may come back to the object. */
function mayStartOthers(model: ProgramModel, event: Event): boolean {
  if (event.kind === 'closure') return true;
  if (event.kind !== 'call' || event.consumption === 'awaited' || event.consumption === 'returned') return false;
  if (event.name === 'bind' || event.arguments.some(({ node }) => node.kind === model.compiler.SyntaxKind.ThisKeyword)) return true;
  const callee = model.callee(event, 'syntactic');
  return callee !== undefined && model.graph(callee).hasSuspension;
}
