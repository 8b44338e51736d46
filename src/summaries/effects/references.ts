/**
 * What a value hands out: the shared objects that can be reached through it, and in which way.
 *
 * Clang's `-Wthread-safety-reference-return` asks the same of C++; here the forms of JavaScript count: an object, a view
 * that reads its collection when it is consumed, a function that reads when it is called, and a promise of work that
 * goes on reading. A copy ends the chain as deep as it goes.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { mayFollowSuspension } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import { lazyViews, sizeProperties, synchronousCallbacks } from '../../events/collections.js';
import type { CallEvent, DefineEvent, Event, ReturnEvent } from '../../events/event.js';
import { contents, field, holderOf, maximumPathLength, type Place, project, type Projection, rootPlace } from '../../places/place.js';
import {
  type FunctionNode,
  isAsync,
  isFunctionLiteral,
  isFunctionNode,
  isGenerator,
  outerParent,
  propertyNameText,
  skipOuter,
} from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { takenLocks } from '../locks/held-locks.js';
import { createModelCache, memoized, type ProgramModel } from '../model/program-model.js';
import { reachingDefinitions, substitute } from './provenance.js';
import { collectionOf, distinct, type Reference, reference, settled, shallow, within } from './reference-steps.js';
import { isShared } from '../actors/sharing.js';

/** Of a local that is assigned more often, only the nearest assignments count. */
const maximumDefinitions = 16;
/** Locals are followed through this many others. */
const maximumChain = 64;
/** Callees are followed this deep. */
const maximumDepth = 4;

/** Methods that give a new collection of the same elements. */
const shallowCopies: ReadonlySet<string> = new Set(['slice', 'filter', 'concat', 'toSorted', 'toReversed', 'toSpliced', 'with', 'toArray']);
/** Methods that give their receiver back. */
const returnsReceiver: ReadonlySet<string> = new Set(['sort', 'reverse', 'fill', 'copyWithin', 'set', 'add', 'subarray']);
const elementMethods: ReadonlySet<string> = new Set(['get', 'at', 'find', 'findLast', 'pop', 'shift']);
const lazyHelpers: ReadonlySet<string> = new Set(['map', 'filter', 'take', 'drop', 'flatMap']);
const copyConstructors: ReadonlySet<string> = new Set(['Map', 'Set', 'Array']);

/** Functions of the language whose result is a primitive or an array. */
const plainResults = /^(?:Boolean|Number|String|parseInt|parseFloat|has|includes|indexOf|some|every|split|join|test|toString|toISOString|toJSON|valueOf|trim|startsWith|endsWith)$/;

export function referencesOf(model: ProgramModel, graph: Graph, node: ts.Node, at: Event): readonly Reference[] {
  return distinct(finderFor(model, graph).find(node, at));
}

const finderFor = memoized((model, graph: Graph): Finder => createFinder(model, graph));

/** What a call of the function returns, in the function's own terms. */
const returned = createModelCache<FunctionNode, readonly Reference[]>();
const inProgress = new Set<FunctionNode>();

export function returnedReferences(model: ProgramModel, callee: FunctionNode): readonly Reference[] {
  const cache = returned(model);
  const known = cache.get(callee);
  if (known !== undefined) return known;
  if (inProgress.has(callee)) return [];
  if (inProgress.size >= maximumDepth) {
    model.limits.add('depth of calls');
    return [];
  }
  inProgress.add(callee);
  try {
    const graph = model.graph(callee);
    const found = isGenerator(callee) ? viewsOf(model, graph) : returnsOf(graph, undefined).flatMap((event) => ofReturn(model, graph, event));
    const references = distinct(found);
    cache.set(callee, references);
    return references;
  } finally {
    inProgress.delete(callee);
  }
}

