/**
 * Functions that hold a section open until their caller says so: the section waits for a promise, and what settles that is handed out.
 *
 *     function hold(name: string): Promise<() => void> {
 *       return new Promise((ready) => void navigator.locks.request(name, () => new Promise<void>((release) => ready(release))));
 *     }
 *
 * A call of such a function is an acquire, and what it gives is the release.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { AcquireEvent } from '../../events/event.js';
import type { AcquireOperation, RunOperation } from '../../locks/operation.js';
import { isFunctionLiteral, outerParent, resultAtEnd, skipOuter } from '../../syntax/functions.js';
import { executorOf } from '../../syntax/promise-chains.js';
import { isAssignment, isWithin } from '../../syntax/tree.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

export interface HeldByResolver {
  readonly acquire: AcquireEvent;
  readonly operation: AcquireOperation;
}

/** The section that the function hands the end of to its caller. */
export const heldByResolver = memoized((model, graph: Graph): HeldByResolver | undefined => {
  if (!graph.hasLocks || model.compiler.isSourceFile(graph.owner)) return undefined;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'acquire' || event.operation?.kind !== 'run' || event.operation.release !== undefined || event.lock.isLocal) continue;
    const settle = settlerIn(model, event.operation.callback);
    if (settle !== undefined && isHandedOut(model, graph.owner, settle)) return { acquire: event, operation: asAcquire(event.operation) };
  }
  return undefined;
});

/** The `release` of a callback that ends with `new Promise((release) => …)`. */
function settlerIn({ compiler }: ProgramModel, callback: ts.Expression): ts.Identifier | undefined {
  const literal = skipOuter(compiler, callback);
  if (!isFunctionLiteral(compiler, literal)) return undefined;
  const last = compiler.isBlock(literal.body) ? literal.body.statements.at(-1) : undefined;
  // what the callback waits for last may as well be returned
  const awaited = last !== undefined && compiler.isExpressionStatement(last) && compiler.isAwaitExpression(last.expression) ? last.expression : undefined;
  const ended = awaited ?? (compiler.isBlock(literal.body) ? resultAtEnd(compiler, literal.body) : literal.body);
  let result = ended === undefined ? undefined : skipOuter(compiler, ended);
  if (result !== undefined && compiler.isAwaitExpression(result)) result = skipOuter(compiler, result.expression);
  return result === undefined ? undefined : resolverOf(compiler, result);
}

function resolverOf(compiler: Compiler, promise: ts.Node): ts.Identifier | undefined {
  const name = executorOf(compiler, promise)?.parameters[0]?.name;
  return name !== undefined && compiler.isIdentifier(name) ? name : undefined;
}

/** It is what a promise of the function resolves to, or is put into a local that the function returns. */
function isHandedOut(model: ProgramModel, owner: ts.Node, settle: ts.Identifier): boolean {
  const { compiler } = model;
  const { mentions, scopes } = model.file(settle);
  return mentions(settle.text).some((mention) => {
    if (mention === settle || !compiler.isIdentifier(mention) || scopes.resolve(mention) !== scopes.resolve(settle)) return false;
    const { parent, child } = outerParent(compiler, mention);
    if (compiler.isCallExpression(parent)) return parent.arguments.some((argument) => argument === child) && resolvesResult(model, owner, parent.expression);
    return isAssignment(compiler, parent) && parent.right === child && compiler.isIdentifier(parent.left) && isReturned(model, owner, parent.left);
  });
}

/** `ready` of `return new Promise((ready) => …)`, or of one that the function waits for and returns. */
function resolvesResult(model: ProgramModel, owner: ts.Node, callee: ts.Expression): boolean {
  const { compiler } = model;
  const name = skipOuter(compiler, callee);
  const declaration = compiler.isIdentifier(name) ? model.file(name).scopes.resolve(name)?.declaration : undefined;
  if (declaration === undefined || !compiler.isParameter(declaration) || !isWithin(declaration, owner)) return false;
  const promise = outerParent(compiler, declaration.parent).parent;
  if (resolverOf(compiler, promise) !== declaration.name) return false;
  let { parent } = outerParent(compiler, promise);
  if (compiler.isAwaitExpression(parent)) ({ parent } = outerParent(compiler, parent));
  if (compiler.isReturnStatement(parent) || parent === owner) return true;
  return compiler.isVariableDeclaration(parent) && compiler.isIdentifier(parent.name) && isReturned(model, owner, parent.name);
}

/** A `return` of the function names the variable, alone or in a function that calls it. */
function isReturned(model: ProgramModel, owner: ts.Node, variable: ts.Identifier): boolean {
  const { compiler } = model;
  const { mentions, scopes } = model.file(variable);
  const binding = scopes.resolve(variable);
  return mentions(variable.text).some((mention) => {
    if (!compiler.isIdentifier(mention) || scopes.resolve(mention) !== binding) return false;
    for (let node: ts.Node = mention; node !== owner && !compiler.isSourceFile(node); node = node.parent) {
      if (compiler.isReturnStatement(node)) return skipOuter(compiler, node.expression ?? mention) === mention || isFunctionLiteral(compiler, skipOuter(compiler, node.expression ?? mention));
    }
    return false;
  });
}

function asAcquire(run: RunOperation): AcquireOperation {
  const { node, lock, lockName, key, model, mode, permits, reentrant, timed, waits, sharedAlternative, sharedOption } = run;
  const taken = { node, lock, lockName, key, model, mode, permits, reentrant, timed, waits, sharedAlternative, sharedOption };
  const ordinary = { asynchronous: true, conditional: false, notTaken: undefined, failure: undefined, resource: false, collected: false, disposable: false, scopedAlternative: undefined };
  // to settle a promise once more is to do nothing
  return { kind: 'acquire', ...taken, ...ordinary, release: { kind: 'call-result', asynchronous: false, again: 'ignored' } };
}
