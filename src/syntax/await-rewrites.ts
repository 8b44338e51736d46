/** Rewrites that make code wait for a promise. They change text only; whether the result means the same is the caller's question. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { enclosingActivation, isAsync, isFunctionLiteral, isGenerator, outerParent, skipOuter } from './functions.js';
import type { Rewrite } from './rewrites.js';

/**
 * `await` before the promise, in place of a `void`. `mayBecomeAsync` tells of a callback whether whoever calls it waits for
 * what it returns. Undefined where nothing can be awaited.
 */
export function awaitPromise(
  compiler: Compiler,
  promise: ts.Expression,
  mayBecomeAsync: (callback: ts.ArrowFunction | ts.FunctionExpression) => boolean,
): Rewrite[] | undefined {
  const around = makeAsync(compiler, promise, mayBecomeAsync);
  if (around === undefined) return undefined;
  const { parent } = outerParent(compiler, promise);
  if (compiler.isVoidExpression(parent)) {
    return [...around, { start: parent.getStart(), end: parent.expression.getStart(), text: 'await ' }];
  }
  const start = promise.getStart();
  if (compiler.isCallExpression(promise) || compiler.isNewExpression(promise)) return [...around, { start, end: start, text: 'await ' }];
  return [...around, { start, end: start, text: 'await (' }, { start: promise.end, end: promise.end, text: ')' }];
}

/**
 * `const handle = acquire(); …; (await handle)();` as `const handle = await acquire(); …; handle();`. Undefined where the promise
 * is not what a variable is declared with, or is waited for otherwise than by its name.
 */
export function awaitAtOnce(compiler: Compiler, promise: ts.CallExpression, waits: ReadonlySet<ts.Node>): Rewrite[] | undefined {
  const { parent } = outerParent(compiler, promise);
  const isDeclared = compiler.isVariableDeclaration(parent) && parent.type === undefined;
  const around = isDeclared && waits.size > 0 ? makeAsync(compiler, promise, () => false) : undefined;
  if (around === undefined) return undefined;
  const edits: Rewrite[] = [...around, { start: promise.getStart(), end: promise.getStart(), text: 'await ' }];
  for (const wait of waits) {
    if (!compiler.isAwaitExpression(wait) || !compiler.isIdentifier(wait.expression)) return undefined;
    const whole = compiler.isParenthesizedExpression(wait.parent) ? wait.parent : wait;
    edits.push({ start: whole.getStart(), end: whole.end, text: wait.expression.text });
  }
  return edits;
}

/** `items.forEach(async …)` as `await Promise.all(items.map(async …))`; undefined where the call is no statement of its own. */
export function awaitAll(
  compiler: Compiler,
  call: ts.Expression,
  mayBecomeAsync: (callback: ts.ArrowFunction | ts.FunctionExpression) => boolean,
): Rewrite[] | undefined {
  if (!compiler.isCallExpression(call) || !compiler.isExpressionStatement(call.parent)) return undefined;
  const callee = skipOuter(compiler, call.expression);
  if (!compiler.isPropertyAccessExpression(callee) || callee.name.text !== 'forEach' || callee.questionDotToken !== undefined) return undefined;
  const around = makeAsync(compiler, call, mayBecomeAsync);
  if (around === undefined) return undefined;
  return [
    ...around,
    { start: call.getStart(), end: call.getStart(), text: 'await Promise.all(' },
    { start: callee.name.getStart(), end: callee.name.end, text: 'map' },
    { start: call.end, end: call.end, text: ')' },
  ];
}

/** What makes the function around the node asynchronous: nothing where it is; undefined where it cannot be. */
function makeAsync(
  compiler: Compiler,
  node: ts.Node,
  mayBecomeAsync: (callback: ts.ArrowFunction | ts.FunctionExpression) => boolean,
): Rewrite[] | undefined {
  const owner = enclosingActivation(compiler, node);
  if (compiler.isSourceFile(owner)) return compiler.isExternalModule(owner) ? [] : undefined;
  if (isAsync(compiler, owner)) return [];
  if (!isFunctionLiteral(compiler, owner) || isGenerator(owner) || owner.type !== undefined || !mayBecomeAsync(owner)) return undefined;
  return [{ start: owner.getStart(), end: owner.getStart(), text: 'async ' }];
}
