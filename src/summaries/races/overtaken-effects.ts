/**
 * Effects that run again when what they ask for changes: `useEffect(() => { void fetchUser(id).then(setUser); }, [id]);`. A run
 * that began earlier may be answered later; then the old user is shown (React, "You Might Not Need an Effect: fetching data").
 *
 * What an effect calls is asked anew with it: a function of the component, or one that is made anew for each question,
 * `const load = useCallback(async () => setUser(await fetchUser(id)), [id]); useEffect(() => { void load(); }, [load]);`.
 */
import { functionMakers, propsMakers, type Rerun, reruns, stateCells } from '../../catalogue/reactive.js';
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SuspendEvent, WriteEvent } from '../../events/event.js';
import { originOfMember } from '../../locks/imports.js';
import { type Place, rootPlace } from '../../places/place.js';
import { enclosingActivation, type FunctionNode, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { mayDependOn } from '../effects/dependence.js';
import { callsBehind, isMadeHere } from '../effects/provenance.js';
import { namedCallersOf } from '../effects/settings.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { isKeptForLife, isMadeBy, stateOfSetter } from '../model/component-state.js';
import type { ProgramModel } from '../model/program-model.js';
import { nearestSuspension } from '../protocols/promise-slots.js';
import { isStillWanted } from '../protocols/protocols.js';

export interface OvertakenEffect {
  /** Where the answer goes into the state. */
  readonly event: WriteEvent | CallEvent;
  readonly place: Place;
  readonly suspension: SuspendEvent;
  /** The call that makes the function an effect. */
  readonly effect: ts.CallExpression;
}

export function overtakenEffects(model: ProgramModel, graph: Graph, held: HeldLocks): readonly OvertakenEffect[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner)) return [];
  const effect = effectAround(model, graph.owner) ?? effectCalling(model, graph.owner);
  if (effect === undefined) return answersHanded(model, graph, held);
  if (endsWork.test(effect.callback.getText()) || endsWork.test(graph.owner.getText())) return [];
  const waits = eventsOf(graph).filter((event) => event.kind === 'suspend' && asksFor(model, event, effect));
  for (const event of waits.length === 0 ? [] : eventsOf(graph)) {
    if (event.kind !== 'call' && event.kind !== 'write') continue;
    const place = event.kind === 'call' ? stateSetBy(model, event) : cellSetBy(model, event);
    const suspension = place === undefined ? undefined : nearestSuspension(graph, event);
    if (place === undefined || suspension === undefined || !isAnswered(graph, event)) continue;
    if (!waits.some((wait) => follows(graph, wait, event)) || isStillWanted(model, graph, held, event) || asksFlag(model, graph, event)) continue;
    return [{ event, place, suspension, effect: effect.call }];
  }
  return [];
}

/** `void fillRows(id, setRows)` in an effect: the helper asks for what the effect depends on, and calls the setter that it was handed. */
function answersHanded(model: ProgramModel, graph: Graph, held: HeldLocks): readonly OvertakenEffect[] {
  const { compiler } = model;
  const { owner } = graph;
  if (compiler.isSourceFile(owner) || endsWork.test(owner.getText())) return [];
  for (const event of eventsOf(graph)) {
    const callee = event.kind !== 'call' ? undefined : (event.reference ?? (compiler.isCallExpression(event.node) ? skipOuter(compiler, event.node.expression) : undefined));
    if (event.kind !== 'call' || callee === undefined || !compiler.isIdentifier(callee)) continue;
    const setter = owner.parameters.findIndex(({ name }) => compiler.isIdentifier(name) && name.text === callee.text);
    const suspension = setter < 0 ? undefined : nearestSuspension(graph, event);
    if (suspension === undefined || !isAnswered(graph, event) || isStillWanted(model, graph, held, event) || asksFlag(model, graph, event) || asksCaller(model, graph, event)) continue;
    const found = effectHanding(model, owner, setter);
    if (found !== undefined) return [{ event, place: found.place, suspension, effect: found.call }];
  }
  return [];
}

/** A function or an object of the caller's tells whether the answer is used: `if (!isOver()) set(answer)`. */
function asksCaller(model: ProgramModel, graph: Graph, event: Event): boolean {
  const { compiler } = model;
  const isHanded = (node: ts.Node): boolean => compiler.isIdentifier(node) && model.file(node).scopes.resolve(node)?.kind === 'parameter';
  const names = (node: ts.Node): boolean =>
    (compiler.isCallExpression(node) && isHanded(skipOuter(compiler, node.expression))) ||
    (compiler.isPropertyAccessExpression(node) && isHanded(skipOuter(compiler, node.expression))) ||
    compiler.forEachChild(node, (child) => names(child) || undefined) === true;
  return model.controlDependence(graph).controllingTests(event.block).some((test) => names(test.node));
}

