/**
 * A promise that is kept for all who come later, and is kept too long or thrown away too early: it stays in its slot after
 * it rejected, one caller's signal ends it for all, or somebody clears the slot when it holds a newer one.
 *
 * Reported where the promise is stored, or where the slot is cleared.
 */
import { oneShotTimers } from '../catalogue/callbacks.js';
import { eventsOf, type Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { SuspendEvent, WriteEvent } from '../events/event.js';
import { empties } from '../events/writes.js';
import type { Confidence, Step } from '../findings/finding.js';
import { writeAffectsRead } from '../places/place.js';
import {
  clearOnFailureTitle,
  earlyFailureMessage,
  earlyFailureSteps,
  foreignClearingMessage,
  foreignClearingSteps,
  keptRejectionMessage,
  keptRejectionSteps,
  sharedSignalMessage,
  sharedSignalSteps,
} from '../findings/messages/poisoned-promise-cache.js';
import { activationText } from '../findings/messages/words.js';
import { mayOverlap, runsOnce } from '../summaries/actors/contexts.js';
import { earlyFailureOf } from '../summaries/protocols/early-failures.js';
import { failsOnlyOnAnswer, mayBeRejected } from '../summaries/effects/exceptions.js';
import { callsOfInternal } from '../summaries/actors/member-mentions.js';
import { isInternal } from '../summaries/effects/visibility.js';
import { heldLocks } from '../summaries/locks/held-locks.js';
import { isDeferred } from '../summaries/protocols/kept-promises.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { assignmentsTo } from '../summaries/protocols/outcomes.js';
import { overtakenFlight } from '../summaries/protocols/overtaken-flights.js';
import {
  expiresSoon,
  type Flight,
  flightsInto,
  flightsOf,
  isClearedOnFailure,
  isJoined,
  isToldAtOnce,
  nearestSuspension,
} from '../summaries/protocols/promise-slots.js';
import { clearingAt, isIdentityChecked, isSettled, type Replacement, replacementsBeside } from '../summaries/protocols/slot-clearings.js';
import { callsBehind, readsBehind } from '../summaries/effects/provenance.js';
import { isShared } from '../summaries/actors/sharing.js';
import { isDerived, isEndOfLife, isForOneOperation, isOneOfMany, isPartOfTeardown, onlyLoadsModules, signalOfCaller } from '../summaries/protocols/slot-lifetime.js';
import { isOfSingleRun } from '../summaries/protocols/single-runs.js';
import { shutsSlot } from '../summaries/protocols/shut-slots.js';
import { letsPromisesPass } from '../summaries/protocols/slot-looks.js';
import { raisedBy } from '../summaries/races/end-flags.js';
import { displayName, enclosingActivation, lastOfName, outerParent } from '../syntax/functions.js';
import { startOfChain } from '../syntax/promise-chains.js';
import { clearOnRejection } from '../syntax/promise-rewrites.js';
import { isInCatch, isWithin } from '../syntax/tree.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const poisonedPromiseCache: Check = {
  rule: 'no-poisoned-promise-cache',
  concerns: (model, activation) => model.file(activation).storing.has(activation),
  run: (model, graph) => {
    const drafts: Draft[] = [];
    for (const flight of flightsOf(model, graph)) {
      if (isForOneOperation(model, graph, flight.place)) continue;
      const draft = sharedSignal(model, flight) ?? keptRejection(model, flight);
      if (draft !== undefined) drafts.push(draft);
    }
    const seen = new Set<ts.Node>();
    for (const event of eventsOf(graph)) {
      if (event.kind !== 'write' || !empties(model.compiler, event) || seen.has(event.node)) continue;
      const draft = foreignClearing(model, graph, event);
      if (draft === undefined) continue;
      seen.add(event.node); // `finally` bodies are copied
      drafts.push(draft);
    }
    return drafts;
  },
};

// ---------------------------------------------------------------------------------------------------------------
// Kept too long

