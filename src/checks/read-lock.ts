/**
 * An exclusive section that only reads, where the lock has a shared mode: readers wait for each other without need.
 *
 * The lesson of clippy's `readonly_write_lock` is kept: reported only where the whole section is proved to read, through
 * all it calls, and where something else writes what it reads.
 */
import type { Graph } from '../cfg/graph.js';
import { eventsOf } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { CheckOptions } from '../config.js';
import { type AcquireEvent, type Event, mayThrow } from '../events/event.js';
import type { Step, Suggestion } from '../findings/finding.js';
import { readLockMessage, readLockSteps, sharedModeTitle } from '../findings/messages/read-lock.js';
import { activationText } from '../findings/messages/words.js';
import type { AcquireOperation, RunOperation } from '../locks/operation.js';
import { mayAlias } from '../places/place.js';
import { activationsIn, holdsOneOf, isSameLock, locksAtMutation, type Mutation, writesTo } from '../summaries/effects/mutations.js';
import { createModelCache, type ProgramModel } from '../summaries/model/program-model.js';
import { type ReadOnly, readOnlyEvents } from '../summaries/effects/read-only.js';
import { displayName, isFunctionLiteral, returnedBy, skipOuter } from '../syntax/functions.js';
import { type Check, type Draft, functionName, lineOf, step } from './check.js';

export const readLock: Check = {
  rule: 'prefer-read-lock',
  run: (model, graph, options) => {
    if (!graph.hasLocks) return [];
    const drafts: Draft[] = [];
    const seen = new Set<ts.Node>();
    for (const event of eventsOf(graph)) {
      if (event.kind !== 'acquire' || !isCandidate(event, options) || seen.has(event.node)) continue;
      seen.add(event.node); // `finally` bodies are copied
      const section = readingSection(model, graph, event);
      if (section === undefined) continue;
      if (section.operation.sharedAlternative === undefined && countReaders(model, graph, event) < 2) continue;
      drafts.push(draftOf(model, graph, event, section));
    }
    return drafts;
  },
};

/** A section that only reads, and a write of what it reads, mostly in another section of the same lock. */
interface ReadingSection {
  readonly operation: AcquireOperation | RunOperation;
  readonly read: ReadOnly['reads'][number];
  readonly writer: Mutation;
  readonly isWriterGuarded: boolean;
}

function isCandidate(event: AcquireEvent, options: CheckOptions): boolean {
  const operation = event.operation;
  if (operation === undefined || event.mode !== 'exclusive' || event.lock.isLocal || operation.conditional) return false;
  return operation.sharedAlternative !== undefined || options.plainMutexes === true;
}

const sections = createModelCache<AcquireEvent, ReadingSection | null>();

function readingSection(model: ProgramModel, graph: Graph, acquire: AcquireEvent): ReadingSection | undefined {
  const cache = sections(model);
  let section = cache.get(acquire);
  if (section === undefined) cache.set(acquire, (section = findReadingSection(model, graph, acquire) ?? null));
  return section ?? undefined;
}

function findReadingSection(model: ProgramModel, graph: Graph, acquire: AcquireEvent): ReadingSection | undefined {
  const { operation } = acquire;
  const events = sectionOf(graph, acquire);
  if (operation === undefined || events === undefined) return undefined;
  const section = readOnlyEvents(model, graph, events);
  if (section === undefined) return undefined;
  for (const read of section.reads) {
    const lockPlace = acquire.lock.place;
    if (lockPlace !== undefined && mayAlias(lockPlace, read.place)) continue;
    const writers = writesTo(model, read.place);
    const guarded = writers.find((write) => holdsOneOf(locksAtMutation(model, write), [acquire.lock]));
    // without a shared mode, only a writer in a section of the same mutex tells that it guards what is read
    const writer = guarded ?? (operation.sharedAlternative === undefined ? undefined : writers[0]);
    if (writer !== undefined) return { operation, read, writer, isWriterGuarded: guarded !== undefined };
  }
  return undefined;
}

