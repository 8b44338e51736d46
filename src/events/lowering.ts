/**
 * What the lowering of expressions needs from whoever builds the graph, and the state it keeps.
 *
 * Expressions hold control flow of their own (`&&`, `?.`, inlined callbacks), so lowering emits events into a `Flow`
 * and asks it for blocks; the flow knows nothing of expressions.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import type { LockMatcher, LockMode } from '../locks/operation.js';
import type { Place } from '../places/place.js';
import type { PlaceResolver } from '../places/resolve.js';
import type { Activation, FunctionNode } from '../syntax/functions.js';
import type { Binding, FileScopes } from '../syntax/scopes.js';
import type { AcquireEvent, CallEvent, Event, LockReference, TestEvent, Value, WriteEvent } from './event.js';
import type { KeptCondition } from './kept-conditions.js';

/** An event before it is put into a block. */
export type Unplaced<E extends Event = Event> = E extends Event ? Omit<E, 'block' | 'index'> : never;

/** How an inlined function runs: its `return` means something else in each. */
export type FrameKind =
  /** Its promise is waited for before anything after it happens: a callback under a lock, a continuation. */
  | 'awaited'
  /** It runs to completion at once: an array method's callback, a promise executor. */
  | 'synchronous';

/** Blocks and edges under construction. */
export interface BlockFlow {
  /** Where a continuation ends that nobody waits for. */
  readonly taskEnd: number;
  emit<E extends Event>(event: Unplaced<E>): E;
  /** How many suspensions there are so far. */
  suspensions(): number;
  /** A new block that is caught by the current handler. */
  createBlock(): number;
  /** The block that events go to. */
  current(): number;
  moveTo(block: number): void;
  /** Leaves the current block for another one; what follows is unreachable until `moveTo`. */
  goto(block: number, label?: 'next' | 'true' | 'false' | 'fork'): void;
  /** Adds an edge and stays. `throws` leads to a handler, see `EdgeLabel`. */
  fork(block: number, label?: 'fork' | 'throws'): void;
  /** Forks to a block that runs on as a task of its own. */
  detach(block: number, node: ts.Node): void;
  /** Runs `body` with exceptions going to `handler`. */
  withHandler(handler: number, body: () => void): void;
  handler(): number;
}

/** The graph under construction, as the lowering of expressions sees it. */
export interface Flow extends BlockFlow {
  /** Lowers the function's body in place; the result is what it returns. */
  inline(node: FunctionNode, arguments_: readonly Value[], kind: FrameKind): Value;
  /** Lowers what a class expression does when it is evaluated. */
  evaluateClass(node: ts.ClassExpression): void;
  /** What `return` means where lowering stands. */
  frameKind(): FrameKind | 'activation';
  /** Whether a `return` where lowering stands runs a `finally` body first, or disposes of something. */
  returnsThroughFinally(): boolean;
}

/** How a callee runs one of its function arguments. */
export interface CallbackBehaviour {
  readonly kind: FrameKind;
  /** Locks that the callee holds while it runs the callback, seen from the caller. */
  readonly locks: readonly { readonly lock: LockReference; readonly mode: LockMode }[];
}

/** State outside the process that a call touches; see `CheckOptions.externalState`. */
export type ExternalEffect =
  | {
      readonly effect: 'check';
      readonly place: Place;
      /** A failure of the call is its answer: `try { await access(path) } catch { … }`. */
      readonly answersByFailing: boolean;
    }
  | { readonly effect: 'act'; readonly place: Place; readonly how: WriteEvent['how']; readonly isDeferred: boolean };

/** How a call touches the value of a cell, such as a BehaviorSubject, or the state of a store. */
export interface CellAccess {
  readonly place: Place;
  /** The first argument becomes the value, or is merged into it. */
  readonly access: 'read' | 'write' | 'merge';
}

/** Questions that lowering asks of later layers, so that it need not know them. */
export interface LoweringOracle {
  /** What the callee does with the function handed to it as argument `index`; undefined when that is unknown. */
  callbackBehaviour(call: ts.CallExpression, index: number): CallbackBehaviour | undefined;
  externalEffects(call: ts.CallExpression): readonly ExternalEffect[];
  cellAccess(call: ts.CallExpression): CellAccess | undefined;
  /** The state that a function replaces which is handed on, and not called here: `.then(setRows)`. */
  stateSetBy(callback: ts.Expression): Place | undefined;
  /** Whether the property of `this` is computed by a getter. */
  isGetter(node: ts.PropertyAccessExpression): boolean;
}

/** Where the promise of what is being lowered will be stored. */
export interface Slot {
  readonly place: Place | undefined;
  readonly binding: Binding | undefined;
}

export interface Lowering {
  readonly compiler: Compiler;
  readonly scopes: FileScopes;
  readonly places: PlaceResolver;
  readonly locks: LockMatcher;
  readonly oracle: LoweringOracle;
  readonly flow: Flow;
  readonly owner: Activation;
  /** The activation itself and the functions inlined into it: their variables are locals. */
  readonly inlined: Set<Activation>;
  /** Acquires by the call that took the lock, whose result is the handle. */
  readonly acquires: Map<CallEvent, AcquireEvent>;
  /** Acquired handles by the variable or place that holds them. */
  readonly handles: Map<string, AcquireEvent>;
  /** Where optional chains under way go when they meet a nullish value. */
  readonly optionalEnds: number[];
  slot: Slot | undefined;
  /** Names of `resolve` and `reject` of the promise executors under way, with the executor. */
  readonly settlers: Map<string, FunctionNode>;
  /** Every test emitted so far; an expression's own are those since it began. */
  readonly tests: TestEvent[];
  /** Conditions by the locals that hold them. */
  readonly conditions: Map<Binding, KeptCondition>;
  /** What locals stand for that only name what the next step takes. */
  readonly named: Map<Binding, Value>;
  /** Takes the values of the parts of the condition that is being kept. */
  parts: Map<ts.Node, Value> | undefined;
}

export const nothing = (node: ts.Node): Value => ({ sources: [], node });

export function isLocal(lowering: Lowering, binding: Binding): boolean {
  return lowering.inlined.has(binding.owner) && !(binding.owner === lowering.owner && lowering.compiler.isSourceFile(binding.owner));
}

export function combine(node: ts.Node, values: readonly Value[]): Value {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return only;
  return { sources: [...new Set(values.flatMap((value) => value.sources))], node };
}
