/**
 * A lock that nobody waits for: an acquire or a section whose promise is dropped, and work that is started under a lock
 * and goes on after its release.
 *
 * Reported where the promise is dropped. Work is reported only where it touches what the lock guards, or where it is all
 * that the section could be for; what else goes on in the background is its author's business.
 */
import { blockAt, eventsOf, type Graph } from '../cfg/graph.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import type { Event, LockReference } from '../events/event.js';
import type { Confidence, Step, Suggestion } from '../findings/finding.js';
import { floatingMessage, floatingTitles, outlivingMessage, type OutlivingWords } from '../findings/messages/floating-lock.js';
import { activationText } from '../findings/messages/words.js';
import { isDistant, writeAffectsRead } from '../places/place.js';
import { mayOverlap } from '../summaries/actors/contexts.js';
import { type Fate, fateOf, isDropped } from '../summaries/effects/fates.js';
import { type FloatingSection, floatingSections } from '../summaries/locks/floating-sections.js';
import { heldLocks, isClaim, takenByHelper } from '../summaries/locks/held-locks.js';
import { blocksOf, isAsynchronous, type LaterAccess } from '../summaries/effects/later-accesses.js';
import { isStateOfLock } from '../summaries/locks/lock-state.js';
import { isSameLock } from '../summaries/effects/mutations.js';
import { obligationsOf } from '../summaries/locks/obligations.js';
import { mayBeWork, type Outliving, outlivingWork } from '../summaries/locks/outliving.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type SectionRival, sectionRival } from '../summaries/actors/section-rivals.js';
import { isShared } from '../summaries/actors/sharing.js';
import { awaitAll, awaitAtOnce, awaitPromise } from '../syntax/await-rewrites.js';
import { displayName, isFunctionLiteral, isFunctionNode, outerParent, skipOuter } from '../syntax/functions.js';
import { isWithin } from '../syntax/tree.js';
import { type Check, type Draft, functionName, lineOf, shortText, step } from './check.js';

