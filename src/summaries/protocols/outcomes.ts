/**
 * Whether a write can overturn the outcome of a test.
 *
 * A check-then-act by one function alone goes wrong because its own act, done by another task, would have stopped it.
 * `if (this.id === undefined) throw …; await more(); this.id = next` is no such thing: after the write the test comes
 * out as before. Then only another writer can spoil it.
 */
import type { EdgeLabel, Graph } from '../../cfg/graph.js';
import { leadsWithout, suspendsBetween } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent, Value, WriteEvent } from '../../events/event.js';
import { type Place, type Projection, writeAffectsRead } from '../../places/place.js';
import { isConstant, isNullish, isReset } from '../../syntax/constants.js';
import {
  type Activation,
  displayName,
  enclosingActivation,
  isHiddenMember,
  propertyNameText,
  skipOuter,
  thisOwner,
} from '../../syntax/functions.js';
import { isInitialiser } from '../actors/confinement.js';
import { checksOf, readsOfTest } from './freshness.js';
import { scopeOf } from '../effects/mutations.js';
import { createModelCache, type ProgramFile, type ProgramModel } from '../model/program-model.js';
import { ownAnswer } from './own-answers.js';

/** What the place must hold for the test to let the act happen. */
export type Requirement =
  | { readonly kind: 'truthy' | 'falsy' | 'nullish' | 'non-null' }
  | { readonly kind: 'equal' | 'unequal'; readonly text: string }
  /** An element must be there, or must not. */
  | { readonly kind: 'present' | 'absent' }
  /** A number is on this side of a limit. */
  | { readonly kind: 'below' | 'above' };

/** The requirement that the act's being reached puts on the place; undefined when it cannot be told. */
export function requirementOf(
  model: ProgramModel,
  graph: Graph,
  block: number,
  test: TestEvent | CallEvent,
  place: Place,
): Requirement | undefined {
  if (test.kind !== 'test') return undefined;
  const { compiler } = model;
  const outcomes = [...model.controlDependence(graph).outcomes(block, test)];
  const [outcome, ...others] = outcomes.length === 1 ? outcomes : outcomes.filter((label) => isLeftAsSeen(graph, test, label, block, place));
  if (others.length > 0 || (outcome !== 'true' && outcome !== 'false')) return undefined;
  const isTrue = outcome === 'true';
  if (test.comparison !== undefined) return requirementOfComparison(model, test, test.comparison, isTrue, place);
  if (!compiler.isExpression(test.node)) return undefined;
  const node = skipOuter(compiler, test.node);
  if (denotes(model, node, test.value, place)) return { kind: isTrue ? 'truthy' : 'falsy' };
  if (compiler.isBinaryExpression(node)) return requirementOfOrder(model, node, isTrue, place);
  if (compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression)) {
    const { name, expression } = node.expression;
    const base = model.file(node).places.placeOf(expression);
    if ((name.text === 'has' || name.text === 'get') && base !== undefined && place.key.startsWith(base.key)) {
      return { kind: isTrue ? 'present' : 'absent' };
    }
  }
  const answer = ownAnswer(model, test);
  return answer === undefined ? undefined : requirementOfAnswer(model, answer, isTrue, place);
}

/** The requirement that an answer puts on the place when it is known to be true, or to be false. */
function requirementOfAnswer(model: ProgramModel, expression: ts.Expression, isTrue: boolean, place: Place): Requirement | undefined {
  const { compiler } = model;
  const { SyntaxKind } = compiler;
  const node = skipOuter(compiler, expression);
  const isPlace = (part: ts.Expression): boolean => model.file(part).places.placeOf(skipOuter(compiler, part))?.key === place.key;
  if (compiler.isPrefixUnaryExpression(node)) {
    return node.operator === SyntaxKind.ExclamationToken ? requirementOfAnswer(model, node.operand, !isTrue, place) : undefined;
  }
  if (isPlace(node)) return { kind: isTrue ? 'truthy' : 'falsy' };
  if (!compiler.isBinaryExpression(node)) return undefined;
  const { left, right, operatorToken } = node;
  // all parts of a conjunction that holds hold, and none of a disjunction that does not
  if (operatorToken.kind === (isTrue ? SyntaxKind.AmpersandAmpersandToken : SyntaxKind.BarBarToken)) {
    return requirementOfAnswer(model, left, isTrue, place) ?? requirementOfAnswer(model, right, isTrue, place);
  }
  const comparison = /^[!=]==?$/.exec(operatorToken.getText());
  if (comparison === null) return requirementOfOrder(model, node, isTrue, place);
  const other = isPlace(left) ? right : isPlace(right) ? left : undefined;
  if (other === undefined || !isFixed(model, other)) return undefined;
  return requirementOfEquality(model, other, isTrue === comparison[0].startsWith('='));
}

