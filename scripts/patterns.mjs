// @ts-check
// The tables of docs/patterns.md, from fixtures/patterns.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ id: string, title: string, source: string, rule: string, fixtures?: string[], why?: string }} Pattern */

/**
 * One table of what is found, and one of what is never reported.
 * @param {string} root
 * @param {(head: readonly string[], rows: readonly (readonly string[])[]) => string} table
 */
export function patternTables(root, table) {
  /** @type {{ found: Pattern[], silent: Pattern[] }} */
  const { found, silent } = JSON.parse(readFileSync(join(root, 'fixtures', 'patterns.json'), 'utf8'));
  const tableOf = (/** @type {Pattern[]} */ patterns, /** @type {string} */ rule) =>
    table(['', 'pattern', 'seen in', rule, 'examples'], patterns.map(cells));
  return { found: tableOf(found, 'rule'), silent: tableOf(silent, 'rule that is silent') };
}

/** @param {Pattern} pattern */
function cells({ id, title, source, rule, fixtures = [], why = '' }) {
  const examples = fixtures.map((fixture) => {
    const [file = '', name = file.slice(file.lastIndexOf('/') + 1)] = fixture.split('#');
    return `[\`${name}\`](../${file})`;
  });
  return [id, title, source, `[\`${rule}\`](rules/${rule}.md)`, fixtures.length === 0 ? `None. ${why}` : examples.join(', ')];
}
