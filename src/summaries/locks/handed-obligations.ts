/** Handles that are handed to a function of the program, which gives them back on some of its ways only. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { CallEvent, Event } from '../../events/event.js';
import type { FunctionNode } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';
import { followObligation, type Leak, type ObligationPaths } from './obligation-paths.js';
import type { Obligation } from './obligation.js';
import { receivedObligation } from './obligations.js';

export interface HandedLeak {
  /** The call that hands it over. */
  readonly call: CallEvent;
  readonly callee: FunctionNode;
  readonly paths: ObligationPaths;
  readonly leak: Leak;
}

/** Undefined where this function releases it as well, or the callee keeps it for somebody else. */
export function handedLeak(model: ProgramModel, graph: Graph, obligation: Obligation): HandedLeak | undefined {
  const releases: Event[] = [];
  for (const event of eventsOf(graph)) if (obligation.discharge(event) === 'release') releases.push(event);
  for (const call of eventsOf(graph)) {
    if (call.kind !== 'call' || call.reference !== undefined || obligation.discharge(call) !== 'handover') continue;
    // what the callback releases that is handed over, the callee releases
    const position = releases.every(({ node }) => isWithin(node, call.node)) ? obligation.handed(call) : undefined;
    const callee = position === undefined ? undefined : model.callee(call, 'full');
    const paths = position === undefined || callee === undefined ? undefined : waysThrough(model, graph, obligation, callee, position);
    const [leak] = paths?.leaks ?? [];
    if (callee !== undefined && paths !== undefined && leak !== undefined) return { call, callee, paths, leak };
  }
  return undefined;
}

/** Undefined where the callee never releases it, or may be called without it. */
function waysThrough(model: ProgramModel, graph: Graph, obligation: Obligation, callee: FunctionNode, position: number): ObligationPaths | undefined {
  const { compiler } = model;
  const parameter = callee.parameters[position];
  if (callee === graph.owner || callee.body === undefined || parameter === undefined || !compiler.isIdentifier(parameter.name)) return undefined;
  const isOptional = parameter.questionToken !== undefined || parameter.initializer !== undefined || (parameter.type !== undefined && compiler.isUnionTypeNode(parameter.type));
  const binding = model.file(callee).scopes.resolve(parameter.name);
  if (isOptional || binding === undefined || binding.assignments.length > 0) return undefined;
  const inner = model.graph(callee);
  const received = receivedObligation(model, inner, binding, obligation);
  let isReleased = false;
  for (const event of eventsOf(inner)) if (received.discharge(event) === 'release') isReleased = true;
  return isReleased ? followObligation(model, inner, received) : undefined;
}
