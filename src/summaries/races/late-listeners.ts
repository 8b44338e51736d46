/**
 * The end of an old connection is taken for that of the new one: `socket.onclose = () => { this.socket = undefined; }`, where
 * the place may hold another socket by the time the event comes.
 *
 * A newer one must be able to come before the event of the old one: somebody closes the old one and forgets it at once, the
 * opening itself closes the one that it finds in the same place and stores its own, or the connections come from outside, one
 * after another, and each replaces the last.
 */
import { endEvents, endEventWords, listenerMethods } from '../../catalogue/callbacks.js';
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, TestEvent, Value, WriteEvent } from '../../events/event.js';
import { empties, resets } from '../../events/writes.js';
import { holderOf, type Place, writeAffectsRead } from '../../places/place.js';
import { type Activation, displayName, isFunctionNode, lastOfName, outerParent, skipOuter } from '../../syntax/functions.js';
import { writtenText } from '../../syntax/tree.js';
import { endsContentOf, isContentOf, isEndName, isStopName, isTakenFrom } from '../effects/endings.js';
import { writesByHelper } from '../effects/helper-writes.js';
import { isListenedTo, type Listener, listenersIn } from '../effects/listeners.js';
import { callsBehind, isMadeHere, readsBehind, substitute } from '../effects/provenance.js';
import { isInternal } from '../effects/visibility.js';
import { readsOfTest } from '../protocols/freshness.js';
import { asksOnlyForContent, stateLook } from '../protocols/state-looks.js';
import { activationsNaming } from '../effects/mutations.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { isInitialiser } from '../actors/confinement.js';
import { runsOnce } from '../actors/contexts.js';
import { heldLocks } from '../locks/held-locks.js';
import { mintsKey } from '../actors/minted-keys.js';
import { isShared } from '../actors/sharing.js';

export interface LateListener {
  /** Where the listener clears the place. */
  readonly clearing: WriteEvent | CallEvent;
  readonly place: Place;
  /** Where what it listens to was stored. */
  readonly opening: ts.Node;
  /** Name of the event, as the program writes it. */
  readonly event: string;
  /** Who makes way for a newer one, perhaps the opening itself; undefined where the newer one comes from outside. */
  readonly rival: { readonly activation: Activation; readonly name: string; readonly node: ts.Node } | undefined;
  /** The look that lets a newer one in while the old one is connecting or closing. */
  readonly look?: TestEvent;
}

/** What is stored where, by the activation or by a helper that it calls. */
interface Opening {
  readonly event: WriteEvent | CallEvent;
  readonly place: Place;
  /** What the place gets; of a helper, what the call hands over. */
  readonly values: readonly Value[];
  /** The place is an entry of a collection. */
  readonly isEntry: boolean;
}

/** Names of the file's functions that listen for an end, and so may do it for others; undefined where none does. */
const namesOfListeners = memoized(({ compiler }, file: ts.SourceFile): RegExp | undefined => {
  if (!endEventWords.test(file.text)) return undefined;
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(compiler, node) && node.parameters.length > 0 && endEventWords.test(writtenText(node))) names.add(lastOfName(displayName(compiler, node)));
    compiler.forEachChild(node, visit);
  };
  visit(file);
  const plain = [...names].filter((name) => /^#?[\w$]+$/.test(name)).map((name) => name.replaceAll('$', '\\$'));
  return new RegExp(plain.length === 0 ? '$^' : `(?<![\\w$])(?:${plain.join('|')})\\(`);
});

/** By its text: the activation may listen for the end of something, or have a function of its file do so. */
export function mayListenForEnd(model: ProgramModel, activation: Activation): boolean {
  const file = activation.getSourceFile();
  const names = activation === file ? undefined : namesOfListeners(model, file);
  if (names === undefined) return false;
  const text = writtenText(activation);
  return endEventWords.test(text) || names.test(text);
}