export const floatingLock: Check = {
  rule: 'no-floating-lock',
  // a section may be handed to a helper and dropped; then nothing here suspends, and the lock is the helper's
  concerns: (model, activation) => model.locks.mayContainLocks(activation.getSourceFile()) && model.graph(activation).closures.length > 0,
  run: (model, graph) => {
    const drafts: Draft[] = [];
    const reported = new Set<ts.Node>();
    for (const draft of [...acquires(model, graph), ...sections(model, graph), ...outliving(model, graph)]) {
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
  const { compiler } = model;
  const { owner } = graph;
  // a gate that is closed when it is made
  if (compiler.isSourceFile(owner) || compiler.isConstructorDeclaration(owner)) return;
  for (const { node, lock, helper } of asynchronousAcquires(model, graph)) {
    const fate = fateOf(model, node);
    const late = awaitedToRelease(model, graph, node, fate);
    if (late === undefined && (!isDropped(fate) || fate.isContinued)) continue;
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
    const isMember = compiler.isPropertyAccessExpression(parent) && compiler.isCallExpression(parent.parent) && parent.parent.expression === parent;
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

interface Acquiring {
  readonly node: ts.CallExpression;
  readonly lock: LockReference;
  readonly helper: string | undefined;
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

function* sections(model: ProgramModel, graph: Graph): Generator<Draft> {
  for (const section of floatingSections(model, graph)) {
    const { node, lock, fate, helper } = section;
    if (lock.text === 'this') continue; // inside the lock's own class
    const use = useAfter(model, graph, section);
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
function confidenceOfSection(model: ProgramModel, { fate, operation }: FloatingSection, isUsed: boolean): Confidence | undefined {
  if (isUsed) return fate.isVoid || fate.isHandled ? 'medium' : 'high';
  if (operation?.mode === 'counting' || fate.isVoid || fate.isHandled || fate.isContinued) return undefined;
  return awaiting(model, fate).length > 0 ? 'medium' : 'low';
}

/** What the activation reads, after it has handed in the section, of what the section writes. */
function useAfter(model: ProgramModel, graph: Graph, section: FloatingSection): { readonly place: string; readonly node: ts.Node } | undefined {
  const written = section.writes.filter((place) => isShared(model, graph, place));
  if (written.length === 0) return undefined;
  const seen = new Set<number>();
  const work = [section.after];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const block = blockAt(graph, item.block);
    let hasSuspended = false;
    for (const event of block.events.slice(item.index)) {
      // meanwhile the section may have run
      if (event.kind === 'suspend') hasSuspended = true;
      if (hasSuspended) break;
      if (event.kind !== 'read' || isWithin(event.node, section.node)) continue;
      const place = written.find((other) => writeAffectsRead(other, event.place));
      if (place !== undefined) return { place: event.place.text, node: event.node };
    }
    if (hasSuspended) continue;
    for (const edge of block.out) {
      if (edge.label === 'throws' || graph.continuations.has(edge.to) || seen.has(edge.to)) continue;
      seen.add(edge.to);
      work.push({ block: edge.to, index: 0 });
    }
  }
  return undefined;
}

// ---------------------------------------------------------------------------------------------------------------
// Work that outlives its section

interface Harm {
  readonly touch: LaterAccess | undefined;
  readonly rival: SectionRival | undefined;
  readonly confidence: Confidence;
}

function* outliving(model: ProgramModel, graph: Graph): Generator<Draft> {
  const best = new Map<ts.Node, { readonly work: Outliving; readonly harm: Harm }>();
  for (const work of outlivingWork(model, graph)) {
    const harm = harmOf(model, graph, work);
    const before = best.get(work.node);
    if (harm !== undefined && (before === undefined || rank(harm) > rank(before.harm))) best.set(work.node, { work, harm });
  }
  for (const { work, harm } of best.values()) yield draftOfWork(model, graph, work, harm);
}

function rank({ confidence }: Harm): number {
  return ['low', 'medium', 'high'].indexOf(confidence);
}

function harmOf(model: ProgramModel, graph: Graph, work: Outliving): Harm | undefined {
  const { lock, accesses } = work;
  const own = new Set<ts.Node>([work.node, work.start.node, ...accesses.map(({ node }) => node)]);
  const blocks = work.block === undefined ? undefined : blocksOf(graph, work.block);
  const isOwn = (event: Event): boolean => own.has(event.node) || (blocks?.has(event.block) === true && blockAt(graph, event.block).events.includes(event));
  const unguarded = accesses.filter(
    (access) =>
      isShared(model, graph, access.place) &&
      !isStateOfLock(model, access.place, lock.lock) &&
      !access.locks.some((held) => isSameLock(held, lock.lock)) &&
      (access.collection === undefined || model.questions.isCollection(access.collection)),
  );
  if (lock.mode !== 'counting') {
    for (const touch of [...unguarded].sort((left, right) => Number(right.isWrite) - Number(left.isWrite))) {
      const rival = sectionRival(model, lock.lock, touch.place, touch.isWrite, graph.owner, isOwn);
      if (rival === undefined) continue;
      if (rival.graph === graph && !mayOverlap(model, graph.owner, touch.place)) continue;
      return { touch, rival, confidence: confidenceOfTouch(work, touch) };
    }
  }
  if (isClaim(lock) || !isAllThereIs(model, graph, work)) return undefined;
  const touch = unguarded.find((access) => access.isWrite && mayOverlap(model, graph.owner, access.place));
  if (touch !== undefined) return { touch, rival: undefined, confidence: isMeant(work.fate) || work.callee !== undefined ? 'medium' : 'high' };
  if (work.callee !== undefined || isMeant(work.fate) || !work.isPartial || !mayBeWork(model, work)) return undefined;
  return { touch: undefined, rival: undefined, confidence: 'medium' };
}

function confidenceOfTouch({ fate, callee, lock }: Outliving, touch: LaterAccess): Confidence {
  // the function does not know of the lock that its callers hold
  if (lock.origin === 'caller' || isDistant(touch.place)) return 'low';
  // a flag keeps a second task from doing the same; what others read meanwhile it does not promise
  if (isClaim(lock) && !touch.isWrite) return 'low';
  if (isMeant(fate)) return touch.isWrite ? 'medium' : 'low';
  // a function that leaves work running mostly means it, and knows nothing of the lock that its caller holds
  if (callee !== undefined) return 'low';
  if (fate.isRaced) return touch.isWrite ? 'medium' : 'low';
  return isClaim(lock) ? 'medium' : 'high';
}

function isMeant(fate: Fate): boolean {
  return fate.isVoid || (fate.isHandled && isDropped(fate));
}

/**
 * Whether the section has nothing else to protect: it does not suspend and writes nothing shared. A lock for that would
 * be in vain, so it is there for the work.
 */
function isAllThereIs(model: ProgramModel, graph: Graph, { lock, start, block }: Outliving): boolean {
  if (lock.origin !== 'lock') return false;
  const held = heldLocks(model, graph);
  const own = block === undefined ? undefined : blocksOf(graph, block);
  for (const event of eventsOf(graph)) {
    if (own?.has(event.block) === true || (event.kind !== 'suspend' && event.kind !== 'write')) continue;
    if (event.kind === 'write' && !isShared(model, graph, event.place)) continue;
    if (event.node === start.node) continue;
    if (held.at(event).some((other) => other.lock.key === lock.lock.key)) return false;
  }
  return true;
}

function draftOfWork(model: ProgramModel, graph: Graph, work: Outliving, { touch, rival, confidence }: Harm): Draft {
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
  const isInFinally = (node: ts.Node): boolean => {
    for (let child = node; !isFunctionNode(compiler, child) && !compiler.isSourceFile(child); child = child.parent) {
      if (compiler.isTryStatement(child.parent) && child.parent.finallyBlock === child) return true;
    }
    return false;
  };
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
