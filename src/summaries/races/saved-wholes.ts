/**
 * A content that a store keeps under one key for all, loaded, changed and saved as a whole: `const names = await store.get('names');
 * await store.set('names', [...names, name]);`. Another task has loaded the same names, and of the two one is lost. Helpers that only
 * load or only save it stand for what they do.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { CallEvent } from '../../events/event.js';
import { mayDependOn } from '../effects/dependence.js';
import { contentsLoadedBy, contentsSavedBy, isSameContent } from '../effects/store-accesses.js';
import type { ProgramModel } from '../model/program-model.js';
import { isSetup } from './renewals.js';
import { isOpen, type SavedRow } from './saved-rows.js';

export function savedWholes(model: ProgramModel, graph: Graph): readonly SavedRow[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner) || isSetup(model, graph)) return [];
  const calls = eventsOf(graph).filter((event): event is CallEvent => event.kind === 'call' && model.compiler.isCallExpression(event.node));
  const loaded = calls.flatMap((call) => contentsLoadedBy(model, call).map((content) => ({ content, call })));
  if (loaded.length === 0) return [];
  const found: SavedRow[] = [];
  for (const save of calls) {
    if (save.consumption === 'stored' || found.some((other) => other.save.node === save.node)) continue;
    for (const content of contentsSavedBy(model, save)) {
      const { value } = content;
      const load = loaded.find(
        (each) =>
          isSameContent(each.content, content) &&
          follows(graph, each.call, save) &&
          (each.call.consumption === 'awaited' || suspendsBetween(graph, each.call, save)) &&
          value !== undefined &&
          mayDependOn(graph, value, (source) => source === each.call),
      );
      if (load === undefined || !isOpen(model, graph, load.call, save) || !(save.name === 'setItem' || model.questions.isPromise(save.node))) continue;
      found.push({ kind: 'row', row: load.content.text, load: load.call, change: undefined, save, isOneForAll: true });
      break;
    }
  }
  return found;
}