/**
 * Events from the acquire to its releases; undefined when the section does not end in this activation, or work that is
 * not waited for starts in it.
 */
function sectionOf(graph: Graph, acquire: AcquireEvent): readonly Event[] | undefined {
  const events: Event[] = [];
  const seen = new Set<number>();
  const work: { block: number; index: number }[] = [{ block: acquire.block, index: acquire.index + 1 }];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    if (item.block === graph.exit || item.block === graph.taskEnd) return undefined;
    const block = graph.blocks[item.block];
    if (block === undefined) continue;
    const rest = block.events.slice(item.index);
    const end = rest.findIndex((event) => event.kind === 'release' && event.lock.key === acquire.lock.key);
    const inside = end < 0 ? rest : rest.slice(0, end);
    events.push(...inside);
    const next = end < 0 ? block.out.map((edge) => edge.to) : [];
    // a task that fails ends there, with the lock in its hands: what it has done is all that it does under it
    const endsByFailure = block.handler === graph.taskEnd && acquire.operation?.sharedAlternative !== undefined;
    if (inside.some(mayThrow) && !endsByFailure) next.push(block.handler);
    for (const id of next) {
      if (seen.has(id)) continue;
      seen.add(id);
      work.push({ block: id, index: 0 });
    }
  }
  return events;
}

/** Sections of the same lock, in the same file, that only read. */
function countReaders(model: ProgramModel, graph: Graph, acquire: AcquireEvent): number {
  const seen = new Set<ts.Node>();
  for (const activation of activationsIn(model, graph.owner.getSourceFile())) {
    const other = model.graph(activation);
    if (!other.hasLocks) continue;
    for (const event of eventsOf(other)) {
      if (event.kind !== 'acquire' || seen.has(event.node) || event.mode !== 'exclusive') continue;
      if (!isSameLock(event.lock, acquire.lock)) continue;
      if (readingSection(model, other, event) !== undefined) seen.add(event.node);
    }
  }
  return seen.size;
}

/** A reader that waits with the lock held. */
interface WaitingReader {
  readonly graph: Graph;
  readonly acquire: AcquireEvent;
  readonly suspension: ts.Node;
}

