/**
 * A look at shared state is compared with what a local remembers, in a function that is declared beside the local:
 * `const mine = ++this.generation; const isWanted = () => mine === this.generation; await work(); if (!isWanted()) return;`.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent, WriteEvent } from '../../events/event.js';
import { type FunctionNode, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { suspensionBetween } from '../effects/dependence.js';
import { callsBehind } from '../effects/provenance.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

/** Such a function decides whether the act happens, and nothing suspends between its answer and the act. */
export function isCurrentByClosure(model: ProgramModel, graph: Graph, held: HeldLocks, act: WriteEvent | CallEvent): boolean {
  const questions = questionsIn(model, graph);
  if (questions.length === 0) return false;
  const dependence = model.controlDependence(graph);
  const controlling = dependence.controllingTests(act.block);
  return questions.some(
    ({ test, call }) => controlling.includes(test) && dependence.outcomes(act.block, test).size === 1 && suspensionBetween(graph, held, call, act) === undefined,
  );
}

interface Question {
  readonly test: TestEvent;
  readonly call: CallEvent;
}

/** The tests that ask such a function. */
const questionsIn = memoized((model: ProgramModel, graph: Graph): readonly Question[] =>
  eventsOf(graph).flatMap((test) => {
    if (test.kind !== 'test') return [];
    return callsBehind(graph, test.value).flatMap((call): Question[] => {
      const asked = isAsked(model, call) ? model.callee(call, 'syntactic') : undefined;
      return asked !== undefined && comparesWithMemory(model, asked) ? [{ test, call }] : [];
    });
  }),
);

/** By its syntax: `isWanted()`, without a receiver. */
function isAsked({ compiler }: ProgramModel, { node, receiver }: CallEvent): boolean {
  return receiver === undefined && compiler.isCallExpression(node) && node.arguments.length === 0 && compiler.isIdentifier(node.expression);
}

/** All that the function does is to compare what a captured constant was read from with what it remembers. */
const comparesWithMemory = memoized((model: ProgramModel, asked: FunctionNode): boolean => {
  const { compiler } = model;
  const comparison = answerOf(model, asked);
  if (comparison === undefined || !compiler.isBinaryExpression(comparison) || !/^[!=]==?$/.test(comparison.operatorToken.getText())) return false;
  if (model.graph(asked).hasSuspension || eventsOf(model.graph(asked)).some((event) => event.kind === 'write')) return false;
  const { left, right } = comparison;
  return remembers(model, asked, left, right) || remembers(model, asked, right, left);
});

/** The one expression that the function gives back. */
function answerOf({ compiler }: ProgramModel, { body }: FunctionNode): ts.Expression | undefined {
  if (body === undefined) return undefined;
  if (!compiler.isBlock(body)) return skipOuter(compiler, body);
  const [only, ...others] = body.statements;
  return only !== undefined && others.length === 0 && compiler.isReturnStatement(only) && only.expression !== undefined ? skipOuter(compiler, only.expression) : undefined;
}

/** `memory` is a constant of an outer function that was read from the place at which `look` looks. */
function remembers(model: ProgramModel, asked: FunctionNode, memory: ts.Expression, look: ts.Expression): boolean {
  const { compiler } = model;
  const { places, scopes } = model.file(asked);
  const binding = compiler.isIdentifier(memory) ? scopes.resolve(memory) : undefined;
  if (binding?.initializer === undefined || binding.owner === asked || binding.assignments.length > 0) return false;
  const initializer = skipOuter(compiler, binding.initializer);
  const source = compiler.isPrefixUnaryExpression(initializer) ? initializer.operand : initializer;
  const [seen, remembered] = [places.placeOf(look), places.placeOf(source)];
  if (seen === undefined) return false;
  if (remembered?.key === seen.key) return true;
  // `const mine = {}; this.session = mine;`
  return (compiler.isObjectLiteralExpression(initializer) || compiler.isNewExpression(initializer) || compiler.isCallExpression(initializer)) && isStored(model, binding, seen.key);
}

/** The function that declares the local also puts it into the place. */
function isStored(model: ProgramModel, { declaration, owner }: Binding, key: string): boolean {
  return eventsOf(model.graph(owner)).some(
    (event) => event.kind === 'write' && event.place.key === key && event.value?.sources.some((source) => source.kind === 'use' && source.binding.declaration === declaration) === true,
  );
}
