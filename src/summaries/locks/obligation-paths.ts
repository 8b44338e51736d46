/**
 * Follows one obligation along every path of a graph.
 *
 * The state is what property simulation keeps (Das, Lerner, Seigle, "ESP: path-sensitive program verification in
 * polynomial time", PLDI 2002): for each status of the obligation the facts about conditions that hold on all paths
 * with that status. So `if (exclusive) acquire … if (exclusive) release` is seen as it is meant, and the cost stays
 * linear in the graph.
 */
import { edgeNodesOf } from '../../cfg/edge-nodes.js';
import { blockAt, type Edge, flowSuccessors, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import { solveForward } from '../../dataflow/solver.js';
import {
  type DefineEvent,
  type Event,
  mayThrow,
  type ReleaseEvent,
  type SuspendEvent,
  type TestEvent,
} from '../../events/event.js';
import { variableKey } from '../../places/place.js';
import { isWithin, promiseCombinator } from '../../syntax/tree.js';
import { exceptionOf, type Likelihood, likelihoodRanks, mayFail, mayFailForOne } from '../effects/exceptions.js';
import { type Obligation, promiseAllElements } from './obligation.js';
import { obligationsOf } from './obligations.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';
import { acquiredKey, Conditions } from './path-conditions.js';

/** What made control leave: an event that throws, or a `return`. */
export interface Cause {
  readonly event: Event;
  /** Undefined for a `return`. */
  readonly likelihood: Likelihood | undefined;
}

export interface Leak {
  /** Undefined where control just reaches the end. */
  readonly cause: Cause | undefined;
  /** It is acquired again while it is held. */
  readonly isRepeated: boolean;
}

export interface ObligationPaths {
  /** Ways out of the activation with the lock still held, the surest first. */
  readonly leaks: readonly Leak[];
  /** Whether some path from the acquire releases or hands over. */
  readonly isDischarged: boolean;
  /** Whether some path that ends normally has released or handed over. */
  readonly endsDischarged: boolean;
  /** Releases of the lock that are reached on a path on which it was not acquired. */
  readonly unowed: readonly { readonly event: ReleaseEvent; readonly cause: Cause | undefined }[];
  /** Releases that are reached on a path on which another one has given the lock back already. */
  readonly repeated: readonly Repeated[];
}

export interface Repeated {
  /** Where the lock is given back, and where once more: a release, or the call of a function that releases. */
  readonly first: Event;
  readonly event: Event;
  /** The second release itself. */
  readonly release: ReleaseEvent;
  /** What led to the second one; undefined where control just reaches it. */
  readonly cause: Cause | undefined;
}

/**
 * `none`: not acquired; `maybe`: the result of a conditional acquire is not tested yet; `held`; `done`: released or
 * handed over.
 */
type Status = 'none' | 'maybe' | 'held' | 'done';

interface Path {
  readonly facts: ReadonlyMap<string, boolean>;
  readonly cause: Cause | undefined;
  /** The release that has given it back, as long as nobody takes the lock again. */
  readonly released?: Event | undefined;
  /** The activation has taken the lock several times, so that several releases are in place. */
  readonly isSeveral?: boolean;
}

type State = ReadonlyMap<Status, Path>;

const nowhere: State = new Map();

/** `isSpared`: what may throw and is not looked at. */
export function followObligation(model: ProgramModel, graph: Graph, obligation: Obligation, isSpared?: (event: Event) => boolean): ObligationPaths {
  if (isSpared !== undefined) {
    return new Follower(model, graph, obligation, (...asked) => (isSpared(asked[2]) ? undefined : throwsInPractice(...asked))).run();
  }
  // what does not leak when every call may throw does not leak: to find out which throw in practice costs questions
  const paths = new Follower(model, graph, obligation, anythingThrows).run();
  return paths.leaks.length + paths.unowed.length + paths.repeated.length === 0 ? paths : new Follower(model, graph, obligation, throwsInPractice).run();
}

/** How likely an exception leaves an event that may throw. */
type Exceptions = (model: ProgramModel, graph: Graph, event: Event) => Likelihood | undefined;

const anythingThrows: Exceptions = () => 'possible';

const throwsInPractice: Exceptions = (model, graph, event) => (isRelease(model, graph, event) ? undefined : exceptionOf(model, event));

const releases = createModelCache<Event, boolean>();

/** Giving back another lock does not throw either. */
function isRelease(model: ProgramModel, graph: Graph, event: Event): boolean {
  if (event.kind !== 'call') return false;
  const cache = releases(model);
  let known = cache.get(event);
  if (known === undefined) cache.set(event, (known = obligationsOf(model, graph).some((other) => other.discharge(event) === 'release')));
  return known;
}

class Follower {
  readonly #conditions: Conditions;
  readonly #leaks: Leak[] = [];
  readonly #unowed = new Map<ReleaseEvent, Cause | undefined>();
  readonly #repeated = new Map<Event, Repeated>();
  #isDischarged = false;

  constructor(
    readonly model: ProgramModel,
    readonly graph: Graph,
    readonly obligation: Obligation,
    readonly exceptions: Exceptions,
  ) {
    this.#conditions = new Conditions(model, graph, obligation);
  }

  run(): ObligationPaths {
    const { graph } = this;
    const { blocks } = graph;
    const { size, edgeAt, successors } = edgeNodesOf(graph);
    const before = solveForward<State>({
      size,
      entry: graph.entry,
      initial: new Map([[this.obligation.isReceived ? 'held' : 'none', { facts: this.#initialFacts(), cause: undefined }]]),
      lattice,
      successors,
      handler: (node) => blocks[node]?.handler ?? graph.raise,
      transfer: (node, state, raise) => {
        const edge = edgeAt(node);
        return edge === undefined ? this.#throughBlock(node, state, raise) : this.#alongEdge(edge, state);
      },
    });
    for (const way of [graph.exit, graph.raise, graph.taskEnd]) {
      const held = before[way]?.get('held');
      if (held !== undefined) this.#leaks.push({ cause: held.cause, isRepeated: false });
    }
    return {
      leaks: this.#leaks.sort((left, right) => compareCauses(left.cause, right.cause)),
      isDischarged: this.#isDischarged,
      endsDischarged: [graph.exit, graph.taskEnd].some((end) => before[end]?.has('done') === true),
      unowed: [...this.#unowed].map(([event, cause]) => ({ event, cause })),
      repeated: [...this.#repeated.values()],
    };
  }

  /** A variable that is declared without a value is falsy until it gets one. */
  #initialFacts(): ReadonlyMap<string, boolean> {
    const { compiler } = this.model;
    const facts = new Map<string, boolean>();
    for (const [binding] of this.graph.definitions) {
      const { declaration } = binding;
      if (compiler.isVariableDeclaration(declaration) && declaration.initializer === undefined && this.#conditions.isTested(binding)) {
        facts.set(variableKey(binding), false);
      }
    }
    return facts;
  }

  // ---- events -------------------------------------------------------------------------------------------------------

  #throughBlock(node: number, before: State, raise: (state: State) => void): State {
    let state = before;
    for (const event of this.graph.blocks[node]?.events ?? []) {
      if (state.size === 0) return state;
      const discharge = this.#dischargeOf(event, state);
      if (mayThrow(event) && discharge === undefined && !this.#conditions.asksState(event.node) && !this.#isCalledBack(event)) {
        const likelihood = this.exceptions(this.model, this.graph, event);
        if (likelihood !== undefined) raise(this.#raised(event, likelihood, state));
      }
      state = this.#after(event, state, discharge);
    }
    return state;
  }

  /** Who is called back with errors throws none. */
  #isCalledBack(event: Event): boolean {
    return event.kind === 'call' && this.obligation.operation.calledBack === true;
  }

  #dischargeOf(event: Event, state: State): ReturnType<Obligation['discharge']> {
    if (state.has('held') || state.has('maybe')) return this.obligation.discharge(event);
    // the lock is not held: only a release that should not be here matters, and that is told without a question
    const isWatched = event.kind === 'release' || (event.kind === 'call' && state.get('done')?.released !== undefined);
    return isWatched ? this.obligation.discharge(event) : undefined;
  }

  #raised(event: Event, likelihood: Likelihood, state: State): State {
    const cause: Cause = { event, likelihood };
    const raised = new Map<Status, Path>();
    const isOwnFailure = (event.kind === 'suspend' && this.#waitsForAcquire(event)) || (this.obligation.isGathered && isWithin(event.node, this.#gathering) && !this.#keepsOthers(event));
    for (const [status, path] of state) {
      // an acquire that is rejected holds nothing
      add(raised, isOwnFailure && (status === 'held' || status === 'maybe') ? 'none' : status, { ...path, cause });
    }
    return raised;
  }

  /** The statement that takes one after another: what fails in it is the taking. */
  get #gathering(): ts.Node {
    let node: ts.Node = this.obligation.node;
    while (!this.model.compiler.isStatement(node)) node = node.parent;
    return node;
  }

  /** `Promise.all(paths.map((path) => lock(path)))` is rejected by the first that fails, and nobody learns which others have come. */
  #keepsOthers(event: Event): boolean {
    if (event.kind !== 'suspend') return false;
    const isOfAll = event.operand?.sources.some(({ node }) => promiseCombinator(this.model.compiler, node) === 'all');
    return isOfAll === true && mayFailForOne(this.model, this.obligation.node);
  }

  #waitsForAcquire({ operand }: SuspendEvent): boolean {
    const { node, carriers } = this.obligation;
    return (
      operand?.sources.some((source) => {
        if (source.kind === 'use') return carriers.has(source.binding);
        if (source.kind !== 'call') return false;
        if (source.node === node) return true;
        const elements = promiseAllElements(this.model, source);
        return elements?.includes(node) === true && elements.every((element) => element === node || !mayFail(this.model, element));
      }) ?? false
    );
  }

  #after(event: Event, state: State, discharge: ReturnType<Obligation['discharge']>): State {
    if (this.obligation.isStart(event)) return this.#acquired(state);
    switch (event.kind) {
      case 'acquire':
        return event.lock.key === this.obligation.lock.key ? mapPaths(state, takenAgain) : state;
      case 'define':
        return mapPaths(this.#discharged(event, state, discharge), (path, status) => this.#defined(event, path, status));
      case 'write':
        return mapPaths(this.#discharged(event, state, discharge), (path) => ({
          ...path,
          facts: this.#conditions.written(path.facts, event.place, event.value),
        }));
      case 'return':
        if (event.inlined !== undefined) return this.#discharged(event, state, discharge);
        return mapPaths(this.#discharged(event, state, discharge), (path) => ({
          ...path,
          cause: { event, likelihood: undefined },
        }));
      case 'throw':
        return mapPaths(state, (path) => ({ ...path, cause: { event, likelihood: 'likely' } }));
      case 'call':
        return isProcessExit(this.model, event.node) ? nowhere : this.#discharged(event, state, discharge);
      default:
        return this.#discharged(event, state, discharge);
    }
  }

  #acquired(state: State): State {
    const { conditional, operation, isGathered, lock } = this.obligation;
    // each turn of a loop may take another element of a list
    const isOneOfMany = isGathered || lock.place?.path.some((step) => step.kind === 'element') === true;
    const held = state.get('held');
    if (held !== undefined && operation.mode === 'exclusive' && operation.key === undefined && !isOneOfMany) {
      this.#leaks.push({ cause: held.cause, isRepeated: true });
    }
    const after = new Map<Status, Path>();
    for (const [status, { facts, isSeveral }] of state) {
      const isAgain = isSeveral === true || status === 'held' || status === 'maybe';
      const known = conditional ? facts : new Map(facts).set(acquiredKey, true);
      add(after, conditional ? 'maybe' : 'held', { facts: known, cause: undefined, isSeveral: isAgain });
    }
    return after;
  }

  #discharged(event: Event, state: State, discharge: ReturnType<Obligation['discharge']>): State {
    if (discharge === undefined) return state;
    const after = new Map<Status, Path>();
    for (const [status, path] of state) {
      if (status === 'none') {
        if (event.kind === 'release' && !this.#unowed.has(event)) this.#unowed.set(event, path.cause);
        add(after, 'none', { ...path, isSeveral: false });
      } else {
        if (status !== 'done') this.#isDischarged = true;
        add(after, 'done', discharge === 'release' ? this.#releasedBy(event, path, status) : path);
      }
    }
    return after;
  }

  #releasedBy(event: Event, path: Path, status: Status): Path {
    const { released } = path;
    const release = this.obligation.certainRelease(event);
    if (release === undefined) return path;
    if (status !== 'done') return path.isSeveral === true ? path : { ...path, released: event };
    if (released !== undefined && released.node !== event.node) {
      const before = this.#repeated.get(event);
      if (before === undefined || compareCauses(path.cause, before.cause) < 0) {
        this.#repeated.set(event, { first: released, event, release, cause: path.cause });
      }
    }
    return path;
  }

  #defined(event: DefineEvent, path: Path, status: Status): Path {
    const facts = this.#conditions.defined(path.facts, event);
    if (!this.obligation.isResult(event)) return { ...path, facts };
    // on a path without the acquire the variable got the other value: `const release = wanted ? await acquire() : undefined`
    const known = new Map(facts);
    if (status === 'maybe') known.delete(variableKey(event.binding));
    else known.set(variableKey(event.binding), status === 'held');
    return { ...path, facts: known };
  }

  // ---- edges --------------------------------------------------------------------------------------------------------

  #alongEdge(edge: Edge, state: State): State {
    const { graph } = this;
    let result = state;
    const siblings = graph.blocks[edge.from]?.out ?? [];
    for (const other of siblings) {
      if (!graph.continuations.has(other.to)) continue;
      // the lock goes with the task that releases it
      const goesWithContinuation = this.#dischargesFrom(other.to);
      if (goesWithContinuation !== (other === edge)) result = this.#withoutLock(result, goesWithContinuation);
    }
    const test = graph.blocks[edge.from]?.events.at(-1);
    if (test?.kind !== 'test' || (edge.label !== 'true' && edge.label !== 'false')) return result;
    return this.#assumed(test, edge.label === 'true', result);
  }

  #withoutLock(state: State, isHandedOver: boolean): State {
    const after = new Map<Status, Path>();
    for (const [status, path] of state) {
      const owes = status === 'held' || status === 'maybe';
      if (owes && isHandedOver) this.#isDischarged = true;
      add(after, owes ? 'done' : status, path);
    }
    return after;
  }

  #dischargesFrom(block: number): boolean {
    const seen = new Set<number>();
    const work = [block];
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      const { events, handler } = blockAt(this.graph, id);
      if (events.some((event) => this.obligation.discharge(event) !== undefined)) return true;
      work.push(...flowSuccessors(this.graph, id));
      // the block that leads into a continuation is empty and still has the handler of the activation
      if (events.length > 0) work.push(handler);
    }
    return false;
  }

  #assumed(test: TestEvent, outcome: boolean, state: State): State {
    const condition = this.#conditions.of(test);
    if (condition === undefined) return state;
    const holds = outcome !== condition.isNegated;
    const after = new Map<Status, Path>();
    for (const [status, path] of state) {
      if (condition.asksFor !== undefined) {
        if (agrees(status, condition.asksFor, holds)) add(after, status, path);
        continue;
      }
      const known = path.facts.get(condition.key);
      if (known !== undefined && known !== holds) continue;
      // a callback that was told of no error has what was taken
      if (condition.isResult && status === 'held' && !holds && this.obligation.operation.refusal !== undefined) continue;
      const facts = this.#conditions.assumed(path.facts, condition, holds);
      const isAnswer = status === 'maybe' && condition.isResult;
      add(after, isAnswer ? (holds ? 'held' : 'none') : status, { ...path, facts });
    }
    return after;
  }
}

