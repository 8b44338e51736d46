/**
 * Pages that a component shows twice: `const rows = await load(page); setRows((shown) => [...shown, ...rows]); setPage(page + 1);`. A second
 * click comes before the page has moved on, and asks for the same. Right is a flag in a `useRef` that lets one in at a time.
 */
import { heldMember, holders, reruns } from '../../catalogue/reactive.js';
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, ReadEvent, SuspendEvent } from '../../events/event.js';
import { originOfMember } from '../../locks/imports.js';
import type { Place } from '../../places/place.js';
import { isConstant, isReset } from '../../syntax/constants.js';
import { isFunctionLiteral, nameOfFunction, outerParent, resultAtEnd, rootOfAccess } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { type Rival, selfRival } from '../actors/rivals.js';
import { mayDependOn, suspensionBetween } from '../effects/dependence.js';
import { isEmptyValue } from '../effects/emptied-places.js';
import { readsBehind } from '../effects/provenance.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { isMadeBy, stateOfSetter } from '../model/component-state.js';
import { promiseBehindName } from '../model/named-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';

export interface ComponentPage {
  /** Hands the setter a function that adds what came. */
  readonly event: CallEvent;
  readonly collection: Place;
  /** Where the position is read that is asked for. */
  readonly position: ReadEvent;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

export function* componentPagesOf(model: ProgramModel, graph: Graph, held: HeldLocks): Generator<ComponentPage> {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return;
  for (const event of eventsOf(graph)) {
    const added = event.kind === 'call' ? addedBy(model, event) : undefined;
    if (event.kind !== 'call' || added === undefined) continue;
    const load = loadOf(model, graph, added.rows);
    const position = load === undefined ? undefined : positionOf(model, graph, load);
    const suspension = position === undefined ? undefined : suspensionBetween(graph, held, position, event);
    if (load === undefined || position === undefined || suspension === undefined || isOneAtATime(model, graph, load) || isOfEffect(model, graph)) continue;
    const rival = selfRival(model, graph, added.collection, event);
    if (rival !== undefined) yield { event, collection: added.collection, position, suspension, rival };
  }
}

/** `setRows((shown) => [...shown, ...rows])`: the state, and what is added to it. */
function addedBy(model: ProgramModel, { node }: CallEvent): { readonly collection: Place; readonly rows: ts.Identifier } | undefined {
  const { compiler } = model;
  const collection = compiler.isCallExpression(node) ? stateOfSetter(model, node.expression) : undefined;
  const [update] = compiler.isCallExpression(node) ? node.arguments : [];
  if (collection === undefined || update === undefined || !isFunctionLiteral(compiler, update)) return undefined;
  const shown = update.parameters[0]?.name;
  const list = resultAtEnd(compiler, update.body);
  if (shown === undefined || !compiler.isIdentifier(shown) || list === undefined || !compiler.isArrayLiteralExpression(list)) return undefined;
  const spread = list.elements.flatMap((element) => (compiler.isSpreadElement(element) ? (rootOfAccess(compiler, element.expression) ?? []) : []));
  const rows = spread.find((name) => name.text !== shown.text);
  return rows === undefined || !spread.some((name) => name.text === shown.text) ? undefined : { collection, rows };
}

/** The call that was waited for to get what is added. */
function loadOf(model: ProgramModel, graph: Graph, rows: ts.Identifier): CallEvent | undefined {
  const binding = model.file(rows).scopes.resolve(rows);
  const promise = binding === undefined ? undefined : promiseBehindName(model, binding);
  let load: CallEvent | undefined;
  for (const { value } of (binding === undefined ? undefined : graph.definitions.get(binding)) ?? []) {
    if (value === undefined) continue;
    mayDependOn(graph, value, (source) => {
      if (source.kind === 'call' && (source.consumption === 'awaited' || source.node === promise)) load ??= source;
      return load !== undefined;
    });
  }
  return load;
}

/** A state of the component, or what one of its refs holds, that the call is asked with and that moves on behind it alone. */
function positionOf(model: ProgramModel, graph: Graph, load: CallEvent): ReadEvent | undefined {
  for (const argument of load.arguments) {
    for (const { event, place } of readsBehind(model, graph, argument)) {
      if (event.kind !== 'read' || !isKept(model, place)) continue;
      const moves = eventsOf(graph).filter((other) => setsPlace(model, other, place));
      // `setDraft('')` begins anew, and moves on from nothing
      const isMoved = moves.some((move) => !isConstant(model.compiler, givenBy(move)));
      if (isMoved && moves.every((move) => follows(graph, load, move))) return event;
    }
  }
  return undefined;
}

function isKept(model: ProgramModel, { root, path }: Place): boolean {
  if (root.kind !== 'variable') return false;
  const { declaration } = root.binding;
  const [member] = path;
  if (path.length === 1 && member?.kind === 'field' && member.name === heldMember) return isMadeBy(model, declaration, holders);
  return path.length === 0 && model.compiler.isBindingElement(declaration);
}

/** What the position is set to. */
function givenBy(move: Event): ts.Node {
  const value = move.kind === 'call' ? move.arguments[0] : move.kind === 'write' ? move.value : undefined;
  return value?.node ?? move.node;
}

function setsPlace(model: ProgramModel, event: Event, place: Place): boolean {
  if (event.kind === 'write') return event.place.key === place.key;
  return event.kind === 'call' && model.compiler.isCallExpression(event.node) && stateOfSetter(model, event.node.expression)?.key === place.key;
}

/**
 * Before it asks, the function looks at something that it sets then: a second call is turned away. Or it sets a state to `true` or
 * `'loading'`, and what is drawn by it, `disabled={isLoading}`, may let nobody call.
 */
function isOneAtATime(model: ProgramModel, graph: Graph, load: CallEvent): boolean {
  const { compiler } = model;
  const isRaised = eventsOf(graph).some((event) => {
    const [value] = event.kind === 'call' ? event.arguments : [];
    if (value === undefined || !isConstant(compiler, value.node) || isReset(compiler, value.node) || isEmptyValue(model, value)) return false;
    return compiler.isCallExpression(event.node) && stateOfSetter(model, event.node.expression) !== undefined && follows(graph, event, load);
  });
  if (isRaised) return true;
  const asked = model.controlDependence(graph).controllingTests(load.block).flatMap((test) => readsOfTest(model, graph, test).map(({ place }) => place));
  return asked.some((place) => eventsOf(graph).some((event) => setsPlace(model, event, place) && follows(graph, event, load)));
}

/** It runs, or is called, in effects alone: they run again when what they depend on has changed. */
function isOfEffect(model: ProgramModel, { owner }: Graph): boolean {
  const { compiler } = model;
  if (compiler.isSourceFile(owner) || isInEffect(model, owner)) return true;
  const name = nameOfFunction(compiler, owner);
  const uses = name === undefined ? [] : model.file(owner).mentions(name.text).filter((mention) => mention !== name && !isWithin(mention, owner));
  const calls = uses.filter((mention) => !compiler.isArrayLiteralExpression(mention.parent));
  return calls.length > 0 && calls.every((mention) => isInEffect(model, mention));
}

function isInEffect({ compiler }: ProgramModel, node: ts.Node): boolean {
  for (let current = node; current.parent !== undefined && !compiler.isSourceFile(current.parent); current = current.parent) {
    if (!compiler.isExpression(current) || !isFunctionLiteral(compiler, current)) continue;
    const { parent } = outerParent(compiler, current);
    const origin = compiler.isCallExpression(parent) ? originOfMember(compiler, parent.expression) : undefined;
    if (origin !== undefined && reruns.get(origin.imported)?.modules.includes(origin.specifier) === true) return true;
  }
  return false;
}
