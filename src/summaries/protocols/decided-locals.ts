/**
 * Locals that hold the answer to a question: `let isFound = false; for (const peer of this.peers) if (peer.host === host) isFound = true;`,
 * `const job = this.isOn ? next() : undefined`. Who tests the local asks what was asked when it was set.
 */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { TestEvent, Value } from '../../events/event.js';
import { isNullish } from '../../syntax/constants.js';
import { skipOuter } from '../../syntax/functions.js';
import { reachingDefinitions } from '../effects/provenance.js';
import type { ProgramModel } from '../model/program-model.js';

const behindLocals = new WeakMap<TestEvent, readonly TestEvent[]>();

/** The tests, and those that have decided what the locals in one of them hold. */
export function withDecided(model: ProgramModel, graph: Graph, tests: readonly TestEvent[]): readonly TestEvent[] {
  const behind = tests.flatMap((test) => testsBehindLocals(model, graph, test));
  return behind.length === 0 ? tests : [...new Set([...tests, ...behind])];
}

function testsBehindLocals(model: ProgramModel, graph: Graph, test: TestEvent): readonly TestEvent[] {
  const known = behindLocals.get(test);
  if (known !== undefined) return known;
  const found = new Set<TestEvent>();
  for (const source of test.value.sources) {
    if (source.kind !== 'use') continue;
    const definitions = reachingDefinitions(graph, source);
    for (const { value } of definitions) {
      if (value === undefined || !isChoiceOfPresence(model, value)) continue;
      // what another local holds may be of another origin as well
      for (const each of value.decidedBy ?? []) if (each.value.sources.every(({ kind }) => kind === 'read')) found.add(each);
    }
    if (definitions.length < 2 || !definitions.every(({ value }) => isAnswer(model, value))) continue;
    const control = model.controlDependence(graph);
    const deciding = definitions.map(({ block }) => control.controllingTests(block));
    for (const tests of deciding) for (const each of tests) if (!deciding.every((others) => others.includes(each))) found.add(each);
  }
  found.delete(test);
  const tests = [...found];
  behindLocals.set(test, tests);
  return tests;
}

/** Yes or no. */
function isAnswer({ compiler }: ProgramModel, value: Value | undefined): boolean {
  const kind = value?.node.kind;
  return kind === compiler.SyntaxKind.TrueKeyword || kind === compiler.SyntaxKind.FalseKeyword;
}

/** `condition ? value : undefined`: on one side there is nothing. */
function isChoiceOfPresence({ compiler }: ProgramModel, { node }: Value): boolean {
  const choice = compiler.isExpression(node) ? skipOuter(compiler, node) : undefined;
  if (choice === undefined || !compiler.isConditionalExpression(choice)) return false;
  const isNothing = (side: ts.Expression): boolean => isNullish(compiler, skipOuter(compiler, side));
  return isNothing(choice.whenTrue) !== isNothing(choice.whenFalse);
}
