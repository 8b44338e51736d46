/**
 * What a task was given is kept in a place that all tasks share, and taken out of it after a wait: `currentUser = request.user;
 * await load(); respond(currentUser)`. By then it may be what another task was given: one user gets the answer of another.
 *
 * The place must belong to a module, or to an object of which a program has but one: a field of an object that is made for one
 * task may keep what that task was given.
 */
import { containerDecorators } from '../../catalogue/callbacks.js';
import { accessesNear, eventsOf, type Graph } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, ReadEvent, SuspendEvent, WriteEvent } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { outerParent, type ThisOwner } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isWithin } from '../../syntax/tree.js';
import { constructionsOf } from '../actors/confinement.js';
import { type Rival, selfRival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { reachingDefinitions } from '../effects/provenance.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';
import { isSetup } from './renewals.js';

export interface ForeignContext {
  /** The read, or the call of a helper that reads it. */
  readonly event: ReadEvent | CallEvent;
  readonly place: Place;
  /** Where the task has put its own there. */
  readonly own: WriteEvent;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

export function foreignContextsOf(model: ProgramModel, graph: Graph, held: HeldLocks): readonly ForeignContext[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner) || isSetup(model, graph)) return [];
  const found = new Map<string, ForeignContext>();
  for (const own of eventsOf(graph)) {
    if (own.kind !== 'write' || own.how !== 'assign' || found.has(own.place.key) || !isGiven(model, graph, own)) continue;
    if (!isOfAllTasks(model, own.place) || !isShared(model, graph, own.place)) continue;
    const context = foreignContext(model, graph, held, own);
    if (context !== undefined) found.set(own.place.key, context);
  }
  return [...found.values()];
}

/** The value comes from the arguments of this call, and not from what is there already. */
function isGiven({ compiler }: ProgramModel, graph: Graph, { value, place }: WriteEvent): boolean {
  const work = [...(value?.sources ?? [])];
  const seen = new Set(work);
  const isArgument = ({ kind, owner }: Binding): boolean => kind === 'parameter' && owner === graph.owner;
  let isOwn = false;
  for (let source = work.pop(); source !== undefined; source = work.pop()) {
    const inner = [];
    if (source.kind === 'read') {
      if (writeAffectsRead(place, source.place)) return false;
      if (source.place.root.kind === 'variable' && isArgument(source.place.root.binding)) isOwn = true;
    } else if (source.kind === 'call') {
      // what a method of an argument answers, `name.trim()`, is the argument's; what an object that was made of one gives may be anything
      const isOfArgument = source.receiver?.sources.some((each) => each.kind === 'use' && isArgument(each.binding)) === true;
      inner.push(...source.arguments, ...(isOfArgument ? [source.receiver] : []));
    } else {
      const { node, binding } = source;
      const isCallee = compiler.isCallExpression(node.parent) && node.parent.expression === node;
      if (!isCallee && isArgument(binding)) isOwn = true;
      inner.push(...reachingDefinitions(graph, source).map((definition) => definition.value));
    }
    for (const next of inner.flatMap((each) => each?.sources ?? [])) {
      if (seen.has(next)) continue;
      seen.add(next);
      work.push(next);
    }
  }
  return isOwn;
}

/** A variable or an object of the module, or a field of the one object that a program has of its class. */
function isOfAllTasks(model: ProgramModel, { root, path }: Place): boolean {
  if (path.some((projection) => projection.kind === 'element')) return false;
  if (root.kind === 'variable') return root.binding.kind === 'variable' && model.compiler.isSourceFile(root.binding.owner);
  return root.kind === 'this' && root.owner !== undefined && isOneObject(model, root.owner);
}

/** Each `new` stands at the top of a module, or a container of services makes the one that all share. */
const isOneObject = memoized((model: ProgramModel, owner: ThisOwner): boolean => {
  const { compiler } = model;
  const constructions = constructionsOf(model, owner);
  if (constructions === undefined) return false;
  if (constructions.length > 0) return constructions.every((construction) => compiler.isSourceFile(model.rootActivation(construction)));
  const decorators = compiler.isClassDeclaration(owner) ? (compiler.getDecorators(owner) ?? []) : [];
  return decorators.some(({ expression }) => {
    const callee = compiler.isCallExpression(expression) ? expression.expression : expression;
    // a scope of its own makes one for each request
    return compiler.isIdentifier(callee) && containerDecorators.has(callee.text) && !/scope/i.test(expression.getText());
  });
});

