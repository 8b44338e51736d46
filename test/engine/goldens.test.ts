/** The graphs of `fixtures/cfg`, as `async-race show` prints them, beside their sources. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/index.js';
import { displayName } from '../../src/syntax/functions.js';
import { FixtureProgram, fixturesFolder } from '../support/fixtures.js';
import { brokenGraphs, modelOfProgram } from './support.js';

const folder = join(fixturesFolder, 'cfg');
const names = readdirSync(folder).filter((name) => name.endsWith('.ts'));
// some switches fall through on purpose
const options = { ...new FixtureProgram().program.getCompilerOptions(), noFallthroughCasesInSwitch: false };
const program = ts.createProgram({ rootNames: names.map((name) => join(folder, name)), options });
const engine = createEngine(ts, program);
const model = modelOfProgram(program);

describe.each(names)('%s', (name) => {
  const file = program.getSourceFile(join(folder, name));
  const exported = file === undefined ? [] : model.file(file).functions.filter((node) => !ts.isArrowFunction(node));

  it('compiles', () => {
    expect(program.getSyntacticDiagnostics(file)).toEqual([]);
    expect(program.getSemanticDiagnostics(file).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([]);
  });

  it('has sound graphs', () => {
    expect(file === undefined ? ['no file'] : brokenGraphs(model, file)).toEqual([]);
  });

  it('has the graphs of its golden file', async () => {
    const graphs = exported.map((node) => file && engine.describeFunction(file, displayName(ts, node), 'text'));
    await expect(graphs.join('\n')).toMatchFileSnapshot(join(folder, name.replace(/\.ts$/, '.txt')));
  });
});
