/**
 * Locks that are taken in a circle: two in both orders, or more of them, each with the next. Each function's critical pairs
 * (this lock is asked for while that one is held, through all it calls) are compared over the program; the idea is that of
 * RacerD's sibling Starvation and of lock-order graphs in general.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import { countSteps } from '../../dataflow/work.js';
import type { AcquireEvent } from '../../events/event.js';
import { type Place, variableKey } from '../../places/place.js';
import { type Activation, displayName, parameterProperty, type ThisOwner } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { runsOnce } from '../actors/contexts.js';
import { areCounterparts } from './counterparts.js';
import { isTakenInCallersOrder } from './gathering-loops.js';
import { isHelpedToLocks } from './held-locks.js';
import { type HeldUse, heldAt, isWaitedForLock, takesOf } from './lock-effects.js';
import { mayHandleLocks } from './lock-files.js';
import { conflictOf, declarationOfLock, lockTaken } from './lock-identity.js';
import { createModelCache, memoized, type ProgramModel } from '../model/program-model.js';
import { waitsOf } from './waits.js';

/** A lock that is asked for while another one is held. */
export interface CriticalPair {
  readonly graph: Graph;
  readonly held: HeldUse;
  readonly taken: AcquireEvent;
  readonly takenPlace: Place;
  readonly first: string;
  readonly second: string;
  readonly gates: ReadonlySet<string>;
  /** Where it is asked for: the acquire, or the call that leads to it. */
  readonly at: ts.Node;
}

export interface LockOrderCycle {
  readonly pair: CriticalPair;
  /** The pairs that lead from the lock which is asked for back to the one that is held; none where the order hangs on the arguments alone. */
  readonly rivals: readonly CriticalPair[];
  readonly confidence: 'high' | 'medium' | 'low';
}

/** Longer circles take as many tasks at once, each at its own place. */
const maximumLength = 4;
/** More pairs than these are not compared: a function that holds many locks at once has the square of their number. */
const maximumPairs = 512;

const cycles = createModelCache<ProgramModel, { readonly byGraph: ReadonlyMap<Graph, readonly LockOrderCycle[]> }>();

/** Cycles that are reported in this activation: the later of the two places in the program. */
export function lockOrderCycles(model: ProgramModel, graph: Graph): readonly LockOrderCycle[] {
  if (!mayHoldLocks(model, graph) || pairsOf(model, graph).length === 0) return [];
  const cache = cycles(model);
  let known = cache.get(model);
  if (known === undefined) cache.set(model, (known = { byGraph: collect(model) }));
  return known.byGraph.get(graph) ?? [];
}

/** By itself, or by a helper that acquires for it. */
function mayHoldLocks(model: ProgramModel, graph: Graph): boolean {
  return graph.hasLocks || isHelpedToLocks(model, graph);
}

function collect(model: ProgramModel): ReadonlyMap<Graph, readonly LockOrderCycle[]> {
  const pairs: CriticalPair[] = [];
  for (const file of model.program.getSourceFiles()) {
    if (file.isDeclarationFile || !mayHandleLocks(model, file) || /[\\/]node_modules[\\/]/.test(file.fileName)) continue;
    for (const owner of model.file(file).functions) {
      if (model.rootActivation(owner.body ?? owner) !== owner) continue;
      const graph = model.graph(owner);
      if (mayHoldLocks(model, graph)) pairs.push(...pairsOf(model, graph));
    }
  }
  const byHeld = new Map<string, CriticalPair[]>();
  for (const pair of pairs) {
    const list = byHeld.get(pair.first);
    if (list === undefined) byHeld.set(pair.first, [pair]);
    else list.push(pair);
  }
  const found = new Map<Graph, LockOrderCycle[]>();
  const reported = new Set<string>();
  const add = (cycle: LockOrderCycle): void => {
    const { graph } = cycle.pair;
    const list = found.get(graph);
    if (list === undefined) found.set(graph, [cycle]);
    else list.push(cycle);
  };
  for (const pair of pairs) {
    if (pair.first === pair.second) {
      if (isOfList(pair)) {
        if (conflictOf(pair.held.mode, pair.taken) === 'always' && !isGated(pair) && !isSorted(pair) && !isSortedByCallers(model, pair)) add({ pair, rivals: [], confidence: 'medium' });
        continue;
      }
      if (isByArgument(model, pair) && found.get(pair.graph)?.some((other) => other.pair.at === pair.at) !== true) add({ pair, rivals: [], confidence: areOfOneKind(model, pair) ? 'medium' : 'low' });
      continue;
    }
    const circle = shortestCircle(model, pair, byHeld);
    if (circle === undefined) continue;
    const key = circle.map(({ first }) => first).sort().join(' ');
    if (reported.has(key)) continue;
    reported.add(key);
    const latest = circle.reduce((last, other) => (isLater(other.at, last.at) ? other : last));
    const index = circle.indexOf(latest);
    add({ pair: latest, rivals: [...circle.slice(index + 1), ...circle.slice(0, index)], confidence: certaintyOf(circle) });
  }
  return found;
}

