/**
 * A shared place is read, the task suspends, and what it writes back is made of the old content: what another task wrote in
 * between is lost.
 *
 * Reported where it is written back. The write may lie in a setter; then its call is reported.
 */
import type { Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { Step } from '../findings/finding.js';
import type { CallEvent } from '../events/event.js';
import { type Confidence, isAtLeast } from '../findings/finding.js';
import {
  exchangeMessage,
  exchangeSteps,
  lostUpdateMessage,
  lostUpdateSteps,
  dispatchedSnapshotMessage,
  dispatchedSnapshotSteps,
  renderedStateMessage,
  renderedStateSteps,
  repeatedNumberMessage,
  repeatedNumberSteps,
  repeatedPageMessage,
  repeatedPageSteps,
  savedRowMessage,
  savedRowSteps,
  updatedRowMessage,
  updatedRowSteps,
} from '../findings/messages/lost-update.js';
import { activationText } from '../findings/messages/words.js';
import { heldLocks } from '../summaries/locks/held-locks.js';
import { heldUnderAnyKey, isOneForAllKeys } from '../summaries/locks/keyed-locks.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type ComponentPage, componentPagesOf } from '../summaries/races/component-pages.js';
import { type DispatchedSnapshot, dispatchedSnapshots } from '../summaries/races/dispatched-snapshots.js';
import { type RenderedState, renderedStates } from '../summaries/races/rendered-state.js';
import { type RepeatedNumber, repeatedNumbersOf } from '../summaries/races/repeated-numbers.js';
import { type RepeatedPage, repeatedPagesOf } from '../summaries/races/repeated-pages.js';
import { savedFiles } from '../summaries/races/saved-files.js';
import { type SavedRow, savedRows } from '../summaries/races/saved-rows.js';
import { savedWholes } from '../summaries/races/saved-wholes.js';
import { type SpentValue, spentValues } from '../summaries/races/spent-values.js';
import { type UpdatedRow, updatedRows } from '../summaries/races/updated-rows.js';
import { splitUpdatesOf, type Update, updateConfidence } from '../summaries/races/updates.js';
import { isWithin } from '../syntax/tree.js';
import { type Check, type Draft, functionName, lineOf, shortText, step } from './check.js';

export const lostUpdate: Check = {
  rule: 'no-lost-update',
  run: (model, graph) => {
    const drafts: Draft[] = [];
    const reported = new Set<ts.Node>();
    const bySetter = new Map<string, Confidence>();
    for (const update of splitUpdatesOf(model, graph, heldLocks(model, graph))) {
      // a `finally` has one copy for each way in
      if (reported.has(update.event.node)) continue;
      reported.add(update.event.node);
      const draft = update.exchange === undefined ? draftOf(model, graph, update, undefined) : ofExchange(model, graph, update, update.exchange);
      // what one setter loses in several branches is one defect
      const setter = setterOf(update);
      const known = setter === undefined ? undefined : bySetter.get(setter);
      if (known !== undefined && isAtLeast(known, draft.confidence)) continue;
      if (setter !== undefined) bySetter.set(setter, draft.confidence);
      drafts.push(draft);
    }
    const spent = spentValues(model, graph, heldLocks(model, graph));
    const updated = updatedRows(model, graph);
    const wholes = savedWholes(model, graph).filter(({ save }) => ![...spent, ...updated].some((other) => other.save === save));
    const isTold = ({ save }: SavedRow): boolean => [...spent, ...updated, ...wholes].some((other) => other.save.node === save.node);
    drafts.push(
      ...spent.map((value) => ofSpent(model, graph, value)),
      ...renderedStates(model, graph).map((rendered) => ofRendered(model, graph, rendered)),
      ...dispatchedSnapshots(model, graph).map((dispatched) => ofDispatched(model, graph, dispatched)),
      ...updated.map((row) => ofUpdate(model, graph, row)),
      ...wholes.map((whole) => ofRow(model, graph, whole)),
      ...[...savedRows(model, graph), ...savedFiles(model, graph)].filter((saved) => !isTold(saved)).map((saved) => ofRow(model, graph, saved)),
      ...[...repeatedNumbersOf(model, graph, heldLocks(model, graph))].map((repeated) => ofNumber(model, graph, repeated)),
      ...[...componentPagesOf(model, graph, heldLocks(model, graph))].map((repeated) => ofPage(model, graph, repeated)),
      ...[...repeatedPagesOf(model, graph, heldLocks(model, graph))].flatMap((repeated) => (reported.has(repeated.event.node) ? [] : [ofPage(model, graph, repeated)])),
    );
    const others = heldUnderAnyKey(model, graph);
    if (others === undefined) return drafts;
    for (const update of splitUpdatesOf(model, graph, others.held)) {
      const { event, place, rival } = update;
      const isShared = isOneForAllKeys(model, place) || others.isUnderOtherKey(event, place);
      const keyed = rival.isSelf && isShared ? others.keyedAt(event) : undefined;
      if (keyed === undefined || reported.has(event.node)) continue;
      reported.add(event.node);
      drafts.push(draftOf(model, graph, update, keyed));
    }
    return drafts;
  },
};

/** The setter that writes the place, and for which place. */
function setterOf({ event, inner, place }: Update): string | undefined {
  return inner === undefined || event.kind !== 'call' ? undefined : `${place.key} ${event.name ?? ''}`;
}

/** That the answers differ is likely, and not known. */
function ofExchange(model: ProgramModel, graph: Graph, { event, place, look, suspension }: Update, call: CallEvent): Draft {
  return exchangeDraft(model, graph, { read: look.event.node, readText: look.place.text, call, pause: suspension?.node ?? look.event.node, write: event.node, place: place.text });
}

function ofSpent(model: ProgramModel, graph: Graph, { text, load, call, suspension, save }: SpentValue): Draft {
  return exchangeDraft(model, graph, { read: load.node, readText: text, call, pause: suspension.node, write: save.node, place: text });
}

interface ExchangeNodes {
  readonly read: ts.Node;
  readonly readText: string;
  readonly call: CallEvent;
  readonly pause: ts.Node;
  readonly write: ts.Node;
  readonly place: string;
}

function exchangeDraft(model: ProgramModel, graph: Graph, { read, readText, call, pause, write, place }: ExchangeNodes): Draft {
  const name = functionName(model, graph);
  const words = {
    place: readText,
    readLine: lineOf(call.node),
    callee: call.name ?? 'the callee',
    suspensionLine: lineOf(pause),
    isAwait: model.compiler.isAwaitExpression(pause),
    activation: activationText(name),
  };
  const texts = exchangeSteps(words);
  return {
    rule: 'no-lost-update',
    message: exchangeMessage(words),
    confidence: 'medium',
    effect: 'lost-data',
    node: write,
    function: name,
    place,
    steps: [
      step('A', 'read', read, texts.read),
      step('A', 'suspend', pause, texts.suspend),
      step('B', 'read', read, texts.rivalRead),
      step('B', 'write', write, texts.rivalWrite),
      step('A', 'write', write, texts.write),
    ],
    suggestions: [],
  };
}

/**
 * Whether two tasks work on one row, and whether the store compares versions, is not in sight: these are for `strict`, but for a row that is
 * one for all, or there for what several callers bring.
 */
function ofRow(model: ProgramModel, graph: Graph, { kind, row, load, change, save, isGathered, isOneForAll, isSameAgain }: SavedRow): Draft {
  const texts = savedRowSteps(kind, row, activationText(functionName(model, graph)));
  return {
    rule: 'no-lost-update',
    message: savedRowMessage({ kind, row, loadLine: lineOf(load.node), changeLine: change === undefined ? undefined : lineOf(change.node), activation: activationText(functionName(model, graph)) }),
    confidence: isGathered === true || (isOneForAll === true && isSameAgain !== true) ? 'medium' : 'low',
    effect: 'lost-data',
    node: save.node,
    function: functionName(model, graph),
    place: row,
    steps: loadedAndSaved(load.node, save.node, texts),
    suggestions: [],
  };
}

function ofUpdate(model: ProgramModel, graph: Graph, { text, load, save }: UpdatedRow): Draft {
  const words = { text, activation: activationText(functionName(model, graph)) };
  const texts = updatedRowSteps(words);
  return {
    rule: 'no-lost-update',
    message: updatedRowMessage({ ...words, loadLine: lineOf(load.node) }),
    confidence: 'medium',
    effect: 'lost-data',
    node: save.node,
    function: functionName(model, graph),
    place: text,
    steps: loadedAndSaved(load.node, save.node, texts),
    suggestions: [],
  };
}

/** Both load, and the one that saves last undoes what the other has saved. */
function loadedAndSaved(load: ts.Node, save: ts.Node, texts: Record<'load' | 'rivalLoad' | 'rivalSave' | 'save', string>): Step[] {
  return [step('A', 'read', load, texts.load), step('B', 'read', load, texts.rivalLoad), step('B', 'write', save, texts.rivalSave), step('A', 'write', save, texts.save)];
}

function ofNumber(model: ProgramModel, graph: Graph, { event, collection, count, suspension, rival }: RepeatedNumber): Draft {
  const words = { collection: collection.text, count: shortText(count.node), rival: activationText(rival.name) };
  const texts = repeatedNumberSteps(words);
  return {
    rule: 'no-lost-update',
    message: repeatedNumberMessage({ ...words, countLine: lineOf(count.node), suspensionLine: lineOf(suspension.node), isAwait: model.compiler.isAwaitExpression(suspension.node) }),
    confidence: 'medium',
    effect: 'lost-data',
    node: event.node,
    function: functionName(model, graph),
    place: collection.text,
    steps: [
      step('A', 'read', count.node, texts.count),
      step('A', 'suspend', suspension.node, 'A suspends; other tasks run'),
      step('B', 'read', count.node, texts.rivalCount),
      step('B', 'write', event.node, texts.rivalAdd),
      step('A', 'write', event.node, texts.add),
    ],
    suggestions: [],
  };
}

function ofPage(model: ProgramModel, graph: Graph, { event, collection, position, suspension, rival }: RepeatedPage | ComponentPage): Draft {
  const words = { collection: collection.text, position: position.place.text, rival: activationText(rival.name) };
  const texts = repeatedPageSteps(words);
  return {
    rule: 'no-lost-update',
    message: repeatedPageMessage({ ...words, positionLine: lineOf(position.node), suspensionLine: lineOf(suspension.node), isAwait: model.compiler.isAwaitExpression(suspension.node) }),
    confidence: 'medium',
    effect: 'duplicate-work',
    node: event.node,
    function: functionName(model, graph),
    place: collection.text,
    steps: [
      step('A', 'read', position.node, texts.ask),
      step('A', 'suspend', suspension.node, 'A suspends; other tasks run'),
      step('B', 'read', position.node, texts.rivalAsk),
      step('A', 'write', event.node, texts.add),
      step('B', 'write', event.node, texts.rivalAdd),
    ],
    suggestions: [],
  };
}

function ofRendered(model: ProgramModel, graph: Graph, { event, setter, suspension }: RenderedState): Draft {
  const { text } = event.place;
  const name = functionName(model, graph);
  const isAwait = model.compiler.isAwaitExpression(suspension.node);
  const words = { state: text, setter, suspensionLine: lineOf(suspension.node), isAwait, activation: activationText(name) };
  const texts = renderedStateSteps(words);
  return {
    rule: 'no-lost-update',
    message: renderedStateMessage(words),
    confidence: 'high',
    effect: 'lost-data',
    node: event.node,
    function: name,
    place: text,
    steps: [
      step('A', 'suspend', suspension.node, texts.suspend),
      step('B', 'write', event.node, texts.rivalSet),
      step('A', 'write', event.node, texts.set),
    ],
    suggestions: [],
  };
}

function ofDispatched(model: ProgramModel, graph: Graph, { event, text, read, suspension }: DispatchedSnapshot): Draft {
  const name = functionName(model, graph);
  const isAwait = model.compiler.isAwaitExpression(suspension.node);
  const words = { list: text, readLine: lineOf(read), suspensionLine: lineOf(suspension.node), isAwait, activation: activationText(name) };
  const texts = dispatchedSnapshotSteps(words);
  return {
    rule: 'no-lost-update',
    message: dispatchedSnapshotMessage(words),
    confidence: 'medium',
    effect: 'lost-data',
    node: event.node,
    function: name,
    place: text,
    steps: [
      step('A', 'read', read, texts.read),
      step('A', 'suspend', suspension.node, 'A suspends; other tasks run'),
      step('B', 'write', event.node, texts.rivalSet),
      step('A', 'write', event.node, texts.set),
    ],
    suggestions: [],
  };
}

/** `keyed` is the lock that does not keep the rival out, which works under another key. */
function draftOf(model: ProgramModel, graph: Graph, update: Update, keyed: string | undefined): Draft {
  const { event, place, look, rival, inner } = update;
  const { compiler } = model;
  const suspension = update.suspension?.node ?? look.event.node;
  const writeNode = inner?.node ?? event.node;
  const words = { place: place.text, rival: activationText(rival.name), rivalIsSelf: rival.isSelf };
  const confidence = updateConfidence(model, graph, update);
  const texts = lostUpdateSteps({ ...words, keyed });
  return {
    rule: 'no-lost-update',
    message: lostUpdateMessage({
      ...words,
      readLine: lineOf(look.event.node),
      callee: event.kind === 'call' ? (event.name ?? 'the callee') : undefined,
      suspensionLine: lineOf(suspension),
      isAwait: compiler.isAwaitExpression(suspension),
      isSameStatement: isWithin(suspension, event.node),
      keyed,
      isOtherKey: keyed !== undefined && !isOneForAllKeys(model, place),
    }),
    // the callers may all bring the same key
    confidence: keyed !== undefined && confidence === 'high' ? 'medium' : confidence,
    effect: 'lost-data',
    node: event.node,
    function: functionName(model, graph),
    place: place.text,
    steps: [
      step('A', 'read', look.event.node, texts.read),
      step('A', 'suspend', suspension, texts.suspend),
      step('B', 'write', rival.isSelf ? writeNode : rival.node, texts.rivalWrite),
      step('A', 'write', writeNode, texts.write),
    ],
    suggestions: [],
  };
}
