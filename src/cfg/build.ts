/**
 * Builds the graph of one activation: statements become blocks and edges, expressions are lowered into them.
 *
 * `finally` bodies are copied for each way into them (falling off the end, exception, return, break, continue), which
 * keeps the paths apart; after `maximumFinallyCopies` the ways share one copy, so that nested `finally` cannot make the
 * graph grow exponentially.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { lowerCondition, test } from '../events/conditions.js';
import type { AcquireEvent, DefineEvent, Event, ReleaseEvent, ReturnEvent, SourceEvent, SuspendEvent, Value } from '../events/event.js';
import { lowerExpression, readContents } from '../events/expressions.js';
import { combine, type Flow, type FrameKind, type Lowering, type LoweringOracle, nothing, type Unplaced } from '../events/lowering.js';
import { assignElement, bindPattern, lowerComputedName, withDefault, withSlot } from '../events/targets.js';
import type { EnclosingSection, LockMatcher } from '../locks/operation.js';
import { type Place, variableKey } from '../places/place.js';
import type { PlaceResolver } from '../places/resolve.js';
import { type Activation, type FunctionNode, hasModifier, isAwaitUsing, isFunctionNode, isUsing } from '../syntax/functions.js';
import type { Binding, FileScopes } from '../syntax/scopes.js';
import type { Block, Edge, EdgeLabel, Graph } from './graph.js';

/** How many copies of one `finally` body are made before its ways in share one. */
const maximumFinallyCopies = 6;
/** A `finally` body inside this many others is not copied at all. */
const maximumFinallyDepth = 3;

export interface GraphInputs {
  readonly compiler: Compiler;
  readonly scopes: FileScopes;
  readonly places: PlaceResolver;
  readonly locks: LockMatcher;
  readonly oracle: LoweringOracle;
}

interface FinallyFrame {
  readonly lower: () => void;
  readonly handler: number;
  /** The block with which the protected region begins. */
  readonly start: number;
  readonly copies: Map<number, number>;
  shared: { entry: number; exit: number } | undefined;
  readonly depth: number;
  /** Jump targets that the `finally` body sees. */
  readonly jumps: number;
}

interface JumpTarget {
  readonly labels: readonly string[];
  /** Whether a `break` without a label means it. */
  readonly isPlain: boolean;
  readonly breakTo: number;
  readonly continueTo: number | undefined;
  readonly depth: number;
}

interface Frame {
  readonly node: FunctionNode | undefined;
  readonly kind: FrameKind | 'activation';
  readonly returnTo: number;
  readonly depth: number;
  readonly jumpBase: number;
  readonly values: Value[];
}

