/** Acquires that nobody waits for, or whose handle is waited for only to give the lock back. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { LockReference } from '../../events/event.js';
import { isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import { type Fate, fateOf, isDropped } from '../effects/fates.js';
import { isAsynchronous } from '../effects/later-accesses.js';
import type { ProgramModel } from '../model/program-model.js';
import { takenByHelper } from './held-locks.js';
import { obligationsOf } from './obligations.js';

interface Acquiring {
  readonly node: ts.CallExpression;
  readonly lock: LockReference;
  /** Name of the function that leaves the lock held; undefined where the lock's own member does. */
  readonly helper: string | undefined;
}

export interface FloatingAcquire extends Acquiring {
  readonly fate: Fate;
  /** The first wait for the handle, where all that it is waited for is to give the lock back. */
  readonly late: ts.Node | undefined;
}

export function* floatingAcquires(model: ProgramModel, graph: Graph): Generator<FloatingAcquire> {
  const { compiler } = model;
  // a gate that is closed when it is made
  if (compiler.isSourceFile(graph.owner) || compiler.isConstructorDeclaration(graph.owner)) return;
  for (const acquiring of asynchronousAcquires(model, graph)) {
    const fate = fateOf(model, acquiring.node);
    const late = awaitedToRelease(model, graph, acquiring.node, fate);
    if (late !== undefined || (isDropped(fate) && !fate.isContinued)) yield { ...acquiring, fate, late };
  }
}

/** Calls that take a lock once their promise has settled: of the lock itself, or of a helper that leaves it held. */
function* asynchronousAcquires(model: ProgramModel, graph: Graph): Generator<Acquiring> {
  const { compiler } = model;
  if (!model.locks.mayContainLocks(graph.owner.getSourceFile())) return;
  for (const { node, operation, lock, helper } of obligationsOf(model, graph)) {
    if (helper === undefined && operation.asynchronous) yield { node, lock, helper };
  }
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || event.consumption === 'awaited' || !compiler.isCallExpression(event.node)) continue;
    const callee = model.callee(event, 'syntactic');
    if (callee === undefined || !isAsynchronous(model, callee)) continue;
    const [taken] = takenByHelper(model, event);
    if (taken !== undefined) yield { node: event.node, lock: taken.lock, helper: event.name ?? 'the callee' };
  }
}

/**
 * `const release = lock.acquire(); await work(); (await release)();`: where it is waited for, it is given back, also by
 * `release.then((free) => free())`. The result is the first wait; undefined where the handle is used otherwise, or nothing
 * happens in between.
 */
function awaitedToRelease({ compiler }: ProgramModel, graph: Graph, acquire: ts.CallExpression, { waits, links, isBound, isReturned, isKept }: Fate): ts.Node | undefined {
  const [first] = waits.size > 0 ? waits : links;
  if (!isBound || isReturned || isKept || first === undefined) return undefined;
  for (const link of links) if (!compiler.isCallExpression(link) || !callsItsParameter(compiler, link.arguments[0])) return undefined;
  for (const wait of waits) {
    const { parent, child } = outerParent(compiler, wait);
    const isCalled = compiler.isCallExpression(parent) && parent.expression === child;
    // also `(await guard)[Symbol.dispose]()`
    const isAccess = compiler.isPropertyAccessExpression(parent) || compiler.isElementAccessExpression(parent);
    const isMember = isAccess && compiler.isCallExpression(parent.parent) && parent.parent.expression === parent;
    if (!isCalled && !isMember) return undefined;
  }
  for (const event of eventsOf(graph)) {
    const isBetween = event.node.pos > acquire.end && event.node.end < first.pos;
    if (isBetween && (event.kind === 'write' || event.kind === 'suspend')) return first;
  }
  return undefined;
}

/** `(free) => free()`, `(handle) => { handle.release(); }`. */
function callsItsParameter(compiler: Compiler, callback: ts.Expression | undefined): boolean {
  const node = callback === undefined ? undefined : skipOuter(compiler, callback);
  if (node === undefined || !isFunctionLiteral(compiler, node)) return false;
  const [parameter] = node.parameters;
  const [statement, ...others] = compiler.isBlock(node.body) ? node.body.statements : [];
  const body = !compiler.isBlock(node.body) ? node.body : statement !== undefined && others.length === 0 && compiler.isExpressionStatement(statement) ? statement.expression : undefined;
  if (parameter === undefined || body === undefined) return false;
  const call = skipOuter(compiler, body);
  if (!compiler.isCallExpression(call)) return false;
  const callee = skipOuter(compiler, call.expression);
  const holder = compiler.isPropertyAccessExpression(callee) ? callee.expression : callee;
  return compiler.isIdentifier(holder) && holder.text === parameter.name.getText();
}
