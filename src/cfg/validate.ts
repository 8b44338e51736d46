/**
 * What must hold in every graph. Tests ask this of each graph they can get hold of: a mistake in the lowering seldom
 * shows in a finding, but it mostly breaks one of these rules.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { mayThrow } from '../events/event.js';
import { forEachPart, isFunctionNode } from '../syntax/functions.js';
import type { Block, Graph } from './graph.js';

/** One sentence for each broken rule; empty when the graph is sound. Code that can never run breaks one. */
export function validateGraph(compiler: Compiler, graph: Graph): string[] {
  const reachable = reachableFrom(graph);
  return [
    ...graph.blocks.flatMap((block, position) => [
      ...brokenLinks(graph, block, position),
      ...brokenEvents(graph, block),
      ...(reachable.has(block.id) ? brokenBranches(block) : []),
      ...(block.in.length > 0 && !reachable.has(block.id) ? [`b${block.id} has ways in, but the entry does not reach it`] : []),
    ]),
    ...brokenEnds(graph),
    ...brokenTables(graph),
    ...lostSuspensions(compiler, graph, reachable),
  ];
}

/** Blocks that control reaches, exceptions included. */
function reachableFrom(graph: Graph): ReadonlySet<number> {
  const seen = new Set<number>();
  const work = [graph.entry];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    const block = graph.blocks[id];
    if (block === undefined || seen.has(id)) continue;
    seen.add(id);
    if (block.events.some(mayThrow)) work.push(block.handler);
    work.push(...block.out.map((edge) => edge.to));
  }
  return seen;
}

function brokenLinks(graph: Graph, block: Block, position: number): string[] {
  const broken: string[] = [];
  if (block.id !== position) broken.push(`b${block.id} stands at position ${position}`);
  if (graph.blocks[block.handler] === undefined) broken.push(`b${block.id} is caught by b${block.handler}, which does not exist`);
  for (const edge of block.out) {
    if (edge.from !== block.id) broken.push(`b${block.id} lists a way out of b${edge.from}`);
    if (graph.blocks[edge.to]?.in.includes(edge) !== true) broken.push(`b${edge.to} does not know the way in from b${block.id}`);
  }
  for (const edge of block.in) {
    if (edge.to !== block.id) broken.push(`b${block.id} lists a way into b${edge.to}`);
    if (graph.blocks[edge.from]?.out.includes(edge) !== true) broken.push(`b${edge.from} does not know the way out to b${block.id}`);
  }
  return broken;
}

function brokenEvents(graph: Graph, block: Block): string[] {
  const broken: string[] = [];
  block.events.forEach((event, index) => {
    if (event.block !== block.id || event.index !== index) {
      broken.push(`the ${event.kind} at b${block.id}:${index} says that it is at b${event.block}:${event.index}`);
    }
    if (event.kind === 'test' && index < block.events.length - 1) broken.push(`b${block.id} goes on after its test`);
    if (event.kind === 'define' && graph.definitions.get(event.binding)?.includes(event) !== true) {
      broken.push(`the definition of ${event.binding.name} in b${block.id} is not listed`);
    }
  });
  return broken;
}

function brokenBranches(block: Block): string[] {
  const count = (label: string): number => block.out.filter((edge) => edge.label === label).length;
  const ways = [count('true'), count('false')].join(' and ');
  if (block.events.at(-1)?.kind === 'test') return ways === '1 and 1' ? [] : [`b${block.id} ends in a test with ${ways} ways out`];
  return ways === '0 and 0' ? [] : [`b${block.id} branches without a test`];
}

function brokenEnds(graph: Graph): string[] {
  return [graph.exit, graph.raise, graph.taskEnd].flatMap((id) => {
    const block = graph.blocks[id];
    if (block === undefined) return [`the end b${id} does not exist`];
    const isEmpty = block.out.length === 0 && block.events.length === 0;
    return isEmpty ? [] : [`something happens after the end b${id}`];
  });
}

function brokenTables(graph: Graph): string[] {
  const broken: string[] = [];
  const events = graph.blocks.flatMap((block) => block.events);
  const says = (name: string, told: boolean, really: boolean): void => {
    if (told !== really) broken.push(`${name} is ${told}, but should be ${really}`);
  };
  says('hasSuspension', graph.hasSuspension, events.some((event) => event.kind === 'suspend'));
  says('hasLocks', graph.hasLocks, events.some((event) => event.kind === 'acquire' || event.kind === 'release'));
  for (const id of graph.continuations.keys()) {
    const isForked = graph.blocks[id]?.in.every((edge) => edge.label === 'fork') === true;
    if (!isForked) broken.push(`the continuation b${id} is not forked off`);
  }
  for (const block of graph.blocks) {
    const isListed = graph.raisers.get(block.handler)?.includes(block) === true;
    if (isListed !== block.events.length > 0) broken.push(`b${block.id} is wrongly listed among those that b${block.handler} catches`);
  }
  return broken;
}

/** Each `await` in the activation, and in what is inlined into it, must be a suspension that control reaches. */
function lostSuspensions(compiler: Compiler, graph: Graph, reachable: ReadonlySet<number>): string[] {
  const suspended = new Set<ts.Node>();
  for (const block of graph.blocks) {
    if (!reachable.has(block.id)) continue;
    for (const event of block.events) if (event.kind === 'suspend') suspended.add(event.node);
  }
  const lost: string[] = [];
  const walk = (node: ts.Node): void => {
    if (isFunctionNode(compiler, node) && !graph.inlined.has(node)) return;
    // an awaited acquire suspends at the call, before the lock is held
    if (compiler.isAwaitExpression(node) && !suspended.has(node) && !holdsSuspension(compiler, node.expression, suspended)) {
      lost.push(`'${node.getText()}' does not suspend`);
    }
    forEachPart(compiler, node, walk);
  };
  compiler.forEachChild(graph.owner, walk);
  return lost;
}

function holdsSuspension(compiler: Compiler, expression: ts.Expression, suspended: ReadonlySet<ts.Node>): boolean {
  if (suspended.has(expression)) return true;
  return compiler.isParenthesizedExpression(expression) && holdsSuspension(compiler, expression.expression, suspended);
}
