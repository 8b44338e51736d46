/**
 * Keys that are made once and given out: `const id = this.nextId++; this.entries.set(id, entry);`. Nobody puts anything under
 * such a key a second time, so that an entry which was taken out under it does not come back.
 */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { skipOuter } from '../../syntax/functions.js';
import { declaredConstant } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { otherWriters } from './rivals.js';

/** A counter that moves on, or a generator of identifiers that do not repeat. */
const minting = /\+\+|\b(?:randomUUID|uuid|uuidv4|v4|nanoid|ulid|cuid)\(/;

/** Whether all that is put where the place is goes under keys that are made for it. */
export function isUnderMintedKey(model: ProgramModel, graph: Graph, place: Place): boolean {
  const additions = otherWriters(model, graph, place).filter(({ event }) => event.how !== 'remove' && event.place.path.length === place.path.length);
  return additions.length > 0 && additions.every(({ event }) => mintsKey(model, event));
}

/** The write puts something under a key that was made for it. */
export function mintsKey(model: ProgramModel, { node, place }: WriteEvent): boolean {
  const { compiler } = model;
  if (place.path.at(-1)?.kind !== 'element') return false;
  let key: ts.Expression | undefined;
  if (compiler.isCallExpression(node)) [key] = node.arguments;
  else if (compiler.isBinaryExpression(node) && compiler.isElementAccessExpression(node.left)) key = node.left.argumentExpression;
  if (key === undefined) return false;
  const expression = skipOuter(compiler, key);
  if (minting.test(expression.getText())) return true;
  const made = declaredConstant(model, expression)?.value;
  return made !== undefined && minting.test(made.getText());
}
