/**
 * Claims that turn nobody away. `if (this.connected && this.socket) return; this.socket = make(); await open(this.socket);
 * this.connected = true;` sets one half of what the test asks for at once, and the other half when it is done. Until then whoever
 * comes next fails the same test by the other half, and begins the work once more.
 */
import { eventsOf, type Graph, reaches } from '../../cfg/graph.js';
import { leadsWithoutOutcome, mayFollowSuspension, suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent, WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import { returnedExpressions } from '../../locks/shape-members.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { isReset } from '../../syntax/constants.js';
import { skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { writesOfCall } from '../effects/summary.js';
import { declaredConstant } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from './freshness.js';

type Outcome = 'true' | 'false';

/** Whether the test lets the event happen also for another place than the claimed one, which this task sets when it has suspended. */
export function isHalfClaim(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent, claimed: Place): boolean {
  // what is stored may be the promise of work that sets the other half
  if (event.kind === 'write' && !graph.hasSuspension && !isCallStored(event)) return false;
  const tests = model.controlDependence(graph).controllingTests(event.block);
  const asking = tests.filter((test) => readsOfTest(model, graph, test).some((read) => writeAffectsRead(claimed, read.place)));
  if (asking.length === 0) return false;
  const others: Place[] = [];
  for (const test of asking) {
    const outcome = outcomeNeeded(graph, test, event.block);
    if (outcome === undefined) continue;
    const inside = alternativesIn(model, graph, test, outcome, claimed);
    if (inside === undefined) return false; // there is no way past this look
    others.push(...inside);
  }
  // each of the tests has a way past it: another one of them leads there, too
  if (others.length === 0) for (const test of tests) if (!asking.includes(test)) others.push(...readsOfTest(model, graph, test).map(({ place }) => place));
  return others.some((place) => isSetLate(model, graph, event, place));
}

function isCallStored({ value }: WriteEvent): boolean {
  return value?.sources.some(({ kind }) => kind === 'call') === true;
}

/** The one outcome of the test without which the block is not reached. */
function outcomeNeeded(graph: Graph, test: TestEvent, block: number): Outcome | undefined {
  return (['true', 'false'] as const).find((outcome) => !leadsWithoutOutcome(graph, test.block, outcome, block));
}

/**
 * The test asks for several things in one, and any of them leads to this outcome: the places that those ask for which do not ask for
 * the claimed one. Undefined where each of them asks for it.
 */
function alternativesIn(model: ProgramModel, graph: Graph, test: TestEvent, outcome: Outcome, claimed: Place): readonly Place[] | undefined {
  if (!model.compiler.isExpression(test.node)) return undefined;
  const reads = readsOfTest(model, graph, test);
  const sides = sidesOf(model, graph, test.node, outcome).map((side) => reads.filter((read) => isWithin(read.node, side)).map(({ place }) => place));
  const others = sides.filter((side) => side.length > 0 && !side.some((place) => writeAffectsRead(claimed, place)));
  return others.length === 0 ? undefined : others.flat();
}

/** The parts of a condition each of which suffices for the outcome: of `a && b` both for `false`, of a getter those of what it returns. */
function sidesOf(model: ProgramModel, graph: Graph, condition: ts.Expression, outcome: Outcome, depth = 2): readonly ts.Expression[] {
  const { compiler } = model;
  const node = skipOuter(compiler, condition);
  if (compiler.isPrefixUnaryExpression(node) && node.operator === compiler.SyntaxKind.ExclamationToken) {
    return sidesOf(model, graph, node.operand, outcome === 'true' ? 'false' : 'true', depth);
  }
  if (compiler.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const isSplit = kind === (outcome === 'false' ? compiler.SyntaxKind.AmpersandAmpersandToken : compiler.SyntaxKind.BarBarToken);
    return isSplit ? [node.left, node.right].flatMap((side) => sidesOf(model, graph, side, outcome, depth)) : [node];
  }
  const meant = depth === 0 ? undefined : meaningOf(model, graph, node);
  return meant === undefined ? [node] : sidesOf(model, graph, meant, outcome, depth - 1);
}

/** What a constant is declared with, or what a getter or a helper returns where it does nothing else. */
function meaningOf(model: ProgramModel, graph: Graph, node: ts.Expression): ts.Expression | undefined {
  const { compiler } = model;
  if (compiler.isIdentifier(node)) return declaredConstant(model, node)?.value;
  const call = model.eventsAt(graph, node).find((event) => event.kind === 'call');
  const callee = call?.kind === 'call' ? model.callee(call, 'full') : undefined;
  if (callee?.body === undefined) return undefined;
  const [value, ...more] = returnedExpressions(compiler, callee.body);
  return more.length === 0 ? value : undefined;
}

/** The task itself, or what it calls, sets the place to something, and only after it has suspended. */
function isSetLate(model: ProgramModel, graph: Graph, claim: WriteEvent | CallEvent, place: Place): boolean {
  let isLate = false;
  for (const event of eventsOf(graph)) {
    if (event.kind === 'write') {
      if (event.place.key !== place.key || event.how !== 'assign' || resets(model.compiler, event)) continue;
      if (!mayFollowSuspension(graph, event)) return false;
      // a link of the chain that is stored runs beside what stores it
      isLate ||= suspendsBetween(graph, claim, event) || (claim.kind === 'write' && claim.value !== undefined && isWithin(event.node, claim.value.node));
    } else if (event.kind === 'call' && (event === claim || reaches(graph, claim.block, event.block) || event.block === claim.block)) {
      for (const { write } of writesOfCall(model, event, [place], 'syntactic')) {
        if (write.how !== 'assign' || !model.compiler.isBinaryExpression(write.node) || isReset(model.compiler, write.node.right)) continue;
        if (write.phase === 'before' && !mayFollowSuspension(graph, event)) return false;
        isLate ||= write.phase === 'after' || suspendsBetween(graph, claim, event);
      }
    }
  }
  return isLate;
}
