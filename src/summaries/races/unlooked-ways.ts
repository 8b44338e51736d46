/** Ways to a write on which the task suspends after its last look at the place. */
import type { Graph } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { CallEvent, Event, SuspendEvent, WriteEvent } from '../../events/event.js';
import { lastName, type Place, writeAffectsRead } from '../../places/place.js';
import { isWithin } from '../../syntax/tree.js';
import { areExclusive } from '../effects/exclusive-ways.js';
import { writesOfCall } from '../effects/summary.js';
import type { HeldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';

export interface Way {
  readonly suspension: SuspendEvent;
  /** A look at the place before the suspension. */
  readonly look: Event | undefined;
  /** The task's own last write of the place before the suspension. */
  readonly own: WriteEvent | CallEvent | undefined;
}

/**
 * A way to the write on which the task has suspended since it last looked at the place or wrote it. An iterator over a
 * collection looks again after each turn, and finds what was added; `isPastIteration` asks for what it does not find.
 */
export function wayTo(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  event: WriteEvent | CallEvent,
  place: Place,
  isPastIteration = false,
): Way | undefined {
  const ways: Way[] = [];
  interface State {
    readonly suspension: SuspendEvent | undefined;
    readonly look: Event | undefined;
  }
  walkBackward<State>(
    graph,
    event,
    { suspension: undefined, look: undefined },
    (state) => (state.suspension === undefined ? 0 : 1) + (state.look === undefined ? 0 : 2),
    (earlier, { suspension, look }) => {
      const found = (own: WriteEvent | CallEvent | undefined): undefined => {
        if (suspension !== undefined) ways.push({ suspension, look: own === undefined ? look : undefined, own });
        return undefined;
      };
      if (earlier.kind === 'suspend') {
        if (look !== undefined) return found(undefined);
        return suspension !== undefined || held.isExclusive(earlier) || areExclusive(model, graph, earlier, event) ? { suspension, look } : { suspension: earlier, look };
      }
      if (earlier.kind === 'write' && (writeAffectsRead(earlier.place, place) || writeAffectsRead(place, earlier.place))) return found(earlier);
      // the writing expression names what it empties: `this.queue.length = 0`
      if (suspension === undefined && isWithin(earlier.node, event.node)) return { suspension, look };
      const touch = touchOf(model, earlier, place);
      if (touch === 'own' && earlier.kind === 'call') return found(earlier);
      if (touch === undefined || look !== undefined) return { suspension, look };
      if (suspension === undefined) return isPastIteration && isIteration(model, earlier) ? { suspension, look } : undefined;
      // what it looks at may be what it has just put there itself
      return { suspension, look: earlier };
    },
    ({ suspension, look }) => {
      if (suspension !== undefined) ways.push({ suspension, look, own: undefined });
    },
  );
  return ways.find((way) => way.look !== undefined) ?? ways.find((way) => way.own === undefined) ?? ways[0];
}

function isIteration(model: ProgramModel, { node }: Event): boolean {
  const { compiler } = model;
  return compiler.isForOfStatement(node) || (compiler.isForOfStatement(node.parent) && node.parent.expression === node);
}

/** The event looks at what the place holds, or sets it, itself or in a function of the same object. */
function touchOf(model: ProgramModel, event: Event, place: Place): 'look' | 'own' | undefined {
  if (event.kind === 'read') return writeAffectsRead(place, event.place) ? 'look' : undefined;
  if (event.kind !== 'call') return undefined;
  const name = lastName(place);
  const callee = name === undefined ? undefined : model.callee(event, 'syntactic');
  if (callee === undefined || name === undefined) return undefined;
  const text = callee.getText();
  const word = `(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`;
  if (!new RegExp(word).test(text)) return undefined;
  const isOwn =
    new RegExp(`${word}\\s*(?:[?|]{2})?=(?!=)`).test(text) ||
    writesOfCall(model, event, [place], 'syntactic').some(({ write }) => write.phase === 'before' && write.how !== 'remove');
  return isOwn ? 'own' : 'look';
}