/** The effect that calls the helper with a setter in that position, and with something else that it depends on. */
function effectHanding(model: ProgramModel, helper: FunctionNode, setter: number): { readonly place: Place; readonly call: ts.CallExpression } | undefined {
  const { compiler } = model;
  for (const caller of namedCallersOf(model, helper)) {
    const effect = compiler.isSourceFile(caller) ? undefined : effectAround(model, caller);
    if (effect === undefined || endsWork.test(effect.callback.getText())) continue;
    for (const call of eventsOf(model.graph(caller))) {
      if (call.kind !== 'call' || model.callee(call, 'syntactic') !== helper) continue;
      const given = call.arguments[setter]?.node;
      const place = given !== undefined && compiler.isIdentifier(given) ? stateOfSetter(model, given) : undefined;
      const isAsked = call.arguments.some(({ node }, index) => index !== setter && [...namesIn(model, node)].some((name) => effect.watched.has(name)));
      if (place !== undefined && isAsked) return { place, call: effect.call };
    }
  }
  return undefined;
}

/** What ends the work of the run before: its answer does not arrive, or is thrown away. */
const endsWork = /\b(?:abort|cancel)\w*\(/i;

interface Effect {
  readonly call: ts.CallExpression;
  readonly callback: ts.Expression;
  /** Names that it depends on. */
  readonly watched: ReadonlySet<string>;
  /** The function is declared elsewhere: only what it hands over is known to be another question. */
  readonly isCaller?: boolean;
}

/** The effect whose callback the function is, or is declared in; undefined where it runs only once. */
function effectAround(model: ProgramModel, owner: ts.Node): Effect | undefined {
  const { compiler } = model;
  for (let node = owner; !compiler.isSourceFile(node); node = node.parent) {
    if (!isFunctionLiteral(compiler, node)) continue;
    const { parent, child } = outerParent(compiler, node);
    if (!compiler.isCallExpression(parent)) continue;
    if (isReadingEffect(model, parent, child)) return { call: parent, callback: node, watched: reactiveNamesIn(model, node) };
    const dependencies = dependenciesOf(model, parent, child);
    if (dependencies === undefined) continue;
    const watched = new Set<string>(node.parameters.slice(0, 1).flatMap(({ name }) => [...namesIn(model, name)]));
    for (const name of changingNamesIn(model, dependencies)) watched.add(name);
    return watched.size === 0 ? undefined : { call: parent, callback: node, watched };
  }
  return undefined;
}

/** What tells when the callback is run again, where the call takes it as an effect. */
function dependenciesOf(model: ProgramModel, call: ts.CallExpression, callback: ts.Node): ts.Expression | undefined {
  const rerun = rerunOf(model, call);
  return rerun?.watched !== undefined && call.arguments[rerun.callback] === callback ? call.arguments[rerun.watched] : undefined;
}

/** `watchEffect(async () => …)`: it is run again when anything changes that it has read before its first wait. */
function isReadingEffect(model: ProgramModel, call: ts.CallExpression, callback: ts.Node): boolean {
  const rerun = rerunOf(model, call);
  return rerun !== undefined && rerun.watched === undefined && call.arguments[rerun.callback] === callback;
}

/** `id` in `id.value`, and `props` in `props.id` where that is what the component was handed. */
function reactiveNamesIn(model: ProgramModel, callback: ts.Node): ReadonlySet<string> {
  const { compiler } = model;
  const { scopes } = model.file(callback);
  const isProps = ({ declaration, initializer }: Binding): boolean => {
    if (compiler.isParameter(declaration)) return compiler.isIdentifier(declaration.name) && declaration.name.text === 'props';
    const maker = initializer === undefined ? undefined : skipOuter(compiler, initializer);
    return maker !== undefined && compiler.isCallExpression(maker) && compiler.isIdentifier(maker.expression) && propsMakers.has(maker.expression.text);
  };
  return namesIn(model, callback, (name) => {
    const { parent } = name;
    if (!compiler.isPropertyAccessExpression(parent) || parent.expression !== name) return false;
    const binding = scopes.resolve(name);
    return binding !== undefined && (parent.name.text === 'value' ? isMadeBy(model, binding.declaration, stateCells) : isProps(binding));
  });
}

/** An effect of the same component that calls the function, which has no parameters: each run asks with what the component has by then. */
function effectCalling(model: ProgramModel, owner: FunctionNode): Effect | undefined {
  const { compiler } = model;
  const { scopes, mentions } = model.file(owner);
  const made = outerParent(compiler, owner);
  const maker = compiler.isCallExpression(made.parent) && made.parent.arguments[0] === made.child ? made.parent : undefined;
  const holder = maker === undefined ? made.parent : outerParent(compiler, maker).parent;
  const name = compiler.isFunctionDeclaration(owner) ? owner.name : compiler.isVariableDeclaration(holder) ? holder.name : undefined;
  if (name === undefined || !compiler.isIdentifier(name) || owner.parameters.length > 0) return undefined;
  const binding = scopes.resolve(name);
  if (binding === undefined || binding.assignments.length > 0 || compiler.isSourceFile(binding.owner)) return undefined;
  const memoized = maker !== undefined && isMadeBy(model, holder, functionMakers) ? maker.arguments[1] : undefined;
  if (maker !== undefined && memoized === undefined) return undefined;
  for (const mention of mentions(name.text)) {
    if (!compiler.isIdentifier(mention) || !compiler.isCallExpression(mention.parent) || mention.parent.expression !== mention || scopes.resolve(mention) !== binding) continue;
    const callback = enclosingActivation(compiler, mention);
    if (!isFunctionLiteral(compiler, callback)) continue;
    const { parent, child } = outerParent(compiler, callback);
    const dependencies = compiler.isCallExpression(parent) ? dependenciesOf(model, parent, child) : undefined;
    if (dependencies === undefined || !compiler.isCallExpression(parent)) continue;
    const isMadeAnew = memoized !== undefined && namesIn(model, dependencies).has(name.text);
    const watched = changingNamesIn(model, isMadeAnew ? memoized : dependencies);
    if (watched.size > 0) return { call: parent, callback, watched, isCaller: true };
  }
  return undefined;
}

function rerunOf({ compiler }: ProgramModel, { expression }: ts.CallExpression): Rerun | undefined {
  const origin = originOfMember(compiler, expression);
  const rerun = origin === undefined ? undefined : reruns.get(origin.imported);
  return origin !== undefined && rerun?.modules.includes(origin.specifier) === true ? rerun : undefined;
}

/** Those that may stand for something else when the component is drawn again. */
function changingNamesIn(model: ProgramModel, node: ts.Node): ReadonlySet<string> {
  const { scopes } = model.file(node);
  return namesIn(model, node, (name) => {
    const binding = scopes.resolve(name);
    return binding === undefined || !isKeptForLife(model, binding);
  });
}

function namesIn({ compiler }: ProgramModel, node: ts.Node, isMeant: (name: ts.Identifier) => boolean = () => true): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (child: ts.Node): void => {
    if (compiler.isIdentifier(child) && isMeant(child)) names.add(child.text);
    compiler.forEachChild(child, visit);
  };
  visit(node);
  return names;
}

