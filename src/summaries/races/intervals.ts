/** Callbacks that a timer calls again and again, whether the call before has ended or not. */
import { intervalDecorators, intervalTimers } from '../../catalogue/callbacks.js';
import { eventsOf, flowSuccessors, follows, type Graph } from '../../cfg/graph.js';
import { isReachedWithout, suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, ReadEvent, SuspendEvent, Value, WriteEvent } from '../../events/event.js';
import { importsOf, originOfName } from '../../locks/imports.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { type Activation, type FunctionNode, isGenerator, propertyNameText, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { claimsOf } from '../protocols/claims.js';
import { isDeclaredSequential } from '../actors/contexts.js';
import { otherWriters } from '../actors/rivals.js';
import { callsThatAcquire } from '../locks/lock-identity.js';
import { isConstant } from '../../syntax/constants.js';
import { readsOfTest } from '../protocols/freshness.js';
import { takingsOf } from '../protocols/protocols.js';
import { type HeldLocks, heldLocks, keepsOthersOut } from '../locks/held-locks.js';
import { numberOf } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { emptiedPlace } from '../effects/emptied-places.js';
import { callsBehind, reachingDefinitions, substitute } from '../effects/provenance.js';
import { isShared } from '../actors/sharing.js';
import { summarize } from '../effects/summary.js';

/** `setInterval(callback, period)`, or a method behind `@Interval(period)`. */
export interface Interval {
  /** The call that sets the timer, or that of the decorator. */
  readonly call: ts.CallExpression;
  readonly callback: FunctionNode;
  /** Milliseconds, where they are written down. */
  readonly period: number | undefined;
}

export interface ChangeInTick {
  readonly place: Place;
  readonly node: ts.Node;
  /**
   * `builds-on`: the new content depends on the old one. `replaces`: the later write wins. `settles`: the ticks take back what
   * they add, write only what differs, put up the same mark, or prolong what was acquired. `far`: a helper replaces it.
   */
  readonly nature: 'builds-on' | 'replaces' | 'settles' | 'far';
}

/** What one tick does while the next may begin. */
export interface Overlap {
  /** The function that suspends: the callback, or what it calls without waiting. */
  readonly graph: Graph;
  readonly suspension: SuspendEvent;
  /** The first change of shared state after the suspension; undefined where none is in sight. */
  readonly write: ChangeInTick | undefined;
  /** Work out of sight that the tick waits for. */
  readonly work: CallEvent | undefined;
}

export function intervalsIn(model: ProgramModel, graph: Graph): readonly Interval[] {
  const intervals: Interval[] = intervalsByDecorators(model, graph.owner);
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || event.reference !== undefined || !model.compiler.isCallExpression(event.node)) continue;
    if (event.name === undefined || !intervalTimers.has(event.name) || !isPlatformTimer(model, event)) continue;
    const [handler, period] = event.node.arguments;
    const callback = handler === undefined ? undefined : functionBehind(model, handler);
    if (callback?.body === undefined || isGenerator(callback)) continue;
    intervals.push({ call: event.node, callback, period: period === undefined ? undefined : numberOf(model, period) });
  }
  return intervals;
}

/** A framework sets the timer for the method: `@Interval(1000) async poll() { … }`. */
function intervalsByDecorators(model: ProgramModel, owner: Activation): Interval[] {
  const { compiler } = model;
  if (!compiler.isMethodDeclaration(owner)) return [];
  return (compiler.getDecorators(owner) ?? []).flatMap(({ expression }) => {
    if (!compiler.isCallExpression(expression) || !compiler.isIdentifier(expression.expression)) return [];
    const module = intervalDecorators.get(expression.expression.text);
    if (module === undefined || originOfName(compiler, expression.expression)?.specifier !== module) return [];
    // a name may come first
    const period = expression.arguments.at(-1);
    return [{ call: expression, callback: owner, period: period === undefined ? undefined : numberOf(model, period) }];
  });
}

