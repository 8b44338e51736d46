/**
 * Ways out of statements: `break`, `continue`, `return` and exceptions, through the `finally` bodies on the way.
 *
 * A `finally` body is copied for each way into it (falling off the end, exception, return, break, continue), which keeps
 * the paths apart; after `maximumFinallyCopies` the ways share one copy, so that nested `finally` cannot make the graph
 * grow exponentially.
 */
import type { ts } from '../compiler/compiler.js';
import type { Value } from '../events/event.js';
import type { FrameKind } from '../events/lowering.js';
import type { FunctionNode } from '../syntax/functions.js';
import type { Blocks } from './blocks.js';

/** How many copies of one `finally` body are made before its ways in share one. */
const maximumFinallyCopies = 6;
/** A `finally` body inside this many others is not copied at all. */
const maximumFinallyDepth = 3;

interface FinallyFrame {
  readonly lower: () => void;
  readonly handler: number;
  /** The block with which the protected region begins. */
  readonly start: number;
  readonly copies: Map<number, number>;
  shared: { entry: number; exit: number } | undefined;
  readonly depth: number;
  /** Jump targets that the `finally` body sees. */
  readonly targets: number;
  readonly waitsForResult: boolean;
}

/** A statement that can be left by a jump. */
interface JumpTarget {
  readonly labels: readonly string[];
  /** Whether a `break` without a label means it. */
  readonly isPlain: boolean;
  readonly breakTo: number;
  readonly continueTo: number | undefined;
}

/** A function under way: the activation, or one that is inlined into it. */
export interface Frame {
  readonly node: FunctionNode | undefined;
  readonly kind: FrameKind | 'activation';
  readonly returnTo: number;
  /** What the function returns. */
  readonly values: Value[];
}

export class Jumps {
  readonly #blocks: Blocks;
  readonly #finallies: FinallyFrame[] = [];
  readonly #targets: { readonly target: JumpTarget; readonly depth: number }[] = [];
  readonly #frames: { readonly frame: Frame; readonly depth: number; readonly targets: number }[] = [];
  #finallyDepth = 0;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  frame(): Frame | undefined {
    return this.#frames.at(-1)?.frame;
  }

  isUnderWay(node: FunctionNode): boolean {
    return this.#frames.some(({ frame }) => frame.node === node);
  }

  /** Lowers a function's body: `return` in it leads to the end of the frame. */
  inFrame(frame: Frame, body: () => void): void {
    this.#frames.push({ frame, depth: this.#finallies.length, targets: this.#targets.length });
    body();
    this.#frames.pop();
  }

  /** Lowers the body of a statement that jumps in it may mean. */
  inTarget(target: JumpTarget, body: () => void): void {
    this.#targets.push({ target, depth: this.#finallies.length });
    body();
    this.#targets.pop();
  }

  jump(label: ts.Identifier | undefined, isContinue: boolean): void {
    const isMeant = ({ target }: { readonly target: JumpTarget }): boolean => {
      if (label !== undefined) return target.labels.includes(label.text);
      return isContinue ? target.continueTo !== undefined : target.isPlain;
    };
    const found = this.#targets.slice(this.#frames.at(-1)?.targets ?? 0).findLast(isMeant);
    const destination = isContinue ? found?.target.continueTo : found?.target.breakTo;
    if (found !== undefined && destination !== undefined) this.#blocks.goto(this.#through(destination, found.depth));
  }

  return(): void {
    const current = this.#frames.at(-1);
    this.#blocks.goto(this.#through(current?.frame.returnTo ?? this.#blocks.exit, current?.depth ?? 0));
  }

  /** Whether a `return` at this point runs a `finally` body before what it returns has settled. */
  returnsThroughFinally(): boolean {
    return this.#finallies.slice(this.#frames.at(-1)?.depth ?? 0).some(({ waitsForResult }) => !waitsForResult);
  }

  /** `waitsForResult`: the clean-up comes when the promise that the body returns has settled, as at the end of a section. */
  tryFinally(body: () => void, cleanup: () => void, waitsForResult = false): void {
    const blocks = this.#blocks;
    const after = blocks.createBlock();
    const start = blocks.begin();
    const frame: FinallyFrame = {
      lower: cleanup,
      handler: blocks.handler(),
      start,
      copies: new Map(),
      shared: undefined,
      depth: this.#finallies.length,
      targets: this.#targets.length,
      waitsForResult,
    };
    const onException = this.#copy(frame, frame.handler);
    this.#finallies.push(frame);
    blocks.withHandler(onException, () => {
      blocks.begin();
      body();
    });
    blocks.goto(this.#through(after, frame.depth));
    this.#finallies.pop();
    blocks.moveTo(after);
  }

  /** Where to jump so that the `finally` bodies between here and the target run first. */
  #through(target: number, depth: number): number {
    let destination = target;
    if (!this.#blocks.isReached()) return destination;
    for (const frame of this.#finallies.slice(depth)) destination = this.#copy(frame, destination);
    return destination;
  }

  /** The copy of the `finally` body that goes on at the destination. */
  #copy(frame: FinallyFrame, destination: number): number {
    const existing = frame.copies.get(destination);
    if (existing !== undefined) return existing;
    const blocks = this.#blocks;
    let entered: number;
    if (this.#finallyDepth >= maximumFinallyDepth || frame.copies.size >= maximumFinallyCopies) {
      frame.shared ??= this.#lower(frame);
      entered = frame.shared.entry;
      if (blocks.isReached(frame.shared.exit)) blocks.addEdge(frame.shared.exit, destination, 'fork');
      frame.copies.set(destination, entered);
    } else {
      entered = this.#lower(frame, destination).entry;
    }
    // only the copy for exceptions handles any
    if (destination === frame.handler && blocks.isReached(frame.start)) blocks.addEdge(frame.start, entered, 'throws');
    return entered;
  }

  /** Lowers the `finally` body as it is seen from outside the protected region. */
  #lower(frame: FinallyFrame, destination?: number): { entry: number; exit: number } {
    const blocks = this.#blocks;
    const current = blocks.current();
    const hidden = this.#finallies.splice(frame.depth);
    const hiddenTargets = this.#targets.splice(frame.targets);
    this.#finallyDepth += 1;
    let entry = current;
    let exit = current;
    blocks.withHandler(frame.handler, () => {
      entry = blocks.createBlock();
      if (destination !== undefined) frame.copies.set(destination, entry);
      if (blocks.isReached()) blocks.markReached(entry);
      blocks.moveTo(entry);
      frame.lower();
      exit = blocks.current();
      if (destination !== undefined) blocks.goto(destination);
    });
    this.#finallyDepth -= 1;
    this.#finallies.push(...hidden);
    this.#targets.push(...hiddenTargets);
    blocks.moveTo(current);
    return { entry, exit };
  }
}
