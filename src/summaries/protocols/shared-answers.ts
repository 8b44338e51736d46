/**
 * Who comes second gets the very answer of the first: `this.entry = await entryOf(this.info)`, where `entryOf` keeps the promise
 * of its work for all who ask. What is written is the same, whoever is last.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Value, WriteEvent } from '../../events/event.js';
import { empties, resets } from '../../events/writes.js';
import { isReset } from '../../syntax/constants.js';
import { type FunctionNode, skipOuter } from '../../syntax/functions.js';
import { isNow } from '../../syntax/tree.js';
import type { Act } from '../races/acts.js';
import { declaredConstant } from '../model/declared-values.js';
import { promiseBehind } from '../model/named-values.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { otherWriters } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { flightsInto, flightsOf } from './promise-slots.js';
import { clearingAt } from './slot-clearings.js';
import { callsBehind, reachingDefinitions, readsBehind } from '../effects/provenance.js';
import { resultsOf } from '../effects/results.js';

/** The act writes the answer that a function of the program keeps for all who ask the same. */
export function isAnswerKept(model: ProgramModel, graph: Graph, { event }: Act): boolean {
  if (event.kind !== 'write' || event.value === undefined) return false;
  const call = answeringCall(model, graph, event.value);
  const callee = call === undefined ? undefined : model.callee(call, 'full');
  return call !== undefined && callee !== undefined && asksTheSame(call) && keepsAnswer(model, callee);
}

/** The call that is waited for, where the value is its answer and nothing else. */
function answeringCall(model: ProgramModel, graph: Graph, value: Value): CallEvent | undefined {
  const { compiler } = model;
  if (!compiler.isExpression(value.node)) return undefined;
  let node = skipOuter(compiler, value.node);
  const [source] = value.sources;
  if (compiler.isIdentifier(node) && source?.kind === 'use' && value.sources.length === 1) {
    const definitions = reachingDefinitions(graph, source);
    const definition = definitions.length === 1 ? definitions[0]?.value?.node : undefined;
    if (definition !== undefined && compiler.isExpression(definition) && compiler.isAwaitExpression(definition)) node = definition;
  }
  const promise = promiseBehind(model, node);
  return callsBehind(graph, value).find((call) => call.node === promise);
}

/** Nothing that differs from task to task is asked for: fields of the same object, variables of the module, constants. */
function asksTheSame(call: CallEvent): boolean {
  return call.arguments.every(({ sources }) => sources.every((source) => source.kind === 'read' && source.place.path.every(({ kind }) => kind === 'field')));
}

/** `this.value = await this.pending`: all who wait for the one promise write its one answer; or `this.loadedAt = Date.now()`, when it came. */
export function isSharedAnswer(model: ProgramModel, caller: Graph, act: Act): boolean {
  const { compiler } = model;
  const { event, inner } = act;
  // a callee may be who waits and writes
  const assignment = inner?.node;
  const node = event.kind === 'write' ? event.value?.node : assignment !== undefined && compiler.isBinaryExpression(assignment) ? assignment.right : undefined;
  if (node === undefined) return false;
  const graph = event.kind === 'write' ? caller : model.graph(model.rootActivation(node));
  let value = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
  while (compiler.isBinaryExpression(value) && value.operatorToken.kind === compiler.SyntaxKind.CommaToken) value = skipOuter(compiler, value.right);
  if (!compiler.isAwaitExpression(value) && compiler.isExpression(value)) value = answerOf(model, value) ?? value;
  const waited = compiler.isCallExpression(value) && isNow(compiler, value.expression) ? act.check.suspension?.node : value;
  if (waited === undefined || !compiler.isAwaitExpression(waited)) return false;
  let promise = skipOuter(compiler, waited.expression);
  // `await (this.pending ??= load())`
  if (compiler.isBinaryExpression(promise) && isFillingOperator(model, promise.operatorToken.kind)) promise = skipOuter(compiler, promise.left);
  // one promise for each key, and one answer
  const isOfKey = compiler.isElementAccessExpression(promise) && keyOfAssigned(model, node) === promise.argumentExpression.getText();
  if (!compiler.isIdentifier(promise) && !compiler.isPropertyAccessExpression(promise) && !isOfKey) return false;
  const place = model.file(promise).places.placeOf(promise);
  return (place !== undefined && isShared(model, graph, place)) || (compiler.isIdentifier(promise) && isOfSlot(model, graph, promise));
}

