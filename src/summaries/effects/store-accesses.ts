/**
 * What calls load from a store and save there under keys that are the same in every call, directly or by way of a helper. A store is
 * known by methods that are named as a pair: `getItem` and `setItem`, `loadState` and `saveState`.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Value } from '../../events/event.js';
import { type FunctionNode, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { gatedStores } from '../../catalogue/external-state.js';
import { declaredConstant } from '../model/declared-values.js';
import { constantOf, oneLine } from '../model/external-expressions.js';
import { isOfModuleOrFactory } from '../model/factories.js';
import { isSameInEveryCall } from '../model/fixed-values.js';
import { madeBy } from '../model/named-values.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { mayDependOn } from './dependence.js';

const loads = /^(?:get|load|read|fetch|retrieve)(.*)$/;
const saves = /^(?:set|save|store|write|put|persist|update)(.*)$/;

/** Stands for all that the store keeps. */
const everything = '*';

/** A content of a store, and what is saved as it. */
export interface Content {
  readonly store: string;
  readonly key: string;
  readonly text: string;
  readonly value: Value | undefined;
}

/** All that the store keeps is one content with what is saved of it, where that is made of the part of the same name. */
export function isSameContent({ compiler }: ProgramModel, load: Content, save: Content): boolean {
  if (load.store !== save.store) return false;
  if (load.key === save.key) return true;
  const node = save.value?.node;
  const given = node !== undefined && compiler.isPropertyAssignment(node) ? node.initializer : node;
  return load.key === everything && given?.getText().includes(save.key.replaceAll('"', '')) === true;
}

/** What the call loads itself, or what a helper without parameters gives that is made of what it loads. */
export function contentsLoadedBy(model: ProgramModel, call: CallEvent): readonly Content[] {
  if (!loads.test(call.name ?? '')) return [];
  const own = ownLoads(model, call);
  if (own.length > 0 || call.arguments.length > 0) return own;
  const callee = model.callee(call, 'full');
  return callee === undefined ? [] : contentsLoadedIn(model, callee);
}

const contentsLoadedIn = memoized((model, callee: FunctionNode): readonly Content[] => {
  if (callee.body === undefined) return [];
  const graph = model.graph(callee);
  const given = eventsOf(graph).flatMap((event) => (event.kind === 'return' && event.value !== undefined ? [withArguments(model, event.value)] : []));
  const calls = eventsOf(graph).filter((event): event is CallEvent => event.kind === 'call');
  // one that saves besides is judged where it does
  if (calls.some((call) => saves.test(call.name ?? '') && ownSaves(model, call).length > 0)) return [];
  const isGiven = (call: CallEvent): boolean => given.some((value) => mayDependOn(graph, value, (source) => source === call) || isFilledWith(model, graph, value, call));
  return calls.flatMap((call) => (loads.test(call.name ?? '') && isGiven(call) ? ownLoads(model, call) : []));
});

/** What is returned at once, as by `return JSON.parse(text)`, is made of what the call was given. */
function withArguments({ compiler, questions }: ProgramModel, value: Value): Value {
  const sources = value.sources.flatMap((source) => {
    if (source.kind !== 'call' || source.consumption !== 'returned' || !compiler.isCallExpression(source.node) || questions.isPromise(source.node)) return [source];
    return [source, ...(source.receiver?.sources ?? []), ...source.arguments.flatMap((argument) => argument.sources)];
  });
  return { ...value, sources };
}

/** The value is a local list or record into which parts of what was loaded are put, or what a method of it gives: `lines.join('\n')`. */
export function isFilledWith(model: ProgramModel, graph: Graph, { node }: Value, load: CallEvent): boolean {
  const { compiler } = model;
  const base = compiler.isCallExpression(node) && compiler.isPropertyAccessExpression(node.expression) ? node.expression.expression : node;
  const local = compiler.isIdentifier(base) ? model.file(base).scopes.resolve(base) : undefined;
  if (local === undefined || !graph.inlined.has(local.owner)) return false;
  return eventsOf(graph).some(
    (event) =>
      event.kind === 'write' &&
      event.value !== undefined &&
      event.place.root.kind === 'variable' &&
      event.place.root.binding === local &&
      mayDependOn(graph, event.value, (source) => source === load),
  );
}

/** What the call saves itself, or what a helper saves of what it is handed. */
export function contentsSavedBy(model: ProgramModel, call: CallEvent): readonly Content[] {
  if (!saves.test(call.name ?? '') || call.arguments.length === 0) return [];
  const own = ownSaves(model, call);
  return own.length > 0 ? own : contentsSavedByHelper(model, call);
}

/** What a helper, whatever its name, saves of what it is handed. */
export function contentsSavedByHelper(model: ProgramModel, call: CallEvent): readonly Content[] {
  const callee = model.callee(call, 'full');
  return callee === undefined ? [] : contentsSavedIn(model, callee).flatMap(({ parameter, ...content }) => ({ ...content, value: call.arguments[parameter] }));
}

const contentsSavedIn = memoized((model, callee: FunctionNode): readonly (Content & { readonly parameter: number })[] => {
  if (callee.body === undefined) return [];
  const graph = model.graph(callee);
  return eventsOf(graph).flatMap((event) => {
    if (event.kind !== 'call' || !saves.test(event.name ?? '')) return [];
    return ownSaves(model, event).flatMap((content) => {
      const parameter = callee.parameters.findIndex(({ name }) => model.compiler.isIdentifier(name) && isMadeOf(model, graph, content.value, name));
      return parameter < 0 ? [] : [{ ...content, parameter }];
    });
  });
});

