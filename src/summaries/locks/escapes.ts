/**
 * References to what a lock guards that leave the section: used after the release and a suspension, returned to callers, or
 * stored outside.
 *
 * A reference is harmless unless the object is changed in place somewhere, best under the same lock: state that is only
 * replaced as a whole is a snapshot.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { Event, LockReference, ReleaseEvent, ReturnEvent, SourceEvent, SuspendEvent, TestEvent, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { type Consumer, consumerOf } from '../../syntax/consumers.js';
import { outerParent } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isShared } from '../actors/sharing.js';
import { isLifeName } from '../effects/endings.js';
import { holdsOneOf, isSameLock, locksAtMutation, mayReach, type Mutation, mutationsOf, natureOfMethod, writesTo } from '../effects/mutations.js';
import type { Reference } from '../effects/reference-steps.js';
import { referencesOf, returnedReferences } from '../effects/references.js';
import { isInternal } from '../effects/visibility.js';
import type { ProgramModel } from '../model/program-model.js';
import { type HeldLocks, heldLocks } from './held-locks.js';
import { isCountOfBorrowers } from './lent-references.js';

/** A reference that was taken in a section, with the locks that were held then. */
interface Taken {
  readonly reference: Reference;
  readonly locks: readonly LockReference[];
}

/** How a reference is still in hand after the section. */
interface Outlived {
  readonly suspension: SuspendEvent | undefined;
  readonly release: ReleaseEvent | undefined;
}

export interface Escape extends Taken, Outlived {
  readonly way: 'use' | 'return' | 'store';
  /** Where the reference is used or handed out. */
  readonly node: ts.Node;
  /** The change of the object that can come after the release. */
  readonly mutation: Mutation;
  /** The very object is written to elsewhere under the same lock; what its own methods change may be its own business. */
  readonly isProven: boolean;
}

export function escapesOf(model: ProgramModel, graph: Graph): readonly Escape[] {
  if (!model.locks.mayContainLocks(graph.owner.getSourceFile()) || !mayHold(model, graph)) return [];
  const escapes = new Escapes(model, graph);
  return [...escapes.uses(), ...escapes.returns(), ...escapes.stores()];
}

/** Whether the activation has sections, or calls a helper that returns something from one. */
function mayHold(model: ProgramModel, graph: Graph): boolean {
  if (graph.hasLocks) return true;
  for (const event of eventsOf(graph)) {
    const callee = event.kind === 'call' ? model.callee(event, 'syntactic') : undefined;
    if (callee === undefined || !isInternal(model, callee)) continue;
    if (returnedReferences(model, callee).some((reference) => reference.released.length > 0)) return true;
  }
  return false;
}

interface Rival {
  readonly mutation: Mutation;
  /** It is made under the lock that the reference was taken under. */
  readonly isGuarded: boolean;
}

interface Point {
  readonly block: number;
  readonly index: number;
}

/** An expression with what becomes of its value, and the points from which its past is searched. */
interface Consumed {
  readonly event: Event;
  readonly starts: readonly Point[];
  readonly node: ts.Expression;
  readonly consumer: Consumer;
}

class Escapes {
  readonly #model: ProgramModel;
  readonly #graph: Graph;
  readonly #held: HeldLocks;
  /** Events at which a reported reference was taken: one finding for each is enough. */
  readonly #reported = new Set<ts.Node>();

  constructor(model: ProgramModel, graph: Graph) {
    this.#model = model;
    this.#graph = graph;
    this.#held = heldLocks(model, graph);
  }

