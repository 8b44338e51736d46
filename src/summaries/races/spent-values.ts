/**
 * What a store keeps under a key is handed to work that is waited for, and replaced there by the answer: `const old = store.getItem(
 * 'refresh'); const next = await renew(old); store.setItem('refresh', next.refresh);`. Two tasks hand in the same, which the first
 * has spent, and of the two answers one is lost.
 *
 * That it is spent shows in what the answer brings beside it: it is stored under a second key as well, or it replaces the whole
 * of which a part was handed in. A store is known by methods that are named as a pair, `getItem` and `setItem`, `loadState` and `saveState`.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, SuspendEvent, Value } from '../../events/event.js';
import { questionOf } from '../effects/answers.js';
import { mayDependOn, suspensionBetween } from '../effects/dependence.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { oneLine } from '../model/external-expressions.js';
import { declaredLocal } from '../model/declared-values.js';
import { type Content, contentsLoadedBy, contentsSavedByHelper, isSameContent, ownSaves } from '../effects/store-accesses.js';
import { madeBy } from '../model/named-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { nearestSuspension } from '../protocols/promise-slots.js';
import { isSetup } from './renewals.js';
import { isOpen } from './saved-rows.js';

export interface SpentValue {
  /** The look at the store, as it is written. */
  readonly text: string;
  readonly load: CallEvent;
  /** What it is handed to. */
  readonly call: CallEvent;
  readonly suspension: SuspendEvent;
  /** Where the answer replaces it; a call of a helper that does so. */
  readonly save: CallEvent;
}

export function spentValues(model: ProgramModel, graph: Graph, held: HeldLocks): readonly SpentValue[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  const calls = eventsOf(graph).filter((event): event is CallEvent => event.kind === 'call' && model.compiler.isCallExpression(event.node));
  const loaded = calls.flatMap((call) => contentsLoadedBy(model, call).map((content) => ({ ...content, call })));
  if (loaded.length === 0) return [];
  for (const save of calls) {
    for (const { load, asked } of exchangesBy(model, graph, save, loaded)) {
      const suspension = nearestSuspension(graph, save);
      if (suspension === undefined || suspensionBetween(graph, held, load.call, save) === undefined) continue;
      if (!isOpen(model, graph, load.call, save) || isSetup(model, graph)) continue;
      // who looks once more before he saves knows who came meanwhile
      if (loaded.some((again) => isSameContent(model, again, load) && again.call !== load.call && follows(graph, asked, again.call) && follows(graph, again.call, save))) continue;
      return [{ text: oneLine(load.call.node), load: load.call, call: asked, suspension, save }];
    }
  }
  return [];
}

type Loaded = Content & { readonly call: CallEvent };

/** The loads whose value was handed to a call of whose answer the save puts a part in its place. */
function exchangesBy(model: ProgramModel, graph: Graph, save: CallEvent, loaded: readonly Loaded[]): readonly { readonly load: Loaded; readonly asked: CallEvent }[] {
  const saved = savedBy(model, graph, save);
  if (saved.length === 0) return [];
  return loaded.flatMap((load) => {
    const own = saved.find((content) => isSameContent(model, load, content));
    const asked = own === undefined ? undefined : callsWaitedFor(model, graph, own.value).find((call) => call !== load.call && isHandedTo(model, graph, load.call, call));
    if (own === undefined || asked === undefined) return [];
    return isSpent(model, graph, own, load, asked) ? [{ load, asked }] : [];
  });
}

/** An argument is made of what was loaded, or is a local that was filled with it before: `body.set('refresh_token', token)`. */
function isHandedTo(model: ProgramModel, graph: Graph, load: CallEvent, call: CallEvent): boolean {
  const isMade = (value: Value): boolean => mayDependOn(graph, value, (source) => source === load);
  const isFilled = ({ node }: Value): boolean => {
    const local = declaredLocal(model, graph, node)?.binding;
    if (local === undefined) return false;
    const isLocal = (other: Value | undefined): boolean => other !== undefined && declaredLocal(model, graph, other.node)?.binding === local;
    return eventsOf(graph).some((event) => event.kind === 'call' && isLocal(event.receiver) && event.arguments.some(isMade) && follows(graph, event, call));
  };
  return call.arguments.some((argument) => isMade(argument) || isFilled(argument));
}

/** The answer is stored under another key as well, or a part was handed in and the whole is replaced. */
function isSpent(model: ProgramModel, graph: Graph, own: Content, load: Loaded, asked: CallEvent): boolean {
  const { compiler } = model;
  const isPart = asked.arguments.some(({ node }) => handsInPart(model, graph, node, load.call));
  if (isPart) return true;
  return eventsOf(graph).some(
    (event) =>
      event.kind === 'call' && compiler.isCallExpression(event.node) &&
      savedBy(model, graph, event).some((other) => !isSameContent(model, other, own) && callsWaitedFor(model, graph, other.value).includes(asked)),
  );
}

/** The argument is a member of what was loaded: `renew(tokens.refresh)`. */
function handsInPart(model: ProgramModel, graph: Graph, node: ts.Node, load: CallEvent): boolean {
  const { compiler } = model;
  if (!compiler.isPropertyAccessExpression(node)) return false;
  const value = declaredLocal(model, graph, node.expression)?.value;
  if (value === undefined) return false;
  return madeBy(model, value) === load.node;
}

function callsWaitedFor(model: ProgramModel, graph: Graph, value: Value | undefined): readonly CallEvent[] {
  return (value === undefined ? undefined : questionOf(model, graph, value)?.asked) ?? [];
}

/** What the call saves itself, or what a helper does with what it is handed. */
function savedBy(model: ProgramModel, graph: Graph, call: CallEvent): readonly Content[] {
  const own = ownSaves(model, call);
  if (own.length > 0) return own;
  if (call.arguments.length === 0 || call.consumption === 'stored') return [];
  return call.arguments.some((argument) => callsWaitedFor(model, graph, argument).length > 0) ? contentsSavedByHelper(model, call) : [];
}
