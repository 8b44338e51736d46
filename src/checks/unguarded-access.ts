/**
 * A place that a lock guards is touched without the lock, or written under its shared mode; a function that requires a lock
 * is called without it; an annotation has no effect.
 *
 * Reported where the access or the call is, once for each place and function.
 */
import { eventsOf, type Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { CallEvent, LockReference } from '../events/event.js';
import type { Confidence } from '../findings/finding.js';
import {
  missingLockMessage, movedPositionMessage, sharedWriteMessage, undoneMessage, unguardedMessage, unguardedSteps as texts, unusedAnnotationMessage,
} from '../findings/messages/unguarded-access.js';
import { activationText } from '../findings/messages/words.js';
import { rebase } from '../places/place.js';
import { displayName } from '../syntax/functions.js';
import { isInitialiser, isOfConfined } from '../summaries/actors/confinement.js';
import { runsOnce } from '../summaries/actors/contexts.js';
import { requiredLocks } from '../summaries/locks/guard-annotations.js';
import { type Access, accessesOf, type Guard, guardedBase, guardOf, isOfReleasingTurn, mayBeHeld, modeOf, tornSection } from '../summaries/locks/guards.js';
import { heldLocks } from '../summaries/locks/held-locks.js';
import { type UndoneWrite, undoneWrite } from '../summaries/locks/needed-guards.js';
import { hasLocks, mayHoldLocks } from '../summaries/locks/lock-presence.js';
import { movedPositions } from '../summaries/races/moved-positions.js';
import { isSameLock } from '../summaries/effects/mutations.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { isPartOfTeardown } from '../summaries/protocols/slot-lifetime.js';
import { mentionsAnnotations, unusedAnnotations } from '../summaries/locks/unused-annotations.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

/** Fewer accesses under a lock are no habit. */
const defaultMinimumSites = 3;

/** So many of the accesses that hold the lock are shown. */
const sitesShown = 4;

export const unguardedAccess: Check = {
  rule: 'no-unguarded-access',
  concerns: (model, activation) => hasLocks(model, activation.getSourceFile()) || (model.compiler.isSourceFile(activation) && mentionsAnnotations(activation)),
  run: (model, graph, options) => [
    ...(model.compiler.isSourceFile(graph.owner) ? annotationsWithoutEffect(model, graph, graph.owner) : []),
    ...callsWithoutLock(model, graph),
    ...positionsWithoutLock(model, graph, accessesWithoutLock(model, graph, options.minimumSites ?? defaultMinimumSites)),
  ],
};

function draft(model: ProgramModel, graph: Graph, found: Omit<Draft, 'rule' | 'effect' | 'function' | 'suggestions'>): Draft {
  return { rule: 'no-unguarded-access', effect: 'lost-data', function: functionName(model, graph), suggestions: [], ...found };
}

function accessesWithoutLock(model: ProgramModel, graph: Graph, minimumSites: number): Draft[] {
  const { owner } = graph;
  if (!hasLocks(model, owner.getSourceFile())) return [];
  const drafts = new Map<string, Draft>();
  const seen = new Set<string>();
  for (const event of eventsOf(graph)) {
    const base = event.kind === 'read' || event.kind === 'write' ? guardedBase(event.place) : undefined;
    if (base === undefined || seen.has(base.key)) continue;
    seen.add(base.key);
    const own = accessesOf(model, base).filter((access) => access.graph === graph);
    if (own.length === 0) continue;
    const all = accessesOf(model, base);
    const found = sharedWrite(model, all, own) ?? bareAccess(model, guardOf(model, base, minimumSites), own) ?? undone(model, undoneWrite(model, all, own));
    if (found === undefined || isOfConfined(model, base)) continue;
    // who else may be there is asked last: it takes a look at the whole program
    if (runsOnce(model, owner) || isInitialiser(model, owner)) return [];
    drafts.set(base.key, found);
  }
  return [...drafts.values()];
}

/** A list that others change under the lock is gone through by position, over suspensions and without the lock. */
function positionsWithoutLock(model: ProgramModel, graph: Graph, found: Draft[]): Draft[] {
  const reported = new Set(found.map(({ node }) => lineOf(node)));
  for (const { isInSection, list, lock, use, suspension, rival } of hasLocks(model, graph.owner.getSourceFile()) ? movedPositions(model, graph) : []) {
    if (isInSection || reported.has(lineOf(use))) continue;
    const by = activationText(displayName(model.compiler, rival.graph.owner));
    found.push(
      draft(model, graph, {
        message: movedPositionMessage({ list: list.text, lock: lock.lock.text, suspensionLine: lineOf(suspension.node), rival: by }),
        confidence: 'medium',
        node: use,
        place: list.text,
        steps: [
          step('A', 'read', use, texts.position(list.text)),
          step('A', 'suspend', suspension.node, texts.wait(lock.lock.text)),
          step('B', 'write', rival.event.node, texts.move(by, list.text)),
          step('A', 'use', use, texts.next(list.text)),
        ],
      }),
    );
  }
  return found;
}

/** A write under the shared mode of a lock that others hold when they touch the place. */
function sharedWrite(model: ProgramModel, all: readonly Access[], own: readonly Access[]): Draft | undefined {
  for (const access of own) {
    if (access.event.kind !== 'write' || !mayHoldLocks(model, access.graph.owner)) continue;
    const shared = access.held.find(({ mode }) => mode === 'shared');
    if (shared === undefined || access.held.some(({ mode }) => mode === 'exclusive')) continue;
    const { lock } = shared;
    const rival = all.find((other) => other.graph !== access.graph && modeOf(other, lock) !== undefined);
    if (rival === undefined) continue;
    const { place, node } = access.event;
    return draft(model, access.graph, {
      message: sharedWriteMessage({ place: place.text, lock: lock.text }),
      // where no section is in the middle of something, the write is over before anybody can tell
      confidence: tornSection(all.filter((other) => modeOf(other, lock) !== undefined), lock) === undefined ? 'low' : 'medium',
      node,
      place: place.text,
      steps: [step('A', 'write', node, texts.sharedFirst(place.text)), step('B', 'use', rival.event.node, texts.sharedSecond(place.text))],
    });
  }
  return undefined;
}

function bareAccess(model: ProgramModel, guard: Guard | undefined, own: readonly Access[]): Draft | undefined {
  if (guard === undefined || (!guard.isDeclared && guard.torn === undefined)) return undefined;
  const { lock, torn } = guard;
  // whoever keeps others out in another way follows a protocol of its own
  const bare = own.filter((access) => access.held.length === 0 && !mayBeHeld(access, lock) && !isOfReleasingTurn(access, lock));
  // by habit, a read alone is no finding: it is over before anybody else runs
  const read = guard.isDeclared ? bare[0] : readAgain(guard, bare);
  const access = bare.find(({ event }) => event.kind === 'write') ?? read;
  if (access === undefined) return undefined;
  const { place, node, kind } = access.event;
  const isWrite = kind === 'write';
  const section = torn === undefined ? undefined : activationText(functionName(model, torn.first.graph));
  return draft(model, access.graph, {
    message: unguardedMessage({
      place: place.text,
      lock: lock.text,
      isWrite,
      isDeclared: guard.isDeclared,
      locked: guard.locked.length,
      sites: guard.sites,
      sectionName: section,
      suspensionLine: torn === undefined ? undefined : lineOf(torn.suspension.node),
    }),
    confidence: confidenceOf(model, guard, access),
    node,
    place: place.text,
    steps: [
      ...(torn === undefined
        ? [step('B', isWrite ? 'write' : 'read', node, texts.bare(place.text, isWrite))]
        : [
            step('A', 'acquire', torn.first.event.node, texts.acquire(lock.text)),
            step('A', 'suspend', torn.suspension.node, texts.suspend),
            step('B', isWrite ? 'write' : 'read', node, texts.bare(place.text, isWrite)),
            step('A', 'use', torn.last.event.node, texts.last),
          ]),
      ...guard.locked.slice(0, sitesShown).map((site) => step('A', 'use', site.event.node, texts.site(lock.text))),
    ],
  });
}

/** A write without the lock that a section undoes. */
function undone(model: ProgramModel, found: UndoneWrite | undefined): Draft | undefined {
  if (found === undefined) return undefined;
  const { bare, lock, section } = found;
  const { place, node } = bare.event;
  const name = activationText(functionName(model, section.graph));
  return draft(model, bare.graph, {
    message: undoneMessage({ place: place.text, lock: lock.text, section: name, lookLine: lineOf(section.look.node), suspensionLine: lineOf(section.suspension.node), writeLine: lineOf(section.write.node) }),
    confidence: isPartOfTeardown(model, bare.graph.owner, undefined) ? 'low' : 'medium',
    node,
    place: place.text,
    steps: [
      step('A', 'read', section.look.node, texts.acquire(lock.text)),
      step('A', 'suspend', section.suspension.node, texts.suspend),
      step('B', 'write', node, texts.bare(place.text, true)),
      step('A', 'write', section.write.node, texts.undo(place.text)),
    ],
  });
}

function confidenceOf(model: ProgramModel, guard: Guard, { graph, event }: Access): Confidence {
  if (isPartOfTeardown(model, graph.owner, undefined)) return 'low';
  if (guard.isDeclared) return 'medium';
  return event.kind === 'read' || isCalledInSection(model, guard, graph) ? 'low' : 'medium';
}

/** What is read before a suspension and again after it: a section may have written in between. */
function readAgain({ locked, lock }: Guard, bare: readonly Access[]): Access | undefined {
  return locked.some(({ event }) => event.kind === 'write') ? tornSection(bare, lock)?.last : undefined;
}

/** Some caller holds the lock: the function may be meant for such callers only. */
function isCalledInSection(model: ProgramModel, { locked, lock }: Guard, graph: Graph): boolean {
  return [...new Set(locked.map((access) => access.graph))].some((section) =>
    eventsOf(section).some(
      (event) =>
        event.kind === 'call' &&
        model.callee(event, 'syntactic') === graph.owner &&
        heldLocks(model, section).at(event).some((held) => isSameLock(held.lock, lock)),
    ),
  );
}

function callsWithoutLock(model: ProgramModel, graph: Graph): Draft[] {
  const drafts: Draft[] = [];
  if (!model.compiler.isSourceFile(graph.owner) && model.compiler.isConstructorDeclaration(graph.owner)) return drafts;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call') continue;
    const callee = model.callee(event, 'syntactic');
    if (callee === undefined) continue;
    for (const required of requiredLocks(model, callee)) {
      const lock = seenByCaller(required, event);
      if (lock === undefined || heldLocks(model, graph).at(event).some((held) => isSameLock(held.lock, lock))) continue;
      const name = activationText(displayName(model.compiler, callee));
      drafts.push(
        draft(model, graph, {
          message: missingLockMessage({ callee: name, lock: lock.text }),
          confidence: 'medium',
          node: event.node,
          place: lock.text,
          steps: [step('A', 'act', event.node, texts.call(name)), step('A', 'use', callee.name ?? callee, texts.callee)],
        }),
      );
      break;
    }
  }
  return drafts;
}

/** A lock of the callee's object is one of the receiver's; a receiver without a place cannot be told. */
function seenByCaller(lock: LockReference, call: CallEvent): LockReference | undefined {
  if (lock.place?.root.kind !== 'this') return lock;
  const receiver = call.receiver?.place;
  const place = receiver === undefined ? undefined : rebase(lock.place, receiver);
  return place === undefined ? undefined : { ...lock, key: place.key, place, text: place.text };
}

function annotationsWithoutEffect(model: ProgramModel, graph: Graph, file: ts.SourceFile): Draft[] {
  return unusedAnnotations(model, file).map(({ tag, name, reason }) =>
    draft(model, graph, {
      message: unusedAnnotationMessage({ tag: tag.tagName.text, name, reason }),
      // what is so without the annotation may be stated for its reader
      confidence: reason === 'implied' ? 'low' : 'medium',
      node: tag,
      place: name,
      steps: [step('A', 'use', tag, texts.annotation)],
    }),
  );
}
