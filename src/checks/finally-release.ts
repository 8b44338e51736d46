/**
 * An acquired lock is not released on some path, or released on a path on which it was not acquired.
 *
 * Reported where the lock is acquired. What counts as giving it back is told by `obligations`, which paths there are by
 * `obligation-paths`; here it is decided whether a leak is meant, and how to say it.
 */
import { eventsOf, type Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { Event, ReleaseEvent } from '../events/event.js';
import type { Confidence, Step, Suggestion, TextEdit } from '../findings/finding.js';
import {
  floatingReleaseMessage,
  handedMessage,
  handedSteps,
  releasedTwiceMessage,
  releasedUnheldMessage,
  releaseTitles,
  unreleasedMessage,
  type UnreleasedWords,
} from '../findings/messages/finally-release.js';
import { entryLocks } from '../summaries/actors/contexts.js';
import { isHarmless } from '../summaries/effects/exceptions.js';
import { fateOf, isDropped } from '../summaries/effects/fates.js';
import { type HandedLeak, handedLeak } from '../summaries/locks/handed-obligations.js';
import { type Cause, followObligation, type Leak, type ObligationPaths, type Repeated } from '../summaries/locks/obligation-paths.js';
import { type Obligation, obligationsOf } from '../summaries/locks/obligations.js';
import { isKeptToFile, isReleasedElsewhere } from '../summaries/locks/release-protocols.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { awaitPromise } from '../syntax/await-rewrites.js';
import { displayName, outerParent, skipOuter } from '../syntax/functions.js';
import { finallyCallToBlock, moveBeforeTry, moveIntoCallback, moveIntoTry, straightSection, wrapInFinally } from '../syntax/rewrites.js';
import { isWithin } from '../syntax/tree.js';
import { type Check, type Draft, functionName, lineOf, shortText, step } from './check.js';

export const finallyRelease: Check = {
  rule: 'require-finally-release',
  run: (model, graph) => {
    // what a script leaves locked at its end ends with the process
    if (model.compiler.isSourceFile(graph.owner)) return [];
    const obligations = obligationsOf(model, graph);
    const drafts = obligations.flatMap((obligation) => judge(model, graph, obligation, obligations) ?? []);
    drafts.push(...floatingReleases(model, graph, obligations));
    // a release may belong to the acquires of several branches
    return drafts.filter((draft, index) => drafts.findIndex((other) => other.node === draft.node) === index);
  },
};

function judge(model: ProgramModel, graph: Graph, obligation: Obligation, all: readonly Obligation[]): Draft | undefined {
  const paths = followObligation(model, graph, obligation);
  // given back for a while and taken again: whoever acquired it first releases it
  if (paths.unowed.some(({ event }) => event.node.pos < obligation.node.pos)) return undefined;
  const [leak] = paths.leaks;
  if (obligation.operation.collected && !paths.isDischarged) return undefined;
  if (leak !== undefined && !isMeant(model, graph, obligation, paths)) return leaked(model, graph, obligation, paths, leak);
  const handed = leak === undefined ? handedLeak(model, graph, obligation) : undefined;
  if (handed !== undefined) return leakedByCallee(model, graph, obligation, handed);
  const repeated = paths.repeated.find(({ release }) => secondRelease(release) !== undefined);
  if (repeated !== undefined) return releasedTwice(model, graph, obligation, repeated);
  if (obligation.operation.resource) return undefined;
  const isOnly = all.every((other) => other === obligation || other.lock.key !== obligation.lock.key);
  if (!isOnly || entryLocks(model, graph.owner).some((held) => held.lock.key === obligation.lock.key)) return undefined;
  const ignored = obligation.conditional && isIgnored(model, obligation) ? releaseBehind(graph, obligation) : undefined;
  if (ignored !== undefined) return releasedUnheld(model, graph, obligation, ignored, 'ignored');
  const unowed = paths.unowed.find(({ event }) => isReleasedRegardless(model, obligation, event));
  return unowed === undefined ? undefined : releasedUnheld(model, graph, obligation, unowed.event, unowed.cause);
}

/** Holding the lock beyond the function may be a protocol of several functions, such as a pair of `begin` and `end`. */
function isMeant(model: ProgramModel, graph: Graph, obligation: Obligation, paths: ObligationPaths): boolean {
  if (paths.isDischarged) return !paths.endsDischarged && endsHeld(paths) && isReleasedElsewhere(model, graph, obligation);
  if (isReleasedElsewhere(model, graph, obligation)) return true;
  return !obligation.isHandleKept && !isKeptToFile(model, obligation);
}

function endsHeld(paths: ObligationPaths): boolean {
  return paths.leaks.some(({ cause }) => cause?.likelihood === undefined);
}

// ---------------------------------------------------------------------------------------------------------------
// Not released

function leaked(model: ProgramModel, graph: Graph, obligation: Obligation, paths: ObligationPaths, leak: Leak): Draft {
  const { node, lock, operation } = obligation;
  const isPermit = operation.mode === 'counting';
  const resource = operation.resource ? shortText(node) : undefined;
  const way = wayOf(paths, leak);
  const cause = leak.cause?.event.node;
  const steps: Step[] = [
    step('A', 'acquire', node, resource === undefined ? `A acquires \`${lock.text}\`` : `A takes what \`${resource}\` gives out`),
    ...(cause === undefined || way === 'never' ? [] : [step('A', 'act', cause, leavingText(way, cause, resource !== undefined ? 'it' : isPermit ? 'the permit' : 'the lock'))]),
    step('B', 'acquire', node, resource !== undefined ? 'B finds one fewer, and in the end none' : isPermit ? 'B finds one permit fewer, and in the end none' : `B waits for \`${lock.text}\` for ever`),
  ];
  return {
    rule: 'require-finally-release',
    message: unreleasedMessage({
      lock: lock.text,
      helper: obligation.helper,
      way,
      line: cause === undefined ? lineOf(node) : lineOf(cause),
      isPermit,
      resource,
      isCollected: operation.collected,
      scoped: operation.lock?.getText() === 'this' ? undefined : operation.scopedAlternative,
    }),
    confidence: operation.collected || (operation.resource && isBeforeTry(model, graph, obligation, leak)) ? 'low' : confidenceOf(leak),
    effect: operation.collected ? 'broken-resource' : 'hang',
    node,
    function: functionName(model, graph),
    place: lock.text,
    steps,
    suggestions: releaseSuggestions(model, graph, obligation),
  };
}

/** Who was handed the handle does not give it back. */
function leakedByCallee(model: ProgramModel, graph: Graph, { node, lock, operation }: Obligation, { call, callee, leak, paths }: HandedLeak): Draft {
  const way = wayOf(paths, leak);
  const cause = leak.cause?.event.node ?? callee;
  const name = displayName(model.compiler, callee);
  const kept = operation.resource ? shortText(node) : lock.text;
  return {
    rule: 'require-finally-release',
    message: handedMessage({ kept, callee: name, way, line: lineOf(cause), isPermit: operation.mode === 'counting' }),
    confidence: confidenceOf(leak),
    effect: 'hang',
    node,
    function: functionName(model, graph),
    place: lock.text,
    steps: [
      step('A', 'acquire', node, handedSteps.acquire(kept)),
      step('A', 'use', call.node, handedSteps.hand(name)),
      step('A', 'act', cause, leavingText(way, cause, 'it')),
      step('B', 'acquire', node, handedSteps.rival(kept)),
    ],
    suggestions: [],
  };
}

/**
 * What throws stands between the acquire and the `try` that gives back. A resource is mostly made ready there, and when that
 * fails there is often none.
 */
function isBeforeTry(model: ProgramModel, graph: Graph, obligation: Obligation, { cause }: Leak): boolean {
  if (cause?.likelihood === undefined || isRefusal(model, graph, obligation, cause.event)) return false;
  const { compiler } = model;
  for (const event of eventsOf(graph)) {
    if (obligation.discharge(event) !== 'release') continue;
    for (let { parent } = event.node; parent !== graph.owner && !compiler.isSourceFile(parent); { parent } = parent) {
      if (compiler.isTryStatement(parent) && parent.tryBlock.pos >= cause.event.node.end && parent.pos >= obligation.node.end) return true;
    }
  }
  return false;
}

/** A `throw` that has nothing to do with the resource: `if (id === undefined) throw new Error('no id')`. */
function isRefusal(model: ProgramModel, graph: Graph, { carriers }: Obligation, event: Event): boolean {
  if (event.kind !== 'throw') return false;
  const tests = model.controlDependence(graph).controllingTests(event.block);
  return tests.length > 0 && tests.every(({ value }) => value.sources.every((source) => source.kind !== 'use' || !carriers.has(source.binding)));
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

// ---------------------------------------------------------------------------------------------------------------
// Released although not acquired

/**
 * The release stands in a `finally` that the acquire precedes, with nothing around it that could ask whether the lock is
 * held. A release by handle cannot go wrong in this way: there is no handle to call.
 */
function isReleasedRegardless(model: ProgramModel, { node }: Obligation, { node: release, operation }: ReleaseEvent): boolean {
  const { compiler } = model;
  if (operation?.kind !== 'release') return false;
  let statement: ts.Node = release.parent;
  if (compiler.isAwaitExpression(statement) || compiler.isVoidExpression(statement)) statement = statement.parent;
  if (!compiler.isExpressionStatement(statement)) return false;
  const guarded = statement.parent.parent;
  return compiler.isTryStatement(guarded) && guarded.finallyBlock === statement.parent && node.pos < guarded.finallyBlock.pos;
}

function releasedUnheld(
  model: ProgramModel,
  graph: Graph,
  { node, lock, operation }: Obligation,
  release: ReleaseEvent,
  why: Cause | 'ignored' | undefined,
): Draft {
  const cause = why === 'ignored' ? undefined : why;
  const rewrite = moveBeforeTry(model.compiler, node, release.node);
  // what comes later comes of it: a handler that leaves
  const isOwnFailure = cause === undefined || isWithin(node, cause.event.node) || cause.event.node.pos > node.end;
  const isPermit = operation.mode === 'counting';
  const ignored = why === 'ignored' ? shortText(skipOuter(model.compiler, node.expression)) : undefined;
  return {
    rule: 'require-finally-release',
    message: releasedUnheldMessage({ lock: lock.text, releaseLine: lineOf(release.node), ignored, isPermit }),
    // a lock of the program's own that knows no limit does not fail
    confidence: cause?.likelihood === 'remote' && operation.model === 'shape' ? 'low' : 'medium',
    effect: 'broken-resource',
    node,
    function: functionName(model, graph),
    place: lock.text,
    steps: [
      step('B', 'acquire', node, `B acquires \`${lock.text}\``),
      step('A', 'acquire', isOwnFailure ? node : cause.event.node, isOwnFailure ? 'A does not get it' : 'A leaves before it has acquired it'),
      step('A', 'release', release.node, `A releases \`${lock.text}\`, which B holds; ${isPermit ? 'one more than there are permits may enter' : 'a third task enters beside B'}`),
    ],
    suggestions: rewrite === undefined ? [] : [{ title: releaseTitles.before, edits: rewrite }],
  };
}

/** Nobody looks at the answer whether the lock was acquired. */
function isIgnored(model: ProgramModel, { node }: Obligation): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, node);
  const around = compiler.isAwaitExpression(parent) ? outerParent(compiler, parent).parent : parent;
  if (compiler.isVariableDeclaration(around) && compiler.isIdentifier(around.name)) return isOnlyLogged(model, around.name);
  return compiler.isExpressionStatement(around) || compiler.isVoidExpression(around);
}

