/** Expressions to places, from syntax and scopes alone. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { elementCallbacks } from '../syntax/array-methods.js';
import { isFunctionLiteral, outerParent, propertyNameText, skipOuter, type ThisOwner, thisOwner } from '../syntax/functions.js';
import { isPureFunction } from '../syntax/pure-functions.js';
import type { Binding, FileScopes } from '../syntax/scopes.js';
import { type Forward, forwardsOf, givenByGetter } from './accessors.js';
import { madeMember } from './made-members.js';
import { contents, field, maximumPathLength, type Place, project, type Projection, pureCallMark, rootPlace, variableKey, wholeVariable } from './place.js';

export interface PlaceResolver {
  /** The location that the expression denotes, or undefined when it denotes a computed value. */
  placeOf(expression: ts.Expression): Place | undefined;
  /** The location that a local only renames: `const cache = this.cache`. */
  aliasOf(binding: Binding): Place | undefined;
  /** What a pattern takes out of the object under that name: its member, or the field that a getter gives. */
  memberByPattern(object: Place, name: string): Place | undefined;
  /** The element of a collection that the key expression selects. */
  element(key: ts.Expression | undefined): Projection;
  /** The key that a member of the object is, where the object is made in sight. */
  memberKey(object: ts.Expression, name: string): string | undefined;
}

/** Methods that give a collection's element for a key. */
const elementGetters = new Set(['get', 'at', 'getItem']);
/** Methods that give one of a collection's elements, or all of them, without a key. */
const elementFinders = new Set(['find', 'findLast', 'values', 'entries', 'keys', 'filter', 'slice', 'pop', 'shift']);
/** Those of them that give all elements, or several. */
const elementLists = new Set(['values', 'entries', 'filter', 'slice']);

/** What other modules declare. */
export interface Imported {
  /** The variable that an import brings, or that is a member of the imported module. */
  variableOf(binding: Binding, member?: string): Place | undefined;
  /** The declared function that an import brings. */
  functionOf(binding: Binding): Binding | undefined;
}

/** The place that a call gives: `get()` of a store's state, or a function that looks one up. */
export type GivenPlace = (call: ts.CallExpression, places: PlaceResolver) => Place | undefined;