/** The value mentions the parameter, or is a local that is filled from it. */
function isMadeOf(model: ProgramModel, graph: Graph, value: Value | undefined, name: ts.Identifier): boolean {
  const { compiler } = model;
  if (value === undefined) return false;
  const { scopes, mentions } = model.file(name);
  const parameter = scopes.resolve(name);
  const uses = mentions(name.text).filter((mention) => compiler.isIdentifier(mention) && scopes.resolve(mention) === parameter);
  if (uses.some((use) => isWithin(use, value.node))) return true;
  const local = compiler.isIdentifier(value.node) ? scopes.resolve(value.node) : undefined;
  if (local === undefined || !graph.inlined.has(local.owner)) return false;
  return eventsOf(graph).some(
    (event) => event.kind === 'write' && event.place.root.kind === 'variable' && event.place.root.binding === local && uses.some((use) => isWithin(use, event.node)),
  );
}

function ownLoads(model: ProgramModel, call: CallEvent): readonly Content[] {
  const { compiler } = model;
  const store = storeOf(model, call, loads);
  if (store === undefined || !compiler.isCallExpression(call.node)) return [];
  const [key, ...others] = call.node.arguments;
  const content = (name: string | undefined): readonly Content[] => (name === undefined ? [] : [{ store, key: name, text: textOf(call, key), value: undefined }]);
  if (key === undefined) return call.consumption === 'awaited' ? content(everything) : [];
  const given = constantOf(model, key);
  if (others.length > 1) return [];
  if (compiler.isArrayLiteralExpression(given)) return given.elements.flatMap((element) => content(keyText(model, element)));
  return given.kind === compiler.SyntaxKind.NullKeyword ? content(everything) : content(keyText(model, key));
}

/** `set('names', names)`, `set({ names })`, and `set(all)` of a store that keeps one content. */
export function ownSaves(model: ProgramModel, call: CallEvent): readonly Content[] {
  const { compiler } = model;
  const store = storeOf(model, call, saves);
  if (store === undefined || !compiler.isCallExpression(call.node)) return [];
  const [first, second, ...others] = call.arguments;
  const [node] = call.node.arguments;
  if (first === undefined || node === undefined || others.length > 1) return [];
  if (second !== undefined) {
    const key = keyText(model, node);
    if (key !== undefined) return [{ store, key, text: textOf(call, node), value: second }];
    // `saveWallet(wallet, overwrite)`: a method that names its content may be told how to save it
    return store.endsWith(' ') ? [] : [{ store, key: everything, text: textOf(call, undefined), value: first }];
  }
  const literal = skipOuter(compiler, node);
  // a pair of methods for one content hands it over as a whole
  const isForAll = store.endsWith(' ');
  if (!compiler.isObjectLiteralExpression(literal) || !isForAll) return [{ store, key: everything, text: textOf(call, undefined), value: first }];
  return literal.properties.flatMap((property): readonly Content[] => {
    const computed = property.name !== undefined && compiler.isComputedPropertyName(property.name) ? keyText(model, property.name.expression) : undefined;
    const name = computed ?? (property.name === undefined ? undefined : JSON.stringify(propertyNameText(compiler, property.name)));
    if (name === undefined) return [];
    const part: Value = { node: property, sources: first.sources.filter((source) => isWithin(source.node, property)) };
    return [{ store, key: name, text: `${call.receiver?.node.getText() ?? ''}[${name}]`, value: part }];
  });
}

/** The store and the kind of content, where the receiver lives longer than the call; undefined for what decides itself who comes next. */
function storeOf(model: ProgramModel, { name, receiver }: CallEvent, names: RegExp): string | undefined {
  const what = names.exec(name ?? '')?.[1];
  if (what === undefined || receiver === undefined || gatedStores.test(receiver.node.getText())) return undefined;
  const { place } = receiver;
  // methods of the object itself are followed
  if (place?.root.kind === 'this' && place.path.length === 0) return undefined;
  const isLocal = place?.root.kind === 'variable' && !isOfModuleOrFactory(model, place.root.binding);
  if (isLocal && !isLent(model, receiver.node)) return undefined;
  const store = isLocal ? receiver.node.getText() : (place?.key ?? receiver.node.getText());
  return `${store} ${what.toLowerCase()}`;
}

/** `const store = await getStore()`: a local name for what all calls are given. */
function isLent(model: ProgramModel, node: ts.Node): boolean {
  const { compiler } = model;
  const value = declaredConstant(model, node)?.value;
  const asked = value === undefined ? undefined : madeBy(model, value);
  return asked !== undefined && compiler.isCallExpression(asked) && asked.arguments.length === 0 && /^(?:this\.)?_?(?:get|load|open|ensure|use)/.test(asked.expression.getText());
}

/** The key, where it is the same in every call. */
function keyText(model: ProgramModel, expression: ts.Expression): string | undefined {
  const { compiler } = model;
  const key = constantOf(model, expression);
  if (compiler.isStringLiteralLike(key)) return JSON.stringify(key.text);
  return isSameInEveryCall(model, key) ? key.getText() : undefined;
}

function textOf({ receiver }: CallEvent, key: ts.Expression | undefined): string {
  const store = receiver === undefined ? '' : oneLine(receiver.node);
  return key === undefined ? store : `${store}[${oneLine(key)}]`;
}