function keptRejection(model: ProgramModel, flight: Flight): Draft | undefined {
  const { graph, write, value, place } = flight;
  // what becomes of a promise that stands beside what settles it is told there
  if (isDeferred(model, value) || !mayBeRejected(model, graph, value) || failsOnlyOnAnswer(model, value.node) || !isJoined(model, flight) || letsPromisesPass(model, flight)) return undefined;
  if (isClearedOnFailure(model, flight)) return earlyFailure(model, flight);
  if (isOfSingleRun(model, flight)) return undefined;
  const sureness = confidenceOfKept(model, flight);
  const confidence = sureness === 'high' && flight.promise.key !== place.key ? 'medium' : sureness;
  const name = functionName(model, graph);
  const isElement = place.path.at(-1)?.kind === 'element';
  const calls = callsBehind(graph, value);
  const start = startOfChain(model.compiler, value.node);
  const call = calls.find(({ node }) => node === start) ?? calls[0];
  const texts = keptRejectionSteps(place.text, activationText(name));
  const steps: Step[] = [
    step('A', 'check', write.node, texts.check),
    step('A', 'write', write.node, texts.store),
    step('A', 'suspend', value.node, texts.reject),
    step('B', 'check', write.node, texts.rivalCheck),
    step('B', 'use', write.node, texts.rivalUse),
  ];
  // beside somebody who replaces the promise, a clearing has to ask whose it is
  const isAlone = replacementsBeside(model, { node: write.node, place, graph, by: 'other' }, [flight]).length === 0;
  const edits = isAlone && flight.promise.key === place.key ? clearOnRejection(model.compiler, value.node, write.node, emptyValue(model, write.node)) : undefined;
  return {
    rule: 'no-poisoned-promise-cache',
    message: keptRejectionMessage({ slot: place.text, work: call?.name, activation: activationText(name), isElement }),
    confidence,
    effect: 'broken-resource',
    node: write.node,
    function: name,
    place: place.text,
    steps,
    suggestions: edits === undefined ? [] : [{ title: clearOnFailureTitle(isElement), edits }],
  };
}

/** The work clears the slot, and where it fails at once it does so before the promise is there. */
function earlyFailure(model: ProgramModel, flight: Flight): Draft | undefined {
  const found = earlyFailureOf(model, flight);
  if (found === undefined) return undefined;
  const { graph, write, place } = flight;
  const { failure, clearing } = found;
  const name = functionName(model, graph);
  const words = { slot: place.text, activation: activationText(name), failureLine: lineOf(failure.node), clearingLine: lineOf(clearing.node) };
  const texts = earlyFailureSteps(words);
  return {
    rule: 'no-poisoned-promise-cache',
    message: earlyFailureMessage(words),
    confidence: isPartOfTeardown(model, graph.owner, place) ? 'low' : 'medium',
    effect: 'broken-resource',
    node: write.node,
    function: name,
    place: place.text,
    steps: [
      step('A', 'act', failure.node, texts.fail),
      step('A', 'write', clearing.node, texts.clear),
      step('A', 'write', write.node, texts.store),
      step('B', 'use', write.node, texts.use),
    ],
    suggestions: [],
  };
}

function emptyValue({ compiler, questions }: ProgramModel, write: ts.Node): string | undefined {
  return compiler.isBinaryExpression(write) ? questions.absence(write.left) : undefined;
}

/** `low` where the failure may well be meant to stay, or something else renews the slot. */
function confidenceOfKept(model: ProgramModel, flight: Flight): Confidence {
  const { graph, write, value, place } = flight;
  // whoever keeps more than the promise may tell there that it has failed, and start anew elsewhere
  if (flight.promise.key !== place.key && !isToldAtOnce(model, flight)) return 'low';
  if (flight.isRenewed || expiresSoon(model, flight) || onlyLoadsModules(model, value.node) || isOneOfMany(model, place) || isPartOfTeardown(model, graph.owner, place)) return 'low';
  if (write.kind === 'write' && write.collection !== undefined && !model.questions.isCollection(write.collection)) return 'low';
  if (isDerived(model, value.node) || runsOnce(model, graph.owner)) return 'low';
  const replacements = replacementsBeside(model, { node: write.node, place, graph, by: 'other' }, [flight]);
  // a listener may well be told of the failure
  if (replacements.some((each) => isListeners(model, each, graph))) return 'low';
  const renewals = replacements.filter((each) => !isEndOfLife(model, each.graph.owner));
  if (renewals.length === 0) return 'high';
  // until somebody asks for a reset or the time is over, the failure stays; a stop makes way for a new start
  return renewals.every((each) => each.isClearing && !isPartOfTeardown(model, each.graph.owner, undefined)) ? 'medium' : 'low';
}

/** A listener of the activation makes the replacement, or has a helper make it. */
function isListeners(model: ProgramModel, { graph, event }: Replacement, own: Graph): boolean {
  if (isInListener(model, event.node, own)) return true;
  if (model.compiler.isSourceFile(graph.owner) || !isInternal(model, graph.owner)) return false;
  return callsOfInternal(model, graph.owner).some((call) => isInListener(model, call.event.node, own));
}

/** The node is in a function literal within the activation that neither is called there nor is a timer's. */
function isInListener({ compiler }: ProgramModel, node: ts.Node, { owner }: Graph): boolean {
  const enclosing = enclosingActivation(compiler, node);
  if (enclosing === owner || compiler.isSourceFile(enclosing) || !isWithin(enclosing, owner)) return false;
  const { parent, child } = outerParent(compiler, enclosing);
  if (!compiler.isCallExpression(parent)) return true;
  return parent.expression !== child && !(compiler.isIdentifier(parent.expression) && oneShotTimers.has(parent.expression.text));
}