export function lateListenersOf(model: ProgramModel, graph: Graph): readonly LateListener[] {
  if (!mayListenForEnd(model, graph.owner)) return [];
  const listeners = listenersIn(model, graph);
  const ends = listeners.filter(({ event }) => endEvents.test(event));
  if (ends.length === 0) return [];
  const openings = openingsIn(model, graph);
  return ends.flatMap((listener): LateListener[] => {
    const opening = openings.find(({ place, values }) => isListenedTo(model, place, values, listener.target));
    const late =
      opening === undefined
        ? undefined
        : (lateClearing(model, graph, openings, opening, listener, listeners) ?? lateLowering(model, graph, opening, listener, listeners));
    return late === undefined ? [] : [late];
  });
}

/** A field, a variable or an entry gets an object that is made here, or one that was handed in. */
export function openingsIn(model: ProgramModel, graph: Graph): readonly Opening[] {
  const fills = (write: WriteEvent): boolean => write.how === 'assign' && !empties(model.compiler, write);
  return eventsOf(graph).flatMap((event): Opening[] => {
    if (event.kind === 'call') {
      return writesByHelper(model, graph, event, fills, 'full').flatMap(({ place }): Opening[] =>
        isShared(model, graph, place) ? [{ event, place, values: event.arguments, isEntry: isEntry(place) }] : [],
      );
    }
    if (event.kind !== 'write' || !fills(event) || event.value === undefined || !isObject(model, event.value) || !isShared(model, graph, event.place)) return [];
    return [{ event, place: event.place, values: [event.value], isEntry: isEntry(event.place) }];
  });
}

function isEntry({ path }: Place): boolean {
  return path.at(-1)?.kind === 'element';
}

function isObject({ compiler }: ProgramModel, { node, nature }: Value): boolean {
  if (!compiler.isExpression(node)) return false;
  const plain = skipOuter(compiler, node);
  if (compiler.isIdentifier(plain)) return nature !== 'constant';
  return compiler.isNewExpression(plain) || compiler.isCallExpression(plain) || compiler.isObjectLiteralExpression(plain);
}

function lateClearing(
  model: ProgramModel,
  graph: Graph,
  openings: readonly Opening[],
  opening: Opening,
  { event, handler, by }: Listener,
  listeners: readonly Listener[],
): LateListener | undefined {
  // who opens once for its object never opens anew
  if (opening.place.root.kind === 'this' && isInitialiser(model, graph.owner)) return undefined;
  const inner = model.graph(handler);
  const written = eventsOf(graph).flatMap((each) => (each.kind === 'write' && !empties(model.compiler, each) ? [each.place.key] : []));
  const filled = new Set([...written, ...openings.map(({ place }) => place.key)]);
  const clears = (write: WriteEvent): boolean => (write.how === 'assign' || isEntry(write.place)) && empties(model.compiler, write);
  for (const { clearing, place: cleared } of clearingsIn(model, inner, clears, 'full')) {
    const place = by === undefined ? cleared : substitute(model, cleared, by.callee, by.call);
    if (place === undefined || !filled.has(place.key) || !isShared(model, graph, place) || asksWhose(model, inner, clearing, cleared)) continue;
    const rival =
      ownReplacement(model, graph, opening) ??
      (opening.isEntry ? entryReplacerOf(model, graph, opening, place) : (replacerOf(model, graph, opening, place) ?? enderBeside(model, graph, opening)));
    if (rival !== undefined || (!opening.isEntry && isHandedIn(model, graph, opening))) return { clearing, place, opening: opening.event.node, event, rival };
    const letIn = place.key === opening.place.key ? letInByLook(model, graph, opening, listeners) : undefined;
    if (letIn !== undefined) return { clearing, place, opening: opening.event.node, event, ...letIn };
  }
  return undefined;
}

/**
 * The end takes down what another listener of the same object has put up, as `open` starts the pings and `close` stops them: those
 * of the newer object, when it has come to that by then.
 */
