/**
 * A row of a store outside is loaded, changed from what it held, and saved as a whole: `const user = await users.findOne(id);
 * user.balance += amount; await users.save(user);`. Another task that loaded the row meanwhile saves its own copy over it. So
 * does what is saved under the key under which that was loaded of which it is made: `await cache.set(key, 1 + (await cache.get(key)))`.
 *
 * The store may compare versions by itself, which is not in sight. So code that speaks of a version, a transaction or a lock
 * is silent, and so is a change that does not build on what was there.
 */
import { gatedStores } from '../../catalogue/external-state.js';
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { CallEvent, Value, WriteEvent } from '../../events/event.js';
import { type Activation, enclosingActivation, type FunctionNode, isFunctionLiteral, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isAssignment } from '../../syntax/tree.js';
import { mayDependOn } from '../effects/dependence.js';
import { callsBehind } from '../effects/provenance.js';
import { returnedReferences } from '../effects/references.js';
import { contextOf } from '../actors/contexts.js';
import { type HeldLock, heldLocks, isClaim } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { isConditionalUpdate } from '../model/row-queries.js';
import { isGathering, rowGathering } from './row-gatherings.js';

export interface SavedRow {
  readonly kind: 'row' | 'file';
  /** The local that holds the row, the key of the value, or the path of the file. */
  readonly row: string;
  readonly load: CallEvent;
  /** Undefined for a value that is made anew. */
  readonly change: WriteEvent | undefined;
  readonly save: CallEvent;
  /** It is there for what several callers bring. */
  readonly isGathered?: boolean;
  /** All calls load and save the same one. */
  readonly isOneForAll?: boolean;
  /** What is added is the same in every call: two of them leave what one does, and only another function loses by it. */
  readonly isSameAgain?: boolean;
}

const loadNames = /^(?:find(?:One|ById|Unique|First|By\w+)?(?:OrFail|OrThrow)?|get(?:One|By\w+|Item)?|load(?:One|By\w+)?|fetch(?:One|By\w+)?|read(?:One)?)$/;
export const saveNames = /^(?:save|update(?:One)?|put|persist|store|replace(?:One)?|set|write|upsert|flush|persistAndFlush)$/;
/** Words of those who see to it that nobody else saves in between. */
const guardWords = /version|etag|\brev(?:ision)?\b|ifMatch|optimistic|pessimistic|transaction|\btrx?\b|forUpdate|for update|(?<![bc])lock|mutex|semaphore|atomic(?!_?(?:write|save|rename|replace|file))/i;

export function savedRows(model: ProgramModel, graph: Graph): readonly SavedRow[] {
  const { compiler } = model;
  const { owner } = graph;
  if (!graph.hasSuspension || compiler.isSourceFile(owner)) return [];
  const found: SavedRow[] = [];
  for (const change of eventsOf(graph)) {
    if (change.kind !== 'write') continue;
    const gathering = rowGathering(model, graph, change);
    const row = gathering ?? (change.how === 'assign' && buildsOnItself(model, graph, change) ? rowOf(model, graph, change) : undefined);
    const load = row === undefined ? undefined : loadOf(graph, row);
    if (row === undefined || load === undefined || !follows(graph, load, change)) continue;
    const save = eventsOf(graph).find((event): event is CallEvent => event.kind === 'call' && isSaveOf(model, event, row, load) && follows(graph, change, event));
    if (save === undefined || found.some((other) => other.load === load) || !isOpen(model, graph, load, save)) continue;
    // a document that saves itself may tell its store of the one addition alone
    const isGathered = gathering !== undefined && !isNamed(model, save.receiver, row) && !givesObjectItself(model, load);
    found.push({ kind: 'row', row: row.name, load, change, save, isGathered });
  }
  for (const save of eventsOf(graph)) {
    if (save.kind !== 'call' || save.consumption === 'stored' || save.receiver === undefined || !saveNames.test(save.name ?? '')) continue;
    const [key, ...values] = save.arguments;
    const load = key === undefined ? undefined : eventsOf(graph).find((event): event is CallEvent => event.kind === 'call' && isLoadUnder(event, save, key) && follows(graph, event, save));
    if (key === undefined || load === undefined || !values.some((value) => mayDependOn(graph, value, (source) => source === load))) continue;
    if (!model.questions.isPromise(save.node) || !isOpen(model, graph, load, save)) continue;
    found.push({ kind: 'row', row: key.node.getText(), load, change: undefined, save, isGathered: values.some((value) => isGathering(model, graph, value)) });
  }
  return found;
}

/**
 * Nothing in sight keeps another task from saving between the two. A claim on a member of the row, which each task has loaded for
 * itself, keeps nobody out; a query with a condition does.
 */
export function isOpen(model: ProgramModel, graph: Graph, load: CallEvent, save: CallEvent, row?: Binding, change: 'whole' | 'relative' = 'whole'): boolean {
  const { owner } = graph;
  if (model.compiler.isSourceFile(owner) || isGuarded(model, owner, change)) return false;
  const held = heldLocks(model, graph);
  const isOnRow = (each: HeldLock): boolean => isClaim(each) && each.lock.place?.root.kind === 'variable' && each.lock.place.root.binding === row;
  const keepsOut = (event: CallEvent): boolean => held.isExclusive(event) && !held.at(event).every(isOnRow);
  return !keepsOut(load) && !keepsOut(save) && contextOf(model, owner).multiplicity === 'overlapping' && !isWonBefore(model, graph, load, save);
}

