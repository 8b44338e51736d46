/**
 * Events: what one activation does to the world, in evaluation order.
 *
 * Events are all that the graphs, summaries and checks see of the syntax. Each keeps its node for spans and texts.
 */
import type { ts } from '../compiler/compiler.js';
import type { AcquireOperation, LockMode, Reentrancy, ReleaseOperation, RunOperation } from '../locks/operation.js';
import type { Place, Projection } from '../places/place.js';
import type { FunctionNode } from '../syntax/functions.js';
import type { Binding } from '../syntax/scopes.js';

/** What is known of the result of an expression. */
export interface Value {
  /** The reads, uses and calls that it was computed from. */
  readonly sources: readonly SourceEvent[];
  /** The value is the content of this place: a reference to it when it is an object. */
  readonly place?: Place;
  /** Syntactic nature, where it matters. */
  readonly nature?: 'constant' | 'empty' | 'fresh' | 'function' | 'promise';
  /** Tests inside the expression that chose the value: `this.x ?? (await load())`. */
  readonly decidedBy?: readonly TestEvent[];
  readonly node: ts.Node;
}

interface EventBase {
  readonly node: ts.Node;
  /** Set when the event is put into a block. */
  block: number;
  index: number;
}

/** A shared or local location is read. */
export interface ReadEvent extends EventBase {
  readonly kind: 'read';
  readonly place: Place;
  /** A method name was taken for a collection's: the receiver must turn out to be one. */
  readonly collection: ts.Expression | undefined;
  /** The read goes through a local that took its value from this place earlier. */
  readonly heldBy: Place | undefined;
}

export interface WriteEvent extends EventBase {
  readonly kind: 'write';
  readonly place: Place;
  /** `assign` replaces the content, `add` and `remove` change what a collection holds, `mutate` anything else. */
  readonly how: 'assign' | 'add' | 'remove' | 'mutate';
  readonly value: Value | undefined;
  readonly collection: ts.Expression | undefined;
  /** The call only starts it: it happens while other tasks run. */
  readonly isDeferred?: boolean;
}

/** A local variable of this activation is read. */
export interface UseEvent extends EventBase {
  readonly kind: 'use';
  readonly binding: Binding;
  /** The end of the block in which `using` declares it. */
  readonly isDisposal?: boolean;
}

/** A local variable of this activation gets a value. */
export interface DefineEvent extends EventBase {
  readonly kind: 'define';
  readonly binding: Binding;
  readonly value: Value | undefined;
}

/** How a call's result is consumed, as far as its syntax tells. */
export type Consumption = 'awaited' | 'returned' | 'discarded' | 'stored';

export interface CallEvent extends EventBase {
  readonly kind: 'call';
  readonly node: ts.CallExpression | ts.NewExpression | ts.TaggedTemplateExpression | ts.PropertyAccessExpression;
  /** Method name, or the name of the called function; undefined where it is computed. */
  readonly name: string | undefined;
  readonly receiver: Value | undefined;
  readonly arguments: readonly Value[];
  readonly consumption: Consumption;
  readonly isGetter: boolean;
  /** `new C(…)`. */
  readonly isConstruction?: true;
  /** The called function where it is not the callee of the node: `.then(save)` calls `save`. */
  readonly reference?: ts.Expression;
}

/** Other tasks may run here. */
export interface SuspendEvent extends EventBase {
  readonly kind: 'suspend';
  readonly reason:
    | 'await'
    | 'iteration'
    | 'yield'
    | 'disposal'
    | 'continuation'
    | 'acquire'
    /** A release calls the next waiter before it returns. */
    | 'handover';
  /** What is waited for. */
  readonly operand: Value | undefined;
}

/** A lock by the place that holds it, and its key where it has one. */
export interface LockReference {
  readonly key: string;
  readonly place: Place | undefined;
  /** The key of a keyed lock, as the step that it makes. */
  readonly element?: Projection;
  /** Whether who holds it may take it again; absent where that is not known. */
  readonly reentrant?: Reentrancy;
  readonly text: string;
  /** Made in this very activation, so that no other task can hold it: it guards nothing. */
  readonly isLocal: boolean;
}

export interface AcquireEvent extends EventBase {
  readonly kind: 'acquire';
  readonly lock: LockReference;
  readonly mode: LockMode;
  /** The library's operation; undefined for a protocol (promise tail, claimed slot, wrapper). */
  readonly operation: AcquireOperation | RunOperation | undefined;
  /** The library's acquiring call, to which the handle can be traced back. */
  readonly call: CallEvent | undefined;
  /** Released by construction: a section with a callback, a protocol, `using`. */
  readonly scoped: boolean;
}

export interface ReleaseEvent extends EventBase {
  readonly kind: 'release';
  readonly lock: LockReference;
  readonly operation: AcquireOperation | RunOperation | ReleaseOperation | undefined;
  readonly scoped: boolean;
}

/**
 * From here on the continuation runs as the task whose promise is stored in a slot: `this.pending ??= (async () => …)()`.
 * If that store is a claim, no second such task runs beside it.
 */
export interface SlotEvent extends EventBase {
  readonly kind: 'slot';
  readonly place: Place | undefined;
  readonly binding: Binding | undefined;
}

/** The last event of a block with two ways out. */
export interface TestEvent extends EventBase {
  readonly kind: 'test';
  readonly value: Value;
  /** Both sides of an equality: `if (mine !== this.generation)`. */
  readonly comparison: { readonly left: Value; readonly right: Value } | undefined;
  readonly isLoop: boolean;
}

export interface ReturnEvent extends EventBase {
  readonly kind: 'return';
  readonly value: Value | undefined;
  /** Returns from a function that was inlined, such as a callback under a lock. */
  readonly inlined: FunctionNode | undefined;
}

export interface ThrowEvent extends EventBase {
  readonly kind: 'throw';
  readonly value: Value | undefined;
}

/** A function literal is made; it runs elsewhere, with a graph of its own. */
export interface ClosureEvent extends EventBase {
  readonly kind: 'closure';
  readonly node: FunctionNode;
}

export type Event =
  | ReadEvent
  | WriteEvent
  | UseEvent
  | DefineEvent
  | CallEvent
  | SuspendEvent
  | AcquireEvent
  | ReleaseEvent
  | SlotEvent
  | TestEvent
  | ReturnEvent
  | ThrowEvent
  | ClosureEvent;

/** Unique within a graph. */
export function eventKey(event: Event): number {
  return event.block * 65_536 + event.index;
}

export type SourceEvent = ReadEvent | UseEvent | CallEvent;

/** Whether an exception can leave the event. */
export function mayThrow(event: Event): boolean {
  return event.kind === 'call' || event.kind === 'suspend' || event.kind === 'acquire' || event.kind === 'throw';
}
