/** The text of a replay: one vitest file, put together from its fakes, its set-up, its test, and the machinery that runs it. */
import type { Step } from '../findings/finding.js';
import { abortSignal } from '../types/shapes.js';
import { argument, hole, type Parts, replacement } from './fakes.js';
import { callsFunction, collectFunction, machinery, supplyFunction } from './machinery.js';
import type { ParameterPlan, Replay, TaskName, TaskPlan, TextOptions } from './replay.js';
import { member, quote, wrap } from './spelling.js';
import { inTurn, testCase } from './test-case.js';

export interface ReplayText {
  readonly text: string;
  /** Names of what the person has to supply, in the order of the file. */
  readonly holes: readonly string[];
}

export function replayText(replay: Replay, options: TextOptions): ReplayText {
  const { subject, scenario } = replay;
  const parts: Parts = { types: new Map(), holes: new Map(), values: new Map(), locals: { made: new Map(), called: new Map() }, hasFailure: replay.hasFailure };
  const given = subject.given.map((parameter) => argument(parts, parameter, makerParameter(replay, parameter), '', 'maker'));
  const calls = { A: taskCall(replay, parts, 'A'), B: hasTaskB(replay) ? taskCall(replay, parts, 'B') : '' };
  const replaced = replay.replaced.map((each) => replacement(parts, each, replay, options));
  if (replay.arrangement?.isNeeded === true) {
    hole(parts, 'arrange', `Calls of \`world.subject\` that bring about ${replay.arrangement.what}; \`undefined\` if it is so from the start.`, '(world: World): unknown');
  }
  if (replay.openB !== undefined) hole(parts, 'runB', `The call that is task B: ${replay.openB}.`, '(world: World): unknown');

  const usesVi = hasModuleState(replay) || usesGlobals(replay) || replay.replaced.some(({ holder }) => holder.length === 0);
  const imports = [
    `import { AsyncLocalStorage } from 'node:async_hooks';`,
    `import { inspect } from 'node:util';`,
    `import { ${[...(usesGlobals(replay) ? ['afterEach'] : []), 'expect', 'it', ...(usesVi ? ['vi'] : [])].join(', ')} } from 'vitest';`,
  ];
  const module = `typeof import('${options.importPath(replay.module)}')`;
  const types = [...parts.types].map(([name, type]) => `type ${name} = ${type};`);
  if (types.some((line) => /\bSubject\b/.test(line))) types.unshift(`type Subject = ${subjectType(replay)};`);
  if (types.some((line) => /\bModule\b/.test(line))) types.unshift(`type Module = ${module};`);
  if (replay.arrangement !== undefined || replay.openB !== undefined || scenario.kind === 'overlap') types.push('type World = Awaited<ReturnType<typeof setUp>>;');
  const sections = [
    header(replay, options, [...parts.holes.keys()]),
    imports.join('\n'),
    types.join('\n'),
    [...parts.holes.values()].join('\n\n'),
    replay.arrangement?.isNeeded === false
      ? `// Calls of \`world.subject\` that come first, if the race does not start from nothing.\nconst arrange = (_world: World): unknown => undefined;`
      : '',
    scenario.kind === 'overlap'
      ? `// What else the tasks leave behind, if neither what they give nor a look tells the harm: \`tasks.calls()\`, \`tasks.asked('…')\`,\n// the state of what \`world.given\` holds.\nconst alsoSeen = (_tasks: Tasks, _world: World): unknown => undefined;`
      : '',
    parts.values.size === 0 ? '' : ['// Any values will do here that the code accepts; `true` or `false` decides which way it goes.', ...parts.values.values()].join('\n'),
    replaced.map(({ mock }) => mock).filter((mock) => mock !== '').join('\n\n'),
    usesGlobals(replay) ? 'afterEach(() => {\n  vi.unstubAllGlobals();\n});' : '',
    setUp(replay, parts, given, calls, replaced.map(({ local }) => local), options),
    testCase(replay),
    scenario.kind === 'overlap' ? inTurn(replay) : '',
    parts.holes.size === 0 ? '' : supplyFunction.trimEnd(),
    scenario.kind === 'overlap' && scenario.countsCalls ? callsFunction.trimEnd() : '',
    replay.tasks.A.isGenerator || replay.tasks.B.isGenerator ? collectFunction.trimEnd() : '',
    machinery.trimEnd(),
  ];
  return { text: `${sections.filter((section) => section !== '').join('\n\n')}\n`, holes: [...parts.holes.keys()] };
}

