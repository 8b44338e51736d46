/**
 * Credentials that each refused request renews by itself: `if (response.status === 401) this.token = await this.renew();`. All that
 * were sent with the old ones are refused together, and each renews them once more. Where a renewal uses up what it is given,
 * the second fails, or makes the first one's answer void (RFC 9110, 15.5.2: 401 tells of the credentials of the request; RFC 9700,
 * 4.14: refresh tokens that are rotated).
 *
 * Right is one renewal for all who wait, or to compare the credentials with those that were refused.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { CallEvent, SuspendEvent, TestEvent, Value, WriteEvent } from '../../events/event.js';
import { resets } from '../../events/writes.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import type { FunctionNode } from '../../syntax/functions.js';
import { mayOverlap, runsOnce } from '../actors/contexts.js';
import { isShared } from '../actors/sharing.js';
import { callsBehind, readsBehind } from '../effects/provenance.js';
import { type HeldLocks, heldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { claimsOf } from '../protocols/claims.js';
import { readsOfTest } from '../protocols/freshness.js';
import { keepsAnswer } from '../protocols/shared-answers.js';
import { slotsOfSharedWork } from '../protocols/shared-work.js';
import { isReconsidered } from '../protocols/protocols.js';

export interface RefusedRequest {
  /** Where the refusal is seen. */
  readonly test: TestEvent;
  /** The write of what was renewed, or the call of the function that renews it. */
  readonly event: WriteEvent | CallEvent;
  readonly place: Place;
  readonly suspension: SuspendEvent;
}

export function refusedRequests(model: ProgramModel, graph: Graph, held: HeldLocks): readonly RefusedRequest[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  const refusals = eventsOf(graph).filter((event): event is TestEvent => event.kind === 'test' && asksForRefusal(event));
  if (refusals.length === 0 || runsOnce(model, graph.owner)) return [];
  return refusals.flatMap((test) => renewalBehind(model, graph, held, test) ?? []);
}

/** `response.status === 401`, `error.code !== HttpStatus.UNAUTHORIZED`. */
function asksForRefusal({ comparison }: TestEvent): boolean {
  if (comparison === undefined) return false;
  const [left, right] = [comparison.left.node.getText(), comparison.right.node.getText()];
  const isCode = (text: string): boolean => /^401$|\.UNAUTHORIZED$|\.Unauthorized$/.test(text);
  const isStatus = (text: string): boolean => /(?:status|statusCode|code)$/i.test(text);
  return (isCode(right) && isStatus(left)) || (isCode(left) && isStatus(right));
}

function renewalBehind(model: ProgramModel, graph: Graph, held: HeldLocks, test: TestEvent): RefusedRequest | undefined {
  const { compiler } = model;
  if (!compiler.isBinaryExpression(test.node)) return undefined;
  const refused = /^!/.test(test.node.operatorToken.getText()) ? 'false' : 'true';
  const dependence = model.controlDependence(graph);
  const behind = (block: number): boolean => {
    const outcomes = dependence.outcomes(block, test);
    return outcomes.size === 1 && outcomes.has(refused);
  };
  const waits = eventsOf(graph).filter((event): event is SuspendEvent => event.kind === 'suspend' && event.operand !== undefined && behind(event.block) && follows(graph, test, event));
  for (const suspension of waits) {
    const own = asksRefusalItself(graph, test, suspension) ? undefined : storedFrom(model, graph, suspension);
    const renewal = own ?? renewedByCallee(model, graph, suspension);
    if (renewal === undefined || isOneForAll(model, graph, held, suspension, renewal.event)) continue;
    if (own !== undefined && (!isOfUse(graph, test, own) || !mayOverlap(model, graph.owner, own.place) || isReconsidered(model, graph, held, own.event, own.place) || asksAgain(model, graph, own.place))) continue;
    return { test, suspension, ...renewal };
  }
  return undefined;
}

