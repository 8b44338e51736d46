/**
 * Work on what is lent, such as a client of a pool, whose promise is returned from a `try` that gives it back in its `finally`:
 * it is given back before the work has ended.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event } from '../../events/event.js';
import { skipOuter } from '../../syntax/functions.js';
import { finallyAround, isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';
import type { Obligation } from './obligation.js';
import { obligationsOf } from './obligations.js';

export interface LentWork {
  /** The call whose promise is returned. */
  readonly node: ts.CallExpression;
  readonly obligation: Obligation;
  readonly release: Event;
}

export function* lentWork(model: ProgramModel, graph: Graph): Generator<LentWork> {
  if (!graph.hasLocks) return;
  for (const obligation of obligationsOf(model, graph)) {
    if (!obligation.operation.resource) continue;
    for (const node of callsReturnedOn(model, graph, obligation)) {
      const release = releaseAfter(model, graph, obligation, node);
      if (release !== undefined && model.isPromiseCall(node)) yield { node, obligation, release };
    }
  }
}

/** Calls of members of what is lent that are returned and not waited for. */
function callsReturnedOn(model: ProgramModel, graph: Graph, { carriers }: Obligation): ReadonlySet<ts.CallExpression> {
  const { compiler } = model;
  const isOnCarrier = ({ expression }: ts.CallExpression): boolean => {
    const callee = skipOuter(compiler, expression);
    const object = compiler.isPropertyAccessExpression(callee) ? skipOuter(compiler, callee.expression) : undefined;
    const binding = object !== undefined && compiler.isIdentifier(object) ? model.file(object).scopes.resolve(object) : undefined;
    return binding !== undefined && carriers.has(binding);
  };
  const found = new Set<ts.CallExpression>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'return' || event.inlined !== undefined || event.value === undefined) continue;
    for (const source of event.value.sources) {
      if (source.kind === 'call' && source.consumption === 'returned' && compiler.isCallExpression(source.node) && isOnCarrier(source.node)) found.add(source.node);
    }
  }
  return found;
}

function releaseAfter({ compiler }: ProgramModel, graph: Graph, obligation: Obligation, call: ts.Node): Event | undefined {
  for (const event of eventsOf(graph)) {
    const finallyBlock = finallyAround(compiler, graph.owner, event.node);
    if (finallyBlock !== undefined && isWithin(call, finallyBlock.parent) && !isWithin(call, finallyBlock) && obligation.discharge(event) === 'release') return event;
  }
  return undefined;
}
