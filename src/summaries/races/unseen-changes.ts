/**
 * An optimistic commit that does not see all that may have changed: a task takes objects from shared state, works on them
 * while it is suspended, and puts its result in their place if the same objects are still there. They are, and somebody
 * has changed one of them in place; that change is lost.
 *
 * Who compares a version as well, looks at the content again, or keeps objects that nobody changes, is right.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, SourceEvent, SuspendEvent, TestEvent, Value, WriteEvent } from '../../events/event.js';
import { firstName, mayAlias, type Place, projectionKey, rootKey, writeAffectsRead } from '../../places/place.js';
import { displayName, outerParent } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { suspensionBetween } from '../effects/dependence.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { activationsIn, mutationsOf, scopeOf } from '../effects/mutations.js';
import type { ProgramModel } from '../model/program-model.js';
import { reachingDefinitions, substitute } from '../effects/provenance.js';
import type { Rival } from '../actors/rivals.js';
import { isShared } from '../actors/sharing.js';
import { summarize } from '../effects/summary.js';

export interface UnseenChange {
  readonly event: WriteEvent;
  readonly place: Place;
  /** The comparison of the objects. */
  readonly test: TestEvent;
  readonly suspension: SuspendEvent;
  readonly rival: Rival;
}

/** More events than these behind one value tell nothing. */
const maximumSources = 64;

export function* unseenChanges(model: ProgramModel, graph: Graph, held: HeldLocks): Generator<UnseenChange> {
  const identities = identitiesIn(model, graph);
  if (identities.length === 0) return;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || event.place.root.kind === 'external' || !isShared(model, graph, event.place)) continue;
    const found = unseenAt(model, graph, held, event, identities);
    if (found !== undefined) yield found;
  }
}

/** A test whether an object that the task remembers is still where it was. */
interface Identity {
  readonly test: TestEvent;
  readonly look: Place;
  readonly looked: Event;
  readonly memory: ReadonlySet<Binding>;
}

function identitiesIn(model: ProgramModel, graph: Graph): readonly Identity[] {
  if (!graph.hasSuspension) return [];
  return graph.blocks.flatMap(({ events }) => {
    const test = events.at(-1);
    if (test?.kind !== 'test') return [];
    const sides = test.comparison === undefined ? [] : [test.comparison, { left: test.comparison.right, right: test.comparison.left }];
    const compared = sides.flatMap(({ left, right }) => identity(model, graph, test, left.place, left.sources.find((source) => source.kind === 'read'), right) ?? []);
    return compared.length > 0 ? compared : membership(model, graph, test);
  });
}

/** `list.includes(object)`, `set.has(object)`. */
function membership(model: ProgramModel, graph: Graph, test: TestEvent): readonly Identity[] {
  return test.value.sources.flatMap((source) => {
    if (source.kind !== 'call' || !/^(?:includes|indexOf|has)$/.test(source.name ?? '')) return [];
    const [sought] = source.arguments;
    const place = source.receiver?.place;
    return sought === undefined || place === undefined ? [] : (identity(model, graph, test, place, source, sought) ?? []);
  });
}

function identity(model: ProgramModel, graph: Graph, test: TestEvent, look: Place | undefined, looked: Event | undefined, memory: Value): Identity[] | undefined {
  if (look === undefined || looked === undefined || memory.nature === 'constant' || !isShared(model, graph, look)) return undefined;
  const bindings = memory.sources.flatMap((source) => (source.kind === 'use' && isTakenFrom(graph, source, look) ? [source.binding] : []));
  return bindings.length === 0 ? undefined : [{ test, look, looked, memory: new Set(bindings) }];
}

/** The local got its object from the state that the look is at. */
function isTakenFrom(graph: Graph, use: SourceEvent, look: Place): boolean {
  if (use.kind !== 'use') return false;
  return reachingDefinitions(graph, use).some(({ value }) => value?.sources.some((source) => source.kind === 'read' && isOneState(source.place, look)) === true);
}

