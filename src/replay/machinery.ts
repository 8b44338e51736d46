/**
 * The part of a written test that is the same in all of them. It is text, and not a module to import, so that a test can
 * be handed on, in a ticket or to another project, and still runs.
 */
export const machinery = `// What follows is the same in every replay; there is nothing to supply below this line.

type TaskName = 'first' | 'A' | 'B' | 'next' | 'last' | 'look';

interface WaitingCall {
  readonly task: TaskName;
  readonly name: string;
  answer(): void;
  fail(): void;
}

interface Seen {
  /** What the tasks gave, and what a look at the state gives now. */
  readonly seen: Readonly<Record<string, string>>;
  /** How often each fake was called. */
  readonly calls: Readonly<Record<string, number>>;
}

/** Runs tasks whose calls of the fakes wait until the test answers them. */
class Tasks {
  readonly #current = new AsyncLocalStorage<TaskName>();
  readonly #waiting: WaitingCall[] = [];
  readonly #asked = new Map<string, unknown[][]>();
  readonly #outcomes = new Map<TaskName, () => string>();
  readonly #broken = new Set<string>();
  readonly #controllers = new Map<TaskName, AbortController>();

  /** A fake. \`result\` makes what a call gives: \`label\` and \`serial\` differ from call to call, and \`given\` is as it was at the call. It obeys the signals that it gets. */
  gate<F extends (...given: never[]) => unknown>(name: string, result: (label: string, given: Parameters<F>, serial: number) => Awaited<ReturnType<F>>): F {
    const made = new Map<TaskName, number>();
    const fake = (...given: unknown[]): Promise<unknown> => {
      const task = this.#current.getStore() ?? 'first';
      const count = (made.get(task) ?? 0) + 1;
      made.set(task, count);
      const asked = given.map((each) => plain(each, 0));
      this.#note(name, asked);
      if (this.#broken.has(\`\${task} \${name}\`)) throw new Error(\`\${name} throws\`);
      const serial = ['first', 'A', 'B', 'next', 'last', 'look'].indexOf(task) * 1000 + count;
      return new Promise((resolve, reject) => {
        const answer = (): void => {
          try {
            resolve(result(\`\${task}\${count}\`, asked as Parameters<F>, serial));
          } catch (error) {
            reject(error);
          }
        };
        for (const signal of signalsIn(given)) signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
        this.#waiting.push({ task, name, answer, fail: () => reject(new Error(\`\${name} fails\`)) });
      });
    };
    return fake as unknown as F;
  }

  /** A callback that notes what it is told. */
  listener<F extends (...given: never[]) => void>(name: string): F {
    const listener = (...given: unknown[]): void => this.#note(name, given.map((each) => plain(each, 0)));
    return listener as unknown as F;
  }

  /** The signal by which the task gives up. */
  signal(task: TaskName): AbortSignal {
    return this.#controllerOf(task).signal;
  }

  /** The task gives up. */
  async abort(task: TaskName): Promise<void> {
    this.#controllerOf(task).abort();
    await quiet();
  }

  start(task: TaskName, run: () => unknown): void {
    this.#outcomes.set(task, () => 'never ends');
    const promise = this.#current.run(task, async () => run());
    promise.then(
      (value) => this.#outcomes.set(task, () => \`gives \${show(value)}\`),
      (error: unknown) => this.#outcomes.set(task, () => \`throws \${String(error)}\`),
    );
  }

  /**
   * Answers the calls of the task until it waits for one of the fakes, or for any of them when none is named. Code that is
   * right may never come there: then the task waits for another task, or is at its end.
   */
  async reach(task: TaskName, names: readonly string[]): Promise<void> {
    for (;;) {
      await quiet();
      const own = this.#waiting.filter((call) => call.task === task);
      if (own.some(({ name }) => names.length === 0 || names.includes(name))) return;
      if (own.length === 0) return;
      this.#take((call) => call.task === task)?.answer();
    }
  }

  /** Answers what the task waits for until it waits for nothing that the test could answer. */
  async finish(...tasks: readonly TaskName[]): Promise<void> {
    for (let answers = 0; answers < 1000; answers++) {
      await quiet();
      const call = this.#take(({ task }) => tasks.includes(task));
      if (call === undefined) return;
      call.answer();
    }
    throw new Error('the tasks go on calling the fakes for ever');
  }

  /** Answers the calls of the task until it has come to its end; what it has started goes on. */
  async end(task: TaskName): Promise<void> {
    for (let answers = 0; answers < 1000; answers++) {
      await quiet();
      if (this.outcome(task) !== 'never ends') return;
      this.#take((call) => call.task === task)?.answer();
    }
  }

  /** Answers everything at once, again and again, until nothing waits. */
  async together(): Promise<void> {
    for (let answers = 0; answers < 1000; answers++) {
      await quiet();
      const calls = this.#waiting.splice(0);
      if (calls.length === 0) return;
      for (const call of calls) call.answer();
    }
  }

  /** Lets the call fail for which the task waits. */
  async fail(task: TaskName, names: readonly string[]): Promise<void> {
    this.#take((call) => call.task === task && names.includes(call.name))?.fail();
    await quiet();
  }

  /** From now on the fakes throw at once when the task calls them. */
  break(task: TaskName, names: readonly string[]): void {
    for (const name of names) this.#broken.add(\`\${task} \${name}\`);
  }

  /** What the task has come to. What it gave is looked at now, or when this was called first with \`isFinal\`. */
  outcome(task: TaskName, isFinal = false): string {
    const text = this.#outcomes.get(task)?.() ?? 'was not started';
    if (isFinal) this.#outcomes.set(task, () => text);
    return text;
  }

  /** What the tasks have left behind, for anybody to see. */
  async observe(looks: Readonly<Record<string, () => unknown>>): Promise<Seen> {
    await this.finish('first', 'A', 'B');
    const calls = this.calls();
    const seen: Record<string, string> = { A: this.outcome('A'), B: this.outcome('B') };
    for (const [name, look] of Object.entries(looks)) {
      this.start('look', look);
      await this.finish('look');
      seen[name] = this.outcome('look');
    }
    return { seen, calls };
  }

  /** How often each fake has been called. */
  calls(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#asked].map(([name, calls]) => [name, calls.length]));
  }

  /** What each call of the fake was given, as it was then. */
  asked(name: string): readonly unknown[][] {
    return this.#asked.get(name) ?? [];
  }

  #note(name: string, given: unknown[]): void {
    this.#asked.set(name, [...(this.#asked.get(name) ?? []), given]);
  }

  #controllerOf(task: TaskName): AbortController {
    const controller = this.#controllers.get(task) ?? new AbortController();
    this.#controllers.set(task, controller);
    return controller;
  }

  #take(isWanted: (call: WaitingCall) => boolean): WaitingCall | undefined {
    const position = this.#waiting.findIndex(isWanted);
    return position === -1 ? undefined : this.#waiting.splice(position, 1)[0];
  }
}

/** Signals among what a call gets, themselves or in its options. */
function signalsIn(given: readonly unknown[]): AbortSignal[] {
  return given.flatMap((each) => {
    const signal: unknown = typeof each === 'object' && each !== null && 'signal' in each ? each.signal : each;
    return signal instanceof AbortSignal ? [signal] : [];
  });
}

/** Runs everything that waits for no answer of the test. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((next) => setImmediate(next));
  await new Promise((next) => setTimeout(next)); // some locks wake who waits by a timer that is due at once
}

/** The value as text, with what the getters of its class give. */
function show(value: unknown): string {
  return inspect(plain(value, 0), { depth: 8, sorted: true });
}

/** What the value holds now, with what the getters of its class give. */
function plain(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > 4) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => plain(each, depth + 1));
  if (value instanceof Map) return new Map([...value].map(([key, each]: [unknown, unknown]) => [key, plain(each, depth + 1)]));
  const prototype: object | null = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype) return Object.fromEntries(Object.entries(value).map(([key, each]: [string, unknown]) => [key, plain(each, depth + 1)]));
  if (prototype === null || typeof prototype.constructor !== 'function' || !/^class\\b/.test(sourceOf(prototype.constructor))) return value;
  const getters = Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { get }]) => (get === undefined ? [] : [name]));
  return Object.fromEntries([...Object.keys(value), ...getters].map((name) => [name, plain(Reflect.get(value, name), depth + 1)]));
}

function sourceOf(made: object): string {
  return Function.prototype.toString.call(made);
}
`;

/** Stands in for what only the person can supply. */
export const supplyFunction = `function supply(what: string): never {
  throw new Error(\`supply \${what}: see the comment above it\`);
}
`;

/** Only where more calls than in turn are a wrong outcome. */
export const callsFunction = `/** The fakes that were called more often than when the tasks run one after the other. */
function callsBeyond(turns: readonly Seen[], { calls }: Seen): string[] {
  const most = (name: string): number => Math.max(...turns.map((turn) => turn.calls[name] ?? 0));
  return Object.entries(calls).flatMap(([name, count]) => (count > most(name) ? [\`\${name}: \${count} calls, in turn \${most(name)}\`] : []));
}
`;

/** Only where a task is a generator. */
export const collectFunction = `/** Consumes a generator, and waits for the test after each value as a slow consumer does. */
async function collect(tasks: Tasks, source: AsyncIterable<unknown>): Promise<unknown[]> {
  const pause = tasks.gate<() => Promise<void>>('the consumer', () => undefined);
  const values: unknown[] = [];
  for await (const value of source) {
    values.push(value);
    await pause();
  }
  return values;
}
`;
