/** A replay runs as it is written where the code under test makes, or imports, the object that it waits for. */
import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createEngine } from '../../src/index.js';
import { runCli } from '../cli/support.js';
import { root } from '../support/fixtures.js';
import { temporaryProject } from '../support/project.js';

const client = `
export class Client {
  async load(name: string): Promise<string> {
    return (await fetch('https://localhost/' + name)).text();
  }
}
export const shared = { client: new Client() };
`;

const buggyClass = `
import { Client } from './client.js';

export class Settings {
  readonly #client = new Client();
  readonly #loaded: string[] = [];

  get loaded(): readonly string[] {
    return this.#loaded;
  }

  async ensure(name: string): Promise<void> {
    if (this.#loaded.includes(name)) return;
    await this.#client.load(name);
    this.#loaded.push(name);
  }
}
`;

const buggyModule = `
import { shared } from './client.js';

const loaded: string[] = [];

export async function ensure(name: string): Promise<void> {
  if (loaded.includes(name)) return;
  await shared.client.load(name);
  loaded.push(name);
}

export function loadedNames(): string[] {
  return [...loaded];
}
`;

/** The same with one load at a time. */
function mended(source: string): string {
  return `import { Mutex } from 'async-mutex';\nconst mutex = new Mutex();\n${source}`
    .replace('Promise<void> {\n', 'Promise<void> {\n  return mutex.runExclusive(async () => {\n')
    .replace('push(name);\n', 'push(name);\n  });\n');
}

it.each([
  ['makes an object of an imported class', buggyClass, mended(buggyClass)],
  ['imports an object', buggyModule, mended(buggyModule)],
])('fails on the buggy module and passes on the fixed one that %s', async (_title, buggy, fixed) => {
  const folder = temporaryProject({ 'client.ts': client, 'sample.ts': buggy, 'vitest.config.js': 'export default {};\n' });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const { stdout: report } = await runCli(folder, ['check', 'sample.ts', '--format', 'json'], { makeEngine: createEngine });
  const { findings } = JSON.parse(report) as { findings: { fingerprint: string; rule: string }[] };
  expect(findings.map(({ rule }) => rule)).toEqual(['no-check-then-act']);
  const replay = ['replay', findings[0]?.fingerprint ?? '', 'sample.ts', '--output', 'sample.race.test.ts'];
  expect(await runCli(folder, replay, { makeEngine: createEngine })).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to supply') as unknown });

  const run = (): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    });
  const failed = run();
  expect(failed.status).toBe(1);
  expect(failed.stderr).toContain('AssertionError');
  writeFileSync(join(folder, 'sample.ts'), fixed);
  const passed = run();
  expect(passed).toMatchObject({ status: 0, stdout: expect.stringMatching(/Tests\s+1 passed/) as unknown });
});
