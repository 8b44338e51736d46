/**
 * A handle or resource is used after it was released, closed, evicted or torn down: by this task itself, or by another
 * one during a suspension.
 *
 * Reported at the use. Who counts shares, marks what it works on, or asks again after the suspension is silent.
 */
import { eventsOf, type Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { Confidence, Step } from '../findings/finding.js';
import { endedInPlaceMessage, evictedMessage, handedOutMessage, releasedMessage, tornDownMessage } from '../findings/messages/use-after-release.js';
import { activationText } from '../findings/messages/words.js';
import type { Place } from '../places/place.js';
import { isTeardown } from '../summaries/effects/endings.js';
import { mayReach } from '../summaries/effects/mutations.js';
import { type EndedInPlace, elementsEndedInPlace } from '../summaries/races/ended-in-place.js';
import { type EvictedUse, usesAfterEviction } from '../summaries/races/evictions.js';
import { assignmentsTo } from '../summaries/protocols/outcomes.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type HandedOut, handedOutHandles } from '../summaries/locks/handed-out-handles.js';
import { type ReleasedUse, usesAfterRelease } from '../summaries/locks/released-handles.js';
import { type TornDownUse, usesOfTornDown } from '../summaries/races/torn-down.js';
import { isNullish } from '../syntax/constants.js';
import { displayName, isGenerator } from '../syntax/functions.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const useAfterRelease: Check = {
  rule: 'no-use-after-release',
  run: (model, graph) => [
    ...usesAfterRelease(model, graph).map((use) => released(model, graph, use)),
    ...handedOutHandles(model, graph).map((use) => handedOut(model, graph, use)),
    ...elementsEndedInPlace(model, graph).map((ended) => endedInPlace(model, graph, ended)),
    ...usesAfterEviction(model, graph).map((use) => evicted(model, graph, use)),
    ...usesOfTornDown(model, graph).map((use) => tornDown(model, graph, use)),
  ],
};

function draft(
  model: ProgramModel,
  graph: Graph,
  found: { readonly node: ts.Node; readonly place: string; readonly message: string; readonly confidence: Confidence; readonly steps: readonly Step[] },
): Draft {
  return { rule: 'no-use-after-release', effect: 'broken-resource', function: functionName(model, graph), suggestions: [], ...found };
}

function released(model: ProgramModel, graph: Graph, { handle, ended, use, kind, isProven }: ReleasedUse): Draft {
  const { text } = handle;
  const release = step('A', 'release', ended.node, `A releases \`${text}\``);
  const uses = { use: `A uses \`${text}\`, which is gone`, 'second-end': `A releases \`${text}\` once more`, work: `A starts work on \`${text}\`` };
  const later = step('A', 'use', use.node, uses[kind]);
  const harmed = kind === 'second-end' ? [step('B', 'check', use.node, `B, which has a share in \`${text}\` or has taken it since, finds it given back`)] : [];
  return draft(model, graph, {
    node: use.node,
    place: text,
    message: releasedMessage({ handle: text, releaseLine: lineOf(ended.node), kind }),
    confidence: isProven ? 'high' : 'medium',
    steps: kind === 'work' ? [later, release] : [release, later, ...harmed],
  });
}

function handedOut(model: ProgramModel, graph: Graph, { use, text, ended, isUsing }: HandedOut): Draft {
  return draft(model, graph, {
    node: use.node,
    place: text,
    message: handedOutMessage({ handle: text, endLine: lineOf(ended), isUsing }),
    confidence: isUsing ? 'high' : 'medium',
    steps: [step('A', 'escape', use.node, `A returns \`${text}\``), step('A', 'release', ended, `A ends \`${text}\`, before its caller has it`)],
  });
}

function endedInPlace(model: ProgramModel, graph: Graph, { end, text, collection, suspension, taker }: EndedInPlace): Draft {
  const by = activationText(taker.name);
  const isAwait = model.compiler.isAwaitExpression(suspension.node);
  return draft(model, graph, {
    node: end.node,
    place: collection.text,
    message: endedInPlaceMessage({ element: text, collection: collection.text, taker: by, suspensionLine: lineOf(suspension.node), isAwait }),
    confidence: 'medium',
    steps: [
      step('A', 'release', end.node, `A ends \`${text}\`, and waits`),
      step('B', 'use', taker.node, `B, ${by}, takes it out of \`${collection.text}\``),
    ],
  });
}

