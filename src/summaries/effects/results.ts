/** What a function gives to whoever calls it. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { Compiler } from '../../compiler/compiler.js';
import type { ReturnEvent } from '../../events/event.js';
import { skipOuter } from '../../syntax/functions.js';
import { linkOf } from '../../syntax/promise-chains.js';

/** The returns of a function; where it returns a chain, `ask().then((answer) => …)`, those of what the last link calls. */
export function resultsOf(compiler: Compiler, graph: Graph): readonly ReturnEvent[] {
  const returns = eventsOf(graph).filter((event) => event.kind === 'return');
  const ofLinks = returns.flatMap((event) => {
    const link = event.inlined === undefined ? undefined : linkOf(compiler, event.inlined);
    return link === undefined ? [] : [{ event, link }];
  });
  return returns.flatMap((event) => {
    if (event.inlined !== undefined) return [];
    const node = event.value?.node;
    const given = node !== undefined && compiler.isExpression(node) ? skipOuter(compiler, node) : undefined;
    const handed = ofLinks.filter(({ link }) => link === given);
    return handed.length > 0 ? handed.map((each) => each.event) : [event];
  });
}
