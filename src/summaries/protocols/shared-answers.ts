/**
 * Who comes second gets the very answer of the first: `this.entry = await entryOf(this.info)`, where `entryOf` keeps the promise
 * of its work for all who ask. What is written is the same, whoever is last.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { CallEvent, Value } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { type FunctionNode, skipOuter } from '../../syntax/functions.js';
import type { Act } from '../races/acts.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { clearingAt, flightsOf } from './promise-slots.js';
import { callsBehind, reachingDefinitions, readsBehind } from '../effects/provenance.js';

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
  if (compiler.isIdentifier(node)) {
    const [source] = value.sources;
    const definitions = source?.kind === 'use' && value.sources.length === 1 ? reachingDefinitions(graph, source) : [];
    const definition = definitions.length === 1 ? definitions[0]?.value?.node : undefined;
    if (definition === undefined || !compiler.isExpression(definition)) return undefined;
    node = skipOuter(compiler, definition);
  }
  if (!compiler.isAwaitExpression(node)) return undefined;
  const awaited = skipOuter(compiler, node.expression);
  return callsBehind(graph, value).find((call) => call.node === awaited);
}

/** Nothing that differs from task to task is asked for: fields of the same object, variables of the module, constants. */
function asksTheSame(call: CallEvent): boolean {
  return call.arguments.every(({ sources }) => sources.every((source) => source.kind === 'read' && source.place.path.every(({ kind }) => kind === 'field')));
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
  const returns = eventsOf(graph).flatMap((event) => (event.kind === 'return' && event.inlined === undefined ? [event.value] : []));
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
