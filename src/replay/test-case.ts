/** The test of a replay: the interleaving of the finding, and what correct code does in it. */
import { consumerGate, type Replay, type Scenario, type TaskName } from './replay.js';
import { list, quote } from './spelling.js';

export function testCase(replay: Replay): string {
  const { finding, scenario } = replay;
  const made = ['const tasks = new Tasks();', 'const world = await setUp(tasks);'];
  const opened = (until: 'finish' | 'end'): string[] => [...made, ...(replay.arrangement === undefined ? [] : [`tasks.start('first', () => arrange(world));`, `await tasks.${until}('first');`])];
  const runB = replay.openB === undefined ? 'world.B' : '() => runB(world)';
  const startA = `tasks.start('A', world.A);`;
  const startB = `tasks.start('B', ${runB});`;
  const name = finding.function.includes('<') ? finding.place : finding.function;
  const body = bodyOf(scenario, { open: opened('finish'), openUnderWay: opened('end'), startA, startB });
  return [`it(${quote(`${name} ${claim(replay)}`)}, async () => {`, ...body.map((line) => (line === '' ? '' : `  ${line}`)), '});'].join('\n');
}

/** Lines that every scenario is made of: what makes the world, and what starts the tasks in it. */
interface Lines {
  readonly open: readonly string[];
  /** What the arrangement has started, and its calls do not wait for, goes on beside the tasks. */
  readonly openUnderWay: readonly string[];
  readonly startA: string;
  readonly startB: string;
}

function bodyOf(scenario: Scenario, lines: Lines): string[] {
  switch (scenario.kind) {
    case 'overlap':
      return overlapBody(scenario, lines);
    case 'failure':
      return failureBody(scenario, lines);
    case 'succession':
      return successionBody(scenario, lines);
    case 'readers':
      return readersBody(scenario, lines);
    case 'end':
      return endBody(scenario, lines);
  }
}

type ScenarioOf<Kind extends Scenario['kind']> = Extract<Scenario, { kind: Kind }>;

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
    case 'readers':
      return 'lets a reader in beside one that waits';
    case 'end':
      return 'comes to a good end';
  }
}

function overlapBody({ hold, turns, countsCalls, holdB }: ScenarioOf<'overlap'>, { open, openUnderWay, startA, startB }: Lines): string[] {
  const expected = turns.map((turn) => `await inTurn('${turn.charAt(0)}', '${turn.charAt(1)}')`);
  const judged = [
    'const raced = await tasks.observe({ ...world.looks, also: () => alsoSeen(tasks, world) });',
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
        ...openUnderWay.map((line) => `  ${line}`),
        `  ${startA}`,
        `  for (let turn = 0; turn < microtasks; turn++) await Promise.resolve();`,
        `  ${startB}`,
        `  await tasks.together();`,
        ...judged.map((line) => `  ${line}`),
        '}',
      ];
  }
}

function failureBody({ how, gates, isJoined, times }: ScenarioOf<'failure'>, { open, startA, startB }: Lines): string[] {
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

function successionBody({ gates: held }: ScenarioOf<'succession'>, { open, startA, startB }: Lines): string[] {
  const gates = list(held);
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

function readersBody({ gates }: ScenarioOf<'readers'>, { open, startA, startB }: Lines): string[] {
  return [
    ...open,
    startA,
    `await tasks.reach('A', ${list(gates)}); // A waits with the lock held`,
    startB,
    `await tasks.finish('B'); // B only reads too`,
    `expect(tasks.outcome('B')).toMatch(/^gives /);`,
  ];
}

function endBody({ hasB, isConsumed }: ScenarioOf<'end'>, { open, openUnderWay, startA, startB }: Lines): string[] {
  const judged = (task: TaskName): string => `expect(tasks.outcome('${task}')).toMatch(/^gives /);`;
  if (!hasB) return [...open, startA, `await tasks.finish('A');`, judged('A')];
  if (isConsumed) {
    return [
      ...open,
      startA,
      `await tasks.reach('A', [${quote(consumerGate)}]);`,
      `${startB} // the consumer makes this call before it asks for the next value`,
      `await tasks.finish('B');`,
      judged('B'),
      `await tasks.finish('A');`,
      judged('A'),
    ];
  }
  return [
    '// B starts at every microtask of A in turn.',
    'for (let microtasks = 0; microtasks < 16; microtasks++) {',
    ...[
      ...openUnderWay,
      startA,
      'for (let turn = 0; turn < microtasks; turn++) await Promise.resolve();',
      startB,
      `await tasks.finish('first', 'A', 'B');`,
      judged('A'),
      judged('B'),
    ].map((line) => `  ${line}`),
    '}',
  ];
}

export function inTurn(replay: Replay): string {
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
    '  return tasks.observe({ ...world.looks, also: () => alsoSeen(tasks, world) });',
    '}',
  ].join('\n');
}
