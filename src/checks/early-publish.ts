/**
 * Others can reach an object, or half of a state, before the asynchronous work that they rely on has ended.
 *
 * Reported where it is published. A reader that uses it without waiting must exist; a promise that readers wait for, a
 * state that they ask, and a claim that they respect are silent.
 */
import type { Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { Confidence, Step } from '../findings/finding.js';
import { earlyAnnouncementMessage, earlyObjectMessage, partialStateMessage } from '../findings/messages/early-publish.js';
import { activationText } from '../findings/messages/words.js';
import { type EarlyAnnouncement, earlyAnnouncements } from '../summaries/races/early-announcements.js';
import { earlyMembers } from '../summaries/races/early-members.js';
import { type EarlyObject, earlyObjects } from '../summaries/races/early-objects.js';
import { lateSlots } from '../summaries/protocols/late-slots.js';
import { type PartialState, partialStates } from '../summaries/races/partial-state.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { displayName } from '../syntax/functions.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const earlyPublish: Check = {
  rule: 'no-early-publish',
  run: (model, graph) => {
    const objects = earlyObjects(model, graph);
    const published = new Set(objects.map(({ write }) => write));
    const late = lateSlots(model, graph).map((slot) => ({ ...slot, kind: 'slot' as const, last: { node: slot.last.node, place: slot.last.place } }));
    const members = earlyMembers(model, graph).filter(({ write }) => !published.has(write)).map((member) => ({ ...member, kind: 'member' as const }));
    const sent = new Set([...published, ...[...late, ...members].map(({ write }) => write)]);
    const states = [...partialStates(model, graph).filter(({ write }) => !sent.has(write)), ...late, ...members];
    return [
      ...objects.map((object) => ofObject(model, graph, object)),
      ...states.map((state) => ofState(model, graph, state)),
      ...earlyAnnouncements(model, graph).map((announcement) => ofAnnouncement(model, graph, announcement)),
    ];
  },
};

function draft(
  model: ProgramModel,
  graph: Graph,
  found: { readonly node: ts.Node; readonly place: string; readonly message: string; readonly confidence: Confidence; readonly steps: readonly Step[] },
): Draft {
  return { rule: 'no-early-publish', effect: 'broken-resource', function: functionName(model, graph), suggestions: [], ...found };
}

function ofObject(model: ProgramModel, graph: Graph, { write, place, initialiser, suspension, look, use, isProven, isPhase }: EarlyObject): Draft {
  const reader = activationText(displayName(model.compiler, look.graph.owner));
  const name = initialiser.name === undefined ? 'the call' : `\`${initialiser.name}\``;
  return draft(model, graph, {
    node: write.node,
    place: place.text,
    message: earlyObjectMessage({
      place: place.text,
      initialiser: name,
      suspensionLine: lineOf(suspension.node),
      reader,
      readerIsSelf: look.graph === graph,
      readerLine: lineOf(use),
    }),
    confidence: isPhase ? 'low' : isProven ? 'high' : 'medium',
    steps: [
      step('A', 'publish', write.node, `A puts an object into \`${place.text}\``),
      step('A', 'suspend', suspension.node, `A waits for ${name}; other tasks run`),
      step('B', 'use', use, `B, ${reader}, uses the object, which is not ready`),
    ],
  });
}

/** What listeners do is not in sight. */
function ofAnnouncement(model: ProgramModel, graph: Graph, { emit, announced, suspension, last, look }: EarlyAnnouncement): Draft {
  const reader = activationText(displayName(model.compiler, look.graph.owner));
  const place = last.place.text;
  return draft(model, graph, {
    node: emit.node,
    place,
    message: earlyAnnouncementMessage({ event: announced, place, lastLine: lineOf(last.node), suspensionLine: lineOf(suspension.node), reader, readerLine: lineOf(look.event.node) }),
    confidence: 'low',
    steps: [
      step('A', 'publish', emit.node, `A emits \`${announced}\``),
      step('A', 'suspend', suspension.node, 'A suspends; other tasks run'),
      step('B', 'read', look.event.node, `B, ${reader}, reads \`${place}\`, which is not set yet`),
      step('A', 'write', last.node, `A sets \`${place}\``),
    ],
  });
}

function ofState(
  model: ProgramModel,
  graph: Graph,
  { kind, write, place, suspension, last, look }: Omit<PartialState, 'kind'> & { readonly kind: PartialState['kind'] | 'slot' | 'member' },
): Draft {
  const reader = activationText(displayName(model.compiler, look.graph.owner));
  const texts = {
    flag: [`A sets \`${place.text}\``, `B, ${reader}, reads \`${last.place.text}\`, which is not set yet`],
    parts: [`A sets \`${place.text}\``, `B, ${reader}, reads the new \`${place.text}\` with the old \`${last.place.text}\``],
    slot: [`A sets \`${place.text}\``, `B, ${reader}, waits for \`${last.place.text}\`, which is empty, and goes on at once`],
    member: [`A puts an object into \`${place.text}\``, `B, ${reader}, relies on \`${last.place.text}\`, which is not set yet`],
    refill: [`A empties \`${place.text}\``, `B, ${reader}, finds \`${place.text}\` empty or half full`],
  } as const;
  const [first, second] = texts[kind];
  return draft(model, graph, {
    node: write.node,
    place: place.text,
    message: partialStateMessage({
      kind,
      place: place.text,
      lastPlace: last.place.text,
      lastLine: lineOf(last.node),
      suspensionLine: lineOf(suspension.node),
      reader,
      readerIsSelf: look.graph === graph,
      readerLine: lineOf(look.event.node),
    }),
    confidence: 'medium',
    steps: [
      step('A', 'publish', write.node, first),
      step('A', 'suspend', suspension.node, 'A suspends; other tasks run'),
      step('B', 'read', look.event.node, second),
      step('A', 'write', last.node, `A completes \`${last.place.text}\``),
    ],
  });
}
