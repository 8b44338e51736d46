/** What the result of a call hands out: of a function of the program, a method of the language, a section or a continuation. */
import { mayFollowSuspension } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import { lazyViews } from '../../events/collections.js';
import type { CallEvent, Event } from '../../events/event.js';
import { contents, type Place } from '../../places/place.js';
import { type FunctionNode, isAsync, isFunctionLiteral, isFunctionNode, isGenerator, outerParent, skipOuter } from '../../syntax/functions.js';
import { capturedReferences, laterReads } from './captured-references.js';
import { substitute } from './provenance.js';
import { elements, inlinedReferences, member, type ReferenceSearch, views } from './reference-search.js';
import { type Reference, reference, settled, shallow } from './reference-steps.js';

/** Methods that give a new collection of the same elements. */
const shallowCopies: ReadonlySet<string> = new Set(['slice', 'filter', 'concat', 'toSorted', 'toReversed', 'toSpliced', 'with', 'toArray']);
/** Methods that give their receiver back. */
const returnsReceiver: ReadonlySet<string> = new Set(['sort', 'reverse', 'fill', 'copyWithin', 'set', 'add', 'subarray']);
const elementMethods: ReadonlySet<string> = new Set(['get', 'at', 'find', 'findLast', 'pop', 'shift']);
const lazyHelpers: ReadonlySet<string> = new Set(['map', 'filter', 'take', 'drop', 'flatMap']);

/** Functions of the language whose result is a primitive or an array. */
const plainResults = /^(?:Boolean|Number|String|parseInt|parseFloat|has|includes|indexOf|some|every|split|join|test|toString|toISOString|toJSON|valueOf|trim|startsWith|endsWith)$/;

export function calledReferences(search: ReferenceSearch, node: ts.CallExpression, at: Event): Reference[] {
  const { model, graph } = search;
  const { compiler } = model;
  const callee = skipOuter(compiler, node.expression);
  if (isFunctionLiteral(compiler, callee)) {
    if (graph.inlined.has(callee)) return inlinedReferences(search, callee);
    return isGenerator(callee) ? capturedReferences(search, callee, model.graph(callee), at).map((item) => ({ ...item, kind: 'view' })) : [];
  }
  if (compiler.isElementAccessExpression(callee) && callee.argumentExpression.getText() === 'Symbol.iterator') {
    return views(search, search.find(callee.expression, at), node, at, false);
  }
  const operation = model.locks.classifyCall(node);
  if (operation?.kind === 'run') {
    const callback = skipOuter(compiler, operation.callback);
    if (isFunctionNode(compiler, callback)) return inlinedReferences(search, callback);
  } else if (operation !== undefined) return [];
  if (compiler.isPropertyAccessExpression(callee)) {
    if (callee.name.text === 'then') return continuationReferences(search, node, callee, at);
    if (callee.name.text === 'catch' || callee.name.text === 'finally') return settled(search.find(callee.expression, at));
  }
  const call = model.eventsAt(graph, node).find((event): event is CallEvent => event.kind === 'call');
  const known = call === undefined ? undefined : model.callee(call, 'full');
  if (call !== undefined && known !== undefined) {
    // a callee that runs its callback as part of the caller mostly returns what the callback does
    const passedThrough = node.arguments.flatMap((argument) => {
      const callback = skipOuter(compiler, argument);
      return isFunctionNode(compiler, callback) && graph.inlined.has(callback) ? inlinedReferences(search, callback) : [];
    });
    const named = call.reference === undefined ? callee : skipOuter(compiler, call.reference);
    const receiver = compiler.isPropertyAccessExpression(named) ? named.expression : undefined;
    return [...passedThrough, ...calleeReferences(search, call, known, receiver, call.reference === undefined ? node.arguments : [])];
  }
  if (compiler.isPropertyAccessExpression(callee)) return methodReferences(search, node, callee, call ?? at);
  if (compiler.isIdentifier(callee) && callee.text === 'structuredClone') return [];
  return viewsOfUnknown(search, node, node.arguments.flatMap((argument) => search.find(argument, at)));
}

function continuationReferences(search: ReferenceSearch, node: ts.CallExpression, callee: ts.PropertyAccessExpression, at: Event): Reference[] {
  const { compiler } = search.model;
  const [handler] = node.arguments;
  const callback = handler === undefined ? undefined : skipOuter(compiler, handler);
  if (callback === undefined) return settled(search.find(callee.expression, at));
  if (isFunctionNode(compiler, callback)) return search.graph.inlined.has(callback) ? inlinedReferences(search, callback) : [];
  return [];
}