/** The timer of the platform, and neither a function of the program nor the one that gives a promise. */
function isPlatformTimer(model: ProgramModel, event: CallEvent): boolean {
  if (event.receiver !== undefined) {
    const { place } = event.receiver;
    return place?.root.kind === 'global' && place.path.length === 0;
  }
  const specifier = importsOf(model.compiler, event.node.getSourceFile()).names.get(event.name ?? '')?.specifier;
  if (specifier !== undefined) return specifier === 'timers' || specifier === 'node:timers';
  return model.callee(event, 'syntactic') === undefined;
}

/** `tick`, `this.tick`, `this.tick.bind(this)` or a literal. */
function functionBehind(model: ProgramModel, handler: ts.Expression): FunctionNode | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, handler);
  if (compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'bind') {
    return model.calleeOfExpression(node.expression.expression, 'full');
  }
  return model.calleeOfExpression(node, 'full');
}

/** How two ticks overlap; undefined where one keeps the other out, or nothing suspends. */
export function overlapOf(model: ProgramModel, { callback }: Pick<Interval, 'callback'>): Overlap | undefined {
  const own = model.graph(callback);
  if (isDeclaredSequential(model, callback)) return undefined;
  if (own.hasSuspension) return overlapIn(model, own);
  for (const event of eventsOf(own)) {
    if (event.kind !== 'call' || isGuardedCall(model, own, event)) continue;
    const callee = model.callee(event, 'full');
    if (callee === undefined || isDeclaredSequential(model, callee) || !summarize(model, callee).suspends) continue;
    const overlap = overlapIn(model, model.graph(callee));
    if (overlap === undefined || isOfOrderlyCallback(model, overlap, callee, event)) continue;
    return overlap;
  }
  return undefined;
}

/** All that the callee waits for is the function that it is handed, and that keeps its own runs apart: `traced(() => this.refresh())`. */
function isOfOrderlyCallback(model: ProgramModel, { work, write }: Overlap, callee: FunctionNode, call: CallEvent): boolean {
  const { compiler } = model;
  if (write !== undefined || work === undefined || work.receiver !== undefined) return false;
  const index = callee.parameters.findIndex(({ name }) => compiler.isIdentifier(name) && name.text === work.name);
  const handed = index < 0 ? undefined : call.arguments[index]?.node;
  if (handed === undefined || !compiler.isExpression(handed)) return false;
  const callback = functionBehind(model, handed);
  return callback?.body !== undefined && callback !== callee && !isGenerator(callback) && overlapOf(model, { callback }) === undefined;
}

/** The tick is started only while no other is under way: under a claim, or where a flag that it sets at once is not set. */
function isGuardedCall(model: ProgramModel, graph: Graph, call: CallEvent): boolean {
  if (claimsOf(model, graph).calls.has(call) || keepsTicksOut(model, heldLocks(model, graph), call)) return true;
  if (isStoppedBefore(model, graph, call)) return true;
  const looks = model
    .controlDependence(graph)
    .controllingTests(call.block)
    .flatMap((test) => readsOfTest(model, graph, test));
  const callee = looks.length === 0 ? undefined : model.callee(call, 'full');
  if (callee === undefined) return false;
  return summarize(model, callee).writes.some((write) => {
    const place = write.phase === 'before' ? substitute(model, write.place, callee, call) : undefined;
    return place !== undefined && looks.some((look) => writeAffectsRead(place, look.place));
  });
}

function overlapIn(model: ProgramModel, graph: Graph): Overlap | undefined {
  const held = heldLocks(model, graph);
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'suspend' || event.reason === 'acquire' || keepsTicksOut(model, held, event) || isStoppedBefore(model, graph, event)) continue;
    const after = effectsAfter(model, graph, event);
    if (after.write === undefined && (after.work === undefined || hasTakenWork(model, graph, event))) continue;
    return { graph, suspension: event, ...after };
  }
  return undefined;
}

