/** The patterns that the documentation lists are those that the fixtures show. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ruleIds } from '../../src/index.js';
import { root } from '../support/fixtures.js';
import { parseMarkers } from '../support/markers.js';

interface Pattern {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly rule: string;
  readonly fixtures?: readonly string[];
  readonly why?: string;
}

const { found, silent } = JSON.parse(readFileSync(join(root, 'fixtures', 'patterns.json'), 'utf8')) as Record<'found' | 'silent', readonly Pattern[]>;

/** Rules of the wanted findings in what is named by `file.ts#function`, `file.ts#Class.method` or `file.ts`; undefined when there is no such thing. */
function wantedIn(fixture: string): string[] | undefined {
  const [path = '', name] = fixture.split('#');
  const file = join(root, path);
  if (!existsSync(file)) return undefined;
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const node = name === undefined ? source : declarationNamed(source, name.split('.'));
  if (node === undefined) return undefined;
  const lineAt = (offset: number): number => source.getLineAndCharacterOfPosition(offset).line + 1;
  const [first, last] = [lineAt(node.getStart()), lineAt(node.end)];
  return parseMarkers(source.text).wants.filter(({ line }) => line >= first && line <= last).map(({ rule }) => rule);
}

function declarationNamed(source: ts.SourceFile, [first, second]: readonly string[]): ts.Node | undefined {
  const declaration = source.statements
    .flatMap((statement): readonly ts.Node[] => (ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement]))
    .find((node) => (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isVariableDeclaration(node)) && node.name?.getText() === first);
  if (second === undefined || declaration === undefined || !ts.isClassDeclaration(declaration)) return second === undefined ? declaration : undefined;
  return declaration.members.find((member) => member.name?.getText() === second);
}

function isUnexpected(rules: readonly string[] | undefined, expected: string | undefined): boolean {
  if (rules === undefined) return true;
  return expected === undefined ? rules.length > 0 : !rules.includes(expected);
}

describe.each([
  ['found', 'T', found],
  ['never reported', 'F', silent],
])('patterns that are %s', (_name, letter, patterns) => {
  it('are numbered in order', () => {
    expect(patterns.map(({ id }) => id)).toEqual(patterns.map((_pattern, index) => `${letter}${index + 1}`));
  });

  it('name a rule and a source', () => {
    expect(patterns.filter(({ rule, source, title }) => !ruleIds.some((id) => id === rule) || source === '' || title === '').map(({ id }) => id)).toEqual([]);
  });

  it('have one to three fixtures, or say why not', () => {
    const wrong = patterns.filter(({ fixtures, why }) => (fixtures === undefined ? why === undefined : why !== undefined || fixtures.length < 1 || fixtures.length > 3));
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  it('are in their fixtures', () => {
    const wrong = patterns.flatMap(({ id, rule, fixtures = [] }) =>
      fixtures.filter((fixture) => isUnexpected(wantedIn(fixture), letter === 'T' ? rule : undefined)).map((fixture) => `${id} ${fixture}`),
    );
    expect(wrong).toEqual([]);
  });
});
