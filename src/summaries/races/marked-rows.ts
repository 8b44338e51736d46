/**
 * A row that is good for one use, looked at in one query and marked as used in another: `const code = await codes.findOne(id);
 * if (code.used) throw new Error('used'); await codes.update({ used: true }, { where: { id } }); await grant(code);`. Another task has
 * loaded it unmarked too, and what was to be done once is done twice.
 *
 * The mark is written down: a literal or the time. It is set in the row that was loaded, under no condition that speaks of it; or
 * the whole row is saved with it, or a method sets what another one of the same name has asked for. Something besides is done by
 * whoever passes the look, if only that the same query adds to the row; to set the same mark twice does no harm, and neither does
 * work that is known again when it comes twice.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent } from '../../events/event.js';
import { isConstant, isReset } from '../../syntax/constants.js';
import { outerParent, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isAssignment, isInCatch } from '../../syntax/tree.js';
import { oneLine } from '../model/external-expressions.js';
import { isDoneOnce } from '../model/external-rows.js';
import type { ProgramModel } from '../model/program-model.js';
import { relativeChangesBy } from '../model/relative-changes.js';
import { isTold, loadOfRow, membersSetBy, rowBehind, updates, wholeQuery } from '../model/row-queries.js';
import { isChanging, isTelling } from './repetition.js';
import { givesObjectItself, isOpen, isSaveOf, loadOf, rowOf, saveNames } from './saved-rows.js';

export interface MarkedRow {
  /** What is looked at and set: `code.used`, or the question that is asked of the store. */
  readonly text: string;
  readonly test: TestEvent;
  readonly load: CallEvent;
  readonly mark: CallEvent;
  /** What is done once for each task that passes the look. */
  readonly work: CallEvent;
}

interface Look extends Pick<MarkedRow, 'text' | 'test' | 'load'> {
  /** The local whose member is set, and which is saved with it. */
  readonly row?: Binding;
}

export function markedRows(model: ProgramModel, graph: Graph): readonly MarkedRow[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner)) return [];
  const found: MarkedRow[] = [];
  const calls = eventsOf(graph).filter((event): event is CallEvent => event.kind === 'call');
  for (const mark of calls) {
    // a mark that tells of a failure keeps nobody from another attempt
    if (mark.receiver === undefined || isInCatch(compiler, mark.node) || found.some(({ mark: other }) => other.node === mark.node)) continue;
    const look = lookBeforeQuery(model, graph, mark) ?? lookBeforeSave(model, graph, mark) ?? askedBefore(model, graph, mark);
    if (look === undefined || !isOpen(model, graph, look.load, mark, look.row)) continue;
    const works = calls.filter((call) => isWorkBehind(model, graph, look.test, mark, call));
    const [work] = works.length > 0 || !addsUp(model, mark) ? works : [mark];
    if (work !== undefined && !works.some(({ node }) => compiler.isCallExpression(node) && isDoneOnce(model, node))) found.push({ ...look, mark, work });
  }
  return found;
}

/** `await codes.update({ used: true }, { where: { id } })`. */
function lookBeforeQuery(model: ProgramModel, graph: Graph, mark: CallEvent): Look | undefined {
  const { compiler } = model;
  if (!updates.test(mark.name ?? '') || !compiler.isCallExpression(mark.node)) return undefined;
  const query = wholeQuery(model, mark.node);
  for (const member of mark.node.arguments.flatMap((argument) => membersSetBy(model, argument, true))) {
    if (!isMark(model, member.value) || isTold(model, query, member)) continue;
    for (const { test, read } of looksAt(model, graph, mark, member.name)) {
      const row = rowBehind(model, read);
      const load = row === undefined ? undefined : loadOfRow(model, graph, query, row);
      if (load !== undefined) return { text: oneLine(read), test, load };
    }
  }
  return undefined;
}