function ofReturn(model: ProgramModel, graph: Graph, event: ReturnEvent): Reference[] {
  if (event.value === undefined) return [];
  const held = takenLocks(model, graph);
  return [...referencesOf(model, graph, event.value.node, event)].map((reference) => {
    const locks = held.at(reference.event).filter((lock) => lock.origin === 'lock');
    return { ...reference, released: [...reference.released, ...locks.map((lock) => lock.lock)] };
  });
}

/** A generator reads when it is consumed; what it yields need not be the elements of what it reads. */
function viewsOf(model: ProgramModel, graph: Graph): Reference[] {
  const { collections, views } = yieldedBy(model, graph);
  const reads = laterReads(model, graph, () => true).map((read): Reference => ({ ...read, kind: 'view', isOfKeys: !collections.has(read.place.key) }));
  return [...reads, ...views];
}

/** The collections whose elements the generator yields, by the key of their place, and the views that it hands on whole. */
function yieldedBy(model: ProgramModel, graph: Graph): { readonly collections: ReadonlySet<string>; readonly views: readonly Reference[] } {
  const collections = new Set<string>();
  const views: Reference[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'suspend' || event.reason !== 'yield' || event.operand === undefined) continue;
    const isDelegated = model.compiler.isYieldExpression(event.node) && event.node.asteriskToken !== undefined;
    for (const item of referencesOf(model, graph, event.operand.node, event)) {
      const { kind, place, isOfKeys } = item;
      if (isDelegated) {
        if (!isOfKeys) collections.add(place.key);
        if (kind === 'view') views.push(item);
      } else if (kind === 'object' && place.path.at(-1)?.kind === 'element') {
        collections.add(holderOf(place).key);
      }
    }
  }
  return { collections, views };
}

/** What the function reads without a lock of its own, at the events that are chosen. */
function laterReads(model: ProgramModel, graph: Graph, isChosen: (event: Event) => boolean): Reference[] {
  const held = takenLocks(model, graph);
  const reads: Reference[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'read' || !isChosen(event) || held.at(event).some((lock) => lock.origin === 'lock')) continue;
    const isParameter = event.place.root.kind === 'variable' && event.place.root.binding.owner === graph.owner;
    if (!isParameter && !isShared(model, graph, event.place)) continue;
    reads.push(reference('promise', collectionOf(event.place), event, event.node));
  }
  return reads;
}

/** Return events of an inlined function, or of the activation itself. */
function returnsOf(graph: Graph, inlined: FunctionNode | undefined): ReturnEvent[] {
  const events: ReturnEvent[] = [];
  for (const event of eventsOf(graph)) if (event.kind === 'return' && event.inlined === inlined) events.push(event);
  return events;
}

interface Finder {
  find(node: ts.Node, at: Event): Reference[];
}