/** Both lie in one variable or field. */
function isOneState(left: Place, right: Place): boolean {
  if (rootKey(left.root) !== rootKey(right.root)) return false;
  if (left.root.kind === 'variable') return true;
  const [one, other] = [left.path[0], right.path[0]];
  return one !== undefined && other !== undefined && projectionKey(one) === projectionKey(other);
}

function unseenAt(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent, identities: readonly Identity[]): UnseenChange | undefined {
  const controlling = new Set(model.controlDependence(graph).controllingTests(event.block));
  const own = identities.filter(({ test, look, looked }) => controlling.has(test) && replaces(event, look) && suspensionBetween(graph, held, looked, event) === undefined);
  const [first] = own;
  if (first === undefined) return undefined;
  const memory = new Set(own.flatMap((one) => [...one.memory]));
  const suspension = workOn(model, graph, held, event, memory);
  if (suspension === undefined || looksAgain(model, graph, held, event, memory, controlling, own)) return undefined;
  const remembered = [...memory].map((binding) => binding.identifier);
  const [sample] = remembered;
  // one that is no object is a version
  if (sample === undefined || !remembered.every((name) => model.questions.isObject(name)) || !model.questions.isMutable(sample)) return undefined;
  const rival = changeInPlace(model, graph, first.look, sample);
  return rival === undefined ? undefined : { event, place: first.look, test: first.test, suspension, rival };
}

/** What is written takes the place of what was compared. */
function replaces({ place }: WriteEvent, look: Place): boolean {
  return isOneState(place, look) && (writeAffectsRead(place, look) || mayAlias(place, look) || writeAffectsRead(look, place));
}

/** The suspension over which the written value was made of the remembered objects. */
function workOn(model: ProgramModel, graph: Graph, held: HeldLocks, event: WriteEvent, memory: ReadonlySet<Binding>): SuspendEvent | undefined {
  const seen = new Set<SourceEvent>();
  const work: { readonly source: SourceEvent; readonly started: CallEvent | undefined }[] = valuesOf(model, graph, event).flatMap(({ sources }) =>
    sources.map((source) => ({ source, started: undefined })),
  );
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { source, started } = item;
    if (seen.has(source)) continue;
    seen.add(source);
    if (seen.size > maximumSources) return undefined;
    if (source.kind === 'read') {
      const { root } = source.heldBy ?? source.place;
      if (root.kind === 'variable' && memory.has(root.binding) && source.place.path.length > 0) {
        const suspension = suspensionBetween(graph, held, source, event);
        if (suspension !== undefined) return suspension;
      }
    } else if (source.kind === 'use') {
      if (started !== undefined && memory.has(source.binding)) {
        const suspension = suspensionBetween(graph, held, started, event);
        if (suspension !== undefined) return suspension;
      }
      for (const { value } of reachingDefinitions(graph, source)) for (const inner of value?.sources ?? []) work.push({ source: inner, started });
    } else {
      const isWork = source.consumption === 'awaited';
      for (const value of [source.receiver, ...source.arguments]) {
        for (const inner of value?.sources ?? []) work.push({ source: inner, started: isWork ? source : started });
      }
    }
  }
  return undefined;
}

/** The written value, and what else the collection's method is given: `list.splice(0, 2, merged)`. */
function valuesOf(model: ProgramModel, graph: Graph, event: WriteEvent): readonly Value[] {
  const given = model.eventsAt(graph, event.node).flatMap((other) => (other.kind === 'call' ? other.arguments : []));
  return event.value === undefined ? given : [event.value, ...given];
}

