/**
 * A reference to what a lock guards leaves the section and is used after the release, when another task can have changed
 * the object.
 *
 * Reported where it is used after a suspension, or where it is handed to callers.
 */
import type { Graph } from '../cfg/graph.js';
import { oneBefore } from '../cfg/walk.js';
import type { AcquireEvent, Event, LockReference } from '../events/event.js';
import type { Step } from '../findings/finding.js';
import { awaitWorkTitle, copyTitle, lockEscapeMessage } from '../findings/messages/lock-escape.js';
import { activationText } from '../findings/messages/words.js';
import { copyInSection } from '../summaries/effects/copies.js';
import { holdsOneOf, isSameLock, locksAtMutation, type Mutation } from '../summaries/effects/mutations.js';
import { type Escape, escapesOf } from '../summaries/locks/escapes.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { displayName } from '../syntax/functions.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const lockEscape: Check = {
  rule: 'no-lock-escape',
  run: (model, graph) => escapesOf(model, graph).map((escape) => draftOf(model, graph, escape)),
};

function draftOf(model: ProgramModel, graph: Graph, escape: Escape): Draft {
  const { reference, locks, mutation, node, suspension, way } = escape;
  const place = reference.place.text;
  const rewrite = copyInSection(model, reference, node, way);
  const title = reference.kind === 'promise' ? awaitWorkTitle() : copyTitle(place);
  return {
    rule: 'no-lock-escape',
    message: lockEscapeMessage({
      place,
      kind: reference.kind,
      isShallowCopy: reference.depth === 1,
      lock: locks[0]?.text ?? '',
      way: way === 'use' ? { by: way, takenLine: lineOf(reference.event.node), suspensionLine: lineOf(suspension?.node ?? node) } : { by: way },
      rival: activationText(displayName(model.compiler, mutation.graph.owner)),
      rivalIsSelf: mutation.graph === graph,
      rivalLine: lineOf(mutation.event.node),
      rivalAct: actOf(mutation),
    }),
    confidence: escape.isProven ? 'high' : 'medium',
    effect: mutation.nature === 'end' ? 'broken-resource' : 'lost-data',
    node,
    function: functionName(model, graph),
    place,
    steps: stepsOf(model, graph, escape),
    suggestions: rewrite === undefined ? [] : [{ title, edits: [rewrite] }],
  };
}

function stepsOf(model: ProgramModel, graph: Graph, { reference, locks, mutation, node, suspension, release, way }: Escape): Step[] {
  const rival = activationText(displayName(model.compiler, mutation.graph.owner));
  const lock = locks[0]?.text ?? '';
  const place = reference.place.text;
  const steps: Step[] = [];
  const acquired = acquireBefore(graph, reference.event, locks);
  if (acquired !== undefined) steps.push(step('A', 'acquire', acquired.node, `A acquires \`${lock}\``));
  steps.push(step('A', 'escape', reference.event.node, `A takes a reference to \`${place}\``));
  if (way !== 'use') steps.push(step('A', 'escape', node, `A hands it out of the section`));
  if (release !== undefined) steps.push(step('A', 'release', release.node, `A releases \`${lock}\``));
  if (suspension !== undefined) steps.push(step('A', 'suspend', suspension.node, 'A suspends; other tasks run'));
  const isGuarded = holdsOneOf(locksAtMutation(model, mutation), locks);
  const rivalAcquire = isGuarded ? acquireBefore(mutation.graph, mutation.event, locks) : undefined;
  if (rivalAcquire !== undefined) steps.push(step('B', 'acquire', rivalAcquire.node, `B, ${rival}, acquires \`${lock}\``));
  steps.push(step('B', 'write', mutation.event.node, `B ${actOf(mutation)} \`${mutation.place.text}\``));
  if (way === 'use') steps.push(step('A', 'use', node, `A uses what it took: it is no longer what it was under the lock`));
  return steps;
}

function actOf({ nature }: Mutation): 'closes' | 'changes' {
  return nature === 'end' ? 'closes' : 'changes';
}

function acquireBefore(graph: Graph, event: Event, locks: readonly LockReference[]): AcquireEvent | undefined {
  const isOfLocks = (earlier: Event): earlier is AcquireEvent => earlier.kind === 'acquire' && locks.some((lock) => isSameLock(lock, earlier.lock));
  return oneBefore(graph, event, isOfLocks);
}
