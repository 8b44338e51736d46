/**
 * A lock that nobody waits for: an acquire or a section whose promise is dropped, and work that is started under a lock
 * and goes on after its release, or on what is lent and goes on after it is given back.
 *
 * Reported where the promise is dropped. Work is reported only where it touches what the lock guards, or where it is all
 * that the section could be for; what else goes on in the background is its author's business.
 */
import type { Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { Event } from '../events/event.js';
import { type Confidence, isAtLeast, type Step, type Suggestion } from '../findings/finding.js';
import { floatingMessage, floatingTitles, lentMessage, outlivingMessage, type OutlivingWords } from '../findings/messages/floating-lock.js';
import { activationText } from '../findings/messages/words.js';
import { type Fate, fateOf } from '../summaries/effects/fates.js';
import { floatingAcquires } from '../summaries/locks/floating-acquires.js';
import { type FloatingSection, floatingSections, useAfterSection } from '../summaries/locks/floating-sections.js';
import { lentWork } from '../summaries/locks/lent-work.js';
import { type Outliving, outlivingWork } from '../summaries/locks/outliving.js';
import { harmOf, type OutlivingHarm } from '../summaries/locks/outliving-harm.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { awaitAll, awaitAtOnce, awaitPromise } from '../syntax/await-rewrites.js';
import { displayName, enclosingActivation, outerParent, skipOuter } from '../syntax/functions.js';
import { finallyAround, isWithin } from '../syntax/tree.js';
import { type Check, type Draft, functionName, lineOf, shortText, step } from './check.js';

export const floatingLock: Check = {
  rule: 'no-floating-lock',
  // a section may be handed to a helper and dropped; then nothing here suspends, and the lock is the helper's
  concerns: (model, activation) => model.locks.mayContainLocks(activation.getSourceFile()) && model.graph(activation).closures.length > 0,
  run: (model, graph) => {
    const drafts: Draft[] = [];
    const reported = new Set<ts.Node>();
    for (const draft of [...acquires(model, graph), ...sections(model, graph), ...outliving(model, graph), ...lent(model, graph)]) {
      if (reported.has(draft.node)) continue;
      reported.add(draft.node);
      drafts.push(draft);
    }
    return drafts;
  },
};

// ---------------------------------------------------------------------------------------------------------------
// Acquires and sections

function* acquires(model: ProgramModel, graph: Graph): Generator<Draft> {
  for (const { node, lock, helper, fate, late } of floatingAcquires(model, graph)) {
    const lateLine = late === undefined ? undefined : lineOf(late);
    const message = floatingMessage({ lock: lock.text, what: 'acquire', helper, use: undefined, lateLine });
    const steps = [
      step('B', 'acquire', node, `B acquires \`${lock.text}\``),
      step('A', 'acquire', node, `A asks for \`${lock.text}\` and does not wait`),
      step('A', 'act', fate.node, 'A goes on beside B, without the lock'),
    ];
    yield draftOf(model, graph, { node, place: lock.text, message, steps, confidence: 'high', suggestions: late === undefined ? awaiting(model, fate) : awaitingAtOnce(model, node, fate) });
  }
}

function* sections(model: ProgramModel, graph: Graph): Generator<Draft> {
  for (const section of floatingSections(model, graph)) {
    const { node, lock, fate, helper } = section;
    if (lock.text === 'this') continue; // inside the lock's own class
    const use = useAfterSection(model, graph, section);
    const confidence = confidenceOfSection(model, section, use !== undefined);
    if (confidence === undefined) continue;
    const message = floatingMessage({
      lock: lock.text,
      what: 'section',
      helper,
      use: use === undefined ? undefined : { place: use.place, line: lineOf(use.node) },
      lateLine: undefined,
    });
    const steps: Step[] = [
      step('B', 'acquire', node, `B holds \`${lock.text}\``),
      step('A', 'acquire', node, `A asks for \`${lock.text}\` and does not wait; its section has not begun`),
      ...(use === undefined
        ? [step('A', 'act', fate.node, 'A returns, and its caller takes the section for done')]
        : [step('A', 'use', use.node, `A goes on with \`${use.place}\` as it was before its section`)]),
    ];
    yield draftOf(model, graph, { node, place: lock.text, message, steps, confidence, suggestions: awaiting(model, fate) });
  }
}

/** Whoever writes `void`, handles the failure or cannot wait means it; then only what depends on the section tells. */
function confidenceOfSection(model: ProgramModel, { fate, operation, isInCallee }: FloatingSection, isUsed: boolean): Confidence | undefined {
  // that a call begins a section does not stand where it is made
  if (isUsed) return fate.isVoid || fate.isHandled || isInCallee ? 'medium' : 'high';
  if (operation?.mode === 'counting' || fate.isVoid || fate.isHandled || fate.isContinued) return undefined;
  return awaiting(model, fate).length > 0 ? 'medium' : 'low';
}

// ---------------------------------------------------------------------------------------------------------------
// Work that outlives its section

function* outliving(model: ProgramModel, graph: Graph): Generator<Draft> {
  const best = new Map<ts.Node, { readonly work: Outliving; readonly harm: OutlivingHarm }>();
  for (const work of outlivingWork(model, graph)) {
    const harm = harmOf(model, graph, work);
    const before = best.get(work.node);
    if (harm !== undefined && (before === undefined || !isAtLeast(before.harm.confidence, harm.confidence))) best.set(work.node, { work, harm });
  }
  for (const { work, harm } of best.values()) yield draftOfWork(model, graph, work, harm);
}

function draftOfWork(model: ProgramModel, graph: Graph, work: Outliving, { touch, rival, confidence }: OutlivingHarm): Draft {
  const { node, lock, end, fate } = work;
  const lockText = lock.lock.text;
  const name = functionName(model, graph);
  const rivalName = rival === undefined ? name : displayName(model.compiler, rival.graph.owner);
  const rivalText = rival === undefined || rival.graph === graph ? `another call of ${activationText(name)}` : activationText(rivalName);
  const way = wayOf(work);
  const message = outlivingMessage({
    work: callText(model, node, work.callee),
    lock: lockText,
    isPermit: lock.mode === 'counting',
    way,
    endLine: end === undefined ? undefined : endLine(end, node),
    touch: touch === undefined ? undefined : { place: touch.place.text, line: lineOf(touch.node), isWrite: touch.isWrite },
    rival: rivalText,
  });
  const steps: Step[] = [
    step('A', 'act', node, `A starts this under \`${lockText}\` and does not wait for it`),
    step('A', 'release', end?.node ?? node, `\`${lockText}\` is released`),
    step('B', 'acquire', rival?.event.node ?? node, `B, ${rivalText}, holds \`${lockText}\``),
    ...(rival === undefined ? [] : [step('B', rival.isWrite ? 'write' : 'read', rival.event.node, `B ${rival.isWrite ? 'changes' : 'relies on'} \`${touch?.place.text ?? ''}\``)]),
    touch === undefined
      ? step('A', 'act', node, 'the work of A goes on beside B')
      : step('A', touch.isWrite ? 'write' : 'read', touch.node, `the work of A ${touch.isWrite ? 'changes' : 'reads'} \`${touch.place.text}\` without the lock`),
  ];
  const isCallback = way === 'callback';
  const suggestions = work.callee !== undefined || fate.isRaced || way === 'awaited-late' ? [] : isCallback ? collecting(model, node) : awaiting(model, fate);
  return draftOf(model, graph, { node, place: touch?.place.text ?? lockText, message, steps, confidence, suggestions });
}

function* lent(model: ProgramModel, graph: Graph): Generator<Draft> {
  for (const { node, obligation, release } of lentWork(model, graph)) {
    const { collected } = obligation.operation;
    const taken = shortText(obligation.node);
    const steps = [
      step('A', 'acquire', obligation.node, `A takes what \`${taken}\` gives out`),
      step('A', 'act', node, 'A starts work on it and does not wait'),
      step('A', 'release', release.node, collected ? 'A closes it' : 'A gives it back'),
      step('B', 'acquire', obligation.node, collected ? 'the work of A finds it closed' : 'B gets it, and works on it beside A'),
    ];
    const message = lentMessage({ work: callText(model, node, undefined), taken, line: lineOf(release.node), isClosed: collected });
    yield draftOf(model, graph, { node, place: taken, message, steps, confidence: 'medium', suggestions: awaiting(model, fateOf(model, node)) });
  }
}

/** A section ends where its callback does. */
function endLine(end: Event, node: ts.Node): number {
  const isAround = isWithin(node, end.node);
  return isAround ? endLineOf(end.node) : lineOf(end.node);
}

function endLineOf(node: ts.Node): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(node.end).line + 1;
}

