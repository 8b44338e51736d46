/** Who else changes a place while a task is suspended. */
import { accessesNear, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, WriteEvent } from '../../events/event.js';
import { firstName, type Place, rootKey } from '../../places/place.js';
import { type Activation, displayName, outerParent } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { isConfined } from './confinement.js';
import { contextOfObject, contextWithin, mayOverlap, runsOnce } from './contexts.js';
import { isBranchesOwn } from './distinct-keys.js';
import { isFirstWrite } from './first-writes.js';
import { runSideBySide } from './side-by-side.js';
import { activationsNaming, mayReach, scopeOf } from '../effects/mutations.js';
import { waitsOf } from '../locks/waits.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';

export interface Rival {
  readonly name: string;
  /** The rival's change, or its call of who makes it. */
  readonly node: ts.Node;
  /** Another activation of the same function. */
  readonly isSelf: boolean;
}

/** The same function, run by another task: it makes the same change. */
export function selfRival(model: ProgramModel, graph: Graph, place: Place, event: Event): Rival | undefined {
  if (!mayOverlap(model, graph.owner, place) || isBranchesOwn(model, graph.owner, place)) return undefined;
  return { name: displayName(model.compiler, graph.owner), node: event.node, isSelf: true };
}

/** A write in another function, where the place is named in that function's words. */
export interface OtherWrite {
  readonly place: Place;
  readonly graph: Graph;
  readonly event: WriteEvent;
}

/**
 * Writes that other functions make to the place, or to what it holds, while this one may be suspended. Only functions that
 * mention it are looked at: what a class in another file does to its own insides is not asked.
 */
export function otherWriters(model: ProgramModel, graph: Graph, place: Place): readonly OtherWrite[] {
  const { compiler } = model;
  const { root } = place;
  if (!isWrittenElsewhere(model, graph, place)) return [];
  const confined = root.kind === 'this' && root.owner !== undefined && isConfined(model, root.owner) ? root.owner : undefined;
  return writesIn(model, place).filter((write) => {
    const { owner } = write.graph;
    if (owner === graph.owner || compiler.isConstructorDeclaration(owner)) return false;
    if (confined === undefined ? !mayRunBeside(model, graph, write.graph, place) : !runSideBySide(model, confined, graph.owner, owner)) return false;
    if (write.event.collection !== undefined && !model.questions.isCollection(write.event.collection)) return false;
    return !isFirstWrite(model, write.graph, write.event);
  });
}

const writesByScope = createModelCache<ts.Node, Map<string, readonly OtherWrite[]>>();

/** Writes that change what a read of the place sees, wherever it is in scope. */
function writesIn(model: ProgramModel, place: Place): readonly OtherWrite[] {
  const scope = scopeOf(place);
  if (scope === undefined) return [];
  const cache = writesByScope(model);
  let byPlace = cache.get(scope);
  if (byPlace === undefined) cache.set(scope, (byPlace = new Map<string, readonly OtherWrite[]>()));
  // which element it is makes no difference
  const key = rootKey(place.root) + place.path.map((step) => (step.kind === 'field' ? `.${step.name}` : '[]')).join('');
  let writes = byPlace.get(key);
  if (writes === undefined) byPlace.set(key, (writes = collectWrites(model, place)));
  return writes;
}

function collectWrites(model: ProgramModel, place: Place): OtherWrite[] {
  const writes: OtherWrite[] = [];
  for (const activation of activationsNaming(model, place)) {
    if (model.compiler.isSourceFile(activation)) continue;
    const graph = model.graph(activation);
    for (const event of accessesNear(graph, place)) {
      if (event.kind !== 'write') continue;
      const { place: written } = event;
      if (mayReach(written, place) || mayReach(place, written)) writes.push({ place: written, graph, event });
    }
  }
  return writes;
}

