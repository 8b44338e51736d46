/**
 * Objects that others can reach before their asynchronous initialisation has ended: put into a registry, a field or a
 * static member, and only then initialised and waited for.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { isReachedWithout } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, ReadEvent, SuspendEvent, TestEvent, Value, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { displayName, functionDeclaredBy, type FunctionNode, isFunctionNode, lastOfName, skipOuter, thisOwner } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { readsBehind } from '../effects/provenance.js';
import {
  asksWriter,
  isAskedForReadiness,
  type Look,
  looksAt,
  looseUse,
  mayLookMeanwhile,
  waitsForAsker,
  waitsForFiller,
  waitsForPlace,
} from '../actors/readers.js';
import { isShared } from '../actors/sharing.js';
import { namedCallersOf } from '../effects/settings.js';
import { summarize } from '../effects/summary.js';
import { isInternal } from '../effects/visibility.js';

export interface EarlyObject {
  readonly write: WriteEvent;
  readonly place: Place;
  /** The call that initialises the object. */
  readonly initialiser: CallEvent;
  /** The wait for it, or the call itself where its promise is returned. */
  readonly suspension: SuspendEvent | CallEvent;
  readonly look: Look;
  /** Where the reader uses the object, or hands it out. */
  readonly use: ts.Node;
  /** What the initialiser sets is in sight. */
  readonly isProven: boolean;
  /** The publishing function is itself a phase of its owner's initialisation, before which nobody is to use the owner. */
  readonly isPhase: boolean;
}

const initialiserNames =
  /^_?(?:init|initiali[sz]e|setup|setUp|connect|open|load|start|boot|bootstrap|prepare|listen|login|authenticate|migrate|restore|hydrate|warmUp|register|subscribe|join|attach|mount|configure)(?:Async|[A-Z]\w*)?$/;

/** Of a method whose body is not in sight: it fills the object with something, `window.loadFile(path)`, and does not make it ready. */
const fillingNames = /^_?load[A-Z]/;

export function earlyObjects(model: ProgramModel, graph: Graph): readonly EarlyObject[] {
  const found: EarlyObject[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || (event.how !== 'assign' && event.how !== 'add') || event.value === undefined) continue;
    if (!isShared(model, graph, event.place)) continue;
    const made = newObject(model, graph, event.value, event.how === 'add' || event.place.path.at(-1)?.kind === 'element');
    if (made === undefined) continue;
    const early = judge(model, graph, event, made.binding);
    if (early !== undefined) found.push(early);
  }
  return found;
}

/**
 * The value is an object that this activation has just made, or one that it was given and registers among others; with the
 * variable that holds it.
 */
function newObject(model: ProgramModel, graph: Graph, value: Value, isElement: boolean): { readonly binding: Binding | undefined } | undefined {
  const { compiler } = model;
  if (!compiler.isExpression(value.node)) return undefined;
  const node = skipOuter(compiler, value.node);
  if (isMaking(model, node)) return { binding: undefined };
  if (!compiler.isIdentifier(node)) return undefined;
  const binding = model.file(node).scopes.resolve(node);
  if (binding?.kind === 'parameter' && isElement) return { binding };
  if (binding === undefined || binding.kind !== 'variable' || !graph.inlined.has(binding.owner)) return undefined;
  const definitions = graph.definitions.get(binding) ?? [];
  const isMade = definitions.some(({ value: defined }) => defined !== undefined && compiler.isExpression(defined.node) && isMaking(model, skipOuter(compiler, defined.node)));
  return isMade ? { binding } : undefined;
}

