/**
 * A task waits for a lock that it cannot get before it goes on itself: the lock is its own, or two tasks hold what the
 * other one needs.
 *
 * Reported where the waiting begins: the second acquire, the call or callback that leads to it, the `await` of a task that
 * needs the lock, the `yield` that hands control out of the section.
 */
import type { Graph } from '../cfg/graph.js';
import type { Step } from '../findings/finding.js';
import {
  acrossYieldMessage,
  acrossYieldSteps,
  orderMessage,
  orderSteps,
  selfWaitMessage,
  selfWaitSteps,
  type SelfWaitWords,
} from '../findings/messages/lock-cycle.js';
import { isOfList, type LockOrderCycle, lockOrderCycles } from '../summaries/locks/lock-order.js';
import { handsOutUnderLock } from '../summaries/locks/lock-hand-out.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type SelfWait, selfWaits } from '../summaries/locks/self-waits.js';
import { displayName } from '../syntax/functions.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const lockCycle: Check = {
  rule: 'no-lock-cycle',
  run: (model, graph) => [
    ...selfWaits(model, graph).map((wait) => selfWaitDraft(model, graph, wait)),
    ...acrossYield(model, graph),
    ...lockOrderCycles(model, graph).map((cycle) => orderDraft(model, graph, cycle)),
  ],
};

function selfWaitDraft(model: ProgramModel, graph: Graph, wait: SelfWait): Draft {
  const { how, lock, held, at, callee, taken, conflict, isTimed } = wait;
  const name = functionName(model, graph);
  const words: SelfWaitWords = { lock, heldLine: lineOf(held), callee, takenLine: lineOf(taken), how, conflict, isTimed };
  const called = callee ?? 'the callee';
  const steps: Step[] = [step('A', 'acquire', held, selfWaitSteps.acquire(name, lock))];
  if (how === 'call' || how === 'stored') steps.push(step('A', 'use', at, selfWaitSteps.call(called)));
  if (how === 'callback') steps.push(step('A', 'use', at, selfWaitSteps.callback(called)));
  if (how === 'join') steps.push(step('A', 'suspend', at, selfWaitSteps.join(callee ?? at.getText())));
  if (conflict !== 'always') steps.push(step('B', 'acquire', held, selfWaitSteps[conflict](lock)));
  const asks = how === 'loop' ? selfWaitSteps.again(lock) : selfWaitSteps.ask(lock, conflict);
  steps.push(step(how === 'join' ? 'B' : 'A', 'acquire', taken, asks));
  return {
    rule: 'no-lock-cycle',
    message: selfWaitMessage(words),
    confidence: wait.confidence,
    effect: 'hang',
    node: at,
    function: name,
    place: lock,
    steps,
    suggestions: [],
  };
}

function acrossYield(model: ProgramModel, graph: Graph): Draft[] {
  return handsOutUnderLock(model, graph).map(({ event, held, rival, isBare }) => {
    const name = functionName(model, graph);
    const lock = held.acquire?.lock.text ?? held.place.text;
    return {
      rule: 'no-lock-cycle',
      message: acrossYieldMessage(lock, lineOf(held.node)),
      confidence: rival === undefined || isBare ? 'low' : 'medium',
      effect: 'hang',
      node: event.node,
      function: name,
      place: lock,
      steps: [
        step('A', 'acquire', held.node, acrossYieldSteps.acquire(name, lock)),
        step('A', 'suspend', event.node, acrossYieldSteps.yields),
        step('B', 'acquire', rival ?? held.node, acrossYieldSteps.ask(lock)),
      ],
      suggestions: [],
    };
  });
}

function orderDraft(model: ProgramModel, graph: Graph, { pair, rivals, confidence }: LockOrderCycle): Draft {
  const name = functionName(model, graph);
  const second = pair.takenPlace.text;
  const first = isOfList(pair) ? second : (pair.held.acquire?.lock.text ?? pair.held.place.text);
  // the order of the arguments alone: another call of the same function
  const others = rivals.length === 0 ? [pair] : rivals;
  const words = others.map((other) => ({
    activation: displayName(model.compiler, other.graph.owner),
    line: lineOf(other.at),
    taken: other.takenPlace.text,
  }));
  const message = orderMessage({ first, second, rivals: rivals.length === 0 ? [] : words });
  return {
    rule: 'no-lock-cycle',
    message,
    confidence,
    effect: 'hang',
    node: pair.at,
    function: name,
    place: second,
    steps: [
      step('A', 'acquire', pair.held.node, orderSteps.holds(name, first)),
      ...others.map((other, index) => step('B', 'acquire', other.held.node, orderSteps.holds(words[index]?.activation ?? name, (others[index - 1] ?? pair).takenPlace.text))),
      step('A', 'acquire', pair.taken.node, orderSteps.waits(second)),
      ...others.map((other, index) => step('B', 'acquire', other.taken.node, orderSteps.waits(index === others.length - 1 ? first : other.takenPlace.text))),
    ],
    suggestions: [],
  };
}
