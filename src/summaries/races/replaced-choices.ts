/**
 * A choice that is replaced by the answer about the one before: `this.selected = await save(this.selected)`, while `select(item)` may
 * have chosen another one. The question is about what the place held, and its answer takes the place of whatever is chosen by then.
 *
 * Who chooses stores what it was given, at once, or the answer about that, `open(id) { this.current = await load(id); }`, whatever is
 * there: a write of another kind is no choice, and what only the task itself writes is its own.
 */
import type { Graph } from '../../cfg/graph.js';
import { mayFollowSuspension } from '../../cfg/walk.js';
import type { Event, SuspendEvent, WriteEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { type OtherWrite, otherWriters, type Rival, rivalOf } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { questionOf } from '../effects/answers.js';
import type { HeldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { judgeAct, readsOfTest } from '../protocols/freshness.js';
import { isStillWanted } from '../protocols/protocols.js';
import { isSetup } from './renewals.js';
import { wayTo } from './unlooked-ways.js';

export interface ReplacedChoice {
  readonly place: Place;
  /** Where the one was read that was asked about. */
  readonly look: Event;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

export function replacedChoice(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent): ReplacedChoice | undefined {
  const { place, value } = event;
  if (value === undefined || !mayFollowSuspension(graph, event) || place.path.some(({ kind }) => kind === 'element') || !isShared(model, graph, place)) return undefined;
  const question = questionOf(model, graph, value);
  if (question === undefined || !question.isAnswered) return undefined;
  const look = question.reads.find((read) => writeAffectsRead(place, read.place));
  // what is put into what is there by then replaces nothing
  if (look === undefined || question.beside.some((read) => writeAffectsRead(place, read.place))) return undefined;
  const way = wayTo(model, graph, held, event, place);
  if (way === undefined || isStillWanted(model, graph, held, event) || judgeAct(model, graph, held, event, place).kind === 'fresh') return undefined;
  const choice = otherWriters(model, graph, place).find((other) => isChoice(model, other, place));
  return choice === undefined ? undefined : { place, look, suspension: way.suspension, rival: rivalOf(model, choice) };
}

/** `select(item) { this.selected = item; }`, `open(id) { this.current = await load(id); }` */
function isChoice(model: ProgramModel, { graph, event, place: written }: OtherWrite, place: Place): boolean {
  const { owner } = graph;
  if (event.how !== 'assign' || written.path.length !== place.path.length || model.compiler.isSourceFile(owner) || isSetup(model, graph)) return false;
  if (!isGiven(model, graph, event) && !isAnswerAboutGiven(model, graph, event, place)) return false;
  const tests = model.controlDependence(graph).controllingTests(event.block);
  return !tests.some((test) => readsOfTest(model, graph, test).some((read) => writeAffectsRead(written, read.place)));
}

function isGiven(model: ProgramModel, graph: Graph, event: WriteEvent): boolean {
  const [given, ...others] = event.value?.sources ?? [];
  if (given?.kind !== 'use' || others.length > 0 || given.node !== event.value?.node) return false;
  const { declaration } = given.binding;
  return model.compiler.isParameter(declaration) && declaration.parent === graph.owner && !mayFollowSuspension(graph, event);
}

/** Nothing of the question is about what was there. */
function isAnswerAboutGiven(model: ProgramModel, graph: Graph, { value, place }: WriteEvent, asked: Place): boolean {
  const question = value === undefined ? undefined : questionOf(model, graph, value);
  if (question?.isAnswered !== true || question.parameters.size === 0) return false;
  return ![...question.reads, ...question.beside].some((read) => writeAffectsRead(place, read.place) || writeAffectsRead(asked, read.place));
}
