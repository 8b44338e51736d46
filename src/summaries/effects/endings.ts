/**
 * What ends a handle: `reader.release()`, `pool.release(client)`, a helper that closes its argument. And what still may be
 * done with one that has ended: to close it again, to ask whether it is open, to open it anew.
 */
import { eventsOf, type Graph, reaches } from '../../cfg/graph.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { CallEvent, ReleaseEvent, Value } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { type Place, variableKey } from '../../places/place.js';
import { type FunctionNode, lastOfName, outerParent, skipOuter } from '../../syntax/functions.js';
import { chainMethods } from '../../syntax/promise-chains.js';
import type { Binding } from '../../syntax/scopes.js';
import { countStepOf, writtenText } from '../../syntax/tree.js';
import { createModelCache, memoized, type ProgramModel } from '../model/program-model.js';
import { callsBehind, readsBehind } from './provenance.js';

/** Methods after which their receiver is of no use. */
const endNames = /^(?:close|dispose|destroy|release|releaseLock|terminate|free|decref|unref|unmap|end|quit|disconnect|shutdown)(?:Async|Now|Sync)?$/;
/** Methods of a pool by which it takes back what it gave. */
const returnNames = /^[#_]*(?:release|free|put|giveBack|return|recycle|checkin|checkIn|destroy|close|discard)(?:Client|Connection|Resource|Object|Session|Handle|Page|Worker)?$/;
/** Methods that take one more share, or open what was closed. */
const shareNames = /^(?:retain|tryRetain|addRef|incref|ref|acquire|tryAcquire|lock|pin|open|reopen|connect|reconnect|start|restart|reset|init|initialize|setup)$/;
/** What makes sense with a handle that has ended: listeners, questions about its state, waiting for the end, cleaning up. */
const harmless =
  /^(?:on|once|off|emit|then|catch|finally|toString|toJSON|valueOf|inspect|cancel|abort|clear|remove|delete|unlink|cleanup|kill|stop)$|^(?:(?:add|remove|prepend)\w*Listeners?|(?:is|has|was|get|set|wait|after|before|end|disconnect|off)[A-Z]\w*|state|status|exitCode|exitStatus|\[.*\])$/;

export function isEndName(name: string | undefined): boolean {
  return name !== undefined && endNames.test(name);
}

/** Methods by which whoever holds an object ends it, or stops what it stands for. */
const stopNames = /^(?:abort|cancel|close|destroy|dispose|kill|stop|terminate)$/;

export function isStopName(name: string | undefined): boolean {
  return name !== undefined && stopNames.test(name);
}

/** Methods that end a subscription, or take a listener away, beside those that end any object. */
const subscriptionEnds = /^(?:remove|unsubscribe|unlisten|unwatch|off|remove(?:Event)?Listener)$/;

export function isSubscriptionEnd(name: string | undefined): boolean {
  return name !== undefined && subscriptionEnds.test(name);
}

/** What a variable or field is called whose content is called to end something: `unlisten`, `stopWatching`. */
const enders = /^(?:un[a-z]|off$|stop|dispos|destroy|clean|cancel|close|detach|disconnect|release|remove|teardown|abort)/i;

/** The same at the end of a longer name, `themeUnsubscribe`; who is told of an end, `onStop`, is none. */
const lastEnders = /^(?!(?:on|handle|is|should|will|did|before|after|schedule)[A-Z]).*[a-z\d](?:Un(?:subscribe|listen|watch|register|bind|observe|hook)|Off|Stop|Disposer?|Cleanup|CleanUp|Cancel|Detach|Disconnect|Teardown)$/;

export function namesAnEnd(name: string | undefined): boolean {
  return name !== undefined && (enders.test(name.replace(/^[#_]+/, '')) || lastEnders.test(name));
}

/** Something that the activation calls makes work under way fail. */
export function aborts(graph: Graph): boolean {
  return eventsOf(graph).some((event) => event.kind === 'call' && isAbortName(event.name));
}

export function isAbortName(name: string | undefined): boolean {
  return name !== undefined && /^[#_]*(?:abort|cancel)/i.test(name);
}

/** Members that tell whether an object is still alive: to read one is a check, and no use. */
const lifeNames = /clos|dispos|destroy|releas|abort|cancel|dead(?!line)|alive|valid|evict|stale|ended|finished|open|connected|ready|stat(?:e|us)$/i;

export function isLifeName(name: string | undefined): boolean {
  return name !== undefined && lifeNames.test(name);
}

/** An activation of this name ends the life of its object: `Client.close`. */
export function isTeardown(activationName: string): boolean {
  return isEndName(lastOfName(activationName).replace('#', ''));
}

export function isShareName(name: string | undefined): boolean {
  return name !== undefined && shareNames.test(name);
}

/** Ways to end something that have a longer name: `initiateClose`, `closeQuietly`. */
const endStem = /clos(?:e|ing)|dispos|destroy|terminat|release|shutdown|tear_?down|evict/i;

/** Whether a method of that name needs its receiver to be alive. */
export function needsLife(name: string | undefined): boolean {
  return name !== undefined && !endNames.test(name) && !endStem.test(name) && !shareNames.test(name) && !harmless.test(name);
}

/** A handle: a local of the activation, or a place that holds it. */
export interface Handle {
  readonly key: string;
  readonly text: string;
  readonly binding: Binding | undefined;
}

/** The handle that the value is; a local that only renames another is that other. */
export function handleOf(model: ProgramModel, graph: Graph, value: Value | undefined): Handle | undefined {
  const { compiler } = model;
  if (value === undefined || !compiler.isExpression(value.node)) return undefined;
  let node = skipOuter(compiler, value.node);
  for (let hops = 0; hops < 4 && compiler.isIdentifier(node); hops += 1) {
    const binding = model.file(node).scopes.resolve(node);
    if (binding === undefined || !graph.inlined.has(binding.owner) || compiler.isSourceFile(binding.owner)) break;
    const definitions = graph.definitions.get(binding) ?? [];
    const [only] = definitions;
    const initializer =
      definitions.length === 1 && only?.value !== undefined && compiler.isVariableDeclaration(only.node) && compiler.isExpression(only.value.node)
        ? skipOuter(compiler, only.value.node)
        : undefined;
    if (initializer === undefined || !compiler.isIdentifier(initializer)) return { key: variableKey(binding), text: binding.name, binding };
    node = initializer;
  }
  const place = value.place;
  if (place === undefined || place.root.kind === 'global' || place.root.kind === 'external') return undefined;
  // a variable that others see as well is as good a name as a field
  if (place.path.length === 0 && (place.root.kind !== 'variable' || place.root.binding.kind !== 'variable')) return undefined;
  if (place.path.some((projection) => projection.kind === 'element' && projection.key === undefined)) return undefined;
  return { key: place.key, text: place.text, binding: undefined };
}

export interface Ending {
  readonly handle: Handle;
  readonly call: CallEvent | ReleaseEvent;
  /** Shares are counted, or it came from a pool: to end it once more takes what belongs to others. */
  readonly isCounted: boolean;
}

/** The handles that the call ends. */
export function endingsOf(model: ProgramModel, graph: Graph, call: CallEvent): readonly Ending[] {
  const { compiler } = model;
  if (call.isConstruction === true || call.isGetter || !compiler.isCallExpression(call.node) || !isStatement(model, call.node)) return [];
  if (call.receiver !== undefined && call.name !== undefined && (endNames.test(call.name) || returnNames.test(call.name))) {
    if (model.locks.classifyCall(call.node) !== undefined) return [];
    const given = call.arguments.flatMap((argument, index): Ending[] => {
      // what is put under a key is stored
      if (index > 0 && /^[#_]*put/.test(call.name ?? '')) return [];
      const handle = handleOf(model, graph, argument);
      if (handle?.binding === undefined || call.receiver === undefined || !returnNames.test(call.name ?? '')) return [];
      return cameFrom(model, graph, argument, call.receiver) ? [{ handle, call, isCounted: true }] : [];
    });
    if (given.length > 0) return given;
    // `services.close(Mdns)` closes one of several; `socket.close(1000)` and `stream.destroy(error)` close the receiver
    const isOfItself = endNames.test(call.name) && (/^destroy/.test(call.name) || call.arguments.every(({ nature }) => nature === 'constant' || nature === 'fresh'));
    if (!isOfItself) return [];
    const handle = handleOf(model, graph, call.receiver);
    // who never comes back to it can do nothing wrong with it, whatever the method does
    if (handle === undefined || !isTouchedAgain(model, graph, call, handle)) return [];
    const callee = model.callee(call, 'full');
    // of the platform's objects `unref` ends nothing: it lets the process end before them
    if (callee === undefined) return call.name === 'unref' || isSwitchedOff(compiler, call.node) ? [] : [{ handle, call, isCounted: false }];
    const end = endOf(model, callee);
    return end.fields.size === 0 ? [] : [{ handle, call, isCounted: end.isCounted }];
  }
  return endedArguments(model, graph, call);
}

/** `audio.disconnect(false)`: what is told no is a setting, and no end. */
function isSwitchedOff(compiler: Compiler, { arguments: given }: ts.CallExpression): boolean {
  return given.length === 1 && given[0]?.kind === compiler.SyntaxKind.FalseKeyword;
}

/** The local that a resource goes back with: `client.release()`, `pool.release(client)`. That it goes back twice is for who follows what is owed. */
export function endingByRelease(model: ProgramModel, graph: Graph, release: ReleaseEvent): Ending | undefined {
  const { compiler } = model;
  const { node, lock } = release;
  if (release.scoped || !compiler.isCallExpression(node)) return undefined;
  const calls = resourceCalls(model, graph).get(lock.key);
  if (calls === undefined) return undefined;
  const callee = skipOuter(compiler, node.expression);
  const given = compiler.isPropertyAccessExpression(callee) ? [callee.expression, ...node.arguments] : node.arguments;
  for (const expression of given) {
    const handle = handleOf(model, graph, { node: expression, sources: [] });
    if (handle?.binding === undefined) continue;
    const isTaken = (graph.definitions.get(handle.binding) ?? []).some(({ value }) => value?.sources.some((source) => source.kind === 'call' && calls.has(source)) === true);
    if (isTaken) return { handle, call: release, isCounted: false };
  }
  return undefined;
}

/** The calls that take a resource, by the key of what they take it from. */
const resourceCalls = memoized((_: ProgramModel, graph: Graph): ReadonlyMap<string, ReadonlySet<CallEvent>> => {
  const calls = new Map<string, Set<CallEvent>>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'acquire' || event.call === undefined || event.operation?.kind !== 'acquire' || !event.operation.resource) continue;
    const ofLock = calls.get(event.lock.key);
    if (ofLock === undefined) calls.set(event.lock.key, new Set([event.call]));
    else ofLock.add(event.call);
  }
  return calls;
});

/** Whether another call is on the handle or is given it, or this one comes around again. */
function isTouchedAgain(model: ProgramModel, graph: Graph, call: CallEvent, handle: Handle): boolean {
  const calls = callsByHandle(model, graph).get(handle.key);
  return (calls !== undefined && (calls.size > 1 || !calls.has(call))) || reaches(graph, call.block, call.block);
}

const callsByHandle = memoized((model, graph: Graph): ReadonlyMap<string, ReadonlySet<CallEvent>> => {
  const byHandle = new Map<string, Set<CallEvent>>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call') continue;
    for (const value of [event.receiver, ...event.arguments]) {
      const key = handleOf(model, graph, value)?.key;
      if (key === undefined) continue;
      const calls = byHandle.get(key);
      if (calls === undefined) byHandle.set(key, new Set([event]));
      else calls.add(event);
    }
  }
  return byHandle;
});

/** Nobody wants its result: `os.release()` tells a version. */
function isStatement(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, call);
  const around = compiler.isAwaitExpression(parent) || compiler.isVoidExpression(parent) ? outerParent(compiler, parent).parent : parent;
  if (compiler.isPropertyAccessExpression(around)) return chainMethods.has(around.name.text);
  return compiler.isExpressionStatement(around) || compiler.isReturnStatement(around) || compiler.isArrowFunction(around);
}

/** `closeQuietly(client)`: the callee ends its parameter. */
function endedArguments(model: ProgramModel, graph: Graph, call: CallEvent): readonly Ending[] {
  if (call.arguments.length === 0 || call.reference !== undefined || (call.consumption !== 'awaited' && call.consumption !== 'discarded')) return [];
  if (!call.arguments.some((argument) => handleOf(model, graph, argument)?.binding !== undefined)) return [];
  const mayBeAnEnd = call.name !== undefined && (endStem.test(call.name) || /^(?:free|end|quit|clean)/i.test(call.name));
  const callee = model.callee(call, mayBeAnEnd ? 'full' : 'syntactic');
  if (callee === undefined) return [];
  const ended = parametersEndedBy(model, callee);
  if (ended.size === 0) return [];
  return call.arguments.flatMap((argument, index): Ending[] => {
    const handle = ended.has(index) ? handleOf(model, graph, argument) : undefined;
    return handle === undefined ? [] : [{ handle, call, isCounted: false }];
  });
}

const endedParameters = createModelCache<FunctionNode, ReadonlySet<number>>();

/** Parameters that a short helper ends before anything can go another way: its statements are one after another. */
export function parametersEndedBy(model: ProgramModel, callee: FunctionNode): ReadonlySet<number> {
  const cache = endedParameters(model);
  const known = cache.get(callee);
  if (known !== undefined) return known;
  const found = new Set<number>();
  cache.set(callee, found);
  const text = writtenText(callee);
  if (text.length > 2000 || !/\b(?:close|dispose|destroy|release|terminate|end|quit|disconnect|shutdown)\w*\s*\(/.test(text)) return found;
  const graph = model.graph(callee);
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || !isEndName(event.name) || event.arguments.length > 0) continue;
    const handle = handleOf(model, graph, event.receiver);
    const tests = model.controlDependence(graph).controllingTests(event.block);
    // `client?.close()` asks for nothing but whether there is one
    if (!tests.every((test) => test.value.sources.every((source) => source.kind === 'use' && source.binding === handle?.binding))) continue;
    const index = callee.parameters.findIndex((parameter) => parameter === handle?.binding?.declaration);
    if (index >= 0) found.add(index);
  }
  return found;
}

/** The value was got from the object: `const client = await pool.connect()`. */
function cameFrom(model: ProgramModel, graph: Graph, value: Value, owner: Value): boolean {
  const ownerHandle = ownerKey(model, owner);
  if (ownerHandle === undefined) return false;
  if (callsBehind(graph, value).some((call) => call.receiver !== undefined && ownerKey(model, call.receiver) === ownerHandle)) return true;
  return false;
}

function ownerKey(model: ProgramModel, value: Value): string | undefined {
  if (value.place !== undefined) return value.place.key;
  const { compiler } = model;
  if (!compiler.isIdentifier(value.node)) return undefined;
  const binding = model.file(value.node).scopes.resolve(value.node);
  return binding === undefined ? value.node.text : variableKey(binding);
}

/** What a closing method of the program does to its object. */
export interface End {
  /** Fields that it sets, or whose content it ends. */
  readonly fields: ReadonlySet<string>;
  /** Those of them that hold nothing of use afterwards. */
  readonly gone: ReadonlySet<string>;
  /** It counts shares down. */
  readonly isCounted: boolean;
}

const ends = createModelCache<FunctionNode, End>();

function endOf(model: ProgramModel, method: FunctionNode): End {
  const cache = ends(model);
  const known = cache.get(method);
  if (known !== undefined) return known;
  const fields = new Set<string>();
  const gone = new Set<string>();
  let isCounted = false;
  const end: End = {
    fields,
    gone,
    get isCounted() {
      return isCounted;
    },
  };
  cache.set(method, end);
  for (const event of eventsOf(model.graph(method))) {
    if (event.kind === 'write') {
      const name = ownField(event.place);
      if (name === undefined || event.how !== 'assign' || event.place.path.length > 1) continue;
      fields.add(name);
      if (empties(model.compiler, event)) gone.add(name);
      if (countStepOf(model.compiler, event.node)?.direction === 'down') isCounted = true;
    } else if (event.kind === 'call') {
      const ended = isEndName(event.name) ? event.receiver?.place : undefined;
      const name = ended === undefined || ended.path.length > 1 ? undefined : ownField(ended);
      if (name !== undefined) {
        fields.add(name);
        gone.add(name);
      }
      if (event.receiver?.node.kind !== model.compiler.SyntaxKind.ThisKeyword) continue;
      const inner = model.callee(event, 'syntactic');
      if (inner === undefined || inner === method) continue;
      const deeper = endOf(model, inner);
      for (const field of deeper.fields) fields.add(field);
      for (const field of deeper.gone) gone.add(field);
      if (deeper.isCounted) isCounted = true;
    }
  }
  return end;
}

function ownField(place: { readonly root: { readonly kind: string }; readonly path: readonly { readonly kind: string; readonly name?: string }[] }): string | undefined {
  const [first] = place.path;
  return place.root.kind === 'this' && first?.kind === 'field' ? first.name : undefined;
}

/**
 * Whether the method minds that its object has ended: it throws then, or it goes on with what was taken away. A method
 * that looks and quietly does nothing does not mind; of one that is out of sight its name must do.
 */
export function mindsEnd(model: ProgramModel, use: CallEvent, end: FunctionNode | undefined): boolean {
  const callee = model.callee(use, 'full');
  if (callee === undefined || end === undefined) return true;
  const { fields, gone } = endOf(model, end);
  const graph = model.graph(callee);
  let touches = false;
  for (const event of eventsOf(graph)) {
    if (event.kind === 'test') {
      const looks = readsBehind(model, graph, event.value).some((read) => fields.has(ownField(read.place) ?? ''));
      if (looks) return throwsBehind(model, graph, event);
    }
    if (event.kind === 'read' && gone.has(ownField(event.place) ?? '')) touches = true;
  }
  return touches;
}

/** Own fields of an object that hold nothing of use after its method has ended it. */
export function fieldsGoneAfter(model: ProgramModel, end: FunctionNode): ReadonlySet<string> {
  return endOf(model, end).gone;
}

const readingNames = /^(?:read|pipe|unpipe|pause|resume|unshift)$/;

/** `hash.end(); hash.read()`: the `end` of a stream that is out of sight ends what is written to it, and not what it gives. */
export function isReadAfterWriting(ended: CallEvent, use: CallEvent): boolean {
  return ended.name === 'end' && use.name !== undefined && readingNames.test(use.name);
}

function throwsBehind(model: ProgramModel, graph: Graph, test: { readonly block: number }): boolean {
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'throw') continue;
    if (model.controlDependence(graph).controllingTests(event.block).some((other) => other.block === test.block)) return true;
  }
  return false;
}

/** The call ends what the place holds: `this.socket.close()`, `const { socket } = this; socket.close()`. */
export function endsContentOf(model: ProgramModel, call: CallEvent, place: Place): boolean {
  return (isEndName(call.name) || isStopName(call.name)) && isContentOf(model, call.receiver, place);
}

/** The value is the place's content: named as the place, or by a local that took it from there; of a local in a pattern only the name is compared. */
export function isContentOf(model: ProgramModel, value: Value | undefined, place: Place): boolean {
  if (value === undefined) return false;
  if (value.place?.key === place.key) return true;
  return value.sources.some((source) => source.kind === 'use' && isTakenFrom(model, source.binding, place));
}

/** The local was made by taking what the place holds. */
export function isTakenFrom(model: ProgramModel, { declaration, initializer, name }: Binding, place: Place): boolean {
  const { compiler } = model;
  if (initializer !== undefined) return model.file(initializer).places.placeOf(skipOuter(compiler, initializer))?.key === place.key;
  const last = place.path.at(-1);
  return compiler.isBindingElement(declaration) && last?.kind === 'field' && last.name === name;
}
