/** What fields and variables are declared with. */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Place } from '../../places/place.js';
import { skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import type { ProgramModel } from './program-model.js';

export interface Declared {
  /** The initialiser; undefined where there is none. */
  readonly value: ts.Expression | undefined;
  /** The type annotation; undefined where there is none. */
  readonly type: ts.TypeNode | undefined;
}

/** Undefined for what is no declared variable, no declared field of `this` and no static one of a class. */
export function declaredValue(model: ProgramModel, { root, path }: Place): Declared | undefined {
  const { compiler } = model;
  const [first] = path;
  if (root.kind === 'variable' && path.length === 0) {
    const { declaration, initializer } = root.binding;
    return compiler.isVariableDeclaration(declaration) ? { value: initializer, type: declaration.type } : undefined;
  }
  if (first?.kind !== 'field' || path.length > 1) return undefined;
  const owner = root.kind === 'this' ? root.owner : root.kind === 'variable' ? classOf(model, root.binding) : undefined;
  const member = owner === undefined ? undefined : model.file(owner).memberOf(owner, first.name);
  return member !== undefined && compiler.isPropertyDeclaration(member) ? { value: member.initializer, type: member.type } : undefined;
}

function classOf({ compiler }: ProgramModel, { declaration }: Binding): ts.ClassLikeDeclaration | undefined {
  return compiler.isClassLike(declaration) ? declaration : undefined;
}

export interface DeclaredConstant {
  readonly binding: Binding;
  readonly value: ts.Expression;
}

/** The variable that the node names, with what it is declared with; undefined where it is assigned again, or is a part of that value. */
export function declaredConstant(model: ProgramModel, node: ts.Node): DeclaredConstant | undefined {
  const { compiler } = model;
  const name = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
  const binding = compiler.isIdentifier(name) ? model.file(name).scopes.resolve(name) : undefined;
  if (binding?.initializer === undefined || binding.assignments.length > 0) return undefined;
  return { binding, value: skipOuter(compiler, binding.initializer) };
}

/** A constant of the activation itself. */
export function declaredLocal(model: ProgramModel, graph: Graph, node: ts.Node): DeclaredConstant | undefined {
  const constant = declaredConstant(model, node);
  return constant !== undefined && graph.inlined.has(constant.binding.owner) ? constant : undefined;
}

/** A number is followed through this many variables and fields; one that is made of itself is none. */
const maximumNames = 8;

/** The number that the expression stands for: `30_000`, `5 * 60 * 1000`, `given ?? 1000`, or a variable or a field that is given such a value once. */
export function numberOf(model: ProgramModel, node: ts.Expression, names = 0): number | undefined {
  const { compiler } = model;
  const expression = skipOuter(compiler, node);
  if (compiler.isNumericLiteral(expression)) return Number(expression.text.replaceAll('_', ''));
  if (compiler.isBinaryExpression(expression)) {
    const { left, right, operatorToken } = expression;
    if (operatorToken.kind === compiler.SyntaxKind.QuestionQuestionToken) return numberOf(model, right, names);
    if (operatorToken.kind !== compiler.SyntaxKind.AsteriskToken) return undefined;
    const one = numberOf(model, left, names);
    const other = one === undefined ? undefined : numberOf(model, right, names);
    return one === undefined || other === undefined ? undefined : one * other;
  }
  if (names >= maximumNames) return undefined;
  const value = compiler.isPropertyAccessExpression(expression) ? onlyValueOf(model, expression) : declaredConstant(model, expression)?.value;
  return value === undefined ? undefined : numberOf(model, value, names + 1);
}

/** What a field of `this` is declared with, or given by the only `=` to it in the file; `*=` and its like are not looked at. */
function onlyValueOf(model: ProgramModel, field: ts.PropertyAccessExpression): ts.Expression | undefined {
  const { compiler } = model;
  const file = model.file(field);
  const place = file.places.placeOf(field);
  if (place?.root.kind !== 'this') return undefined;
  const assigned = file.mentions(field.name.text).flatMap(({ parent }): ts.Expression[] => {
    const { parent: assignment } = parent;
    if (!compiler.isPropertyAccessExpression(parent) || !compiler.isBinaryExpression(assignment)) return [];
    const isAssigned = assignment.left === parent && assignment.operatorToken.kind === compiler.SyntaxKind.EqualsToken;
    return isAssigned && file.places.placeOf(parent)?.key === place.key ? [assignment.right] : [];
  });
  const values = [declaredValue(model, place)?.value, ...assigned].filter((value) => value !== undefined);
  return values.length === 1 ? values[0] : undefined;
}