/** After the suspension something else is looked at that could tell: a version, or the content itself. */
function looksAgain(
  model: ProgramModel,
  graph: Graph,
  held: HeldLocks,
  event: WriteEvent,
  memory: ReadonlySet<Binding>,
  controlling: ReadonlySet<TestEvent>,
  own: readonly Identity[],
): boolean {
  for (const test of controlling) {
    if (own.some((one) => one.test === test)) continue;
    for (const source of test.value.sources) {
      if (source.kind === 'read' && isShared(model, graph, source.place) && isAfterWork(graph, held, source, event)) return true;
      if (source.kind === 'call' && isAfterWork(graph, held, source, event)) return true;
    }
  }
  return eventsOf(graph).some((other) => other.kind === 'use' && memory.has(other.binding) && isLookedInto(model, other.node) && isAfterWork(graph, held, other, event));
}

/** `first.lines`: the content is asked for, not the object. */
function isLookedInto({ compiler }: ProgramModel, node: ts.Node): boolean {
  const { parent } = outerParent(compiler, node);
  return compiler.isPropertyAccessExpression(parent) || compiler.isElementAccessExpression(parent);
}

/** The look comes between the last suspension and the write. */
function isAfterWork(graph: Graph, held: HeldLocks, look: Event, event: WriteEvent): boolean {
  const isBefore = look.block !== event.block || look.index < event.index;
  return isBefore && suspensionBetween(graph, held, look, event) === undefined;
}

/** Another function that changes such an object without putting another one in its place. */
function changeInPlace(model: ProgramModel, graph: Graph, look: Place, sample: ts.Node): Rival | undefined {
  const direct = mutationsOf(model, look, 0).find(
    ({ nature, graph: other, event }) => nature === 'data' && other.owner !== graph.owner && (event.kind === 'call' || isChange(event)),
  );
  if (direct !== undefined) return { name: displayName(model.compiler, direct.graph.owner), node: direct.event.node, isSelf: false };
  return changeOfArgument(model, graph, look, sample);
}

/** What is taken away or set to a constant, such as a mark that somebody has looked, is no content that gets lost. */
function isChange(event: Event): event is WriteEvent {
  return event.kind === 'write' && event.value?.nature !== 'constant' && event.how !== 'remove';
}

/** `append(block, record) { block.records.push(record); }`: whoever has such an object changes it so. */
function changeOfArgument(model: ProgramModel, graph: Graph, look: Place, sample: ts.Node): Rival | undefined {
  const { compiler, questions } = model;
  const scope = scopeOf(look);
  const kind = scope === undefined ? undefined : questions.typeAt(sample).getNonNullableType().getSymbol();
  if (scope === undefined || kind === undefined || kind.name.startsWith('__') || firstName(look) === undefined) return undefined;
  const isSuch = (place: Place): boolean => {
    const { root } = place;
    if (root.kind !== 'variable' || root.binding.kind === 'import') return false;
    return questions.typeAt(root.binding.identifier).getNonNullableType().getSymbol() === kind;
  };
  for (const activation of activationsIn(model, scope)) {
    if (activation === graph.owner || compiler.isSourceFile(activation) || compiler.isConstructorDeclaration(activation)) continue;
    const other = model.graph(activation);
    const isArgument = (place: Place): boolean =>
      place.root.kind === 'variable' && place.root.binding.kind === 'parameter' && place.root.binding.owner === activation && place.path.length > 0 && isSuch(place);
    for (const event of eventsOf(other)) {
      const isWrite = isChange(event) && isArgument(event.place);
      if (isWrite || (event.kind === 'call' && changesArgument(model, event, isArgument))) {
        return { name: displayName(compiler, activation), node: event.node, isSelf: false };
      }
    }
  }
  return undefined;
}

/** A method of the object, or a helper that is given it, changes what it holds. */
function changesArgument(model: ProgramModel, event: CallEvent, isArgument: (place: Place) => boolean): boolean {
  const isGiven = [event.receiver, ...event.arguments].some((value) => value?.place !== undefined);
  if (!isGiven || event.isConstruction === true) return false;
  const callee = model.callee(event, 'full');
  if (callee === undefined) return false;
  return summarize(model, callee).writes.some((write) => {
    const place = write.how === 'remove' ? undefined : substitute(model, write.place, callee, event);
    return place !== undefined && isArgument(place);
  });
}