function wayOf({ fate, callee }: Outliving): OutlivingWords['way'] {
  if (callee !== undefined) return 'callee';
  if (fate.isMisused) return 'callback';
  if (fate.isRaced) return 'raced';
  if (fate.isReturned) return 'returned';
  return fate.waits.size > 0 ? 'awaited-late' : 'not-awaited';
}

function callText(model: ProgramModel, node: ts.Expression, callee: string | undefined): string {
  if (callee !== undefined) return callee;
  const { compiler } = model;
  return shortText(compiler.isCallExpression(node) ? node.expression : node, 40);
}

// ---------------------------------------------------------------------------------------------------------------

interface Parts {
  readonly node: ts.Node;
  readonly place: string;
  readonly message: string;
  readonly steps: readonly Step[];
  readonly confidence: Confidence;
  readonly suggestions: readonly Suggestion[];
}

function draftOf(model: ProgramModel, graph: Graph, parts: Parts): Draft {
  return { rule: 'no-floating-lock', effect: 'lost-data', function: functionName(model, graph), ...parts };
}

function awaiting(model: ProgramModel, fate: Fate): Suggestion[] {
  const edits = fate.isBound ? undefined : awaitPromise(model.compiler, fate.node, isWaitedFor(model));
  return edits === undefined ? [] : [{ title: fate.isReturned ? floatingTitles.returnAwait : floatingTitles.await, edits }];
}

