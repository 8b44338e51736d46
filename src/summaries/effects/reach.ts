/**
 * What a call could touch, whatever its callee does. Told from the call alone, so that callees are resolved and summarised
 * only where it matters: to resolve one may cost a question to the checker, to summarise one costs graphs.
 *
 * A callee knows its receiver, its arguments and the variables around it, and all that hangs on them.
 */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, SourceEvent, TestEvent } from '../../events/event.js';
import { importsOf } from '../../locks/imports.js';
import { holds, isOfInstanceIn, type Place, rootKey, writeAffectsRead } from '../../places/place.js';
import type { ProgramModel } from '../model/program-model.js';
import { reachingDefinitions, receiverPlace } from './provenance.js';

interface Reach {
  /** Objects that the callee is handed. */
  readonly bases: readonly Place[];
  /** The callee is a function of this file, by its syntax. */
  readonly isNear: () => boolean;
  /** The callee may be declared in this file, and so know its variables. */
  readonly isLocal: () => boolean;
  /** The module whose function is called, as the import names it. */
  readonly module: string | undefined;
}

const reaches = new WeakMap<CallEvent, Reach>();

function reachOf(model: ProgramModel, call: CallEvent): Reach {
  let reach = reaches.get(call);
  if (reach === undefined) {
    const receiver = receiverPlace(model, call);
    const bases = call.arguments.flatMap((argument) => argument.place ?? []);
    if (receiver !== undefined) bases.push(receiver);
    let near: boolean | undefined;
    let local: boolean | undefined;
    const isNear = (): boolean => (near ??= model.callee(call, 'syntactic')?.body !== undefined);
    const isLocal = (): boolean => (local ??= isNear() || (call.name !== undefined && model.file(call.node).declaresMember(call.name)));
    reaches.set(call, (reach = { bases, isNear, isLocal, module: moduleOf(model, call) }));
  }
  return reach;
}

/** The module whose function is called, as the import names it. */
export function moduleOf(model: ProgramModel, call: CallEvent): string | undefined {
  const { compiler } = model;
  // a function of an imported object, or of the imported module: `session.end()`
  const owner = call.receiver === undefined ? call.name : compiler.isIdentifier(call.receiver.node) ? call.receiver.node.text : undefined;
  return owner === undefined ? undefined : importsOf(compiler, call.node.getSourceFile()).names.get(owner)?.specifier;
}

/** Those of the places that the callee could write. */
export function writablePlaces(model: ProgramModel, call: CallEvent, places: readonly Place[]): readonly Place[] {
  const { bases, isNear, isLocal, module } = reachOf(model, call);
  return places.filter((place) => {
    const { root } = place;
    if (root.kind === 'external' || bases.some((base) => holds(base, place) || isOfInstanceIn(place, base))) return true;
    // a closure sees the caller's `this`
    if (root.kind === 'this') return isNear();
    if (root.kind === 'global') return false;
    if (root.binding.identifier.getSourceFile() === call.node.getSourceFile()) return isLocal();
    // what a helper of another module looked at, another function of that module may change
    return root.binding.kind === 'variable' && module !== undefined;
  });
}

/** What a test could be looking at. */
interface Sight {
  readonly reads: readonly Place[];
  /** Objects whose inside is looked at by a callee or a getter. */
  readonly objects: readonly Place[];
  readonly calls: readonly CallEvent[];
}

/** A value that was computed from more than these tells nothing any more. */
const maximumSources = 256;

const sights = new WeakMap<TestEvent, Sight>();

function sightOf(model: ProgramModel, graph: Graph, test: TestEvent): Sight {
  let sight = sights.get(test);
  if (sight === undefined) sights.set(test, (sight = computeSight(model, graph, test)));
  return sight;
}

function computeSight(model: ProgramModel, graph: Graph, test: TestEvent): Sight {
  const reads: Place[] = [];
  const objects: Place[] = [];
  const calls: CallEvent[] = [];
  const seen = new Set<SourceEvent>();
  const work = [...test.value.sources];
  for (let source = work.pop(); source !== undefined; source = work.pop()) {
    if (seen.has(source)) continue;
    seen.add(source);
    if (seen.size > maximumSources) {
      model.limits.add('reads behind one value');
      break;
    }
    if (source.kind === 'read') {
      reads.push(source.place);
      const holder = getterHolder(model, source.node);
      if (holder !== undefined) objects.push(holder);
    } else if (source.kind === 'use') {
      for (const definition of reachingDefinitions(graph, source)) work.push(...(definition.value?.sources ?? []));
    } else {
      calls.push(source);
      objects.push(...reachOf(model, source).bases);
      work.push(...(source.receiver?.sources ?? []), ...source.arguments.flatMap((argument) => argument.sources));
    }
  }
  return { reads, objects, calls };
}

