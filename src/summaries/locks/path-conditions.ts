/**
 * Conditions on the paths of an obligation: two tests of one name have one outcome, as long as nothing that they are made of is
 * assigned in between.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { DefineEvent, TestEvent, Value } from '../../events/event.js';
import { type Place, variableKey, writeAffectsRead } from '../../places/place.js';
import { isNullish } from '../../syntax/constants.js';
import { skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import type { ProgramModel } from '../model/program-model.js';
import type { Obligation } from './obligation.js';

export interface Condition {
  readonly key: string;
  /** The test asks for the opposite of what the key stands for. */
  readonly isNegated: boolean;
  /** Its outcome tells whether the conditional acquire got the lock. */
  readonly isResult: boolean;
  /** It asks whether the lock is held: by anybody, or by this holder (`own`). */
  readonly asksFor?: 'any' | 'own';
}

/** What a condition is made of, so that an assignment can end what is known of it. */
interface Ingredients {
  readonly bindings: Set<Binding>;
  readonly places: Place[];
}

/** The name of what the acquire returned. */
export const acquiredKey = 'acquired';

/** The name of what the lock says of itself; it changes with every acquire and release, and is no fact to remember. */
const stateKey = 'held';

/** More facts than these are not remembered on one path; so that long functions stay linear. */
const maximumFacts = 32;

/** Names for conditions: two tests with one name have one outcome as long as nothing they are made of is assigned. */
export class Conditions {
  readonly #known = new Map<TestEvent, Condition | undefined>();
  readonly #ingredients = new Map<string, Ingredients>();
  /** The tests of each name. */
  readonly #tests = new Map<string, Set<ts.Node>>();

  constructor(
    readonly model: ProgramModel,
    readonly graph: Graph,
    readonly obligation: Obligation,
  ) {
    for (const { events } of graph.blocks) {
      const test = events.at(-1);
      const condition = test?.kind === 'test' ? this.of(test) : undefined;
      if (test === undefined || condition === undefined) continue;
      const nodes = this.#tests.get(condition.key);
      if (nodes === undefined) this.#tests.set(condition.key, new Set([test.node]));
      else nodes.add(test.node);
    }
  }

  isTested(binding: Binding): boolean {
    return this.#tests.has(variableKey(binding));
  }

