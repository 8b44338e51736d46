/**
 * A task says that it is at work before it suspends, and the others look at that before they act: `state = 'closing'; await
 * drain(); items.clear();` beside `if (state !== 'open') return; items.push(item);`. Whoever would be in between stays out.
 */
import { follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { suspensionBetween } from '../effects/dependence.js';
import { settingsOf } from '../effects/settings.js';
import { readsOfTest } from './freshness.js';
import { type HeldLocks, heldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import type { OtherWrite } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { assignmentsTo, keepsOutcome, requirementOf } from './outcomes.js';

/** A place that says that the task is at work, and the constant that it holds then. */
export interface Door {
  readonly place: Place;
  readonly content: ts.Node | undefined;
}

/** Places that the activation has set to a constant, itself or by a helper, before it suspended on the way to the write. */
export function doorsBefore(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  place: Place,
  act: WriteEvent | CallEvent,
): readonly Door[] {
  const doors: Door[] = [];
  for (const { write, event } of settingsOf(model, graph.owner)) {
    if (write.value?.nature !== 'constant' || write.place.key === place.key) continue;
    // a helper that is waited for may set it at its very end
    if (event.kind === 'call' && event.consumption === 'awaited') continue;
    if (!isShared(model, graph, write.place) || suspensionBetween(graph, held, event, act) === undefined) continue;
    doors.push({ place: write.place, content: write.value.node });
  }
  return doors;
}

/** The act happens only after a fresh look at one of the places, which does not let it pass for what the place holds: `if (!this.isClosed)` does where that has been set to `false`. */
export function looksAtDoor(model: ProgramModel, graph: Graph, act: WriteEvent, doors: readonly Door[]): boolean {
  if (doors.length === 0) return false;
  const held = heldLocks(model, graph);
  return model.controlDependence(graph).controllingTests(act.block).some((test) =>
    readsOfTest(model, graph, test).some(
      (read) => !read.isOld && doors.some((door) => door.place.key === read.place.key && !letsIn(model, graph, act, test, door)) && suspensionBetween(graph, held, read.event, act) === undefined,
    ),
  );
}

/** A fresh look at one of the places is what lets the act happen, and nothing but such looks decides it: `if (this.started) return;` where that is `false` by now. */
export function isLetIn(model: ProgramModel, graph: Graph, act: WriteEvent, doors: readonly Door[]): boolean {
  const held = heldLocks(model, graph);
  const tests = model.controlDependence(graph).controllingTests(act.block);
  return (
    tests.length > 0 &&
    tests.every((test) =>
      readsOfTest(model, graph, test).some(
        (read) =>
          !read.isOld && doors.some((door) => door.place.key === read.place.key && letsIn(model, graph, act, test, door)) && suspensionBetween(graph, held, read.event, act) === undefined,
      ),
    )
  );
}

function letsIn(model: ProgramModel, graph: Graph, act: WriteEvent, test: TestEvent | CallEvent, { place, content }: Door): boolean {
  const requirement = content === undefined ? undefined : requirementOf(model, graph, act.block, test, place);
  return requirement !== undefined && keepsOutcome(model, requirement, 'assign', content);
}

/**
 * `if (!this.started) return; await this.channel.close(); this.channel = undefined; this.started = false;` beside
 * `if (this.started) return; this.channel = open(); this.started = true;`: the flag that lets the task in keeps the other out, and nobody
 * but such a task takes it down, when all is done. It takes a second one of them to let the other in before.
 */
export function isKeptOut(model: ProgramModel, graph: Graph, act: WriteEvent | CallEvent, { graph: other, event }: Pick<OtherWrite, 'graph' | 'event'>): boolean {
  const flags = model.controlDependence(graph).controllingTests(act.block).flatMap((test) =>
    readsOfTest(model, graph, test).flatMap(({ place }) => (requirementOf(model, graph, act.block, test, place)?.kind === 'truthy' ? [place] : [])),
  );
  return flags.some((flag) => {
    const settings = assignmentsTo(model, graph, flag);
    const isRaised = ({ assignment }: (typeof settings)[number]): boolean => assignment.right.kind === model.compiler.SyntaxKind.TrueKeyword;
    if (!settings.some((setting) => setting.activation === other.owner && isRaised(setting)) || !looksAtDoor(model, other, event, [{ place: flag, content: undefined }])) return false;
    return settings.every(
      (setting) =>
        isRaised(setting) ||
        (setting.activation === graph.owner && model.eventsAt(graph, setting.assignment).every((lowering) => !follows(graph, lowering, act))),
    );
  });
}
