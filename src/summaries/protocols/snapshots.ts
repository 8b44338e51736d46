/**
 * A local remembers what a look found, and decides more than once: `const isNested = this.active; if (!isNested) await
 * this.begin(); …; if (!isNested) await this.commit();`. Where the first decision claimed the place in the turn of the look, the
 * later ones ask whose claim it is.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { isReachedWithout } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event, TestEvent } from '../../events/event.js';
import { empties } from '../../events/writes.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { suspensionBetween } from '../effects/dependence.js';
import { writesOfCall } from '../effects/summary.js';
import { substitute } from '../effects/provenance.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import type { Act } from '../races/acts.js';
import { readsOfTest } from './freshness.js';

/** The act gives back, or goes on with, what the same task claimed when it took the snapshot that decides both. */
export function isOfOwnClaim(model: ProgramModel, graph: Graph, held: HeldLocks, { check, event, place }: Act): boolean {
  const snapshots = snapshotsIn(model, graph).filter(({ test }) => readsOfTest(model, graph, test).some((read) => read.event === check.read.event));
  return snapshots.some((later) => {
    const wanted = valueWanted(model, graph, event.block, later);
    return (
      wanted !== undefined &&
      snapshots.some(
        (first) =>
          first.binding === later.binding &&
          first.test.node !== later.test.node &&
          !isReachedWithout(graph, later.test, (earlier) => earlier === first.test) &&
          eventsOf(graph).some(
            (claim) =>
              claim.node !== event.node &&
              claims(model, claim, place) &&
              valueWanted(model, graph, claim.block, first) === wanted &&
              suspensionBetween(graph, held, check.read.event, claim) === undefined,
          ),
      )
    );
  });
}

interface Snapshot {
  readonly test: TestEvent;
  readonly binding: Binding;
  /** The test asks for its opposite. */
  readonly isNegated: boolean;
}

const snapshotsIn = memoized((model, graph: Graph): readonly Snapshot[] =>
  eventsOf(graph).flatMap((test) => {
    const snapshot = test.kind === 'test' ? snapshotOf(model, test) : undefined;
    return test.kind === 'test' && snapshot !== undefined ? [{ ...snapshot, test }] : [];
  }),
);

/** The constant that the test asks for. */
function snapshotOf(model: ProgramModel, { node }: TestEvent): Omit<Snapshot, 'test'> | undefined {
  const { compiler } = model;
  let tested: ts.Node = node;
  let isNegated = false;
  for (;;) {
    tested = compiler.isExpression(tested) ? skipOuter(compiler, tested) : tested;
    if (!compiler.isPrefixUnaryExpression(tested) || tested.operator !== compiler.SyntaxKind.ExclamationToken) break;
    isNegated = !isNegated;
    tested = tested.operand;
  }
  const binding = compiler.isIdentifier(tested) ? model.file(tested).scopes.resolve(tested) : undefined;
  return binding?.kind === 'variable' && binding.assignments.length === 0 ? { binding, isNegated } : undefined;
}

/** What the constant is where the block runs; undefined where it may be either. */
function valueWanted(model: ProgramModel, graph: Graph, block: number, { test, isNegated }: Snapshot): boolean | undefined {
  const outcomes = model.controlDependence(graph).outcomes(block, test);
  const [outcome] = outcomes;
  return outcomes.size === 1 && (outcome === 'true' || outcome === 'false') ? (outcome === 'true') !== isNegated : undefined;
}

/** The event puts something into the place before its task suspends. */
function claims(model: ProgramModel, event: Event, place: Place): event is Extract<Event, { kind: 'write' | 'call' }> {
  if (event.kind === 'write') return writeAffectsRead(event.place, place) && !empties(model.compiler, event);
  if (event.kind !== 'call') return false;
  return writesOfCall(model, event, [place], 'full').some(({ write, callee }) => {
    if (write.phase !== 'before' || write.how === 'remove') return false;
    const seen = substitute(model, write.place, callee, event);
    return seen !== undefined && writeAffectsRead(seen, place);
  });
}
