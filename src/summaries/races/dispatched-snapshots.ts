/**
 * Actions that put a list back as it was before a wait: `const { items } = getState().cart; const saved = await save(item);
 * dispatch(setItems([...items, saved]));`. What another action added meanwhile is lost; right is to read the state again after the wait, or
 * to let the reducer add.
 */
import { actionPayload, reducerHooks, stateReaders } from '../../catalogue/reactive.js';
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent } from '../../events/event.js';
import { isFunctionLiteral, propertyNameText, returnedBy, rootOfAccess, skipOuter } from '../../syntax/functions.js';
import { runsOnce } from '../actors/contexts.js';
import { mayDependOn, suspensionBetween } from '../effects/dependence.js';
import { reachingDefinitions } from '../effects/provenance.js';
import { heldLocks } from '../locks/held-locks.js';
import { isMadeBy } from '../model/component-state.js';
import type { ProgramModel } from '../model/program-model.js';
import { nearestSuspension } from '../protocols/promise-slots.js';

export interface DispatchedSnapshot {
  /** The dispatch. */
  readonly event: CallEvent;
  /** The list that is put back with more in it, as the program names it. */
  readonly text: string;
  /** Where the list was taken from the state. */
  readonly read: ts.Node;
  readonly suspension: SuspendEvent;
}

export function dispatchedSnapshots(model: ProgramModel, graph: Graph): readonly DispatchedSnapshot[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner)) return [];
  const dispatches = eventsOf(graph).filter((event): event is CallEvent => event.kind === 'call' && (event.name === 'dispatch' || isHooksDispatch(model, event)));
  const found = dispatches.flatMap((event): DispatchedSnapshot[] => {
    const suspension = nearestSuspension(graph, event);
    if (suspension === undefined || dispatches.some((other) => other !== event && suspensionBetween(graph, heldLocks(model, graph), other, event) !== undefined)) return [];
    for (const list of event.arguments.flatMap(({ node }) => changedLists(model, node, maximumDepth))) {
      const root = rootOfAccess(compiler, list);
      const taken = root === undefined ? undefined : takenBefore(model, graph, root, event);
      if (root !== undefined && taken !== undefined) return [{ event, text: root.text, ...taken }];
    }
    return [];
  });
  return found.length === 0 || runsOnce(model, graph.owner) ? [] : found;
}

/** `const [state, change] = useReducer(…)`, whatever the program calls it. */
function isHooksDispatch(model: ProgramModel, { node }: CallEvent): boolean {
  const { compiler } = model;
  if (!compiler.isCallExpression(node) || !compiler.isIdentifier(node.expression)) return false;
  const declaration = model.file(node).scopes.resolve(node.expression)?.declaration;
  if (declaration === undefined || !compiler.isBindingElement(declaration) || !compiler.isArrayBindingPattern(declaration.parent)) return false;
  return declaration.parent.elements[1] === declaration && isMadeBy(model, declaration.parent.parent, reducerHooks);
}

/** An action holds its list this deep: `dispatch({ type, payload: { items: [...items, item] } })`, `dispatch(setItems([...items, item]))`. */
const maximumDepth = 3;

/** The lists of which another one is made. */
function changedLists(model: ProgramModel, value: ts.Node, depth: number): readonly ts.Expression[] {
  const { compiler } = model;
  if (depth === 0 || !compiler.isExpression(value)) return [];
  const node = skipOuter(compiler, value);
  if (compiler.isArrayLiteralExpression(node)) {
    if (node.elements.length < 2) return [];
    return node.elements.flatMap((element) => (compiler.isSpreadElement(element) ? [skipOuter(compiler, element.expression)] : []));
  }
  const base = listChanged(compiler, node);
  // `markRead(items.filter((item) => item.unread))` is about some of them
  if (base !== undefined) return compiler.isCallExpression(node) && leavesOut(model, node) ? [base] : [];
  if (compiler.isCallExpression(node)) return node.arguments.flatMap((argument) => changedLists(model, argument, depth - 1));
  if (!compiler.isObjectLiteralExpression(node)) return [];
  return node.properties.flatMap((property) => {
    if (!compiler.isPropertyAssignment(property)) return [];
    const name = propertyNameText(compiler, property.name);
    const made = skipOuter(compiler, property.initializer);
    const base = name === actionPayload ? undefined : listChanged(compiler, made);
    const lists = base === undefined ? changedLists(model, made, depth - 1) : [base];
    // `order: [...items, gift]` is made of the list, and does not take its place
    const isDirect = compiler.isArrayLiteralExpression(made) || base !== undefined;
    return isDirect && name !== actionPayload ? lists.filter((list) => isWholeState(model, list) || (name !== undefined && namesOf(model, list).includes(name))) : lists;
  });
}

/** Methods that give the list with some elements more, fewer or others. */
const changingMethods: ReadonlySet<string> = new Set(['concat', 'filter', 'toSpliced', 'with']);

