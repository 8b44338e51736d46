/** A generator that hands values out while it holds a lock: its consumer runs inside the section, as long as it likes. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import { type SuspendEvent } from '../../events/event.js';
import { isGenerator, isPrivateMember } from '../../syntax/functions.js';
import { heldAt, type HeldUse } from './lock-effects.js';
import { conflictOf, lockTaken } from './lock-identity.js';
import type { ProgramModel } from '../model/program-model.js';

export interface HandOut {
  readonly event: SuspendEvent;
  readonly held: HeldUse;
  /** An acquire elsewhere in the file that waits for the generator; undefined where only the generator itself does. */
  readonly rival: ts.Node | undefined;
  /** It yields nothing, once: a section in the form of a generator. */
  readonly isBare: boolean;
}

export function handsOutUnderLock(model: ProgramModel, graph: Graph): readonly HandOut[] {
  const { compiler } = model;
  const { owner } = graph;
  if (!graph.hasLocks || compiler.isSourceFile(owner) || !isGenerator(owner) || isPrivateMember(compiler, owner)) return [];
  const found = new Map<string, HandOut>();
  const yields = eventsOf(graph).filter((event): event is SuspendEvent => event.kind === 'suspend' && event.reason === 'yield');
  for (const event of yields) {
    for (const held of heldAt(model, graph, event)) {
      if (held.mode === 'counting' || found.has(held.place.key)) continue;
      const isBare = yields.length === 1 && compiler.isYieldExpression(event.node) && event.node.expression === undefined;
      found.set(held.place.key, { event, held, rival: rivalOf(model, graph, held), isBare });
    }
  }
  return [...found.values()];
}

/** Another function of the file that takes the lock in a mode that the holder keeps waiting. */
function rivalOf(model: ProgramModel, graph: Graph, held: HeldUse): ts.Node | undefined {
  for (const other of model.file(graph.owner).functions) {
    if (graph.inlined.has(other) || model.rootActivation(other.body ?? other) !== other) continue;
    const rival = model.graph(other);
    if (!rival.hasLocks) continue;
    for (const event of eventsOf(rival)) {
      if (event.kind !== 'acquire' || conflictOf(held.mode, event) !== 'always') continue;
      if (lockTaken(model, rival, event)?.key === held.place.key) return event.node;
    }
  }
  return undefined;
}
