/**
 * What ends the thing that a place holds: `this.socket?.close()`, `clearTimeout(this.timer)`, `this.unlisten?.()`, each part of it
 * (`this.stream.getTracks().forEach((track) => track.stop())`), a helper that is handed it, or one that does any of these and leaves
 * nothing there.
 */
import { timerEnds } from '../../catalogue/callbacks.js';
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Value } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { holderOf, lastName, type Place, rootPlace } from '../../places/place.js';
import { type Activation, type FunctionNode, outerParent, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isWithin } from '../../syntax/tree.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isEndName, isStopName, isSubscriptionEnd, namesAnEnd } from './endings.js';
import { mayReach } from './mutations.js';
import { readsBehind } from './provenance.js';
import { settingsOf } from './settings.js';

/** A call by which what a place holds is ended. */
export interface EndOfContents {
  readonly call: CallEvent;
  /** Its member by which it is ended: the method, or where a helper ends a part of it, that part; undefined where it is called, or handed over. */
  readonly member: string | undefined;
}

/** Helpers of helpers that are followed. */
const maximumDepth = 2;

const endsIn = memoized((_model, graph: Graph): readonly CallEvent[] =>
  eventsOf(graph).filter(
    (event): event is CallEvent => event.kind === 'call' && event.receiver !== undefined && (isEndName(event.name) || isStopName(event.name) || (isSubscriptionEnd(event.name) && event.arguments.length === 0)),
  ),
);

const endsByPlace = memoized((_model, _graph: Graph) => new Map<string, readonly EndOfContents[]>());

/** `this.stream?.stop()`, and `this.close()` where that is what it does. */
export function endsOf(model: ProgramModel, graph: Graph, place: Place): readonly EndOfContents[] {
  if (!mayEnd(model, graph) && !namesAnEnd(lastName(place))) return none;
  const known = endsByPlace(model, graph);
  let ends = known.get(place.key);
  if (ends === undefined) known.set(place.key, (ends = [...ownEndsOf(model, graph, place), ...endsByHandingOver(model, graph, place), ...endsByHelpers(model, graph, place, 1)]));
  return ends;
}

const none: readonly EndOfContents[] = [];

/** Something in the graph may end what a place holds, whatever the place is called. Thousands of functions may name one place, and few do. */
const mayEnd = memoized(
  (model, graph: Graph): boolean =>
    endsIn(model, graph).length > 0 || endsOfGiven(model, graph).length > 0 || handingCalls(model, graph).length > 0 || helperCalls(model, graph).length > 0,
);

/** Two functions that look up an entry of one collection, each by a key of its own, may mean the same one. */
export function isSameHeld(left: Place, right: Place): boolean {
  if (left.key === right.key) return true;
  const [own, other] = [left.path.at(-1), right.path.at(-1)];
  return own?.kind === 'element' && other?.kind === 'element' && own.key !== undefined && other.key !== undefined && holderOf(left).key === holderOf(right).key;
}

const isHeldBehind = (model: ProgramModel, graph: Graph, value: Value | undefined, place: Place): boolean =>
  value !== undefined && ((value.place !== undefined && isSameHeld(value.place, place)) || readsBehind(model, graph, value).some((read) => isSameHeld(read.place, place)));

function ownEndsOf(model: ProgramModel, graph: Graph, place: Place): readonly EndOfContents[] {
  const byMethod = endsIn(model, graph)
    .filter(({ receiver }) => isHeldBehind(model, graph, receiver, place))
    .map((call): EndOfContents => ({ call, member: call.name }));
  return [...byMethod, ...endsOfParts(model, graph, place), ...otherEndsOf(model, graph, place)];
}

/** Where what the place holds is ended part by part, or handed to a helper that ends it. */
export function indirectEndsOf(model: ProgramModel, graph: Graph, place: Place): readonly EndOfContents[] {
  return [...endsOfParts(model, graph, place), ...endsByHandingOver(model, graph, place)];
}

