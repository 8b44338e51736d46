/**
 * Ad-hoc locks that an exception leaves locked.
 *
 * `this.busy = true; await work(); this.busy = false;` keeps others out until the work is done, and for ever when it fails.
 * Only a claim that its function means to give back counts: every way that ends without an exception has to. Who else
 * takes the flag down is a protocol of several functions, such as a pair of `start` and `stop`.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event, WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { isReset } from '../../syntax/constants.js';
import { type Activation, displayName, isPrivateMember } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { claimsOf } from './claims.js';
import { runsOnce } from '../actors/contexts.js';
import { isTeardown } from '../effects/endings.js';
import { heldLocks, isClaim } from '../locks/held-locks.js';
import type { Likelihood } from '../effects/exceptions.js';
import { checksOf } from './freshness.js';
import { writesTo } from '../effects/mutations.js';
import type { ProgramModel } from '../model/program-model.js';
import { substitute } from '../effects/provenance.js';
import { isShared } from '../actors/sharing.js';
import { summarize } from '../effects/summary.js';
import { failureWithoutEnd } from '../effects/ways-out.js';

export interface StuckClaim {
  readonly claim: WriteEvent;
  /** What throws while the claim is up. */
  readonly failure: Event;
  readonly likelihood: Likelihood;
  /** The look at the place that keeps others out. */
  readonly test: ts.Node;
  /** What takes the claim down where nothing throws. */
  readonly resets: readonly Event[];
  /** From the state that it leaves, or by somebody else from there, the way leads back to the look that lets a task in. */
  readonly isReopened: boolean;
  /** A function that takes it down when the object is closed. */
  readonly isEndedElsewhere: boolean;
}

export function stuckClaims(model: ProgramModel, graph: Graph): readonly StuckClaim[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner)) return [];
  const candidates = eventsOf(graph).filter((event): event is WriteEvent => event.kind === 'write' && isRaised(model, event));
  if (candidates.length === 0 || !candidates.some((claim) => isGivenBack(model, graph, claim))) return [];
  const { writes } = claimsOf(model, graph);
  return candidates.flatMap((claim) => (writes.has(claim) ? (stuckClaim(model, graph, claim) ?? []) : []));
}

/** A flag that goes up, a key that joins those in flight, a state that is entered. */
function isRaised({ compiler }: ProgramModel, { how, value }: WriteEvent): boolean {
  if (how === 'add') return true;
  return how === 'assign' && value?.nature === 'constant' && !isReset(compiler, value.node);
}

function isGivenBack(model: ProgramModel, graph: Graph, claim: WriteEvent): boolean {
  for (const event of eventsOf(graph)) if (event !== claim && (event.kind === 'call' || isTakenDown(model, claim, event))) return true;
  return false;
}

function stuckClaim(model: ProgramModel, graph: Graph, claim: WriteEvent): StuckClaim | undefined {
  const { owner } = graph;
  if (model.compiler.isSourceFile(owner) || !isShared(model, graph, claim.place)) return undefined;
  const ends: Event[] = [];
  const ways = failureWithoutEnd(model, graph, claim, (event) => {
    const isEnd = isTakenDown(model, claim, event) || isTakenDownByCallee(model, graph, claim, event);
    if (isEnd) ends.push(event);
    return isEnd;
  });
  if (ways === undefined || ends.length === 0) return undefined;
  // what goes up and down in one stretch keeps nobody out; a continuation that nobody waits for is another stretch
  if (!ends.some((end) => suspendsBetween(graph, claim, end))) return undefined;
  const { failure, likelihood } = ways;
  // who is turned away from the claim comes here all the same: the claim keeps nobody out
  if (!heldLocks(model, graph).at(failure).some((lock) => isClaim(lock) && lock.lock.place?.key === claim.place.key)) return undefined;
  const others = endsElsewhere(model, graph, claim);
  if (others === 'others' || runsOnce(model, owner)) return undefined;
  const test = checksOf(model, graph, claim.block, claim.place, claim).values().next().value;
  const isReopened = test !== undefined && isOpenedAgain(model, graph, claim, test.node, ends);
  return { claim, failure, likelihood, test: test?.node ?? claim.node, resets: ends, isReopened, isEndedElsewhere: others === 'teardown' };
}

