/**
 * What the body of a member does that only a lock does. State is named by text: `this.tail`, a captured `tail`, and
 * `this.tails[]` for the entries of a map or record. The order in the text stands for the order of execution, which is
 * right for the short bodies that locks have.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { skipOuter } from '../syntax/functions.js';
import { executorOf } from '../syntax/promise-chains.js';
import { isAssignment } from '../syntax/tree.js';
import { isLockName } from './member-words.js';

export interface BodyEvidence {
  /** A tail of promises is read, and replaced before the first suspension: the next caller waits for this one. */
  readonly tail: boolean;
  /** Resolvers are put where another task finds them. */
  readonly waiters: boolean;
  /** Waits in a loop until the state allows, then claims it without another suspension. */
  readonly spin: boolean;
  /** Where the claim after such a loop holds until it is taken back, as offsets. */
  readonly held: ts.TextRange | undefined;
  /** Waits once for a promise and claims without looking again: every waiter passes. */
  readonly waitsOnce: boolean;
  /** Waits once for its turn in the queue, then claims the state: right only if who frees hands the state over. */
  readonly claimsAfterTurn: boolean;
  /** The state that it asks for before it waits in the queue, where it changes nothing of that itself: who opens the way is elsewhere. */
  readonly waitsForState: ReadonlySet<string>;
  /** Lets the next waiter in and changes the state on every path, so that the state is free before the waiter runs. */
  readonly freesForAll: boolean;
  /** State that is assigned, counted up or down, or added to. */
  readonly claimed: ReadonlySet<string>;
  /** The part of it that the body itself changes, not a function that it hands out or on. */
  readonly claimedAtOnce: ReadonlySet<string>;
  /** Takes something off a queue. */
  readonly takesOff: boolean;
  /** Works a queue off in a loop, one entry after another, and returns at once when it is already at it. */
  readonly drains: boolean;
  /** Callbacks handed to `then` of the tail, as text of the arguments. */
  readonly chained: readonly ts.Expression[];
  /** Values put into collections of the state. */
  readonly pushed: readonly ts.Expression[];
  /** Calls of members of the same object, by name. */
  readonly ownCalls: ReadonlyMap<string, readonly ts.CallExpression[]>;
  /** Waits for a member of a field that is named after a lock: `this.mutex.acquire()`. */
  readonly delegates: boolean;
}

interface Claim {
  readonly base: string;
  readonly start: number;
  /** Functions around it in the body. */
  readonly depth: number;
  readonly value: ts.Expression | undefined;
}

/** One function of the body: the body itself, or a function written in it. */
interface Activation {
  /** State that is assigned whenever the function runs. */
  readonly always: Set<string>;
  takesOff: boolean;
  returnsEarly: boolean;
}

interface Wait {
  readonly bases: ReadonlySet<string>;
  readonly end: number;
  readonly queues: boolean;
}