/** The object whose getter the node may call. */
function getterHolder(model: ProgramModel, node: ts.Node): Place | undefined {
  const { compiler } = model;
  if (!compiler.isPropertyAccessExpression(node) || !model.mayBeGetter(node.name.text)) return undefined;
  return model.file(node).places.placeOf(node.expression);
}

/** What the tests of one graph could be looking at, together. */
interface Sights {
  readonly all: readonly TestEvent[];
  readonly roots: ReadonlySet<string>;
  /** Modules whose functions are asked. */
  readonly modules: ReadonlySet<string>;
  /** A variable of another module is looked at. */
  readonly hasImported: boolean;
  readonly hasExternal: boolean;
}

const sightsByGraph = new WeakMap<Graph, Sights>();

function sightsOf(model: ProgramModel, graph: Graph): Sights {
  let known = sightsByGraph.get(graph);
  if (known === undefined) sightsByGraph.set(graph, (known = computeSights(model, graph)));
  return known;
}

function computeSights(model: ProgramModel, graph: Graph): Sights {
  const all: TestEvent[] = [];
  const roots = new Set<string>();
  const modules = new Set<string>();
  for (let id = graph.blocks.length - 1; id >= 0; id -= 1) {
    const test = graph.blocks[id]?.events.at(-1);
    if (test?.kind !== 'test') continue;
    all.push(test);
    const { reads, objects, calls } = sightOf(model, graph, test);
    for (const place of [...reads, ...objects]) roots.add(rootKey(place.root));
    for (const call of calls) {
      const { module } = reachOf(model, call);
      if (module !== undefined) modules.add(module);
    }
  }
  const hasExternal = all.some((test) => sightOf(model, graph, test).reads.some((read) => read.root.kind === 'external'));
  const file = graph.owner.getSourceFile();
  const isImported = ({ root }: Place): boolean => root.kind === 'variable' && root.binding.kind === 'variable' && root.binding.identifier.getSourceFile() !== file;
  const hasImported = all.some((test) => sightOf(model, graph, test).reads.some(isImported));
  return { all, roots, modules, hasImported, hasExternal };
}

/** Whether some test of the graph could depend on what the call does. */
export function mayMatter(model: ProgramModel, graph: Graph, call: CallEvent): boolean {
  const { all, roots, modules, hasImported, hasExternal } = sightsOf(model, graph);
  if (all.length === 0) return false;
  const { bases, isLocal, module } = reachOf(model, call);
  if (bases.some((base) => roots.has(rootKey(base.root)))) return true;
  return hasExternal || (module === undefined ? isLocal() : hasImported || modules.has(module));
}

/** Whether the test could depend on what a write to the place changes. */
export function mayLookAt(model: ProgramModel, graph: Graph, test: TestEvent, place: Place): boolean {
  const { reads, objects, calls } = sightOf(model, graph, test);
  return (
    reads.some((read) => writeAffectsRead(place, read)) ||
    objects.some((object) => holds(object, place) || writeAffectsRead(place, object)) ||
    (calls.length > 0 && place.root.kind !== 'this' && place.root.kind !== 'global')
  );
}

/** Whether the test could depend on what the call does. */
export function mayLookAtWorkOf(model: ProgramModel, graph: Graph, test: TestEvent, call: CallEvent): boolean {
  const { reads, objects, calls } = sightOf(model, graph, test);
  const { bases, isLocal, module } = reachOf(model, call);
  return (
    writablePlaces(model, call, reads).length > 0 ||
    objects.some((object) => bases.some((base) => holds(base, object) || holds(object, base) || object.key === base.key)) ||
    // both know the variables of one file
    calls.some((other) => {
      const theirs = reachOf(model, other);
      return theirs.module === undefined ? module === undefined && theirs.isLocal() && isLocal() : theirs.module === module;
    })
  );
}