/**
 * The look lets in who finds the state that the end leaves; or who finds the one into which somebody else puts it from there: `if (state ===
 * 'clean') state = 'dirty';`.
 */
function isOpenedAgain(model: ProgramModel, graph: Graph, claim: WriteEvent, test: ts.Node, ends: readonly Event[]): boolean {
  const left = ends.flatMap((end) => (end.kind === 'write' && end.value !== undefined ? [end.value.node.getText()] : []));
  const wanted = test.getText();
  if (left.some((state) => wanted.includes(state))) return true;
  return writesTo(model, claim.place).some(({ graph: other, event }) => {
    if (other.owner === graph.owner || event.kind !== 'write' || event.value?.nature !== 'constant' || !wanted.includes(event.value.node.getText())) return false;
    const tests = model.controlDependence(other).controllingTests(event.block);
    return tests.some(({ node }) => left.some((state) => node.getText().includes(state)));
  });
}

/** The write after which the claim is no more: the flag goes down, the key leaves, another state is entered. */
function isTakenDown({ compiler }: ProgramModel, claim: WriteEvent, event: Event): event is WriteEvent {
  if (event.kind !== 'write' || !writeAffectsRead(event.place, claim.place)) return false;
  if (resets(compiler, event)) return true;
  return event.how === 'assign' && claim.how === 'assign' && event.value?.node.getText() !== claim.value?.node.getText();
}

function isTakenDownByCallee(model: ProgramModel, graph: Graph, claim: WriteEvent, event: Event): boolean {
  if (event.kind !== 'call') return false;
  const callee = model.callee(event, 'syntactic');
  if (callee === undefined || callee === graph.owner || graph.inlined.has(callee)) return false;
  return summarize(model, callee).writes.some((write) => {
    if (write.how !== 'remove' && !(model.compiler.isBinaryExpression(write.node) && isReset(model.compiler, write.node.right))) return false;
    const place = substitute(model, write.place, callee, event);
    return place !== undefined && writeAffectsRead(place, claim.place);
  });
}

/** Who takes the claim down besides: a function that does not make it itself, other than one that ends the object. */
function endsElsewhere(model: ProgramModel, graph: Graph, claim: WriteEvent): 'others' | 'teardown' | undefined {
  let result: 'teardown' | undefined;
  for (const { graph: other, event } of writesTo(model, claim.place)) {
    if (other.owner === graph.owner || event.kind !== 'write' || !isTakenDown(model, claim, event)) continue;
    if (model.compiler.isSourceFile(other.owner) || model.compiler.isConstructorDeclaration(other.owner)) continue;
    if (claims(model, other, claim.place) || isHelperOf(model, other.owner, graph.owner)) continue;
    if (!isTeardown(displayName(model.compiler, other.owner))) return 'others';
    result = 'teardown';
  }
  return result;
}

/** A private helper of the one function: nothing else names it. */
function isHelperOf(model: ProgramModel, helper: Activation, caller: ts.Node): boolean {
  const { compiler } = model;
  if (compiler.isSourceFile(helper) || helper.name === undefined || !compiler.isMemberName(helper.name)) return false;
  const { name, parent } = helper;
  if (compiler.isClassLike(parent) && !isPrivateMember(compiler, helper)) return false;
  const users = model.file(helper).mentions(name.text).filter((mention) => mention !== name && isWithin(mention, parent));
  return users.length > 0 && users.every((mention) => isWithin(mention, caller));
}

function claims(model: ProgramModel, graph: Graph, place: Place): boolean {
  return [...claimsOf(model, graph).writes.values()].some(({ key }) => key === place.key);
}