function lateLowering(model: ProgramModel, graph: Graph, opening: Opening, { event, handler, by, target }: Listener, listeners: readonly Listener[]): LateListener | undefined {
  const rival = by === undefined && !opening.isEntry ? ownReplacement(model, graph, opening) : undefined;
  // what is torn down at once has ended before the newer one is open
  if (rival === undefined || tearsDown.test(rival.end)) return undefined;
  const inner = model.graph(handler);
  const raised = raisedBy(model, listeners.filter((other) => !endEvents.test(other.event) && other.by === undefined && other.target.getText() === target.getText()));
  if (raised.size === 0) return undefined;
  const lowers = (write: WriteEvent): boolean => write.how === 'assign' && resets(model.compiler, write);
  const found = clearingsIn(model, inner, lowers, 'full').find(
    ({ clearing, place }) => raised.has(place.key) && isShared(model, graph, place) && !asksWhose(model, inner, clearing, place),
  );
  return found === undefined ? undefined : { ...found, opening: opening.event.node, event, rival };
}

/** Ends that leave nothing to wait for. */
const tearsDown = /^(?:destroy|terminate|kill)/i;

/** What the listeners put into fields and variables, whatever is there. */
function raisedBy(model: ProgramModel, listeners: readonly Listener[]): ReadonlySet<string> {
  const raises = (write: WriteEvent): boolean => write.how === 'assign' && !isEntry(write.place) && !resets(model.compiler, write);
  return new Set(listeners.flatMap(({ handler }) => clearingsIn(model, model.graph(handler), raises, 'full').map(({ place }) => place.key)));
}

/** Where the activation clears a place, itself or by a helper that asks no more than whether there is something to clear. */
function clearingsIn(model: ProgramModel, graph: Graph, clears: (write: WriteEvent) => boolean, effort: 'syntactic' | 'full'): Pick<LateListener, 'clearing' | 'place'>[] {
  const isPassed = (test: TestEvent, write: WriteEvent, callee: Graph): boolean => asksOnlyForContent(model, callee, test, write.place);
  return eventsOf(graph).flatMap((event): Pick<LateListener, 'clearing' | 'place'>[] => {
    if (event.kind === 'write') return clears(event) ? [{ clearing: event, place: event.place }] : [];
    return event.kind === 'call' ? writesByHelper(model, graph, event, clears, effort, isPassed).map(({ place }) => ({ clearing: event, place })) : [];
  });
}

/** The opening closes what it finds in its place, and stores its own without waiting for the end of that. */
function ownReplacement(model: ProgramModel, graph: Graph, { event, place }: Opening): (NonNullable<LateListener['rival']> & { readonly end: string }) | undefined {
  const end = eventsOf(graph).find((other): other is CallEvent => {
    if (other.kind !== 'call' || !(isEndName(other.name) || isStopName(other.name)) || other.receiver === undefined || !follows(graph, other, event)) return false;
    return readsBehind(model, graph, other.receiver).some((read) => writeAffectsRead(place, read.place));
  });
  if (end === undefined || suspendsBetween(graph, end, event) || detachesBefore(model, graph, end, place)) return undefined;
  return { activation: graph.owner, name: displayName(model.compiler, graph.owner), node: end.node, end: end.name ?? '' };
}

/** Something decides whether the listener clears the place, other than that there is something to clear. */
function asksWhose(model: ProgramModel, graph: Graph, clearing: WriteEvent | CallEvent, place: Place): boolean {
  return model
    .controlDependence(graph)
    .controllingTests(clearing.block)
    .some((test) => !asksOnlyForContent(model, graph, test, place) && (test.comparison !== undefined || readsOfTest(model, graph, test).length > 0));
}

/** A function that ends what the place holds and forgets it at once, so that the next opening finds nothing in its way. */
function replacerOf(model: ProgramModel, graph: Graph, opening: Opening, cleared: Place): LateListener['rival'] {
  for (const activation of activationsNaming(model, opening.place)) {
    if (activation === graph.owner || model.compiler.isSourceFile(activation)) continue;
    const events = eventsOf(model.graph(activation));
    const end = events.find((event) => event.kind === 'call' && endsContentOf(model, event, opening.place));
    if (end === undefined || detaches(model, activation, opening.place)) continue;
    const forgotten = events.flatMap((event) => (event.kind === 'write' && event.how === 'assign' && empties(model.compiler, event) ? [event] : []));
    // who waits between the end and the forgetting may well wait for the event
    if (model.graph(activation).hasSuspension) continue;
    if (!forgotten.some(({ place }) => place.key === opening.place.key) || !forgotten.some(({ place }) => place.key === cleared.key)) continue;
    return { activation, name: displayName(model.compiler, activation), node: end.node };
  }
  return undefined;
}