/** Something of what is kept was waited for: `setSeen(Date.now())` keeps nothing of the answer. */
function isAnswered(graph: Graph, event: WriteEvent | CallEvent): boolean {
  const value = event.kind === 'write' ? event.value : event.reference === undefined ? event.arguments[0] : undefined;
  // `const rows = []; … rows.push(await part);` was filled with what came
  if (value === undefined || (value.nature !== 'fresh' && isMadeHere(graph, value))) return true;
  const asked = new Set(eventsOf(graph).flatMap((wait) => (wait.kind === 'suspend' && wait.operand !== undefined ? callsBehind(graph, wait.operand) : [])));
  return mayDependOn(graph, value, (source) => source.kind === 'call' && (source.consumption !== 'stored' || asked.has(source)));
}

/** `setUser(user)`, where `const [user, setUser] = useState()`; what is computed from the old state is no answer. */
function stateSetBy(model: ProgramModel, event: CallEvent): Place | undefined {
  const { compiler } = model;
  const [value] = event.arguments;
  if (event.reference === undefined && (value === undefined || value.nature === 'constant' || value.nature === 'empty' || value.nature === 'function')) return undefined;
  const callee = event.reference ?? (compiler.isCallExpression(event.node) ? event.node.expression : undefined);
  return callee === undefined ? undefined : (stateOfSetter(model, callee) ?? stateOfHandedSetter(model, callee, event));
}