/** `const answer = await this.pending; this.id = answer.id;`: the `await` whose answer it is a part of. */
function answerOf(model: ProgramModel, value: ts.Expression): ts.Expression | undefined {
  const { compiler } = model;
  let node = value;
  while (compiler.isPropertyAccessExpression(node)) node = skipOuter(compiler, node.expression);
  return compiler.isAwaitExpression(node) ? node : declaredConstant(model, node)?.value;
}

/** `this.seen[name] = …`: the key of what is assigned, as it is written. */
function keyOfAssigned({ compiler }: ProgramModel, value: ts.Node): string | undefined {
  const assignment = value.parent;
  return compiler.isBinaryExpression(assignment) && compiler.isElementAccessExpression(assignment.left) ? assignment.left.argumentExpression.getText() : undefined;
}

/** `const flight = (this.flight ??= load());`: the local holds what all share. */
function isOfSlot(model: ProgramModel, graph: Graph, local: ts.Identifier): boolean {
  const { compiler } = model;
  const value = declaredConstant(model, local)?.value;
  if (value === undefined || !compiler.isBinaryExpression(value) || !isFillingOperator(model, value.operatorToken.kind)) return false;
  const place = model.file(local).places.placeOf(value.left);
  return place !== undefined && isShared(model, graph, place);
}

/** `??=` and `||=` leave what is there. */
function isFillingOperator({ compiler: { SyntaxKind } }: ProgramModel, operator: ts.SyntaxKind): boolean {
  return operator === SyntaxKind.QuestionQuestionEqualsToken || operator === SyntaxKind.BarBarEqualsToken;
}

/**
 * `this.loading ??= this.load(); await this.loading; this.isLoaded = true;`: all who wait for one promise note the same once it is
 * there, and nobody takes the note back. Nothing but the work in the slot is done on the way.
 */
export function isSharedWorkNoted(model: ProgramModel, graph: Graph, { event, inner, place, check }: Act): boolean {
  const { compiler } = model;
  const operand = check.suspension?.operand;
  if (inner !== undefined || event.kind !== 'write' || event.how !== 'assign' || operand === undefined) return false;
  if (event.value?.nature !== 'constant' || isReset(compiler, event.value.node)) return false;
  const slots = readsBehind(model, graph, operand).flatMap((read) => flightsInto(model, read.place));
  const work = new Set(slots.filter((flight) => flight.graph === graph).flatMap((flight) => callsBehind(graph, flight.value)));
  const waited = callsBehind(graph, operand);
  const isKept = waited.length === 0 || waited.every((call) => work.has(call)) ? slots.length > 0 : waited.every((call) => isKeptCall(model, call));
  if (!isKept) return false;
  for (const other of eventsOf(graph)) {
    if (!follows(graph, check.read.event, other) || !follows(graph, other, event)) continue;
    if (other.kind === 'suspend' && other !== check.suspension) return false;
    if (other.kind === 'call' && !work.has(other) && !waited.includes(other)) return false;
    if (other.kind === 'write' && !slots.some(({ write }) => write === other)) return false;
  }
  const isTakenBack = ({ event: write }: { readonly event: WriteEvent }): boolean => resets(compiler, write);
  return !otherWriters(model, graph, place).some(isTakenBack) && !eventsOf(graph).some((other) => other.kind === 'write' && other.place.key === place.key && resets(compiler, other));
}

function isKeptCall(model: ProgramModel, call: CallEvent): boolean {
  const callee = model.callee(call, 'full');
  return callee !== undefined && asksTheSame(call) && keepsAnswer(model, callee);
}

const keepers = createModelCache<FunctionNode, boolean>();

/** All that the function returns is the promise in a slot, which is emptied only when the work has failed. */
export function keepsAnswer(model: ProgramModel, callee: FunctionNode): boolean {
  const cache = keepers(model);
  const known = cache.get(callee);
  if (known !== undefined) return known;
  const graph = model.graph(callee);
  const flights = flightsOf(model, graph);
  const slots = new Set(flights.map(({ place }) => place.key));
  const work = new Set(flights.flatMap((flight) => callsBehind(graph, flight.value)));
  const returns = resultsOf(model.compiler, graph).map(({ value }) => value);
  const keeps =
    flights.length > 0 &&
    returns.length > 0 &&
    returns.every(
      (value) =>
        value !== undefined &&
        (readsBehind(model, graph, value).some((read) => slots.has(read.place.key)) || callsBehind(graph, value).some((call) => work.has(call))),
    ) &&
    eventsOf(graph).every(
      (event) =>
        event.kind !== 'write' ||
        !empties(model.compiler, event) ||
        !slots.has(event.place.key) ||
        clearingAt(model, graph, event, flights).isAfterFailure,
    );
  cache.set(callee, keeps);
  return keeps;
}