/** The variable is written to a log at most. */
function isOnlyLogged(model: ProgramModel, name: ts.Identifier): boolean {
  const { compiler } = model;
  const { scopes, mentions } = model.file(name);
  const binding = scopes.resolve(name);
  return mentions(name.text).every((mention) => {
    if (mention === name || !compiler.isIdentifier(mention) || scopes.resolve(mention) !== binding) return true;
    let node: ts.Node = mention;
    while (compiler.isExpression(node.parent) || compiler.isTemplateSpan(node.parent)) node = node.parent;
    return compiler.isExpressionStatement(node.parent) && compiler.isCallExpression(node) && isHarmless(model, skipOuter(compiler, node.expression));
  });
}

/** A release by the lock itself, which nobody could make depend on the answer. */
function releaseBehind(graph: Graph, { lock }: Obligation): ReleaseEvent | undefined {
  for (const event of eventsOf(graph)) {
    if (event.kind === 'release' && event.operation?.kind === 'release' && event.lock.key === lock.key) return event;
  }
  return undefined;
}

// ---------------------------------------------------------------------------------------------------------------
// Released twice

/** What the release does when it is the second: undefined where that is nothing, or not known. */
function secondRelease({ operation }: ReleaseEvent): 'admits' | 'fails' | undefined {
  const facts = operation?.kind === 'release' ? operation : operation?.kind === 'acquire' ? operation.release : undefined;
  if (facts?.again === 'ignored') return undefined;
  // a lock of the program's own does not know who releases it
  return facts?.again ?? (operation?.kind === 'release' && operation.model === 'shape' ? 'admits' : undefined);
}

