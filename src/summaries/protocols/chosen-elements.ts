/**
 * Elements that are chosen by a look of their own: `keys.push(...found.filter((key) => !has(keys, key.id)))` asks of each whether it is
 * there by now, whatever a look before the suspension has told.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { isFunctionLiteral, isMemberName, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';
import { type ReadReference, readsBehind } from '../effects/provenance.js';

const choosers: ReadonlySet<string> = new Set(['filter', 'flatMap', 'find', 'findLast', 'reduce']);

/** The looks at the place that chose what the act adds to it, or hands on to who does. */
export function looksOfChoice(model: ProgramModel, graph: Graph, act: Event, place: Place): readonly ReadReference[] {
  const callbacks = callbacksChoosing(model, statementAround(model, act.node), place);
  if (callbacks.length === 0) return [];
  return eventsOf(graph).flatMap((event) => {
    if ((event.kind !== 'return' && event.kind !== 'test') || event.value === undefined) return [];
    if (!callbacks.some((callback) => isWithin(event.node, callback))) return [];
    return readsBehind(model, graph, event.value).filter((read) => writeAffectsRead(place, read.place));
  });
}

function statementAround({ compiler }: ProgramModel, node: ts.Node): ts.Node {
  let statement = node;
  while (!compiler.isStatement(statement) && !compiler.isFunctionLike(statement.parent) && !compiler.isSourceFile(statement.parent)) statement = statement.parent;
  return statement;
}

/** Callbacks of `filter` and the like in the node, and in what the locals in it were made of. Who goes through the place itself chooses among what is there. */
function callbacksChoosing(model: ProgramModel, node: ts.Node, place: Place): readonly ts.Node[] {
  const { compiler } = model;
  const { scopes, places } = model.file(node);
  const found: ts.Node[] = [];
  const seen = new Set<ts.Node>();
  const walk = (part: ts.Node): void => {
    if (isFunctionLiteral(compiler, part)) return;
    if (compiler.isIdentifier(part)) {
      if (isMemberName(compiler, part)) return;
      const declaration = scopes.resolve(part)?.declaration;
      const made = declaration !== undefined && compiler.isVariableDeclaration(declaration) ? madeOf(model, declaration) : undefined;
      if (made === undefined || seen.has(made)) return;
      seen.add(made);
      walk(made);
      return;
    }
    if (compiler.isCallExpression(part) && compiler.isPropertyAccessExpression(part.expression) && choosers.has(part.expression.name.text)) {
      const [callback] = part.arguments;
      const gone = places.placeOf(skipOuter(compiler, part.expression.expression));
      const isOfPlace = gone !== undefined && writeAffectsRead(place, gone);
      if (callback !== undefined && isFunctionLiteral(compiler, callback) && !isOfPlace) found.push(callback);
    }
    compiler.forEachChild(part, walk);
  };
  walk(node);
  return found;
}

/** What a local holds, or goes through one by one. */
function madeOf({ compiler }: ProgramModel, declaration: ts.VariableDeclaration): ts.Expression | undefined {
  const loop = declaration.parent.parent;
  return declaration.initializer ?? (compiler.isForOfStatement(loop) ? loop.expression : undefined);
}
