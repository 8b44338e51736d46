/**
 * Keyed locks and what they do not guard: a lock that is taken under the key which a call brings keeps out calls with the same
 * key only. State that has no key of its own is then shared with the calls that bring another one.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { AcquireEvent, Event, WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { isFunctionNode, skipOuter } from '../../syntax/functions.js';
import { areCounterparts } from './counterparts.js';
import { type HeldLocks, heldLocks, keepsOthersOut } from './held-locks.js';
import { lockTaken } from './lock-identity.js';
import { isOfModuleOrFactory } from '../model/factories.js';
import type { ProgramModel } from '../model/program-model.js';

/** What is held against every other call, whatever key it brings, with the keyed locks that are held besides. */
export interface HeldUnderAnyKey {
  readonly held: HeldLocks;
  /** The text of a keyed lock that is held at the event. */
  keyedAt(event: Event): string | undefined;
  /** Whether the place lies under the counterpart of the key that is locked there: `locks.run(from, …)` and `balances[to]`. */
  isUnderOtherKey(event: Event, place: Place): boolean;
  /** Whether the entry of another parameter is given to the key that is locked there: `locks.run(user, …)` and `seats.set(seat, user)`. */
  isGivenToKey(write: WriteEvent): boolean;
}

/** Undefined where no lock of the activation hangs on a key that its caller chooses. */
export function heldUnderAnyKey(model: ProgramModel, graph: Graph): HeldUnderAnyKey | undefined {
  const keyed = new Map<string, AcquireEvent>();
  for (const event of eventsOf(graph)) if (event.kind === 'acquire' && isPerCall(model, graph, event)) keyed.set(event.lock.key, event);
  if (keyed.size === 0) return undefined;
  const held = heldLocks(model, graph);
  const acquiresAt = (event: Event): readonly AcquireEvent[] => held.at(event).flatMap((each) => keyed.get(each.lock.key) ?? []);
  return {
    held: { ...held, isExclusive: (event) => held.at(event).some((each) => !keyed.has(each.lock.key) && keepsOthersOut(model, each)) },
    keyedAt: (event) => held.at(event).find((each) => keyed.has(each.lock.key))?.lock.text,
    isUnderOtherKey: (event, { path }) => {
      const acquires = acquiresAt(event);
      return path.some((step) => step.kind === 'element' && step.key !== undefined && acquires.length > 0 && acquires.every((acquire) => isCounterpartOf(model, graph, acquire, step.text)));
    },
    isGivenToKey: (write) => {
      const acquires = acquiresAt(write);
      return acquires.length > 0 && acquires.every((acquire) => isGivenTo(model, graph, acquire, write));
    },
  };
}

/** A field of the object, or a variable of the module or a factory: one for all keys. */
export function isOneForAllKeys(model: ProgramModel, { root, path }: Place): boolean {
  if (path.some(({ kind }) => kind !== 'field')) return false;
  return root.kind === 'this' ? path.length > 0 : root.kind === 'variable' && isOfModuleOrFactory(model, root.binding);
}

/** The key comes from a parameter: `locks.acquire(id, …)`, `this.lockFor(id).runExclusive(…)`. */
function isPerCall(model: ProgramModel, graph: Graph, event: AcquireEvent): boolean {
  const { compiler } = model;
  const { operation, mode } = event;
  if (operation === undefined || mode !== 'exclusive') return false;
  if (operation.key !== undefined) return comesFromParameter(model, operation.key, graph);
  const lock = operation.lock === undefined ? undefined : skipOuter(compiler, operation.lock);
  if (lock === undefined || !compiler.isCallExpression(lock) || !lock.arguments.some((argument) => comesFromParameter(model, argument, graph))) return false;
  return lockTaken(model, graph, event)?.path.at(-1)?.kind === 'element';
}

/** Each entry is for one of those that have locks of their own: what is put there is the key, and the entry is another parameter's. */
function isGivenTo({ compiler }: ProgramModel, { owner }: Graph, acquire: AcquireEvent, { place, value }: WriteEvent): boolean {
  const key = chosenKey(compiler, acquire);
  const last = place.path.at(-1);
  if (key === undefined || !compiler.isIdentifier(key) || last?.kind !== 'element' || last.key === undefined || last.text === key.text || !('parameters' in owner)) return false;
  const isParameter = (text: string): boolean => owner.parameters.some((parameter) => parameter.name.getText() === text);
  const given = value?.sources.some((source) => source.kind === 'use' && source.binding.name === key.text) === true;
  return given && isParameter(key.text) && isParameter(last.text);
}

function chosenKey(compiler: Compiler, { operation }: AcquireEvent): ts.Expression | undefined {
  const lock = operation?.lock === undefined ? undefined : skipOuter(compiler, operation.lock);
  const chosen = operation?.key ?? (lock !== undefined && compiler.isCallExpression(lock) && lock.arguments.length === 1 ? lock.arguments[0] : undefined);
  return chosen === undefined ? undefined : skipOuter(compiler, chosen);
}

/** The lock hangs on one parameter alone, and the name is that of its counterpart among the parameters. */
function isCounterpartOf({ compiler }: ProgramModel, { owner }: Graph, acquire: AcquireEvent, name: string): boolean {
  const key = chosenKey(compiler, acquire);
  if (key === undefined || !compiler.isIdentifier(key) || !('parameters' in owner)) return false;
  const isParameter = (text: string): boolean => owner.parameters.some((parameter) => parameter.name.getText() === text);
  return isParameter(key.text) && isParameter(name) && areCounterparts(key.text, name);
}

function comesFromParameter(model: ProgramModel, expression: ts.Expression, graph: Graph): boolean {
  const { compiler } = model;
  const walk = (node: ts.Node): boolean => {
    if (isFunctionNode(compiler, node)) return false;
    if (compiler.isPropertyAccessExpression(node)) return walk(node.expression);
    if (!compiler.isIdentifier(node)) return compiler.forEachChild(node, (child) => walk(child) || undefined) ?? false;
    const binding = model.file(node).scopes.resolve(node);
    if (binding === undefined || !graph.inlined.has(binding.owner) || binding.assignments.length > 0) return false;
    if (binding.kind === 'parameter') return true;
    return binding.initializer !== undefined && walk(binding.initializer);
  };
  return walk(expression);
}
