import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { createModuleExports } from '../../src/summaries/model/module-exports.js';
import { fixturesFolder } from '../support/fixtures.js';
import { virtualProgram } from '../support/virtual.js';

/** Where the variable that `user.ts` imports from the specifier under the name is declared, as `file:name`. */
function declared(files: Readonly<Record<string, string>>, specifier: string, name: string, options: ts.CompilerOptions = {}): string | undefined {
  const program = virtualProgram({ 'user.ts': `import { x } from '${specifier}'; export { x };`, ...files }, options);
  program.getTypeChecker();
  const user = program.getSourceFiles().find(({ fileName }) => fileName.endsWith('/user.ts'));
  if (user === undefined) throw new Error('no user.ts');
  const exports = createModuleExports(ts, program);
  const module = exports.moduleAt(user, specifier);
  const binding = module === undefined ? undefined : exports.variableOf(module, name);
  return binding && `${binding.identifier.getSourceFile().fileName.split('/').at(-1) ?? ''}:${binding.name}`;
}

const state = 'export const rows = new Map<string, string>(); const store = { rows }; export default store; export function load(): void {} const hidden = 1; void hidden;';

describe('the variable behind an exported name', () => {
  it('is found where it is declared', () => {
    expect(declared({ 'state.ts': state }, './state.js', 'rows')).toBe('state.ts:rows');
    expect(declared({ 'state.ts': state }, './state.js', 'default')).toBe('state.ts:store');
  });

  it('is found through modules that pass it on', () => {
    expect(declared({ 'state.ts': state, 'index.ts': `export * from './state.js';` }, './index.js', 'rows')).toBe('state.ts:rows');
    expect(declared({ 'state.ts': state, 'index.ts': `export { default as shared } from './state.js';` }, './index.js', 'shared')).toBe('state.ts:store');
    const passed = `import kept, { rows } from './state.js'; export { rows as table }; export default kept;`;
    expect(declared({ 'state.ts': state, 'index.ts': passed }, './index.js', 'table')).toBe('state.ts:rows');
    expect(declared({ 'state.ts': state, 'index.ts': passed }, './index.js', 'default')).toBe('state.ts:store');
  });

  it('is found through the paths of the configuration, and not without them', () => {
    const paths = { '@app/*': [join(fixturesFolder, 'virtual', '*')] };
    expect(declared({ 'state.ts': state }, '@app/state', 'rows', { paths })).toBe('state.ts:rows');
    expect(declared({ 'state.ts': state }, '@app/state', 'rows')).toBeUndefined();
  });

  it('is none for functions, for what is not exported, and for what is imported and kept', () => {
    expect(declared({ 'state.ts': state }, './state.js', 'load')).toBeUndefined();
    expect(declared({ 'state.ts': state }, './state.js', 'hidden')).toBeUndefined();
    expect(declared({ 'state.ts': state, 'index.ts': `import { rows } from './state.js'; rows.clear();` }, './index.js', 'rows')).toBeUndefined();
  });

  it('is none where modules pass names on in a circle', () => {
    const circle = { 'index.ts': `export * from './other.js'; export { gone } from './other.js';`, 'other.ts': `export * from './index.js'; export { gone } from './index.js';` };
    expect(declared(circle, './index.js', 'rows')).toBeUndefined();
    expect(declared(circle, './index.js', 'gone')).toBeUndefined();
  });
});