function releasedTwice(model: ProgramModel, graph: Graph, { node, lock, operation }: Obligation, { first, event, release, cause }: Repeated): Draft {
  const effect = secondRelease(release) ?? 'admits';
  const isPermit = operation.mode === 'counting';
  const way = cause?.likelihood === undefined ? undefined : lineOf(cause.event.node);
  return {
    rule: 'require-finally-release',
    message: releasedTwiceMessage({ lock: lock.text, firstLine: lineOf(first.node), throwLine: way, effect, isPermit }),
    confidence: confidenceOf({ cause, isRepeated: false }),
    effect: 'broken-resource',
    node: event.node,
    function: functionName(model, graph),
    place: lock.text,
    steps: [
      step('A', 'acquire', node, `A acquires \`${lock.text}\``),
      ...(cause === undefined || way === undefined ? [] : [step('A', 'act', cause.event.node, `\`${shortText(cause.event.node)}\` throws`)]),
      step('A', 'release', first.node, `A releases \`${lock.text}\``),
      step('B', 'acquire', node, `B, which waited, holds \`${lock.text}\` now`),
      step('A', 'release', event.node, effect === 'fails' ? 'A releases once more, which fails' : `A releases once more what B holds; a third task enters beside B`),
    ],
    suggestions: [],
  };
}