/** `const { count } = await jobs.updateMany(…); if (count === 0) return;`: a query with a condition has turned the others away before the row was loaded. */
function isWonBefore(model: ProgramModel, graph: Graph, load: CallEvent, save: CallEvent): boolean {
  const tests = model.controlDependence(graph).controllingTests(save.block);
  return tests.some(({ value }) =>
    callsBehind(graph, value).some((call) => call !== load && model.compiler.isCallExpression(call.node) && follows(graph, call, load) && isConditionalUpdate(model, call.node)),
  );
}

/** The call gave the value that the store has under that key. */
function isLoadUnder(load: CallEvent, save: CallEvent, key: Value): boolean {
  if (load.consumption !== 'awaited' || !loadNames.test(load.name ?? '') || gatedStores.test(load.receiver?.node.getText() ?? '')) return false;
  if (load.receiver?.node.getText() !== save.receiver?.node.getText()) return false;
  return load.arguments.length === 1 && load.arguments[0]?.node.getText() === key.node.getText();
}

/** The code around, with the calls that it is handed to, speaks of a way to keep others out. */
function isGuarded({ compiler }: ProgramModel, owner: FunctionNode, change: 'whole' | 'relative'): boolean {
  let around: Activation = owner;
  while (isFunctionLiteral(compiler, around)) {
    const outer = enclosingActivation(compiler, around);
    if (compiler.isSourceFile(outer)) break;
    around = outer;
  }
  const text = around.getText();
  // what adds to a member loses nothing, and asks for nothing either
  return guardWords.test(text) || (change === 'whole' && /\$inc/i.test(text));
}

/** `row.count += 1`, `row.count = row.count + 1`, `row.count++`, or by a local on the way. */
function buildsOnItself(model: ProgramModel, graph: Graph, { node, place, value }: WriteEvent): boolean {
  const { compiler } = model;
  if (compiler.isPrefixUnaryExpression(node) || compiler.isPostfixUnaryExpression(node)) return true;
  if (!isAssignment(compiler, node)) return false;
  if (node.operatorToken.kind !== compiler.SyntaxKind.EqualsToken) return /^[-+*/|&]/.test(node.operatorToken.getText());
  if (node.right.getText().includes(node.left.getText())) return true;
  return value !== undefined && mayDependOn(graph, value, (source) => source.kind === 'read' && source.place.key === place.key);
}

/** The local whose member is written. */
export function rowOf(model: ProgramModel, graph: Graph, { node }: WriteEvent): Binding | undefined {
  const { compiler } = model;
  const target = isAssignment(compiler, node) ? node.left : compiler.isPrefixUnaryExpression(node) || compiler.isPostfixUnaryExpression(node) ? node.operand : undefined;
  let inner = target === undefined ? undefined : skipOuter(compiler, target);
  if (inner === undefined || !compiler.isPropertyAccessExpression(inner)) return undefined;
  while (compiler.isPropertyAccessExpression(inner) || compiler.isElementAccessExpression(inner)) inner = skipOuter(compiler, inner.expression);
  const binding = compiler.isIdentifier(inner) ? model.file(inner).scopes.resolve(inner) : undefined;
  return binding !== undefined && graph.inlined.has(binding.owner) ? binding : undefined;
}

/** The one awaited call that gave the row, of a store and not of a collection in memory. */
export function loadOf(graph: Graph, row: Binding): CallEvent | undefined {
  const definitions = graph.definitions.get(row) ?? [];
  const [load] = definitions.length === 1 ? (definitions[0]?.value?.sources ?? []) : [];
  if (load?.kind !== 'call' || load.consumption !== 'awaited' || load.receiver === undefined || load.arguments.length === 0) return undefined;
  return loadNames.test(load.name ?? '') ? load : undefined;
}

/** The row is given back to the store that it came from, or saves itself. */
export function isSaveOf(model: ProgramModel, call: CallEvent, row: Binding, load: CallEvent): boolean {
  if (call.consumption === 'stored' || call.receiver === undefined || !saveNames.test(call.name ?? '')) return false;
  if (isNamed(model, call.receiver, row)) return true;
  return call.arguments.some((argument) => isNamed(model, argument, row)) && load.receiver !== undefined && call.receiver.node.getText() === load.receiver.node.getText();
}

function isNamed(model: ProgramModel, value: Value | undefined, row: Binding): boolean {
  const node = value?.node;
  return node !== undefined && model.compiler.isIdentifier(node) && model.file(node).scopes.resolve(node) === row;
}

/** What a place in memory gives is the object itself, which is never old. */
export function givesObjectItself(model: ProgramModel, load: CallEvent): boolean {
  if (/^get/.test(load.name ?? '')) return true;
  const callee = model.callee(load, 'full');
  return callee !== undefined && returnedReferences(model, callee).some(({ depth }) => depth === 0);
}
