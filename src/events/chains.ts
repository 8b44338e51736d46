/** Lowers promise chains: each callback of `.then`, `.catch` and `.finally` runs after a suspension, as code after an `await` does. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { type Place, project } from '../places/place.js';
import { isNullish } from '../syntax/constants.js';
import { isAsync, isFunctionLiteral, isGenerator, skipOuter } from '../syntax/functions.js';
import { chainMethods } from '../syntax/promise-chains.js';
import { isWithin } from '../syntax/tree.js';
import { callReference, detached, unbound } from './callbacks.js';
import { isWaitedFor } from './consumption.js';
import type { LockReference, ReleaseEvent, SuspendEvent, Value } from './event.js';
import { lowerExpression, questionDot } from './expressions.js';
import { combine, type Lowering, nothing } from './lowering.js';
import { emitAcquire, emitRelease, releasedHandle, releasesByCall } from './sections.js';

interface Link {
  readonly method: string;
  readonly call: ts.CallExpression;
}

/**
 * `base.then(f).catch(g).finally(h)`: each callback runs after a suspension, exactly as code after an `await` does.
 * A rejection travels to the next link that handles it.
 */
export function lowerChain(lowering: Lowering, outermost: ts.CallExpression): Value {
  const { compiler, flow } = lowering;
  const links: Link[] = [];
  let base: ts.Expression = outermost;
  for (;;) {
    const node = skipOuter(compiler, base);
    if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) break;
    const method = node.expression.name.text;
    if (!chainMethods.has(method) || node.arguments.length === 0) break;
    links.unshift({ method, call: node });
    base = node.expression.expression;
  }
  const isAwaited = isWaitedFor(lowering, outermost);
  const isAcquire = waitsInside(lowering, base);
  const rejected = isAcquire || (isAwaited && isAsyncImmediate(lowering, base)) ? flow.createBlock() : undefined;
  let receiver = nothing(base);
  let tail: LockReference | undefined;
  let result: Value = nothing(outermost);
  const begin = (): void => {
    receiver = rejected === undefined ? lowerExpression(lowering, base) : lowerProtected(lowering, base, rejected);
    for (const { call } of links) {
      if (compiler.isPropertyAccessExpression(call.expression)) questionDot(lowering, call.expression, receiver);
    }
    tail = promiseTail(lowering, outermost, receiver);
  };
  const goOn = (): void => {
    result = lowerLinks(lowering, links, receiver, tail, { block: rejected ?? flow.createBlock(), isLowered: isAcquire });
  };
  // who hands on a chain that begins with a lock does not wait for the lock: only the chain does
  if (isAcquire && !isAwaited) {
    detached(lowering, outermost, () => {
      begin();
      goOn();
    });
  } else {
    begin();
    if (isAwaited) goOn();
    else detached(lowering, outermost, goOn);
  }
  const nature = 'promise';
  return { sources: [...new Set([...receiver.sources, ...result.sources])], nature, node: outermost };
}

/** `(async () => { … })()`, whose exceptions are rejections. */
function isAsyncImmediate({ compiler }: Lowering, base: ts.Expression): boolean {
  const node = skipOuter(compiler, base);
  if (!compiler.isCallExpression(node)) return false;
  const callee = skipOuter(compiler, node.expression);
  return isFunctionLiteral(compiler, callee) && isAsync(compiler, callee);
}

/** `lock.acquire().catch(handle)`: the wait for it is part of what it lowers to, and its failure the handler's. */
function waitsInside({ compiler, locks }: Lowering, base: ts.Expression): boolean {
  const node = skipOuter(compiler, base);
  const operation = compiler.isCallExpression(node) ? locks.classifyCall(node) : undefined;
  return operation?.kind === 'acquire' && operation.asynchronous;
}

function lowerProtected(lowering: Lowering, base: ts.Expression, handler: number): Value {
  const { flow } = lowering;
  let value = nothing(base);
  flow.fork(handler, 'throws');
  flow.withHandler(handler, () => {
    const start = flow.createBlock();
    flow.goto(start);
    flow.moveTo(start);
    value = lowerExpression(lowering, base);
  });
  const end = flow.createBlock();
  flow.goto(end);
  flow.moveTo(end);
  return value;
}

/** Where a rejection of the base leads; the failure of a lock has been lowered with it, and whoever goes on has the lock. */
interface Rejection {
  readonly block: number;
  readonly isLowered: boolean;
}

