/**
 * One state in two fields: the first is set before a suspension, the second, which comes of it, after one. Who reads both
 * meanwhile has halves of two states.
 */
import { accessesNear, eventsOf, follows, type Graph } from '../../cfg/graph.js';
import { latestBefore, suspendsBetween, walkBackward } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event, SuspendEvent, Value, WriteEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import type { Place } from '../../places/place.js';
import type { Activation } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { countStepOf } from '../../syntax/tree.js';
import { asksWriter, isAsked, type Look, looksAt, mayLookMeanwhile, waitsForPlace } from '../actors/readers.js';
import { isShared } from '../actors/sharing.js';
import { mayReach } from '../effects/mutations.js';
import { callsBehind, readsBehind } from '../effects/provenance.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';
import { requirementOf } from '../protocols/outcomes.js';

export interface SplitState {
  /** The first part. */
  readonly write: WriteEvent;
  readonly place: Place;
  readonly suspension: SuspendEvent;
  /** The second part. */
  readonly last: { readonly node: ts.Node; readonly place: Place };
  readonly look: Look;
}

/** The state that begins with the write, where it is such a one. */
export function splitState(model: ProgramModel, graph: Graph, write: WriteEvent, suspensions: readonly SuspendEvent[]): SplitState | undefined {
  const { place, value } = write;
  const object = objectOf(place);
  if (write.how !== 'assign' || value === undefined || object === undefined) return undefined;
  if (value.nature === 'constant' || value.nature === 'empty' || value.nature === 'promise' || value.nature === 'function') return undefined;
  if (countsBothWays(model, graph, write)) return undefined;
  const looks = looksAt(model, place).filter((look) => look.graph !== graph);
  const parts = looks.length === 0 ? [] : (partsByObject(model, graph).get(object) ?? []);
  for (const part of parts) {
    const { event } = part;
    if (event.place.key === place.key || !isShared(model, graph, event.place) || !comesOf(model, graph, part, write, parts)) continue;
    const suspension = suspensions.find((other) => follows(graph, write, other) && follows(graph, other, event) && !isRewritten(graph, write, other, place));
    if (suspension === undefined) continue;
    for (const look of looks) {
      const isTogether = readsTogether(model, look, place, event.place);
      const late = isTogether ? look : lookAfter(model, look, place, event.place);
      if (late === undefined || !mayLookMeanwhile(model, graph, write, suspension, place, look) || isAsked(model, late)) continue;
      const known = !isTogether ? [place] : isAskedForPresence(model, graph, event.place, look) ? [event.place] : [];
      if (waitsForPlace(model, look) || asksWriter(model, late, known, graph) || hasSetItself(late, event.place)) continue;
      return { write, place, suspension, last: { node: event.node, place: event.place }, look: late };
    }
  }
  return undefined;
}

/** `this.pending += 1; send(rows, () => { this.pending -= 1; … })`: how much is under way, which is right at any moment. */
function countsBothWays({ compiler }: ProgramModel, graph: Graph, write: WriteEvent): boolean {
  const step = countStepOf(compiler, write.node);
  if (step === undefined) return false;
  return accessesNear(graph, write.place).some((event) => {
    const other = event.kind === 'write' && event.place.key === write.place.key ? countStepOf(compiler, event.node) : undefined;
    return other !== undefined && other.direction !== step.direction;
  });
}

/**
 * The reader asks no more of the second part than whether it is there: so is the old one, unless the writer takes that away
 * first.
 */
function isAskedForPresence(model: ProgramModel, writer: Graph, part: Place, look: Look): boolean {
  if (accessesNear(writer, part).some((event) => event.kind === 'write' && event.place.key === part.key && empties(model.compiler, event))) return false;
  return model
    .controlDependence(look.graph)
    .controllingTests(look.event.block)
    .filter((test) => readsOfTest(model, look.graph, test).some((read) => mayReach(read.place, part)))
    .every((test) => {
      const requirement = requirementOf(model, look.graph, look.event.block, test, part);
      return requirement?.kind === 'non-null' || requirement?.kind === 'truthy';
    });
}

/** An assignment to a field or variable, of what is no constant. */
interface Part {
  readonly event: WriteEvent;
  /** What the calls behind its value were asked with. */
  readonly asked: readonly Value[];
}

