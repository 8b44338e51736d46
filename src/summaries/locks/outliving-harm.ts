/**
 * What work that outlives its section does there: it touches what the section guards beside a task that holds the lock, or
 * it is all that the section could be for.
 */
import { blockAt, eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event } from '../../events/event.js';
import { isDistant } from '../../places/place.js';
import { thisOwner } from '../../syntax/functions.js';
import { mayOverlap } from '../actors/contexts.js';
import { type SectionRival, sectionRival } from '../actors/section-rivals.js';
import { isShared } from '../actors/sharing.js';
import { type Fate, isDropped } from '../effects/fates.js';
import { blocksOf, type LaterAccess } from '../effects/later-accesses.js';
import { isSameLock } from '../effects/mutations.js';
import type { ProgramModel } from '../model/program-model.js';
import { heldLocks, isClaim } from './held-locks.js';
import { isStateOfLock } from './lock-state.js';
import { mayBeWork, type Outliving } from './outliving.js';

export interface OutlivingHarm {
  /** Of what the lock guards; undefined where only the section's being there for the work speaks. */
  readonly touch: LaterAccess | undefined;
  /** The access of another section that the touch comes beside. */
  readonly rival: SectionRival | undefined;
  readonly confidence: 'high' | 'medium' | 'low';
}

export function harmOf(model: ProgramModel, graph: Graph, work: Outliving): OutlivingHarm | undefined {
  const { lock, accesses } = work;
  const own = new Set<ts.Node>([work.node, work.start.node, ...accesses.map(({ node }) => node)]);
  const blocks = work.block === undefined ? undefined : blocksOf(graph, work.block);
  const isOwn = (event: Event): boolean => own.has(event.node) || (blocks?.has(event.block) === true && blockAt(graph, event.block).events.includes(event));
  const unguarded = accesses.filter(
    (access) =>
      isShared(model, graph, access.place) &&
      !isStateOfLock(model, access.place, lock.lock) &&
      !access.locks.some((held) => isSameLock(held, lock.lock)) &&
      (access.collection === undefined || model.questions.isCollection(access.collection)),
  );
  if (lock.mode !== 'counting') {
    for (const touch of [...unguarded].sort((left, right) => Number(right.isWrite) - Number(left.isWrite))) {
      const rival = sectionRival(model, lock.lock, touch.place, touch.isWrite, graph.owner, isOwn);
      if (rival === undefined) continue;
      if (rival.graph === graph && !mayOverlap(model, graph.owner, touch.place)) continue;
      return { touch, rival, confidence: confidenceOfTouch(model, graph, work, touch) };
    }
  }
  if (isClaim(lock) || !isAllThereIs(model, graph, work)) return undefined;
  const touch = unguarded.find((access) => access.isWrite && mayOverlap(model, graph.owner, access.place));
  if (touch !== undefined) return { touch, rival: undefined, confidence: isMeant(work.fate) || work.callee !== undefined ? 'medium' : 'high' };
  if (work.callee !== undefined || isMeant(work.fate) || !work.isPartial || !mayBeWork(model, work)) return undefined;
  return { touch: undefined, rival: undefined, confidence: 'medium' };
}

function confidenceOfTouch(model: ProgramModel, graph: Graph, { fate, callee, lock }: Outliving, touch: LaterAccess): OutlivingHarm['confidence'] {
  // the function does not know of the lock that its callers hold
  if (lock.origin === 'caller' || isDistant(touch.place)) return 'low';
  // a flag keeps a second task from doing the same; what others read meanwhile, or what an object of another class does to itself, it does not promise
  if (isClaim(lock) && (!touch.isWrite || isAnothersOwn(model, graph, touch))) return 'low';
  if (isMeant(fate)) return touch.isWrite ? 'medium' : 'low';
  // a function that leaves work running mostly means it, and knows nothing of the lock that its caller holds
  if (callee !== undefined) return 'low';
  if (fate.isRaced) return touch.isWrite ? 'medium' : 'low';
  return isClaim(lock) ? 'medium' : 'high';
}

/** `this.device.select()`, which writes `this.chosen` in the class of the device. */
function isAnothersOwn({ compiler }: ProgramModel, { owner }: Graph, { node, place }: LaterAccess): boolean {
  const writer = thisOwner(compiler, node);
  return place.path.length > 1 && writer !== undefined && compiler.isClassLike(writer) && writer !== thisOwner(compiler, owner);
}

function isMeant(fate: Fate): boolean {
  return fate.isVoid || (fate.isHandled && isDropped(fate));
}

/**
 * Whether the section has nothing else to protect: it does not suspend and writes nothing shared. A lock for that would
 * be in vain, so it is there for the work.
 */
function isAllThereIs(model: ProgramModel, graph: Graph, { lock, start, block }: Outliving): boolean {
  if (lock.origin !== 'lock') return false;
  const held = heldLocks(model, graph);
  const own = block === undefined ? undefined : blocksOf(graph, block);
  for (const event of eventsOf(graph)) {
    if (own?.has(event.block) === true || (event.kind !== 'suspend' && event.kind !== 'write')) continue;
    if (event.kind === 'write' && !isShared(model, graph, event.place)) continue;
    if (event.node === start.node) continue;
    if (held.at(event).some((other) => other.lock.key === lock.lock.key)) return false;
  }
  return true;
}
