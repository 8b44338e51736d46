/**
 * Listeners that are added when the end is over: `await this.load(); window.addEventListener('focus', this.onFocus);`. The end takes
 * that very listener off that very source; while the task waits there is none yet, and afterwards nobody takes it off.
 *
 * The source must live on: the page, the process, a variable of a module, an object that was handed in when this one was made. A
 * listener on what the end closes as well goes with it.
 */
import { listenerMethods, unlisteningMethods } from '../../catalogue/callbacks.js';
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, SuspendEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { displayName, type FunctionNode, hasModifier, isFunctionLiteral, isFunctionNode, outerParent, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { runsBeforeShared } from '../actors/confinement.js';
import { runsOnce } from '../actors/contexts.js';
import { callsOfInternal } from '../actors/member-mentions.js';
import type { Rival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { isInternal } from '../effects/visibility.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { declaredConstant } from '../model/declared-values.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { nearestSuspension } from '../protocols/promise-slots.js';
import { isPartOfTeardown } from '../protocols/slot-lifetime.js';
import { asksForEnd, goesOnWithout } from './late-handles.js';
import { endsTheWait, isThereBefore } from './late-resources.js';
import { waitsForWork } from './revivals.js';
import { isLetIn } from './torn-down.js';

export interface LateSubscription {
  readonly event: CallEvent;
  /** The listener. */
  readonly place: Place;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

export function lateSubscriptionsOf(model: ProgramModel, graph: Graph, held: HeldLocks): readonly LateSubscription[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner) || !removes(model, graph.owner.getSourceFile())) return [];
  if (isPartOfTeardown(model, graph.owner, undefined)) return [];
  const found: LateSubscription[] = [];
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'call' || !listenerMethods.has(event.name ?? '')) continue;
    const late = lateSubscription(model, graph, held, event);
    if (late !== undefined) found.push(late);
  }
  return found;
}

function lateSubscription(model: ProgramModel, graph: Graph, held: HeldLocks, event: CallEvent): LateSubscription | undefined {
  const added = subscriptionAt(model, event);
  const suspension = added === undefined ? undefined : nearestSuspension(graph, event);
  if (added === undefined || suspension === undefined) return undefined;
  const cleanUp = cleanUpOf(model, graph, event, added);
  if (cleanUp !== undefined) return { event, place: added.listener, suspension, rival: { name: displayName(model.compiler, cleanUp.activation), node: cleanUp.removal.node, isSelf: false } };
  if (!livesOn(model, added.source) || !isShared(model, graph, added.listener)) return undefined;
  if (runsOnce(model, graph.owner) || (added.listener.root.kind === 'this' && runsBeforeShared(model, graph.owner))) return undefined;
  for (const { removal, activation } of removalsIn(model, graph.owner.getSourceFile())) {
    const taken = subscriptionAt(model, removal);
    if (taken === undefined || !isSameSubscription(added, taken)) continue;
    for (const end of endsBy(model, activation)) {
      if (end === graph.owner || runsOnce(model, end) || endsTheWait(model, end, suspension)) continue;
      if (!isThereBefore(model, graph, event, end) || waitsForWork(model, end, graph, event)) continue;
      if (!isLetIn(model, graph, held, event, suspension, end, added.listener)) continue;
      return { event, place: added.listener, suspension, rival: { name: displayName(model.compiler, end), node: removal.node, isSelf: false } };
    }
  }
  return undefined;
}

/**
 * `void load().then(() => source.on('change', update)); return () => source.off('change', update);`: the function hands out the clean-up
 * without waiting for the work, as an effect of a component does.
 */
function cleanUpOf(model: ProgramModel, graph: Graph, event: CallEvent, added: Subscription): Removal | undefined {
  const { compiler } = model;
  if (!compiler.isIdentifier(added.source)) return undefined;
  const binding = model.file(added.source).scopes.resolve(added.source);
  return removalsIn(model, graph.owner.getSourceFile()).find(({ removal, activation }) => {
    if (!isFunctionLiteral(compiler, activation) || activation.parameters.length > 0 || activation === graph.owner) return false;
    const { parent } = outerParent(compiler, activation);
    const giver = compiler.isReturnStatement(parent) ? model.rootActivation(parent) : parent;
    if (compiler.isSourceFile(giver) || !isFunctionNode(compiler, giver) || !isWithin(graph.owner, giver) || isWithin(activation, graph.owner) !== (giver === graph.owner)) return false;
    const taken = subscriptionAt(model, removal);
    if (taken === undefined || !isSameSubscription(added, taken) || !compiler.isIdentifier(taken.source)) return false;
    // what the work itself has made goes with it
    if (binding !== undefined && binding !== model.file(taken.source).scopes.resolve(taken.source)) return false;
    return goesOnWithout(model, giver, graph, event.block) && !asksForEnd(model, graph, event, activation) && !waitsForWork(model, activation, graph, event);
  });
}

