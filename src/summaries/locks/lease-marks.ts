/** Keys of a store that mark what was done: set before the work, and taken back where the work has failed. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { ProgramModel } from '../model/program-model.js';
import type { ObligationPaths } from './obligation-paths.js';
import type { Obligation } from './obligation.js';

/**
 * `if (!isPaid) { await store.del(key); return false; } return true;`: the key is deleted on a side way alone, and the ways that
 * keep it lie outside. One that is kept by a side way, `if (n === 0) return;`, and deleted behind it is a lock.
 */
export function isTakenBack(model: ProgramModel, graph: Graph, obligation: Obligation, { leaks }: ObligationPaths): boolean {
  const releases = eventsOf(graph).filter((event) => obligation.discharge(event) === 'release');
  return releases.length > 0 && releases.every(({ node }) => {
    const side = sideWayAround(model, obligation.node, node);
    return side !== undefined && leaks.every(({ cause }) => cause === undefined || cause.event.node.pos < side.pos || cause.event.node.end > side.end);
  });
}

/** The nearest branch or `catch` around the release that begins after the acquire. */
function sideWayAround({ compiler }: ProgramModel, acquire: ts.Node, release: ts.Node): ts.Statement | undefined {
  for (let { parent } = release, child = release; parent !== undefined && parent.pos >= acquire.end; child = parent, { parent } = parent) {
    if (compiler.isCatchClause(parent)) return parent.block;
    if (compiler.isIfStatement(parent) && child !== parent.expression) return child === parent.thenStatement ? parent.thenStatement : parent.elseStatement;
  }
  return undefined;
}