function header({ finding }: Replay, { displayPath }: TextOptions, holes: readonly string[]): string {
  const line = (task: string, text: string): string[] => wrap(`${task}  ${text}`, '      ');
  const steps = finding.steps.flatMap((step) => line(step.task, stepText(step, finding.span.file, displayPath)));
  const todo =
    holes.length === 0 ? ['Nothing has to be supplied: run it as it is.'] : [`Supply ${holes.map((name) => `\`${name}\``).join(', ')} below, and run it.`];
  const lines = [
    `Replay of ${finding.rule} in ${displayPath(finding.span.file)}:${finding.span.line}, fingerprint ${finding.fingerprint}`,
    '',
    ...steps.map((text) => `  ${text}`),
    '',
    'The test says what correct code does. It fails as long as the race is there.',
    ...todo,
  ];
  return ['/*', ...lines.map((text) => ` * ${text.replaceAll('*/', '* /')}`.trimEnd()), ' */'].join('\n');
}

function stepText({ span, text }: Step, file: string, displayPath: (file: string) => string): string {
  const place = span.file === file ? `line ${span.line}` : `${displayPath(span.file)}:${span.line}`;
  return `${place}: ${text}`;
}

function subjectType({ subject }: Replay): string {
  const exported = `Module[${quote(subject.exported)}]`;
  switch (subject.kind) {
    case 'instance':
      return `InstanceType<${exported}>`;
    case 'factory':
      return `Awaited<ReturnType<${exported}>>`;
    case 'class':
    case 'object':
      return exported;
    case 'module':
      return 'Module';
  }
}

function makerParameter({ subject }: Replay, { index }: ParameterPlan): string {
  const helper = subject.kind === 'factory' ? 'Parameters' : 'ConstructorParameters';
  return `NonNullable<${helper}<Module[${quote(subject.exported)}]>[${index}]>`;
}

function taskCall(replay: Replay, parts: Parts, task: TaskName): string {
  if (task === 'B' && replay.openB !== undefined) return 'runB(world)';
  const plan = replay.tasks[task];
  const isSame = isSameCall(replay.tasks.A, replay.tasks.B);
  const type = (index: number): string =>
    `NonNullable<Parameters<Subject${plan.member === undefined ? '' : `[${quote(plan.member)}]`}>[${index}]>`;
  const others = !hasTaskB(replay) ? [] : task === 'A' ? replay.tasks.B.given : replay.tasks.A.given;
  const given = plan.given.map((parameter) => {
    if (parameter.shape.kind === 'value' && parameter.shape.expression === abortSignal) return `tasks.signal('${task}')`;
    const isSimple = parameter.shape.kind === 'value';
    // the tasks meet at one key; an update of the same by two is told apart by what they write
    const isShared = isSimple ? parameter.isKey || !isSame : isSame;
    const isTaken = others.some(({ name }) => name === parameter.name);
    return argument(parts, parameter, type(parameter.index), isShared || !isTaken ? '' : task, task);
  });
  const call = `subject${plan.member === undefined ? '' : member(plan.member)}(${given.join(', ')})`;
  return plan.isGenerator ? `collect(tasks, ${call})` : call;
}

function hasTaskB({ scenario }: Replay): boolean {
  return scenario.kind !== 'end' || scenario.hasB;
}

function isSameCall(a: TaskPlan, b: TaskPlan): boolean {
  return a.member === b.member && a.given.length === b.given.length;
}

function usesGlobals({ replaced, tasks }: Replay): boolean {
  return tasks.A.isTick || replaced.some(({ module }) => module === undefined);
}

/** A fresh module for each run would be one more class of everything that it throws or takes. */
function hasModuleState({ subject }: Replay): boolean {
  return subject.kind !== 'instance' && subject.kind !== 'factory';
}

function setUp(replay: Replay, parts: Parts, given: readonly string[], calls: Record<TaskName, string>, replaced: readonly string[], options: TextOptions): string {
  const { subject } = replay;
  const { isTick } = replay.tasks.A;
  const load = `await import('${options.importPath(replay.module)}')`;
  const making = subjectExpression(replay, given);
  const looks = replay.looks.map((look) => `${quote(look.member)}: () => subject${member(look.member)}${look.isCall ? '()' : ''}`);
  const made = [...parts.locals.made];
  const called = [...parts.locals.called];
  const locals = [...made, ...called];
  const isOpenB = replay.openB !== undefined;
  const lines = [
    ...(hasModuleState(replay) ? ['vi.resetModules(); // the state is that of the module'] : []),
    ...replaced,
    ...(isTick ? ['const ticks: (() => unknown)[] = [];', `vi.stubGlobal('setInterval', (tick: () => unknown) => ticks.push(tick));`] : []),
    subject.kind === 'module' ? `const subject = ${load};` : `const module = ${load};`,
    ...made.map(([, line]) => line),
    ...(subject.kind === 'module' ? [] : [`const subject = ${making};`]),
    ...called.map(([, line]) => line),
    ...(isTick ? [`${calls.A};`] : []),
    `return {`,
    `  subject,`,
    `  given: { ${locals.map(([name]) => name).join(', ')} },`.replace('{  }', '{}'),
    `  A: () => ${isTick ? 'ticks.at(-1)?.()' : calls.A},`,
    ...(isOpenB || !hasTaskB(replay) ? [] : [`  B: () => ${isTick ? 'ticks.at(-1)?.()' : calls.B},`]),
    `  looks: { ${looks.join(', ')} },`.replace('{  }', '{}'),
    `};`,
  ];
  return [
    '/** A new object under test, and the calls that are the tasks. */',
    `async function setUp(${[...locals.map(([, line]) => line), ...Object.values(calls), ...replaced].some((line) => /\btasks\b/.test(line)) ? 'tasks' : '_tasks'}: Tasks) {`,
    ...lines.map((line) => `  ${line}`),
    '}',
  ].join('\n');
}

function subjectExpression({ subject }: Replay, given: readonly string[]): string {
  const exported = `module${member(subject.exported)}`;
  switch (subject.kind) {
    case 'instance':
      return `new ${exported}(${given.join(', ')})`;
    case 'factory':
      return `${subject.isAsync ? 'await ' : ''}${exported}(${given.join(', ')})`;
    case 'class':
    case 'object':
    case 'module':
      return exported;
  }
}

