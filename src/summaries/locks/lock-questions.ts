/**
 * A question about a lock, or a wait for its release, that is taken for the lock: what follows is not under it, and after
 * the next suspension the answer is old.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent, TestEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { heldLocks } from './held-locks.js';
import { contextOf } from '../actors/contexts.js';
import type { ProgramModel } from '../model/program-model.js';
import { callsBehind } from '../effects/provenance.js';
import { isShared } from '../actors/sharing.js';

export interface OldAnswer {
  readonly kind: 'query' | 'wait';
  readonly lock: string;
  /** The question or the wait. */
  readonly node: ts.Node;
  /** The suspension after it. */
  readonly suspension: ts.Node;
  /** What relies on the answer: an acquire of the same lock, or a write. */
  readonly act: ts.Node;
  readonly isAcquire: boolean;
  /** Display text of what is written. */
  readonly place: string;
}

export function oldAnswers(model: ProgramModel, graph: Graph): readonly OldAnswer[] {
  if (!model.locks.mayContainLocks(graph.owner.getSourceFile())) return [];
  const found: OldAnswer[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind === 'test') found.push(...askedBy(model, graph, event));
    else if (event.kind === 'suspend' && event.reason === 'await') found.push(...waitedAt(model, graph, event));
  }
  if (found.length > 0 && contextOf(model, graph.owner).multiplicity !== 'overlapping') return [];
  return found;
}

/** `if (!mutex.isLocked()) { … }`, `while (mutex.isLocked()) await pause();` */
function* askedBy(model: ProgramModel, graph: Graph, test: TestEvent): Generator<OldAnswer> {
  const question = questionBehind(model, graph, test);
  if (question === undefined) return;
  const { lock, place, node } = question;
  const acts = actsAfter(model, graph, test, place, (act) => test.isLoop || model.controlDependence(graph).controllingTests(act.block).includes(test));
  for (const act of acts) {
    if (act.isAcquire && test.isLoop) continue;
    yield { kind: 'query', lock, node, ...act };
    return;
  }
}

interface Question {
  readonly node: ts.Node;
  readonly lock: string;
  readonly place: Place | undefined;
}

function questionBehind(model: ProgramModel, graph: Graph, test: TestEvent): Question | undefined {
  const { compiler } = model;
  for (const source of test.value.sources) {
    if (source.kind !== 'read' || !compiler.isPropertyAccessExpression(source.node)) continue;
    const operation = model.locks.classifyRead(source.node);
    if (operation?.lock !== undefined) return { node: source.node, lock: operation.lock.getText(), place: model.file(source.node).places.placeOf(operation.lock) };
  }
  for (const call of callsBehind(graph, test.value)) {
    const operation = operationOf(model, call);
    if (operation?.kind !== 'query') continue;
    // of a function of a module, such as `check(file)`, the key is the lock
    const { lock, key, lockName } = operation;
    if (lock === undefined) return { node: call.node, lock: key === undefined ? lockName : `${lockName}[${key.getText()}]`, place: undefined };
    return { node: call.node, lock: lock.getText(), place: model.file(call.node).places.placeOf(lock) };
  }
  return undefined;
}

function operationOf(model: ProgramModel, call: CallEvent): ReturnType<ProgramModel['locks']['classifyCall']> {
  return model.compiler.isCallExpression(call.node) && call.reference === undefined ? model.locks.classifyCall(call.node) : undefined;
}

/** `await mutex.waitForUnlock();` and then what needs the lock. */
function* waitedAt(model: ProgramModel, graph: Graph, event: SuspendEvent): Generator<OldAnswer> {
  const { compiler } = model;
  for (const source of event.operand?.sources ?? []) {
    if (source.kind !== 'call') continue;
    const operation = operationOf(model, source);
    if (operation?.kind !== 'wait' || operation.until !== 'free' || operation.lock === undefined || !compiler.isAwaitExpression(event.node)) continue;
    const place = model.file(source.node).places.placeOf(operation.lock);
    for (const act of actsAfter(model, graph, event, place, () => true)) {
      // who waits and then acquires has waited in vain, no more
      if (act.isAcquire) continue;
      yield { kind: 'wait', lock: operation.lock.getText(), node: source.node, ...act };
      return;
    }
  }
}

type Reliance = Pick<OldAnswer, 'suspension' | 'act' | 'isAcquire' | 'place'>;

/** The first acts after the event that come after a further suspension, outside of any lock. */
function* actsAfter(
  model: ProgramModel,
  graph: Graph,
  from: Event,
  lock: Place | undefined,
  relies: (act: Event) => boolean,
): Generator<Reliance> {
  const held = heldLocks(model, graph);
  const seen = new Set<string>();
  const work: { block: number; index: number; suspension: ts.Node | undefined }[] = [{ block: from.block, index: from.index + 1, suspension: undefined }];
  const isLoopTest = from.kind === 'test' && from.isLoop;
  for (let item = work.shift(); item !== undefined; item = work.shift()) {
    const key = `${item.block} ${item.suspension === undefined}`;
    if (item.index === 0) {
      if (seen.has(key)) continue;
      seen.add(key);
    }
    let { suspension } = item;
    let isOver = false;
    const block = graph.blocks[item.block];
    for (const event of block?.events.slice(item.index) ?? []) {
      if (event === from) {
        isOver = true;
        break;
      }
      if (event.kind === 'acquire') {
        if (lock !== undefined && event.lock.place?.key === lock.key && suspension !== undefined && relies(event)) {
          yield { suspension, act: event.node, isAcquire: true, place: event.lock.text };
        }
        isOver = true;
        break;
      }
      if (event.kind === 'suspend' && event.reason !== 'acquire') suspension = event.node;
      else if (event.kind === 'write' && suspension !== undefined && isShared(model, graph, event.place) && !held.isExclusive(event) && relies(event)) {
        yield { suspension, act: event.node, isAcquire: false, place: event.place.text };
        isOver = true;
        break;
      }
    }
    if (isOver || block === undefined) continue;
    for (const edge of block.out) {
      if (edge.label === 'throws' || edge.label === 'fork') continue;
      // the body of the loop waits for the answer to change; what follows relies on it
      if (isLoopTest && item.block === from.block && edge.label === 'true') continue;
      work.push({ block: edge.to, index: 0, suspension });
    }
  }
}
