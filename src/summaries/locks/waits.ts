/**
 * What an activation waits for: at each suspension and at each return, the calls and sections whose promises must settle
 * before it goes on. A call that nobody waits for is in no list.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { AcquireEvent, CallEvent, ReturnEvent, SourceEvent, SuspendEvent, Value } from '../../events/event.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { enclosingActivation, type FunctionNode, isAsync, isFunctionLiteral, outerParent, skipOuter } from '../../syntax/functions.js';
import { startOfChain } from '../../syntax/promise-chains.js';
import { isWithin, type PromiseCombinator, promiseCombinator } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';
import { reachingDefinitions } from '../effects/provenance.js';

export interface Wait {
  readonly event: SuspendEvent | ReturnEvent;
  readonly calls: readonly CallEvent[];
  /** Async callbacks of array methods whose promises are waited for together: `Promise.all(items.map(async …))`. */
  readonly callbacks: readonly FunctionNode[];
  /** Sections that were started before, and not waited for then. */
  readonly sections: readonly AcquireEvent[];
  /** Fields and variables that hold the promise of a task which was started elsewhere. */
  readonly stored: readonly Place[];
}

/** The promise settles only when all do; `race` and `any` go on without the others. */
const waitingForAll: ReadonlySet<string | undefined> = new Set<PromiseCombinator>(['all', 'allSettled', 'resolve']);

const waits = new WeakMap<Graph, readonly Wait[]>();

export function waitsOf(model: ProgramModel, graph: Graph): readonly Wait[] {
  let found = waits.get(graph);
  if (found === undefined) {
    const list: Wait[] = [];
    for (const event of eventsOf(graph)) {
      const value = event.kind === 'suspend' && event.reason !== 'yield' ? event.operand : event.kind === 'return' ? event.value : undefined;
      if (value === undefined || (event.kind !== 'suspend' && event.kind !== 'return')) continue;
      const wait = joined(model, graph, event, value);
      if (wait.calls.length + wait.callbacks.length + wait.sections.length + wait.stored.length > 0) list.push(wait);
    }
    waits.set(graph, (found = list));
  }
  return found;
}

function joined(model: ProgramModel, graph: Graph, event: SuspendEvent | ReturnEvent, value: Value): Wait {
  const { compiler } = model;
  const calls = new Set<CallEvent>();
  const callbacks = new Set<FunctionNode>();
  const sections = new Set<AcquireEvent>();
  const stored = new Map<string, Place>();
  const seen = new Set<SourceEvent>();
  const seenValues = new Set<Value>();
  const work: SourceEvent[] = [];
  const enter = (of: Value): void => {
    if (seenValues.has(of)) return;
    seenValues.add(of);
    work.push(...of.sources);
    const node = compiler.isExpression(of.node) ? skipOuter(compiler, of.node) : of.node;
    if (!compiler.isCallExpression(node)) return;
    for (const other of model.eventsAt(graph, node)) if (other.kind === 'acquire' && other.scoped) sections.add(other);
    for (const section of sectionsOfMapping(compiler, graph, node)) sections.add(section);
  };
  enter(value);
  for (let source = work.pop(); source !== undefined; source = work.pop()) {
    if (seen.has(source)) continue;
    seen.add(source);
    if (source.kind === 'use') {
      for (const definition of reachingDefinitions(graph, source)) if (definition.value !== undefined) enter(definition.value);
      const { binding } = source;
      for (const written of valuesAddedTo(graph, binding.id)) enter(written);
    } else if (source.kind === 'read') {
      const { root, path } = source.place;
      if (root.kind === 'variable' && graph.inlined.has(root.binding.owner)) {
        for (const written of valuesAddedTo(graph, root.binding.id)) enter(written);
      } else if (path.length > 0 || root.kind === 'variable') stored.set(source.place.key, source.place);
    } else {
      // what an earlier `await` has waited for has settled
      if (source.consumption === 'awaited' && !contains(event.node, source.node) && !value.sources.includes(source)) continue;
      if (waitingForAll.has(promiseCombinator(compiler, source.node))) source.arguments.forEach(enter);
      else if (isMapped(source)) {
        for (const argument of source.node.arguments ?? []) {
          const literal = skipOuter(compiler, argument);
          if (isFunctionLiteral(compiler, literal) && isAsync(compiler, literal)) callbacks.add(literal);
        }
      } else calls.add(source);
    }
  }
  // a section that is part of the activation has been waited for where it stands
  const isPart = (section: AcquireEvent): boolean => contains(event.node, section.node) && taskOf(graph, section) === taskOf(graph, event);
  const pending = [...sections].filter((section) => section.node !== event.node && !isPart(section));
  return { event, calls: [...calls], callbacks: [...callbacks], sections: pending, stored: [...stored.values()] };
}

/** `items.map((item) => limit(() => load(item)))`: each turn hands in a section, and the array holds its promise. */
function* sectionsOfMapping(compiler: Compiler, graph: Graph, call: ts.CallExpression): Generator<AcquireEvent> {
  const callee = skipOuter(compiler, call.expression);
  if (!compiler.isPropertyAccessExpression(callee) || !mappings.has(callee.name.text)) return;
  const [first] = call.arguments;
  const callback = first === undefined ? undefined : skipOuter(compiler, first);
  if (callback === undefined || !isFunctionLiteral(compiler, callback) || isAsync(compiler, callback)) return;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'acquire' || !event.scoped || !isWithin(event.node, callback)) continue;
    const { parent } = outerParent(compiler, event.node);
    if (parent === callback || (compiler.isReturnStatement(parent) && enclosingActivation(compiler, parent) === callback)) yield event;
  }
}