function sharedSignal(model: ProgramModel, flight: Flight): Draft | undefined {
  const { graph, write, place } = flight;
  const signal = signalOfCaller(model, flight);
  if (signal === undefined || !mayOverlap(model, graph.owner, place)) return undefined;
  const name = functionName(model, graph);
  const words = { slot: place.text, signal: signal.getText(), activation: activationText(name) };
  const texts = sharedSignalSteps(words);
  return {
    rule: 'no-poisoned-promise-cache',
    message: sharedSignalMessage(words),
    confidence: 'medium',
    effect: 'broken-resource',
    node: write.node,
    function: name,
    place: place.text,
    steps: [
      step('A', 'write', write.node, texts.store),
      step('B', 'use', write.node, texts.join),
      step('A', 'act', signal, texts.abort),
    ],
    suggestions: [],
  };
}

// ---------------------------------------------------------------------------------------------------------------
// Thrown away too early

function foreignClearing(model: ProgramModel, graph: Graph, event: WriteEvent): Draft | undefined {
  const suspension = nearestSuspension(graph, event);
  if (suspension === undefined || !isShared(model, graph, event.place)) return undefined;
  const known = flightsInto(model, event.place);
  const overtaken = overtakenFlight(model, graph, event);
  const flights = known.length > 0 || overtaken === undefined ? known : [overtaken.flight];
  if (flights.length === 0 || isForOneOperation(model, graph, event.place)) return undefined;
  const clearing = clearingAt(model, graph, event, flights);
  if (clearing.by === 'other' || isIdentityChecked(model, clearing)) return undefined;
  if (heldLocks(model, graph).at(event).some((held) => held.origin !== 'claim' && held.mode === 'exclusive')) return undefined;
  const replacements = replacementsBeside(model, { node: event.node, place: event.place, graph, by: clearing.by }, flights).filter((each) => !shutsSlot(model, each, flights));
  const rival = replacements.find((each) => !isPartOfTeardown(model, each.graph.owner, undefined) && !clearsAll(model, each)) ?? replacements[0] ?? overtaken?.replacement;
  if (rival === undefined && (clearing.by === 'owner' || isSettled(model, clearing, flights))) return undefined;
  const name = functionName(model, graph);
  const slot = event.place.text;
  const words = {
    slot,
    suspensionLine: lineOf(suspension.node),
    isAwait: model.compiler.isAwaitExpression(suspension.node),
    by: clearing.by,
    rival:
      rival === undefined
        ? undefined
        : {
            name: activationText(displayName(model.compiler, rival.graph.owner)),
            line: lineOf(rival.event.node),
            isClearing: rival.isClearing,
            isSelf: rival === overtaken?.replacement && rival.graph === graph,
          },
    activation: activationText(name),
  };
  const texts = foreignClearingSteps(words);
  const steps: Step[] = [
    step('A', 'suspend', suspension.node, texts.wait),
    rival === undefined
      ? step('B', 'write', event.node, texts.rivalStore)
      : step('B', 'write', rival.event.node, texts.rivalReplace),
    step('A', 'act', event.node, rival === undefined ? texts.waiterClear : texts.act),
  ];
  return {
    rule: 'no-poisoned-promise-cache',
    message: foreignClearingMessage(words),
    confidence: rival === undefined && worksBeside(model, graph, event, suspension) ? 'medium' : confidenceOfClearing(model, event, rival),
    effect: 'duplicate-work',
    node: event.node,
    function: name,
    place: slot,
    steps,
    suggestions: [],
  };
}

/** Who has waited goes on to work of its own before it clears: that takes long enough for others to come and store theirs. */
function worksBeside(model: ProgramModel, graph: Graph, { place }: WriteEvent, { operand }: SuspendEvent): boolean {
  if (operand === undefined || callsBehind(graph, operand).length === 0) return false;
  return !readsBehind(model, graph, operand).some((read) => writeAffectsRead(place, read.place));
}

/**
 * Whoever comes next starts the work once more, on what has changed. After an end for good nobody comes; after a stop or a reset the
 * work begins anew, and then the end of the old one takes down the mark of the new one. That the old one fails just then is rare.
 */
function confidenceOfClearing(model: ProgramModel, event: WriteEvent, rival: Replacement | undefined): Confidence {
  if (rival === undefined || isEndOfLife(model, rival.graph.owner) || shutsForGood(model, rival)) return 'low';
  const isSeldom = isPartOfTeardown(model, rival.graph.owner, undefined) || (rival.isClearing && clearsAll(model, rival));
  return isSeldom && isInCatch(model.compiler, event.node) ? 'low' : 'medium';
}

/** It raises a flag that nobody else sets. */
function shutsForGood(model: ProgramModel, { graph }: Replacement): boolean {
  return raisedBy(model, graph.owner).some((flag) => assignmentsTo(model, graph, flag).every(({ activation }) => activation === graph.owner));
}

function clearsAll(model: ProgramModel, { graph }: Replacement): boolean {
  return /^_?(?:clear|reset)/i.test(lastOfName(displayName(model.compiler, graph.owner)));
}
