/** What an exception leaves taken: a count of users that stays too high, a place in a pool for what never came. The part of `require-finally-release` about shares. */
import type { Graph } from '../cfg/graph.js';
import type { Event } from '../events/event.js';
import { lostPlaceMessage, lostPlaceSteps, releaseTitles, stuckCountMessage, stuckCountSteps } from '../findings/messages/finally-release.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type LostPlace, lostPlaces } from '../summaries/protocols/lost-places.js';
import { type StuckCount, stuckCounts } from '../summaries/protocols/stuck-counts.js';
import { straightSection, wrapInFinally } from '../syntax/rewrites.js';
import { type Check, type Draft, functionName, lineOf, shortText, step } from './check.js';

export const stuckCount: Check = {
  rule: 'require-finally-release',
  run: (model, graph) => [...stuckCounts(model, graph).map((stuck) => ofStuckCount(model, graph, stuck)), ...lostPlaces(model, graph).map((lost) => ofLostPlace(model, graph, lost))],
};

/** What is told of what stays taken when the work has failed. */
function ofTaken(model: ProgramModel, graph: Graph, { node }: Event, place: string, told: Pick<Draft, 'message' | 'steps' | 'suggestions'>): Draft {
  return { rule: 'require-finally-release', confidence: 'medium', effect: 'broken-resource', node, function: functionName(model, graph), place, ...told };
}

function ofLostPlace(model: ProgramModel, graph: Graph, { event, opening, limit }: LostPlace): Draft {
  const { text } = event.place;
  const texts = lostPlaceSteps(text);
  return ofTaken(model, graph, event, text, {
    message: lostPlaceMessage({ text, opening: opening.name ?? 'the callee', line: lineOf(opening.node), limitLine: lineOf(limit.node) }),
    steps: [
      step('A', 'act', event.node, texts.take),
      step('A', 'act', opening.node, `\`${shortText(opening.node)}\` fails: A leaves, and nothing has come`),
      step('B', 'check', limit.node, texts.ask),
    ],
    suggestions: [],
  });
}

function ofStuckCount(model: ProgramModel, graph: Graph, stuck: StuckCount): Draft {
  const { event, failure, asked, text, isShare } = stuck;
  const texts = stuckCountSteps(text, isShare);
  return ofTaken(model, graph, event, text, {
    message: stuckCountMessage({ text, isShare, line: lineOf(failure.node), askedLine: asked === undefined ? undefined : lineOf(asked) }),
    steps: [
      step('A', 'act', event.node, texts.take),
      step('A', 'act', failure.node, `\`${shortText(failure.node)}\` throws: A leaves, and does not give it back`),
      ...(asked === undefined ? [] : [step('B', 'check', asked, texts.ask)]),
    ],
    suggestions: suggestionsFor(model, stuck),
  });
}

function suggestionsFor({ compiler }: ProgramModel, { event, ends }: StuckCount): Draft['suggestions'] {
  const [end, ...others] = new Set(ends.map(({ node }) => node));
  if (end === undefined || others.length > 0) return [];
  const section = straightSection(compiler, event.node, end);
  return section === undefined ? [] : [{ title: releaseTitles.wrap, edits: wrapInFinally(compiler, section) }];
}
