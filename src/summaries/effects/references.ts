/**
 * What a value hands out: the shared objects that can be reached through it, and in which way.
 *
 * Clang's `-Wthread-safety-reference-return` asks the same of C++; here the forms of JavaScript count: an object, a view
 * that reads its collection when it is consumed, a function that reads when it is called, and a promise of work that
 * goes on reading. A copy ends the chain as deep as it goes.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import { sizeProperties } from '../../events/collections.js';
import type { CallEvent, DefineEvent, Event, ReturnEvent } from '../../events/event.js';
import { field, holderOf } from '../../places/place.js';
import { type FunctionNode, isFunctionLiteral, isGenerator, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { takenLocks } from '../locks/held-locks.js';
import { createModelCache, memoized, type ProgramModel } from '../model/program-model.js';
import { calledReferences, calleeReferences } from './called-references.js';
import { closureReferences, laterReads } from './captured-references.js';
import { definedReferences, namedReferences } from './named-references.js';
import { member, type ReferenceSearch, returnsOf } from './reference-search.js';
import { distinct, type Reference, reference, settled, shallow, within } from './reference-steps.js';

/** Locals are followed through this many others. */
const maximumChain = 64;
/** Callees are followed this deep. */
const maximumDepth = 4;

const copyConstructors: ReadonlySet<string> = new Set(['Map', 'Set', 'Array']);

export function referencesOf(model: ProgramModel, graph: Graph, node: ts.Node, at: Event): readonly Reference[] {
  return distinct(searchIn(model, graph).find(node, at));
}

const searchIn = memoized((model, graph: Graph): ReferenceSearch => createSearch(model, graph));

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

function createSearch(model: ProgramModel, graph: Graph): ReferenceSearch {
  const visited = new Set<DefineEvent>();
  const known = new Map<DefineEvent, readonly Reference[]>();
  /** Cycles met so far: what was found inside one holds only there, for the question that is being answered. */
  let cycles = 0;
  const partial: DefineEvent[] = [];

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
    const found = distinct(definedReferences(search, definition));
    visited.delete(definition);
    known.set(definition, found);
    if (cycles !== cyclesBefore) partial.push(definition);
    if (visited.size === 0) {
      for (const inner of partial.splice(0)) if (inner !== definition) known.delete(inner);
    }
    return found;
  };

  const search: ReferenceSearch = {
    model,
    graph,
    find: (node, at) => expressionReferences(search, node, at),
    ofDefinition,
    returned: (callee) => returnedReferences(model, callee),
  };
  return search;
}

function expressionReferences(search: ReferenceSearch, node: ts.Node, at: Event): Reference[] {
  const { model } = search;
  const { compiler } = model;
  if (!compiler.isExpression(node)) return [];
  const plain = skipOuter(compiler, node);
  if (compiler.isIdentifier(plain)) return namedReferences(search, plain, at);
  if (plain.kind === compiler.SyntaxKind.ThisKeyword) {
    const place = model.file(plain).places.placeOf(plain);
    return place === undefined ? [] : [reference('object', place, at, plain)];
  }
  if (compiler.isPropertyAccessExpression(plain)) return propertyReferences(search, plain, at);
  if (compiler.isElementAccessExpression(plain)) {
    const projection = model.file(plain).places.element(plain.argumentExpression);
    return member(search, search.find(plain.expression, at), projection, plain, at);
  }
  if (compiler.isCallExpression(plain)) return calledReferences(search, plain, at);
  if (compiler.isNewExpression(plain)) {
    const [first] = plain.arguments ?? [];
    const isCopy = compiler.isIdentifier(plain.expression) && copyConstructors.has(plain.expression.text);
    return isCopy && first !== undefined ? shallow(search.find(first, at)) : [];
  }
  if (compiler.isAwaitExpression(plain)) return settled(search.find(plain.expression, at));
  if (compiler.isConditionalExpression(plain)) return [...search.find(plain.whenTrue, at), ...search.find(plain.whenFalse, at)];
  if (compiler.isBinaryExpression(plain)) return ofBinary(search, plain, at);
  if (compiler.isArrayLiteralExpression(plain)) {
    return plain.elements.flatMap((element, index) =>
      compiler.isSpreadElement(element) ? shallow(search.find(element.expression, at)) : within(search.find(element, at), String(index)),
    );
  }
  if (compiler.isObjectLiteralExpression(plain)) return ofObject(search, plain, at);
  if (isFunctionLiteral(compiler, plain)) return closureReferences(search, plain, at);
  return [];
}

function ofBinary(search: ReferenceSearch, node: ts.BinaryExpression, at: Event): Reference[] {
  const { compiler } = search.model;
  switch (node.operatorToken.kind) {
    case compiler.SyntaxKind.AmpersandAmpersandToken:
    case compiler.SyntaxKind.CommaToken:
    case compiler.SyntaxKind.EqualsToken:
      return search.find(node.right, at);
    case compiler.SyntaxKind.BarBarToken:
    case compiler.SyntaxKind.QuestionQuestionToken:
    case compiler.SyntaxKind.BarBarEqualsToken:
    case compiler.SyntaxKind.QuestionQuestionEqualsToken:
      return [...search.find(node.left, at), ...search.find(node.right, at)];
    default:
      return [];
  }
}

function ofObject(search: ReferenceSearch, node: ts.ObjectLiteralExpression, at: Event): Reference[] {
  const { compiler } = search.model;
  return node.properties.flatMap((property, index) => {
    if (compiler.isSpreadAssignment(property)) {
      const except = node.properties.slice(index + 1).flatMap((later) => propertyNameText(compiler, later.name) ?? []);
      return shallow(search.find(property.expression, at)).map((item) => ({ ...item, except: [...item.except, ...except] }));
    }
    const name = propertyNameText(compiler, property.name) ?? '*';
    if (compiler.isPropertyAssignment(property)) return within(search.find(property.initializer, at), name);
    if (compiler.isShorthandPropertyAssignment(property)) return within(search.find(property.name, at), name);
    return [];
  });
}

function propertyReferences(search: ReferenceSearch, node: ts.PropertyAccessExpression, at: Event): Reference[] {
  const { model } = search;
  if (sizeProperties.has(node.name.text)) return [];
  const getter = model.eventsAt(search.graph, node).find((event): event is CallEvent => event.kind === 'call' && event.isGetter);
  const callee = getter === undefined ? undefined : model.callee(getter, 'syntactic');
  if (getter !== undefined && callee !== undefined) return calleeReferences(search, getter, callee, node.expression, []);
  return member(search, search.find(node.expression, at), field(node.name.text), node, at);
}