/** `await response.json()`, `await reasonOf(error)`: what is waited for is what the refusal says. */
function asksRefusalItself(graph: Graph, { comparison }: TestEvent, { operand }: SuspendEvent): boolean {
  const answers = [comparison?.left, comparison?.right].flatMap((side) => (side === undefined ? [] : [side.node.getText().split(/[?.![]/, 1)[0]]));
  const isAnswer = (value: Value | undefined): boolean => value !== undefined && answers.includes(value.node.getText());
  return operand !== undefined && callsBehind(graph, operand).some((call) => isAnswer(call.receiver) || call.arguments.some(isAnswer));
}

/** The request was sent with what the place held, or something is called afterwards: the request goes out once more. */
function isOfUse(graph: Graph, test: TestEvent, { event, place }: { readonly event: WriteEvent; readonly place: Place }): boolean {
  return eventsOf(graph).some(
    (each) => (each.kind === 'call' && follows(graph, event, each)) || (each.kind === 'read' && follows(graph, each, test) && writeAffectsRead(place, each.place)),
  );
}

/** What is waited for, or what is made of it, is stored where all requests find it. */
function storedFrom(model: ProgramModel, graph: Graph, suspension: SuspendEvent): { readonly event: WriteEvent; readonly place: Place } | undefined {
  const asked = suspension.operand === undefined ? [] : callsBehind(graph, suspension.operand);
  const event = eventsOf(graph).find((each): each is WriteEvent => {
    if (each.kind !== 'write' || each.how !== 'assign' || resets(model.compiler, each) || !follows(graph, suspension, each)) return false;
    const last = each.place.path.at(-1);
    const value = each.value ?? storedBy(model, graph, each);
    return value !== undefined && !(last?.kind === 'element' && last.key === undefined) && callsBehind(graph, value).some((call) => asked.includes(call)) && isShared(model, graph, each.place);
  });
  return event === undefined ? undefined : { event, place: event.place };
}

/** `localStorage.setItem('token', token)`: the last of what the call is given. */
function storedBy(model: ProgramModel, graph: Graph, { node }: WriteEvent): Value | undefined {
  return model.eventsAt(graph, node).find((each): each is CallEvent => each.kind === 'call')?.arguments.at(-1);
}

/** A function of the program waits for something and stores what it gets. */
function renewedByCallee(model: ProgramModel, graph: Graph, { operand }: SuspendEvent): { readonly event: CallEvent; readonly place: Place } | undefined {
  for (const event of operand === undefined ? [] : callsBehind(graph, operand)) {
    const callee = model.callee(event, 'full');
    if (callee === undefined || callee === graph.owner || isShieldedBy(model, callee)) continue;
    const inner = model.graph(callee);
    const held = heldLocks(model, inner);
    const stored = eventsOf(inner).flatMap((each) => {
      const write = each.kind === 'suspend' ? storedFrom(model, inner, each) : undefined;
      return each.kind !== 'suspend' || write === undefined ? [] : [{ ...write, isOneForAll: isOneForAll(model, inner, held, each, write.event) }];
    });
    const [first] = stored;
    if (first === undefined || first.isOneForAll || asksAgain(model, inner, first.place) || isReconsidered(model, inner, held, first.event, first.place)) continue;
    if (held.isExclusive(first.event)) continue;
    return { event, place: first.place };
  }
  return undefined;
}

function isShieldedBy(model: ProgramModel, callee: FunctionNode): boolean {
  return keepsAnswer(model, callee) || claimsOf(model, model.graph(callee)).writes.size > 0;
}

/** Who comes second joins the renewal under way, waits for it, or is kept out. */
function isOneForAll(model: ProgramModel, graph: Graph, held: HeldLocks, suspension: SuspendEvent, event: WriteEvent | CallEvent): boolean {
  // a mark on the request that was handed in keeps out that request alone
  const isForAll = ({ root }: Place): boolean => root.kind !== 'variable' || !graph.inlined.has(root.binding.owner);
  if (held.at(suspension).some(({ origin, lock }) => origin !== 'claim' || lock.place === undefined || isForAll(lock.place)) || slotsOfSharedWork(model, graph, event).length > 0) return true;
  const reads = suspension.operand === undefined ? [] : readsBehind(model, graph, suspension.operand);
  const asked = suspension.operand === undefined ? [] : callsBehind(graph, suspension.operand);
  // `await this.renewing`
  if (reads.some((read) => isShared(model, graph, read.place)) && asked.length === 0) return true;
  const callees = asked.flatMap((call) => model.callee(call, 'full') ?? []);
  if (callees.some((callee) => isShieldedBy(model, callee))) return true;
  return eventsOf(graph).some(
    (each) =>
      each.kind === 'write' && each.value?.nature === 'constant' && !resets(model.compiler, each) && follows(graph, each, suspension) &&
      isForAll(each.place) && isShared(model, graph, each.place),
  );
}

/** Some test looks at what is renewed. */
function asksAgain(model: ProgramModel, graph: Graph, place: Place): boolean {
  return eventsOf(graph).some((event) => event.kind === 'test' && readsOfTest(model, graph, event).some((read) => writeAffectsRead(place, read.place)));
}
