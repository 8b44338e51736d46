/**
 * Ad-hoc locks: writes that claim what was tested just before.
 *
 * `if (this.busy) return; this.busy = true;` lets one task in until the flag is set again; so do a state that is left,
 * a key added to an in-flight set, and a promise stored where its absence was tested. The protocol is verified, not
 * trusted: the test must decide whether the write happens, and no suspension may lie between them.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { CallEvent, ReadEvent, SlotEvent, SourceEvent, SuspendEvent, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import type { Place } from '../../places/place.js';
import { skipOuter } from '../../syntax/functions.js';
import { checksOf, judgeAct } from './freshness.js';
import { isHalfClaim } from './half-claims.js';
import { heldByLibrary } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';

export interface Claims {
  readonly writes: ReadonlyMap<WriteEvent, Place>;
  /** Continuations whose promise is what a claim stored. */
  readonly slots: ReadonlyMap<SlotEvent, Place>;
  /** Waits for the predecessor, taken after this task has put its own promise in the place it took that from. */
  readonly tickets: ReadonlyMap<SuspendEvent, Place>;
  /** Calls whose promise is what a claim stored: the callee runs under the claim. */
  readonly calls: ReadonlyMap<CallEvent, Place>;
}

const claims = new WeakMap<Graph, Claims>();
const empty: Claims = { writes: new Map(), slots: new Map(), tickets: new Map(), calls: new Map() };

export function claimsOf(model: ProgramModel, graph: Graph): Claims {
  const known = claims.get(graph);
  if (known !== undefined) return known;
  claims.set(graph, empty);
  const held = heldByLibrary(model, graph);
  const writes = new Map<WriteEvent, Place>();
  const calls = new Map<CallEvent, Place>();
  const stores = new Map<number, Place>();
  const claimedKeys = new Set<string>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || !canClaim(model, event)) continue;
    if (!isAfterWaitingLoop(graph, event) && judgeAct(model, graph, held, event, event.place).kind !== 'fresh') continue;
    if (replacesAnyway(model, event) || isHalfClaim(model, graph, event, event.place)) continue;
    if (!isMadeForAll(model, graph, event)) writes.set(event, event.place);
    claimedKeys.add(event.place.key);
    for (const source of storedSources(graph, event)) {
      if (source.kind === 'call' && source.consumption !== 'awaited') calls.set(source, event.place);
      else if (source.kind === 'use') stores.set(source.binding.id, event.place);
    }
  }
  const slots = new Map<SlotEvent, Place>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'slot') continue;
    const place = event.binding === undefined ? event.place : stores.get(event.binding.id);
    if (place !== undefined && claimedKeys.has(place.key)) slots.set(event, place);
  }
  const result = { writes, slots, tickets: ticketsOf(graph), calls };
  claims.set(graph, result);
  return result;
}

/** What is stored, and what the locals in it hold: the promise of work may lie beside the time at which it began, `{ promise, startedAt }`. */
function storedSources(graph: Graph, { value }: WriteEvent): ReadonlySet<SourceEvent> {
  const found = new Set<SourceEvent>();
  const work = (value?.sources ?? []).flatMap(resolved);
  for (let source = work.pop(); source !== undefined; source = work.pop()) {
    if (found.has(source)) continue;
    found.add(source);
    if (source.kind !== 'use') continue;
    for (const definition of graph.definitions.get(source.binding) ?? []) work.push(...(definition.value?.sources ?? []));
  }
  return found;
}

/** `Promise.resolve(work)` is the promise of the work. */
export function resolved(source: SourceEvent): readonly SourceEvent[] {
  const isWrapped = source.kind === 'call' && source.name === 'resolve' && source.receiver?.place?.text === 'Promise';
  return isWrapped ? source.arguments.flatMap((argument) => argument.sources) : [source];
}

/**
 * `const previous = this.tail; this.tail = mine; await previous;`: whoever comes next waits for this task, so from here
 * to the end it runs alone.
 */
function ticketsOf(graph: Graph): Map<SuspendEvent, Place> {
  const tickets = new Map<SuspendEvent, Place>();
  for (const event of eventsOf(graph)) {
    // `await previous.catch(noop)` waits for it in the chain
    if (event.kind !== 'suspend' || (event.reason !== 'await' && event.reason !== 'continuation')) continue;
    for (const source of event.operand?.sources ?? []) {
      if (source.kind !== 'use') continue;
      for (const definition of graph.definitions.get(source.binding) ?? []) {
        for (const inner of definition.value?.sources ?? []) {
          if (inner.kind === 'read' && isReplacedBetween(graph, inner, event)) tickets.set(event, inner.place);
        }
      }
    }
  }
  return tickets;
}