// ---------------------------------------------------------------------------------------------------------------
// Released without waiting

/** A release that returns a promise which nobody waits for. */
function* floatingReleases(model: ProgramModel, graph: Graph, obligations: readonly Obligation[]): Generator<Draft> {
  const { compiler } = model;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'release' || event.scoped || !compiler.isCallExpression(event.node) || !isAsynchronousRelease(event)) continue;
    // the link of a chain waits for what it calls
    if (compiler.isPropertyAccessExpression(event.node.expression) && event.node.expression.name.text === 'finally') continue;
    const obligation = obligations.find((other) => other.discharge(event) === 'release');
    const fate = fateOf(model, event.node);
    if (!isDropped(fate) || fate.isHandled || fate.isContinued) continue;
    const { text } = event.lock;
    const edits = fate.isVoid ? undefined : awaitPromise(compiler, fate.node, () => false);
    yield {
      rule: 'require-finally-release',
      message: floatingReleaseMessage(text),
      confidence: fate.isVoid || edits === undefined ? 'low' : 'medium',
      effect: 'broken-resource',
      node: event.node,
      function: functionName(model, graph),
      place: text,
      steps: [
        ...(obligation === undefined ? [] : [step('A', 'acquire', obligation.node, `A acquires \`${text}\``)]),
        step('A', 'release', event.node, `A begins to release \`${text}\` and does not wait`),
        step('B', 'acquire', obligation?.node ?? event.node, `B, which began when A had returned, still finds \`${text}\` taken`),
      ],
      suggestions: edits === undefined ? [] : [{ title: releaseTitles.await, edits }],
    };
  }
}

function isAsynchronousRelease({ operation }: ReleaseEvent): boolean {
  if (operation?.kind === 'release') return operation.asynchronous;
  return operation?.kind === 'acquire' && operation.release.asynchronous;
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
  if (release === undefined || others.length > 0) return [];
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
