/**
 * A question about a lock, or a wait for its release, that is taken for the lock: what follows is not under it, and after
 * the next suspension the answer is old.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent, TestEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { outerParent, skipOuter } from '../../syntax/functions.js';
import { heldLocks } from './held-locks.js';
import { contextOf } from '../actors/contexts.js';
import type { ProgramModel } from '../model/program-model.js';
import { callsBehind } from '../effects/provenance.js';
import { isShared } from '../actors/sharing.js';

export interface OldAnswer {
  /** `name`: what was asked is the lock of a name, such as a path, and the act is done to what has the name. */
  readonly kind: 'query' | 'wait' | 'name';
  readonly lock: string;
  /** The question or the wait. */
  readonly node: ts.Node;
  /** The suspension after it; that for the answer itself where the act is done to what has the name. */
  readonly suspension: ts.Node;
  /** What relies on the answer: an acquire of the same lock, a write, or a call that is handed the name. */
  readonly act: ts.Node;
  readonly isAcquire: boolean;
  /** Display text of what is written or called. */
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
  const act = question.name === undefined ? undefined : actOnName(model, graph, test, question.name);
  if (act !== undefined) yield { kind: 'name', lock, node, suspension: question.awaited ?? act, act, isAcquire: false, place: calleeText(model, act) };
}

/**
 * `if (!(await check(path))) await write(path, text);`: a call for its effect alone, which is handed the name that was asked
 * about. Who acquires first is held up, or told that another one was faster.
 */
function actOnName(model: ProgramModel, graph: Graph, test: TestEvent, name: ts.Expression): ts.CallExpression | undefined {
  const { compiler } = model;
  const held = heldLocks(model, graph);
  for (const event of eventsOf(graph)) {
    if (event.kind === 'acquire' && follows(graph, test, event)) return undefined;
    if (event.kind !== 'call' || event.consumption !== 'awaited' || !compiler.isCallExpression(event.node) || !follows(graph, test, event)) continue;
    if (!model.controlDependence(graph).controllingTests(event.block).includes(test) || held.isExclusive(event) || operationOf(model, event) !== undefined) continue;
    const { parent } = outerParent(compiler, event.node);
    const isForEffect = compiler.isAwaitExpression(parent) && compiler.isExpressionStatement(parent.parent);
    if (isForEffect && event.node.arguments.some((argument) => isSameName(model, argument, name))) return event.node;
  }
  return undefined;
}

function isSameName(model: ProgramModel, left: ts.Expression, right: ts.Expression): boolean {
  if (model.compiler.isStringLiteralLike(left)) return model.compiler.isStringLiteralLike(right) && left.text === right.text;
  const { places } = model.file(left);
  const place = places.placeOf(left);
  return place !== undefined && place.key === places.placeOf(right)?.key;
}

function calleeText({ compiler }: ProgramModel, call: ts.CallExpression): string {
  return skipOuter(compiler, call.expression).getText();
}

interface Question {
  readonly node: ts.Node;
  readonly lock: string;
  readonly place: Place | undefined;
  /** The name, such as a path, whose lock is asked about, where a function of a module answers. */
  readonly name?: ts.Expression | undefined;
  /** The answer is waited for. */
  readonly awaited?: ts.Node | undefined;
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
    if (lock === undefined) {
      const { parent } = outerParent(compiler, call.node);
      const awaited = compiler.isAwaitExpression(parent) ? parent : undefined;
      return { node: call.node, lock: key === undefined ? lockName : `${lockName}[${key.getText()}]`, place: undefined, name: key, awaited };
    }
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
