/**
 * Claims that turn nobody away. `if (this.connected && this.socket) return; this.socket = make(); await open(this.socket);
 * this.connected = true;` sets one half of what the test asks for at once, and the other half when it is done. Until then whoever
 * comes next fails the same test by the other half, and begins the work once more.
 */
import { eventsOf, type Graph, reaches } from '../../cfg/graph.js';
import { leadsWithoutOutcome, mayFollowSuspension, suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent, Value, WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import { returnedExpressions } from '../../locks/shape-members.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { isReset } from '../../syntax/constants.js';
import { skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { writesOfCall } from '../effects/summary.js';
import { declaredConstant } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { emptyingsBefore } from './emptied-slots.js';
import { readsOfTest } from './freshness.js';

type Outcome = 'true' | 'false';

/** What the test asks for beside the claimed place. */
interface Half {
  readonly place: Place;
  /** The work is done while it is up, as for a flag that says that something is old. */
  readonly isRaised: boolean;
}

/** A part of a condition, and what it has to be for the work to be done. */
interface Side {
  readonly node: ts.Expression;
  readonly outcome: Outcome;
}

/** Whether the test lets the event happen also for another place than the claimed one, which this task sets when it has suspended. */
export function isHalfClaim(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent, claimed: Place): boolean {
  // what is stored may be the promise of work that sets the other half
  if (event.kind === 'write' && !graph.hasSuspension && !isCallStored(graph, event)) return false;
  const tests = model.controlDependence(graph).controllingTests(event.block);
  const asking = tests.filter((test) => readsOfTest(model, graph, test).some((read) => writeAffectsRead(claimed, read.place)));
  if (asking.length === 0) return false;
  const emptied = asking.flatMap((test) => halvesThatEmpty(model, graph, test, tests, claimed));
  if (emptied.length === 0 && event.kind === 'write' && storedValues(graph, event).some(({ node }) => keepsWhatIsThere(model, node, claimed))) return false;
  const others = [...emptied];
  for (const test of asking) {
    const outcome = outcomeNeeded(graph, test, event.block);
    if (outcome === undefined) continue;
    const inside = alternativesIn(model, graph, test, outcome, claimed);
    if (inside === undefined && emptied.length === 0) return false; // there is no way past this look
    others.push(...(inside ?? []));
  }
  // each of the tests has a way past it: another one of them leads there, too
  if (others.length === 0) for (const test of tests) if (!asking.includes(test)) others.push(...readsOfTest(model, graph, test).map(({ place }) => ({ place, isRaised: false })));
  return others.some((half) => isSetLate(model, graph, event, half));
}

/** `const request = this.flight ?? load(); this.flight = request`: whoever comes next goes on with what is there, whatever else he asks. */
function keepsWhatIsThere(model: ProgramModel, node: ts.Node, { key }: Place): boolean {
  const { compiler } = model;
  const value = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
  if (!compiler.isBinaryExpression(value)) return false;
  const { kind } = value.operatorToken;
  if (kind !== compiler.SyntaxKind.QuestionQuestionToken && kind !== compiler.SyntaxKind.BarBarToken) return false;
  return model.file(value).places.placeOf(skipOuter(compiler, value.left))?.key === key;
}

/** `if (this.isOld) this.slot = undefined; this.slot ??= load()`: by what the place is emptied, the work begins whatever was there. */
function halvesThatEmpty(model: ProgramModel, graph: Graph, test: TestEvent, tests: readonly TestEvent[], claimed: Place): readonly Half[] {
  return emptyingsBefore(model, graph, claimed.key, test, tests).flatMap(({ write, tests: own }) =>
    own.flatMap((each) => {
      const outcome = outcomeNeeded(graph, each, write.block);
      return outcome === undefined ? [] : (alternativesIn(model, graph, each, outcome, claimed) ?? []);
    }),
  );
}

function isCallStored(graph: Graph, write: WriteEvent): boolean {
  return storedValues(graph, write).some(({ sources }) => sources.some(({ kind }) => kind === 'call'));
}

/** What is stored, also by way of a local. */
function storedValues(graph: Graph, { value }: WriteEvent): readonly Value[] {
  const locals = (value?.sources ?? []).flatMap((source) => (source.kind === 'use' ? (graph.definitions.get(source.binding) ?? []) : []));
  return [value, ...locals.map((definition) => definition.value)].filter((each) => each !== undefined);
}

/** The one outcome of the test without which the block is not reached. */
function outcomeNeeded(graph: Graph, test: TestEvent, block: number): Outcome | undefined {
  return (['true', 'false'] as const).find((outcome) => !leadsWithoutOutcome(graph, test.block, outcome, block));
}

/**
 * The test asks for several things in one, and any of them leads to this outcome: the places that those ask for which do not ask for
 * the claimed one. Undefined where each of them asks for it.
 */
function alternativesIn(model: ProgramModel, graph: Graph, test: TestEvent, outcome: Outcome, claimed: Place): readonly Half[] | undefined {
  const { compiler } = model;
  if (!compiler.isExpression(test.node)) return undefined;
  const reads = readsOfTest(model, graph, test);
  const sides = sidesOf(model, graph, { node: test.node, outcome }).map((side) =>
    reads
      .filter((read) => isWithin(read.node, side.node))
      .map(({ place, node }): Half => ({ place, isRaised: side.outcome === 'true' && node === side.node })),
  );
  const others = sides.filter((side) => side.length > 0 && !side.some(({ place }) => writeAffectsRead(claimed, place)));
  return others.length === 0 ? undefined : others.flat();
}

/** The parts of a condition each of which suffices for the outcome: of `a && b` both for `false`, of a getter those of what it returns. */
function sidesOf(model: ProgramModel, graph: Graph, side: Side, depth = 2): readonly Side[] {
  const { compiler } = model;
  const { outcome } = side;
  const node = skipOuter(compiler, side.node);
  if (compiler.isPrefixUnaryExpression(node) && node.operator === compiler.SyntaxKind.ExclamationToken) {
    return sidesOf(model, graph, { node: node.operand, outcome: outcome === 'true' ? 'false' : 'true' }, depth);
  }
  if (compiler.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const isSplit = kind === (outcome === 'false' ? compiler.SyntaxKind.AmpersandAmpersandToken : compiler.SyntaxKind.BarBarToken);
    return isSplit ? [node.left, node.right].flatMap((part) => sidesOf(model, graph, { node: part, outcome }, depth)) : [{ node, outcome }];
  }
  const meant = depth === 0 ? undefined : meaningOf(model, graph, node);
  return meant === undefined ? [{ node, outcome }] : sidesOf(model, graph, { node: meant, outcome }, depth - 1);
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

/** The task itself, or what it calls, sets the place to something, or takes down what asks for the work, and only after it has suspended. */
function isSetLate(model: ProgramModel, graph: Graph, claim: WriteEvent | CallEvent, { place, isRaised }: Half): boolean {
  const { compiler } = model;
  let isLate = false;
  for (const event of eventsOf(graph)) {
    if (event.kind === 'write') {
      if (event.place.key !== place.key || event.how !== 'assign' || resets(compiler, event) !== isRaised) continue;
      if (!mayFollowSuspension(graph, event)) return false;
      // a link of the chain that is stored runs beside what stores it
      isLate ||= suspendsBetween(graph, claim, event) || (claim.kind === 'write' && storedValues(graph, claim).some(({ node }) => isWithin(event.node, node)));
    } else if (event.kind === 'call' && (event === claim || reaches(graph, claim.block, event.block) || event.block === claim.block)) {
      for (const { write } of writesOfCall(model, event, [place], 'syntactic')) {
        if (write.how !== 'assign' || !compiler.isBinaryExpression(write.node) || isReset(compiler, write.node.right) !== isRaised) continue;
        if (write.phase === 'before' && !mayFollowSuspension(graph, event)) return false;
        isLate ||= write.phase === 'after' || suspendsBetween(graph, claim, event);
      }
    }
  }
  return isLate;
}
