/**
 * Whether a stretch of code only reads shared state. It has to be proved: every callee must be known, to be part of the
 * language or to have a body that only reads in turn. What is not known writes.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import { collectionEffect, synchronousCallbacks } from '../../events/collections.js';
import type { CallEvent, Event, ReadEvent, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { enclosingActivation, type FunctionNode, isFunctionLiteral, isGenerator, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { substitute } from './provenance.js';
import { referencesOf } from './references.js';
import { isShared } from '../actors/sharing.js';

export interface ReadOnly {
  /** Shared places that are read, each once. */
  readonly reads: readonly { readonly place: Place; readonly node: ts.Node }[];
}

/** Interfaces of the language's library whose members have no effect beyond their receiver and arguments. */
const harmlessOwners =
  /^(?:(?:Readonly|Weak)?(?:Map|Set)|(?:Readonly)?Array|(?:Map|Set|Array|String|RegExpString)?Iterator(?:Object)?|Generator|Iterable\w*|Object|Function|String|Number|BigInt|Boolean|Symbol|Math|JSON|Date|RegExp\w*|Promise|Error|(?:Map|Set|Array|Object|String|Number|BigInt|Boolean|Symbol|Date|RegExp|Promise|Error)Constructor|(?:Big)?(?:Ui|I)nt\d+(?:Clamped)?Array|Float\d+Array|ArrayBuffer|DataView|Console|console)$/;
const harmlessGlobals: ReadonlySet<string> = new Set([
  'parseInt', 'parseFloat', 'isNaN', 'isFinite', 'structuredClone', 'encodeURIComponent', 'decodeURIComponent', 'String', 'Number', 'Boolean',
  'BigInt', 'Symbol', 'Date', 'Error', 'TypeError', 'RangeError', 'Map', 'Set', 'Array', 'WeakMap', 'WeakSet', 'RegExp', 'Object', 'Promise',
]);
/** Members that change their first argument. */
const argumentMutators: ReadonlySet<string> = new Set(['assign', 'freeze', 'seal', 'defineProperty', 'defineProperties', 'setPrototypeOf']);
/** Members that call what they are called on. */
const indirectCalls: ReadonlySet<string> = new Set(['call', 'apply', 'then', 'catch', 'finally']);

const cache = createModelCache<FunctionNode, ReadOnly | null>();
const inProgress = new Set<FunctionNode>();
const maximumDepth = 5;

/** What the function reads, in its own terms; undefined when it may do more than read. */
function readOnlyFunction(model: ProgramModel, node: FunctionNode): ReadOnly | undefined {
  const results = cache(model);
  const known = results.get(node);
  if (known !== undefined) return known ?? undefined;
  if (inProgress.has(node) || isGenerator(node)) return undefined;
  if (inProgress.size >= maximumDepth) {
    model.limits.add('depth of calls');
    return undefined;
  }
  inProgress.add(node);
  try {
    const graph = model.graph(node);
    const result = readOnlyEvents(model, graph, eventsOf(graph));
    results.set(node, result ?? null);
    return result;
  } finally {
    inProgress.delete(node);
  }
}

/** What the events read; undefined when one of them may do more than read. */
export function readOnlyEvents(model: ProgramModel, graph: Graph, events: Iterable<Event>): ReadOnly | undefined {
  const reads = new Map<string, { place: Place; node: ts.Node }>();
  const note = (place: Place, node: ts.Node): void => {
    if (!reads.has(place.key)) reads.set(place.key, { place, node });
  };
  const callbacks = new Set<ts.Node>();
  for (const event of events) {
    // the section that a decorator or a wrapper puts around the function
    if (!isWithin(event.node, graph.owner)) return undefined;
    const around = enclosingActivation(model.compiler, event.node);
    if (around !== graph.owner && !callbacks.has(around)) {
      callbacks.add(around);
      if (!isHarmlessIteration(model, graph, around, event)) return undefined;
    }
    switch (event.kind) {
      case 'read':
        if (isOfCollection(model, event) && isReachable(model, graph, event.place)) note(event.place, event.node);
        break;
      case 'write':
        if (isOfCollection(model, event) && !isOwn(model, graph, event)) return undefined;
        break;
      case 'call': {
        const inner = judgeCall(model, graph, event);
        if (inner === undefined) return undefined;
        for (const { place, node } of inner.reads) if (isReachable(model, graph, place)) note(place, node);
        break;
      }
      case 'suspend':
        if (event.reason !== 'await' && event.reason !== 'continuation') return undefined;
        break;
      case 'acquire':
      case 'release':
      case 'slot':
        return undefined;
      default:
    }
  }
  return { reads: [...reads.values()] };
}

/** Shared by itself, or a caller's through a parameter. */
function isReachable(model: ProgramModel, graph: Graph, place: Place): boolean {
  const { root } = place;
  if (root.kind === 'variable' && root.binding.owner === graph.owner && root.binding.kind === 'parameter') return true;
  return isShared(model, graph, place);
}

function isOfCollection(model: ProgramModel, event: ReadEvent | WriteEvent): boolean {
  return event.collection === undefined || model.questions.isCollection(event.collection);
}

