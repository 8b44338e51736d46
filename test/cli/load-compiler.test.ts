import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { loadCompiler } from '../../src/program/load-compiler.js';
import { makeFolder } from './support.js';

/** A folder in which `typescript` is a module with the given text. */
function folderWith(moduleText: string): string {
  return makeFolder({
    'node_modules/typescript/package.json': '{ "name": "typescript", "main": "main.js" }',
    'node_modules/typescript/main.js': moduleText,
  });
}

const native = "exports.version = '7.0.2';";
const old = "exports.version = '5.4.5'; exports.createProgram = () => {};";
const own = "exports.version = '5.9.3'; exports.createProgram = () => {};";

describe('the compiler of a project', () => {
  it("is the project's own", () => {
    expect(loadCompiler(folderWith(own)).version).toBe('5.9.3');
  });

  it('is ours where the project has none', () => {
    expect(loadCompiler(makeFolder({})).version).toBe(ts.version);
  });

  it.each([
    ['without the classic API', native],
    ['too old', old],
    ['that fails to load', 'throw new Error();'],
  ])("is ours where the project's is one %s", (_title, moduleText) => {
    expect(loadCompiler(folderWith(moduleText)).version).toBe(ts.version);
  });

  it('says what to install beside TypeScript 7', () => {
    expect(() => loadCompiler(folderWith(native), makeFolder({}))).toThrow(
      "TypeScript 7.0.2 has no classic compiler API, which async-race needs; run 'npm i -D typescript@npm:@typescript/typescript6' to have TypeScript 6 beside it",
    );
  });

  it('says that a compiler is too old', () => {
    expect(() => loadCompiler(folderWith(old), makeFolder({}))).toThrow(
      'TypeScript 5.4.5 is too old; async-race needs 5.5 or later',
    );
  });

  it('says that there is none', () => {
    expect(() => loadCompiler(makeFolder({}), makeFolder({}))).toThrow('TypeScript is not installed');
  });
});
