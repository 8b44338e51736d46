/**
 * An acquired lock is not released on some path, or released on a path on which it was not acquired.
 *
 * Reported where the lock is acquired. What goes wrong is told by `release-faults`; here it is decided how sure that is, and
 * how to say and mend it.
 */
import { eventsOf, type Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { Event } from '../events/event.js';
import type { Confidence, Step, Suggestion, TextEdit } from '../findings/finding.js';
import {
  floatingReleaseMessage,
  handedMessage,
  handedSteps,
  miscountedMessage,
  miscountedSteps,
  releasedTwiceMessage,
  releasedUnheldMessage,
  releaseTitles,
  unansweredMessage,
  unansweredSteps,
  unreleasedMessage,
  type UnreleasedWords,
} from '../findings/messages/finally-release.js';
import type { AcquireOperation } from '../locks/operation.js';
import type { Leak, ObligationPaths } from '../summaries/locks/obligation-paths.js';
import type { Obligation } from '../summaries/locks/obligation.js';
import { type FloatingRelease, floatingReleases, type ReleaseFault, releaseFaults } from '../summaries/locks/release-faults.js';
import { isBeforeEndOfStream } from '../summaries/locks/stream-ends.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { awaitPromise } from '../syntax/await-rewrites.js';
import { displayName, skipOuter, thisOwner } from '../syntax/functions.js';
import { finallyCallToBlock, moveBeforeTry, moveIntoCallback, moveIntoTry, straightSection, wrapInFinally } from '../syntax/rewrites.js';
import { isWithin } from '../syntax/tree.js';
import { type Check, type Draft, functionName, lineOf, shortText, step } from './check.js';

export const finallyRelease: Check = {
  rule: 'require-finally-release',
  run: (model, graph) => {
    // what a script leaves locked at its end ends with the process
    if (model.compiler.isSourceFile(graph.owner)) return [];
    const faults = releaseFaults(model, graph).map((fault) => ofFault(model, graph, fault));
    const drafts = [...faults, ...[...floatingReleases(model, graph)].map((floating) => ofFloating(model, graph, floating))];
    // a release may belong to the acquires of several branches
    return drafts.filter((draft, index) => drafts.findIndex((other) => other.node === draft.node) === index);
  },
};

type Found = Omit<Draft, 'rule' | 'function' | 'effect' | 'suggestions'> & Partial<Pick<Draft, 'effect' | 'suggestions'>>;

function draft(model: ProgramModel, graph: Graph, found: Found): Draft {
  return { rule: 'require-finally-release', effect: 'broken-resource', function: functionName(model, graph), suggestions: [], ...found };
}

function ofFault(model: ProgramModel, graph: Graph, fault: ReleaseFault): Draft {
  switch (fault.kind) {
    case 'unreleased':
      return leaked(model, graph, fault);
    case 'handed':
      return leakedByCallee(model, graph, fault);
    case 'miscounted':
      return miscounted(model, graph, fault);
    case 'twice':
      return releasedTwice(model, graph, fault);
    case 'unheld':
      return releasedUnheld(model, graph, fault);
  }
}

type Fault<Kind extends ReleaseFault['kind']> = Extract<ReleaseFault, { readonly kind: Kind }>;

// ---------------------------------------------------------------------------------------------------------------
// Not released

function leaked(model: ProgramModel, graph: Graph, { obligation, paths, leak, isBeforeTry }: Fault<'unreleased'>): Draft {
  const { node, lock, operation } = obligation;
  const isPermit = operation.mode === 'counting';
  const resource = operation.resource ? shortText(node) : undefined;
  const way = wayOf(paths, leak);
  const cause = leak.cause?.event.node;
  if (obligation.received !== undefined) return unanswered(model, graph, obligation, obligation.received.name, { way, cause });
  const steps: Step[] = [
    step('A', 'acquire', node, resource === undefined ? `A acquires \`${lock.text}\`` : `A takes what \`${resource}\` gives out`),
    ...(cause === undefined || way === 'never' ? [] : [step('A', 'act', cause, leavingText(way, cause, resource !== undefined ? 'it' : isPermit ? 'the permit' : 'the lock'))]),
    step('B', 'acquire', node, resource !== undefined ? 'B finds one fewer, and in the end none' : isPermit ? 'B finds one permit fewer, and in the end none' : `B waits for \`${lock.text}\` ${operation.lease === true ? 'until it runs out' : 'for ever'}`),
  ];
  return draft(model, graph, {
    message: unreleasedMessage({
      lock: lock.text,
      helper: obligation.helper,
      way,
      line: cause === undefined ? lineOf(node) : lineOf(cause),
      isPermit,
      resource,
      statement: operation.statement,
      isLease: operation.lease === true,
      isCollected: operation.collected,
      isCalledBack: operation.calledBack === true,
      scoped: operation.lock?.getText() === 'this' || !isInSight(model, graph, obligation) ? undefined : operation.scopedAlternative,
    }),
    confidence: isBeforeTry ? 'low' : operation.lease === true ? 'medium' : operation.collected ? confidenceOfOpen(model, operation, leak) : confidenceOf(leak),
    effect: operation.collected ? 'broken-resource' : operation.lease === true ? 'slowness' : 'hang',
    node,
    place: lock.text,
    steps,
    suggestions: releaseSuggestions(model, graph, obligation),
  });
}

/** The worker of a queue does not say that it is done. */
function unanswered(model: ProgramModel, graph: Graph, { node, lock, operation }: Obligation, done: string, { way, cause }: { way: UnreleasedWords['way']; cause: ts.Node | undefined }): Draft {
  const words = { queue: lock.text, done, way, line: lineOf(cause ?? node), isPermit: operation.mode === 'counting' };
  return draft(model, graph, {
    message: unansweredMessage(words),
    confidence: 'high',
    effect: 'hang',
    node,
    place: lock.text,
    steps: [
      step('A', 'acquire', node, unansweredSteps.begin(words.queue)),
      ...(cause === undefined ? [] : [step('A', 'act', cause, unansweredSteps.leave(done))]),
      step('B', 'acquire', node, unansweredSteps.rival(words.queue, words.isPermit)),
    ],
  });
}

/** Whether the function can name the lock: a helper may take a field that only a base class, or another object, knows. */
function isInSight(model: ProgramModel, { owner }: Graph, { helper, lock }: Obligation): boolean {
  if (helper === undefined) return true;
  const [first] = lock.place?.path ?? [];
  const object = thisOwner(model.compiler, owner);
  if (lock.place?.root.kind !== 'this') return lock.place?.path.length === 0;
  return object !== undefined && first?.kind === 'field' && lock.place.path.length === 1 && model.file(object).memberOf(object, first.name) !== undefined;
}

/** Who was handed the handle does not give it back. */
function leakedByCallee(model: ProgramModel, graph: Graph, { obligation, handed }: Fault<'handed'>): Draft {
  const { node, lock, operation } = obligation;
  const { call, callee, leak, paths } = handed;
  const way = wayOf(paths, leak);
  const cause = leak.cause?.event.node ?? callee;
  const name = displayName(model.compiler, callee);
  const kept = operation.resource ? shortText(node) : lock.text;
  return draft(model, graph, {
    message: handedMessage({ kept, callee: name, way, line: lineOf(cause), isPermit: operation.mode === 'counting' }),
    confidence: confidenceOf(leak),
    effect: 'hang',
    node,
    place: lock.text,
    steps: [
      step('A', 'acquire', node, handedSteps.acquire(kept)),
      step('A', 'use', call.node, handedSteps.hand(name)),
      step('A', 'act', cause, leavingText(way, cause, 'it')),
      step('B', 'acquire', node, handedSteps.rival(kept)),
    ],
  });
}

/** Fewer permits come back than were taken, or more. */
function miscounted(model: ProgramModel, graph: Graph, { obligation, miscount }: Fault<'miscounted'>): Draft {
  const { node, lock } = obligation;
  const { taken, given, release, isFewer } = miscount;
  const words = { lock: lock.text, taken: taken.text, given: given.text, line: lineOf(release), isFewer };
  return draft(model, graph, {
    message: miscountedMessage(words),
    confidence: taken.value === undefined ? 'medium' : 'high',
    effect: isFewer ? 'hang' : 'broken-resource',
    node,
    place: lock.text,
    steps: [
      step('A', 'acquire', node, miscountedSteps.acquire(words)),
      step('A', 'release', release, miscountedSteps.release(words)),
      step('B', 'acquire', node, miscountedSteps.rival(words)),
    ],
  });
}

function wayOf(paths: ObligationPaths, leak: Leak): UnreleasedWords['way'] {
  if (!paths.isDischarged) return 'never';
  if (leak.isRepeated) return 'repeats';
  if (leak.cause === undefined) return 'ends';
  return leak.cause.likelihood === undefined ? 'returns' : 'throws';
}

function leavingText(way: UnreleasedWords['way'], cause: ts.Node, kept: string): string {
  if (way === 'returns') return `A returns and keeps ${kept}`;
  if (way === 'repeats') return `A goes on with the loop and keeps ${kept}`;
  return `\`${shortText(cause)}\` throws: A leaves and keeps ${kept}`;
}

function confidenceOf({ cause }: Leak): Confidence {
  if (cause?.likelihood === 'possible') return 'medium';
  return cause?.likelihood === 'remote' ? 'low' : 'high';
}

/**
 * Of a resource that is given back in the end even if everybody forgets it. A file, whose release is asynchronous, keeps its
 * descriptor until then: that counts where a way without an exception forgets it. A stream that has been read to its end keeps nothing.
 */
function confidenceOfOpen(model: ProgramModel, { release }: AcquireOperation, { cause }: Leak): Confidence {
  if (cause?.likelihood !== undefined) return 'low';
  return release.asynchronous || (cause?.event.kind === 'return' && isBeforeEndOfStream(model, cause.event.node)) ? 'medium' : 'low';
}

// ---------------------------------------------------------------------------------------------------------------
// Released although not acquired

function releasedUnheld(model: ProgramModel, graph: Graph, { obligation, release, why }: Fault<'unheld'>): Draft {
  const { node, lock, operation } = obligation;
  const cause = why === 'ignored' ? undefined : why;
  const rewrite = moveBeforeTry(model.compiler, node, release.node);
  // what comes later comes of it: a handler that leaves
  const isOwnFailure = cause === undefined || isWithin(node, cause.event.node) || cause.event.node.pos > node.end;
  const isPermit = operation.mode === 'counting';
  const ignored = why === 'ignored' ? shortText(skipOuter(model.compiler, node.expression)) : undefined;
  return draft(model, graph, {
    message: releasedUnheldMessage({ lock: lock.text, releaseLine: lineOf(release.node), ignored, isPermit }),
    // a lock of the program's own that knows no limit does not fail
    confidence: cause?.likelihood === 'remote' && operation.model === 'shape' ? 'low' : 'medium',
    node,
    place: lock.text,
    steps: [
      step('B', 'acquire', node, `B acquires \`${lock.text}\``),
      step('A', 'acquire', isOwnFailure ? node : cause.event.node, isOwnFailure ? 'A does not get it' : 'A leaves before it has acquired it'),
      step('A', 'release', release.node, `A releases \`${lock.text}\`, which B holds; ${isPermit ? 'one more than there are permits may enter' : 'a third task enters beside B'}`),
    ],
    suggestions: rewrite === undefined ? [] : [{ title: releaseTitles.before, edits: rewrite }],
  });
}

// ---------------------------------------------------------------------------------------------------------------
// Released twice

function releasedTwice(model: ProgramModel, graph: Graph, { obligation, repeated, effect }: Fault<'twice'>): Draft {
  const { node, lock, operation } = obligation;
  const { first, event, cause } = repeated;
  const isPermit = operation.mode === 'counting';
  const way = cause?.likelihood === undefined ? undefined : lineOf(cause.event.node);
  return draft(model, graph, {
    message: releasedTwiceMessage({ lock: lock.text, firstLine: lineOf(first.node), throwLine: way, effect, isPermit }),
    confidence: confidenceOf({ cause, isRepeated: false }),
    node: event.node,
    place: lock.text,
    steps: [
      step('A', 'acquire', node, `A acquires \`${lock.text}\``),
      ...(cause === undefined || way === undefined ? [] : [step('A', 'act', cause.event.node, `\`${shortText(cause.event.node)}\` throws`)]),
      step('A', 'release', first.node, `A releases \`${lock.text}\``),
      step('B', 'acquire', node, `B, which waited, holds \`${lock.text}\` now`),
      step('A', 'release', event.node, effect === 'fails' ? 'A releases once more, which fails' : `A releases once more what B holds; a third task enters beside B`),
    ],
  });
}

// ---------------------------------------------------------------------------------------------------------------
// Released without waiting

function ofFloating(model: ProgramModel, graph: Graph, { event, obligation, fate }: FloatingRelease): Draft {
  const { text } = event.lock;
  const edits = fate.isVoid ? undefined : awaitPromise(model.compiler, fate.node, () => false);
  return draft(model, graph, {
    message: floatingReleaseMessage(text),
    confidence: fate.isVoid || edits === undefined ? 'low' : 'medium',
    node: event.node,
    place: text,
    steps: [
      ...(obligation === undefined ? [] : [step('A', 'acquire', obligation.node, `A acquires \`${text}\``)]),
      step('A', 'release', event.node, `A begins to release \`${text}\` and does not wait`),
      step('B', 'acquire', obligation?.node ?? event.node, `B, which began when A had returned, still finds \`${text}\` taken`),
    ],
    suggestions: edits === undefined ? [] : [{ title: releaseTitles.await, edits }],
  });
}

// ---------------------------------------------------------------------------------------------------------------
// Suggestions

/** Rewrites for a section that is acquired in one place, released in one place, and handed to nobody. */
function releaseSuggestions(model: ProgramModel, graph: Graph, obligation: Obligation): Suggestion[] {
  const releases = new Set<ts.Node>();
  for (const event of eventsOf(graph)) {
    const discharge = obligation.discharge(event);
    if (discharge === 'handover') return [];
    if (discharge === 'release') releases.add(releaseNode(event));
  }
  const [release, ...others] = releases;
  // who did not get the lock must not give it back
  if (release === undefined || others.length > 0 || obligation.operation.lease === true || obligation.conditional) return [];
  const { compiler } = model;
  const { node, operation } = obligation;
  const suggestions: Suggestion[] = [];
  const offer = (title: string, edits: readonly TextEdit[] | undefined): void => {
    if (edits !== undefined) suggestions.push({ title, edits });
  };
  const section = straightSection(compiler, node, release);
  if (section !== undefined) {
    offer(releaseTitles.wrap, wrapInFinally(compiler, section));
    const callee = scopedCallee(model, obligation);
    if (callee !== undefined && operation.scopedAlternative !== undefined) {
      offer(releaseTitles.scoped(operation.scopedAlternative), moveIntoCallback(compiler, section, callee));
    }
  }
  offer(releaseTitles.wrap, finallyCallToBlock(compiler, node, release));
  offer(releaseTitles.gap, moveIntoTry(compiler, node, release));
  return suggestions;
}

function releaseNode(event: Event): ts.Node {
  return event.kind === 'call' && event.reference !== undefined ? event.reference : event.node;
}

/** `this.mutex.runExclusive`, where the acquire is called on the lock itself and without arguments. */
function scopedCallee(model: ProgramModel, { node, operation, helper }: Obligation): string | undefined {
  const { expression } = node;
  if (helper !== undefined || operation.scopedAlternative === undefined || node.arguments.length > 0) return undefined;
  if (!model.compiler.isPropertyAccessExpression(expression) || expression.expression !== operation.lock) return undefined;
  return `${expression.expression.getText()}.${operation.scopedAlternative}`;
}
