import { describe, expect, it } from 'vitest';
import { problemOfSettings, readSettings } from '../../rules/settings.js';
import { catalogue } from '../../src/catalogue/catalogue.js';

const gate = {
  package: 'my-locks',
  exports: [
    {
      name: 'Gate',
      members: {
        enter: { does: 'acquire', release: { by: 'lock-member', members: ['leave'] } },
        within: { does: 'run', callback: 0 },
        leave: { does: 'release' },
      },
    },
  ],
};

describe('readSettings', () => {
  it('is empty where nothing is set', () => {
    expect(readSettings({})).toEqual({});
  });

  it('accepts lock models, sequential functions and external state', () => {
    const settings = {
      locks: [gate],
      sequential: ['Worker.run'],
      external: [{ receiver: 'UserRepository', checks: ['findOne'], acts: ['insert'] }],
    };
    expect(readSettings({ 'async-race': settings, other: 1 })).toBe(settings);
  });

  it('throws a sentence', () => {
    expect(() => readSettings({ 'async-race': 3 })).toThrow("async-race: settings['async-race'] must be an object, not 3.");
  });
});

describe('problemOfSettings', () => {
  it.each<[string, unknown]>([
    ["settings['async-race'].sequential must be an array, not \"run\"", { sequential: 'run' }],
    ["settings['async-race'].sequential[1] must be a non-empty string, not 2", { sequential: ['run', 2] }],
    ["settings['async-race'].external[0] lacks 'acts'", { external: [{ receiver: '*', checks: ['has'] }] }],
    ["settings['async-race'].locks[0] lacks 'package'", { locks: [{ exports: [] }] }],
    [
      "settings['async-race'].locks[0].exports[0].members.enter.does must be one of 'acquire', 'run', 'enclose', 'release', 'query', 'wait', 'statement', not \"lock\"",
      { locks: [{ package: 'p', exports: [{ name: 'Gate', members: { enter: { does: 'lock' } } }] }] },
    ],
    [
      "settings['async-race'].locks[0].exports[0].members['()'].release.by must be one of 'call-result', 'result-member', " +
        "'tuple-element', 'lock-member', 'module-function', not undefined",
      { locks: [{ package: 'p', exports: [{ name: 'Gate', members: { '()': { does: 'acquire', release: {} } } }] }] },
    ],
    [
      "settings['async-race'].locks[0].exports[0].reentrant must be true, false or 'reader', not \"writer\"",
      { locks: [{ package: 'p', exports: [{ name: 'Gate', reentrant: 'writer', members: {} }] }] },
    ],
    [
      "settings['async-race'].locks[0].exports[0].kind must be one of 'lock', 'resource', not \"pool\"",
      { locks: [{ package: 'p', exports: [{ name: 'Pool', kind: 'pool', members: {} }] }] },
    ],
    [
      "settings['async-race'].locks[0].exports[0].members.enter.fails must be one of 'never', 'rejects', 'throws', 'cancelled', not \"sometimes\"",
      { locks: [{ package: 'p', exports: [{ name: 'Gate', members: { enter: { does: 'acquire', fails: 'sometimes', release: { by: 'call-result' } } } }] }] },
    ],
    [
      "settings['async-race'].locks[0].exports[0].members.leave.again must be one of 'ignored', 'admits', 'fails', not true",
      { locks: [{ package: 'p', exports: [{ name: 'Gate', members: { leave: { does: 'release', again: true } } }] }] },
    ],
    ["settings['async-race'].locks[0].wrappers.withTimeout lacks 'argument'", { locks: [{ package: 'p', exports: [], wrappers: { withTimeout: {} } }] }],
    [
      "settings['async-race'].locks[0].decorators.Locked.scope must be one of 'method', 'key', not \"class\"",
      { locks: [{ package: 'p', exports: [], decorators: { Locked: { scope: 'class' } } }] },
    ],
    ["settings['async-race'].locks[0].serializers.oneByOne lacks 'callback'", { locks: [{ package: 'p', exports: [], serializers: { oneByOne: {} } }] }],
    [
      "settings['async-race'].locks[0].exports[0].members.run.callback must be an integer, not \"first\"",
      { locks: [{ package: 'p', exports: [{ name: 'Gate', members: { run: { does: 'run', callback: 'first' } } }] }] },
    ],
  ])('%s', (problem, settings) => {
    expect(problemOfSettings(settings)).toBe(problem);
  });

  it('accepts whatever the catalogue says', () => {
    expect(problemOfSettings({ locks: catalogue })).toBeUndefined();
  });

  it('accepts every way to give a lock back', () => {
    const releases = [
      { by: 'call-result' },
      { by: 'result-member', members: ['release'] },
      { by: 'tuple-element', index: 1 },
      { by: 'lock-member', members: ['unlock'] },
      { by: 'module-function', functions: ['unlock'] },
    ];
    for (const release of releases) {
      const members = { enter: { does: 'acquire', mode: 'shared', conditional: true, key: 0, release } };
      expect(problemOfSettings({ locks: [{ package: 'p', exports: [{ name: 'Gate', members }] }] })).toBeUndefined();
    }
  });
});