/** `const batch = this.lines; this.lines = []; await send(batch);`: what one tick works on, the next does not find. */
function hasTakenWork(model: ProgramModel, graph: Graph, suspension: SuspendEvent): boolean {
  const taken = new Set<Event>(takingsOf(model, graph));
  const isTaking = (earlier: Event): boolean => taken.has(earlier) || (earlier.kind === 'call' && takesByHelper(model, graph, earlier));
  return !isReachedWithout(graph, suspension, isTaking);
}

/** `const counts = this.pop();`, or `const lines = [...this.lines]; this.clear();`: the helper empties what it gives back, or what was read before. */
function takesByHelper(model: ProgramModel, graph: Graph, call: CallEvent): boolean {
  const callee = call.isConstruction === true || call.isGetter ? undefined : model.callee(call, 'full');
  if (callee === undefined || callee === graph.owner) return false;
  return emptiedBy(model, callee, 0).some((emptied) => {
    const place = substitute(model, emptied, callee, call);
    if (place === undefined || !isShared(model, graph, place)) return false;
    const isGiven = summarize(model, callee).returns.some((read) => writeAffectsRead(emptied, read.place));
    return isGiven || eventsOf(graph).some((read) => read.kind === 'read' && writeAffectsRead(place, read.place) && follows(graph, read, call) && !suspendsBetween(graph, read, call));
  });
}

/** Helpers of helpers are followed this far. */
const maximumDepth = 2;

/** The places that the function leaves empty whenever it is called, and at once. */
function emptiedBy(model: ProgramModel, callee: FunctionNode, depth: number): readonly Place[] {
  const inner = model.graph(callee);
  if (inner.hasSuspension) return [];
  return eventsOf(inner).flatMap((event): readonly Place[] => {
    if (event.kind !== 'write' && (event.kind !== 'call' || event.isGetter || depth >= maximumDepth)) return [];
    if (model.controlDependence(inner).controllingTests(event.block).length > 0) return [];
    if (event.kind === 'write') {
      const emptied = emptiedPlace(model, event);
      return emptied === undefined ? [] : [emptied];
    }
    const helper = model.callee(event, 'full');
    if (helper === undefined || helper === callee) return [];
    return emptiedBy(model, helper, depth + 1).flatMap((place) => substitute(model, place, helper, event) ?? []);
  });
}

/** The timer is cleared on every way to the event: no further tick comes meanwhile. */
function isStoppedBefore(model: ProgramModel, graph: Graph, event: Event): boolean {
  return !isReachedWithout(graph, event, (earlier) => earlier.kind === 'call' && (isStopper(earlier) || stopsByHelper(model, graph, earlier)));
}

function isStopper({ name }: CallEvent): boolean {
  return name !== undefined && stoppers.has(name);
}

/** `this.cancel()`, which clears the timer whatever happens, or asks no more than whether there is one. */
function stopsByHelper(model: ProgramModel, graph: Graph, call: CallEvent): boolean {
  const callee = call.isConstruction === true || call.isGetter ? undefined : model.callee(call, 'syntactic');
  if (callee === undefined || callee === graph.owner) return false;
  const inner = model.graph(callee);
  if (inner.hasSuspension) return false;
  return eventsOf(inner).some((event) => {
    if (event.kind !== 'call' || !isStopper(event)) return false;
    const [timer] = event.arguments;
    const isOfTimer = (read: ReadEvent): boolean => timer?.sources.some((source) => source.kind === 'read' && source.place.key === read.place.key) === true;
    return model
      .controlDependence(inner)
      .controllingTests(event.block)
      .every((test) => test.value.sources.length > 0 && test.value.sources.every((source) => source.kind === 'read' && isOfTimer(source)));
  });
}

const stoppers: ReadonlySet<string> = new Set(['clearInterval', 'clearTimeout']);

