/**
 * Helpers that try to take a lock and tell their caller whether they have it, by `true` and `false`, or by a token and `null`:
 *
 *     const answer = await redis.set(key, token, 'NX');
 *     return answer === 'OK' ? token : null;
 *
 * What they give is true exactly where the lock is held, and their caller owes the release then.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { latestBefore } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event, ReturnEvent, TestEvent } from '../../events/event.js';
import { isNullish } from '../../syntax/constants.js';
import { skipOuter } from '../../syntax/functions.js';
import { resultsOf } from '../effects/results.js';
import type { ProgramModel } from '../model/program-model.js';
import type { Obligation } from './obligation.js';
import { Conditions } from './path-conditions.js';

/** Whether what the function returns is true where it has the lock, and false where it has not. */
export function tellsWhetherHeld(model: ProgramModel, graph: Graph, obligation: Obligation, returns: readonly ReturnEvent[]): boolean {
  if (returns.length === 0) return false;
  const conditions = new Conditions(model, graph, obligation);
  const given = returns.map(({ value }) => (value === undefined || !model.compiler.isExpression(value.node) ? undefined : outcomeOf(model, conditions, value.node)));
  if (given.includes(undefined)) return false;
  if (given.includes('asked')) return true;
  return given.includes('held') && given.includes('missed') && isAsked(graph, conditions);
}

/**
 * Whether the function gives the lock back on the ways on which it returns `false` or nothing, and on no others:
 * `if (this.closed) { this.gate.unlock(); return false; } return true;`.
 */
export function tellsWhetherKept(model: ProgramModel, graph: Graph, obligation: Obligation): boolean {
  const { compiler, questions } = model;
  if (!eventsOf(graph).some((event) => obligation.discharge(event) !== undefined)) return false;
  const given = resultsOf(compiler, graph).map((event) => ({ event, node: event.value?.node }));
  const isMissed = (node: ts.Node | undefined): boolean => node === undefined || (compiler.isExpression(node) && isMissing(model, node));
  if (!given.some(({ node }) => isMissed(node)) || given.every(({ node }) => isMissed(node))) return false;
  const isTurn = (event: Event): event is Event => obligation.isStart(event) || obligation.discharge(event) !== undefined;
  return given.every(({ event, node }) => {
    const isKept = !isMissed(node);
    if (isKept && (node === undefined || questions.truthiness(node) === undefined)) return false;
    const turns = latestBefore(graph, event, isTurn);
    return isKept ? turns.length > 0 && turns.every((turn) => obligation.isStart(turn)) : !turns.some((turn) => obligation.isStart(turn));
  });
}

/** `asked`: the value is the answer itself; else the constant truth of it. */
function outcomeOf(model: ProgramModel, conditions: Conditions, value: ts.Expression): 'asked' | 'held' | 'missed' | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, value);
  if (compiler.isConditionalExpression(node)) {
    const [yes, no] = [node.whenTrue, node.whenFalse].map((branch) => isMissing(model, branch));
    const asked = conditions.asked(node.condition);
    return asked?.isResult === true && yes !== no && no !== asked.isNegated ? 'asked' : undefined;
  }
  const asked = conditions.asked(node);
  if (asked?.isResult === true) return asked.isNegated ? undefined : 'asked';
  return isMissing(model, node) ? 'missed' : 'held';
}

function isMissing({ compiler }: ProgramModel, value: ts.Expression): boolean {
  const node = skipOuter(compiler, value);
  return node.kind === compiler.SyntaxKind.FalseKeyword || isNullish(compiler, node);
}

/** Some test of the function asks for the answer. */
function isAsked({ blocks }: Graph, conditions: Conditions): boolean {
  return blocks.some(({ events }) => events.some((event): event is TestEvent => event.kind === 'test' && conditions.of(event)?.isResult === true));
}