function foreignContext(model: ProgramModel, graph: Graph, held: HeldLocks, own: WriteEvent): ForeignContext | undefined {
  const { place } = own;
  if (isTested(model, graph, place)) return undefined;
  for (const event of [...accessesNear(graph, place).filter(isRead), ...helpersReading(model, graph, place)]) {
    if (event.kind === 'read' && (!writeAffectsRead(place, event.place) || isCompared(model, event.node))) continue;
    if (isOfNewest(model, graph, own, event)) continue;
    const suspension = lastWaitSince(graph, held, own, event);
    const rival = suspension === undefined ? undefined : selfRival(model, graph, place, own);
    if (suspension !== undefined && rival !== undefined) return { event, place, own, suspension, rival };
  }
  return undefined;
}

function isRead(event: ReadEvent | WriteEvent): event is ReadEvent {
  return event.kind === 'read';
}

/** Whoever asks what is there knows that it may be another's. */
function isTested(model: ProgramModel, graph: Graph, place: Place): boolean {
  return eventsOf(graph).some((event) => event.kind === 'test' && readsOfTest(model, graph, event).some((read) => writeAffectsRead(place, read.place)));
}

function isCompared({ compiler }: ProgramModel, node: ts.Node): boolean {
  const { parent } = outerParent(compiler, node);
  return compiler.isBinaryExpression(parent) && /^(?:[!=]==?|[<>]=?)$/.test(parent.operatorToken.getText());
}

/**
 * `theme = next; await save(); apply(theme);`: what a setter was given is shown as it is by then, to whoever looks, and the newest is
 * wanted. It is the task's own where it goes back to the caller, or together with something else that the task has.
 */
function isOfNewest(model: ProgramModel, graph: Graph, { value }: WriteEvent, { node }: ReadEvent | CallEvent): boolean {
  const { compiler } = model;
  const { scopes } = model.file(node);
  const isWhole = value !== undefined && compiler.isIdentifier(value.node) && scopes.resolve(value.node)?.declaration.parent === graph.owner;
  if (!isWhole) return false;
  let statement = node;
  while (!compiler.isStatement(statement) && statement !== graph.owner) statement = statement.parent;
  if (!compiler.isExpressionStatement(statement)) return false;
  return !eventsOf(graph).some((event) => isOfLocal(graph, event) && isWithin(event.node, statement));
}

function isOfLocal(graph: Graph, event: Event): boolean {
  if (event.kind === 'use') return graph.inlined.has(event.binding.owner);
  return event.kind === 'read' && event.place.root.kind === 'variable' && graph.inlined.has(event.place.root.binding.owner);
}

/** Calls of helpers of the same object or module that read the place, and ask nothing about it. */
function helpersReading(model: ProgramModel, graph: Graph, place: Place): readonly CallEvent[] {
  return eventsOf(graph).filter((event): event is CallEvent => {
    if (event.kind !== 'call' || event.isConstruction === true) return false;
    const callee = model.callee(event, 'syntactic');
    if (callee === undefined || callee === graph.owner) return false;
    const inner = model.graph(callee);
    const accesses = accessesNear(inner, place);
    return accesses.length > 0 && accesses.every((access) => access.kind === 'read' && access.place.key === place.key) && !isTested(model, inner, place);
  });
}

/** The suspension on a way from the write to the read on which nothing else writes the place. */
function lastWaitSince(graph: Graph, held: HeldLocks, own: WriteEvent, read: ReadEvent | CallEvent): SuspendEvent | undefined {
  let found: SuspendEvent | undefined;
  walkBackward<{ readonly suspension: SuspendEvent | undefined }>(
    graph,
    read,
    { suspension: undefined },
    (state) => (state.suspension === undefined ? 0 : 1),
    (event, state) => {
      if (event === own) found ??= state.suspension;
      if (event === own || found !== undefined || (event.kind === 'write' && writeAffectsRead(event.place, own.place))) return undefined;
      if (event.kind !== 'suspend' || state.suspension !== undefined || held.isExclusive(event)) return state;
      // who waits for the function that has just written goes on before anybody else
      return isWithin(own.node, event.node) ? state : { suspension: event };
    },
  );
  return found;
}
