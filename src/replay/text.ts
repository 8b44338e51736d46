/** The text of a replay: one vitest file. All of its words and its layout are here and in `machinery`. */
import type { Step } from '../findings/finding.js';
import { abortSignal, type Shape } from '../types/shapes.js';
import { memberPath } from './collaborators.js';
import { callsFunction, collectFunction, machinery, supplyFunction } from './machinery.js';
import type { ParameterPlan, Replay, ReplacedFunction, TaskName, TaskPlan } from './replay.js';

export interface ReplayText {
  readonly text: string;
  /** Names of what the person has to supply, in the order of the file. */
  readonly holes: readonly string[];
}

export interface TextOptions {
  /** How the test imports a file, by its absolute path. */
  readonly importPath: (file: string) => string;
  /** A file as the person knows it. */
  readonly displayPath: (file: string) => string;
}

/** Lines of the parts of the file; filled while the calls are written. */
interface Parts {
  readonly types: Map<string, string>;
  readonly holes: Map<string, string>;
  readonly values: Map<string, string>;
  readonly locals: Map<string, string>;
  /** Some call has to fail, and only the person knows which. */
  readonly hasFailure: boolean;
}

const columns = 100;

export function replayText(replay: Replay, options: TextOptions): ReplayText {
  const { subject, scenario } = replay;
  const parts: Parts = { types: new Map(), holes: new Map(), values: new Map(), locals: new Map(), hasFailure: replay.hasFailure };
  const given = subject.given.map((parameter) => argument(parts, parameter, makerParameter(replay, parameter), ''));
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
  if (replay.arrangement !== undefined || replay.openB !== undefined) types.push('type World = Awaited<ReturnType<typeof setUp>>;');
  const sections = [
    header(replay, options, [...parts.holes.keys()]),
    imports.join('\n'),
    types.join('\n'),
    [...parts.holes.values()].join('\n\n'),
    replay.arrangement?.isNeeded === false
      ? `// Calls of \`world.subject\` that come first, if the race does not start from nothing.\nconst arrange = (_world: World): unknown => undefined;`
      : '',
    parts.values.size === 0 ? '' : ['// Any values will do here that the code accepts.', ...parts.values.values()].join('\n'),
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

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `${indent}${word}`);
  }
  return lines;
}