/** `items.concat(item)`, `items.filter(({ id }) => id !== gone)`. */
function listChanged(compiler: Compiler, node: ts.Expression): ts.Expression | undefined {
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression) || !changingMethods.has(node.expression.name.text)) return undefined;
  const list = skipOuter(compiler, node.expression.expression);
  return compiler.isIdentifier(list) || compiler.isPropertyAccessExpression(list) ? list : undefined;
}

/** All stay but what is told apart, `items.filter(({ id }) => id !== gone)`; what else a filter gives may be a choice among them. */
function leavesOut({ compiler }: ProgramModel, call: ts.CallExpression): boolean {
  const [told] = call.arguments;
  if (!compiler.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'filter') return true;
  const isInequality = (result: ts.Expression): boolean =>
    compiler.isBinaryExpression(result)
      ? /^!==?$/.test(result.operatorToken.getText())
      : compiler.isPrefixUnaryExpression(result) && compiler.isCallExpression(skipOuter(compiler, result.operand));
  return told !== undefined && isFunctionLiteral(compiler, told) && returnedBy(compiler, told).some(isInequality);
}

/** The list is all that the reducer keeps: `const [todos, dispatch] = useReducer(reduce, []);`. */
function isWholeState(model: ProgramModel, list: ts.Expression): boolean {
  const binding = model.compiler.isIdentifier(list) ? model.file(list).scopes.resolve(list) : undefined;
  return binding !== undefined && isHookState(model, binding.declaration);
}

/** What the list is called, here and where it was taken from: `before` and `items` of `const before = state.items`. */
function namesOf(model: ProgramModel, list: ts.Expression): readonly string[] {
  const { compiler } = model;
  if (compiler.isPropertyAccessExpression(list)) return [list.name.text];
  const binding = compiler.isIdentifier(list) ? model.file(list).scopes.resolve(list) : undefined;
  if (binding === undefined) return [];
  const { name, declaration, initializer } = binding;
  const taken = initializer === undefined ? undefined : skipOuter(compiler, initializer);
  if (taken !== undefined && compiler.isPropertyAccessExpression(taken)) return [name, taken.name.text];
  if (taken !== undefined && compiler.isIdentifier(taken)) return [name, taken.text];
  const member = compiler.isBindingElement(declaration) && declaration.propertyName !== undefined ? propertyNameText(compiler, declaration.propertyName) : undefined;
  return member === undefined ? [name] : [name, member];
}

function takenBefore(model: ProgramModel, graph: Graph, list: ts.Identifier, dispatch: CallEvent): { readonly read: ts.Node; readonly suspension: SuspendEvent } | undefined {
  const held = heldLocks(model, graph);
  const binding = model.file(list).scopes.resolve(list);
  if (binding === undefined) return undefined;
  // the state of a hook is what was shown when the function was made, however late it looks
  if (!graph.inlined.has(binding.owner)) {
    const shown = isOfHookState(model, binding.declaration) ? nearestSuspension(graph, dispatch) : undefined;
    return shown === undefined ? undefined : { read: binding.declaration, suspension: shown };
  }
  const use = model.eventsAt(graph, list).find((event: Event) => event.kind === 'use');
  for (const definition of use?.kind === 'use' ? reachingDefinitions(graph, use) : []) {
    const isOfState = definition.value !== undefined && mayDependOn(graph, definition.value, (source) => givesState(model, source));
    const suspension = isOfState ? suspensionBetween(graph, held, definition, dispatch) : undefined;
    if (suspension !== undefined) return { read: definition.node, suspension };
  }
  return undefined;
}

/** `getState()`, or a look at the state of a hook. */
function givesState(model: ProgramModel, source: Event): boolean {
  if (source.kind === 'call') return stateReaders.has(source.name ?? '');
  return source.kind === 'read' && source.place.root.kind === 'variable' && isHookState(model, source.place.root.binding.declaration);
}

function isHookState(model: ProgramModel, declaration: ts.Node): boolean {
  const { compiler } = model;
  if (!compiler.isBindingElement(declaration) || !compiler.isArrayBindingPattern(declaration.parent)) return false;
  return declaration.parent.elements[0] === declaration && isMadeBy(model, declaration.parent.parent, reducerHooks);
}

/** The state of a hook, or what the component takes out of it: `const [{ items }, dispatch] = useReducer(…)`, `const { items } = state`. */
function isOfHookState(model: ProgramModel, declaration: ts.Node): boolean {
  const { compiler } = model;
  if (isHookState(model, declaration)) return true;
  if (!compiler.isBindingElement(declaration) || !compiler.isObjectBindingPattern(declaration.parent)) return false;
  const holder = declaration.parent.parent;
  if (!compiler.isVariableDeclaration(holder)) return isOfHookState(model, holder);
  const taken = holder.initializer === undefined ? undefined : skipOuter(compiler, holder.initializer);
  const binding = taken !== undefined && compiler.isIdentifier(taken) ? model.file(taken).scopes.resolve(taken) : undefined;
  return binding !== undefined && isOfHookState(model, binding.declaration);
}