/** On every path from the look to the wait, the place gets a new content, without a suspension before that. */
function isReplacedBetween(graph: Graph, look: ReadEvent, wait: SuspendEvent): boolean {
  let isReplaced = false;
  let isExposed = false;
  const isWhole = walkBackward<true>(
    graph,
    wait,
    true,
    () => 0,
    (event) => {
      if (event === look || event.kind === 'suspend') isExposed = true;
      else if (event.kind === 'write' && event.how === 'assign' && event.place.key === look.place.key) isReplaced = true;
      else return true;
      return undefined;
    },
    () => {
      isExposed = true;
    },
  );
  return isWhole && isReplaced && !isExposed;
}

/**
 * `while (this.busy) await turn(); this.busy = true;`: whatever the loop waited for, it has looked again since. Code after
 * a loop does not depend on the loop's test as code in a branch does, so that it has to be found by the way there.
 */
function isAfterWaitingLoop(graph: Graph, write: WriteEvent): boolean {
  if (write.how !== 'assign' || !graph.hasSuspension) return false;
  // a counter lets several in
  if (write.value === undefined || write.value.sources.some((source) => source.kind === 'read' && source.place.key === write.place.key)) return false;
  let isAfterLoop = false;
  let isExposed = false;
  walkBackward<true>(
    graph,
    write,
    true,
    () => 0,
    (event) => {
      if (event.kind === 'test' && event.isLoop && event.value.sources.some((source) => source.kind === 'read' && source.place.key === write.place.key)) {
        isAfterLoop = true;
      } else if (event.kind === 'suspend' || (event.kind === 'write' && event.place.key === write.place.key)) isExposed = true;
      else return true;
      return undefined;
    },
    () => {
      isExposed = true;
    },
  );
  return isAfterLoop && !isExposed;
}

/** `limit = limit === 0 ? given : Math.min(limit, given)` writes something new whatever the test says: nobody is turned away. */
function replacesAnyway(model: ProgramModel, { node, place }: WriteEvent): boolean {
  const { compiler } = model;
  if (!compiler.isBinaryExpression(node)) return false;
  const value = skipOuter(compiler, node.right);
  if (!compiler.isConditionalExpression(value)) return false;
  const { places } = model.file(node);
  return [value.whenTrue, value.whenFalse].every((choice) => places.placeOf(skipOuter(compiler, choice))?.key !== place.key);
}

/**
 * `const entries = groups.get(name) ?? new Map(); groups.set(name, entries)` puts there what was found as well: whoever comes next finds
 * the same and goes on beside this task. A promise that is kept so is shared, and what it stands for runs once.
 */
function isMadeForAll(model: ProgramModel, graph: Graph, write: WriteEvent): boolean {
  if (write.how !== 'assign' || write.value === undefined || !isChosenOrMade(model, graph, write)) return false;
  return !isAfterWaitingLoop(graph, write) && checksOf(model, graph, write.block, write.place).size === 0;
}

/** What was there, or else an object that is made where it stands: `?? new Map()`, `|| []`. */
function isChosenOrMade(model: ProgramModel, graph: Graph, { value }: WriteEvent): boolean {
  const { compiler } = model;
  const { BarBarToken, QuestionQuestionToken } = compiler.SyntaxKind;
  const chosen = (value?.sources ?? []).flatMap((source) => (source.kind === 'use' ? (graph.definitions.get(source.binding) ?? []).map((definition) => definition.value?.node) : []));
  return [value?.node, ...chosen].some((node) => {
    const choice = node !== undefined && compiler.isExpression(node) ? skipOuter(compiler, node) : undefined;
    if (choice === undefined || !compiler.isBinaryExpression(choice)) return false;
    const operator = choice.operatorToken.kind;
    return (operator === BarBarToken || operator === QuestionQuestionToken) && isMade(compiler, skipOuter(compiler, choice.right));
  });
}

function isMade(compiler: Compiler, node: ts.Expression): boolean {
  if (compiler.isArrayLiteralExpression(node)) return node.elements.length === 0;
  if (compiler.isObjectLiteralExpression(node)) return node.properties.length === 0;
  return compiler.isNewExpression(node) && node.expression.getText() !== 'Promise';
}

/** Emptying a place claims nothing: the next task finds it empty and fills it again. A list that is put under a key is found there. */
export function canClaim(model: ProgramModel, write: WriteEvent): boolean {
  if (write.how === 'add') return true;
  const last = write.place.path.at(-1);
  if (last?.kind === 'element' && last.key !== undefined && write.value?.nature === 'empty') return true;
  return write.how === 'assign' && write.value !== undefined && !empties(model.compiler, write);
}