  /** What is known after a test; the outcome of one that is not repeated is of no use. */
  assumed(facts: ReadonlyMap<string, boolean>, { key }: Condition, holds: boolean): ReadonlyMap<string, boolean> {
    if (facts.get(key) === holds || (this.#tests.get(key)?.size ?? 0) < 2) return facts;
    return this.#with(facts, key, holds);
  }

  #with(facts: ReadonlyMap<string, boolean>, key: string, holds: boolean): ReadonlyMap<string, boolean> {
    if (facts.size >= maximumFacts) {
      this.model.limits.add('facts about conditions');
      return facts;
    }
    return new Map(facts).set(key, holds);
  }

  of(test: TestEvent): Condition | undefined {
    if (this.#known.has(test)) return this.#known.get(test);
    const { compiler } = this.model;
    const condition = compiler.isExpression(test.node) ? this.#conditionOfTest(test, test.node) : undefined;
    this.#known.set(test, condition);
    return condition;
  }

  /** What the expression asks, wherever it stands. */
  asked(expression: ts.Expression): Condition | undefined {
    return this.#condition(expression);
  }

  #conditionOfTest({ comparison }: TestEvent, node: ts.Expression): Condition | undefined {
    const { compiler } = this.model;
    if (comparison === undefined || compiler.isBinaryExpression(node)) return this.#condition(node);
    // a `case` is compared with what stands after `switch`
    const { left, right } = comparison;
    if (!compiler.isExpression(left.node) || !compiler.isExpression(right.node)) return undefined;
    return this.#equality(left.node, right.node, false);
  }

  /** What stays known when the variable gets a value, and what the value tells. */
  defined(facts: ReadonlyMap<string, boolean>, { binding, value }: DefineEvent): ReadonlyMap<string, boolean> {
    const key = variableKey(binding);
    const after = without(facts, (other) => other === key || this.#ingredients.get(other)?.bindings.has(binding) === true);
    const truth = value === undefined || !this.#tests.has(key) ? undefined : this.#truthOf(value, facts);
    return truth === undefined ? after : this.#with(after, key, truth);
  }

  written(facts: ReadonlyMap<string, boolean>, place: Place, value: Value | undefined): ReadonlyMap<string, boolean> {
    const after = without(
      facts,
      (key) => this.#ingredients.get(key)?.places.some((other) => writeAffectsRead(place, other)) === true,
    );
    const truth = value === undefined || !this.#tests.has(place.key) ? undefined : this.#truthOf(value, facts);
    return truth === undefined ? after : this.#with(after, place.key, truth);
  }

  #truthOf({ node, nature }: Value, facts: ReadonlyMap<string, boolean>): boolean | undefined {
    const { compiler } = this.model;
    if (nature === 'fresh' || nature === 'function' || nature === 'promise') return true;
    if (!compiler.isExpression(node)) return undefined;
    const literal = this.#literalTruth(node);
    if (literal !== undefined) return literal;
    const condition = this.#condition(node);
    const known = condition === undefined ? undefined : facts.get(condition.key);
    return condition === undefined || known === undefined ? undefined : known !== condition.isNegated;
  }

  #literalTruth(expression: ts.Expression): boolean | undefined {
    const { compiler } = this.model;
    const { SyntaxKind } = compiler;
    const node = skipOuter(compiler, expression);
    if (node.kind === SyntaxKind.TrueKeyword) return true;
    if (node.kind === SyntaxKind.FalseKeyword || isNullish(compiler, node)) return false;
    if (compiler.isStringLiteralLike(node)) return node.text !== '';
    if (compiler.isNumericLiteral(node)) return Number(node.text) !== 0;
    return undefined;
  }