/** Who holds it hears so; who does not hears so only where nobody else can be meant. */
function agrees(status: Status, asksFor: 'any' | 'own', holds: boolean): boolean {
  if (status === 'held') return holds;
  return status === 'maybe' || asksFor === 'any' || !holds;
}

function isProcessExit(model: ProgramModel, node: ts.Node): boolean {
  return model.compiler.isCallExpression(node) && /^process\.(?:exit|abort)$/.test(node.expression.getText());
}

// ---------------------------------------------------------------------------------------------------------------
// States

function add(state: Map<Status, Path>, status: Status, path: Path): void {
  const other = state.get(status);
  state.set(status, other === undefined ? path : joinPaths(other, path));
}

function mapPaths(state: State, change: (path: Path, status: Status) => Path): State {
  return new Map([...state].map(([status, path]) => [status, change(path, status)]));
}

function joinPaths(left: Path, right: Path): Path {
  const facts = new Map<string, boolean>();
  for (const [key, truth] of left.facts) if (right.facts.get(key) === truth) facts.set(key, truth);
  return {
    facts,
    cause: compareCauses(left.cause, right.cause) <= 0 ? left.cause : right.cause,
    released: left.released ?? right.released,
    isSeveral: left.isSeveral === true || right.isSeveral === true,
  };
}

/** The same lock, acquired by another call: a release after it is that one's. */
function takenAgain(path: Path, status: Status): Path {
  return { ...path, released: undefined, isSeveral: path.isSeveral === true || status !== 'done' };
}

const lattice = {
  join: (left: State, right: State): State => {
    const both = new Map(left);
    for (const [status, path] of right) add(both, status, path);
    return both;
  },
  equals: (left: State, right: State): boolean =>
    left.size === right.size &&
    [...left].every(([status, path]) => {
      const other = right.get(status);
      return (
        other !== undefined &&
        other.facts.size === path.facts.size &&
        compareCauses(other.cause, path.cause) === 0 &&
        (other.released === undefined) === (path.released === undefined) &&
        (other.isSeveral === true) === (path.isSeveral === true)
      );
    }),
};

/** Surest first: the end and `return`s, then what throws by its likelihood; then by position, so that the order is total. */
function compareCauses(left: Cause | undefined, right: Cause | undefined): number {
  const rank = (cause: Cause | undefined): number => (cause?.likelihood === undefined ? 0 : likelihoodRanks[cause.likelihood]);
  const position = (cause: Cause | undefined): number => cause?.event.node.getStart() ?? -1;
  return rank(left) - rank(right) || position(left) - position(right);
}