/** Told from the names in the file alone, before anybody's graph is made. */
export function isWrittenElsewhere(model: ProgramModel, graph: Graph, place: Place): boolean {
  const { compiler } = model;
  const { owner } = graph;
  const name = firstName(place);
  if (name === undefined || compiler.isSourceFile(owner)) return true;
  // a variable is written where it is declared, also when it is changed from another file
  const home = place.root.kind === 'variable' ? place.root.binding.identifier : owner;
  const elsewhere = place.root.kind === 'variable' ? model.importersOf(place.root.binding) : [];
  const mentions = [...model.file(home).mentions(name), ...elsewhere.flatMap((importer) => model.file(importer.file).mentions(importer.name))];
  return mentions.some((mention) => {
    if (mention.getSourceFile() === owner.getSourceFile() && isWithin(mention, owner)) return false;
    let node: ts.Node = mention;
    for (;;) {
      const { parent, child } = outerParent(compiler, node);
      if (compiler.isPropertyAccessExpression(parent)) {
        const { parent: call } = parent;
        const isMethod = parent.expression === child && compiler.isCallExpression(call) && call.expression === parent;
        // any method may be a collection's, or change an object from within
        if (isMethod) return true;
        node = parent;
      } else if (compiler.isElementAccessExpression(parent) && parent.expression === child) node = parent;
      else if (compiler.isBinaryExpression(parent)) return parent.left === child && /=$/.test(parent.operatorToken.getText());
      else if (compiler.isPrefixUnaryExpression(parent) || compiler.isPostfixUnaryExpression(parent)) return /\+\+|--/.test(parent.getText());
      else {
        // a local that is another name for it, or a pattern that takes or sets it
        return !compiler.isPropertyDeclaration(parent) && !compiler.isAwaitExpression(parent) && !compiler.isReturnStatement(parent) &&
          !compiler.isIfStatement(parent) && !compiler.isTypeElement(parent);
      }
    }
  });
}

export function rivalOf(model: ProgramModel, { graph, event }: OtherWrite): Rival {
  return { name: displayName(model.compiler, graph.owner), node: event.node, isSelf: false };
}

/** Whether some activation of the one function may run while one of the other is suspended. */
function mayRunBeside(model: ProgramModel, graph: Graph, other: Graph, place: Place): boolean {
  const { root } = place;
  if (root.kind === 'variable' && !model.compiler.isSourceFile(root.binding.owner)) {
    // a variable of an enclosing function: its own code runs beside a closure only if somebody runs that without waiting
    const base = model.rootActivation(root.binding.identifier);
    if (graph.owner === base) return mayOverlap(model, other.owner, place);
    if (mayOverlap(model, graph.owner, place)) return true;
    return other.owner !== base && (mayOverlap(model, other.owner, place) || areBegunTogether(model, graph.owner, other.owner, base));
  }
  if (mayOverlap(model, graph.owner, place) || mayOverlap(model, other.owner, place)) return true;
  // each runs alone, but in tasks of their own, or who calls the one need not know of the other
  const [own, others] = [contextOfObject(model, graph.owner, place), contextOfObject(model, other.owner, place)];
  return own.task !== others.task || (!runsOnce(model, graph.owner) && others.multiplicity === 'overlapping');
}

/** Each runs for an activation of the function around them, which goes on before it has waited for it: `Promise.all([retry(async () => …), retry(async () => …)])`. */
function areBegunTogether(model: ProgramModel, first: Activation, second: Activation, base: Activation): boolean {
  if (![first, second].every((owner) => contextWithin(model, owner, base).isConcurrent === true)) return false;
  return !hasEndedBefore(model, first, second, base) && !hasEndedBefore(model, second, first, base);
}

/** What the one was handed to is waited for before the other is handed on. */
function hasEndedBefore(model: ProgramModel, first: Activation, second: Activation, base: Activation): boolean {
  const graph = model.graph(base);
  const [begun, next] = [callHanded(model, graph, first), callHanded(model, graph, second)];
  if (begun === undefined || next === undefined) return false;
  return waitsOf(model, graph).some(({ event, calls }) => calls.includes(begun) && follows(graph, event, next) && !follows(graph, next, event));
}

/** The call that is handed the function. */
function callHanded(model: ProgramModel, graph: Graph, owner: Activation): CallEvent | undefined {
  const { parent: call } = outerParent(model.compiler, owner);
  return model.eventsAt(graph, call).find((event): event is CallEvent => event.kind === 'call');
}