  #condition(expression: ts.Expression): Condition | undefined {
    const { compiler } = this.model;
    const { SyntaxKind } = compiler;
    const node = skipOuter(compiler, expression);
    if (compiler.isAwaitExpression(node)) return this.#condition(node.expression);
    if (compiler.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) {
      const inner = this.#condition(node.operand);
      return inner === undefined ? undefined : { ...inner, isNegated: !inner.isNegated };
    }
    if (compiler.isBinaryExpression(node)) {
      if (node.operatorToken.kind === SyntaxKind.EqualsToken) return this.#condition(node.left);
      return this.#comparison(node);
    }
    if (node === this.obligation.node) return { key: acquiredKey, isNegated: false, isResult: true };
    return this.#state(node) ?? this.#truthiness(node);
  }

  /** Whether the call only asks the lock, or its handle, about itself: nothing is done there that could fail with the lock held. */
  asksState(node: ts.Node): boolean {
    const { compiler } = this.model;
    if (compiler.isExpression(node) && this.#isOwnLease(node)) return true;
    return compiler.isCallExpression(node) && this.#state(node) !== undefined;
  }

  /** `runner.isTransactionActive`, `pool.isBorrowedResource(client)`, `!trx.isCompleted()`: what the lock or its handle says. */
  #state(node: ts.Expression): Condition | undefined {
    const { compiler } = this.model;
    const { operation, helper, carriers } = this.obligation;
    const { trueWhileHeld, trueOnceEnded } = operation.release;
    if (trueWhileHeld === undefined && trueOnceEnded === undefined) return undefined;
    const asked = compiler.isCallExpression(node) ? skipOuter(compiler, node.expression) : node;
    if (!compiler.isPropertyAccessExpression(asked)) return undefined;
    const name = asked.name.text;
    const isEnded = trueOnceEnded?.includes(name) === true;
    if (!isEnded && trueWhileHeld?.includes(name) !== true) return undefined;
    const isOfHandle = [asked.expression, ...(compiler.isCallExpression(node) ? node.arguments : [])].some((part) => {
      const binding = compiler.isIdentifier(part) ? this.model.file(part).scopes.resolve(part) : undefined;
      return binding !== undefined && carriers.has(binding);
    });
    const isOfLock = helper === undefined && operation.lock?.getText() === asked.expression.getText();
    const key = compiler.isCallExpression(node) ? node.arguments[0] : undefined;
    if (!isOfHandle && !(isOfLock && operation.key?.getText() === key?.getText())) return undefined;
    return { key: stateKey, isNegated: isEnded, isResult: false, asksFor: isOfHandle || operation.resource ? 'own' : 'any' };
  }

  #truthiness(node: ts.Expression): Condition | undefined {
    const { compiler } = this.model;
    const key = compiler.isLiteralExpression(node) ? undefined : this.#keyOf(node);
    if (key === undefined) return undefined;
    const binding = compiler.isIdentifier(node) ? this.model.file(node).scopes.resolve(node) : undefined;
    // `if (error) return done(error)`: nothing was taken
    if (binding !== undefined && binding === this.obligation.operation.refusal) return { key: acquiredKey, isNegated: true, isResult: true };
    return { key, isNegated: false, isResult: binding !== undefined && this.obligation.carriers.has(binding) };
  }

  #comparison(node: ts.BinaryExpression): Condition | undefined {
    const { compiler } = this.model;
    const { SyntaxKind } = compiler;
    const operator = node.operatorToken.kind;
    const isUnequal = operator === SyntaxKind.ExclamationEqualsEqualsToken || operator === SyntaxKind.ExclamationEqualsToken;
    const isEqual = operator === SyntaxKind.EqualsEqualsEqualsToken || operator === SyntaxKind.EqualsEqualsToken;
    const isOrder = operator >= SyntaxKind.LessThanToken && operator <= SyntaxKind.GreaterThanEqualsToken;
    if (!isUnequal && !isEqual && !isOrder) return undefined;
    if (!isOrder) return this.#equality(node.left, node.right, isUnequal);
    return this.#relation(node.left, node.right, compiler.tokenToString(operator) ?? '', false);
  }

  #equality(leftSide: ts.Expression, rightSide: ts.Expression, isUnequal: boolean): Condition | undefined {
    const { compiler } = this.model;
    const left = skipOuter(compiler, leftSide);
    const right = skipOuter(compiler, rightSide);
    if (this.#isOwnLease(left) || this.#isOwnLease(right)) return { key: stateKey, isNegated: isUnequal, isResult: false, asksFor: 'own' };
    for (const [subject, other] of [[left, right], [right, left]] as const) {
      const truth = this.#truthFor(subject, other);
      if (truth === undefined) continue;
      const inner = this.#condition(compiler.isTypeOfExpression(subject) ? subject.expression : subject);
      return inner === undefined ? undefined : { ...inner, isNegated: inner.isNegated !== (isUnequal === truth) };
    }
    return this.#relation(left, right, '===', isUnequal);
  }

  /** `(await store.get(key)) === token`: who is asked for the key of the lease. */
  #isOwnLease(side: ts.Expression): boolean {
    const { compiler } = this.model;
    const { operation } = this.obligation;
    if (operation.lease !== true) return false;
    let asked = side;
    const made = compiler.isIdentifier(asked) ? this.model.file(asked).scopes.resolve(asked)?.initializer : undefined;
    if (made !== undefined) asked = skipOuter(compiler, made);
    if (compiler.isAwaitExpression(asked)) asked = skipOuter(compiler, asked.expression);
    if (!compiler.isCallExpression(asked) || !compiler.isPropertyAccessExpression(asked.expression) || asked.expression.name.text !== 'get') return false;
    return asked.arguments[0]?.getText() === operation.key?.getText();
  }

  #relation(left: ts.Expression, right: ts.Expression, operator: string, isNegated: boolean): Condition | undefined {
    const leftKey = this.#keyOf(left);
    const rightKey = this.#keyOf(right);
    if (leftKey === undefined || rightKey === undefined) return undefined;
    const key = `${leftKey}${operator}${rightKey}`;
    this.#note(key, merge(this.#ingredients.get(leftKey), this.#ingredients.get(rightKey)));
    return { key, isNegated, isResult: false };
  }

  /** The truthiness of the subject when it equals the constant, where the comparison comes down to that. */
  #truthFor(subject: ts.Expression, constant: ts.Expression): boolean | undefined {
    const { compiler } = this.model;
    const { SyntaxKind } = compiler;
    if (compiler.isTypeOfExpression(subject)) {
      if (!compiler.isStringLiteralLike(constant)) return undefined;
      return constant.text === 'undefined' ? false : constant.text === 'function' || constant.text === 'object' ? true : undefined;
    }
    if (isNullish(compiler, constant) || constant.kind === SyntaxKind.FalseKeyword) return false;
    // what a store answers that has set the key: `OK`, or 1
    if (this.obligation.operation.lease === true && /^(?:['"`]OK['"`]|1)$/.test(constant.getText())) return true;
    return constant.kind === SyntaxKind.TrueKeyword ? true : undefined;
  }

  /** A name for the value of a variable, field or literal. */
  #keyOf(expression: ts.Expression): string | undefined {
    const { compiler } = this.model;
    const node = skipOuter(compiler, expression);
    if (compiler.isStringLiteralLike(node) || compiler.isNumericLiteral(node)) return JSON.stringify(node.text);
    const { scopes, places } = this.model.file(node);
    if (compiler.isIdentifier(node)) {
      const binding = scopes.resolve(node);
      if (binding === undefined) return undefined;
      const meant = this.#placeBehind(binding);
      if (meant !== undefined) return this.#keyOfPlace(meant);
      const key = variableKey(binding);
      this.#note(key, { bindings: new Set([binding]), places: [] });
      return key;
    }
    if (compiler.isCallExpression(node)) return this.#keyOfQuestion(node);
    if (!compiler.isPropertyAccessExpression(node) && !compiler.isElementAccessExpression(node)) return undefined;
    const place = places.placeOf(node);
    return place === undefined ? undefined : this.#keyOfPlace(place);
  }

  #keyOfPlace(place: Place): string {
    const bindings = new Set(place.root.kind === 'variable' ? [place.root.binding] : []);
    this.#note(place.key, { bindings, places: [place] });
    return place.key;
  }

  /** `const { client } = this`, where nothing is written there in this function: two names of one value. */
  #placeBehind(binding: Binding): Place | undefined {
    const [definition, ...others] = this.graph.definitions.get(binding) ?? [];
    const place = definition?.value?.place;
    if (place === undefined || others.length > 0 || binding.assignments.length > 0 || place.root.kind !== 'this') return undefined;
    return eventsOf(this.graph).some((event) => event.kind === 'write' && writeAffectsRead(event.place, place)) ? undefined : place;
  }

  /** `isPool(this.client)`: what kind of object it is does not change. */
  #keyOfQuestion({ expression, arguments: given }: ts.CallExpression): string | undefined {
    const { compiler } = this.model;
    const [subject, ...others] = given;
    if (!compiler.isIdentifier(expression) || subject === undefined || others.length > 0) return undefined;
    const question = this.model.calleeOfExpression(expression, 'full');
    if (question?.type === undefined || !compiler.isTypePredicateNode(question.type)) return undefined;
    const key = this.#keyOf(subject);
    const ingredients = key === undefined ? undefined : this.#ingredients.get(key);
    if (ingredients === undefined) return undefined;
    const asked = `${expression.text}(${key})`;
    this.#note(asked, ingredients);
    return asked;
  }

  #note(key: string, ingredients: Ingredients): void {
    if (!this.#ingredients.has(key)) this.#ingredients.set(key, ingredients);
  }
}

function without(facts: ReadonlyMap<string, boolean>, isEnded: (key: string) => boolean): ReadonlyMap<string, boolean> {
  const ended = [...facts.keys()].filter(isEnded);
  if (ended.length === 0) return facts;
  const after = new Map(facts);
  for (const key of ended) after.delete(key);
  return after;
}

function merge(left: Ingredients | undefined, right: Ingredients | undefined): Ingredients {
  return {
    bindings: new Set([...(left?.bindings ?? []), ...(right?.bindings ?? [])]),
    places: [...(left?.places ?? []), ...(right?.places ?? [])],
  };
}
