/** Programs for the tests of the lock layer, and their operations as text. */
import ts from 'typescript';
import { createLockMatcher, type LockQuestions } from '../../src/locks/matcher.js';
import type { LockMatcher, LockOperation, QueryOperation } from '../../src/locks/operation.js';
import type { EngineSettings } from '../../src/index.js';
import { root } from '../support/fixtures.js';

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: [],
  strict: true,
  noEmit: true,
};

export interface Matched {
  readonly program: ts.Program;
  readonly matcher: LockMatcher;
  /** Questions put to the checker so far. */
  readonly asked: () => number;
  file(name: string): ts.SourceFile;
}

/** A matcher with questions that go straight to the checker. */
export function matcherOf(program: ts.Program, settings: EngineSettings = {}): Matched {
  const checker = program.getTypeChecker();
  let asked = 0;
  const questions: LockQuestions = {
    symbolAt: (node) => {
      asked++;
      return checker.getSymbolAtLocation(node);
    },
    aliasedSymbol: (symbol) => {
      asked++;
      return (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
    },
    typeAt: (node) => {
      asked++;
      return checker.getTypeAtLocation(node);
    },
  };
  return {
    program,
    matcher: createLockMatcher(ts, program, settings, questions),
    asked: () => asked,
    file: (name) => {
      const found = program.getSourceFiles().find((file) => file.fileName.endsWith(`/${name}`));
      if (found === undefined) throw new Error(`no file ${name} in the program`);
      return found;
    },
  };
}

/** A program of files that live in the folder of the repository without being written to it. */
export function matcherOfSources(sources: Readonly<Record<string, string>>, settings: EngineSettings = {}): Matched {
  const files = new Map(Object.entries(sources).map(([name, text]) => [`${root}/in-memory/${name}`, text]));
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.fileExists = (name) => files.has(name) || fileExists(name);
  const directoryExists = host.directoryExists?.bind(host);
  host.directoryExists = (name) => name === `${root}/in-memory` || (directoryExists?.(name) ?? true);
  host.getCurrentDirectory = () => `${root}/in-memory`;
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const text = files.get(name);
    return text === undefined
      ? getSourceFile(name, languageVersion, ...rest)
      : ts.createSourceFile(name, text, languageVersion, true);
  };
  return matcherOf(ts.createProgram({ rootNames: [...files.keys()], options, host }), settings);
}

/** All operations that calls of the file perform, in the order of their text. */
export function classifiedIn(matched: Matched, name: string): LockOperation[] {
  const found: LockOperation[] = [];
  const walk = (node: ts.Node): void => {
    const operation = ts.isCallExpression(node) ? matched.matcher.classifyCall(node) : undefined;
    if (operation !== undefined) found.push(operation);
    ts.forEachChild(node, walk);
  };
  walk(matched.file(name));
  return found;
}

/** The same, one line each. */
export function operationsOf(matched: Matched, name: string): string[] {
  return classifiedIn(matched, name).map(describe);
}

/** Questions that are asked by reading a member. */
export function readsOf(matched: Matched, name: string): QueryOperation[] {
  const found: QueryOperation[] = [];
  const walk = (node: ts.Node): void => {
    const operation = ts.isPropertyAccessExpression(node) ? matched.matcher.classifyRead(node) : undefined;
    if (operation !== undefined) found.push(operation);
    ts.forEachChild(node, walk);
  };
  walk(matched.file(name));
  return found;
}

/** `acquire exclusive this.mutex, released by call-result`; only what differs from the ordinary is added. */
function describe(operation: LockOperation): string {
  const lock = operation.lock?.getText() ?? `(${operation.lockName})`;
  const key = operation.key === undefined ? '' : `[${operation.key.getText()}]`;
  if (operation.kind === 'query' || operation.kind === 'wait' || operation.kind === 'enclose') return `${operation.kind} ${lock}${key}`;
  const words = [`${operation.kind} ${operation.mode ?? 'any'} ${lock}${key}`];
  if (operation.kind === 'acquire') {
    const { release } = operation;
    if (release.kind === 'call-result') words.push('by call');
    else if (release.kind === 'tuple-element') words.push(`by element ${release.index}`);
    else if (release.kind === 'module-function') words.push(`by function ${release.functions.join('|')}`);
    else words.push(`by ${release.kind === 'lock-member' ? 'lock' : 'result'}.${release.members.join('|')}`);
    if (operation.conditional) words.push(`unless ${operation.notTaken ?? '?'}`);
    if (operation.disposable) words.push('disposable');
    if (operation.scopedAlternative !== undefined) words.push(`scoped ${operation.scopedAlternative}`);
  }
  if (operation.kind === 'run') {
    if (operation.releaserParameter !== undefined) words.push(`releaser ${operation.releaserParameter}`);
    if (operation.conditional) words.push('conditional');
  }
  if (operation.kind === 'release' ? operation.asynchronous : !operation.asynchronous) {
    words.push(operation.asynchronous ? 'asynchronous' : 'synchronous');
  }
  if (operation.kind !== 'release' && operation.sharedAlternative !== undefined) {
    words.push(`shared ${operation.sharedAlternative}${operation.sharedOption === undefined ? '' : ` { ${operation.sharedOption} }`}`);
  }
  return words.join(', ');
}