/** `code.used = true; await codes.save(code);`, or `await code.save()`. */
function lookBeforeSave(model: ProgramModel, graph: Graph, mark: CallEvent): Look | undefined {
  const { compiler } = model;
  if (mark.consumption !== 'awaited' || !saveNames.test(mark.name ?? '')) return undefined;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || event.how !== 'assign' || !isAssignment(compiler, event.node) || !isMark(model, event.node.right)) continue;
    const target = skipOuter(compiler, event.node.left);
    const row = rowOf(model, graph, event);
    const load = row === undefined ? undefined : loadOf(graph, row);
    if (row === undefined || load === undefined || givesObjectItself(model, load) || !isSaveOf(model, mark, row, load)) continue;
    const look = compiler.isPropertyAccessExpression(target) ? looksAt(model, graph, event, target.name.text).find(({ read }) => rowBehind(model, read) === row) : undefined;
    if (look !== undefined) return { text: oneLine(look.read), test: look.test, load, row };
  }
  return undefined;
}

/** Methods that ask whether something has been done, and those that say so. */
const asking = /^(?:is|has|was)(?:Already)?[A-Z]/;
const saying = /^(?:mark|set|add|record|store|save|remember|note)[A-Z]/;

/** `if (await store.isTokenProcessed(hash)) return;` before `await store.markTokenAsProcessed(hash)`. */
function askedBefore(model: ProgramModel, graph: Graph, mark: CallEvent): Look | undefined {
  const { compiler } = model;
  if (!saying.test(mark.name ?? '') || !compiler.isExpressionStatement(outerParent(compiler, outerParent(compiler, mark.node).parent).parent)) return undefined;
  const [key] = mark.arguments;
  for (const test of model.controlDependence(graph).controllingTests(mark.block)) {
    for (const load of test.value.sources) {
      if (load.kind !== 'call' || load.consumption !== 'awaited' || !asking.test(load.name ?? '')) continue;
      if (key === undefined || load.receiver?.node.getText() !== mark.receiver?.node.getText() || load.arguments[0]?.node.getText() !== key.node.getText()) continue;
      if (lastWord(load.name) === lastWord(mark.name)) return { text: oneLine(load.node), test, load };
    }
  }
  return undefined;
}

function lastWord(name = ''): string | undefined {
  return /[A-Z][a-z\d]*$/.exec(name)?.[0];
}

/** Reads of a member of that name in the tests that decide the event. */
export function looksAt(model: ProgramModel, graph: Graph, { block }: { readonly block: number }, name: string): readonly { readonly test: TestEvent; readonly read: ts.Expression }[] {
  const { compiler } = model;
  return model
    .controlDependence(graph)
    .controllingTests(block)
    .flatMap((test) => {
      const reads: { readonly test: TestEvent; readonly read: ts.Expression }[] = [];
      const visit = (node: ts.Node): void => {
        if (compiler.isPropertyAccessExpression(node) ? node.name.text === name : compiler.isIdentifier(node) && node.text === name) {
          if (compiler.isExpression(node)) reads.push({ test, read: node });
        } else compiler.forEachChild(node, visit);
      };
      visit(test.node);
      return reads;
    });
}

/** What says that it is used: a literal but `false` and nothing, or the time. */
function isMark({ compiler }: ProgramModel, value: ts.Expression): boolean {
  const node = skipOuter(compiler, value);
  if (isConstant(compiler, node)) return !isReset(compiler, node);
  return (compiler.isNewExpression(node) && node.expression.getText() === 'Date') || /^(?:Date\.now|new Date)\b/.test(node.getText());
}

/** The query that marks it adds something to the row besides, `{ claimedAt: now, balance: { increment: 50 } }`: to mark it twice is to add it twice. */
function addsUp(model: ProgramModel, { node }: CallEvent): boolean {
  return model.compiler.isCallExpression(node) && node.arguments.some((argument) => relativeChangesBy(model, argument).length > 0);
}

/** The look decides it as it decides the mark; it makes or sends something, and is waited for. */
function isWorkBehind(model: ProgramModel, graph: Graph, test: TestEvent, mark: CallEvent, call: CallEvent): boolean {
  if (call.node === mark.node || (call.consumption !== 'awaited' && call.consumption !== 'returned')) return false;
  if (updates.test(call.name ?? '') || removing.test(call.name ?? '') || !isChanging(model, call) || isTelling(call)) return false;
  const dependence = model.controlDependence(graph);
  if (!dependence.controllingTests(call.block).includes(test)) return false;
  const [outcome, ...others] = dependence.outcomes(mark.block, test);
  return outcome !== undefined && others.length === 0 && dependence.outcomes(call.block, test).has(outcome);
}

/** To remove it twice is to remove it once. */
const removing = /^(?:delete|remove|clear|drop|release|revoke)/;