function createFinder(model: ProgramModel, graph: Graph): Finder {
  const { compiler, questions } = model;
  const { SyntaxKind } = compiler;
  const visited = new Set<DefineEvent>();
  const known = new Map<DefineEvent, readonly Reference[]>();
  /** Cycles met so far: what was found inside one holds only there, for the question that is being answered. */
  let cycles = 0;
  const partial: DefineEvent[] = [];

  const find = (node: ts.Node, at: Event): Reference[] => {
    if (!compiler.isExpression(node)) return [];
    const plain = skipOuter(compiler, node);
    if (compiler.isIdentifier(plain)) return ofIdentifier(plain, at);
    if (plain.kind === SyntaxKind.ThisKeyword) {
      const place = model.file(plain).places.placeOf(plain);
      return place === undefined ? [] : [reference('object', place, at, plain)];
    }
    if (compiler.isPropertyAccessExpression(plain)) return ofProperty(plain, at);
    if (compiler.isElementAccessExpression(plain)) {
      const projection = model.file(plain).places.element(plain.argumentExpression);
      return member(find(plain.expression, at), projection, plain, at);
    }
    if (compiler.isCallExpression(plain)) return ofCall(plain, at);
    if (compiler.isNewExpression(plain)) {
      const [first] = plain.arguments ?? [];
      const isCopy = compiler.isIdentifier(plain.expression) && copyConstructors.has(plain.expression.text);
      return isCopy && first !== undefined ? shallow(find(first, at)) : [];
    }
    if (compiler.isAwaitExpression(plain)) return settled(find(plain.expression, at));
    if (compiler.isConditionalExpression(plain)) return [...find(plain.whenTrue, at), ...find(plain.whenFalse, at)];
    if (compiler.isBinaryExpression(plain)) return ofBinary(plain, at);
    if (compiler.isArrayLiteralExpression(plain)) {
      return plain.elements.flatMap((element, index) =>
        compiler.isSpreadElement(element) ? shallow(find(element.expression, at)) : within(find(element, at), String(index)),
      );
    }
    if (compiler.isObjectLiteralExpression(plain)) return ofObject(plain, at);
    if (isFunctionLiteral(compiler, plain)) return ofClosure(plain, at);
    return [];
  };

  const ofBinary = (node: ts.BinaryExpression, at: Event): Reference[] => {
    switch (node.operatorToken.kind) {
      case SyntaxKind.AmpersandAmpersandToken:
      case SyntaxKind.CommaToken:
      case SyntaxKind.EqualsToken:
        return find(node.right, at);
      case SyntaxKind.BarBarToken:
      case SyntaxKind.QuestionQuestionToken:
      case SyntaxKind.BarBarEqualsToken:
      case SyntaxKind.QuestionQuestionEqualsToken:
        return [...find(node.left, at), ...find(node.right, at)];
      default:
        return [];
    }
  };

  const ofObject = (node: ts.ObjectLiteralExpression, at: Event): Reference[] =>
    node.properties.flatMap((property, index) => {
      if (compiler.isSpreadAssignment(property)) {
        const except = node.properties.slice(index + 1).flatMap((later) => propertyNameText(compiler, later.name) ?? []);
        return shallow(find(property.expression, at)).map((item) => ({ ...item, except: [...item.except, ...except] }));
      }
      const name = propertyNameText(compiler, property.name) ?? '*';
      if (compiler.isPropertyAssignment(property)) return within(find(property.initializer, at), name);
      if (compiler.isShorthandPropertyAssignment(property)) return within(find(property.name, at), name);
      return [];
    });

  // ---- names ------------------------------------------------------------------------------------------------------

  const isLocal = (binding: Binding): boolean =>
    graph.inlined.has(binding.owner) && !(binding.owner === graph.owner && compiler.isSourceFile(binding.owner));

  const ofIdentifier = (node: ts.Identifier, at: Event): Reference[] => {
    const { scopes, places } = model.file(node);
    const binding = scopes.resolve(node);
    if (binding === undefined || binding.kind === 'function' || binding.kind === 'class' || binding.kind === 'other') return [];
    if (!isLocal(binding)) {
      const place = places.aliasOf(binding) ?? rootPlace({ kind: 'variable', binding });
      return [reference('object', place, eventOf(node, at), node)];
    }
    const use = model.eventsAt(graph, node).find((event) => event.kind === 'use');
    const definitions = use?.kind === 'use' ? reachingDefinitions(graph, use) : (graph.definitions.get(binding) ?? []);
    if (definitions.length === 0 && binding.kind === 'parameter' && binding.owner === graph.owner) {
      return [reference('object', rootPlace({ kind: 'variable', binding }), at, node)];
    }
    if (definitions.length > maximumDefinitions) model.limits.add('definitions behind one value');
    const considered = definitions.slice(0, maximumDefinitions);
    return distinct(considered.flatMap(ofDefinition)).map((item) => ({ ...item, handedOut: undefined, isDirect: false }));
  };

  const ofDefinition = (definition: DefineEvent): readonly Reference[] => {
    const before = known.get(definition);
    if (before !== undefined) return before;
    if (visited.has(definition)) {
      cycles += 1;
      return [];
    }
    if (visited.size >= maximumChain) {
      model.limits.add('definitions behind one value');
      return [];
    }
    visited.add(definition);
    const cyclesBefore = cycles;
    const found = distinct(ofDefinedValue(definition));
    visited.delete(definition);
    known.set(definition, found);
    if (cycles !== cyclesBefore) partial.push(definition);
    if (visited.size === 0) {
      for (const inner of partial.splice(0)) if (inner !== definition) known.delete(inner);
    }
    return found;
  };

  const ofDefinedValue = (definition: DefineEvent): Reference[] => {
    const { node, value } = definition;
    if (value === undefined) return [];
    if (compiler.isBindingElement(node)) return ofPattern(node, definition);
    if (compiler.isForOfStatement(value.node)) return elements(find(value.node.expression, definition), value.node, definition);
    if (compiler.isParameter(node)) {
      const call = iterationOf(node);
      if (call !== undefined) return elements(find(call.expression, definition), node, definition);
      return settled(find(value.node, definition));
    }
    return find(value.node, definition);
  };

  /** The receiver access of the array method whose callback gets an element by this parameter. */
  const iterationOf = (parameter: ts.ParameterDeclaration): ts.PropertyAccessExpression | undefined => {
    const callback = parameter.parent;
    const { parent } = outerParent(compiler, callback);
    if (!compiler.isCallExpression(parent)) return undefined;
    const callee = skipOuter(compiler, parent.expression);
    if (!compiler.isPropertyAccessExpression(callee) || !synchronousCallbacks.has(callee.name.text)) return undefined;
    const position = callee.name.text.startsWith('reduce') ? 1 : 0;
    return callback.parameters[position] === parameter ? callee : undefined;
  };

  const ofPattern = (element: ts.BindingElement, at: DefineEvent): Reference[] => {
    if (element.dotDotDotToken !== undefined) return [];
    const pattern = element.parent;
    const holder = pattern.parent;
    const isArray = compiler.isArrayBindingPattern(pattern);
    if (compiler.isVariableDeclaration(holder) && holder.initializer === undefined) {
      const loop = holder.parent.parent;
      if (!compiler.isForOfStatement(loop)) return [];
      const items = elements(find(loop.expression, at), loop, at);
      // of the pairs of a Map, the second half is the element
      if (isArray) return pattern.elements.indexOf(element) === 1 ? items : [];
      return member(items, field(propertyNameText(compiler, element.propertyName ?? element.name) ?? '*'), element, at);
    }
    let base: Reference[] = [];
    if (compiler.isVariableDeclaration(holder) && holder.initializer !== undefined) base = find(holder.initializer, at);
    else if (compiler.isBindingElement(holder)) base = ofPattern(holder, at);
    if (isArray) {
      const index = pattern.elements.indexOf(element);
      return member(base, { kind: 'element', key: String(index), text: String(index) }, element, at);
    }
    return member(base, field(propertyNameText(compiler, element.propertyName ?? element.name) ?? '*'), element, at);
  };

  const ofProperty = (node: ts.PropertyAccessExpression, at: Event): Reference[] => {
    if (sizeProperties.has(node.name.text)) return [];
    const getter = model.eventsAt(graph, node).find((event): event is CallEvent => event.kind === 'call' && event.isGetter);
    const callee = getter === undefined ? undefined : model.callee(getter, 'syntactic');
    if (getter !== undefined && callee !== undefined) return ofCallee(getter, callee, node.expression, []);
    return member(find(node.expression, at), field(node.name.text), node, at);
  };

  /** The first event of the node that can take a reference. */
  const eventOf = (node: ts.Node, at: Event): Event =>
    model.eventsAt(graph, node).find(({ kind }) => kind === 'read' || kind === 'call' || kind === 'use') ?? at;

  // ---- steps ------------------------------------------------------------------------------------------------------

  const member = (base: readonly Reference[], projection: Projection, node: ts.Node, at: Event): Reference[] =>
    base.flatMap((item): Reference[] => {
      const [outer, ...inside] = item.inside;
      if (outer !== undefined) {
        const name = projection.kind === 'field' ? projection.name : (projection.key ?? outer);
        return outer === name || outer === '*' ? [{ ...item, inside }] : [];
      }
      if (item.kind !== 'object' || item.place.path.length >= maximumPathLength) return [];
      if (projection.kind === 'field' && item.except.includes(projection.name)) return [];
      // what a section has handed out was taken there, also where only a part of it is kept
      const event = item.isDirect && item.handedOut === undefined ? eventOf(node, at) : item.event;
      return [{ ...item, depth: 0, except: [], place: project(item.place, projection), event, node }];
    });

  const elements = (base: readonly Reference[], node: ts.Node, at: Event): Reference[] =>
    base.flatMap((item) => {
      if (item.isOfKeys) return [];
      if (item.kind === 'view') return member([{ ...item, kind: 'object', isDirect: false }], contents, node, at);
      return member([{ ...item, isDirect: false }], contents, node, at);
    });

  /** Iterators over the objects; one over a copy is no view, but gives what the copy holds. */
  const views = (base: readonly Reference[], node: ts.Node, at: Event, isOfKeys: boolean): Reference[] =>
    base.flatMap((item): Reference[] => {
      if (item.depth === 1) return isOfKeys ? [] : [item];
      if (item.kind !== 'object') return [item];
      return [{ ...item, kind: 'view', isOfKeys, node, event: item.isDirect ? eventOf(node, at) : item.event }];
    });

  // ---- functions and calls ----------------------------------------------------------------------------------------

  /** What an inlined callback returns. */
  const ofInlined = (callback: FunctionNode): Reference[] =>
    returnsOf(graph, callback).flatMap((event) => {
      const value = event.value?.node;
      if (value === undefined) return [];
      return settled(find(value, event)).map((item) => ({ ...item, handedOut: item.handedOut ?? value }));
    });

  /** A function that only looks is a view; one that acts has its own reasons. */
  const ofClosure = (node: FunctionNode, at: Event): Reference[] => {
    if (graph.inlined.has(node) || isGenerator(node)) return [];
    const inner = model.graph(node);
    if (inner.hasLocks || inner.hasSuspension) return [];
    for (const item of eventsOf(inner)) if (item.kind === 'write' && isShared(model, inner, item.place)) return [];
    return captured(node, inner, at).map((item) => ({ ...item, kind: 'closure' }));
  };

  /** The collections that a function literal looks into. */
  const captured = (node: FunctionNode, inner: Graph, at: Event): Reference[] => {
    const event = model.eventsAt(graph, node).find((candidate) => candidate.kind === 'closure') ?? at;
    const found: Reference[] = [];
    for (const item of eventsOf(inner)) {
      if (item.kind !== 'read' || item.place.path.at(-1)?.kind !== 'element') continue;
      const place = collectionOf(item.place);
      const { root } = place;
      if (root.kind === 'variable' && isLocal(root.binding)) {
        for (const definition of graph.definitions.get(root.binding) ?? []) {
          for (const held of ofDefinition(definition)) if (held.depth === 0 && held.kind !== 'promise') found.push({ ...held, node, handedOut: undefined });
        }
      } else if (isShared(model, inner, place)) {
        found.push(reference('closure', place, event, node));
      }
    }
    return found;
  };

  const ofCall = (node: ts.CallExpression, at: Event): Reference[] => {
    const callee = skipOuter(compiler, node.expression);
    if (isFunctionLiteral(compiler, callee)) {
      if (graph.inlined.has(callee)) return ofInlined(callee);
      return isGenerator(callee) ? captured(callee, model.graph(callee), at).map((item) => ({ ...item, kind: 'view' })) : [];
    }
    if (compiler.isElementAccessExpression(callee) && callee.argumentExpression.getText() === 'Symbol.iterator') {
      return views(find(callee.expression, at), node, at, false);
    }
    const operation = model.locks.classifyCall(node);
    if (operation?.kind === 'run') {
      const callback = skipOuter(compiler, operation.callback);
      if (isFunctionNode(compiler, callback)) return ofInlined(callback);
    } else if (operation !== undefined) return [];
    if (compiler.isPropertyAccessExpression(callee)) {
      if (callee.name.text === 'then') return ofContinuation(node, callee, at);
      if (callee.name.text === 'catch' || callee.name.text === 'finally') return settled(find(callee.expression, at));
    }
    const call = model.eventsAt(graph, node).find((event): event is CallEvent => event.kind === 'call');
    const known = call === undefined ? undefined : model.callee(call, 'full');
    if (call !== undefined && known !== undefined) {
      // a callee that runs its callback as part of the caller mostly returns what the callback does
      const passedThrough = node.arguments.flatMap((argument) => {
        const callback = skipOuter(compiler, argument);
        return isFunctionNode(compiler, callback) && graph.inlined.has(callback) ? ofInlined(callback) : [];
      });
      const named = call.reference === undefined ? callee : skipOuter(compiler, call.reference);
      const receiver = compiler.isPropertyAccessExpression(named) ? named.expression : undefined;
      return [...passedThrough, ...ofCallee(call, known, receiver, call.reference === undefined ? node.arguments : [])];
    }
    if (compiler.isPropertyAccessExpression(callee)) return ofMethod(node, callee, call ?? at);
    if (compiler.isIdentifier(callee) && callee.text === 'structuredClone') return [];
    return viewsOfUnknown(node, node.arguments.flatMap((argument) => find(argument, at)));
  };

  const ofContinuation = (node: ts.CallExpression, callee: ts.PropertyAccessExpression, at: Event): Reference[] => {
    const [handler] = node.arguments;
    const callback = handler === undefined ? undefined : skipOuter(compiler, handler);
    if (callback === undefined) return settled(find(callee.expression, at));
    if (isFunctionNode(compiler, callback)) return graph.inlined.has(callback) ? ofInlined(callback) : [];
    return [];
  };

  /** A method of the language, or one of which nothing is known but its name. */
  const ofMethod = (node: ts.CallExpression, callee: ts.PropertyAccessExpression, at: Event): Reference[] => {
    const name = callee.name.text;
    const [first] = node.arguments;
    if (compiler.isIdentifier(callee.expression) && model.file(node).scopes.resolve(callee.expression) === undefined) {
      const owner = callee.expression.text;
      if (first === undefined) return [];
      if (owner === 'Promise') return settled(find(first, at));
      if (owner === 'Object' && (name === 'values' || name === 'entries')) return shallow(find(first, at));
      if (owner === 'Object' && name === 'assign') return find(first, at);
      if (owner === 'Iterator' && name === 'from') return views(find(first, at), node, at, false);
      if (owner === 'Array' && name === 'from') return node.arguments.length === 1 ? shallow(find(first, at)) : [];
      return [];
    }
    const base = find(callee.expression, at);
    if (base.length === 0) return [];
    const lazy = base.filter((item) => item.kind === 'view');
    const objects = base.filter((item) => item.kind === 'object');
    if (elementMethods.has(name)) {
      // a store that is asked by `get` and gives a copy of what it keeps is no collection
      if (name === 'get' && !questions.isCollection(callee.expression)) return [];
      const projection = name === 'get' || name === 'at' ? model.file(node).places.element(first) : contents;
      return member(objects, projection, node, at);
    }
    if (name === 'next') return elements(lazy, node, at);
    if (lazyViews.has(name) && node.arguments.length === 0) return views(objects, node, at, name === 'keys');
    if (lazyHelpers.has(name) && lazy.length > 0) return lazy;
    if (shallowCopies.has(name)) return shallow(base);
    if (returnsReceiver.has(name)) return objects;
    if (name === 'map' || name === 'flatMap') {
      const callback = first === undefined ? undefined : skipOuter(compiler, first);
      return callback !== undefined && isFunctionNode(compiler, callback) && graph.inlined.has(callback)
        ? ofInlined(callback).map((item) => ({ ...item, handedOut: undefined }))
        : [];
    }
    return viewsOfUnknown(node, base);
  };

  /** A promise, or what the language's own functions compute from an object: no iterator, whatever its type is in detail. */
  const isPlainResult = (node: ts.CallExpression): boolean => {
    const { expression } = node;
    const name = compiler.isPropertyAccessExpression(expression) ? expression.name : expression;
    return compiler.isAwaitExpression(outerParent(compiler, node).parent) || (compiler.isIdentifier(name) && plainResults.test(name.text));
  };

  /** A call of which nothing is known but that its result is an iterator: a view of what went into it. */
  const viewsOfUnknown = (node: ts.CallExpression, base: readonly Reference[]): Reference[] => {
    const from = base.filter((item) => (item.kind === 'object' || item.kind === 'view') && item.depth === 0);
    if (from.length === 0 || isPlainResult(node) || !questions.isIterator(node)) return [];
    return from.map((item) => ({ ...item, kind: 'view' }));
  };

  const ofCallee = (
    call: CallEvent,
    callee: FunctionNode,
    receiver: ts.Expression | undefined,
    args: readonly ts.Expression[],
  ): Reference[] => {
    const found: Reference[] = [];
    const isLazy = isGenerator(callee);
    for (const item of returnedReferences(model, callee)) {
      for (const base of seenFromCaller(item.place, call, callee, receiver, args)) {
        const kind = isLazy ? 'view' : base.kind === 'object' ? item.kind : base.kind;
        const depth = item.depth === 1 || base.depth === 1 ? 1 : 0;
        const { inside, released, handedOut } = { ...item, handedOut: undefined };
        const isOfKeys = base.isOfKeys || item.isOfKeys;
        found.push({ ...base, kind, depth, inside, isOfKeys, released: [...base.released, ...released], handedOut, node: call.node });
      }
    }
    if (isAsync(compiler, callee) && !isLazy) {
      const inner = model.graph(callee);
      for (const read of laterReads(model, inner, (event) => mayFollowSuspension(inner, event))) {
        for (const base of seenFromCaller(read.place, call, callee, receiver, args)) {
          if (base.kind === 'object') found.push({ ...base, kind: 'promise', depth: 0, node: call.node });
        }
      }
    }
    return found;
  };

  /** What a place of the callee is for the caller: reached through the receiver, an argument, or shared by both. */
  const seenFromCaller = (
    place: Place,
    call: CallEvent,
    callee: FunctionNode,
    receiver: ts.Expression | undefined,
    args: readonly ts.Expression[],
  ): Reference[] => {
    const direct = substitute(model, place, callee, call);
    const { root } = place;
    let source: ts.Expression | undefined;
    if (root.kind === 'this') source = receiver;
    else if (root.kind === 'variable' && root.binding.owner === callee && root.binding.kind === 'parameter') {
      source = args[callee.parameters.findIndex((parameter) => parameter === root.binding.declaration)];
    } else if (root.kind === 'variable' && model.graph(callee).inlined.has(root.binding.owner)) return [];
    const base = source === undefined ? [] : find(source, call);
    if (base.length === 0) return direct === undefined ? [] : [reference('object', direct, call, call.node)];
    let references = base;
    for (const projection of place.path) references = member(references, projection, call.node, call);
    return references.map((item) => (item.isDirect ? { ...item, event: call } : item));
  };

  return { find };
}
