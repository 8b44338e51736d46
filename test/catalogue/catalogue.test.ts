import { beforeAll, describe, expect, it } from 'vitest';
import type ts from 'typescript';
import { catalogue } from '../../src/catalogue/catalogue.js';
import type { LockModel } from '../../src/index.js';
import { root } from '../support/fixtures.js';
import { problemOfSettings } from '../../rules/settings.js';
import { programOfPackages, undeclaredOf } from './declarations.js';

/** Packages whose declarations are installed; one that is dropped from here is no longer held against them. */
const installed = [
  '(global)', '@chriscdn/promise-semaphore', '@databases/lock', '@esfx/async-lockable', '@esfx/async-mutex', '@hazae41/mutex', '@henrygd/semaphore',
  '@livekit/mutex', '@matrixai/async-locks', '@rocicorp/lock', '@sapphire/async-queue', '@shopify/semaphore', 'async-await-mutex-lock', 'async-lock',
  'async-mutex', 'async-primitives', 'async-rwlock', 'async-sema', 'await-lock', 'await-semaphore', 'bottleneck', 'browser-tabs-lock', 'composable-locks',
  'es-toolkit', 'fastq', 'generic-pool', 'lockfile', 'locko', 'locks', 'mortice', 'mutex-ts', 'mutexify', 'node:fs', 'node:fs/promises', 'p-limit',
  'p-mutex', 'p-queue', 'pg', 'postgres', 'promise-limit', 'proper-lockfile', 'radashi', 'redis-semaphore', 'rwlock', 'semaphore',
  'semaphore-async-await', 'superlock', 'tarn', 'teslabot', 'throat',
];

describe('the catalogue agrees with the declarations of the installed packages', () => {
  let program: ts.Program;
  beforeAll(() => {
    program = programOfPackages(root, catalogue);
  });

  it.each(installed)('%s', (name) => {
    const models = catalogue.filter((model) => model.package === name);
    expect(models.map((model) => undeclaredOf(program, model))).toEqual(models.map(() => []));
  });

  it('and would tell of an export, a member, an argument or a factory that is gone', () => {
    const model: LockModel = {
      package: 'async-mutex',
      versions: '',
      source: '',
      exports: [
        { name: 'Mutex', members: { acquire: { does: 'release' }, seize: { does: 'release' }, runExclusive: { does: 'run', callback: 4 } } },
        { name: 'Latch', members: { open: { does: 'release' } } },
      ],
      factories: { createMutex: 'Mutex' },
      wrappers: { withPatience: { argument: 0 } },
    };
    expect(undeclaredOf(program, model)).toEqual(['createMutex', 'withPatience', 'Mutex.seize', 'Mutex.runExclusive, argument 4', 'Latch.open']);
  });
});

describe('every model', () => {
  it('speaks of a package, or of an ambient object, once', () => {
    const names = catalogue.flatMap((model) =>
      model.package === '(global)' ? model.exports.map(({ name }) => `(global) ${name}`) : [model.package],
    );
    expect(names).toEqual([...new Set(names)]);
  });

  it('is understood as a setting of the user would be', () => {
    expect(problemOfSettings({ locks: catalogue })).toBeUndefined();
  });

  it.each(catalogue.map((model) => [model.package, model] as const))('%s names only what it declares', (_name, model) => {
    expect(model.source).toMatch(/^https:\/\//);
    expect(model.versions).not.toBe('');
    const names = new Set(model.exports.map((lockExport) => lockExport.name));
    for (const name of [...Object.values(model.factories ?? {}), ...Object.values(model.instances ?? {})]) expect(names).toContain(name);
    for (const { members } of model.exports) {
      for (const member of Object.values(members)) {
        const named =
          member.does !== 'acquire' && member.does !== 'run'
            ? []
            : [
                ...(member.sharedAlternative === undefined ? [] : [member.sharedAlternative]),
                ...(member.does === 'acquire' && member.scopedAlternative !== undefined ? [member.scopedAlternative] : []),
                ...(member.does === 'acquire' && member.release.by === 'lock-member' ? member.release.members.slice(0, 1) : []),
              ];
        for (const name of named) expect(Object.keys(members)).toContain(name);
      }
    }
  });
});
