// @ts-check
// The matrix of the five documented bugs, from the fixtures' own markers; test/fixtures.test.ts holds the markers against
// what the rules report, and test/bugs replays every form.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Form
 * @property {string} name
 * @property {string} about The comment that opens the file.
 * @property {readonly string[]} found Rules that report the form.
 * @property {readonly string[]} missed Rules that should and do not yet.
 */

/**
 * The rows of each bug, buggy forms first.
 * @param {string} bugs Folder with a folder for each bug.
 * @returns {Map<string, readonly Form[]>} By the name of the bug's folder.
 */
export function bugForms(bugs) {
  const folders = readdirSync(bugs, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return new Map(folders.map(({ name }) => [name, formsIn(join(bugs, name))]));
}

/** @param {string} folder */
function formsIn(folder) {
  const files = readdirSync(folder).filter((file) => /^(?:buggy|fixed|harmless)-.*\.ts$/.test(file));
  return files.sort().map((file) => formOf(file.slice(0, -'.ts'.length), readFileSync(join(folder, file), 'utf8')));
}

/**
 * @param {string} name
 * @param {string} source
 * @returns {Form}
 */
function formOf(name, source) {
  const lines = source.split('\n');
  const opening = lines.slice(0, lines.findIndex((line) => !line.startsWith('//')));
  const about = opening.filter((line) => !/^\/\/ (?:options|settings):/.test(line)).map((line) => line.slice('// '.length));
  return { name, about: about.join(' '), found: rulesAfter('want', source), missed: rulesAfter('later', source) };
}

/**
 * @param {'want' | 'later'} marker
 * @param {string} source
 */
function rulesAfter(marker, source) {
  return [...new Set([...source.matchAll(new RegExp(`// ${marker} ([a-z-]+)`, 'g'))].map(([, rule = '']) => rule))].sort();
}