/** The pairs on the shortest way from the lock that the pair asks for back to the one it holds, the pair itself first. */
function shortestCircle(model: ProgramModel, start: CriticalPair, byHeld: ReadonlyMap<string, readonly CriticalPair[]>): readonly CriticalPair[] | undefined {
  const seen = new Set<string>();
  let ways: (readonly CriticalPair[])[] = [[start]];
  for (let length = 2; length <= maximumLength && ways.length > 0; length += 1) {
    const longer: (readonly CriticalPair[])[] = [];
    for (const way of ways) {
      for (const next of byHeld.get(way.at(-1)?.second ?? '') ?? []) {
        const isEnd = next.second === start.first;
        if (!isEnd && (length === maximumLength || seen.has(next.second))) continue;
        const circle = [...way, next];
        if (!mayMeet(model, circle, isEnd)) continue;
        if (isEnd) return circle;
        seen.add(next.second);
        longer.push(circle);
      }
    }
    ways = longer;
  }
  return undefined;
}

function isLater(left: ts.Node, right: ts.Node): boolean {
  const [one, two] = [left.getSourceFile().fileName, right.getSourceFile().fileName];
  return one === two ? left.pos >= right.pos : one > two;
}

/** Each keeps the one before waiting, the last of a whole circle the first; nothing keeps any two apart, and all can run at the same time. */
function mayMeet(model: ProgramModel, way: readonly CriticalPair[], isCircle: boolean): boolean {
  countSteps(way.length);
  for (const [index, { held, gates }] of way.entries()) {
    const before = way[index - 1] ?? (isCircle ? way.at(-1) : undefined);
    if (before !== undefined && conflictOf(held.mode, before.taken) !== 'always') return false;
    if (way.some((other) => other !== way[index] && [...gates].some((gate) => other.gates.has(gate)))) return false;
  }
  return way.every(({ graph }) => !runsOnce(model, graph.owner));
}

/** Locks of one object or of the module are the same in all pairs; two objects that know each other mostly are, more of them seldom. */
function certaintyOf(circle: readonly CriticalPair[]): 'high' | 'medium' | 'low' {
  const places = circle.flatMap(({ held, takenPlace }) => [held.place, takenPlace]);
  if (places.some((place) => isOpen(place))) return 'low';
  const isOfOne = places.every((place) => place.path.length <= 1 && place.root.kind === 'this') || places.every((place) => place.root.kind !== 'this');
  if (circle.length > 2) return isOfOne ? 'medium' : 'low';
  return isOfOne ? 'high' : 'medium';
}

/** Which lock it is hangs on an argument or on an element; a loop over all elements comes to each of them. */
function isOpen(place: Place): boolean {
  if (place.root.kind === 'variable' && place.root.binding.kind === 'parameter') return true;
  return place.path.some((projection) => projection.kind === 'element' && projection.key !== undefined);
}

/** `transfer(from, to)`: two locks of one kind, which is first is up to the caller. Sorted or compared ones are in one order. */
function isByArgument(model: ProgramModel, pair: CriticalPair): boolean {
  const places = [pair.held.place, pair.takenPlace];
  const passed = places.map((place) => argumentOf(model, pair.graph, place));
  if (!places.every((place, index) => passed[index] !== undefined || (place.root.kind === 'this' && place.path.length === 1))) return false;
  const [first, second] = passed;
  if (first === undefined && second === undefined) return false;
  // `a:${id}` and `b:${id}`, `user:${id}` and `order:${number}` are no two of one kind
  if (first !== undefined && second !== undefined && (first.around !== second.around || (first.around !== '' && first.name === second.name))) return false;
  if (conflictOf(pair.held.mode, pair.taken) !== 'always' || pair.held.mode === 'shared') return false;
  return !isGated(pair) && !isSorted(pair);
}

