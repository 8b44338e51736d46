// @ts-check
// Prints `N passed, N failed` from the report that vitest's JSON reporter wrote to the file named first.
import { readFileSync } from 'node:fs';

const [, , file = ''] = process.argv;
const { passed, failed } = count();
console.log(`${passed} passed, ${failed} failed`);

/**
 * A file that could not be loaded holds no test; it counts as one that failed. So does a run that wrote no report.
 * @returns {{ passed: number, failed: number }}
 */
function count() {
  try {
    /** @type {{ numPassedTests: number, numFailedTests: number, testResults: { status: string, assertionResults: unknown[] }[] }} */
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const notLoaded = report.testResults.filter((result) => result.status === 'failed' && result.assertionResults.length === 0);
    return { passed: report.numPassedTests, failed: report.numFailedTests + notLoaded.length };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
