/**
 * Members of a row that a query changes relative to what they are by then, `{ balance: { decrement: price } }`, `{ $inc: { used: 1 } }`, or by
 * text, sql`${users.balance} - ${price}`: no change is lost, whoever comes first.
 */
import type { ts } from '../../compiler/compiler.js';
import { propertyNameText, skipOuter } from '../../syntax/functions.js';
import type { ProgramModel } from './program-model.js';
import { membersSetBy } from './row-queries.js';

export interface RelativeChange {
  readonly name: string;
  /** The property that tells of it. */
  readonly node: ts.ObjectLiteralElementLike;
}

/** Members of an object that tells how a member changes (Prisma, "Atomic number operations"). */
const changes: ReadonlySet<string> = new Set(['increment', 'decrement']);
/** Operators whose object names the members and what is added to them (MongoDB, "$inc"). */
const operators: ReadonlySet<string> = new Set(['$inc']);

/** What the arguments of a query that sets members change relatively. */
export function relativeChangesBy(model: ProgramModel, given: ts.Expression): readonly RelativeChange[] {
  const { compiler } = model;
  return membersSetBy(model, given, true).flatMap(({ name, node, value }): readonly RelativeChange[] => {
    const set = skipOuter(compiler, value);
    if (operators.has(name)) return membersSetBy(model, set, false).map((member) => ({ name: member.name, node: member.node }));
    if (compiler.isObjectLiteralExpression(set)) {
      const [only, ...others] = set.properties;
      const word = only === undefined || others.length > 0 ? undefined : propertyNameText(compiler, only.name);
      return word !== undefined && changes.has(word) ? [{ name, node }] : [];
    }
    return isTextOfItself(model, name, set) ? [{ name, node }] : [];
  });
}

/** A piece of a query that names the member and adds to it or takes from it. */
function isTextOfItself({ compiler }: ProgramModel, name: string, value: ts.Expression): boolean {
  if (!compiler.isTaggedTemplateExpression(value)) return false;
  const [, operand] = /^`\s*(\S+)\s*[-+]/.exec(value.template.getText()) ?? [];
  return operand !== undefined && new RegExp(`(?<![\\w$])${name}(?![\\w$])`).test(operand);
}