function lowerLinks(
  lowering: Lowering,
  links: readonly Link[],
  receiver: Value,
  tail: LockReference | undefined,
  { block: first, isLowered }: Rejection,
): Value {
  const { compiler, flow } = lowering;
  const outerHandler = flow.handler();
  const rejections = [first, ...links.slice(1).map(() => flow.createBlock()), outerHandler];
  let value: Value = { sources: receiver.sources, node: receiver.node };
  // the base itself may reject; control dependence needs the edge as well as the exception
  if (!isLowered) flow.fork(first, 'throws');
  flow.withHandler(first, () => {
    const start = flow.createBlock();
    flow.goto(start);
    flow.moveTo(start);
    flow.emit<SuspendEvent>({ kind: 'suspend', node: links[0]?.call ?? receiver.node, reason: 'continuation', operand: receiver });
  });
  links.forEach(({ method, call }, index) => {
    const onward = rejections[index + 1] ?? outerHandler;
    const end = flow.createBlock();
    const [onFulfilled, onRejected] = handlersOf(lowering, method, call);
    const enter = (handler: ts.Expression, arg: readonly Value[]): Value | undefined => {
      let returned: Value | undefined;
      if (onward !== outerHandler) flow.fork(onward, 'throws');
      flow.withHandler(onward, () => {
        const block = flow.createBlock();
        flow.goto(block);
        flow.moveTo(block);
        if (index > 0) flow.emit<SuspendEvent>({ kind: 'suspend', node: call, reason: 'continuation', operand: undefined });
        if (tail !== undefined) emitAcquire(lowering, call, tail, 'exclusive');
        returned = runHandler(lowering, call, handler, arg);
        if (index < links.length - 1 && isOwnCall(compiler, handler, returned)) {
          // the next link waits for the promise that this one returns, and is passed over when it is rejected
          flow.emit<SuspendEvent>({ kind: 'suspend', node: returned.node, reason: 'continuation', operand: returned });
        }
        if (tail !== undefined) flow.emit<ReleaseEvent>({ kind: 'release', node: call, lock: tail, operation: undefined, scoped: true });
      });
      return returned;
    };
    const settled: Value[] = [];
    // fulfilled
    if (onFulfilled !== undefined) {
      const returned = enter(onFulfilled, method === 'finally' ? [] : [value]);
      settled.push(method === 'finally' ? value : (returned ?? nothing(call)));
    } else {
      settled.push(value);
    }
    flow.goto(end);
    // rejected
    flow.moveTo(rejections[index] ?? outerHandler);
    if (onRejected !== undefined) {
      const returned = enter(onRejected, []);
      if (method === 'finally') flow.goto(onward);
      else {
        if (returned !== undefined) settled.push(returned);
        flow.goto(end);
      }
    } else {
      flow.goto(onward);
    }
    flow.moveTo(end);
    value = combine(call, settled);
  });
  return { sources: value.sources, node: value.node, ...(value.place === undefined ? {} : { place: value.place }) };
}

/** The handler is written out and returns what it has called: `.then(() => save())`. */
function isOwnCall(compiler: Compiler, handler: ts.Expression, returned: Value): boolean {
  return isFunctionLiteral(compiler, skipOuter(compiler, handler)) && compiler.isCallExpression(returned.node) && isWithin(returned.node, handler);
}

/** What runs when the promise is fulfilled, and when it is rejected. */
function handlersOf(
  lowering: Lowering,
  method: string,
  call: ts.CallExpression,
): [ts.Expression | undefined, ts.Expression | undefined] {
  const [first, second] = call.arguments;
  if (method === 'finally') return [first, first];
  if (method === 'catch') return [undefined, first];
  const isNothing = first === undefined || isNullish(lowering.compiler, first);
  return [isNothing ? undefined : first, second];
}

function runHandler(lowering: Lowering, call: ts.CallExpression, handler: ts.Expression, args: readonly Value[]): Value {
  const { compiler, flow, handles } = lowering;
  const node = skipOuter(compiler, handler);
  if (isFunctionLiteral(compiler, node) && !isGenerator(node)) return flow.inline(node, args, 'awaited');
  const place = lowering.places.placeOf(node);
  const handle = place === undefined ? undefined : handles.get(place.key);
  if (handle !== undefined && releasesByCall(handle)) return emitRelease(lowering, call, handle);
  if (compiler.isPropertyAccessExpression(node)) {
    const released = releasedHandle(lowering, node.expression, node.name.text);
    if (released !== undefined) return emitRelease(lowering, call, released);
  }
  return callReference(lowering, call, unbound(lowering, node), args);
}

/**
 * The promise-chain mutex: what is appended to a promise that is at once replaced by the appended one runs alone.
 * `this.tail = this.tail.then(task)`, or through a local: `const run = this.tail.then(task); this.tail = run.catch(noop)`.
 */
function promiseTail(lowering: Lowering, chain: ts.CallExpression, receiver: Value): LockReference | undefined {
  const { place } = receiver;
  if (place === undefined || place.root.kind === 'global') return undefined;
  const stored = lowering.slot?.place;
  const isStoredBack = stored === undefined ? isAssignedAfter(lowering, chain, place) : stored.key === place.key;
  if (!isStoredBack) return undefined;
  return { key: `tail:${place.key}`, place, text: place.text, isLocal: false };
}

function isAssignedAfter(lowering: Lowering, chain: ts.Node, place: Place): boolean {
  const { compiler, places } = lowering;
  let statement: ts.Node = chain;
  while (!compiler.isStatement(statement) || compiler.isBlock(statement)) {
    if (compiler.isSourceFile(statement) || statement.parent === undefined) return false;
    statement = statement.parent;
  }
  const container = statement.parent;
  if (!compiler.isBlock(container) && !compiler.isSourceFile(container)) return false;
  const following = container.statements.slice(container.statements.findIndex((other) => other === statement) + 1);
  for (const next of following) {
    if (!compiler.isExpressionStatement(next)) {
      if (compiler.isVariableStatement(next)) continue;
      return false;
    }
    const expression = skipOuter(compiler, next.expression);
    if (compiler.isAwaitExpression(expression)) return false;
    if (compiler.isBinaryExpression(expression) && expression.operatorToken.kind === compiler.SyntaxKind.EqualsToken) {
      if (places.placeOf(expression.left)?.key === place.key) return true;
    }
    if (compiler.isCallExpression(expression) && compiler.isPropertyAccessExpression(expression.expression)) {
      const { name, expression: target } = expression.expression;
      const base = places.placeOf(target);
      if (name.text === 'set' && base !== undefined && project(base, places.element(expression.arguments[0])).key === place.key) {
        return true;
      }
    }
  }
  return false;
}
