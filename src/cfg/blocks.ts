/** The blocks of a graph under construction: where events go, which edges lead on, and who catches what. */
import type { ts } from '../compiler/compiler.js';
import type { DefineEvent, Event } from '../events/event.js';
import type { BlockFlow, Unplaced } from '../events/lowering.js';
import type { FunctionNode } from '../syntax/functions.js';
import type { Binding } from '../syntax/scopes.js';
import type { Block, Edge, EdgeLabel } from './graph.js';

export class Blocks implements BlockFlow {
  readonly blocks: Block[] = [];
  readonly closures: FunctionNode[] = [];
  readonly definitions = new Map<Binding, DefineEvent[]>();
  readonly continuations = new Map<number, ts.Node>();
  hasLocks = false;
  #suspensions = 0;

  readonly raise = this.#add(0);
  readonly exit = this.#add(this.raise);
  readonly taskEnd = this.#add(this.raise);
  readonly entry = this.#add(this.raise);

  #current = this.entry;
  #handler = this.raise;
  /** Blocks that are reached, whatever leads to them so far: the entry, and `finally` bodies that are lowered before their ways in. */
  readonly #begun = new Set([this.entry]);

  emit<E extends Event>(event: Unplaced<E>): E {
    const target = this.#block(this.#current);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- an event is what was missing its position, with it
    const placed = Object.assign(event, { block: this.#current, index: target.events.length }) as unknown as E;
    target.events.push(placed);
    if (placed.kind === 'suspend') this.#suspensions += 1;
    else if (placed.kind === 'acquire' || placed.kind === 'release') this.hasLocks = true;
    else if (placed.kind === 'closure') this.closures.push(placed.node);
    else if (placed.kind === 'define') {
      const list = this.definitions.get(placed.binding);
      if (list === undefined) this.definitions.set(placed.binding, [placed]);
      else list.push(placed);
    }
    return placed;
  }

  suspensions(): number {
    return this.#suspensions;
  }

  createBlock(): number {
    return this.#add(this.#handler);
  }

  current(): number {
    return this.#current;
  }

  moveTo(id: number): void {
    this.#current = id;
  }

  goto(id: number, label: EdgeLabel = 'next'): void {
    this.fork(id, label);
    this.#current = this.createBlock();
  }

  fork(id: number, label: EdgeLabel = 'fork'): void {
    if (this.isReached()) this.addEdge(this.#current, id, label);
  }

  detach(id: number, node: ts.Node): void {
    this.fork(id);
    this.continuations.set(id, node);
  }

  /** Goes on in a new block, with which something begins. */
  begin(): number {
    const id = this.createBlock();
    this.goto(id);
    this.#current = id;
    return id;
  }

  withHandler(handler: number, body: () => void): void {
    const before = this.#handler;
    this.#handler = handler;
    body();
    this.#handler = before;
  }

  handler(): number {
    return this.#handler;
  }

  addEdge(from: number, to: number, label: EdgeLabel): void {
    const edge: Edge = { from, to, label };
    this.#block(from).out.push(edge);
    this.#block(to).in.push(edge);
  }

  /** Whether control comes to the block, as far as is known. */
  isReached(id: number = this.#current): boolean {
    return this.#begun.has(id) || this.#block(id).in.length > 0;
  }

  /** Says that control comes to the block although no edge leads there yet. */
  markReached(id: number): void {
    this.#begun.add(id);
  }

  #add(handler: number): number {
    const id = this.blocks.length;
    this.blocks.push({ id, events: [], out: [], in: [], handler });
    return id;
  }

  #block(id: number): Block {
    const found = this.blocks[id];
    if (found === undefined) throw new Error(`no block ${id}`);
    return found;
  }
}