/**
 * A function that ends what the place holds and leaves the rest to the event, beside an opening that asks nobody: it stores what it
 * makes, whatever is there.
 */
function enderBeside(model: ProgramModel, graph: Graph, opening: Opening): LateListener['rival'] {
  const asksNobody = model.controlDependence(graph).controllingTests(opening.event.block).length === 0;
  return asksNobody && mayStoreAnother(model, graph, opening) ? enderOf(model, graph, opening.place) : undefined;
}

/** What is stored is made anew by each call, under no lock, and what was there keeps its listeners. */
function mayStoreAnother(model: ProgramModel, graph: Graph, { event, place, values }: Opening): boolean {
  if (!values.some((value) => isMadeHere(graph, value) || callsBehind(graph, value).length > 0) || heldLocks(model, graph).at(event).length > 0) return false;
  return !runsOnce(model, graph.owner) && !detachesBefore(model, graph, event, place);
}

/** A function that ends what the place holds, waits for nothing, and leaves the listeners where they are. */
function enderOf(model: ProgramModel, graph: Graph, place: Place): LateListener['rival'] {
  for (const activation of activationsNaming(model, place)) {
    const ender = model.graph(activation);
    // who waits for the end lets nobody in before it
    if (activation === graph.owner || model.compiler.isSourceFile(activation) || ender.hasSuspension || runsOnce(model, activation)) continue;
    const end = eventsOf(ender).find((each): each is CallEvent => each.kind === 'call' && endsContentOf(model, each, place));
    if (end === undefined || tearsDown.test(end.name ?? '') || detaches(model, activation, place)) continue;
    return { activation, name: displayName(model.compiler, activation), node: end.node };
  }
  return undefined;
}

/**
 * The opening stores what it makes also where the old one is still connecting; or where it is closing, if somebody closes it and leaves
 * the rest to the event.
 */
function letInByLook(model: ProgramModel, graph: Graph, opening: Opening, listeners: readonly Listener[]): Pick<LateListener, 'rival' | 'look'> | undefined {
  const found = stateLook(model, graph, opening.event, opening.place);
  if (found === undefined || !mayStoreAnother(model, graph, opening)) return undefined;
  const { test: look, asksConnecting } = found;
  if (!asksConnecting) {
    // who connects for its own object alone may well do so only after an end
    const { compiler } = model;
    const isOwn = compiler.isSourceFile(graph.owner) || isInternal(model, graph.owner);
    return isOwn ? undefined : { rival: { activation: graph.owner, name: displayName(compiler, graph.owner), node: look.node }, look };
  }
  const ender = enderOf(model, graph, opening.place) ?? endingListener(model, listeners);
  return ender === undefined ? undefined : { rival: ender, look };
}

/** `socket.onerror = () => socket.close()`. */
function endingListener(model: ProgramModel, listeners: readonly Listener[]): LateListener['rival'] {
  for (const { handler, target } of listeners) {
    const end = eventsOf(model.graph(handler)).find(
      (each): each is CallEvent => each.kind === 'call' && isEndName(each.name) && !tearsDown.test(each.name ?? '') && each.receiver?.node.getText() === target.getText(),
    );
    if (end !== undefined) return { activation: handler, name: displayName(model.compiler, handler), node: end.node };
  }
  return undefined;
}