export function evidenceOf(compiler: Compiler, body: ts.ConciseBody): BodyEvidence {
  const { SyntaxKind } = compiler;
  const locals = new Set<string>();
  /** Locals whose value came from the state: `const previous = this.tail`. */
  const derived = new Map<string, string>();
  const resolvers = new Set<string>();
  const claims: Claim[] = [];
  const awaits: number[] = [];
  const awaitedOld = new Set<string>();
  const thenBases = new Set<string>();
  const chained: ts.Expression[] = [];
  const pushed: ts.Expression[] = [];
  const ownCalls = new Map<string, ts.CallExpression[]>();
  const loopWaits: Wait[] = [];
  const singleWaits: Wait[] = [];
  const own: Activation = { always: new Set(), takesOff: false, returnsEarly: false };
  const activations = [own];
  /** Maps in which resolvers wait under their numbers. */
  const numbered = new Set<string>();
  /** Where resolvers are put. */
  const queues = new Set<string>();
  /** Collections that are gone through, and those that are emptied at once. */
  const walked = new Set<string>();
  const emptied = new Set<string>();
  let waiters = false;
  let drainLoop = false;
  let delegates = false;

  noteLocals(compiler, body, locals, resolvers);

  /** Name of the state that the expression denotes; entries of a collection carry the collection's name. */
  const baseOf = (expression: ts.Node): string | undefined => {
    const node = compiler.isExpression(expression) ? skipOuter(compiler, expression) : expression;
    if (compiler.isIdentifier(node)) return locals.has(node.text) ? derived.get(node.text) : node.text;
    if (compiler.isPropertyAccessExpression(node)) {
      if (node.expression.kind === SyntaxKind.ThisKeyword) return `this.${node.name.text}`;
      return node.name.text === 'size' || node.name.text === 'length' || node.name.text === 'promise' ? baseOf(node.expression) : undefined;
    }
    if (compiler.isElementAccessExpression(node)) return baseOf(node.expression);
    if (compiler.isAwaitExpression(node)) return baseOf(node.expression);
    if (compiler.isPrefixUnaryExpression(node)) return baseOf(node.operand);
    if (compiler.isBinaryExpression(node)) return baseOf(node.left);
    if (compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression)) {
      const method = node.expression.name.text;
      return /^(?:get|has|then|catch|finally|at)$/.test(method) ? baseOf(node.expression.expression) : undefined;
    }
    return undefined;
  };

  const basesIn = (node: ts.Node): Set<string> => {
    const bases = new Set<string>();
    const walk = (child: ts.Node): void => {
      const base = baseOf(child);
      if (base !== undefined) bases.add(base);
      compiler.forEachChild(child, walk);
    };
    walk(node);
    return bases;
  };

  const mentionsResolver = (node: ts.Node): boolean => {
    if (compiler.isIdentifier(node)) return resolvers.has(node.text);
    return compiler.forEachChild(node, (child) => mentionsResolver(child) || undefined) ?? false;
  };

  const noteCall = (call: ts.CallExpression, activation: Activation, depth: number, inLoop: boolean): void => {
    const callee = skipOuter(compiler, call.expression);
    const isOwn = compiler.isPropertyAccessExpression(callee)
      ? callee.expression.kind === SyntaxKind.ThisKeyword
      : compiler.isIdentifier(callee) && !locals.has(callee.text);
    if (isOwn) {
      const name = compiler.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
      ownCalls.set(name, [...(ownCalls.get(name) ?? []), call]);
      return;
    }
    if (!compiler.isPropertyAccessExpression(callee)) return;
    const method = callee.name.text;
    const [first, second] = call.arguments;
    const base = baseOf(callee.expression);
    if (base === undefined) return;
    if (/^(?:then|catch|finally)$/.test(method)) {
      thenBases.add(base);
      chained.push(...call.arguments);
    } else if (method === 'push' || method === 'unshift' || method === 'enqueue' || method === 'add') {
      if (first === undefined) return;
      pushed.push(first);
      if (mentionsResolver(first)) {
        waiters = true;
        queues.add(base);
      } else if (method === 'add') claims.push({ base, start: call.getStart(), depth, value: undefined });
    } else if (method === 'set') {
      if (second !== undefined && mentionsResolver(second)) {
        waiters = true;
        numbered.add(base);
      }
      claims.push({ base, start: call.getStart(), depth, value: second });
    } else if (method === 'delete' && numbered.has(base)) {
      activation.takesOff = true;
    } else if (method === 'shift' || method === 'pop' || method === 'splice' || method === 'dequeue') {
      activation.takesOff = true;
      if (inLoop) drainLoop = true;
    } else if (/^(?:acquire|lock|runExclusive|withLock|read|write|obtain)/.test(method) && (/lock|mutex|sema/i.test(base) || isFieldOfLock(compiler, body, base))) {
      delegates = true;
    }
  };

  const walk = (node: ts.Node, activation: Activation, depth: number, inLoop: boolean, isTop: boolean): void => {
    if (compiler.isFunctionLike(node)) {
      // Executors of promises and callbacks are looked into for their calls; what they assign is done in the same turn.
      const inner = 'body' in node ? node.body : undefined;
      if (inner === undefined) return;
      const nested: Activation = { always: new Set(), takesOff: false, returnsEarly: false };
      activations.push(nested);
      walk(inner, nested, depth + 1, false, true);
      return;
    }
    if (compiler.isVariableDeclaration(node) && compiler.isIdentifier(node.name) && node.initializer !== undefined) {
      const base = baseOf(node.initializer);
      if (base !== undefined) derived.set(node.name.text, base);
    }
    if (compiler.isAwaitExpression(node)) {
      const awaited = skipOuter(compiler, node.expression);
      const base = compiler.isIdentifier(awaited) ? derived.get(awaited.text) : undefined;
      if (base !== undefined) awaitedOld.add(base);
      if (depth === 0) awaits.push(node.getStart());
    }
    if (compiler.isCallExpression(node)) noteCall(node, activation, depth, inLoop);
    if (compiler.isBinaryExpression(node) && isAssignment(compiler, node)) {
      const base = baseOf(node.left);
      if (base !== undefined) {
        claims.push({ base, start: node.getStart(), depth, value: node.right });
        if (isTop && !activation.returnsEarly) activation.always.add(base);
      }
    }
    if (compiler.isPrefixUnaryExpression(node) || compiler.isPostfixUnaryExpression(node)) {
      if (node.operator === SyntaxKind.PlusPlusToken || node.operator === SyntaxKind.MinusMinusToken) {
        const base = baseOf(node.operand);
        if (base !== undefined) {
          claims.push({ base, start: node.getStart(), depth, value: undefined });
          if (isTop && !activation.returnsEarly) activation.always.add(base);
        }
      }
    }
    const whole = wholeOf(compiler, node);
    const through = whole === undefined ? undefined : baseOf(whole);
    if (through !== undefined) walked.add(through);
    const left = emptiedBy(compiler, node);
    const base = left === undefined ? undefined : baseOf(left);
    if (base !== undefined) emptied.add(base);
    if (depth === 0 && (compiler.isWhileStatement(node) || compiler.isDoStatement(node)) && suspends(compiler, node.statement)) {
      loopWaits.push({ bases: basesIn(node.expression), end: node.end, queues: queuesIn(node.statement) });
    }
    if (compiler.isIfStatement(node)) {
      const branch = node.thenStatement;
      if (leaves(compiler, branch)) activation.returnsEarly = true;
      else if (depth === 0 && !inLoop && suspends(compiler, branch)) {
        singleWaits.push({ bases: basesIn(node.expression), end: node.end, queues: queuesIn(branch) });
      }
    }
    const isLoop = compiler.isIterationStatement(node, false);
    compiler.forEachChild(node, (child) => {
      walk(child, activation, depth, inLoop || isLoop, isTop && (compiler.isBlock(node) || compiler.isExpressionStatement(node)));
    });
  };

  const queuesIn = (node: ts.Node): boolean => {
    if (compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression)) {
      const isPush = /^(?:push|unshift|enqueue|add|set)$/.test(node.expression.name.text);
      if (isPush && node.arguments.some(mentionsResolver)) return true;
    }
    return compiler.forEachChild(node, (child) => queuesIn(child) || undefined) ?? false;
  };

  walk(body, own, 0, false, true);
  // `for (const go of this.waiters) go(); this.waiters = [];` lets all of them go on
  if ([...emptied].some((queue) => walked.has(queue))) own.takesOff = true;

  const firstAwait = earliest(awaits);
  const tail = claims.some(
    ({ base, start, value }) =>
      start < firstAwait &&
      value !== undefined &&
      isPromiseValue(compiler, value) &&
      (thenBases.has(base) || awaitedOld.has(base)),
  );
  const claimsAfter = (wait: Wait): boolean => {
    const nextAwait = earliest(awaits.filter((start) => start > wait.end));
    return claims.some(({ base, start }) => start >= wait.end && start < nextAwait && wait.bases.has(base));
  };
  const spinning = loopWaits.find(claimsAfter);
  const taken = spinning === undefined ? [] : claims.filter(({ base, start }) => start >= spinning.end && spinning.bases.has(base));
  const [first] = taken;
  const last = taken.at(-1);
  return {
    tail,
    waiters,
    spin: spinning !== undefined,
    held: first === undefined || last === undefined || first === last ? undefined : { pos: first.start, end: last.start },
    waitsOnce: !tail && singleWaits.some((wait) => !wait.queues && claimsAfter(wait)),
    claimsAfterTurn: singleWaits.some((wait) => wait.queues && claimsAfter(wait)),
    waitsForState: stateWaitedFor(singleWaits, new Set([...claims.map(({ base }) => base), ...queues])),
    freesForAll: activations.some(({ takesOff, always }) => takesOff && always.size > 0),
    claimed: new Set(claims.map(({ base }) => base)),
    claimedAtOnce: new Set(claims.filter(({ depth }) => depth === 0).map(({ base }) => base)),
    takesOff: activations.some(({ takesOff }) => takesOff),
    drains: drainLoop && awaits.length > 0 && own.returnsEarly && claims.length > 0,
    chained,
    pushed,
    ownCalls,
    delegates,
  };
}