/** Another lock is held that keeps out every other call that takes locks of this kind so. */
function isGated({ first, gates }: CriticalPair): boolean {
  return [...gates].some((gate) => gate !== first);
}

/** One lock of a list after another: all go by one name. */
export function isOfList({ held, takenPlace }: CriticalPair): boolean {
  return held.place.key === takenPlace.key;
}

/** A function that calls it puts something in order, itself or by a helper, or the list is said to be so. What has no `finally` for the locks hands them on: their order is its callers' business. */
function isSortedByCallers(model: ProgramModel, { graph: { owner } }: CriticalPair): boolean {
  const { compiler, program } = model;
  if (compiler.isSourceFile(owner)) return false;
  if (!/\bfinally\b/.test(owner.getText())) return true;
  if (owner.parameters.some(({ name }) => /sorted|ordered/i.test(name.getText()))) return true;
  const name = displayName(compiler, owner).split('.').at(-1) ?? '';
  const own = owner.getSourceFile();
  const sorts = (activation: Activation): boolean =>
    sorting.test(activation.getText()) || eventsOf(model.graph(activation)).some((event) => event.kind === 'call' && sorting.test(model.callee(event, 'syntactic')?.getText() ?? ''));
  return program.getSourceFiles().some((file) => {
    if (file.isDeclarationFile || !file.text.includes(`${name}(`) || !sorting.test(file.text)) return false;
    return file !== own || model.file(file).mentions(name).some((mention) => !isWithin(mention, owner) && sorts(model.rootActivation(mention)));
  });
}