/** Whom the section keeps waiting for longest: another call of it if it waits inside, else a reader of the same lock that does. */
function waitingReader(model: ProgramModel, graph: Graph, acquire: AcquireEvent): WaitingReader | undefined {
  const waiting = (holder: Graph, taken: AcquireEvent): WaitingReader | undefined => {
    const inside = sectionOf(holder, taken)?.find((event) => event.kind === 'suspend' && event.node !== taken.node && event.reason !== 'acquire');
    const suspension = inside?.node ?? promiseOfSection(model, taken);
    return suspension === undefined ? undefined : { graph: holder, acquire: taken, suspension };
  };
  const own = waiting(graph, acquire);
  if (own !== undefined) return own;
  for (const activation of activationsIn(model, graph.owner.getSourceFile())) {
    const other = model.graph(activation);
    if (!other.hasLocks) continue;
    for (const event of eventsOf(other)) {
      if (event.kind !== 'acquire' || event.node === acquire.node || !isSameLock(event.lock, acquire.lock)) continue;
      const isReader = event.mode === 'shared' || readingSection(model, other, event) !== undefined;
      const found = isReader ? waiting(other, event) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The call whose promise the callback of a section gives, and which the section lasts as long as. */
function promiseOfSection(model: ProgramModel, { operation }: AcquireEvent): ts.CallExpression | undefined {
  const { compiler } = model;
  const callback = operation?.kind === 'run' ? skipOuter(compiler, operation.callback) : undefined;
  if (callback === undefined || !isFunctionLiteral(compiler, callback)) return undefined;
  const given = returnedBy(compiler, callback).map((each) => skipOuter(compiler, each));
  return given.find((each): each is ts.CallExpression => compiler.isCallExpression(each) && model.questions.isPromise(each));
}

function stepsOf(model: ProgramModel, graph: Graph, acquire: AcquireEvent, { read }: ReadingSection): Step[] {
  const name = activationText(functionName(model, graph));
  const lock = acquire.lock.text;
  const reader = waitingReader(model, graph, acquire);
  const texts = readLockSteps({ lock, read: read.place.text, activation: name, reader: activationText(functionName(model, reader?.graph ?? graph)) });
  if (reader === undefined || reader.acquire === acquire) {
    return [
      step('A', 'acquire', acquire.node, texts.exclusive),
      step('A', 'read', read.node, texts.read),
      ...(reader === undefined ? [] : [step('A', 'suspend', reader.suspension, texts.suspend)]),
      step('B', 'acquire', acquire.node, texts.again),
    ];
  }
  return [
    step('A', 'acquire', reader.acquire.node, texts.reader),
    step('A', 'suspend', reader.suspension, texts.suspend),
    step('B', 'acquire', acquire.node, texts.waits),
    step('B', 'read', read.node, texts.reads),
  ];
}

function draftOf(model: ProgramModel, graph: Graph, acquire: AcquireEvent, section: ReadingSection): Draft {
  const { operation, read, writer } = section;
  const name = functionName(model, graph);
  const lock = acquire.lock.text;
  const shared = operation.sharedAlternative;
  const writerName = displayName(model.compiler, writer.graph.owner);
  const message = readLockMessage({
    lock,
    read: read.place.text,
    readLine: lineOf(read.node),
    writer: activationText(writerName),
    writerLine: lineOf(writer.event.node),
    isWriterGuarded: section.isWriterGuarded,
    shared: operation.sharedOption ?? shared,
  });
  return {
    rule: 'prefer-read-lock',
    message,
    confidence: shared === undefined ? 'medium' : 'high',
    effect: 'slowness',
    node: operation.node,
    function: name,
    place: lock,
    steps: stepsOf(model, graph, acquire, section),
    suggestions: suggestionsOf(model, operation),
  };
}

function suggestionsOf(model: ProgramModel, operation: AcquireOperation | RunOperation): Suggestion[] {
  const { compiler } = model;
  const { sharedAlternative, sharedOption, node } = operation;
  if (sharedAlternative === undefined) return [];
  const title = sharedModeTitle(sharedOption ?? sharedAlternative);
  if (sharedOption !== undefined) {
    const edits = optionEdits(model, operation, sharedOption);
    return edits.length === 0 ? [] : [{ title, edits }];
  }
  const callee = skipOuter(compiler, node.expression);
  if (!compiler.isPropertyAccessExpression(callee)) return [];
  if (operation.kind === 'acquire' && (operation.release.kind === 'lock-member' || operation.release.kind === 'module-function')) {
    return []; // the release names its mode, and there may be several
  }
  return [{ title, edits: [{ start: callee.name.getStart(), end: callee.name.getEnd(), text: sharedAlternative }] }];
}

/** Puts `mode: 'shared'` into the options, or options before the callback. */
function optionEdits(model: ProgramModel, operation: AcquireOperation | RunOperation, option: string): Suggestion['edits'] {
  const { compiler } = model;
  const property = option.slice(0, option.indexOf(':'));
  if (operation.kind !== 'run' || property === '') return [];
  const { callback, node } = operation;
  const index = node.arguments.findIndex((argument) => argument === callback);
  const options = node.arguments[index - 1];
  const literal = options === undefined ? undefined : skipOuter(compiler, options);
  if (literal !== undefined && compiler.isObjectLiteralExpression(literal)) {
    const existing = literal.properties.find((candidate) => candidate.name?.getText() === property);
    if (existing !== undefined) return [{ start: existing.getStart(), end: existing.getEnd(), text: option }];
    const [first] = literal.properties;
    if (first === undefined) return [{ start: literal.getStart(), end: literal.getEnd(), text: `{ ${option} }` }];
    return [{ start: first.getStart(), end: first.getStart(), text: `${option}, ` }];
  }
  if (index !== 1 || !isFunctionLiteral(compiler, skipOuter(compiler, callback))) return [];
  return [{ start: callback.getStart(), end: callback.getStart(), text: `{ ${option} }, ` }];
}
