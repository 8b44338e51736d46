/** Builds the graph of one activation, with the functions inlined that run as part of it. */
import type { Compiler, ts } from '../compiler/compiler.js';
import type { AcquireEvent, ReleaseEvent, ReturnEvent, SuspendEvent, Value } from '../events/event.js';
import { lowerExpression } from '../events/expressions.js';
import { combine, type Flow, type FrameKind, type Lowering, type LoweringOracle, nothing } from '../events/lowering.js';
import { bindPattern, withDefault } from '../events/targets.js';
import type { EnclosingSection, LockMatcher } from '../locks/operation.js';
import type { Place } from '../places/place.js';
import type { PlaceResolver } from '../places/resolve.js';
import type { Activation, FunctionNode } from '../syntax/functions.js';
import type { FileScopes } from '../syntax/scopes.js';
import { Blocks } from './blocks.js';
import type { Block, Graph } from './graph.js';
import { type Frame, Jumps } from './jumps.js';
import { Statements } from './statements.js';

export interface GraphInputs {
  readonly compiler: Compiler;
  readonly scopes: FileScopes;
  readonly places: PlaceResolver;
  readonly locks: LockMatcher;
  readonly oracle: LoweringOracle;
}

export function buildGraph(inputs: GraphInputs, owner: Activation): Graph {
  return new GraphBuilder(inputs, owner).build();
}

class GraphBuilder extends Blocks implements Flow {
  readonly #inputs: GraphInputs;
  readonly #owner: Activation;
  readonly #inlined: Set<Activation>;
  readonly #jumps = new Jumps(this);
  readonly #lowering: Lowering;
  readonly #statements: Statements;

  constructor(inputs: GraphInputs, owner: Activation) {
    super();
    this.#inputs = inputs;
    this.#owner = owner;
    this.#inlined = new Set([owner]);
    this.#lowering = {
      ...inputs,
      flow: this,
      owner,
      inlined: this.#inlined,
      acquires: new Map(),
      handles: new Map(),
      optionalEnds: [],
      slot: undefined,
      settlers: new Map(),
      tests: [],
      conditions: new Map(),
      named: new Map(),
      parts: undefined,
    };
    this.#statements = new Statements(this.#lowering, this, this.#jumps);
  }

  build(): Graph {
    const owner = this.#owner;
    if (this.#inputs.compiler.isSourceFile(owner)) this.#statements.lowerAll(owner.statements);
    else this.#lowerActivation(owner);
    this.goto(this.exit);
    const { blocks, entry, exit, raise, taskEnd, continuations, closures, definitions, hasLocks } = this;
    const hasSuspension = this.suspensions() > 0;
    const events = blocks.flatMap((each) => each.events);
    const raisers = raisersOf(blocks);
    return { owner, blocks, events, entry, exit, raise, taskEnd, continuations, closures, inlined: this.#inlined, definitions, hasSuspension, hasLocks, raisers };
  }

  frameKind(): FrameKind | 'activation' {
    return this.#jumps.frame()?.kind ?? 'activation';
  }

  returnsThroughFinally(): boolean {
    return this.#jumps.returnsThroughFinally();
  }

  evaluateClass(node: ts.ClassExpression): void {
    this.#statements.classLike(node);
  }

  inline(node: FunctionNode, args: readonly Value[], kind: FrameKind): Value {
    // a function that is inlined while it is being inlined would not end
    if (this.#jumps.isUnderWay(node) || node.body === undefined) return nothing(node);
    const lowering = this.#lowering;
    this.#inlined.add(node);
    const end = this.createBlock();
    const frame: Frame = { node, kind, returnTo: end, values: [] };
    const { slot } = lowering;
    const ends = lowering.optionalEnds.splice(0);
    lowering.slot = undefined;
    this.#jumps.inFrame(frame, () => this.#lowerFunction(node, args, frame));
    lowering.slot = slot;
    lowering.optionalEnds.push(...ends);
    this.goto(end);
    this.moveTo(end);
    return frame.values.length === 0 ? nothing(node) : combine(node, frame.values);
  }

  #lowerActivation(owner: FunctionNode): void {
    const frame: Frame = { node: undefined, kind: 'activation', returnTo: this.exit, values: [] };
    const section = this.#inputs.locks.sectionAround(owner);
    this.#jumps.inFrame(frame, () => {
      if (section === undefined) this.#lowerFunction(owner, [], frame);
      else this.#within(section, () => this.#lowerFunction(owner, [], frame));
    });
  }

  #lowerFunction(node: FunctionNode, args: readonly Value[], frame: Frame): void {
    const { compiler } = this.#inputs;
    node.parameters.forEach((parameter, index) => {
      let value = args[index];
      if (parameter.initializer !== undefined) value = withDefault(this.#lowering, parameter, value, parameter.initializer);
      if (args.length > 0 || value !== undefined || !compiler.isIdentifier(parameter.name)) bindPattern(this.#lowering, parameter.name, value, parameter);
    });
    const { body } = node;
    if (body === undefined) return;
    if (compiler.isBlock(body)) {
      this.#statements.lowerAll(body.statements);
      return;
    }
    const value = lowerExpression(this.#lowering, body);
    frame.values.push(value);
    this.emit<ReturnEvent>({ kind: 'return', node: body, value, inlined: frame.node });
  }

  /** The whole body is a critical section, which begins with a suspension. */
  #within(section: EnclosingSection, body: () => void): void {
    const { node, mode, text, reentrant } = section;
    const place = this.#placeOfModule(section);
    const lock = { key: place?.key ?? section.key, place, text, isLocal: false, ...(reentrant === undefined ? {} : { reentrant }) };
    this.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'acquire', operand: undefined });
    this.emit<AcquireEvent>({ kind: 'acquire', node, lock, mode, operation: undefined, call: undefined, scoped: true });
    const release = (): void => {
      this.emit<ReleaseEvent>({ kind: 'release', node, lock, operation: undefined, scoped: true });
    };
    // one that says when it is done goes on after its end
    if (section.releaser === undefined) this.#jumps.tryFinally(body, release, true);
    else body();
  }

  /** The lock of the section, where a variable of this module holds it: other functions name it in the same way. */
  #placeOfModule({ lock }: EnclosingSection): Place | undefined {
    const { compiler, places } = this.#inputs;
    const place = lock?.getSourceFile() === this.#owner.getSourceFile() ? places.placeOf(lock) : undefined;
    return place?.root.kind === 'variable' && compiler.isSourceFile(place.root.binding.owner) ? place : undefined;
  }
}

/** Blocks by the block that catches what they throw. */
function raisersOf(blocks: readonly Block[]): Map<number, Block[]> {
  const raisers = new Map<number, Block[]>();
  for (const block of blocks) {
    if (block.events.length === 0) continue;
    const list = raisers.get(block.handler);
    if (list === undefined) raisers.set(block.handler, [block]);
    else list.push(block);
  }
  return raisers;
}