const sorting = /\bsort\w*\(|\btoSorted\(|localeCompare\(/;

/** The function puts something in order, or compares it. */
function isSorted({ graph }: CriticalPair): boolean {
  return /\bsort\w*\(|\btoSorted\(|localeCompare\(|Math\.(?:min|max)\(|\w\s[<>]=?\s\w|\bcompare\w*\(/.test(graph.owner.getText());
}

/** `transfer(from, to)`: a user and one of its orders are locked in one order everywhere. */
function areOfOneKind(model: ProgramModel, { graph, held, takenPlace }: CriticalPair): boolean {
  const name = (place: Place): string => argumentOf(model, graph, place)?.name ?? (place.root.kind === 'variable' ? place.root.binding.name : '');
  return areCounterparts(name(held.place), name(takenPlace));
}

/** What the caller passed of the lock: the lock itself, its key, or what its key is made of, and the text around that. */
interface PassedLock {
  readonly name: string;
  readonly around: string;
}

function argumentOf(model: ProgramModel, { owner, inlined }: Graph, { root, path }: Place): PassedLock | undefined {
  const last = path.at(-1);
  if (last?.kind === 'element' && last.key !== undefined && 'parameters' in owner) {
    // what is computed of the key has the key in it: `room:${id}`, `normalize(id)`
    const [, before = '', variable, after = ''] = /^(|[^[]*(?:\$\{|\())(v\d+)(|[})][^]*)$/.exec(last.key) ?? [];
    const given = owner.parameters.find(({ name }) => model.compiler.isIdentifier(name) && keyOfVariable(model, name) === variable);
    if (given !== undefined) return { name: given.name.getText(), around: `${before}${after}` };
  }
  if (root.kind === 'variable' && root.binding.kind === 'parameter' && inlined.has(root.binding.owner)) return { name: root.binding.name, around: '' };
  return undefined;
}

function keyOfVariable(model: ProgramModel, name: ts.Identifier): string | undefined {
  const binding = model.file(name).scopes.resolve(name);
  return binding === undefined ? undefined : variableKey(binding);
}

const pairsOf = memoized((model, graph: Graph): readonly CriticalPair[] => {
  const pairs: CriticalPair[] = [];
  const note = (locks: readonly HeldUse[], taken: AcquireEvent, takenPlace: Place, at: ts.Node): void => {
    const second = identityOf(model, taken, takenPlace);
    if (second === undefined) return;
    const names = locks.map((held) => (held.acquire === undefined ? undefined : identityOf(model, held.acquire, held.place)));
    for (const [index, held] of locks.entries()) {
      const first = names[index];
      if (first === undefined || held.place.key === takenPlace.key) continue;
      if (pairs.length >= maximumPairs) {
        model.limits.add('pairs of locks in one function');
        return;
      }
      countSteps(locks.length);
      const gates = new Set(names.flatMap((name, other) => (name !== undefined && other !== index && locks[other]?.mode === 'exclusive' ? [name] : [])));
      pairs.push({ graph, held, taken, takenPlace, first, second, gates, at });
    }
  };
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'acquire' || !isWaitedForLock(event)) continue;
    const place = lockTaken(model, graph, event);
    if (place === undefined) continue;
    const locks = heldAt(model, graph, event);
    note(locks, event, place, event.node);
    const own = isTakenInCallersOrder(model, graph, event, place) ? identityOf(model, event, place) : undefined;
    if (own === undefined) continue;
    const gates = new Set(locks.flatMap(({ acquire, place: other, mode }) => (acquire === undefined || other.key === place.key || mode !== 'exclusive' ? [] : (identityOf(model, acquire, other) ?? []))));
    pairs.push({ graph, held: { place, mode: event.mode, acquire: event, node: event.node }, taken: event, takenPlace: place, first: own, second: own, gates, at: event.node });
  }
  for (const wait of waitsOf(model, graph)) {
    if (wait.event.kind === 'return' && wait.event.inlined === undefined) continue;
    const locks = heldAt(model, graph, wait.event);
    if (locks.length === 0) continue;
    for (const { take, at } of takesOf(model, graph, wait)) note(locks, take.acquire, take.place, at.node);
  }
  return pairs;
});

/**
 * One name for the lock in the whole program: the declaration of what holds it, and its key where that is written out. A
 * key that is open stands for all locks of the collection.
 */
function identityOf(model: ProgramModel, acquire: AcquireEvent, place: Place): string | undefined {
  const { root, path } = place;
  const isKeyed = acquire.operation?.key !== undefined || acquire.lock.element !== undefined;
  const holder = isKeyed || path.at(-1)?.kind === 'element' ? path.slice(0, -1) : path;
  const last = path.at(-1);
  const key = holder.length === path.length || last === undefined ? '' : last.kind === 'field' ? `|${last.name}` : '|*';
  if (root.kind === 'global') return `${root.name}.${holder.map((step) => (step.kind === 'field' ? step.name : '*')).join('.')}${key}`;
  if (root.kind === 'variable' && holder.length === 0 && root.binding.kind !== 'parameter') return `${variableKey(root.binding)}${key}`;
  const [only] = holder;
  if (root.kind === 'this' && holder.length === 1 && only?.kind === 'field' && root.owner !== undefined) {
    const member = declaredField(model, root.owner, only.name);
    if (member !== undefined) return `${member.getSourceFile().fileName}:${member.pos}${key}`;
  }
  const declaration = declarationOfLock(model, acquire);
  // two parameters are two locks, of which nobody knows which is which
  if (declaration !== undefined) return model.compiler.isParameter(declaration) ? undefined : `${declaration.getSourceFile().fileName}:${declaration.pos}${key}`;
  const start = holder.length < path.length ? firstOfWay(model, place) : undefined;
  return start === undefined ? undefined : `${start}${holder.slice(1).map((step) => (step.kind === 'field' ? `.${step.name}` : '.*')).join('')}${key}`;
}

/** The field or variable with which the way to a lock begins that another object looks up: `this.locks` of `this.locks.of(name)`. */
function firstOfWay(model: ProgramModel, { root, path: [first] }: Place): string | undefined {
  if (first?.kind !== 'field') return undefined;
  if (root.kind === 'variable') return root.binding.kind === 'parameter' ? undefined : `${variableKey(root.binding)}.${first.name}`;
  const member = root.kind === 'this' && root.owner !== undefined ? declaredField(model, root.owner, first.name) : undefined;
  return member === undefined ? undefined : `${member.getSourceFile().fileName}:${member.pos}`;
}

/** Where the field is declared: among the members, or as a parameter of the constructor, `constructor(private readonly locks: Locks)`. */
function declaredField(model: ProgramModel, owner: ThisOwner, name: string): ts.Node | undefined {
  const { compiler } = model;
  return model.file(owner).memberOf(owner, name) ?? (compiler.isClassLike(owner) ? parameterProperty(compiler, owner, name) : undefined);
}