/** Only where each wait stands in a `finally`: otherwise the lock that is held in time is not given back when something throws. */
function awaitingAtOnce({ compiler }: ProgramModel, acquire: ts.CallExpression, { waits, links }: Fate): Suggestion[] {
  const isInFinally = (node: ts.Node): boolean => finallyAround(compiler, enclosingActivation(compiler, node), node) !== undefined;
  const edits = links.size > 0 || ![...waits].every(isInFinally) ? undefined : awaitAtOnce(compiler, acquire, waits);
  return edits === undefined ? [] : [{ title: floatingTitles.await, edits }];
}

/** Only arrays have a `map`. */
function collecting(model: ProgramModel, node: ts.Expression): Suggestion[] {
  const { compiler } = model;
  const callee = compiler.isCallExpression(node) ? skipOuter(compiler, node.expression) : node;
  if (!compiler.isPropertyAccessExpression(callee) || !/^(?:Readonly)?Array\./.test(model.questions.libraryMember(callee.name) ?? '')) return [];
  const edits = awaitAll(compiler, node, isWaitedFor(model));
  return edits === undefined ? [] : [{ title: floatingTitles.all, edits }];
}

/** The section waits for what its callback returns. */
function isWaitedFor({ compiler, locks }: ProgramModel): (callback: ts.Node) => boolean {
  return (callback) => {
    const { parent } = outerParent(compiler, callback);
    return compiler.isCallExpression(parent) && locks.classifyCall(parent)?.kind === 'run';
  };
}
