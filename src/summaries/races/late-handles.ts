/**
 * A clean-up that comes before there is anything to clean up: `listen().then((stop) => { unlisten = stop; })` beside
 * `return () => unlisten?.()`. Who cleans up while the promise is pending finds nothing, and what arrives then stays for good.
 *
 * The variable is one of the function that begins the work, and that hands out the clean-up without waiting for the work. It
 * holds one handle, or a list of them. A component may keep the handle in an object of its own, `socket.current`, instead.
 */
import { endRegistrars, heldMember, holders, reruns } from '../../catalogue/reactive.js';
import { eventsOf, type Graph, reaches } from '../../cfg/graph.js';
import { mayFollowSuspension } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, DefineEvent, Event, SuspendEvent, TestEvent, WriteEvent } from '../../events/event.js';
import { field, project, type Projection, rootPlace, variableKey } from '../../places/place.js';
import { isNullish } from '../../syntax/constants.js';
import { type Activation, enclosingActivation, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isWithin } from '../../syntax/tree.js';
import { isEndName, isStopName, isSubscriptionEnd, namesAnEnd } from '../effects/endings.js';
import { indirectEndsOf } from '../effects/held-ends.js';
import { originOfMember } from '../../locks/imports.js';
import { isMadeBy } from '../model/component-state.js';
import { isPastAbort } from '../protocols/aborts.js';
import { nearestSuspension } from '../protocols/promise-slots.js';
import { saysWhetherWanted } from '../protocols/protocols.js';
import { isPartOfTeardown } from '../protocols/slot-lifetime.js';
import type { ProgramModel } from '../model/program-model.js';
import { waitsForWork } from './revivals.js';

export interface LateHandle {
  /** Where the handle is stored. */
  readonly node: ts.Node;
  /** The variable that it is stored in. */
  readonly name: string;
  /** The variable holds a list of handles, and gets one more. */
  readonly isList: boolean;
  readonly suspension: SuspendEvent;
  /** Where the clean-up ends what it finds. */
  readonly end: ts.Node;
}

export function lateHandlesOf(model: ProgramModel, graph: Graph): readonly LateHandle[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  return eventsOf(graph).flatMap((event) => (isStore(event) || event.kind === 'call' ? lateHandlesBy(model, graph, event) : []));
}

function lateHandlesBy(model: ProgramModel, graph: Graph, event: DefineEvent | WriteEvent | CallEvent): LateHandle[] {
  return storesBy(model, graph, event).flatMap(({ store, inner, slot }): LateHandle[] => {
    const suspension = nearestSuspension(graph, event);
    if (suspension === undefined || !isLeftToItself(model, graph, event, slot)) return [];
    for (const cleanup of cleanupsOf(model, slot)) {
      const end = isWithin(store.node, cleanup) ? undefined : endOf(model, cleanup, slot);
      if (end === undefined || asksForEnd(model, graph, event, cleanup) || asksForEnd(model, inner, store, cleanup) || waitsForWork(model, cleanup, graph, event)) continue;
      return [{ node: store.node, name: slot.name, isList: store.kind === 'write' && store.how === 'add', suspension, end }];
    }
    return [];
  });
}

interface Store {
  readonly store: DefineEvent | WriteEvent;
  /** The graph that it is in. */
  readonly inner: Graph;
  readonly slot: Slot;
}

const isStore = (event: Event): event is DefineEvent | WriteEvent => event.kind === 'define' || event.kind === 'write';

/** What the event stores: itself, or a function beside it that it calls, or hands on to be called, and that waits for nothing before: `ready().then(listen)`. */
function storesBy(model: ProgramModel, graph: Graph, event: DefineEvent | WriteEvent | CallEvent): readonly Store[] {
  const storeOf = (store: DefineEvent | WriteEvent, inner: Graph): readonly Store[] => {
    const slot = store.value === undefined || isNullish(model.compiler, store.value.node) ? undefined : slotOf(model, store);
    return slot === undefined ? [] : [{ store, inner, slot }];
  };
  if (event.kind !== 'call') return storeOf(event, graph);
  const callee = event.isGetter ? undefined : model.callee(event, 'syntactic');
  if (callee === undefined || callee === graph.owner || graph.inlined.has(callee) || enclosingActivation(model.compiler, callee) === callee.getSourceFile()) return [];
  const inner = model.graph(callee);
  return eventsOf(inner)
    .flatMap((store) => (isStore(store) && !mayFollowSuspension(inner, store) ? storeOf(store, inner) : []))
    .filter(({ slot: { binding } }) => binding.owner !== callee && isWithin(callee, binding.owner));
}

interface Slot {
  readonly binding: Binding;
  readonly name: string;
  /** The variable is an object that a component keeps; the handle is in its one member. */
  readonly isHolder: boolean;
}

/** A variable of a function that is assigned to, its declaration apart, or whose list is added to; or what a holder holds. */
function slotOf(model: ProgramModel, event: DefineEvent | WriteEvent): Slot | undefined {
  if (event.kind === 'define') return event.node === event.binding.declaration || event.binding.kind !== 'variable' ? undefined : plainSlot(event.binding);
  const { root, path, text } = event.place;
  if (root.kind !== 'variable' || root.binding.kind !== 'variable') return undefined;
  const { binding } = root;
  if (event.how === 'assign' && isHeld(path)) return isMadeBy(model, binding.declaration, holders) ? { binding, name: text, isHolder: true } : undefined;
  return (event.how === 'assign' && path.length === 0) || (event.how === 'add' && isElementOf(path)) ? plainSlot(binding) : undefined;
}