/** A method of the language, or one of which nothing is known but its name. */
function methodReferences(search: ReferenceSearch, node: ts.CallExpression, callee: ts.PropertyAccessExpression, at: Event): Reference[] {
  const { model } = search;
  const { compiler } = model;
  const name = callee.name.text;
  const [first] = node.arguments;
  if (compiler.isIdentifier(callee.expression) && model.file(node).scopes.resolve(callee.expression) === undefined) {
    const owner = callee.expression.text;
    if (first === undefined) return [];
    if (owner === 'Promise') return settled(search.find(first, at));
    if (owner === 'Object' && (name === 'values' || name === 'entries')) return shallow(search.find(first, at));
    if (owner === 'Object' && name === 'assign') return search.find(first, at);
    if (owner === 'Iterator' && name === 'from') return views(search, search.find(first, at), node, at, false);
    if (owner === 'Array' && name === 'from') return node.arguments.length === 1 ? shallow(search.find(first, at)) : [];
    return [];
  }
  const base = search.find(callee.expression, at);
  if (base.length === 0) return [];
  const lazy = base.filter((item) => item.kind === 'view');
  const objects = base.filter((item) => item.kind === 'object');
  if (elementMethods.has(name)) {
    // a store that is asked by `get` and gives a copy of what it keeps is no collection
    if (name === 'get' && !model.questions.isCollection(callee.expression)) return [];
    const projection = name === 'get' || name === 'at' ? model.file(node).places.element(first) : contents;
    return member(search, objects, projection, node, at);
  }
  if (name === 'next') return elements(search, lazy, node, at);
  if (lazyViews.has(name) && node.arguments.length === 0) return views(search, objects, node, at, name === 'keys');
  if (lazyHelpers.has(name) && lazy.length > 0) return lazy;
  if (shallowCopies.has(name)) return shallow(base);
  if (returnsReceiver.has(name)) return objects;
  if (name === 'map' || name === 'flatMap') {
    const callback = first === undefined ? undefined : skipOuter(compiler, first);
    return callback !== undefined && isFunctionNode(compiler, callback) && search.graph.inlined.has(callback)
      ? inlinedReferences(search, callback).map((item) => ({ ...item, handedOut: undefined }))
      : [];
  }
  return viewsOfUnknown(search, node, base);
}

/** A promise, or what the language's own functions compute from an object: no iterator, whatever its type is in detail. */
function isPlainResult(search: ReferenceSearch, node: ts.CallExpression): boolean {
  const { compiler } = search.model;
  const { expression } = node;
  const name = compiler.isPropertyAccessExpression(expression) ? expression.name : expression;
  return compiler.isAwaitExpression(outerParent(compiler, node).parent) || (compiler.isIdentifier(name) && plainResults.test(name.text));
}

/** A call of which nothing is known but that its result is an iterator: a view of what went into it. */
function viewsOfUnknown(search: ReferenceSearch, node: ts.CallExpression, base: readonly Reference[]): Reference[] {
  const { model } = search;
  const from = base.filter((item) => (item.kind === 'object' || item.kind === 'view') && item.depth === 0);
  if (from.length === 0 || isPlainResult(search, node) || !model.questions.isIterator(node)) return [];
  return from.map((item) => ({ ...item, kind: 'view' }));
}

export function calleeReferences(
  search: ReferenceSearch,
  call: CallEvent,
  callee: FunctionNode,
  receiver: ts.Expression | undefined,
  args: readonly ts.Expression[],
): Reference[] {
  const { model } = search;
  const found: Reference[] = [];
  const isLazy = isGenerator(callee);
  for (const item of search.returned(callee)) {
    for (const base of seenFromCaller(search, item.place, call, callee, receiver, args)) {
      const kind = isLazy ? 'view' : base.kind === 'object' ? item.kind : base.kind;
      const depth = item.depth === 1 || base.depth === 1 ? 1 : 0;
      const isOfKeys = base.isOfKeys || item.isOfKeys;
      found.push({ ...base, kind, depth, inside: item.inside, isOfKeys, released: [...base.released, ...item.released], handedOut: undefined, node: call.node });
    }
  }
  if (isAsync(model.compiler, callee) && !isLazy) {
    const inner = model.graph(callee);
    for (const read of laterReads(model, inner, (event) => mayFollowSuspension(inner, event))) {
      for (const base of seenFromCaller(search, read.place, call, callee, receiver, args)) {
        if (base.kind === 'object') found.push({ ...base, kind: 'promise', depth: 0, node: call.node });
      }
    }
  }
  return found;
}

/** What a place of the callee is for the caller: reached through the receiver, an argument, or shared by both. */
function seenFromCaller(
  search: ReferenceSearch,
  place: Place,
  call: CallEvent,
  callee: FunctionNode,
  receiver: ts.Expression | undefined,
  args: readonly ts.Expression[],
): Reference[] {
  const { model } = search;
  const direct = substitute(model, place, callee, call);
  const { root } = place;
  let source: ts.Expression | undefined;
  if (root.kind === 'this') source = receiver;
  else if (root.kind === 'variable' && root.binding.owner === callee && root.binding.kind === 'parameter') {
    source = args[callee.parameters.findIndex((parameter) => parameter === root.binding.declaration)];
  } else if (root.kind === 'variable' && model.graph(callee).inlined.has(root.binding.owner)) return [];
  const base = source === undefined ? [] : search.find(source, call);
  if (base.length === 0) return direct === undefined ? [] : [reference('object', direct, call, call.node)];
  let references = base;
  for (const projection of place.path) references = member(search, references, projection, call.node, call);
  return references.map((item) => (item.isDirect ? { ...item, event: call } : item));
}