/** What the node goes through, one element after another. */
function wholeOf(compiler: Compiler, node: ts.Node): ts.Expression | undefined {
  if (compiler.isForOfStatement(node)) return node.expression;
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return undefined;
  return node.expression.name.text === 'forEach' ? node.expression.expression : undefined;
}

/** `this.waiters = []`, `this.waiters.length = 0`. */
function emptiedBy(compiler: Compiler, node: ts.Node): ts.Expression | undefined {
  if (!compiler.isBinaryExpression(node) || node.operatorToken.kind !== compiler.SyntaxKind.EqualsToken) return undefined;
  const value = skipOuter(compiler, node.right);
  return (compiler.isArrayLiteralExpression(value) && value.elements.length === 0) || value.getText() === '0' ? node.left : undefined;
}

/** What the waits in a queue ask for, where that is nothing that the body changes. */
function stateWaitedFor(waits: readonly Wait[], changed: ReadonlySet<string>): ReadonlySet<string> {
  const asked = waits.flatMap(({ bases, queues }) => (queues ? [...bases] : []));
  return new Set(asked.some((base) => changed.has(base)) ? [] : asked);
}

/** A field of the object around the body that is declared or made as a lock: `readonly inner = new QueueLock()`. */
function isFieldOfLock(compiler: Compiler, body: ts.ConciseBody, base: string): boolean {
  const owner = body.parent.parent;
  if (!base.startsWith('this.') || !compiler.isClassLike(owner)) return false;
  const declared = owner.members.find((member) => member.name?.getText() === base.slice('this.'.length));
  if (declared === undefined || !compiler.isPropertyDeclaration(declared)) return false;
  const made = declared.initializer === undefined ? undefined : skipOuter(compiler, declared.initializer);
  const type = made !== undefined && compiler.isNewExpression(made) ? made.expression : declared.type !== undefined && compiler.isTypeReferenceNode(declared.type) ? declared.type.typeName : undefined;
  return type !== undefined && isLockName(type.getText());
}

