/** What a replay is made of, over sources in memory; that it fails and passes where it should is in `bugs.test.ts`. */
import { describe, expect, it } from 'vitest';
import { createEngine, presets } from '../../src/index.js';
import type { Finding, ReplayRefusal, ReplayText, RuleId } from '../../src/index.js';
import { sourceFileOf } from '../engine/support.js';
import { diagnosticsOf, virtualProgram } from '../support/virtual.js';
import ts from 'typescript';

function replayOf(text: string, rule?: RuleId, others: Readonly<Record<string, string>> = {}): ReplayText | ReplayRefusal {
  const program = virtualProgram({ 'sample.ts': text, ...others });
  const engine = createEngine(ts, program);
  const { findings } = engine.analyzeFile(sourceFileOf(program, 'sample.ts'), presets.all);
  const finding: Finding | undefined = findings.find((each) => rule === undefined || each.rule === rule);
  if (finding === undefined) throw new Error('no finding');
  return engine.replay(finding, { importPath: (file) => `./${file.split('/').at(-1)?.replace(/\.ts$/, '.js')}`, displayPath: () => 'sample.ts' });
}

/** The text, which compiles beside the module that it tests. */
function textOf(source: string, rule?: RuleId, others: Readonly<Record<string, string>> = {}): ReplayText {
  const made = replayOf(source, rule, others);
  if ('refusal' in made) throw new Error(made.refusal);
  const program = virtualProgram({ 'sample.ts': source, ...others, 'sample.race.test.ts': made.text });
  expect(diagnosticsOf(program, 'sample.race.test.ts')).toEqual([]);
  return made;
}

const race = (load: string): string => `if (this.value === undefined) this.value = await ${load};\n    return this.value;`;
const loader = (parameters: string, load: string): string => `
export class Loader {
  private value: string | undefined;
  constructor(${parameters}) {}
  async get(): Promise<string> {
    ${race(load)}
  }
}`;

describe('what is handed in', () => {
  it('gives an asynchronous function an answer that differs from call to call', () => {
    const { text, holes } = textOf(loader('private readonly load: () => Promise<string>', 'this.load()'));
    expect(holes).toEqual([]);
    expect(text).toContain(`tasks.gate<Load>('load', (label) => label)`);
    expect(text).toContain('new module.Loader(load)');
  });

  it('makes an object of all that its type has', () => {
    const { text } = textOf(loader('private readonly api: { load(id: number): Promise<string>; readonly name: string; close(): void }', 'this.api.load(1)'));
    expect(text).toContain(`load: tasks.gate<NonNullable<Api['load']>>('api.load', (label) => label),`);
    expect(text).toContain(`name: 'api.name',`);
    expect(text).toContain('close: () => undefined,');
  });

  it('asks the person for what it cannot know, with its type', () => {
    const { text, holes } = textOf(
      `interface User { readonly id: number }\n${loader('private readonly load: () => Promise<string>', 'this.load()')
        .replace('string | undefined', 'User | undefined')
        .replaceAll('Promise<string>', 'Promise<User>')}`,
    );
    expect(holes).toEqual(['loadResult']);
    expect(text).toContain(`const loadResult = (label: string, given: Parameters<Load>): Awaited<ReturnType<Load>> => supply('loadResult');`);
    expect(text).toMatch(/\/\/ SUPPLY loadResult\. What a call of `load` resolves to/);
  });

  it('replaces an imported function', () => {
    const api = { 'api.ts': 'export async function load(): Promise<string> { return await Promise.resolve("x"); }' };
    const { text } = textOf(`import { load } from './api.js';${loader('', 'load()')}`, undefined, api);
    expect(text).toContain(`vi.mock('./api.js'`);
    expect(text).toContain(`replacedLoad = tasks.gate<Load>('load', (label) => label);`);
  });

  const client = {
    'api.ts': `export class Client { async load(): Promise<string> { return (await fetch('/')).text(); } }\nexport const database = { users: { first: async (): Promise<string> => (await fetch('/')).text() } };`,
  };

  it('replaces the method of an imported class of which the code makes an object', () => {
    const { text, holes } = textOf(`import { Client } from './api.js';\n${loader('', 'this.client.load()').replace('private value', 'private readonly client = new Client();\n  private value')}`, undefined, client);
    expect(holes).toEqual([]);
    expect(text).toContain(`type ClientLoad = InstanceType<(typeof import('./api.js'))['Client']>['load'];`);
    expect(text).toContain(`Object.assign((await import('./api.js')).Client.prototype, { load: tasks.gate<ClientLoad>('Client.load', (label) => label) });`);
    expect(text).toContain(`await tasks.reach('A', ['Client.load']);`);
  });

  it('replaces the method of an imported object', () => {
    const { text } = textOf(`import { database } from './api.js';\n${loader('', 'database.users.first()')}`, undefined, client);
    expect(text).toContain(`Object.assign((await import('./api.js')).database.users, { first: tasks.gate<DatabaseUsersFirst>('database.users.first', (label) => label) });`);
  });

  it('replaces fetch, and puts it back', () => {
    const { text, holes } = textOf(
      `let body: Response | undefined;\nexport async function get(): Promise<Response> {\n  if (!body) body = await fetch('/');\n  return body;\n}`,
    );
    expect(text).toContain(`vi.stubGlobal('fetch', tasks.gate<typeof fetch>('fetch', fetchResult));`);
    expect(text).toContain('vi.unstubAllGlobals();');
    expect(holes).toEqual(['fetchResult']);
  });
});