function requirementOfEquality({ compiler }: ProgramModel, other: ts.Node, isEqual: boolean): Requirement {
  if (isNullish(compiler, other)) return { kind: isEqual ? 'nullish' : 'non-null' };
  return { kind: isEqual ? 'equal' : 'unequal', text: other.getText() };
}

/** `if (this.state === 'open') { …; this.state = 'half'; }`: on some way from this outcome to the block nobody writes what was looked at. */
function isLeftAsSeen(graph: Graph, test: TestEvent, outcome: EdgeLabel, block: number, place: Place): boolean {
  return leadsWithout(graph, test, outcome, block, (event) => event.kind === 'write' && writeAffectsRead(event.place, place));
}

function requirementOfComparison(
  model: ProgramModel,
  test: TestEvent,
  comparison: NonNullable<TestEvent['comparison']>,
  isTrue: boolean,
  place: Place,
): Requirement | undefined {
  const { compiler } = model;
  const sides = [comparison.left, comparison.right];
  const subject = sides.find((side) => compiler.isExpression(side.node) && denotes(model, skipOuter(compiler, side.node), side, place));
  const other = sides.find((side) => side !== subject);
  if (subject === undefined || other === undefined || !isFixed(model, other.node)) return undefined;
  const isNegated = compiler.isBinaryExpression(test.node) && /^!/.test(test.node.operatorToken.getText());
  return requirementOfEquality(model, other.node, isTrue !== isNegated);
}

/** `if (this.failures > limit) return;` lets the act happen while the number is below. */
function requirementOfOrder(model: ProgramModel, { left, operatorToken, right }: ts.BinaryExpression, isTrue: boolean, place: Place): Requirement | undefined {
  const operator = operatorToken.getText();
  if (!/^[<>]=?$/.test(operator)) return undefined;
  const isPlace = (side: ts.Expression): boolean => {
    const node = skipOuter(model.compiler, side);
    return model.file(node).places.placeOf(node)?.key === place.key || isChosenFrom(model, node, place, maximumChoices);
  };
  const isLeft = isPlace(left);
  if (isLeft === isPlace(right)) return undefined;
  return { kind: operator.startsWith('<') === isLeft === isTrue ? 'below' : 'above' };
}

/** The tested expression is the place itself or a local that holds its content, and nothing computed from it. */
function denotes(model: ProgramModel, node: ts.Expression, value: Value, place: Place): boolean {
  const { compiler } = model;
  if (!compiler.isIdentifier(node) && !compiler.isPropertyAccessExpression(node) && !compiler.isElementAccessExpression(node)) return false;
  return value.place?.key === place.key || (compiler.isIdentifier(node) && isChosenFrom(model, node, place, maximumChoices));
}

/** Constants are followed through this many choices. */
const maximumChoices = 4;