/** Array methods that gather what their callback gives. */
const mappings: ReadonlySet<string> = new Set(['map', 'flatMap']);

function contains(outer: ts.Node, inner: ts.Node): boolean {
  return isWithin(inner, outer) && outer.getSourceFile() === inner.getSourceFile();
}

function isMapped(call: CallEvent): call is CallEvent & { readonly node: ts.CallExpression } {
  return call.name !== undefined && mappings.has(call.name);
}

/** What is put into a local collection: `tasks.push(this.run())`. */
function valuesAddedTo(graph: Graph, binding: number): readonly Value[] {
  let byBinding = additions.get(graph);
  if (byBinding === undefined) {
    const found = new Map<number, Value[]>();
    for (const event of eventsOf(graph)) {
      if (event.kind !== 'write' || event.value === undefined || event.place.root.kind !== 'variable') continue;
      const { id } = event.place.root.binding;
      const list = found.get(id);
      if (list === undefined) found.set(id, [event.value]);
      else list.push(event.value);
    }
    additions.set(graph, (byBinding = found));
  }
  return byBinding.get(binding) ?? [];
}

const additions = new WeakMap<Graph, ReadonlyMap<number, readonly Value[]>>();

/** The continuation that a block belongs to: the block with which it begins, or the entry of the graph. */
export function taskOf(graph: Graph, event: { readonly block: number }): number {
  let tasks = tasksByGraph.get(graph);
  if (tasks === undefined) {
    tasks = new Array<number>(graph.blocks.length).fill(graph.entry);
    // an inner continuation begins at a later block than the one around it
    for (const start of [...graph.continuations.keys()].sort((left, right) => left - right)) {
      const seen = new Set<number>();
      const work = [start];
      for (let id = work.pop(); id !== undefined; id = work.pop()) {
        if (seen.has(id) || id === graph.taskEnd) continue;
        seen.add(id);
        tasks[id] = start;
        const block = graph.blocks[id];
        if (block === undefined) continue;
        for (const edge of block.out) work.push(edge.to);
        if (block.handler !== graph.raise) work.push(block.handler);
      }
    }
    tasksByGraph.set(graph, tasks);
  }
  return tasks[event.block] ?? graph.entry;
}

const tasksByGraph = new WeakMap<Graph, number[]>();

/** A task that is stored in a place: the call or the function literal whose promise was put there. */
export interface StoredTask {
  readonly call: ts.CallExpression;
  /** The assignment or the method call that stores it. */
  readonly store: ts.Node;
}

/** The calls whose promise the program stores in the place, as its own file shows: `this.running ??= this.loop()`. */
export function tasksStoredIn(model: ProgramModel, place: Place): readonly StoredTask[] {
  const { compiler } = model;
  const last = place.path.findLast((projection) => projection.kind === 'field');
  const name = last?.kind === 'field' ? last.name : place.root.kind === 'variable' ? place.root.binding.name : undefined;
  const origin = place.root.kind === 'this' ? place.root.owner : place.root.kind === 'variable' ? place.root.binding.declaration : undefined;
  if (name === undefined || origin === undefined) return [];
  const file = model.file(origin);
  const found: StoredTask[] = [];
  for (const mention of file.mentions(name)) {
    const target = compiler.isPropertyAccessExpression(mention.parent) && mention.parent.name === mention ? mention.parent : mention;
    const { parent } = target;
    if (!compiler.isExpression(target)) continue;
    const written = file.places.placeOf(target);
    if (written === undefined || !writeAffectsRead(written, place)) continue;
    if (written.root.kind === 'this' && place.root.kind === 'this' && written.root.owner !== place.root.owner) continue;
    let value: ts.Expression | undefined;
    let store: ts.Node = parent;
    if (compiler.isBinaryExpression(parent) && parent.left === target && isStoring(model, parent)) value = parent.right;
    else if (compiler.isVariableDeclaration(parent) && parent.name === target) value = parent.initializer;
    else if (compiler.isPropertyAccessExpression(parent) && /^(?:push|add|set|unshift)$/.test(parent.name.text) && compiler.isCallExpression(parent.parent)) {
      store = parent.parent;
      value = parent.parent.arguments.at(-1);
    }
    const call = value === undefined ? undefined : startedBy(model, value);
    if (call !== undefined) found.push({ call, store });
  }
  return found;
}

function isStoring({ compiler }: ProgramModel, node: ts.BinaryExpression): boolean {
  const { FirstAssignment, LastAssignment } = compiler.SyntaxKind;
  return node.operatorToken.kind >= FirstAssignment && node.operatorToken.kind <= LastAssignment;
}

/** `this.loop().catch(log)` starts `this.loop()`. */
function startedBy(model: ProgramModel, value: ts.Expression): ts.CallExpression | undefined {
  const start = startOfChain(model.compiler, value);
  return model.compiler.isCallExpression(start) ? start : undefined;
}