/** `stream.getTracks().forEach((track) => track.stop())`: what one method of it gives is ended one after another. */
function endsOfParts(model: ProgramModel, graph: Graph, place: Place): readonly EndOfContents[] {
  const { compiler } = model;
  return endsIn(model, graph).flatMap((call): readonly EndOfContents[] => {
    const part = call.receiver?.node;
    const binding = part !== undefined && compiler.isIdentifier(part) ? model.file(part).scopes.resolve(part) : undefined;
    const all = binding === undefined ? undefined : turnsOver(model, graph, binding);
    if (all === undefined) return [];
    const giving = eventsOf(graph).find((event): event is CallEvent => event.kind === 'call' && isWithin(event.node, all) && isHeldBehind(model, graph, event.receiver, place));
    return giving === undefined ? [] : [{ call, member: giving.name }];
  });
}

/** `clearTimeout(this.timer)`, `bus.off('message', this.handler)`, `this.unlisten?.()`. */
function otherEndsOf(model: ProgramModel, graph: Graph, place: Place): readonly EndOfContents[] {
  const { compiler } = model;
  const given = endsOfGiven(model, graph).filter(({ arguments: handed }) => handed.some((argument) => isHeldBehind(model, graph, argument, place)));
  const called = !namesAnEnd(lastName(place))
    ? []
    : eventsOf(graph).filter((call): call is CallEvent => {
        if (call.kind !== 'call' || call.isConstruction === true || !compiler.isCallExpression(call.node) || endsOfGiven(model, graph).includes(call)) return false;
        const callee = skipOuter(compiler, call.node.expression);
        const own = model.file(callee).places.placeOf(callee);
        return own !== undefined && isSameHeld(own, place);
      });
  return [...given, ...called].map((call) => ({ call, member: undefined }));
}

/** Calls that end what they are given. */
const endsOfGiven = memoized((model, graph: Graph): readonly CallEvent[] =>
  eventsOf(graph).filter(
    (event): event is CallEvent =>
      event.kind === 'call' &&
      event.isConstruction !== true &&
      model.compiler.isCallExpression(event.node) &&
      event.name !== undefined &&
      (timerEnds.test(event.name) || (isSubscriptionEnd(event.name) && event.arguments.length > 1)),
  ),
);

/** What gives the variable its values, one after another: `all` in `for (const each of all)` and in `all.forEach((each) => …)`. */
function turnsOver({ compiler }: ProgramModel, graph: Graph, { declaration, owner }: Binding): ts.Node | undefined {
  if (compiler.isVariableDeclaration(declaration)) {
    const loop = declaration.parent.parent;
    return compiler.isForOfStatement(loop) ? loop.expression : undefined;
  }
  if (!compiler.isParameter(declaration) || owner === graph.owner || !graph.inlined.has(owner)) return undefined;
  const { parent } = outerParent(compiler, owner);
  return compiler.isCallExpression(parent) && compiler.isPropertyAccessExpression(parent.expression) ? parent.expression.expression : undefined;
}

/** `stopTracks(this.stream)`: a helper ends what it is handed, whatever it asks before. */
function endsByHandingOver(model: ProgramModel, graph: Graph, place: Place): readonly EndOfContents[] {
  return handingCalls(model, graph).flatMap(({ call, callee }) => endsHandedOver(model, graph, call, callee, place));
}

function endsHandedOver(model: ProgramModel, graph: Graph, call: CallEvent, callee: FunctionNode, place: Place): readonly EndOfContents[] {
  const index = call.arguments.findIndex((argument) => isHeldBehind(model, graph, argument, place));
  const name = callee.parameters[index]?.name;
  const binding = name !== undefined && model.compiler.isIdentifier(name) ? model.file(name).scopes.resolve(name) : undefined;
  const [end] = binding === undefined ? [] : ownEndsOf(model, model.graph(callee), rootPlace({ kind: 'variable', binding }));
  return end === undefined ? [] : [{ call, member: end.member }];
}