/** The function itself, where it is an end; else the ends that call it. */
function endsBy(model: ProgramModel, activation: FunctionNode): readonly FunctionNode[] {
  if (isPartOfTeardown(model, activation, undefined)) return isInternal(model, activation) ? endsThatCall(model, activation) : [activation];
  return endsThatCall(model, activation);
}

const endsThatCall = memoized((model, callee: FunctionNode): readonly FunctionNode[] =>
  callsOfInternal(model, callee).flatMap(({ graph, event }) => {
    const { owner } = graph;
    const isEnd = !model.compiler.isSourceFile(owner) && isPartOfTeardown(model, owner, undefined) && model.controlDependence(graph).controllingTests(event.block).length === 0;
    return isEnd ? [owner] : [];
  }),
);

interface Subscription {
  readonly source: ts.Expression;
  /** Name of the event, as it is written. */
  readonly type: string;
  readonly listener: Place;
}

function isSameSubscription(added: Subscription, taken: Subscription): boolean {
  if (added.type !== taken.type || added.listener.key !== taken.listener.key || added.source.getText() !== taken.source.getText()) return false;
  // two classes of one file may have a field of the same name
  const { root } = added.listener;
  return root.kind !== 'this' || (taken.listener.root.kind === 'this' && taken.listener.root.owner === root.owner);
}

/** `source.on('change', this.onChange)` with a listener that has a name. */
function subscriptionAt(model: ProgramModel, { node, arguments: given }: CallEvent): Subscription | undefined {
  const { compiler } = model;
  const [type, listener] = given;
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression) || type === undefined || listener?.place === undefined) return undefined;
  if (given[2] !== undefined && endsByItself(model, given[2].node)) return undefined;
  return { source: skipOuter(compiler, node.expression.expression), type: type.node.getText(), listener: listener.place };
}

/** `{ signal }` takes the listener away when somebody wants it, `{ once: true }` after one event; what options from elsewhere say is not known. */
function endsByItself(model: ProgramModel, given: ts.Node): boolean {
  const { compiler } = model;
  const options = declaredConstant(model, given)?.value ?? given;
  if (!compiler.isObjectLiteralExpression(options)) return options.kind !== compiler.SyntaxKind.TrueKeyword && options.kind !== compiler.SyntaxKind.FalseKeyword;
  return options.properties.some((property) => {
    const name = propertyNameText(compiler, property.name);
    return name === undefined || name === 'signal' || name === 'once';
  });
}

/** Of the page or the process, of a module, or handed to the object when it was made. */
function livesOn(model: ProgramModel, source: ts.Expression): boolean {
  const { compiler } = model;
  if (compiler.isIdentifier(source)) {
    const binding = model.file(source).scopes.resolve(source);
    return binding === undefined || binding.kind === 'import' || (compiler.isSourceFile(binding.owner) && binding.assignments.length === 0);
  }
  const place = model.file(source).places.placeOf(source);
  const [field] = place?.path ?? [];
  if (place === undefined || field?.kind !== 'field') return isOfGlobal(model, source);
  if (place.root.kind !== 'this' || place.root.owner === undefined || !compiler.isClassLike(place.root.owner) || place.path.length !== 1) return isOfGlobal(model, source);
  const constructor = place.root.owner.members.find((member): member is ts.ConstructorDeclaration => compiler.isConstructorDeclaration(member) && member.body !== undefined);
  return constructor?.parameters.some((parameter) => parameter.name.getText() === field.name && hasModifier(compiler, parameter, compiler.SyntaxKind.ReadonlyKeyword)) === true;
}

/** `navigator.mediaDevices`. */
function isOfGlobal(model: ProgramModel, source: ts.Expression): boolean {
  const { compiler } = model;
  if (!compiler.isPropertyAccessExpression(source)) return false;
  const { expression } = source;
  return compiler.isIdentifier(expression) ? model.file(source).scopes.resolve(expression) === undefined : isOfGlobal(model, expression);
}

const removalWords = new RegExp(`\\.(?:${[...unlisteningMethods].join('|')})\\(`);

const removes = memoized((_model, file: ts.SourceFile): boolean => removalWords.test(file.text));

interface Removal {
  readonly removal: CallEvent;
  readonly activation: FunctionNode;
}

/** Where the functions of the file take a listener off. */
const removalsIn = memoized((model, file: ts.SourceFile): readonly Removal[] =>
  model.file(file).functions.flatMap((activation) =>
    removalWords.test(activation.getText())
      ? eventsOf(model.graph(activation)).flatMap((removal) => (removal.kind === 'call' && unlisteningMethods.has(removal.name ?? '') ? [{ removal, activation }] : []))
      : [],
  ),
);
