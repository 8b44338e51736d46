/**
 * Functions that run one after another because each is handed the promise of the one before, and waits for it first:
 * `this.task = start(() => this.rotate(this.task))`, where `rotate(before)` begins with `await before`; or because each puts a promise of its
 * own where it finds that of the one before, `const before = this.turn; this.turn = mine; await before;`.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { mayFollowSuspension, suspendsBetween } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { SuspendEvent, WriteEvent } from '../../events/event.js';
import type { FunctionNode } from '../../syntax/functions.js';
import { isAssignment } from '../../syntax/tree.js';
import { callsOfInternal } from '../actors/member-mentions.js';
import { reachingDefinitions } from '../effects/provenance.js';
import { isInternal } from '../effects/visibility.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

/** Every call hands over what the place holds, and puts its own promise there. */
export const waitsForPredecessor = memoized((model, graph: Graph): boolean => {
  const { owner } = graph;
  const { compiler } = model;
  if (compiler.isSourceFile(owner) || owner.parameters.length === 0 || !graph.hasSuspension) return false;
  const [index] = eventsOf(graph).flatMap((event) => (event.kind === 'suspend' ? parameterWaitedFor(graph, owner, event) : []));
  if (index === undefined || !isInternal(model, owner)) return false;
  const calls = callsOfInternal(model, owner);
  // the first of all has none before it
  const others = calls.filter(({ event }) => !isPartOfConstructor(compiler, event.node));
  return others.length > 0 && others.every(({ event }) => isStoredWhereGiven(model, event.node, event.arguments[index]?.node));
});

/** The position of the parameter that the wait is for, where nothing else is waited for before. */
function parameterWaitedFor(graph: Graph, owner: FunctionNode, wait: SuspendEvent): number[] {
  if (mayFollowSuspension(graph, wait)) return [];
  return (wait.operand?.sources ?? []).flatMap((source) => {
    const binding = source.kind === 'use' ? source.binding : source.kind === 'read' && source.place.root.kind === 'variable' ? source.place.root.binding : undefined;
    const index = owner.parameters.findIndex((parameter) => parameter === binding?.declaration);
    return index < 0 ? [] : [index];
  });
}

function isPartOfConstructor(compiler: Compiler, call: ts.Node): boolean {
  let node = call;
  while (!compiler.isClassElement(node) && !compiler.isSourceFile(node)) node = node.parent;
  return compiler.isConstructorDeclaration(node) || compiler.isPropertyDeclaration(node);
}

function isStoredWhereGiven(model: ProgramModel, call: ts.Node, given: ts.Node | undefined): boolean {
  const { compiler } = model;
  if (given === undefined || !compiler.isExpression(given)) return false;
  const { places } = model.file(call);
  const place = places.placeOf(given);
  for (let node = call; place !== undefined && !compiler.isClassElement(node) && !compiler.isSourceFile(node); node = node.parent) {
    if (isAssignment(compiler, node) && places.placeOf(node.left)?.key === place.key) return true;
  }
  return false;
}

/** It waits for the promise that it has found in a place, and has put another one there in the same turn. */
export const takesItsTurn = memoized((_model, graph: Graph): boolean => {
  const puts = eventsOf(graph).filter((event): event is WriteEvent => event.kind === 'write' && event.how === 'assign');
  if (puts.length === 0) return false;
  return eventsOf(graph).some((wait) => {
    if (wait.kind !== 'suspend' || wait.operand === undefined) return false;
    const found = wait.operand.sources.flatMap((source) =>
      source.kind === 'use' ? reachingDefinitions(graph, source).flatMap(({ value }) => value?.sources ?? []) : [source],
    );
    return found.some(
      (read) =>
        read.kind === 'read' &&
        puts.some((put) => put.place.key === read.place.key && follows(graph, read, put) && follows(graph, put, wait) && !suspendsBetween(graph, read, put)),
    );
  });
});