function evicted(model: ProgramModel, graph: Graph, found: EvictedUse): Draft {
  const { use, text, place, source, taken, suspension, rival, isShare } = found;
  const rivalName = displayName(model.compiler, rival.graph.owner);
  const by = activationText(rivalName);
  return draft(model, graph, {
    node: use.node,
    place: place.text,
    message: evictedMessage({
      handle: text,
      place: source.text,
      takenLine: lineOf(taken.event.node),
      suspensionLine: lineOf(suspension.node),
      rival: rival.graph === graph ? `another call of ${by}` : by,
      rivalLine: lineOf(rival.event.node),
      isShare,
    }),
    confidence: confidenceOfEviction(model, graph, found, rivalName),
    steps: [
      step('A', 'read', taken.event.node, `A takes \`${text}\` from \`${source.text}\``),
      step('A', 'suspend', suspension.node, 'A suspends; other tasks run'),
      step('B', 'release', rival.event.node, `B, ${by}, ends what \`${place.text}\` holds`),
      step('A', 'use', use.node, isShare ? `A takes a share in \`${text}\`, which is gone` : `A uses \`${text}\`, which is gone`),
    ],
  });
}

/** Who closes everything at the end of a life breaks no more than what was to end anyway. */
function confidenceOfEviction(model: ProgramModel, graph: Graph, { use, isShare, isBrief, place, rival }: EvictedUse, rivalName: string): Confidence {
  if (isShare) return 'high';
  if (isBrief || isTeardown(rivalName) || isHandled(model, graph, use.node)) return 'low';
  if (place.path.at(-1)?.kind === 'element') return 'high';
  if (isElementRemovedBy(rival, place)) return 'medium';
  // one who replaces it lets others go on with the old one; one who closes it for good may mean to stop them
  return isReplacedBy(model, rival, place) ? 'medium' : 'low';
}

/** The place is a part of an element, which the rival takes out: `sessions.delete(id); session.transport.close();`. */
function isElementRemovedBy({ graph }: EvictedUse['rival'], place: Place): boolean {
  return eventsOf(graph).some((event) => event.kind === 'write' && event.how === 'remove' && event.place.path.length < place.path.length && mayReach(place, event.place));
}

function isReplacedBy(model: ProgramModel, rival: EvictedUse['rival'], place: Place): boolean {
  return assignmentsTo(model, rival.graph, place).some(
    ({ assignment, activation }) => activation === rival.graph.owner && !isNullish(model.compiler, assignment.right),
  );
}

function tornDown(model: ProgramModel, graph: Graph, found: TornDownUse): Draft {
  const { use, read, place, tested, test, suspension, rival, isEmptied } = found;
  const by = activationText(rival.name);
  // whoever drives a generator mostly closes it too
  const isDriven = !model.compiler.isSourceFile(graph.owner) && isGenerator(graph.owner);
  return draft(model, graph, {
    node: use,
    place: place.text,
    message: tornDownMessage({
      place: place.text,
      tested: tested.text,
      testLine: lineOf(test.node),
      suspensionLine: lineOf(suspension.node),
      rival: by,
      rivalLine: lineOf(rival.node),
      isEmptied,
    }),
    confidence: isHandled(model, graph, read.node) || isDriven || (tested === place && isTeardown(rival.name)) ? 'low' : 'medium',
    steps: [
      step('A', 'check', test.node, `A tests \`${tested.text}\``),
      step('A', 'suspend', suspension.node, 'A suspends; other tasks run'),
      step('B', 'write', rival.node, `B, ${by}, ${isEmptied ? 'clears' : 'closes'} \`${place.text}\``),
      step('A', 'use', use, `A uses \`${place.text}\`, which is gone`),
    ],
  });
}

/** The use is in a `try` whose `catch` deals with what it throws. */
function isHandled(model: ProgramModel, graph: Graph, node: ts.Node): boolean {
  const { compiler } = model;
  for (let current = node; current.parent !== undefined && current !== graph.owner; current = current.parent) {
    const { parent } = current;
    if (compiler.isTryStatement(parent) && parent.tryBlock === current && parent.catchClause !== undefined) {
      return !parent.catchClause.block.statements.some((statement) => compiler.isThrowStatement(statement));
    }
  }
  return false;
}
