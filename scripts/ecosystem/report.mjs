// @ts-check
// The pure part of the measurement on published packages: what is new, what is gone, and the table. Data in, text out.

/** @typedef {'recommended' | 'strict'} Preset */
/** @typedef {'real, harmful' | 'real, harmless' | 'false'} VerdictName */

/**
 * A finding as it is remembered: its fingerprint is the same when lines move, and unique within its file.
 * @typedef {object} Found
 * @property {string} package
 * @property {string} file
 * @property {number} line
 * @property {string} rule
 * @property {string} fingerprint
 * @property {Preset} preset the milder of the presets that report it
 */

/**
 * @typedef {object} Verdict
 * @property {string} package
 * @property {string} file
 * @property {number} line where it was when it was judged
 * @property {string} rule
 * @property {string} fingerprint
 * @property {VerdictName} verdict
 * @property {string} reason
 */

/**
 * What one package gave.
 * @typedef {object} Measured
 * @property {string} package
 * @property {string} version
 * @property {number} files
 * @property {number} lines
 * @property {number} errors functions or files that could not be analysed
 * @property {number} atomicUpdates reports of ESLint's require-atomic-updates on the same files
 * @property {readonly Found[]} found
 */

/** @type {readonly VerdictName[]} */
export const verdictNames = ['real, harmful', 'real, harmless', 'false'];

/** @param {{ package: string, file: string, fingerprint: string }} finding */
export function keyOf({ package: name, file, fingerprint }) {
  return `${name} ${file} ${fingerprint}`;
}

/**
 * What was not there when a run was last accepted, what is there no more, and which of the new nobody has judged.
 * @param {readonly Found[]} found
 * @param {readonly Found[]} accepted
 * @param {readonly Verdict[]} verdicts
 */
export function compare(found, accepted, verdicts) {
  const judged = new Set(verdicts.map(keyOf));
  const here = new Set(found.map(keyOf));
  const before = new Set(accepted.map(keyOf));
  const added = found.filter((finding) => !before.has(keyOf(finding)));
  return {
    added,
    gone: accepted.filter((finding) => !here.has(keyOf(finding))),
    unjudged: added.filter((finding) => !judged.has(keyOf(finding))),
  };
}

/**
 * One list of what two presets find; what both find belongs to the milder.
 * @param {readonly Omit<Found, 'preset'>[]} recommended
 * @param {readonly Omit<Found, 'preset'>[]} strict
 * @returns {Found[]}
 */
export function merge(recommended, strict) {
  const mild = new Set(recommended.map(keyOf));
  return [
    ...recommended.map((finding) => ({ ...finding, preset: /** @type {const} */ ('recommended') })),
    ...strict.filter((finding) => !mild.has(keyOf(finding))).map((finding) => ({ ...finding, preset: /** @type {const} */ ('strict') })),
  ].sort(byPlace);
}

/**
 * @param {{ package: string, file: string, line: number, rule: string }} left
 * @param {{ package: string, file: string, line: number, rule: string }} right
 */
export function byPlace(left, right) {
  return (
    compareTexts(left.package, right.package) ||
    compareTexts(left.file, right.file) ||
    left.line - right.line ||
    compareTexts(left.rule, right.rule)
  );
}

/**
 * The same order on every machine, whatever its language.
 * @param {string} left
 * @param {string} right
 */
function compareTexts(left, right) {
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * The whole report as Markdown.
 * @param {readonly Measured[]} measured
 * @param {readonly string[]} rules
 * @param {readonly Verdict[]} verdicts
 * @param {ReturnType<typeof compare>} difference
 */
export function render(measured, rules, verdicts, difference) {
  const found = measured.flatMap((each) => each.found);
  const lines = sum(measured.map((each) => each.lines));
  const byKey = new Map(verdicts.map((verdict) => [keyOf(verdict), verdict.verdict]));
  const judgedRow = (/** @type {readonly Found[]} */ findings) => {
    const known = findings.filter(({ preset }) => preset === 'recommended').map((finding) => byKey.get(keyOf(finding)));
    return [...verdictNames.map((name) => known.filter((verdict) => verdict === name).length), known.filter((verdict) => verdict === undefined).length];
  };
  const counts = (/** @type {readonly Found[]} */ findings, /** @type {number} */ size) => {
    const mild = findings.filter(({ preset }) => preset === 'recommended').length;
    return [mild, density(mild, size), findings.length, density(findings.length, size), ...judgedRow(findings)];
  };
  const headers = ['recommended', 'per 1,000 lines', 'strict', 'per 1,000 lines', ...verdictNames, 'not judged'];
  return [
    '# What is found in published packages',
    '',
    'Written by `npm run ecosystem`. Verdicts are those on `recommended`.',
    '',
    ...table(
      ['package', 'version', 'files', 'lines', ...headers, 'require-atomic-updates'],
      [
        ...measured.map((each) => [`\`${each.package}\``, each.version, each.files, each.lines, ...counts(each.found, each.lines), each.atomicUpdates]),
        ['all', '', sum(measured.map(({ files }) => files)), lines, ...counts(found, lines), sum(measured.map(({ atomicUpdates }) => atomicUpdates))],
      ],
    ),
    '',
    ...table(
      ['rule', ...headers],
      rules.map((rule) => [`\`${rule}\``, ...counts(found.filter((finding) => finding.rule === rule), lines)]),
    ),
    '',
    ...list('New since the last accepted run', difference.added, byKey),
    ...list('Gone since the last accepted run', difference.gone, byKey),
    ...(sum(measured.map(({ errors }) => errors)) === 0 ? [] : ['## Not analysed', '', ...measured.filter(({ errors }) => errors > 0).map((each) => `- \`${each.package}\`: ${each.errors}`), '']),
  ].join('\n');
}

/**
 * @param {string} title
 * @param {readonly Found[]} findings
 * @param {ReadonlyMap<string, VerdictName>} verdicts
 */
function list(title, findings, verdicts) {
  const entries = findings.map(
    (finding) => `- \`${finding.package}\` ${finding.file}:${finding.line} \`${finding.rule}\` (${finding.preset}): ${verdicts.get(keyOf(finding)) ?? 'not judged'}, ${finding.fingerprint}`,
  );
  return [`## ${title}`, '', ...(entries.length === 0 ? ['None.'] : entries), ''];
}

/**
 * @param {readonly string[]} headers
 * @param {readonly (readonly (string | number)[])[]} rows
 */
function table(headers, rows) {
  const cell = (/** @type {string | number} */ value) => (typeof value === 'number' ? value.toLocaleString('en-US') : value);
  const line = (/** @type {readonly (string | number)[]} */ cells) => `| ${cells.map(cell).join(' | ')} |`;
  const isText = (/** @type {number} */ column) => rows.every((row) => typeof row[column] === 'string');
  return [line(headers), `|${headers.map((_header, column) => (isText(column) ? ' --- |' : ' ---: |')).join('')}`, ...rows.map(line)];
}

/**
 * @param {number} count
 * @param {number} lines
 */
function density(count, lines) {
  return lines === 0 ? 0 : Math.round((count / lines) * 100_000) / 100;
}

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0);
}