/** Whether only this activation can see what is written: a local, or an object that it made. */
function isOwn(model: ProgramModel, graph: Graph, event: WriteEvent): boolean {
  const { root, path } = event.place;
  if (root.kind !== 'variable' || !graph.inlined.has(root.binding.owner) || model.compiler.isSourceFile(root.binding.owner)) return false;
  if (path.length === 0) return true;
  if (root.binding.kind === 'parameter' && root.binding.owner === graph.owner) return false;
  const isInside = path.length > 1;
  const isMadeOfShared = (graph.definitions.get(root.binding) ?? []).some(
    (definition) => definition.value !== undefined && reachesShared(model, graph, definition.value.node, definition, isInside),
  );
  if (isMadeOfShared) return false;
  if (!isInside) return true;
  for (const other of eventsOf(graph)) {
    if (other.kind !== 'write' || other.value === undefined) continue;
    const { root: otherRoot } = other.place;
    if (otherRoot.kind !== 'variable' || otherRoot.binding !== root.binding) continue;
    if (reachesShared(model, graph, other.value.node, other, true) && model.questions.isMutable(other.value.node)) return false;
  }
  return true;
}

/** Whether the value is an object that others can reach, or, with `inside`, holds one. */
function reachesShared(model: ProgramModel, graph: Graph, node: ts.Node, at: Event, inside: boolean): boolean {
  return referencesOf(model, graph, node, at).some(
    (item) => item.kind === 'object' && (inside || (item.depth === 0 && item.inside.length === 0)) && isReachable(model, graph, item.place),
  );
}

const nothing: ReadOnly = { reads: [] };

function judgeCall(model: ProgramModel, graph: Graph, event: CallEvent): ReadOnly | undefined {
  const { compiler } = model;
  const callee = model.callee(event, 'full');
  if (callee !== undefined) {
    const inner = readOnlyFunction(model, callee);
    if (inner === undefined) return undefined;
    const reads = inner.reads.flatMap(({ place }) => {
      const seen = substitute(model, place, callee, event);
      return seen === undefined ? [] : [{ place: seen, node: event.node }];
    });
    return { reads };
  }
  if (event.reference !== undefined || event.isGetter) return undefined;
  if (compiler.isNewExpression(event.node)) {
    return isHarmlessGlobal(model, event.node.expression) ? judgeArguments(model, graph, event) : undefined;
  }
  if (!compiler.isCallExpression(event.node)) return undefined;
  const name = skipOuter(compiler, event.node.expression);
  if (compiler.isIdentifier(name)) return isHarmlessGlobal(model, name) ? judgeArguments(model, graph, event) : undefined;
  if (!compiler.isPropertyAccessExpression(name) || !isHarmlessMember(model, graph, name, event)) return undefined;
  return judgeArguments(model, graph, event);
}

function isHarmlessGlobal(model: ProgramModel, node: ts.Expression): boolean {
  const { compiler } = model;
  return compiler.isIdentifier(node) && harmlessGlobals.has(node.text) && model.file(node).scopes.resolve(node) === undefined;
}

function isHarmlessMember(model: ProgramModel, graph: Graph, access: ts.PropertyAccessExpression, event: CallEvent): boolean {
  const { compiler, questions } = model;
  const method = access.name.text;
  if (indirectCalls.has(method)) return false;
  const member = questions.libraryMember(access.name);
  if (member === undefined) {
    const { expression } = access;
    return compiler.isIdentifier(expression) && expression.text === 'console' && model.file(expression).scopes.resolve(expression) === undefined;
  }
  const owner = member.slice(0, Math.max(0, member.lastIndexOf('.')));
  if (!harmlessOwners.test(owner)) return false;
  if (argumentMutators.has(method)) {
    const [first] = event.arguments;
    return first === undefined || !reachesShared(model, graph, first.node, event, false);
  }
  // what a collection's method writes is an event of its own where the receiver is a place
  if (collectionEffect(method)?.writes === undefined || event.receiver === undefined || event.receiver.place !== undefined) return true;
  return !reachesShared(model, graph, event.receiver.node, event, false);
}

/** An inlined callback that an array method was taken to run: the method has to be the language's. */
function isHarmlessIteration(model: ProgramModel, graph: Graph, callback: ts.Node, at: Event): boolean {
  const { compiler, questions } = model;
  const { parent } = outerParent(compiler, callback);
  if (!compiler.isCallExpression(parent)) return true;
  const callee = skipOuter(compiler, parent.expression);
  if (!compiler.isPropertyAccessExpression(callee) || !synchronousCallbacks.has(callee.name.text)) return true;
  if (model.eventsAt(graph, parent).some((event) => event.kind === 'call')) return true; // judged as a call
  const member = questions.libraryMember(callee.name);
  if (member === undefined || !harmlessOwners.test(member.slice(0, Math.max(0, member.lastIndexOf('.'))))) return false;
  return collectionEffect(callee.name.text)?.writes === undefined || !reachesShared(model, graph, callee.expression, at, false);
}

/** Functions that are handed to a member of the language are called by it. */
function judgeArguments(model: ProgramModel, graph: Graph, event: CallEvent): ReadOnly | undefined {
  const { compiler, questions } = model;
  const reads: ReadOnly['reads'][number][] = [];
  for (const { node } of event.arguments) {
    if (!compiler.isExpression(node) || compiler.isSpreadElement(node)) continue;
    const argument = skipOuter(compiler, node);
    if (isFunctionLiteral(compiler, argument)) {
      if (graph.inlined.has(argument)) continue;
      const inner = readOnlyFunction(model, argument);
      if (inner === undefined) return undefined;
      reads.push(...inner.reads);
    } else if (compiler.isIdentifier(argument) || compiler.isPropertyAccessExpression(argument)) {
      if (isHarmlessGlobal(model, argument) || !questions.isCallable(argument)) continue;
      const callee = model.calleeOfExpression(argument, 'full');
      if (callee === undefined || readOnlyFunction(model, callee) === undefined) return undefined;
    }
  }
  return reads.length === 0 ? nothing : { reads };
}
