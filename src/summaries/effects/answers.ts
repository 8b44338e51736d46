/** Values that are answers: which calls were waited for to get one, and what they were given. */
import type { Graph } from '../../cfg/graph.js';
import type { Compiler } from '../../compiler/compiler.js';
import type { CallEvent, ReadEvent, SourceEvent, Value } from '../../events/event.js';
import { chainOn } from '../../syntax/promise-chains.js';
import type { Binding } from '../../syntax/scopes.js';
import type { ProgramModel } from '../model/program-model.js';
import { reachingDefinitions } from './provenance.js';

export interface Question {
  /** The value is the answer of a call that was waited for. */
  readonly isAnswered: boolean;
  /** Parameters of the activation that the call was given. */
  readonly parameters: ReadonlySet<Binding>;
  /** Parameters of functions around it that the call was given. */
  readonly captured: ReadonlySet<Binding>;
  readonly reads: readonly ReadEvent[];
  /** What the value is made of beside the answer. */
  readonly beside: readonly ReadEvent[];
  /** The calls that were waited for. */
  readonly asked: readonly CallEvent[];
}

/** What was asked to get the value. */
export function questionOf(model: ProgramModel, graph: Graph, value: Value): Question | undefined {
  const parameters = new Set<Binding>();
  const captured = new Set<Binding>();
  const reads: ReadEvent[] = [];
  const beside: ReadEvent[] = [];
  const asked: CallEvent[] = [];
  const seen = new Set<SourceEvent>();
  const work: { source: SourceEvent; isAsked: boolean }[] = value.sources.map((source) => ({ source, isAsked: false }));
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { source, isAsked } = item;
    if (seen.has(source)) continue;
    seen.add(source);
    if (seen.size > 64) return undefined;
    const follow = (values: readonly (Value | undefined)[], isNowAsked: boolean): void => {
      for (const each of values) for (const inner of each?.sources ?? []) work.push({ source: inner, isAsked: isNowAsked });
    };
    if (source.kind === 'read') {
      (isAsked ? reads : beside).push(source);
      if (!isAsked) continue;
      const { root } = source.place;
      if (root.kind === 'variable' && root.binding.kind === 'parameter' && !graph.inlined.has(root.binding.owner)) captured.add(root.binding);
    } else if (source.kind === 'use') {
      const { declaration } = source.binding;
      if (isAsked && model.compiler.isParameter(declaration) && declaration.parent === graph.owner) parameters.add(source.binding);
      follow(reachingDefinitions(graph, source).map((definition) => definition.value), isAsked);
    } else {
      const isAnswer = isWaitedFor(model.compiler, source);
      if (isAnswer) asked.push(source);
      follow(source.arguments, isAsked || isAnswer);
      // what is asked of an answer, `response.json()`, continues the question that gave it
      follow([source.receiver], isAsked && !isAnswer);
    }
  }
  return { isAnswered: asked.length > 0, parameters, captured, reads, beside, asked };
}

/** The answer comes after a suspension: to who awaits it, to who gets the promise, or to what follows in a chain, `load().then(keep)`. */
function isWaitedFor(compiler: Compiler, { consumption, isGetter, node }: CallEvent): boolean {
  return consumption === 'awaited' || (consumption === 'returned' && !isGetter) || (!isGetter && chainOn(compiler, node) !== node);
}
