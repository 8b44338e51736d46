/** What a name hands out: a shared variable is itself reached, a local is what its definitions hold. */
import type { ts } from '../../compiler/compiler.js';
import { synchronousCallbacks } from '../../events/collections.js';
import type { DefineEvent, Event } from '../../events/event.js';
import { field, rootPlace } from '../../places/place.js';
import { outerParent, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { reachingDefinitions } from './provenance.js';
import { elements, eventOf, isLocal, member, type ReferenceSearch } from './reference-search.js';
import { distinct, type Reference, reference, settled } from './reference-steps.js';

/** Of a local that is assigned more often, only the nearest assignments count. */
const maximumDefinitions = 16;

export function namedReferences(search: ReferenceSearch, node: ts.Identifier, at: Event): Reference[] {
  const { model, graph } = search;
  const { scopes, places } = model.file(node);
  const binding = scopes.resolve(node);
  if (binding === undefined || binding.kind === 'function' || binding.kind === 'other') return [];
  // a class is handed out for its methods, and what it keeps is reached by name
  if (binding.kind === 'class' && !(model.compiler.isPropertyAccessExpression(node.parent) && node.parent.expression === node)) return [];
  if (!isLocal(search, binding)) {
    const place = places.aliasOf(binding) ?? rootPlace({ kind: 'variable', binding });
    return [reference('object', place, eventOf(search, node, at), node)];
  }
  const use = model.eventsAt(graph, node).find((event) => event.kind === 'use');
  const definitions = use?.kind === 'use' ? reachingDefinitions(graph, use) : (graph.definitions.get(binding) ?? []);
  if (definitions.length === 0 && binding.kind === 'parameter' && binding.owner === graph.owner) {
    return [reference('object', rootPlace({ kind: 'variable', binding }), at, node)];
  }
  if (definitions.length > maximumDefinitions) model.limits.add('definitions behind one value');
  const considered = definitions.slice(0, maximumDefinitions);
  return distinct(considered.flatMap((definition) => search.ofDefinition(definition))).map((item) => ({ ...item, handedOut: undefined, isDirect: false }));
}

export function definedReferences(search: ReferenceSearch, definition: DefineEvent): Reference[] {
  const { compiler } = search.model;
  const { node, value } = definition;
  if (value === undefined) return [];
  if (compiler.isBindingElement(node)) return ofPattern(search, node, definition);
  if (compiler.isForOfStatement(value.node)) return elements(search, search.find(value.node.expression, definition), value.node, definition);
  if (compiler.isParameter(node)) {
    const call = iterationOf(search, node);
    if (call !== undefined) return elements(search, search.find(call.expression, definition), node, definition);
    return settled(search.find(value.node, definition));
  }
  return search.find(value.node, definition);
}

/** The receiver access of the array method whose callback gets an element by this parameter. */
function iterationOf(search: ReferenceSearch, parameter: ts.ParameterDeclaration): ts.PropertyAccessExpression | undefined {
  const { compiler } = search.model;
  const callback = parameter.parent;
  const { parent } = outerParent(compiler, callback);
  if (!compiler.isCallExpression(parent)) return undefined;
  const callee = skipOuter(compiler, parent.expression);
  if (!compiler.isPropertyAccessExpression(callee) || !synchronousCallbacks.has(callee.name.text)) return undefined;
  const position = callee.name.text.startsWith('reduce') ? 1 : 0;
  return callback.parameters[position] === parameter ? callee : undefined;
}

function ofPattern(search: ReferenceSearch, element: ts.BindingElement, at: DefineEvent): Reference[] {
  const { compiler } = search.model;
  if (element.dotDotDotToken !== undefined) return [];
  const pattern = element.parent;
  const holder = pattern.parent;
  const isArray = compiler.isArrayBindingPattern(pattern);
  if (compiler.isVariableDeclaration(holder) && holder.initializer === undefined) {
    const loop = holder.parent.parent;
    if (!compiler.isForOfStatement(loop)) return [];
    const items = elements(search, search.find(loop.expression, at), loop, at);
    // of the pairs of a Map, the second half is the element
    if (isArray) return pattern.elements.indexOf(element) === 1 ? items : [];
    return member(search, items, field(propertyNameText(compiler, element.propertyName ?? element.name) ?? '*'), element, at);
  }
  let base: Reference[] = [];
  if (compiler.isVariableDeclaration(holder) && holder.initializer !== undefined) base = search.find(holder.initializer, at);
  else if (compiler.isBindingElement(holder)) base = ofPattern(search, holder, at);
  if (isArray) {
    const index = pattern.elements.indexOf(element);
    return member(search, base, { kind: 'element', key: String(index), text: String(index) }, element, at);
  }
  return member(search, base, field(propertyNameText(compiler, element.propertyName ?? element.name) ?? '*'), element, at);
}