/** The constant's value is the place's content or an alternative to it: `const version = given || this.version`. */
function isChosenFrom(model: ProgramModel, node: ts.Expression, place: Place, depth: number): boolean {
  const { compiler } = model;
  const value = skipOuter(compiler, node);
  if (compiler.isConditionalExpression(value)) {
    return isChosenFrom(model, value.whenTrue, place, depth) || isChosenFrom(model, value.whenFalse, place, depth);
  }
  if (compiler.isBinaryExpression(value)) {
    const { BarBarToken, QuestionQuestionToken } = compiler.SyntaxKind;
    const operator = value.operatorToken.kind;
    if (operator !== BarBarToken && operator !== QuestionQuestionToken) return false;
    return isChosenFrom(model, value.left, place, depth) || isChosenFrom(model, value.right, place, depth);
  }
  if (!compiler.isIdentifier(value) && !compiler.isPropertyAccessExpression(value)) return false;
  if (model.file(value).places.placeOf(value)?.key === place.key) return true;
  if (depth === 0 || !compiler.isIdentifier(value)) return false;
  const binding = model.file(value).scopes.resolve(value);
  return binding?.initializer !== undefined && binding.assignments.length === 0 && isChosenFrom(model, binding.initializer, place, depth - 1);
}

export function isFixed({ compiler }: ProgramModel, node: ts.Node): boolean {
  if (isConstant(compiler, node)) return true;
  // a member of an enum or of an object of constants: `State.Closed`
  return compiler.isPropertyAccessExpression(node) && compiler.isIdentifier(node.expression) && /^[A-Z]/.test(node.expression.text);
}

/** Whether the requirement certainly holds after the write, so that the write stops nobody. */
export function keepsOutcome(model: ProgramModel, requirement: Requirement, how: WriteEvent['how'], value: ts.Node | undefined): boolean {
  if (requirement.kind === 'present') return how === 'assign' || how === 'add';
  if (requirement.kind === 'absent') return how === 'remove';
  if (requirement.kind === 'below') return how === 'assign' && value !== undefined && isStepDown(value);
  if (requirement.kind === 'above') return how === 'assign' && value !== undefined && isStepUp(value);
  // what is taken out is not there afterwards either
  if (how === 'remove') return requirement.kind === 'nullish' || requirement.kind === 'falsy';
  if (how !== 'assign' || value === undefined) return false;
  const text = value.getText();
  const isNull = isNullish(model.compiler, value);
  switch (requirement.kind) {
    case 'nullish':
      return isNull;
    case 'non-null':
      return !isNull && (isFixed(model, value) || model.questions.truthiness(value) !== undefined);
    case 'truthy':
      return text === 'true' || (!isNull && !isFixed(model, value) && model.questions.truthiness(value) === 'truthy');
    case 'falsy':
      return isNull || text === 'false' || text === "''" || text === '0';
    case 'equal':
      return text === requirement.text;
    case 'unequal':
      return isFixed(model, value) && text !== requirement.text;
  }
}

/** `this.session = { ...this.session, wallet }` leaves what was read of the session as it is, except for its wallet. */
export function keepsMember(model: ProgramModel, { node, place }: Pick<WriteEvent, 'node' | 'place'>, member: Projection | undefined): boolean {
  const { compiler } = model;
  if (member?.kind !== 'field' || !compiler.isBinaryExpression(node)) return false;
  const value = skipOuter(compiler, node.right);
  if (!compiler.isObjectLiteralExpression(value)) return false;
  const { places } = model.file(node);
  const [first, ...others] = value.properties;
  if (first === undefined || !compiler.isSpreadAssignment(first) || places.placeOf(skipOuter(compiler, first.expression))?.key !== place.key) return false;
  return others.every((property) => property.name !== undefined && propertyNameText(compiler, property.name) !== member.name);
}

/**
 * `this.routes = [...this.routes]` gives what stands there by then a new identity, so that whoever compares sees a change: what a look at it
 * has told is as true as before.
 */
export function isOwnCopy(model: ProgramModel, { how, value, place }: WriteEvent): boolean {
  const { compiler } = model;
  if (how !== 'assign' || value === undefined || !compiler.isExpression(value.node)) return false;
  const copied = copiedBy(compiler, skipOuter(compiler, value.node));
  return copied !== undefined && model.file(value.node).places.placeOf(copied)?.key === place.key;
}

