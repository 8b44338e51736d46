/** What a check is: a question to graphs and summaries, answered with findings. */
import type { Graph } from '../cfg/graph.js';
import type { ts } from '../compiler/compiler.js';
import type { CheckOptions } from '../config.js';
import type { Confidence, Effect, RuleId, Span, Step, StepRole, Suggestion } from '../findings/finding.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { type Activation, displayName } from '../syntax/functions.js';

/** A finding before it gets its fingerprint. */
export interface Draft {
  readonly rule: RuleId;
  readonly message: string;
  readonly confidence: Confidence;
  readonly effect: Effect;
  readonly node: ts.Node;
  readonly function: string;
  readonly place: string;
  readonly steps: readonly Step[];
  readonly suggestions: readonly Suggestion[];
}

export interface Check {
  readonly rule: RuleId;
  /** Activations that the check looks at although nothing in them suspends or locks; asked of many, and so answered cheaply. */
  concerns?(model: ProgramModel, activation: Activation): boolean;
  /** Findings in one activation. */
  run(model: ProgramModel, graph: Graph, options: CheckOptions): readonly Draft[];
}

const spans = new WeakMap<ts.Node, Span>();

export function spanOf(node: ts.Node): Span {
  let span = spans.get(node);
  if (span === undefined) {
    const file = node.getSourceFile();
    const start = node.getStart(file);
    const end = node.getEnd();
    const from = file.getLineAndCharacterOfPosition(start);
    const to = file.getLineAndCharacterOfPosition(end);
    span = {
      file: file.fileName.replaceAll('\\', '/'),
      start,
      end,
      line: from.line + 1,
      column: from.character + 1,
      endLine: to.line + 1,
      endColumn: to.character + 1,
    };
    spans.set(node, span);
  }
  return span;
}

export function lineOf(node: ts.Node): number {
  return spanOf(node).line;
}

export function step(task: 'A' | 'B', role: StepRole, node: ts.Node, text: string): Step {
  return { task, role, span: spanOf(node), text };
}

/** Display name of the function that holds the node, inlined or not. */
export function functionName(model: ProgramModel, graph: Graph): string {
  return displayName(model.compiler, graph.owner);
}

/** The node's text on one line, cut where it is long. */
export function shortText(node: ts.Node, maximum = 48): string {
  const text = node.getText().replace(/\s+/g, ' ').replaceAll('`', "'");
  return text.length <= maximum ? text : `${text.slice(0, maximum - 1)}…`;
}
