/**
 * What an activation has of a pool at an event. A pool keeps nobody out of anything, and so its clients are no locks; but who
 * keeps one and waits for another waits for somebody to give one back.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { isReachedWithout } from '../../cfg/walk.js';
import type { AcquireEvent, Event, ReleaseEvent } from '../../events/event.js';
import { skipOuter } from '../../syntax/functions.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import type { HeldUse } from './lock-effects.js';
import { isBounded, lockTaken } from './lock-identity.js';

interface Taken {
  readonly acquire: AcquireEvent;
  /** What may give it back. */
  readonly releases: readonly ReleaseEvent[];
}

export function resourcesAt(model: ProgramModel, graph: Graph, event: Event): readonly HeldUse[] {
  if (!graph.hasLocks) return [];
  return boundedResources(model, graph).flatMap((taken) => {
    const { acquire } = taken;
    if (acquire === event || !isHeldAt(graph, taken, event)) return [];
    const place = lockTaken(model, graph, acquire);
    return place === undefined ? [] : [{ place, mode: acquire.mode, acquire, node: acquire.node }];
  });
}

/** Whether a transaction is under way on what was taken: what goes another way is no part of it. */
export function isInTransaction(model: ProgramModel, graph: Graph, { acquire }: HeldUse, event: Event): boolean {
  const { compiler } = model;
  const call = acquire?.call;
  if (call === undefined) return false;
  return eventsOf(graph).some((begin) => {
    if (begin.kind !== 'acquire' || begin.operation?.lock === undefined || !follows(graph, begin, event)) return false;
    const client = skipOuter(compiler, begin.operation.lock);
    const binding = compiler.isIdentifier(client) ? model.file(client).scopes.resolve(client) : undefined;
    const definitions = binding === undefined ? [] : (graph.definitions.get(binding) ?? []);
    if (!definitions.some(({ value }) => value?.sources.includes(call))) return false;
    return !eventsOf(graph).some((end) => end.kind === 'release' && end.lock.key === begin.lock.key && follows(graph, begin, end) && follows(graph, end, event));
  });
}

/** What is taken of pools whose size is in sight. */
const boundedResources = memoized((_model, graph: Graph): readonly Taken[] => {
  const events = eventsOf(graph);
  const acquires = events.filter(
    (event): event is AcquireEvent => event.kind === 'acquire' && event.operation?.kind === 'acquire' && event.operation.resource && isBounded(event),
  );
  const releases = acquires.length === 0 ? [] : events.filter((event) => event.kind === 'release');
  return acquires.map((acquire) => ({
    acquire,
    releases: releases.filter((release) => release.lock.key === acquire.lock.key && follows(graph, acquire, release)),
  }));
});

/** Taken on every way to the event, and given back on none. */
function isHeldAt(graph: Graph, { acquire, releases }: Taken, event: Event): boolean {
  if (!follows(graph, acquire, event) || releases.some((release) => follows(graph, release, event))) return false;
  return !isReachedWithout(graph, event, (other) => other === acquire);
}