/** What is copied as a whole, one level deep, and nothing besides. */
function copiedBy(compiler: Compiler, value: ts.Expression): ts.Expression | undefined {
  if (compiler.isArrayLiteralExpression(value)) {
    const [element] = value.elements;
    return value.elements.length === 1 && element !== undefined && compiler.isSpreadElement(element) ? skipOuter(compiler, element.expression) : undefined;
  }
  if (compiler.isObjectLiteralExpression(value)) {
    const [property] = value.properties;
    return value.properties.length === 1 && property !== undefined && compiler.isSpreadAssignment(property) ? skipOuter(compiler, property.expression) : undefined;
  }
  if (compiler.isNewExpression(value)) {
    const [content] = value.arguments ?? [];
    return /^(?:Map|Set)$/.test(value.expression.getText()) && value.arguments?.length === 1 && content !== undefined ? skipOuter(compiler, content) : undefined;
  }
  if (!compiler.isCallExpression(value) || !compiler.isPropertyAccessExpression(value.expression)) return undefined;
  const { expression, name } = value.expression;
  if (expression.getText() === 'Array' && name.text === 'from') return value.arguments.length === 1 ? value.arguments[0] : undefined;
  return value.arguments.length === 0 && /^(?:slice|concat)$/.test(name.text) ? skipOuter(compiler, expression) : undefined;
}

/** `if (state === 'open' || state === 'opening') return;`: what the write does not overturn, it may overturn in another look of the same turn. */
export function overturnsBeside(
  model: ProgramModel,
  graph: Graph,
  block: number,
  check: TestEvent | CallEvent,
  place: Place,
  how: WriteEvent['how'],
  value: ts.Node | undefined,
): boolean {
  return [...new Set(checksOf(model, graph, block, place).values())].some((test) => {
    if (test === check || suspendsBetween(graph, test, check)) return false;
    const requirement = requirementOf(model, graph, block, test, place);
    return requirement !== undefined && !keepsOutcome(model, requirement, how, value);
  });
}

/** Nothing, or less than before: a counter is set back. */
function isStepDown(value: ts.Node): boolean {
  return value.getText() === '0' || /^(?:-=|--)$/.test(stepOf(value));
}

function isStepUp(value: ts.Node): boolean {
  return /^(?:\+=|\+\+)$/.test(stepOf(value));
}

/** The operator of `count += 1` or `count--`, given either side of it or all. */
function stepOf(value: ts.Node): string {
  const [operator] = /\+\+|--|\+=|-=/.exec(value.getText()) ?? [];
  if (operator !== undefined) return operator;
  return /([-+]=)\s*$/.exec(value.getSourceFile().text.slice(value.parent.pos, value.getStart()))?.[1] ?? '';
}

/** Another function that writes the field or variable so that the test would come out otherwise. */
export function overturningWriter(
  model: ProgramModel,
  graph: Graph,
  place: Place,
  requirement: Requirement,
): { name: string; node: ts.Node } | undefined {
  for (const { assignment, activation } of assignmentsTo(model, graph, place)) {
    if (activation === graph.owner || keepsOutcome(model, requirement, 'assign', assignment.right)) continue;
    return { name: displayName(model.compiler, named(model, activation)), node: assignment };
  }
  return undefined;
}

/** Whether some function puts something into the place after its object is made; unknown places count as such. */
export function isInstalledAgain(model: ProgramModel, graph: Graph, place: Place): boolean {
  if (fieldName(place) === undefined || isOpenToOthers(model, graph, place)) return true;
  const fills = assignmentsTo(model, graph, place).filter((each) => !isReset(model.compiler, each.assignment.right) && !isSetUpOnce(model, graph, each));
  // what one initialiser fills is filled once
  const [activation, ...others] = new Set(fills.map((each) => each.activation));
  if (activation === undefined) return false;
  return others.length > 0 || activation === graph.owner || place.root.kind !== 'this' || !isInitialiser(model, activation);
}

