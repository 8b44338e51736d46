import type { TextEdit } from '../../src/index.js';

/** The text with all edits made; they must not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = text;
  let previousStart = text.length;
  for (const { start, end, text: replacement } of [...edits].sort((a, b) => b.start - a.start || b.end - a.end)) {
    if (end > previousStart) throw new Error('the edits overlap');
    result = result.slice(0, start) + replacement + result.slice(end);
    previousStart = start;
  }
  return result;
}
