/** Which files are tests: what they make and how often they call it says nothing of who uses the program. */
import type { ts } from '../../compiler/compiler.js';

const testNames = /\.(?:test|spec|e2e|bench)\.[cm]?[jt]sx?$|[\\/]__tests__[\\/]/;
/** A suite or a case at the beginning of a line. */
const testCalls = /^(?:describe|suite|it|test)(?:\.\w+)*\(\s*['"`]/m;

export function isTestFile({ fileName, text }: ts.SourceFile): boolean {
  return testNames.test(fileName) || testCalls.test(text);
}