export function createPlaceResolver(compiler: Compiler, scopes: FileScopes, imported: Imported, givenPlace: GivenPlace): PlaceResolver {
  const aliases = new Map<Binding, Place | undefined>();
  const forwardsByOwner = new Map<ThisOwner, ReadonlyMap<string, Forward>>();
  /** Those that are being followed: accessors may stand for each other. */
  const followed = new Set<Forward>();
  /** Keys that are being looked for: an answer may be asked for by what it says itself. */
  const asked = new Set<ts.Node>();

  const placeOf = (expression: ts.Expression): Place | undefined => {
    const node = skipOuter(compiler, expression);
    if (node.kind === compiler.SyntaxKind.ThisKeyword) return rootPlace({ kind: 'this', owner: thisOwner(compiler, node) });
    if (compiler.isIdentifier(node)) {
      if (node.text === 'undefined') return undefined;
      const binding = scopes.resolve(node);
      if (binding === undefined) return rootPlace({ kind: 'global', name: node.text });
      return aliasOf(binding) ?? rootPlace({ kind: 'variable', binding });
    }
    if (compiler.isPropertyAccessExpression(node)) {
      const imported = memberOfModule(node) ?? firstElement(node, 'values');
      if (imported !== undefined) return imported;
      return memberOf(placeOf(node.expression), node.name.text, isAssigned(node));
    }
    if (compiler.isElementAccessExpression(node)) {
      return extend(placeOf(node.expression), element(node.argumentExpression));
    }
    if (compiler.isCallExpression(node)) return givenPlace(node, places) ?? elementGiven(node);
    if (compiler.isBinaryExpression(node) && isLogical(node)) {
      // `this.map.get(key) ?? fallback`: mostly the left side; the right one is a fresh default, or is stored there: `groups[name] ??= {}`
      return placeOf(node.left);
    }
    return undefined;
  };

  /** The member of the object, or the field that the accessor of its name stands for. */
  const memberOf = (base: Place | undefined, name: string, isWritten: boolean): Place | undefined => {
    const forward = forwardOf(base, name, isWritten);
    if (forward === undefined || followed.has(forward)) return extend(base, field(name));
    followed.add(forward);
    const forwarded = placeOf(forward.target);
    followed.delete(forward);
    return forward.field === undefined ? forwarded : extend(forwarded, field(forward.field));
  };

  /** What `const { name } = object` reads. */
  const memberByPattern = (base: Place, name: string): Place | undefined => {
    const given = base.root.kind === 'this' && base.root.owner !== undefined && base.path.length === 0 ? givenByGetter(compiler, base.root.owner, name) : undefined;
    return given === undefined ? memberOf(base, name, false) : placeOf(given);
  };

  /** The accessor of the object's own that the name reads or writes, where it stands for a field. */
  const forwardOf = (base: Place | undefined, name: string, isWritten: boolean): Forward | undefined => {
    if (base?.root.kind !== 'this' || base.root.owner === undefined || base.path.length > 0) return undefined;
    const { owner } = base.root;
    let forwards = forwardsByOwner.get(owner);
    if (forwards === undefined) forwardsByOwner.set(owner, (forwards = forwardsOf(compiler, owner)));
    const forward = forwards.get(name);
    return forward !== undefined && (forward.isRead || isWritten) ? forward : undefined;
  };

  const isAssigned = (node: ts.Expression): boolean => {
    const { parent, child } = outerParent(compiler, node);
    return compiler.isBinaryExpression(parent) && parent.left === child && parent.operatorToken.kind === compiler.SyntaxKind.EqualsToken;
  };

  /** What a method of a collection finds in it. */
  const elementGiven = ({ expression, arguments: [key, second] }: ts.CallExpression): Place | undefined => {
    if (!compiler.isPropertyAccessExpression(expression)) return undefined;
    const method = expression.name.text;
    if (elementGetters.has(method) && key !== undefined && second === undefined) return extend(placeOf(expression.expression), element(key));
    if (isObjectNamespace(expression.expression)) {
      // a list of values is a copy, but the values in it are the object's own
      return method === 'values' && key !== undefined ? extend(placeOf(key), contents) : undefined;
    }
    return elementFinders.has(method) ? extend(placeOf(expression.expression), contents) : undefined;
  };

  /** `cache.values().next().value`, `cache.entries().next().value`: the element that a walk comes upon first. */
  const firstElement = (expression: ts.Expression, walk: 'values' | 'entries'): Place | undefined => {
    const given = skipOuter(compiler, expression);
    const node = compiler.isBinaryExpression(given) && isLogical(given) ? skipOuter(compiler, given.left) : given;
    if (!compiler.isPropertyAccessExpression(node) || node.name.text !== 'value') return undefined;
    const walked = calledOn(calledOn(node.expression, 'next'), walk);
    return walked === undefined ? undefined : extend(placeOf(walked), contents);
  };

  /** The object on which the method of this name is called without arguments. */
  const calledOn = (expression: ts.Expression | undefined, method: string): ts.Expression | undefined => {
    const call = expression === undefined ? undefined : skipOuter(compiler, expression);
    if (call === undefined || !compiler.isCallExpression(call) || call.arguments.length > 0) return undefined;
    return compiler.isPropertyAccessExpression(call.expression) && call.expression.name.text === method ? call.expression.expression : undefined;
  };

  /** What a walk over the value comes upon; lists and views of what is in a collection have the collection's elements. */
  const elementOf = (iterated: ts.Expression): Place | undefined => {
    const node = skipOuter(compiler, iterated);
    const method = compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression) ? node.expression.name.text : undefined;
    const given = placeOf(node);
    return method !== undefined && elementLists.has(method) ? given : extend(given, contents);
  };

  /** `state.cache` after `import * as state from './state.js'`. */
  const memberOfModule = ({ expression, name }: ts.PropertyAccessExpression): Place | undefined => {
    const binding = compiler.isIdentifier(expression) ? scopes.resolve(expression) : undefined;
    return binding?.kind === 'import' ? imported.variableOf(binding, name.text) : undefined;
  };

  const isObjectNamespace = (node: ts.Expression): boolean =>
    compiler.isIdentifier(node) && node.text === 'Object' && scopes.resolve(node) === undefined;

  const isLogical = (node: ts.BinaryExpression): boolean =>
    node.operatorToken.kind === compiler.SyntaxKind.QuestionQuestionToken ||
    node.operatorToken.kind === compiler.SyntaxKind.QuestionQuestionEqualsToken ||
    node.operatorToken.kind === compiler.SyntaxKind.BarBarToken ||
    node.operatorToken.kind === compiler.SyntaxKind.BarBarEqualsToken;

  const extend = (base: Place | undefined, projection: Projection): Place | undefined =>
    base === undefined || base.path.length >= maximumPathLength ? undefined : project(base, projection);

  const element = (key: ts.Expression | undefined): Projection => {
    if (key === undefined) return contents;
    const node = skipOuter(compiler, key);
    if (compiler.isStringLiteralLike(node)) return field(node.text);
    const canonical = canonicalKey(node);
    // a key of which nothing is known is one element, though not known which: no other key expression is taken for it
    return { kind: 'element', key: canonical ?? `?${node.getSourceFile().fileName}:${node.pos}`, text: node.getText() };
  };

  /** A text that is equal for key expressions that give the same value in one activation; undefined if that is unknown. */
  const canonicalKey = (expression: ts.Expression): string | undefined => {
    const node = skipOuter(compiler, expression);
    if (compiler.isIdentifier(node)) {
      const binding = scopes.resolve(node);
      if (binding === undefined) return node.text;
      return aliasOf(binding)?.key ?? derivedKey(binding) ?? variableKey(binding);
    }
    if (compiler.isStringLiteralLike(node) || compiler.isNumericLiteral(node)) return JSON.stringify(node.text);
    const place = (compiler.isPropertyAccessExpression(node) ? memberKey(node.expression, node.name.text) : undefined) ?? placeOf(node)?.key;
    if (place !== undefined) return place;
    if (compiler.isTemplateExpression(node)) {
      const parts = node.templateSpans.map((span) => canonicalKey(span.expression));
      if (parts.includes(undefined)) return undefined;
      return node.head.text + node.templateSpans.map((span, index) => `\${${parts[index]}}${span.literal.text}`).join('');
    }
    if (compiler.isCallExpression(node)) {
      const callee = compiler.isPropertyAccessExpression(node.expression)
        ? canonicalKey(node.expression.expression)
        : undefined;
      const name = compiler.isPropertyAccessExpression(node.expression)
        ? `${callee}.${node.expression.name.text}`
        : (functionKey(node.expression) ?? canonicalKey(node.expression));
      const parts = node.arguments.map((argument) => canonicalKey(argument));
      if (name === undefined || parts.includes(undefined)) return undefined;
      return `${isPureCall(node) ? pureCallMark : ''}${name}(${parts.join(',')})`;
    }
    if (compiler.isArrayLiteralExpression(node)) {
      const parts = node.elements.map((part) => (compiler.isSpreadElement(part) ? undefined : canonicalKey(part)));
      return parts.length === 0 || parts.includes(undefined) ? undefined : `[${parts.join(',')}]`;
    }
    if (compiler.isBinaryExpression(node)) {
      const left = canonicalKey(node.left);
      const right = canonicalKey(node.right);
      if (left === undefined || right === undefined) return undefined;
      return `${left}${compiler.tokenToString(node.operatorToken.kind) ?? '?'}${right}`;
    }
    return undefined;
  };

  const memberKey = (object: ts.Expression, name: string): string | undefined => {
    const made = madeMember(compiler, scopes, object, name);
    if (made === undefined || asked.has(made.value)) return undefined;
    asked.add(made.value);
    try {
      if (made.isWhole) return canonicalKey(made.value);
      return memberKey(made.value, name) ?? extend(placeOf(made.value), field(name))?.key;
    } finally {
      asked.delete(made.value);
    }
  };

  /** A function that other modules import has one name in all of them. */
  const functionKey = (callee: ts.Expression): string | undefined => {
    const binding = calledBinding(callee);
    return binding?.kind === 'function' ? variableKey(binding) : undefined;
  };

  /** `const key = keyOf(x)` written twice gives one key: a never reassigned local is its initialiser, where that only puts together. */
  const derivedKey = (binding: Binding): string | undefined => {
    if (binding.initializer === undefined || binding.assignments.length > 0) return undefined;
    const initializer = skipOuter(compiler, binding.initializer);
    const isPutTogether = compiler.isTemplateExpression(initializer) || (compiler.isCallExpression(initializer) && isPureCall(initializer));
    return isPutTogether ? canonicalKey(initializer) : undefined;
  };

  const isPureCall = ({ expression }: ts.CallExpression): boolean => {
    if (compiler.isPropertyAccessExpression(expression)) {
      const owner = expression.expression.kind === compiler.SyntaxKind.ThisKeyword ? thisOwner(compiler, expression) : undefined;
      const method = owner !== undefined && compiler.isClassLike(owner) ? owner.members.find(({ name }) => name?.getText() === expression.name.text) : undefined;
      return method !== undefined && isPureFunction(compiler, method);
    }
    const binding = calledBinding(expression);
    return binding !== undefined && binding.assignments.length === 0 && isPureFunction(compiler, binding.declaration);
  };

  /** The variable or function that is called by its name, where it is declared. */
  const calledBinding = (callee: ts.Expression): Binding | undefined => {
    const binding = compiler.isIdentifier(callee) ? scopes.resolve(callee) : undefined;
    if (binding?.kind !== 'import') return binding;
    const place = imported.variableOf(binding);
    return wholeVariable(place) ?? imported.functionOf(binding);
  };

  const aliasOf = (binding: Binding): Place | undefined => {
    if (aliases.has(binding)) return aliases.get(binding);
    aliases.set(binding, undefined); // ends cycles such as `const a = b, b = a`
    const alias = computeAlias(binding);
    aliases.set(binding, alias);
    return alias;
  };

  const computeAlias = (binding: Binding): Place | undefined => {
    if (binding.kind === 'import') return imported.variableOf(binding);
    const { declaration, initializer } = binding;
    if (binding.assignments.length > 0) {
      const original = initializer === undefined ? undefined : placeOf(initializer);
      return original !== undefined && binding.assignments.every((name) => isStoredAtOnce(name, original)) ? original : undefined;
    }
    if (compiler.isVariableDeclaration(declaration)) {
      if (initializer !== undefined) return placeOf(initializer);
      const loop = declaration.parent.parent;
      if (compiler.isForOfStatement(loop)) return elementOf(loop.expression);
      return undefined;
    }
    if (compiler.isBindingElement(declaration)) return aliasOfElement(declaration);
    if (compiler.isParameter(declaration)) return aliasOfCallbackParameter(declaration);
    return undefined;
  };

  /**
   * What the local is given is put where its first value came from: `inner = new Map(); table.set(key, inner)` after
   * `let inner = table.get(key)`. The local goes on to name that place.
   */
  const isStoredAtOnce = (name: ts.Node, original: Place): boolean => {
    const { parent: assignment } = name;
    if (!compiler.isBinaryExpression(assignment) || assignment.left !== name) return false;
    const { parent: holder, child } = outerParent(compiler, assignment);
    if (compiler.isCallExpression(holder)) return holder.arguments[1] === child && isStoreOf(holder, original);
    if (compiler.isBinaryExpression(holder)) return holder.right === child && placeOf(holder.left)?.key === original.key;
    if (!compiler.isExpressionStatement(holder)) return false;
    const block = holder.parent;
    if (!compiler.isBlock(block)) return false;
    const next = block.statements[block.statements.indexOf(holder) + 1];
    if (next === undefined || !compiler.isExpressionStatement(next)) return false;
    const store = skipOuter(compiler, next.expression);
    if (compiler.isBinaryExpression(store)) return store.right.getText() === name.getText() && placeOf(store.left)?.key === original.key;
    return compiler.isCallExpression(store) && store.arguments[1]?.getText() === name.getText() && isStoreOf(store, original);
  };

  /** `table.set(key, …)` where the place is `table[key]`. */
  const isStoreOf = (call: ts.CallExpression, place: Place): boolean => {
    const { expression } = call;
    if (!compiler.isPropertyAccessExpression(expression) || expression.name.text !== 'set') return false;
    return extend(placeOf(expression.expression), element(call.arguments[0]))?.key === place.key;
  };

  const aliasOfElement = (declaration: ts.BindingElement): Place | undefined => {
    if (declaration.dotDotDotToken !== undefined) return undefined;
    const pattern = declaration.parent;
    const holder = pattern.parent;
    let base: Place | undefined;
    if (compiler.isVariableDeclaration(holder)) {
      const first = holder.initializer !== undefined && compiler.isArrayBindingPattern(pattern) ? firstElement(holder.initializer, 'entries') : undefined;
      if (first !== undefined) return compiler.isArrayBindingPattern(pattern) && pattern.elements.indexOf(declaration) === 1 ? first : undefined;
      if (holder.initializer !== undefined) base = placeOf(holder.initializer);
      else if (compiler.isForOfStatement(holder.parent.parent)) {
        const item = elementOf(holder.parent.parent.expression);
        // `for (const [key, value] of map)`: the pair itself is fresh, its second half is the element
        if (compiler.isArrayBindingPattern(pattern)) return pattern.elements.indexOf(declaration) === 1 ? item : undefined;
        base = item;
      }
    } else if (compiler.isBindingElement(holder)) {
      base = aliasOfElement(holder);
    }
    if (base === undefined) return undefined;
    if (compiler.isArrayBindingPattern(pattern)) {
      return extend(base, field(String(pattern.elements.indexOf(declaration))));
    }
    const name = propertyNameText(compiler, declaration.propertyName ?? declaration.name);
    return name === undefined ? undefined : memberByPattern(base, name);
  };

  const aliasOfCallbackParameter = (parameter: ts.ParameterDeclaration): Place | undefined => {
    const callback = parameter.parent;
    if (!isFunctionLiteral(compiler, callback) || callback.parameters[0] !== parameter) return undefined;
    const call = callback.parent;
    if (!compiler.isCallExpression(call) || call.arguments[0] !== callback) return undefined;
    if (!compiler.isPropertyAccessExpression(call.expression) || !elementCallbacks.has(call.expression.name.text)) return undefined;
    return extend(placeOf(call.expression.expression), contents);
  };

  const places: PlaceResolver = { placeOf, aliasOf, memberByPattern, element, memberKey };
  return places;
}
