/** Every graph of every fixture and of the engine's own source is sound. */
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { displayPath, fixtureFiles, FixtureProgram, root } from '../support/fixtures.js';
import { brokenGraphs, modelOfProgram } from './support.js';

const fixtures = new FixtureProgram();
const fixtureModel = modelOfProgram(fixtures.program);

describe('graphs of the fixtures', () => {
  it.each(fixtureFiles().map((file) => [displayPath(file), file]))('%s', (_name, path) => {
    const file = fixtures.program.getSourceFile(path);
    expect(file === undefined ? ['no file'] : brokenGraphs(fixtureModel, file)).toEqual([]);
  });
});

describe('graphs of the source', () => {
  const read = (path: string): string | undefined => ts.sys.readFile(path);
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), read).config, ts.sys, root);
  const files = ts.sys.readDirectory(join(root, 'src'), ['.ts']);
  const model = modelOfProgram(ts.createProgram({ rootNames: files, options }));

  it.each(files.map((file) => [displayPath(file), file]))('%s', (_name, path) => {
    const file = model.program.getSourceFile(path);
    expect(file === undefined ? ['no file'] : brokenGraphs(model, file)).toEqual([]);
  });
});