  /** References that are used after the release and a suspension. */
  uses(): Escape[] {
    const escapes: Escape[] = [];
    for (const { event, starts, node, consumer } of this.#consumed()) {
      for (const taken of this.#taken(node, event)) {
        const { reference } = taken;
        if (this.#reported.has(reference.event.node) || !fits(reference, consumer)) continue;
        if (holdsOneOf(this.#held.at(event), taken.locks)) continue;
        const rival = this.#rival(taken, consumer);
        if (rival === undefined || !this.#isMutable(reference, rival.mutation, node)) continue;
        const rechecks = this.#rechecks(event, node);
        const outlived = starts.map((start) => this.#outlives(start, taken, rechecks)).find((found) => found?.suspension !== undefined);
        if (outlived?.suspension === undefined) continue;
        this.#reported.add(reference.event.node);
        const isPlain = rival.mutation.nature === 'data' && rival.mutation.event.kind === 'write';
        const isProven = isPlain && rival.isGuarded && reference.depth === 0;
        escapes.push({ ...taken, ...outlived, way: 'use', node, mutation: rival.mutation, isProven });
      }
    }
    return escapes;
  }

  /** References that are returned to callers. */
  returns(): Escape[] {
    const { compiler } = this.#model;
    const { owner } = this.#graph;
    if (compiler.isSourceFile(owner) || isInternal(this.#model, owner)) return [];
    const escapes: Escape[] = [];
    for (const event of eventsOf(this.#graph)) {
      if (event.kind !== 'return' || event.inlined !== undefined || event.value === undefined) continue;
      for (const taken of this.#taken(event.value.node, event)) {
        const { reference } = taken;
        const node = reference.handedOut ?? event.value.node;
        if (this.#reported.has(reference.event.node) || !this.#isGivenBack(event, taken)) continue;
        const rival = this.#rival(taken, undefined);
        if (rival === undefined || !this.#isMutable(reference, rival.mutation, node)) continue;
        const outlived = this.#outlives(event, taken, new Set());
        if (outlived === undefined) continue;
        if (reference.kind === 'object' && [owner.type, assertedType(compiler, node)].some(isReadonlyType)) continue;
        this.#reported.add(reference.event.node);
        escapes.push({ ...taken, ...outlived, way: 'return', node, mutation: rival.mutation, isProven: false });
      }
    }
    return escapes;
  }

  /** References that are put into an object of the caller's, or into a variable outside. */
  stores(): Escape[] {
    const escapes: Escape[] = [];
    for (const event of eventsOf(this.#graph)) {
      if (event.kind !== 'write' || event.value === undefined || !this.#isOutside(event)) continue;
      const { node } = event.value;
      for (const taken of this.#taken(node, event)) {
        const { reference } = taken;
        if (this.#reported.has(reference.event.node) || mayReach(event.place, reference.place)) continue;
        const rival = this.#rival(taken, undefined);
        if (rival === undefined || !this.#isMutable(reference, rival.mutation, node)) continue;
        this.#reported.add(reference.event.node);
        escapes.push({ ...taken, suspension: undefined, release: undefined, way: 'store', node: event.node, mutation: rival.mutation, isProven: false });
      }
    }
    return escapes;
  }

  /** Expressions whose value is used, in the order of the source. */
  #consumed(): Consumed[] {
    const { compiler } = this.#model;
    const found: Consumed[] = [];
    for (const event of eventsOf(this.#graph)) {
      if (event.kind !== 'use' && event.kind !== 'suspend') continue;
      const { node } = event;
      if (!compiler.isIdentifier(node) && !compiler.isAwaitExpression(node)) continue;
      const consumer = consumerOf(compiler, node);
      if (consumer !== undefined) found.push({ event, starts: this.#startsOf(event, node, consumer), node, consumer });
    }
    return found.sort((left, right) => left.node.pos - right.node.pos);
  }

  /** The points at which the value is looked at. */
  #startsOf(event: Event, node: ts.Expression, consumer: Consumer): Point[] {
    const { block, index } = event;
    const starts: Point[] = [];
    if (consumer.kind === 'wait') {
      const { parent } = outerParent(this.#model.compiler, node);
      for (const wait of this.#model.eventsAt(this.#graph, parent)) {
        if (wait.kind === 'suspend') starts.push({ block: wait.block, index: wait.index + 1 });
      }
    }
    if (consumer.kind === 'content') {
      // a loop looks again at every turn
      for (const read of this.#model.eventsAt(this.#graph, node)) if (read.kind === 'read') starts.push(read);
    }
    // the value of an `await` is there once it has been waited for
    if (starts.length === 0) starts.push({ block, index: event.kind === 'suspend' ? index + 1 : index });
    return starts;
  }

  /** What the expression hands out of sections. */
  #taken(node: ts.Node, at: Event): Taken[] {
    return referencesOf(this.#model, this.#graph, node, at).flatMap((reference): Taken[] => {
      if (!isShared(this.#model, this.#graph, reference.place)) return [];
      const own = this.#held
        .at(reference.event)
        .filter((held) => held.origin === 'lock' && held.mode !== 'counting')
        .map((held) => held.lock);
      const locks = own.length > 0 ? own : reference.released;
      return locks.length > 0 ? [{ reference, locks }] : [];
    });
  }

  /** Whether the reference is still in hand at the event, and what happened since it was taken. */
  #outlives(start: Point, { reference, locks }: Taken, rechecks: ReadonlySet<TestEvent>): Outlived | undefined {
    let found: Outlived | undefined;
    walkBackward<Outlived>(
      this.#graph,
      start,
      { suspension: undefined, release: undefined },
      (state) => (state.suspension === undefined ? 0 : 1),
      (earlier, state) => {
        if (earlier.node === reference.event.node && earlier.kind === reference.event.kind) {
          if (found?.suspension === undefined) found = state;
          return undefined;
        }
        if (earlier.kind === 'test' && rechecks.has(earlier)) return undefined;
        if (earlier.kind === 'write') return handsOver(earlier, reference.place) ? undefined : state;
        if (earlier.kind === 'release' && locks.some((lock) => isSameLock(lock, earlier.lock))) return { ...state, release: earlier };
        if (earlier.kind !== 'suspend' || state.suspension !== undefined) return state;
        return holdsOneOf(this.#held.at(earlier), locks) ? state : { ...state, suspension: earlier };
      },
    );
    return found;
  }

  /** Tests, before the event, of whether the object is still the one, or still alive. */
  #rechecks(event: Event, node: ts.Expression): ReadonlySet<TestEvent> {
    const binding = this.#model.compiler.isIdentifier(node) ? this.#model.file(node).scopes.resolve(node) : undefined;
    const tests = new Set<TestEvent>();
    if (binding === undefined) return tests;
    for (const test of this.#model.controlDependence(this.#graph).controllingTests(event.block)) {
      if (!test.value.sources.some((source) => source.kind === 'use' && source.binding === binding)) continue;
      const asksForLife = test.value.sources.some((source) => {
        if (source.kind === 'call') return natureOfMethod(source.name) === 'share' || isLifeName(source.name);
        const last = source.kind === 'read' ? source.place.path.at(-1) : undefined;
        return last?.kind === 'field' && isLifeName(last.name);
      });
      const sides = test.comparison === undefined ? [] : [test.comparison.left, test.comparison.right];
      const comparesIdentity = sides.some(
        (side) => side.place !== undefined && isShared(this.#model, this.#graph, side.place) && side.sources.some(({ kind }) => kind === 'read'),
      );
      if (asksForLife || (comparesIdentity && sides.some((side) => side.node === node || isUseOf(side.sources, binding)))) tests.add(test);
    }
    return tests;
  }

  /** A change of the object which can come after the release. */
  #rival({ reference, locks }: Taken, consumer: Consumer | undefined): Rival | undefined {
    const { kind, place, depth } = reference;
    const isOfCollection = kind === 'view' || kind === 'closure';
    const all = kind === 'promise' ? writesTo(this.#model, place) : mutationsOf(this.#model, place, depth);
    const candidates = all.filter((mutation) => {
      if (mutation.nature === 'share') return false;
      if (mutation.nature === 'end') {
        const isElement = place.path.at(-1)?.kind === 'element';
        if (!isElement || depth > 0 || consumer === undefined || this.#takesShare(reference, locks)) return false;
        const last = consumer.path.at(-1);
        return consumer.kind !== 'member' || last === undefined || !isLifeName(last);
      }
      const [first] = mutation.place.path.slice(place.path.length);
      if (first?.kind === 'field' && reference.except.includes(first.name)) return false;
      if (isOfCollection && mutation.place.path.length !== place.path.length + 1) return false;
      if (isInitialisation(mutation, place) || isCountOfBorrowers(this.#model, this.#graph, this.#held, locks, reference, mutation)) return false;
      return kind !== 'object' || consumer === undefined || meets(mutation, place, consumer);
    });
    // a change under the same lock tells best that the lock guards the object
    const isGuarded = (mutation: Mutation): boolean => holdsOneOf(locksAtMutation(this.#model, mutation), locks);
    const isElsewhere = (mutation: Mutation): boolean => mutation.graph !== this.#graph;
    const isData = (mutation: Mutation): boolean => mutation.nature === 'data';
    const guarded = candidates.filter(isGuarded);
    const found =
      guarded.find((mutation) => isData(mutation) && isElsewhere(mutation)) ??
      guarded.find(isElsewhere) ??
      guarded.find(isData) ??
      (consumer === undefined ? undefined : candidates.find((mutation) => isData(mutation) && isElsewhere(mutation)));
    return found === undefined ? undefined : { mutation: found, isGuarded: isGuarded(found) };
  }

  /** The section makes the reference its own: `reader.retain()`. */
  #takesShare(reference: Reference, locks: readonly LockReference[]): boolean {
    for (const event of eventsOf(this.#graph)) {
      if (event.kind !== 'call' || natureOfMethod(event.name) !== 'share' || event.receiver === undefined) continue;
      if (!holdsOneOf(this.#held.at(event), locks)) continue;
      const shared = referencesOf(this.#model, this.#graph, event.receiver.node, event);
      if (shared.some((item) => item.kind === 'object' && item.place.key === reference.place.key)) return true;
    }
    return false;
  }

  /** The locks are released before the value that is returned arrives at the caller. */
  #isGivenBack(event: ReturnEvent, { reference, locks }: Taken): boolean {
    if (!holdsOneOf(this.#held.at(event), locks)) return reference.kind !== 'promise';
    return eventsOf(this.#graph).some(
      (later) => later.kind === 'release' && follows(this.#graph, event, later) && locks.some((lock) => isSameLock(lock, later.lock)),
    );
  }

  /** A parameter's property, or a variable outside the activation. */
  #isOutside(event: WriteEvent): boolean {
    const { root, path } = event.place;
    if (root.kind !== 'variable') return false;
    const isParameter = root.binding.kind === 'parameter' && root.binding.owner === this.#graph.owner;
    return isParameter ? path.length > 0 : root.binding.kind === 'variable' && isShared(this.#model, this.#graph, event.place);
  }

  /** A type that lets nobody change the object itself says nothing of what lies deeper. */
  #isMutable(reference: Reference, mutation: Mutation, node: ts.Node): boolean {
    if (reference.kind !== 'object' || reference.depth === 1) return true;
    if (mutation.place.path.length > reference.place.path.length + 1) return true;
    const { compiler, questions } = this.#model;
    const subject = reference.inside.length > 0 ? reference.node : node;
    return !compiler.isExpression(subject) || questions.isMutable(subject);
  }

}

/** Whether this use of the value can meet what the reference reaches. */
function fits({ kind }: Reference, consumer: Consumer): boolean {
  switch (kind) {
    case 'promise':
      return consumer.kind === 'wait' || consumer.kind === 'argument';
    case 'closure':
      return consumer.kind === 'call' || consumer.kind === 'argument';
    default:
      return consumer.kind !== 'wait' && consumer.kind !== 'call';
  }
}

/** Whether the use looks at what the mutation changes. */
function meets(mutation: Mutation, place: Place, consumer: Consumer): boolean {
  const changed = mutation.place.path.slice(place.path.length);
  return consumer.path.every((name, index) => {
    const projection = changed[index];
    return projection === undefined || (projection.kind === 'field' && projection.name === name) || isSize(name, projection.kind);
  });
}

/** The object was put in its place just before: whoever had taken one from there has another. */
function isInitialisation({ graph, event }: Mutation, place: Place): boolean {
  let mayBeOld = false;
  walkBackward<true>(
    graph,
    event,
    true,
    () => 0,
    (earlier) => (earlier.kind === 'write' && handsOver(earlier, place) ? undefined : true),
    () => {
      mayBeOld = true;
    },
  );
  return !mayBeOld;
}

/** How many elements there are changes with the elements. */
function isSize(name: string, kind: 'field' | 'element'): boolean {
  return kind === 'element' && (name === 'length' || name === 'size');
}

function isReadonlyType(type: ts.TypeNode | undefined): boolean {
  return type !== undefined && /\breadonly\b|Readonly/.test(type.getText());
}

/** The type that the expression is asserted to have where it stands. */
function assertedType(compiler: Compiler, node: ts.Node): ts.TypeNode | undefined {
  const { parent } = node;
  return compiler.isAsExpression(parent) || compiler.isTypeAssertionExpression(parent) ? parent.type : undefined;
}

/** The place gets another object, or loses this one: whoever took it before is its owner now. */
function handsOver(write: WriteEvent, place: Place): boolean {
  if (write.how === 'assign') return write.place.path.length <= place.path.length && mayReach(place, write.place);
  return write.how === 'remove' && mayReach(place, write.place) && place.path.at(-1)?.kind === 'element';
}

function isUseOf(sources: readonly SourceEvent[], binding: Binding): boolean {
  return sources.some((source) => source.kind === 'use' && source.binding === binding);
}