function effectsAfter(model: ProgramModel, graph: Graph, suspension: SuspendEvent): Pick<Overlap, 'write' | 'work'> {
  const held = heldLocks(model, graph);
  let write: Overlap['write'];
  let work = workOf(model, graph, suspension);
  for (const event of eventsAfter(graph, suspension)) {
    if (keepsTicksOut(model, held, event)) continue;
    if (event.kind === 'write' && isShared(model, graph, event.place)) write ??= { place: event.place, node: event.node, nature: natureOf(model, graph, event) };
    if (event.kind === 'suspend') work ??= workOf(model, graph, event);
    if (event.kind === 'call') write ??= writeOfCall(model, graph, event);
    if (write !== undefined) break;
  }
  return { write, work };
}

/** A tick that reads the place for what it writes there makes the new content out of the old; to compare the two is no such thing. */
function natureOf(model: ProgramModel, graph: Graph, write: WriteEvent): ChangeInTick['nature'] {
  if (isTakenBack(graph, write) || isOnlyMark(model, graph, write) || isRenewal(model, graph, write)) return 'settles';
  if (write.how !== 'assign') return 'builds-on';
  let isOnlyCompared = false;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'read' || event.node.pos >= write.node.end || event.place.key !== write.place.key) continue;
    if (!isCompared(graph, event)) return 'builds-on';
    isOnlyCompared = true;
  }
  return isOnlyCompared ? 'settles' : 'replaces';
}

/** The read only decides a test against another value: `if (state !== this.state) this.state = state`. */
function isCompared(graph: Graph, read: ReadEvent): boolean {
  const test = graph.blocks[read.block]?.events.at(-1);
  if (test?.kind !== 'test' || test.comparison === undefined) return false;
  const { left, right } = test.comparison;
  if (left.nature === 'constant' || right.nature === 'constant') return false;
  return left.node === read.node || right.node === read.node;
}

/** Whether the write counts up or down. */
function directionOf({ node }: WriteEvent): 1 | -1 | undefined {
  const [operator] = /\+\+|\+=|--|-=/.exec(node.getText()) ?? [];
  return operator === undefined ? undefined : operator.startsWith('+') ? 1 : -1;
}

/** `this.running += 1; try { await work(); } finally { this.running -= 1; }`: every tick takes back what it has added. */
function isTakenBack(graph: Graph, write: WriteEvent): boolean {
  const direction = directionOf(write);
  if (direction === undefined) return false;
  for (const event of eventsOf(graph)) {
    if (event.kind === 'write' && event.place.key === write.place.key && directionOf(event) === -direction) return true;
  }
  return false;
}

/** `isLost = true`: each tick that writes there puts up the same mark. */
function isOnlyMark({ compiler }: ProgramModel, graph: Graph, { place, value, how }: WriteEvent): boolean {
  if (how !== 'assign' || value === undefined || !isConstant(compiler, value.node)) return false;
  const mark = value.node.getText();
  return eventsOf(graph).every((event) => {
    if (event.kind === 'read') return event.place.key !== place.key;
    return event.kind !== 'write' || event.place.key !== place.key || event.value?.node.getText() === mark;
  });
}

/** `lock = await lock.extend(ttl)`, also by a local that holds the lock: whichever answer comes last, the lock has been prolonged. */
function isRenewal(model: ProgramModel, graph: Graph, { place, value, how }: WriteEvent): boolean {
  const [call, ...others] = how === 'assign' && value !== undefined ? callsBehind(graph, value) : [];
  if (call?.receiver === undefined || others.length > 0 || !isTakenFrom(graph, call.receiver, place)) return false;
  const { root, path } = place;
  if (root.kind === 'variable' && path.length === 1 && isMadeWith(model, root.binding, path)) return true;
  if (root.kind !== 'variable' || path.length > 0) return otherWriters(model, graph, place).some((other) => isAcquired(other.graph, other.event.value));
  const maker = model.graph(model.rootActivation(root.binding.identifier));
  return (maker.definitions.get(root.binding) ?? []).some((definition) => isAcquired(maker, definition.value));
}