function earliest(positions: readonly number[]): number {
  return positions.reduce((least, position) => (position < least ? position : least), Infinity);
}

/** Names declared in the body or as parameters of the function, and those that settle a promise made in it. */
function noteLocals(compiler: Compiler, body: ts.ConciseBody, locals: Set<string>, resolvers: Set<string>): void {
  const owner = body.parent;
  if (compiler.isFunctionLike(owner)) for (const parameter of owner.parameters) locals.add(parameter.name.getText());
  const walk = (node: ts.Node): void => {
    if (compiler.isVariableDeclaration(node)) {
      const made = node.initializer === undefined ? '' : skipOuter(compiler, node.initializer).getText();
      const isDeferred = /^(?:Promise\.withResolvers|new \w*Deferred|\w*[dD]efer\w*\s*[<(])/.test(made);
      for (const name of namesIn(compiler, node.name)) {
        locals.add(name);
        if (isDeferred) resolvers.add(name);
      }
    }
    if (compiler.isParameter(node)) for (const name of namesIn(compiler, node.name)) locals.add(name);
    const resolve = executorOf(compiler, node)?.parameters[0]?.name;
    if (resolve !== undefined && compiler.isIdentifier(resolve)) resolvers.add(resolve.text);
    compiler.forEachChild(node, walk);
  };
  walk(body);
}

function namesIn(compiler: Compiler, name: ts.BindingName): string[] {
  if (compiler.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (compiler.isBindingElement(element) ? namesIn(compiler, element.name) : []));
}

/** Whether the value can be a promise at all: not a constant, not a number. */
function isPromiseValue(compiler: Compiler, value: ts.Expression): boolean {
  const node = skipOuter(compiler, value);
  return (
    compiler.isCallExpression(node) ||
    compiler.isNewExpression(node) ||
    (compiler.isIdentifier(node) && node.text !== 'undefined') ||
    compiler.isPropertyAccessExpression(node) ||
    compiler.isConditionalExpression(node)
  );
}

/** Whether the node's own function suspends in it. */
function suspends(compiler: Compiler, node: ts.Node): boolean {
  if (compiler.isFunctionLike(node)) return false;
  if (compiler.isAwaitExpression(node)) return true;
  return compiler.forEachChild(node, (child) => suspends(compiler, child) || undefined) ?? false;
}

/** Whether the statement ends by leaving the function. */
function leaves(compiler: Compiler, statement: ts.Statement): boolean {
  const last = compiler.isBlock(statement) ? statement.statements.at(-1) : statement;
  return last !== undefined && (compiler.isReturnStatement(last) || compiler.isThrowStatement(last));
}