/** `this.client = await restarted(this.client)`: what gives the new one is handed the old one, and ends it, whatever it is called. */
export function endsByGiver(model: ProgramModel, graph: Graph, { sources }: Value, place: Place): readonly EndOfContents[] {
  return sources.flatMap((call): readonly EndOfContents[] => {
    if (call.kind !== 'call' || call.isGetter || call.isConstruction === true || !call.arguments.some((argument) => isHeldBehind(model, graph, argument, place))) return [];
    const callee = model.callee(call, 'full');
    return callee?.body === undefined || graph.inlined.has(callee) ? [] : endsHandedOver(model, graph, call, callee, place);
  });
}

/** The calls whose name says that they end what they are handed. */
const handingCalls = memoized((model, graph: Graph): readonly { readonly call: CallEvent; readonly callee: FunctionNode }[] =>
  eventsOf(graph).flatMap((call) => {
    if (call.kind !== 'call' || call.isGetter || call.isConstruction === true || call.arguments.length === 0 || !namesAnEnd(call.name)) return [];
    const callee = model.callee(call, 'full');
    return callee?.body === undefined || graph.inlined.has(callee) ? [] : [{ call, callee }];
  }),
);

/** The calls of functions that have a body here, and are no part of the activation itself. */
const helperCalls = memoized((model, graph: Graph): readonly { readonly call: CallEvent; readonly callee: FunctionNode }[] =>
  eventsOf(graph).flatMap((call) => {
    if (call.kind !== 'call' || call.isGetter || call.isConstruction === true) return [];
    const callee = model.callee(call, 'syntactic');
    return callee?.body === undefined || graph.inlined.has(callee) ? [] : [{ call, callee }];
  }),
);

function endsByHelpers(model: ProgramModel, graph: Graph, place: Place, depth: number): readonly EndOfContents[] {
  const name = lastName(place);
  if (name === undefined || place.path.some(({ kind }) => kind === 'element')) return [];
  return helperCalls(model, graph).flatMap(({ call, callee }): readonly EndOfContents[] => {
    if (!isOfSameOwner(model, call, place)) return [];
    const isNamed = model.file(callee).mentions(name).some((mention) => isWithin(mention, callee));
    const end = isNamed ? endInHelper(model, callee, place) : undefined;
    if (end !== undefined) return [{ call, member: end.member }];
    const further = isNamed || depth === maximumDepth ? undefined : endsByHelpers(model, model.graph(callee), place, depth + 1)[0];
    return further === undefined ? [] : [{ call, member: further.member }];
  });
}

/**
 * A function of the same object or module ends what the place holds, which both name alike, and leaves nothing in it. One that
 * leaves the old one there is mostly part of a step that its object takes by itself.
 */
function endInHelper(model: ProgramModel, callee: FunctionNode, place: Place): { readonly member: string | undefined } | undefined {
  const graph = model.graph(callee);
  if (!leavesEmpty(model, callee, place)) return undefined;
  const part = endedPart(model, graph, place);
  return part === undefined ? ownEndsOf(model, graph, place)[0] : { member: part };
}

/** `ended.process.kill()`: the member of what the place holds whose content is ended. */
function endedPart(model: ProgramModel, graph: Graph, place: Place): string | undefined {
  const reads = endsIn(model, graph).flatMap(({ receiver }) => (receiver === undefined ? [] : readsBehind(model, graph, receiver)));
  const parts = reads.flatMap((read) => (mayReach(read.place, place) ? (read.place.path[place.path.length] ?? []) : []));
  return parts.find((part) => part.kind === 'field')?.name;
}

/** The activation empties the place, itself or by a helper that asks nothing, or takes the entry out. */
export function leavesEmpty(model: ProgramModel, activation: Activation, place: Place): boolean {
  return (
    eventsOf(model.graph(activation)).some((event) => event.kind === 'write' && event.how === 'remove' && isSameHeld(event.place, place)) ||
    settingsOf(model, activation).some(({ write }) => write.place.key === place.key && empties(model.compiler, write))
  );
}

/** What `this` is in the callee is what it is here: a place of it has the same name in both. */
export function isOfSameOwner({ compiler }: ProgramModel, { receiver }: CallEvent, { root }: Place): boolean {
  return root.kind === 'this' ? receiver?.node.kind === compiler.SyntaxKind.ThisKeyword : receiver === undefined;
}