/** The value is what the place holds, or a local that was given that. */
function isTakenFrom(graph: Graph, { place: held, sources }: Value, place: Place): boolean {
  if (held?.key === place.key) return true;
  return sources.some((source) => {
    if (source.kind === 'read') return source.place.key === place.key;
    return source.kind === 'use' && reachingDefinitions(graph, source).some(({ value }) => value?.place?.key === place.key);
  });
}

/** Whether what was acquired is the value, also by the name of a local that has it. */
function isAcquired(graph: Graph, value: Value | undefined, depth = 0): boolean {
  if (value === undefined || depth > maximumNames) return false;
  return value.sources.some((source) => {
    if (source.kind === 'use') return reachingDefinitions(graph, source).some((definition) => isAcquired(graph, definition.value, depth + 1));
    return callsThatAcquire(graph).has(source);
  });
}

/** What was acquired goes by this many names at most. */
const maximumNames = 3;

/** `const held = { lock: await locks.acquire(key) }`: the object is made with what was acquired as this member. */
function isMadeWith(model: ProgramModel, { identifier, initializer }: Binding, [member]: Place['path']): boolean {
  const { compiler } = model;
  const made = initializer === undefined ? undefined : skipOuter(compiler, initializer);
  if (member?.kind !== 'field' || made === undefined || !compiler.isObjectLiteralExpression(made)) return false;
  const maker = model.graph(model.rootActivation(identifier));
  return made.properties.some((property) => {
    if (propertyNameText(compiler, property.name) !== member.name) return false;
    const value = compiler.isPropertyAssignment(property) ? skipOuter(compiler, property.initializer) : compiler.isShorthandPropertyAssignment(property) ? property.name : undefined;
    if (value === undefined) return false;
    const events = model.eventsAt(maker, compiler.isAwaitExpression(value) ? skipOuter(compiler, value.expression) : value);
    return events.some((event) => callsThatAcquire(maker).has(event) || (event.kind === 'use' && reachingDefinitions(maker, event).some((definition) => isAcquired(maker, definition.value))));
  });
}

/** The call that the suspension waits for, where it is out of sight. */
function workOf(model: ProgramModel, graph: Graph, { operand }: SuspendEvent): CallEvent | undefined {
  if (operand === undefined) return undefined;
  return callsBehind(graph, operand).find((call) => {
    const callee = model.callee(call, 'full');
    return callee === undefined && call.name !== undefined;
  });
}

function writeOfCall(model: ProgramModel, graph: Graph, call: CallEvent): Overlap['write'] {
  const callee = model.callee(call, 'full');
  if (callee === undefined) return undefined;
  for (const write of summarize(model, callee).writes) {
    if (write.isGuarded()) continue;
    const place = substitute(model, write.place, callee, call);
    if (place !== undefined && isShared(model, graph, place)) return { place, node: write.node, nature: write.how === 'assign' ? 'far' : 'builds-on' };
  }
  return undefined;
}

function* eventsAfter(graph: Graph, start: Event): Generator<Event> {
  const seen = new Set<number>();
  const work: { readonly block: number; readonly index: number }[] = [{ block: start.block, index: start.index + 1 }];
  for (let item = work.shift(); item !== undefined; item = work.shift()) {
    yield* graph.blocks[item.block]?.events.slice(item.index) ?? [];
    for (const next of flowSuccessors(graph, item.block)) {
      if (seen.has(next)) continue;
      seen.add(next);
      work.push({ block: next, index: 0 });
    }
  }
}

/** Also a claim that a clean-up takes down, as it stops the interval as well. */
function keepsTicksOut(model: ProgramModel, held: HeldLocks, event: Event): boolean {
  return held.at(event).some((each) => keepsOthersOut(model, each));
}
