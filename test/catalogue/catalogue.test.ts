import { beforeAll, describe, expect, it } from 'vitest';
import type ts from 'typescript';
import { catalogue } from '../../src/catalogue/catalogue.js';
import type { LockModel } from '../../src/index.js';
import { root } from '../support/fixtures.js';
import { programOfPackages, undeclaredOf } from './declarations.js';

/** Packages whose declarations are installed; one that is dropped from here is no longer held against them. */
const installed = [
  '(global)', '@rocicorp/lock', 'async-lock', 'async-mutex', 'async-sema', 'await-lock', 'es-toolkit', 'mortice', 'p-limit', 'proper-lockfile',
];

describe('the catalogue agrees with the declarations of the installed packages', () => {
  let program: ts.Program;
  beforeAll(() => {
    program = programOfPackages(root, catalogue);
  });

  it.each(installed)('%s', (name) => {
    const models = catalogue.filter((model) => model.package === name);
    expect(models.map((model) => undeclaredOf(program, model))).toEqual([[]]);
  });

  it('and would tell of an export, a member or a factory that is gone', () => {
    const model: LockModel = {
      package: 'async-mutex',
      versions: '',
      source: '',
      exports: [
        { name: 'Mutex', members: { acquire: { does: 'release' }, seize: { does: 'release' } } },
        { name: 'Latch', members: { open: { does: 'release' } } },
      ],
      factories: { createMutex: 'Mutex' },
      wrappers: { withPatience: { argument: 0 } },
    };
    expect(undeclaredOf(program, model)).toEqual(['createMutex', 'withPatience', 'Mutex.seize', 'Latch.open']);
  });
});

describe('every model', () => {
  it('speaks of a package once', () => {
    const names = catalogue.map((model) => model.package);
    expect(names).toEqual([...new Set(names)]);
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