const plainSlot = (binding: Binding): Slot => ({ binding, name: binding.name, isHolder: false });

function isHeld(path: readonly Projection[]): boolean {
  return path.length === 1 && path[0]?.kind === 'field' && path[0].name === heldMember;
}

function isElementOf(path: readonly Projection[]): boolean {
  return path.length === 1 && path[0]?.kind === 'element';
}

/** The function of the variable goes on without waiting for the assignment. */
function isLeftToItself(model: ProgramModel, graph: Graph, { block }: Event, { binding: { owner }, isHolder }: Slot): boolean {
  if (model.compiler.isSourceFile(owner)) return false;
  // a component waits for none of its functions
  if (isHolder) return graph.owner !== owner && isWithin(graph.owner, owner);
  return goesOnWithout(model, owner, graph, block);
}

/** The function goes on, and returns, without waiting for what the block does. */
export function goesOnWithout(model: ProgramModel, owner: Activation, graph: Graph, block: number): boolean {
  if (graph.owner === owner) return !reaches(graph, block, graph.exit);
  if (!isWithin(graph.owner, owner) || model.compiler.isSourceFile(owner)) return false;
  const outer = model.graph(owner);
  return eventsOf(outer).some((event) => {
    if (event.kind !== 'call' || (event.consumption !== 'discarded' && event.reference === undefined) || model.callee(event, 'syntactic') !== graph.owner) return false;
    // `ready().then(listen)`, where nobody waits for the chain
    return event.consumption === 'discarded' || !reaches(outer, event.block, outer.exit);
  });
}

/** Functions over the variable that its function hands out so that others end what it has begun. */
function cleanupsOf(model: ProgramModel, { binding, isHolder }: Slot): readonly Activation[] {
  const { compiler } = model;
  const { owner } = binding;
  if (compiler.isSourceFile(owner)) return [];
  const closures = new Set(model.file(owner).mentions(binding.name).map((mention) => model.rootActivation(mention)));
  return [...closures].filter((closure) => {
    if (closure === owner || compiler.isSourceFile(closure) || !isWithin(closure, owner)) return false;
    if (isPartOfTeardown(model, closure, undefined)) return true;
    if (!isFunctionLiteral(compiler, closure) || closure.parameters.length > 0) return false;
    const { parent } = outerParent(compiler, closure);
    if (compiler.isCallExpression(parent)) return compiler.isIdentifier(parent.expression) && endRegistrars.test(parent.expression.text);
    if (isHolder) return isGivenByEffect(model, parent);
    return compiler.isReturnStatement(parent) ? model.rootActivation(parent) === owner : parent === owner;
  });
}

/** `useEffect(() => { …; return cleanup; })`, `useEffect(() => cleanup, [])`. */
function isGivenByEffect(model: ProgramModel, parent: ts.Node): boolean {
  const { compiler } = model;
  const giver = compiler.isReturnStatement(parent) ? model.rootActivation(parent) : parent;
  if (compiler.isSourceFile(giver) || !isFunctionLiteral(compiler, giver)) return false;
  const { parent: call } = outerParent(compiler, giver);
  const origin = compiler.isCallExpression(call) ? originOfMember(compiler, call.expression) : undefined;
  return origin !== undefined && reruns.get(origin.imported)?.modules.includes(origin.specifier) === true;
}

/** Where the clean-up ends what the variable holds: `unlisten?.()`, `subscription?.unsubscribe()`, each of a list or each of its parts, or by a helper. */
function endOf(model: ProgramModel, cleanup: Activation, { binding, isHolder }: Slot): ts.Node | undefined {
  const { compiler } = model;
  const isVariable = (node: ts.Expression): boolean => {
    const place = model.file(node).places.placeOf(node);
    return place?.root.kind === 'variable' && place.root.binding === binding && (isHolder ? isHeld(place.path) : place.path.length === 0 || isElementOf(place.path));
  };
  const ends = (event: CallEvent): boolean => {
    if (!compiler.isCallExpression(event.node)) return false;
    const callee = skipOuter(compiler, event.node.expression);
    if (isVariable(callee)) return namesAnEnd(binding.name);
    if (!compiler.isPropertyAccessExpression(callee) || !isVariable(callee.expression)) return false;
    return isEndName(callee.name.text) || isStopName(callee.name.text) || isSubscriptionEnd(callee.name.text);
  };
  const graph = model.graph(cleanup);
  const variable = rootPlace({ kind: 'variable', binding });
  return (eventsOf(graph).find((event) => event.kind === 'call' && ends(event)) ?? indirectEndsOf(model, graph, isHolder ? project(variable, field(heldMember)) : variable)[0]?.call)?.node;
}

/** What decides whether it is done tells that the clean-up has run. */
export function asksForEnd(model: ProgramModel, graph: Graph, event: DefineEvent | WriteEvent | CallEvent, cleanup: Activation): boolean {
  if (isPastAbort(model, graph, event)) return true;
  const written = new Set(eventsOf(model.graph(cleanup)).flatMap((each) => (each.kind === 'write' ? [each.place.key] : [])));
  const tells = ({ value }: TestEvent): boolean =>
    value.sources.some((source) => {
      if (source.kind === 'use') return written.has(variableKey(source.binding)) || saysWhetherWanted(source.binding.name);
      return source.kind === 'read' && (written.has(source.place.key) || saysWhetherWanted(source.place.text));
    });
  return model.controlDependence(graph).controllingTests(event.block).some(tells);
}