/**
 * The state that a setter replaces which the component was handed, `{ id, setUser }`, or got from a hook, `const { setUser } = useSession()`: by its
 * name, it sets the one thing that it is given.
 */
function stateOfHandedSetter(model: ProgramModel, callee: ts.Expression, { arguments: given, reference }: CallEvent): Place | undefined {
  const { compiler } = model;
  if (!compiler.isIdentifier(callee) || !/^set[A-Z]/.test(callee.text) || (reference === undefined && given.length !== 1)) return undefined;
  const binding = model.file(callee).scopes.resolve(callee);
  if (binding === undefined || compiler.isSourceFile(binding.owner) || binding.assignments.length > 0) return undefined;
  const { declaration } = binding;
  const isHanded = binding.kind === 'parameter' && compiler.isBindingElement(declaration);
  return isHanded || hookGiving(model, declaration) !== undefined ? rootPlace({ kind: 'variable', binding }) : undefined;
}

/** `const { setUser } = useSession()`, `const setUser = useSession((session) => session.setUser)`. */
function hookGiving({ compiler }: ProgramModel, declaration: ts.Node): ts.CallExpression | undefined {
  const holder = compiler.isBindingElement(declaration) && compiler.isObjectBindingPattern(declaration.parent) ? declaration.parent.parent : declaration;
  const maker = compiler.isVariableDeclaration(holder) && holder.initializer !== undefined ? skipOuter(compiler, holder.initializer) : undefined;
  return maker !== undefined && compiler.isCallExpression(maker) && compiler.isIdentifier(maker.expression) && /^use[A-Z]/.test(maker.expression.text) ? maker : undefined;
}

/** `user.value = …`, where `const user = ref()`. */
function cellSetBy(model: ProgramModel, { place, how, value }: WriteEvent): Place | undefined {
  const [first] = place.path;
  if (how !== 'assign' || value === undefined || value.nature === 'constant' || value.nature === 'empty') return undefined;
  if (place.root.kind !== 'variable' || place.path.length !== 1 || first?.kind !== 'field' || first.name !== 'value') return undefined;
  return isMadeBy(model, place.root.binding.declaration, stateCells) ? place : undefined;
}

/** What is waited for, `await fetchUser(id)` or `fetchUser(id).then(…)`, names something that the effect depends on. */
function asksFor(model: ProgramModel, { node, operand }: SuspendEvent, { watched, isCaller }: Effect): boolean {
  const { compiler } = model;
  const link = compiler.isCallExpression(node) ? node.expression : node;
  const asked = operand?.node ?? link;
  const isHanded = (name: ts.Identifier): boolean => {
    for (let current: ts.Node = name; current !== asked; current = current.parent) {
      if (compiler.isCallExpression(current.parent) && current.parent.expression !== current) return model.questions.isPlainValue(name);
    }
    return false;
  };
  return [...namesIn(model, asked, isCaller === true ? isHanded : (name) => !isService(model, name))].some((name) => watched.has(name));
}

/** Who is asked, and no part of the question: `api` in `api.me()` and `getToken` in `getToken()`, where a hook gives them that depends on nothing of the component's. */
function isService(model: ProgramModel, name: ts.Identifier): boolean {
  const { compiler } = model;
  let asked: ts.Expression = name;
  while (compiler.isPropertyAccessExpression(asked.parent) && asked.parent.expression === asked) asked = asked.parent;
  if (!compiler.isCallExpression(asked.parent) || asked.parent.expression !== asked) return false;
  const { scopes } = model.file(name);
  const declaration = scopes.resolve(name)?.declaration;
  const isKept = (argument: ts.Expression): boolean => {
    const binding = compiler.isIdentifier(argument) ? scopes.resolve(argument) : undefined;
    return binding !== undefined && isKeptForLife(model, binding);
  };
  return declaration !== undefined && hookGiving(model, declaration)?.arguments.every((argument) => isFunctionLiteral(compiler, argument) || isKept(argument)) === true;
}

/** A variable that is set somewhere decides whether the answer is used, as where the clean-up sets it. */
function asksFlag(model: ProgramModel, graph: Graph, event: Event): boolean {
  const isSet = (binding: Binding): boolean => binding.assignments.length > 0;
  return model
    .controlDependence(graph)
    .controllingTests(event.block)
    .some((test) =>
      test.value.sources.some((source) => {
        if (source.kind === 'use') return isSet(source.binding);
        return source.kind === 'read' && source.place.root.kind === 'variable' && source.place.path.length === 0 && isSet(source.place.root.binding);
      }),
    );
}
