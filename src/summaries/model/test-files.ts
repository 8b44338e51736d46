/** Which files are tests: what they make and how often they call it says nothing of who uses the program. */
import type { ts } from '../../compiler/compiler.js';

const testNames = /\.(?:test|spec|e2e|bench)\.[cm]?[jt]sx?$|[\\/]__tests__[\\/]/;
/** A suite or a case at the beginning of a line. */
const testCalls = /^(?:describe|suite|it|test)(?:\.\w+)*\(\s*['"`]/m;

const known = new WeakMap<ts.SourceFile, boolean>();

export function isTestFile(file: ts.SourceFile): boolean {
  let isTest = known.get(file);
  if (isTest === undefined) known.set(file, (isTest = testNames.test(file.fileName) || testCalls.test(file.text)));
  return isTest;
}