/** The parts that an activation sets, by the object whose fields, or the activation whose variables they are. */
const partsByObject = memoized((_model, graph: Graph): ReadonlyMap<string | Activation, readonly Part[]> => {
  const byObject = new Map<string | Activation, Part[]>();
  for (const event of eventsOf(graph)) {
    const { value } = event.kind === 'write' ? event : {};
    if (event.kind !== 'write' || event.how !== 'assign' || value === undefined || value.nature === 'constant') continue;
    const object = objectOf(event.place);
    if (object === undefined) continue;
    const part: Part = { event, asked: callsBehind(graph, value).flatMap((call) => call.arguments) };
    const known = byObject.get(object);
    if (known === undefined) byObject.set(object, [part]);
    else known.push(part);
  }
  return byObject;
});

/** `this.handle = opened; this.settings = chosen; save(this.handle, this.settings);`: the reader has set the second part itself in the same turn. */
function hasSetItself({ graph, event }: Look, part: Place): boolean {
  let isFound = false;
  let isFromElsewhere = false;
  const visit = (earlier: Event): true | undefined => {
    if (earlier.kind === 'write' && earlier.place.key === part.key) {
      isFound = true;
      return undefined;
    }
    isFromElsewhere ||= earlier.kind === 'suspend';
    return isFromElsewhere ? undefined : true;
  };
  walkBackward<true>(graph, event, true, () => 0, visit, () => (isFromElsewhere = true));
  return isFound && !isFromElsewhere;
}

/** The object whose field the place is, by a name; or the module or function whose variable it is. */
function objectOf({ root, path, key }: Place): string | Activation | undefined {
  if (path.length === 0) return root.kind === 'variable' ? root.binding.owner : undefined;
  return path.at(-1)?.kind === 'field' ? `${root.kind} ${path.length} ${key.slice(0, key.lastIndexOf('.'))}` : undefined;
}

/**
 * The second value was got by means of the first, `this.user = await fetchUser(this.key)`, or both were asked for by means of the
 * same: `this.version = await versionOf(server); this.tools = await toolsOf(server)`.
 */
function comesOf(model: ProgramModel, graph: Graph, second: Part, first: WriteEvent, parts: readonly Part[]): boolean {
  const own = bindingsIn(first.value === undefined ? [] : [first.value]);
  const askedForFirst = bindingsIn(parts.find(({ event }) => event === first)?.asked ?? []);
  return second.asked.some(
    (argument) =>
      readsBehind(model, graph, argument).some((read) => read.place.key === first.place.key) ||
      [...bindingsIn([argument])].some((binding) => (binding.kind === 'variable' && own.has(binding)) || (binding.kind !== 'import' && askedForFirst.has(binding))),
  );
}

/** Locals and parameters that the values name. */
function bindingsIn(values: readonly Value[]): ReadonlySet<Binding> {
  return new Set(values.flatMap(({ sources }) => sources.flatMap((source) => (source.kind === 'use' ? [source.binding] : []))));
}

/** One statement of the reader looks at both. */
function readsTogether(model: ProgramModel, look: Look, left: Place, right: Place): boolean {
  if (look.event.place.key !== left.key) return false;
  const statement = statementOf(model, look.event.node);
  return accessesNear(look.graph, right).some((other) => other.kind === 'read' && other.place.key === right.key && statementOf(model, other.node) === statement);
}

/** The reader finds the first part there and takes the second for granted: `if (this.id === undefined) return; show(this.name);`. */
function lookAfter(model: ProgramModel, { graph, event }: Look, left: Place, right: Place): Look | undefined {
  if (event.place.key !== left.key) return undefined;
  for (const other of accessesNear(graph, right)) {
    if (other.kind !== 'read' || other.place.key !== right.key || suspendsBetween(graph, event, other)) continue;
    const isPresent = model.controlDependence(graph).controllingTests(other.block).some((test) => {
      const requirement = requirementOf(model, graph, other.block, test, left);
      return requirement?.kind === 'non-null' || requirement?.kind === 'truthy';
    });
    if (isPresent) return { graph, event: other };
  }
  return undefined;
}

function statementOf(model: ProgramModel, node: ts.Node): ts.Node {
  let current = node;
  while (current.parent !== undefined && !model.compiler.isStatement(current)) current = current.parent;
  return current;
}

/** Between the write and the event, the place is always written again. */
export function isRewritten(graph: Graph, write: WriteEvent, event: Event, { key }: Place): boolean {
  const isOfPlace = (earlier: Event): earlier is WriteEvent => earlier === write || (earlier.kind === 'write' && earlier.place.key === key);
  return !latestBefore(graph, event, isOfPlace).includes(write);
}
