/**
 * A content that a store keeps under one key for all, loaded, changed and saved as a whole: `const names = await store.get('names');
 * await store.set('names', [...names, name]);`. Another task has loaded the same names, and of the two one is lost. Helpers that only
 * load or only save it stand for what they do.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Value } from '../../events/event.js';
import { skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { mayDependOn } from '../effects/dependence.js';
import { contentsLoadedBy, contentsSavedBy, isSameContent } from '../effects/store-accesses.js';
import { constantOf } from '../model/external-expressions.js';
import type { ProgramModel } from '../model/program-model.js';
import { isSetup } from './renewals.js';
import { isOpen, type SavedRow } from './saved-rows.js';

/** More of the old content is in the value than members that a new record is given unchanged, such as its id. */
function isMadeOfOld(model: ProgramModel, graph: Graph, value: Value, load: CallEvent): boolean {
  const { compiler } = model;
  const given = compiler.isPropertyAssignment(value.node) ? value.node.initializer : value.node;
  const literal = compiler.isExpression(given) ? skipOuter(compiler, given) : given;
  const isMade = (part: ts.Node): boolean =>
    mayDependOn(graph, { node: part, sources: value.sources.filter((source) => isWithin(source.node, part)) }, (source) => source === load);
  if (compiler.isPropertyAccessExpression(literal)) return false;
  if (!compiler.isObjectLiteralExpression(literal)) return isMade(value.node);
  return literal.properties.some((property) => {
    const part = compiler.isPropertyAssignment(property) ? property.initializer : compiler.isShorthandPropertyAssignment(property) ? property.name : property;
    const made = compiler.isExpression(part) ? constantOf(model, part) : part;
    return !compiler.isPropertyAccessExpression(made) && isMade(property);
  });
}

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
          isSameContent(model, each.content, content) &&
          follows(graph, each.call, save) &&
          (each.call.consumption === 'awaited' || suspendsBetween(graph, each.call, save)) &&
          value !== undefined &&
          isMadeOfOld(model, graph, value, each.call),
      );
      if (load === undefined || !isOpen(model, graph, load.call, save) || !(save.name === 'setItem' || model.questions.isPromise(save.node))) continue;
      found.push({ kind: 'row', row: load.content.text, load: load.call, change: undefined, save, isOneForAll: true });
      break;
    }
  }
  return found;
}