/** A function that ends what an entry holds and removes it at once, where what is stored is made here, under a key that comes from outside. */
function entryReplacerOf(model: ProgramModel, graph: Graph, opening: Opening, cleared: Place): LateListener['rival'] {
  const collection = holderOf(opening.place);
  if (cleared.key !== opening.place.key || !isMadeUnderGivenKey(model, graph, opening)) return undefined;
  const removes = ({ how, place }: WriteEvent): boolean => how === 'remove' && isEntry(place) && holderOf(place).key === collection.key;
  for (const activation of activationsNaming(model, collection)) {
    const other = model.graph(activation);
    if (activation === graph.owner || model.compiler.isSourceFile(activation) || other.hasSuspension) continue;
    for (const { place } of clearingsIn(model, other, removes, 'syntactic')) {
      const end = eventsOf(other).find((event): event is CallEvent => event.kind === 'call' && endsContentOf(model, event, place));
      if (end !== undefined && !detaches(model, activation, place)) return { activation, name: displayName(model.compiler, activation), node: end.node };
    }
  }
  return undefined;
}

/**
 * What is stored is made here, and its key is not: the key names a seat that the next one may take again. The key of what is handed
 * in is mostly its own name.
 */
function isMadeUnderGivenKey(model: ProgramModel, graph: Graph, { event, place, values }: Opening): boolean {
  if (event.kind === 'write' && mintsKey(model, event)) return false;
  const isMade = values.some((value) => isMadeHere(graph, value) || callsBehind(graph, value).length > 0);
  const key = place.path.at(-1);
  return isMade && key?.kind === 'element' && key.key !== undefined;
}

/** It takes the listener away first: `this.socket.onclose = null`, `this.socket.removeAllListeners()`. */
export function detaches(model: ProgramModel, activation: Activation, place: Place): boolean {
  return eventsOf(model.graph(activation)).some((event) => isDetaching(model, event, place));
}

function isDetaching(model: ProgramModel, event: Event, place: Place): boolean {
  if (event.kind === 'write') {
    const { root } = event.place;
    return isHandlerProperty(event) && (event.place.key.startsWith(place.key) || (root.kind === 'variable' && isTakenFrom(model, root.binding, place)));
  }
  if (event.kind !== 'call') return false;
  if (isForgettingListeners(event) && isContentOf(model, event.receiver, place)) return true;
  const given = event.arguments.findIndex((argument) => isContentOf(model, argument, place));
  const callee = given < 0 ? undefined : model.callee(event, 'syntactic');
  const parameter = callee?.parameters[given];
  // `this.unbind(this.socket)`
  return callee !== undefined && parameter !== undefined && eventsOf(model.graph(callee)).some((inner) => isDetachingFrom(inner, parameter));
}

function isDetachingFrom(event: Event, parameter: ts.Node): boolean {
  if (event.kind === 'write') return isHandlerProperty(event) && event.place.root.kind === 'variable' && event.place.root.binding.declaration === parameter;
  if (event.kind !== 'call' || !isForgettingListeners(event)) return false;
  return event.receiver?.sources.some((source) => source.kind === 'use' && source.binding.declaration === parameter) === true;
}

function isHandlerProperty({ place }: WriteEvent): boolean {
  return /\.on[a-z]+$/.test(place.text);
}

function isForgettingListeners({ name }: CallEvent): boolean {
  return name !== undefined && /^(?:off|remove\w*|detach\w*)$/.test(name);
}

/** What it finds there has lost its listener by then. */
function detachesBefore(model: ProgramModel, graph: Graph, later: Event, place: Place): boolean {
  return eventsOf(graph).some((event) => isDetaching(model, event, place) && follows(graph, event, later));
}

/** What is stored was handed to a listener, which is called for each newcomer: `server.on('connection', (socket) => …)`. */
function isHandedIn(model: ProgramModel, graph: Graph, { values }: Opening): boolean {
  const { compiler } = model;
  if (compiler.isSourceFile(graph.owner)) return false;
  const isParameter = values.flatMap(({ sources }) => sources).some((source) => source.kind === 'use' && graph.owner === source.binding.declaration.parent);
  if (!isParameter) return false;
  const { parent } = outerParent(compiler, graph.owner);
  return (
    compiler.isCallExpression(parent) &&
    compiler.isPropertyAccessExpression(parent.expression) &&
    listenerMethods.has(parent.expression.name.text) &&
    model.controlDependence(graph).controllingTests(graph.entry).length === 0
  );
}