describe('what is handed in twice', () => {
  const source = `
import { Mutex } from 'async-mutex';
export class Keys {
  readonly #mutex = new Mutex();
  #keys: readonly { kid: string }[];
  constructor(keys: readonly { kid: string }[]) { this.#keys = keys; }
  async replace(keys: readonly { kid: string }[]): Promise<void> {
    await this.#mutex.runExclusive(() => { this.#keys = keys; });
  }
  async any(verify: (kid: string) => Promise<boolean>): Promise<boolean> {
    const length = await this.#mutex.runExclusive(() => this.#keys.length);
    for (let index = 0; index < length; index++) {
      const key = await this.#mutex.runExclusive(() => this.#keys[index]);
      if (await verify(key?.kid ?? '')) return true;
    }
    return false;
  }
}`;

  it('is one for the object and another for the call, which may be of the object', () => {
    const { text, holes } = textOf(source, 'no-ineffective-lock');
    expect(holes).toEqual(['makeKeys', 'makeKeysB']);
    expect(text).toMatch(/const subject = new module\.Keys\(keys\);[^}]*const keysB = makeKeysB\(tasks, subject\);/);
  });

  it('answers yes or no by a constant that the person may turn', () => {
    const { text } = textOf(source, 'no-ineffective-lock');
    expect(text).toContain('const verifyAnswer = true;');
    expect(text).toContain(`tasks.gate<Verify>('verify', () => verifyAnswer)`);
  });
});

describe('what is called', () => {
  it('is the public method through which a private one runs', () => {
    const source = loader('private readonly load: () => Promise<string>', 'this.load()').replace('async get()', 'async #get()');
    const { text } = textOf(source.replace(/\}$/, '  read(): Promise<string> { return this.#get(); }\n}'));
    expect(text).toContain('A: () => subject.read()');
  });

  it('is a member of what a function returns', () => {
    const { text } = textOf(`export function make(load: () => Promise<number>) {
      let value: number | undefined;
      const get = async (): Promise<number> => (value ??= await load());
      return { read: get };
    }`);
    expect(text).toContain('const subject = module.make(load);');
    expect(text).toContain('A: () => subject.read()');
  });

  it('is that of an object that the module exports', () => {
    const source = loader('private readonly load: () => Promise<string>', 'this.load()').replace('export class', 'class');
    const api = { 'api.ts': 'export async function load(): Promise<string> { return await Promise.resolve("x"); }' };
    const { text } = textOf(`import { load } from './api.js';${source.replace('this.load()', 'load()').replace('private readonly load: () => Promise<string>', '')}\nexport const shared = new Loader();`, undefined, api);
    expect(text).toContain('const subject = module.shared;');
    expect(text).toContain('vi.resetModules();');
  });

  it('is a function of a module that is loaded afresh', () => {
    const { text } = textOf(`let value: number | undefined;\nexport default async function get(load: () => Promise<number>) {\n  return (value ??= await load());\n}`);
    expect(text).toContain('vi.resetModules();');
    expect(text).toContain('A: () => subject.default(load)');
  });
});

describe('why there is no test', () => {
  it.each([
    ['nothing exported calls it', loader('private readonly load: () => Promise<string>', 'this.load()').replace('export class', 'class'), 'the class of Loader.get is not exported'],
    ['it waits for an object of its own class', `declare class Client { load(): Promise<string> }\n${loader('', 'this.client.load()').replace('private value', 'private readonly client = new Client();\n  private value')}`, 'nobody hands in'],
    ['no reader waits with the lock held', `import { Mutex } from 'async-mutex';
export class Values {
  readonly #mutex = new Mutex();
  #values: string[] = [];
  add(value: string): Promise<void> { return this.#mutex.runExclusive(() => { this.#values.push(value); }); }
  first(): Promise<string | undefined> { return this.#mutex.runExclusive(() => this.#values[0]); }
  count(): Promise<number> { return this.#mutex.runExclusive(() => this.#values.length); }
}`, 'for some microtasks only'],
  ])('%s', (_title, source, reason) => {
    expect(replayOf(source)).toEqual({ refusal: expect.stringContaining(reason) as unknown });
  });
});