export function buildGraph(inputs: GraphInputs, owner: Activation): Graph {
  const { compiler } = inputs;
  const blocks: Block[] = [];
  const closures: FunctionNode[] = [];
  const definitions = new Map<Binding, DefineEvent[]>();
  const inlined = new Set<Activation>([owner]);
  const continuations = new Map<number, ts.Node>();
  const finallies: FinallyFrame[] = [];
  const jumps: JumpTarget[] = [];
  const frames: Frame[] = [];
  let hasSuspension = false;
  let hasLocks = false;

  const addBlock = (handler: number): number => {
    const id = blocks.length;
    blocks.push({ id, events: [], out: [], in: [], handler });
    return id;
  };
  const raise = addBlock(0);
  let handler = raise;
  const exit = addBlock(raise);
  const taskEnd = addBlock(raise);
  const entry = addBlock(raise);
  let current = entry;
  /** Blocks that are reached, whatever leads to them so far: the entry, and `finally` bodies that are lowered before their ways in. */
  const begun = new Set([entry]);
  let finallyDepth = 0;

  const block = (id: number): Block => {
    const found = blocks[id];
    if (found === undefined) throw new Error(`no block ${id}`);
    return found;
  };
  const addEdge = (from: number, to: number, label: EdgeLabel): void => {
    const edge: Edge = { from, to, label };
    block(from).out.push(edge);
    block(to).in.push(edge);
  };
  const isReachable = (id: number): boolean => begun.has(id) || block(id).in.length > 0;

  const flow: Flow = {
    emit: <E extends Event>(event: Unplaced<E>): E => {
      const target = block(current);
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- an event is what was missing its position, with it
      const placed = Object.assign(event, { block: current, index: target.events.length }) as unknown as E;
      target.events.push(placed);
      if (placed.kind === 'suspend') hasSuspension = true;
      else if (placed.kind === 'acquire' || placed.kind === 'release') hasLocks = true;
      else if (placed.kind === 'closure') closures.push(placed.node);
      else if (placed.kind === 'define') {
        const list = definitions.get(placed.binding);
        if (list === undefined) definitions.set(placed.binding, [placed]);
        else list.push(placed);
      }
      return placed;
    },
    createBlock: () => addBlock(handler),
    current: () => current,
    moveTo: (id) => {
      current = id;
    },
    goto: (id, label = 'next') => {
      if (isReachable(current)) addEdge(current, id, label);
      current = addBlock(handler);
    },
    fork: (id, label = 'fork') => {
      if (isReachable(current)) addEdge(current, id, label);
    },
    detach: (id, node) => {
      flow.fork(id);
      continuations.set(id, node);
    },
    withHandler: (id, body) => {
      const before = handler;
      handler = id;
      body();
      handler = before;
    },
    handler: () => handler,
    taskEnd: () => taskEnd,
    frameKind: () => frames.at(-1)?.kind ?? 'activation',
    inline: (node, args, kind) => inlineFunction(node, args, kind),
    evaluateClass: (node) => classLike(node),
  };

  const lowering: Lowering = {
    ...inputs,
    flow,
    owner,
    inlined,
    acquires: new Map(),
    handles: new Map(),
    optionalEnds: [],
    slot: undefined,
    settlers: new Map(),
    tests: [],
  };

  const expression = (node: ts.Expression): Value => lowerExpression(lowering, node);

  // ---- functions --------------------------------------------------------------------------------------------------

  const inlineFunction = (node: FunctionNode, args: readonly Value[], kind: FrameKind): Value => {
    // a function that is inlined while it is being inlined would not end
    if (frames.some((frame) => frame.node === node) || node.body === undefined) return nothing(node);
    inlined.add(node);
    const end = addBlock(handler);
    const frame: Frame = { node, kind, returnTo: end, depth: finallies.length, jumpBase: jumps.length, values: [] };
    const slot = lowering.slot;
    const ends = lowering.optionalEnds.splice(0);
    lowering.slot = undefined;
    frames.push(frame);
    lowerParameters(node, args);
    lowerBody(node, frame);
    frames.pop();
    lowering.slot = slot;
    lowering.optionalEnds.push(...ends);
    flow.goto(end);
    current = end;
    return frame.values.length === 0 ? nothing(node) : combine(node, frame.values);
  };

  const lowerParameters = (node: FunctionNode, args: readonly Value[]): void => {
    node.parameters.forEach((parameter, index) => {
      let value = args[index];
      if (parameter.initializer !== undefined) value = withDefault(lowering, parameter, value, parameter.initializer);
      if (args.length > 0 || value !== undefined || !compiler.isIdentifier(parameter.name)) bindPattern(lowering, parameter.name, value, parameter);
    });
  };

  const lowerBody = (node: FunctionNode, frame: Frame): void => {
    const { body } = node;
    if (body === undefined) return;
    if (compiler.isBlock(body)) {
      statements(body.statements);
      return;
    }
    const value = expression(body);
    frame.values.push(value);
    flow.emit<ReturnEvent>({ kind: 'return', node: body, value, inlined: frame.node });
  };

  // ---- jumps ------------------------------------------------------------------------------------------------------

  /** Where to jump so that the `finally` bodies between here and the target run first. */
  const through = (target: number, depth: number): number => {
    let destination = target;
    if (!isReachable(current)) return destination;
    for (const frame of finallies.slice(depth)) destination = finallyCopy(frame, destination);
    return destination;
  };

  const finallyCopy = (frame: FinallyFrame, destination: number): number => {
    const existing = frame.copies.get(destination);
    if (existing !== undefined) return existing;
    const isShared = finallyDepth >= maximumFinallyDepth || frame.copies.size >= maximumFinallyCopies;
    let entered: number;
    if (isShared) {
      frame.shared ??= lowerFinally(frame);
      entered = frame.shared.entry;
      if (isReachable(frame.shared.exit)) addEdge(frame.shared.exit, destination, 'fork');
      frame.copies.set(destination, entered);
    } else {
      entered = lowerFinally(frame, destination).entry;
    }
    // only the copy for exceptions handles any
    if (destination === frame.handler && isReachable(frame.start)) addEdge(frame.start, entered, 'throws');
    return entered;
  };

  /** Lowers the `finally` body as it is seen from outside the protected region. */
  const lowerFinally = (frame: FinallyFrame, destination?: number): { entry: number; exit: number } => {
    const saved = { current, handler };
    const hidden = finallies.splice(frame.depth);
    const hiddenJumps = jumps.splice(frame.jumps);
    finallyDepth += 1;
    handler = frame.handler;
    const start = addBlock(handler);
    if (destination !== undefined) frame.copies.set(destination, start);
    if (isReachable(current)) begun.add(start);
    current = start;
    frame.lower();
    const end = current;
    if (destination !== undefined) flow.goto(destination);
    finallyDepth -= 1;
    finallies.push(...hidden);
    jumps.push(...hiddenJumps);
    ({ current, handler } = saved);
    return { entry: start, exit: end };
  };

  const jumpTarget = (label: ts.Identifier | undefined, isContinue: boolean): JumpTarget | undefined => {
    const isMeant = (target: JumpTarget): boolean => {
      if (label !== undefined) return target.labels.includes(label.text);
      return isContinue ? target.continueTo !== undefined : target.isPlain;
    };
    const base = frames.at(-1)?.jumpBase ?? 0;
    for (let index = jumps.length - 1; index >= base; index -= 1) {
      const target = jumps[index];
      if (target !== undefined && isMeant(target)) return target;
    }
    return undefined;
  };

  // ---- statements -------------------------------------------------------------------------------------------------

  const statements = (list: readonly ts.Statement[]): void => {
    for (const [index, node] of list.entries()) {
      if (compiler.isVariableStatement(node) && isUsing(compiler, node.declarationList)) {
        variableDeclarations(node.declarationList);
        const bindings = node.declarationList.declarations.map((declaration) => declaration.name);
        const isAwait = isAwaitUsing(compiler, node.declarationList);
        tryFinally(
          () => statements(list.slice(index + 1)),
          () => dispose(bindings, isAwait, node),
        );
        return;
      }
      statement(node);
    }
  };

  const dispose = (names: readonly ts.BindingName[], isAwait: boolean, node: ts.Node): void => {
    for (const name of [...names].reverse()) {
      if (!compiler.isIdentifier(name)) continue;
      const binding = inputs.scopes.resolve(name);
      const handle = binding === undefined ? undefined : lowering.handles.get(variableKey(binding));
      if (handle !== undefined) {
        flow.emit({ kind: 'release', node: name, lock: handle.lock, operation: handle.operation, scoped: true });
      }
    }
    if (isAwait) flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'disposal', operand: undefined });
  };

  const tryFinally = (body: () => void, cleanup: () => void): void => {
    const after = flow.createBlock();
    const start = addBlock(handler);
    flow.goto(start);
    current = start;
    const frame: FinallyFrame = {
      lower: cleanup,
      handler,
      start,
      copies: new Map(),
      shared: undefined,
      depth: finallies.length,
      jumps: jumps.length,
    };
    const onException = finallyCopy(frame, handler);
    finallies.push(frame);
    flow.withHandler(onException, () => {
      const inner = flow.createBlock();
      flow.goto(inner);
      current = inner;
      body();
    });
    flow.goto(through(after, frame.depth));
    finallies.pop();
    current = after;
  };

  const tryStatement = (node: ts.TryStatement): void => {
    const { catchClause, finallyBlock } = node;
    const guarded = (): void => {
      if (catchClause === undefined) {
        statements(node.tryBlock.statements);
        return;
      }
      const after = flow.createBlock();
      const caught = flow.createBlock();
      flow.fork(caught, 'throws');
      flow.withHandler(caught, () => {
        const inner = flow.createBlock();
        flow.goto(inner);
        current = inner;
        statements(node.tryBlock.statements);
      });
      flow.goto(after);
      current = caught;
      if (catchClause.variableDeclaration !== undefined) {
        bindPattern(lowering, catchClause.variableDeclaration.name, undefined, catchClause.variableDeclaration);
      }
      statements(catchClause.block.statements);
      flow.goto(after);
      current = after;
    };
    if (finallyBlock === undefined) guarded();
    else tryFinally(guarded, () => statements(finallyBlock.statements));
  };

  const variableDeclarations = (list: ts.VariableDeclarationList): void => {
    for (const declaration of list.declarations) {
      const { name, initializer } = declaration;
      if (initializer === undefined) continue;
      const binding = compiler.isIdentifier(name) ? inputs.scopes.resolve(name) : undefined;
      const value = binding === undefined ? expression(initializer) : withSlot(lowering, binding, () => expression(initializer));
      bindPattern(lowering, name, value, declaration);
    }
  };

  const loop = (
    labels: readonly string[],
    parts: { head: (body: number, end: number) => void; body: () => void; step?: () => void; testsFirst: boolean },
  ): void => {
    const head = flow.createBlock();
    const body = flow.createBlock();
    const step = flow.createBlock();
    const end = flow.createBlock();
    const lowerHead = (): void => {
      current = head;
      parts.head(body, end);
    };
    flow.goto(parts.testsFirst ? head : body);
    if (parts.testsFirst) lowerHead();
    current = body;
    jumps.push({ labels, isPlain: true, breakTo: end, continueTo: step, depth: finallies.length });
    parts.body();
    jumps.pop();
    flow.goto(step);
    current = step;
    parts.step?.();
    flow.goto(head);
    if (!parts.testsFirst) lowerHead();
    current = end;
  };

  const forOf = (node: ts.ForOfStatement | ts.ForInStatement, labels: readonly string[]): void => {
    const collection = expression(node.expression);
    const isAwait = compiler.isForOfStatement(node) && node.awaitModifier !== undefined;
    let looked: readonly SourceEvent[] = collection.sources;
    loop(labels, {
      testsFirst: true,
      head: (body, end) => {
        looked = readContents(lowering, node.expression, collection);
        if (isAwait) flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'iteration', operand: collection });
        flow.fork(body);
        flow.goto(end);
      },
      body: () => {
        const value: Value = { sources: looked, node };
        if (compiler.isVariableDeclarationList(node.initializer)) {
          for (const declaration of node.initializer.declarations) bindPattern(lowering, declaration.name, value, declaration);
          if (isUsing(compiler, node.initializer)) {
            const names = node.initializer.declarations.map((declaration) => declaration.name);
            const awaits = isAwaitUsing(compiler, node.initializer);
            tryFinally(
              () => statement(node.statement),
              () => dispose(names, awaits, node),
            );
            return;
          }
        } else {
          assignElement(lowering, node.initializer, value, node);
        }
        statement(node.statement);
      },
    });
  };

  const switchStatement = (node: ts.SwitchStatement, labels: readonly string[]): void => {
    const subject = expression(node.expression);
    const end = flow.createBlock();
    const bodies = node.caseBlock.clauses.map(() => flow.createBlock());
    let fallback = end;
    node.caseBlock.clauses.forEach((clause, index) => {
      const body = bodies[index] ?? end;
      if (compiler.isDefaultClause(clause)) {
        fallback = body;
        return;
      }
      const value = expression(clause.expression);
      const next = flow.createBlock();
      const combined = { sources: combine(clause, [subject, value]).sources, node: clause };
      test(lowering, clause.expression, combined, { left: subject, right: value }, false, body, next);
      current = next;
    });
    flow.goto(fallback);
    jumps.push({ labels, isPlain: true, breakTo: end, continueTo: undefined, depth: finallies.length });
    node.caseBlock.clauses.forEach((clause, index) => {
      const body = bodies[index];
      if (body === undefined) return;
      current = body;
      statements(clause.statements);
      flow.goto(bodies[index + 1] ?? end);
    });
    jumps.pop();
    current = end;
  };

  const returnStatement = (node: ts.ReturnStatement): void => {
    const frame = frames.at(-1);
    const value = node.expression === undefined ? undefined : expression(node.expression);
    if (value !== undefined) frame?.values.push(value);
    flow.emit<ReturnEvent>({ kind: 'return', node, value, inlined: frame?.node });
    flow.goto(through(frame?.returnTo ?? exit, frame?.depth ?? 0));
  };

  const statement = (node: ts.Statement, labels: readonly string[] = []): void => {
    if (compiler.isExpressionStatement(node)) expression(node.expression);
    else if (compiler.isVariableStatement(node)) variableDeclarations(node.declarationList);
    else if (compiler.isBlock(node)) statements(node.statements);
    else if (compiler.isLabeledStatement(node)) labeledStatement(node, labels);
    else if (compiler.isIfStatement(node)) {
      const whenTrue = flow.createBlock();
      const whenFalse = flow.createBlock();
      const end = flow.createBlock();
      lowerCondition(lowering, node.expression, whenTrue, whenFalse, false);
      current = whenTrue;
      statement(node.thenStatement);
      flow.goto(end);
      current = whenFalse;
      if (node.elseStatement !== undefined) statement(node.elseStatement);
      flow.goto(end);
      current = end;
    } else if (compiler.isReturnStatement(node)) returnStatement(node);
    else if (compiler.isThrowStatement(node)) {
      const value = expression(node.expression);
      flow.emit({ kind: 'throw', node, value });
      flow.goto(handler);
    } else if (compiler.isTryStatement(node)) tryStatement(node);
    else if (compiler.isWhileStatement(node)) {
      loop(labels, {
        testsFirst: true,
        head: (body, end) => lowerCondition(lowering, node.expression, body, end, true),
        body: () => statement(node.statement),
      });
    } else if (compiler.isDoStatement(node)) {
      loop(labels, {
        testsFirst: false,
        head: (body, end) => lowerCondition(lowering, node.expression, body, end, true),
        body: () => statement(node.statement),
      });
    } else if (compiler.isForStatement(node)) {
      const { initializer, condition, incrementor } = node;
      if (initializer !== undefined) {
        if (compiler.isVariableDeclarationList(initializer)) variableDeclarations(initializer);
        else expression(initializer);
      }
      loop(labels, {
        testsFirst: true,
        head: (body, end) => {
          if (condition === undefined) flow.goto(body);
          else lowerCondition(lowering, condition, body, end, true);
        },
        body: () => statement(node.statement),
        step: () => {
          if (incrementor !== undefined) expression(incrementor);
        },
      });
    } else if (compiler.isForOfStatement(node) || compiler.isForInStatement(node)) forOf(node, labels);
    else if (compiler.isSwitchStatement(node)) switchStatement(node, labels);
    else if (compiler.isBreakStatement(node) || compiler.isContinueStatement(node)) {
      const isContinue = compiler.isContinueStatement(node);
      const target = jumpTarget(node.label, isContinue);
      const destination = isContinue ? target?.continueTo : target?.breakTo;
      if (target !== undefined && destination !== undefined) flow.goto(through(destination, target.depth));
    } else if (compiler.isExportAssignment(node)) expression(node.expression);
    else if (compiler.isFunctionDeclaration(node)) {
      if (node.body !== undefined) flow.emit({ kind: 'closure', node });
    } else if (compiler.isClassDeclaration(node)) classLike(node);
    else if (compiler.isWithStatement(node)) statement(node.statement);
  };

  /** A loop and a `switch` know what their labels mean; anything else can only be left by its label. */
  const labeledStatement = (node: ts.LabeledStatement, outer: readonly string[]): void => {
    const labels = [...outer, node.label.text];
    const { statement: inner } = node;
    if (compiler.isLabeledStatement(inner) || compiler.isIterationStatement(inner, false) || compiler.isSwitchStatement(inner)) {
      statement(inner, labels);
      return;
    }
    const end = flow.createBlock();
    jumps.push({ labels, isPlain: false, breakTo: end, continueTo: undefined, depth: finallies.length });
    statement(inner);
    jumps.pop();
    flow.goto(end);
    current = end;
  };

  /** What happens when control reaches a class: names and static parts are evaluated, methods are only made. */
  const classLike = (node: ts.ClassLikeDeclaration): void => {
    for (const clause of node.heritageClauses ?? []) {
      if (clause.token === compiler.SyntaxKind.ExtendsKeyword) clause.types.forEach((type) => expression(type.expression));
    }
    for (const member of node.members) {
      lowerComputedName(lowering, member.name);
      if (isFunctionNode(compiler, member) && member.body !== undefined) flow.emit({ kind: 'closure', node: member });
    }
    for (const member of node.members) {
      if (compiler.isClassStaticBlockDeclaration(member)) statements(member.body.statements);
      else if (compiler.isPropertyDeclaration(member) && hasModifier(compiler, member, compiler.SyntaxKind.StaticKeyword) && member.initializer !== undefined) {
        expression(member.initializer);
      }
    }
  };

  /** The lock of the section, where a variable of this module holds it: other functions name it in the same way. */
  const placeOfModule = ({ lock }: EnclosingSection): Place | undefined => {
    const place = lock?.getSourceFile() === owner.getSourceFile() ? lowering.places.placeOf(lock) : undefined;
    return place?.root.kind === 'variable' && compiler.isSourceFile(place.root.binding.owner) ? place : undefined;
  };

  /** The whole body is a critical section, which begins with a suspension. */
  const within = (section: EnclosingSection, body: () => void): void => {
    const { node, mode, text, reentrant } = section;
    const place = placeOfModule(section);
    const lock = { key: place?.key ?? section.key, place, text, isLocal: false, ...(reentrant === undefined ? {} : { reentrant }) };
    flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'acquire', operand: undefined });
    flow.emit<AcquireEvent>({ kind: 'acquire', node, lock, mode, operation: undefined, call: undefined, scoped: true });
    tryFinally(body, () => {
      flow.emit<ReleaseEvent>({ kind: 'release', node, lock, operation: undefined, scoped: true });
    });
  };

  // ---- the activation ---------------------------------------------------------------------------------------------

  if (compiler.isSourceFile(owner)) {
    statements(owner.statements);
  } else {
    const frame: Frame = { node: undefined, kind: 'activation', returnTo: exit, depth: 0, jumpBase: 0, values: [] };
    frames.push(frame);
    const section = inputs.locks.sectionAround(owner);
    if (section === undefined) {
      lowerParameters(owner, []);
      lowerBody(owner, frame);
    } else {
      within(section, () => {
        lowerParameters(owner, []);
        lowerBody(owner, frame);
      });
    }
    frames.pop();
  }
  flow.goto(exit);

  const raisers = new Map<number, Block[]>();
  for (const candidate of blocks) {
    if (candidate.events.length === 0) continue;
    const list = raisers.get(candidate.handler);
    if (list === undefined) raisers.set(candidate.handler, [candidate]);
    else list.push(candidate);
  }
  const events = blocks.flatMap((each) => each.events);
  return { owner, blocks, events, entry, exit, raise, taskEnd, continuations, closures, inlined, definitions, hasSuspension, hasLocks, raisers };
}