/** The assignment is left out once a flag is up, which its function puts up and nobody takes down: `if (this.isReady) return;`. */
function isSetUpOnce(model: ProgramModel, graph: Graph, { assignment, activation }: Assignment): boolean {
  if (activation === graph.owner) return false;
  const setUp = model.graph(activation);
  const [event] = model.eventsAt(setUp, assignment);
  if (event === undefined) return false;
  const looks = model.controlDependence(setUp).controllingTests(event.block).flatMap((test) => readsOfTest(model, setUp, test));
  return looks.some(({ place: flag }) => {
    const settings = assignmentsTo(model, graph, flag);
    return (
      settings.every(({ assignment: setting }) => setting.right.kind === model.compiler.SyntaxKind.TrueKeyword) &&
      settings.some((setting) => setting.activation === activation) &&
      !isOpenToOthers(model, graph, flag)
    );
  });
}

/** A field that is neither private nor protected can be set from outside its class. */
function isOpenToOthers(model: ProgramModel, graph: Graph, place: Place): boolean {
  const { compiler } = model;
  const name = fieldName(place);
  if (place.root.kind !== 'this' || place.root.owner === undefined || name === undefined || name.startsWith('_')) return false;
  const member = model.file(graph.owner).memberOf(place.root.owner, name);
  if (member === undefined || !compiler.isPropertyDeclaration(member) || compiler.isPrivateIdentifier(member.name)) return member === undefined;
  return !isHiddenMember(compiler, member);
}

function fieldName(place: Place): string | undefined {
  const { root, path } = place;
  const last = path.at(-1);
  if (last?.kind === 'field') return path.length === 1 ? last.name : undefined;
  return root.kind === 'variable' && path.length === 0 ? root.binding.name : undefined;
}

export interface Assignment {
  readonly assignment: ts.BinaryExpression;
  readonly activation: Activation;
}

/** Plain assignments to the field or variable in its file, outside of constructors. */
export function assignmentsTo(model: ProgramModel, graph: Graph, place: Place): readonly Assignment[] {
  const name = fieldName(place);
  if (name === undefined) return [];
  const cache = assignments(model);
  const scope = scopeOf(place) ?? graph.owner.getSourceFile();
  let byKey = cache.get(scope);
  if (byKey === undefined) cache.set(scope, (byKey = new Map<string, readonly Assignment[]>()));
  let known = byKey.get(place.key);
  if (known === undefined) {
    // a variable of another module is assigned there, and what it holds wherever it is imported
    const files = new Set([scope.getSourceFile(), ...(place.root.kind === 'variable' ? model.importersOf(place.root.binding).map(({ file }) => file) : [])]);
    byKey.set(place.key, (known = [...files].flatMap((file) => collectAssignments(model, model.file(file), name, place))));
  }
  return known;
}

const assignments = createModelCache<ts.Node, Map<string, readonly Assignment[]>>();

function collectAssignments(model: ProgramModel, file: ProgramFile, name: string, place: Place): readonly Assignment[] {
  const { compiler } = model;
  const { EqualsToken, QuestionQuestionEqualsToken, BarBarEqualsToken } = compiler.SyntaxKind;
  return file.mentions(name).flatMap((mention): Assignment[] => {
    const target = compiler.isPropertyAccessExpression(mention.parent) && mention.parent.name === mention ? mention.parent : mention;
    const { parent: assignment } = target;
    if (!compiler.isBinaryExpression(assignment) || assignment.left !== target) return [];
    const operator = assignment.operatorToken.kind;
    if (operator !== EqualsToken && operator !== QuestionQuestionEqualsToken && operator !== BarBarEqualsToken) return [];
    const written = file.places.placeOf(target);
    const isSame =
      written?.key === place.key &&
      (place.root.kind !== 'this' || (written.root.kind === 'this' && written.root.owner === place.root.owner));
    if (!isSame) return [];
    const activation = model.rootActivation(assignment);
    return compiler.isSourceFile(activation) || compiler.isConstructorDeclaration(activation) ? [] : [{ assignment, activation }];
  });
}

/** The nearest enclosing function that has a name to call it by. */
function named(model: ProgramModel, activation: Activation): Activation {
  let current = activation;
  while (displayName(model.compiler, current).includes('<anonymous>') && thisOwner(model.compiler, current) !== undefined) {
    current = enclosingActivation(model.compiler, current);
    if (model.compiler.isSourceFile(current)) return activation;
  }
  return current;
}
