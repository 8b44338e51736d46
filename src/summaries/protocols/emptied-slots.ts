/**
 * `if (this.until < now()) this.slot = undefined; this.slot ??= this.load()`: what decides that a place is emptied decides what a look
 * at it finds in the same turn.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { leadsWithoutOutcome, suspendsBetween } from '../../cfg/walk.js';
import type { Event, TestEvent, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { readsBehind } from '../effects/provenance.js';
import type { ProgramModel } from '../model/program-model.js';

export interface Emptying {
  readonly write: WriteEvent;
  /** What decides that it happens, and not the look as well. */
  readonly tests: readonly TestEvent[];
}

const emptyingWrites = new WeakMap<Graph, readonly WriteEvent[]>();

/** Writes under a condition that leave a place empty; none in most functions. */
function emptyingsIn(model: ProgramModel, graph: Graph): readonly WriteEvent[] {
  let found = emptyingWrites.get(graph);
  if (found === undefined) {
    found = eventsOf(graph).filter(
      (event): event is WriteEvent => event.kind === 'write' && empties(model.compiler, event) && model.controlDependence(graph).controllingTests(event.block).length > 0,
    );
    emptyingWrites.set(graph, found);
  }
  return found;
}

/** Where the place of the key is emptied before the event, in the same turn. */
export function emptyingsBefore(model: ProgramModel, graph: Graph, key: string, event: Event, tests: readonly TestEvent[]): readonly Emptying[] {
  return emptyingsIn(model, graph).flatMap((write): readonly Emptying[] => {
    if (write.place.key !== key || write === event || !follows(graph, write, event) || follows(graph, event, write) || suspendsBetween(graph, write, event)) return [];
    const own = model.controlDependence(graph).controllingTests(write.block).filter((test) => !tests.includes(test));
    return own.length === 0 ? [] : [{ write, tests: own }];
  });
}

const decidingTests = new WeakMap<TestEvent, readonly TestEvent[]>();

/** What has decided, in the same turn, that a place which the test looks at is empty. */
function testsThatEmptied(model: ProgramModel, graph: Graph, test: TestEvent): readonly TestEvent[] {
  let found = decidingTests.get(test);
  if (found === undefined) {
    const own = model.controlDependence(graph).controllingTests(test.block);
    const keys = new Set(readsBehind(model, graph, test.value).map(({ place }) => place.key));
    found = [...keys].flatMap((key) => emptyingsBefore(model, graph, key, test, [...own, test])).flatMap(({ tests }) => tests);
    decidingTests.set(test, found);
  }
  return found;
}

/** The tests that decide whether the block runs, and those that have decided what one of them finds, where only one answer leads there. */
export function withEmptyings(model: ProgramModel, graph: Graph, tests: readonly TestEvent[], block: number): readonly TestEvent[] {
  if (emptyingsIn(model, graph).length === 0) return tests;
  const all = new Set(tests);
  for (const test of tests) {
    const found = testsThatEmptied(model, graph, test);
    if (found.length === 0 || (['true', 'false'] as const).every((outcome) => leadsWithoutOutcome(graph, test.block, outcome, block))) continue;
    for (const each of found) all.add(each);
  }
  return [...all];
}
