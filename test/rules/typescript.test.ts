import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { loadCompiler, requireClassicApi } from '../../rules/typescript.js';

describe('loadCompiler', () => {
  it('is the TypeScript that the parser uses', () => {
    expect(loadCompiler()).toBe(ts);
  });
});

describe('requireClassicApi', () => {
  it('accepts a TypeScript with the classic API', () => {
    expect(requireClassicApi(ts)).toBe(ts);
  });

  it('says in one sentence what to install where there is none', () => {
    expect(() => requireClassicApi({ version: '7.0.2', versionMajorMinor: '7.0' })).toThrow(
      'async-race: TypeScript 7.0.2 has no classic compiler API; ' +
        'install one that has it with `npm install --save-dev typescript@npm:@typescript/typescript6`.',
    );
  });
});
