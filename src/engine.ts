/** Runs the checks over one file and turns what they draft into findings. */
import { checks } from './checks/registry.js';
import type { Draft } from './checks/check.js';
import { lineOf, spanOf } from './checks/check.js';
import { draftsOf, isSpokenFor } from './precedence.js';
import type { Graph } from './cfg/graph.js';
import type { Compiler, ts } from './compiler/compiler.js';
import type { CheckSelection, EngineSettings } from './config.js';
import { type AnalysisError, type Finding, isAtLeast } from './findings/finding.js';
import { fingerprint } from './findings/fingerprint.js';
import type { Engine, FileReport, FunctionTime } from './index.js';
import { createLockMatcher } from './locks/matcher.js';
import { describeGraph } from './cfg/print.js';
import { graphToDot } from './cfg/dot.js';
import { heldLocks } from './summaries/locks/held-locks.js';
import { involvesLocks } from './summaries/locks/lock-presence.js';
import { contextOf } from './summaries/actors/contexts.js';
import { unmatchedNames } from './summaries/model/stated-names.js';
import { summarize } from './summaries/effects/summary.js';
import { mayContainSuspension } from './summaries/model/file-model.js';
import { createProgramModel, type ProgramModel } from './summaries/model/program-model.js';
import { type Activation, displayName, type FunctionNode } from './syntax/functions.js';
import { createQuestions } from './types/questions.js';
import { isRefusal } from './replay/entry.js';
import { planReplay } from './replay/plan.js';
import { replayText } from './replay/text.js';


/** This many functions of a file are told to be its slowest. */
const slowestTold = 5;

export function createProgramEngine(namespace: Compiler, program: ts.Program, settings: EngineSettings, clock?: () => number): Engine {
  // the compiler's own namespace has a getter for each name, which machine code cannot see through
  const compiler: Compiler = { ...namespace };
  program.getTypeChecker(); // binds the files: from here on every node knows its parent
  const questions = createQuestions(compiler, program);
  const locks = createLockMatcher(compiler, program, settings, questions);
  const model = createProgramModel(compiler, program, settings, questions, locks);
  return {
    analyzeFile: (file, selection) => analyzeFile(model, file, selection, clock),
    unmatchedNames: () => unmatchedNames(model),
    describeFunction: (file, name, format) => describeFunction(model, file, name, format),
    replay: (finding, options) => {
      const plan = planReplay(model, finding);
      return isRefusal(plan) ? plan : replayText(plan, options);
    },
  };
}

function analyzeFile(model: ProgramModel, file: ts.SourceFile, selection: CheckSelection, clock: (() => number) | undefined): FileReport {
  const { compiler } = model;
  const lines = file.getLineStarts().length;
  const fileName = file.fileName.replaceAll('\\', '/');
  if (!mayContainSuspension(file)) {
    return { findings: [], errors: [], stats: { functions: 0, lines, graphs: 0, checkerQuestions: 0, limits: [], slowest: [] } };
  }
  model.limits.clear();
  const questionsBefore = model.questions.asked;
  const graphsBefore = model.graphCount;
  const errors: AnalysisError[] = [];
  const drafts: Draft[] = [];
  const guard = (what: Activation | string, body: () => void): void => {
    try {
      body();
    } catch (error) {
      // a crash costs this function and nothing else
      const reason = error instanceof Error ? error.message : String(error);
      errors.push({ file: fileName, message: `${typeof what === 'string' ? what : displayName(compiler, what)} could not be analysed: ${reason}` });
    }
  };
  const functions: FunctionNode[] = [];
  const inlined = new Set<Activation>();
  const times: FunctionTime[] = [];
  guard('the file', () => {
    const { functions: all, suspending } = model.file(file);
    functions.push(...all);
    // a section that is only returned suspends its caller: `return lock.run(() => this.map)`
    const mayLock = model.locks.mayContainLocks(file);
    const selected = checks.flatMap((check) => {
      const options = selection[check.rule];
      return options === undefined ? [] : [{ check, options }];
    });
    for (const activation of [file, ...all]) {
      if (inlined.has(activation)) continue;
      const isSuspending = suspending.has(activation) || (mayLock && involvesLocks(model, activation));
      const asking = selected.filter(({ check }) => isSuspending || check.concerns?.(model, activation) === true);
      if (asking.length === 0) continue;
      const start = clock?.() ?? 0;
      let graph: Graph | undefined;
      guard(activation, () => {
        graph = model.graph(activation);
        for (const node of graph.inlined) inlined.add(node);
      });
      if (graph === undefined) continue;
      const built = graph;
      for (const { check, options } of asking) {
        guard(activation, () => {
          const minimum = options.minimumConfidence ?? 'medium';
          for (const draft of draftsOf(model, built, check, options)) {
            if (isAtLeast(draft.confidence, minimum) && !isSpokenFor(model, built, draft)) drafts.push(draft);
          }
        });
      }
      if (clock !== undefined) times.push({ function: displayName(compiler, activation), line: lineOf(activation), milliseconds: clock() - start });
    }
  });
  return {
    findings: finish(drafts),
    errors,
    stats: {
      functions: functions.length,
      lines,
      graphs: model.graphCount - graphsBefore,
      checkerQuestions: model.questions.asked - questionsBefore,
      limits: [...model.limits],
      slowest: times.sort((left, right) => right.milliseconds - left.milliseconds).slice(0, slowestTold),
    },
  };
}

function finish(drafts: readonly Draft[]): Finding[] {
  const ordinals = new Map<string, number>();
  const findings = drafts.map((draft): Finding => {
    const span = spanOf(draft.node);
    const key = [draft.rule, draft.function, draft.place].join('\u0000');
    const ordinal = ordinals.get(key) ?? 0;
    ordinals.set(key, ordinal + 1);
    return {
      rule: draft.rule,
      message: draft.message,
      confidence: draft.confidence,
      effect: draft.effect,
      span,
      function: draft.function,
      place: draft.place,
      steps: draft.steps,
      suggestions: draft.suggestions,
      fingerprint: fingerprint(draft.rule, span.file, draft.function, draft.place, ordinal),
    };
  });
  return findings.sort((left, right) => left.span.start - right.span.start || left.rule.localeCompare(right.rule));
}

function describeFunction(model: ProgramModel, file: ts.SourceFile, name: string, format: 'text' | 'dot'): string | undefined {
  const activation = [file, ...model.file(file).functions].find((node) => displayName(model.compiler, node) === name);
  if (activation === undefined) return undefined;
  const graph = model.graph(activation);
  const held = heldLocks(model, graph);
  if (format === 'dot') return graphToDot(graph, held);
  const context = contextOf(model, activation);
  const summary = model.compiler.isSourceFile(activation) ? undefined : summarize(model, activation);
  return describeGraph(graph, name, held, context, summary);
}