/** `new Client()`, or a factory's call that is not waited for. */
function isMaking(model: ProgramModel, node: ts.Expression): boolean {
  const { compiler } = model;
  if (compiler.isNewExpression(node)) return !(compiler.isIdentifier(node.expression) && /^(?:Promise|Map|Set|WeakMap|Array|Date|AbortController|Error)$/.test(node.expression.text));
  if (!compiler.isCallExpression(node)) return false;
  const callee = skipOuter(compiler, node.expression);
  const name = compiler.isIdentifier(callee) ? callee.text : compiler.isPropertyAccessExpression(callee) ? callee.name.text : '';
  return /^[#_]?(?:create|make|build|new)(?:[A-Z]|$)/.test(name);
}

function judge(model: ProgramModel, graph: Graph, write: WriteEvent, binding: Binding | undefined): EarlyObject | undefined {
  const { place } = write;
  for (const { call, suspension, isGiven } of initialisersAfter(model, graph, write, binding)) {
    const callee = isGiven ? undefined : model.callee(call, 'full');
    const late = callee === undefined ? undefined : lateFields(model, callee);
    if (late !== undefined && late.size === 0) continue;
    if (late === undefined && (call.name === undefined || !initialiserNames.test(call.name) || (!isGiven && fillingNames.test(call.name)))) continue;
    if (suspension === call && !model.questions.isPromise(call.node)) continue;
    if (write.collection !== undefined && !model.questions.isCollection(write.collection)) return undefined;
    if (write.value !== undefined && model.questions.isPromise(write.value.node)) return undefined;
    const reader = readerOf(model, graph, write, suspension, place, callee, late);
    if (reader !== undefined) return { write, place, initialiser: call, suspension, ...reader, isProven: late !== undefined, isPhase: reader.look.graph !== graph && isPhase(model, graph, place) };
  }
  return undefined;
}

function isPhase(model: ProgramModel, { owner }: Graph, place: Place): boolean {
  const { compiler } = model;
  if (compiler.isSourceFile(owner)) return true;
  const name = displayName(compiler, owner);
  const plain = lastOfName(name).replace('#', '');
  return initialiserNames.test(plain) && (place.path.at(-1)?.kind !== 'element' || isInternal(model, owner));
}

interface Initialisation {
  readonly call: CallEvent;
  readonly suspension: SuspendEvent | CallEvent;
  /** The object is an argument: what the callee does to it is not looked into. */
  readonly isGiven: boolean;
}

/** Calls after the write that work on the object and are waited for, here or by the caller. */
function initialisersAfter(model: ProgramModel, graph: Graph, write: WriteEvent, binding: Binding | undefined): Initialisation[] {
  const found: Initialisation[] = [];
  const consider = (call: CallEvent, suspension: SuspendEvent | CallEvent): void => {
    if (isCallersOption(model, graph, write, call, binding)) return;
    const isOnIt = isObject(model, call.receiver, binding, write.place);
    const isGiven = !isOnIt && initialiserNames.test(call.name ?? '') && call.arguments.some((argument) => isObject(model, argument, binding, write.place));
    if (isOnIt || isGiven) found.push({ call, suspension, isGiven });
  };
  for (const event of eventsOf(graph)) {
    if (event.kind === 'suspend' && follows(graph, write, event)) {
      for (const source of event.operand?.sources ?? []) if (source.kind === 'call' && follows(graph, write, source)) consider(source, event);
    } else if (event.kind === 'call' && event.consumption === 'returned' && follows(graph, write, event)) {
      if (event.receiver !== undefined && initialiserNames.test(event.name ?? '')) consider(event, event);
    }
  }
  return found;
}

/** `if (options.autoStart) server.start()`: an object that is also registered as it is, when its caller says so, is ready for those who find it there. */
function isCallersOption(model: ProgramModel, graph: Graph, write: WriteEvent, call: CallEvent, made: Binding | undefined): boolean {
  const control = model.controlDependence(graph);
  const before = control.controllingTests(write.block);
  return control.controllingTests(call.block).some((test) => !before.includes(test) && follows(graph, write, test) && asksForOption(model, graph, test, made));
}

/** The test asks a parameter, or a member of one, that is not the object itself. */
function asksForOption(model: ProgramModel, graph: Graph, { value }: TestEvent, made: Binding | undefined): boolean {
  const { compiler } = model;
  if (!compiler.isExpression(value.node)) return false;
  let node = skipOuter(compiler, value.node);
  while (compiler.isPrefixUnaryExpression(node)) node = skipOuter(compiler, node.operand);
  if (compiler.isPropertyAccessExpression(node)) node = node.expression;
  const binding = compiler.isIdentifier(node) ? model.file(node).scopes.resolve(node) : undefined;
  return binding?.kind === 'parameter' && binding.owner === graph.owner && binding !== made;
}

function isObject(model: ProgramModel, value: Value | undefined, binding: Binding | undefined, place: Place): boolean {
  if (value === undefined) return false;
  if (value.place?.key === place.key) return true;
  const { compiler } = model;
  if (binding === undefined || !compiler.isExpression(value.node)) return false;
  const node = skipOuter(compiler, value.node);
  return compiler.isIdentifier(node) && model.file(node).scopes.resolve(node) === binding;
}

/** Fields of its object that the function sets only after its first suspension. */
const lateFields = memoized((model, callee: FunctionNode): ReadonlySet<string> => {
  const fields = { before: new Set<string>(), after: new Set<string>() };
  for (const { phase, place } of summarize(model, callee).writes) {
    const [first] = place.path;
    if (place.root.kind === 'this' && first?.kind === 'field') fields[phase].add(first.name);
  }
  for (const name of fields.before) fields.after.delete(name);
  return fields.after;
});

function readerOf(
  model: ProgramModel,
  graph: Graph,
  write: WriteEvent,
  suspension: SuspendEvent | CallEvent,
  place: Place,
  initialiser: FunctionNode | undefined,
  late: ReadonlySet<string> | undefined,
): { readonly look: Look; readonly use: ts.Node } | undefined {
  const looks = [...looksAt(model, place)].sort((left, right) => Number(left.graph === graph) - Number(right.graph === graph));
  for (const look of looks) {
    if (look.event.place.path.length > place.path.length + 1 || (look.graph !== graph && (hasReplaced(look, place) || isWritersHelper(model, graph, look.graph)))) continue;
    const use = looseUse(model, look);
    if (use === undefined || !mayLookMeanwhile(model, graph, write, suspension, place, look)) continue;
    if (look.event.collection !== undefined && !model.questions.isCollection(look.event.collection)) continue;
    if (waitsForPlace(model, look) || waitsForFiller(model, look, place) || waitsForAsker(model, look, graph, suspension, place) || asksWriter(model, look, [place], graph) || isAskedForReadiness(model, look, place)) continue;
    if (initialiser !== undefined && late !== undefined && !needsFields(model, look, use, initialiser, late)) continue;
    return { look, use };
  }
  return undefined;
}

/** A hidden function that only the writer calls, or a constructor: it looks at what its caller has put there. */
function isWritersHelper(model: ProgramModel, writer: Graph, { owner }: Graph): boolean {
  if (owner === writer.owner || model.compiler.isSourceFile(owner) || !isInternal(model, owner)) return false;
  const callers = namedCallersOf(model, owner);
  return callers.includes(writer.owner) && callers.every((caller) => caller === writer.owner || model.compiler.isConstructorDeclaration(caller));
}

/** On every way to the look the reader has put an object of its own there. */
function hasReplaced({ graph, event }: Look, place: Place): boolean {
  return !isReachedWithout(graph, event, (earlier) => earlier.kind === 'write' && earlier.how === 'assign' && earlier.place.key === place.key);
}

/** What is used depends on the fields that are set late: the method itself, or one of those that callers may call. */
function needsFields(model: ProgramModel, look: Look, use: ts.Node, initialiser: FunctionNode, late: ReadonlySet<string>): boolean {
  const { compiler } = model;
  if (compiler.isCallExpression(use)) {
    const method = model.calleeOfExpression(use.expression, 'full');
    return method !== undefined && method !== initialiser && dependsOn(model, method, late);
  }
  const owner = thisOwner(compiler, initialiser);
  if (compiler.isPropertyAccessExpression(use) && use !== look.event.node) {
    const { text } = use.name;
    // `pump.isReceiving` asks for what it names and nothing else
    const getter = owner !== undefined && compiler.isClassLike(owner) ? owner.members.find((member) => compiler.isGetAccessorDeclaration(member) && member.name.getText() === text) : undefined;
    return late.has(text) || (getter !== undefined && isFunctionNode(compiler, getter) && dependsOn(model, getter, late));
  }
  if (owner === undefined || !compiler.isClassLike(owner)) return false;
  return owner.members.some((member) => {
    const method = functionDeclaredBy(compiler, member);
    return method !== undefined && method !== initialiser && dependsOn(model, method, late);
  });
}

/** Whether the method looks at one of the fields without asking first whether it is there, or waiting for something of its own. */
function dependsOn(model: ProgramModel, method: FunctionNode, late: ReadonlySet<string>): boolean {
  const graph = model.graph(method);
  const fieldOf = (read: ReadEvent): string | undefined => {
    const [first] = read.place.path;
    return read.place.root.kind === 'this' && first?.kind === 'field' ? first.name : undefined;
  };
  for (const event of eventsOf(graph)) {
    if (event.kind === 'suspend' && (event.operand?.sources ?? []).some((source) => source.kind === 'read' && source.place.root.kind === 'this')) return false;
    if (event.kind === 'test' && readsBehind(model, graph, event.value).some((read) => read.place.root.kind === 'this')) return false;
    if (event.kind === 'read' && late.has(fieldOf(event) ?? '')) return !isTestedHere(model, event.node);
  }
  return false;
}

/** The look is itself what is asked: `return this.token !== undefined`, `this.socket?.close()`. */
function isTestedHere(model: ProgramModel, node: ts.Node): boolean {
  const { compiler } = model;
  const { parent } = node;
  if (compiler.isPropertyAccessExpression(parent) && parent.questionDotToken !== undefined) return true;
  return compiler.isPrefixUnaryExpression(parent) || (compiler.isBinaryExpression(parent) && /^(?:[!=]==?|\?\?|\|\||&&)$/.test(parent.operatorToken.getText()));
}
