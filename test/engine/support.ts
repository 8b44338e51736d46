/** The engine's lower layers over programs in memory. */
import ts from 'typescript';
import { validateGraph } from '../../src/cfg/validate.js';
import { eventsOf } from '../../src/cfg/graph.js';
import type { Graph } from '../../src/cfg/graph.js';
import { formatEvent } from '../../src/cfg/format-event.js';
import type { EngineSettings } from '../../src/config.js';
import type { Event } from '../../src/events/event.js';
import { createLockMatcher } from '../../src/locks/matcher.js';
import { createProgramModel } from '../../src/summaries/model/program-model.js';
import type { ProgramModel } from '../../src/summaries/model/program-model.js';
import { displayName } from '../../src/syntax/functions.js';
import type { Activation, FunctionNode } from '../../src/syntax/functions.js';
import { createQuestions } from '../../src/types/questions.js';
import { virtualProgram } from '../support/virtual.js';

/** A model of the program, with nothing asked of it yet. */
export function modelOfProgram(program: ts.Program, settings: EngineSettings = {}): ProgramModel {
  program.getTypeChecker();
  const questions = createQuestions(ts, program);
  return createProgramModel(ts, program, settings, questions, createLockMatcher(ts, program, settings, questions));
}

/** The functions of one source text in memory, by display name. */
export class Sample {
  readonly model: ProgramModel;
  readonly file: ts.SourceFile;

  constructor(text: string, settings: EngineSettings = {}) {
    const program = virtualProgram({ 'sample.ts': text });
    this.model = modelOfProgram(program, settings);
    this.file = sourceFileOf(program, 'sample.ts');
  }

  /** The module itself is `<module>`. */
  activation(name: string): Activation {
    const all: Activation[] = [this.file, ...this.model.file(this.file).functions];
    const found = all.find((candidate) => displayName(ts, candidate) === name);
    if (found === undefined) throw new Error(`no function ${name}`);
    return found;
  }

  function(name: string): FunctionNode {
    const found = this.activation(name);
    if (ts.isSourceFile(found)) throw new Error('the module is no function');
    return found;
  }

  graph(name: string): Graph {
    return this.model.graph(this.activation(name));
  }

  /** The events of the function that read as the given text, in the order of their blocks. */
  events<Kind extends Event['kind']>(name: string, kind: Kind, text = ''): Extract<Event, { kind: Kind }>[] {
    return [...eventsOf(this.graph(name))].filter(
      (event): event is Extract<Event, { kind: Kind }> => event.kind === kind && formatEvent(event).includes(text),
    );
  }

  /** The only such event. */
  event<Kind extends Event['kind']>(name: string, kind: Kind, text = ''): Extract<Event, { kind: Kind }> {
    const [event, ...others] = this.events(name, kind, text);
    if (event === undefined || others.length > 0) throw new Error(`${others.length + (event === undefined ? 0 : 1)} events ${kind} ${text}`);
    return event;
  }
}

/** The source file whose name ends so. */
export function sourceFileOf(program: ts.Program, ending: string): ts.SourceFile {
  const file = program.getSourceFiles().find((candidate) => candidate.fileName.endsWith(`/${ending}`));
  if (file === undefined) throw new Error(`no file ${ending}`);
  return file;
}

/** Broken rules in the graphs of all functions of the file, each with the function's name. */
export function brokenGraphs(model: ProgramModel, file: ts.SourceFile): string[] {
  return [file, ...model.file(file).functions].flatMap((activation) =>
    validateGraph(ts, model.graph(activation)).map((rule) => `${displayName(ts, activation)}: ${rule}`),
  );
}