function hole(parts: Parts, name: string, comment: string, signature: string): void {
  const lines = wrap(`SUPPLY ${name}. ${comment}`, '').map((line) => `// ${line}`);
  parts.holes.set(name, [...lines, `const ${name} = ${signature} => supply('${name}');`].join('\n'));
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
    return argument(parts, parameter, type(parameter.index), isShared || !isTaken ? '' : task);
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

/** The expression that stands for the parameter in a call; what it needs is added to the parts. */
function argument(parts: Parts, { name, shape }: ParameterPlan, type: string, suffix: string): string {
  const own = safe(`${name}${suffix}`);
  if (shape.kind === 'value') {
    const text = shape.of === 'string' ? quote(suffix === '' ? name : `${name} of ${suffix}`) : shape.of === 'number' ? (suffix === 'B' ? '8' : '7') : undefined;
    if (text === undefined) return shape.expression;
    parts.values.set(own, `const ${own} = ${text};`);
    return own;
  }
  const alias = shape.kind === 'function' ? capital(name) : (shape.name ?? capital(name));
  const typeName = aliasFor(parts, alias, type);
  if (shape.kind === 'open' || (shape.kind === 'function' && !shape.isAsync)) {
    const maker = `make${capital(own)}`;
    hole(parts, maker, `What to hand in as \`${name}\`.`, `(tasks: Tasks): ${typeName}`);
    parts.locals.set(own, `const ${own} = ${maker}(tasks);`);
    return own;
  }
  parts.locals.set(own, `const ${own} = ${fake(parts, name, shape, typeName, '  ')};`);
  return own;
}

function aliasFor(parts: Parts, wanted: string, type: string): string {
  const isFree = (name: string): boolean => !['Module', 'Subject', 'World', 'Tasks', 'TaskName', 'WaitingCall', 'Seen'].includes(name) && [undefined, type].includes(parts.types.get(name));
  const name = [wanted, `${wanted}Given`, `${wanted}Given2`, `${wanted}Given3`].find(isFree) ?? wanted;
  parts.types.set(name, type);
  return name;
}

/** The expression of a fake, with gates in place of its asynchronous functions. */
function fake(parts: Parts, path: string, shape: Shape, type: string, indent: string): string {
  if (shape.kind === 'function') return shape.isAsync ? gate(parts, path, shape.result, type) : functionHole(parts, path, shape.result, type);
  if (shape.kind === 'value') return shape.of === 'string' ? quote(path) : shape.expression;
  if (shape.kind === 'open') {
    const maker = `make${capital(camel(path))}`;
    hole(parts, maker, `What to hand in as \`${path}\`.`, `(): ${type}`);
    return `${maker}()`;
  }
  const members = shape.members.filter((each) => !each.isOptional || (each.shape.kind === 'function' && each.shape.isAsync));
  const lines = members.map(
    (each) => `${indent}  ${each.name}: ${fake(parts, `${path}.${each.name}`, each.shape, `NonNullable<${type}['${each.name}']>`, `${indent}  `)},`,
  );
  return ['{', ...lines, `${indent}} as unknown as ${type}`].join('\n');
}

function gate(parts: Parts, path: string, result: Shape, type: string): string {
  return `tasks.gate<${type}>(${quote(path)}, ${answer(parts, path, result, type)})`;
}

function answer(parts: Parts, path: string, result: Shape, type: string): string {
  if (result.kind === 'value' && !parts.hasFailure) {
    if (result.of === 'string') return '(label) => label';
    if (result.of === 'number') return '(_label, serial) => serial';
    if (result.of === 'nothing') return '() => undefined';
    if (/^[\w'"]+$/.test(result.expression)) return `() => ${result.expression}`;
  }
  const name = `${camel(path)}Result`;
  hole(
    parts,
    name,
    `What a call of \`${path}\` resolves to; \`label\` differs from call to call, and the value has to tell it. Throw for a call that fails.`,
    `(label: string): Awaited<ReturnType<${type}>>`,
  );
  return name;
}

function functionHole(parts: Parts, path: string, result: Shape, type: string): string {
  if (result.kind === 'value') return `() => ${result.of === 'string' ? quote(path) : result.expression}`;
  const name = `${camel(path)}Result`;
  hole(parts, name, `What a call of \`${path}\` returns.`, `(): ReturnType<${type}>`);
  return name;
}

function replacement(parts: Parts, replaced: ReplacedFunction, replay: Replay, options: TextOptions): { mock: string; local: string } {
  const { module, holder, name, result } = replaced;
  if (module === undefined) {
    return { mock: '', local: `vi.stubGlobal(${quote(name)}, ${gate(parts, name, result, `typeof ${name}`)});` };
  }
  const path = module.isFile ? options.importPath(resolved(replay.module, module.name)) : module.name;
  if (holder.length > 0) {
    const owner = holder.map(member).join('');
    const [first = '', second] = holder;
    const exported = `(typeof import('${path}'))[${quote(first)}]`;
    const type = second === 'prototype' ? `InstanceType<${exported}>` : [exported, ...holder.slice(1).map((part) => `[${quote(part)}]`)].join('');
    const method = aliasFor(parts, capital(camel(memberPath(replaced))), `${type}[${quote(name)}]`);
    return { mock: '', local: `Object.assign((await import('${path}'))${owner}, { ${name}: ${gate(parts, memberPath(replaced), result, method)} });` };
  }
  const alias = aliasFor(parts, capital(name), `typeof import('${path}')[${quote(name)}]`);
  const held = `replaced${capital(name)}`;
  const stub = `${name}: (...given: Parameters<${alias}>) => ${held}(...given)`;
  return {
    mock: [
      `let ${held}: ${alias};`,
      `vi.mock(${quote(path)}, async (original) => {`,
      `  const actual = await original<{ default?: object }>();`,
      `  const stub = { ${stub} };`,
      `  return { ...actual, ...('default' in actual ? { default: { ...actual.default, ...stub } } : {}), ...stub };`,
      `});`,
    ].join('\n'),
    local: `${held} = ${gate(parts, name, result, alias)};`,
  };
}

/** The file that a module imports by a relative path, without regard to what its ending is on disk. */
function resolved(from: string, specifier: string): string {
  const segments = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') segments.pop();
    else if (part !== '.') segments.push(part);
  }
  return segments.join('/');
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
  const made = subjectExpression(replay, given);
  const looks = replay.looks.map((look) => `${quote(look.member)}: () => subject${member(look.member)}${look.isCall ? '()' : ''}`);
  const locals = [...parts.locals];
  const isOpenB = replay.openB !== undefined;
  const lines = [
    ...(hasModuleState(replay) ? ['vi.resetModules(); // the state is that of the module'] : []),
    ...replaced,
    ...(isTick ? ['const ticks: (() => unknown)[] = [];', `vi.stubGlobal('setInterval', (tick: () => unknown) => ticks.push(tick));`] : []),
    subject.kind === 'module' ? `const subject = ${load};` : `const module = ${load};`,
    ...locals.map(([, line]) => line),
    ...(subject.kind === 'module' ? [] : [`const subject = ${made};`]),
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

function testCase(replay: Replay): string {
  const { finding, scenario } = replay;
  const open = ['const tasks = new Tasks();', 'const world = await setUp(tasks);'];
  if (replay.arrangement !== undefined) open.push(`tasks.start('first', () => arrange(world));`, `await tasks.finish('first');`);
  const runB = replay.openB === undefined ? 'world.B' : '() => runB(world)';
  const startA = `tasks.start('A', world.A);`;
  const startB = `tasks.start('B', ${runB});`;
  const name = finding.function.includes('<') ? finding.place : finding.function;
  const body = bodyOf(replay, open, startA, startB);
  return [`it(${quote(`${name} ${claim(replay)}`)}, async () => {`, ...body.map((line) => (line === '' ? '' : `  ${line}`)), '});'].join('\n');

  function bodyOf(plan: Replay, opening: readonly string[], a: string, b: string): string[] {
    switch (scenario.kind) {
      case 'overlap':
        return overlapBody(plan, opening, a, b);
      case 'failure':
        return failureBody(plan, opening, a, b);
      case 'succession':
        return successionBody(plan, opening, a, b);
      case 'end':
        return endBody(plan, opening, a, b);
    }
  }
}

function claim({ scenario }: Replay): string {
  switch (scenario.kind) {
    case 'overlap':
      return scenario.turns.length === 1
        ? 'leaves behind what it would if nobody ran in between'
        : 'leaves behind what the tasks would if they ran one after the other';
    case 'failure':
      return 'works for the next task after one has failed';
    case 'succession':
      return 'joins the work under way, whatever has come of what went before';
    case 'end':
      return 'comes to a good end';
  }
}

function overlapBody({ scenario }: Replay, open: readonly string[], startA: string, startB: string): string[] {
  if (scenario.kind !== 'overlap') return [];
  const { hold, turns, countsCalls, holdB } = scenario;
  const expected = turns.map((turn) => `await inTurn('${turn.charAt(0)}', '${turn.charAt(1)}')`);
  const judged = [
    'const raced = await tasks.observe(world.looks);',
    'expect(turns.map(({ seen }) => seen)).toContainEqual(raced.seen);',
    ...(countsCalls ? ['expect(callsBeyond(turns, raced)).toEqual([]);'] : []),
  ];
  const opening = [
    `const turns = [${expected.join(', ')}];`,
    `expect(turns[0]?.seen['A'], 'alone, A comes to a good end').toMatch(/^gives /);`,
    '',
  ];
  switch (hold.at) {
    case 'gate':
      return [
        ...opening,
        ...open,
        startA,
        `await tasks.reach('A', ${list(hold.gates)}); // A suspends`,
        startB,
        holdB === undefined
          ? `await tasks.finish('B'); // B goes as far as it can while A is suspended`
          : `await tasks.reach('B', ${list(holdB)}); // B suspends too, unless it waits for A`,
        `await tasks.finish('A');`,
        ...judged,
      ];
    case 'end':
      return [...opening, ...open, startA, `await tasks.finish('A');`, startB, ...judged];
    case 'microtask':
      return [
        ...opening,
        '// Nothing that the test could hold: B starts at every microtask of A in turn.',
        'for (let microtasks = 0; microtasks < 16; microtasks++) {',
        ...open.map((line) => `  ${line}`),
        `  ${startA}`,
        `  for (let turn = 0; turn < microtasks; turn++) await Promise.resolve();`,
        `  ${startB}`,
        `  await tasks.together();`,
        ...judged.map((line) => `  ${line}`),
        '}',
      ];
  }
}

function failureBody({ scenario }: Replay, open: readonly string[], startA: string, startB: string): string[] {
  if (scenario.kind !== 'failure') return [];
  const { how, gates, isJoined, times } = scenario;
  const reach = `await tasks.reach('A', ${list(gates)});`;
  const fail = how === 'aborts' ? [`await tasks.abort('A');`] : how === 'rejects' ? [`await tasks.fail('A', ${list(gates)});`] : [`await tasks.finish('A');`];
  const before = how === 'throws' ? [`tasks.break('A', ${list(gates)});`] : [];
  const judged = [how === 'aborts' ? `await tasks.finish('A', 'B');` : `await tasks.finish('B');`, `expect(tasks.outcome('B')).toMatch(/^gives /);`];
  if (isJoined) return [...open, ...before, startA, ...(how === 'rejects' || how === 'aborts' ? [reach] : []), startB, 'await quiet();', ...fail, ...judged];
  const attempt = [startA, ...(how === 'rejects' && times === 1 ? [reach] : how === 'rejects' ? ['await quiet();'] : []), ...fail];
  if (times === 1) return [...open, ...before, ...attempt, startB, ...judged];
  return [
    ...open,
    ...before,
    `for (let attempt = 0; attempt < ${times}; attempt++) { // more often than there are permits`,
    ...attempt.map((line) => `  ${line}`),
    '}',
    startB,
    ...judged,
  ];
}

function successionBody({ scenario }: Replay, open: readonly string[], startA: string, startB: string): string[] {
  if (scenario.kind !== 'succession') return [];
  const gates = list(scenario.gates);
  return [
    `for (const end of ['answered', 'failed'] as const) {`,
    ...[
      ...open,
      startA,
      `await tasks.reach('A', ${gates}); // A suspends`,
      startB,
      'await quiet();',
      `tasks.start('next', world.A); // it joins what B has started, or starts anew`,
      'await quiet();',
      `if (end === 'failed') await tasks.fail('A', ${gates});`,
      `await tasks.finish('A');`,
      'const calls = tasks.calls();',
      `tasks.start('last', world.A);`,
      'await quiet();',
      'expect(tasks.calls(), `after A was ${end}`).toEqual(calls);',
    ].map((line) => `  ${line}`),
    '}',
  ];
}

function endBody({ scenario }: Replay, open: readonly string[], startA: string, startB: string): string[] {
  if (scenario.kind !== 'end') return [];
  const judged = (task: TaskName): string => `expect(tasks.outcome('${task}')).toMatch(/^gives /);`;
  if (!scenario.hasB) return [...open, startA, `await tasks.finish('A');`, judged('A')];
  return [
    '// B starts at every microtask of A in turn.',
    'for (let microtasks = 0; microtasks < 16; microtasks++) {',
    ...[
      ...open,
      startA,
      'for (let turn = 0; turn < microtasks; turn++) await Promise.resolve();',
      startB,
      `await tasks.finish('A', 'B');`,
      judged('A'),
      judged('B'),
    ].map((line) => `  ${line}`),
    '}',
  ];
}

function inTurn(replay: Replay): string {
  const { arrangement, openB } = replay;
  return [
    '/** What the tasks leave behind when they run one after the other. */',
    `async function inTurn(...order: readonly ('A' | 'B')[]): Promise<Seen> {`,
    '  const tasks = new Tasks();',
    '  const world = await setUp(tasks);',
    ...(arrangement === undefined ? [] : [`  tasks.start('first', () => arrange(world));`, `  await tasks.finish('first');`]),
    '  for (const task of order) {',
    `    tasks.start(task, ${openB === undefined ? 'world[task]' : `task === 'A' ? world.A : () => runB(world)`});`,
    '    await tasks.finish(task);',
    '    tasks.outcome(task, true);',
    '  }',
    '  return tasks.observe(world.looks);',
    '}',
  ].join('\n');
}

function list(names: readonly string[]): string {
  return `[${names.map(quote).join(', ')}]`;
}

function member(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${quote(name)}]`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll(`'`, `\\'`)}'`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `service.login` as `serviceLogin`. */
function camel(path: string): string {
  return path.replaceAll(/\.(\w)/g, (_dot, letter: string) => letter.toUpperCase());
}

/** Names of the written file itself are not free. */
function safe(name: string): string {
  return ['tasks', 'subject', 'module', 'ticks', 'world', 'inspect', 'vi', 'it', 'expect'].includes(name) ? `${name}Given` : name;
}
