// @ts-check
// Makes a fresh clone ready: installs what is missing and builds what is out of date. Needs only Node and npm.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sources = ['src', 'rules', 'tsconfig.json', 'tsconfig.build.json'];
const output = join(root, 'dist');

// npm prepares a package that it installs for everyone, as pre-commit lets it, without its dependencies.
if (!existsSync(join(root, 'node_modules', 'typescript'))) run('npm', ['ci', '--global=false']);
if (isOutdated()) {
  rmSync(output, { recursive: true, force: true });
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json', '--noEmitOnError']);
}

/** Whether a source is younger than the build, or there is no build. */
function isOutdated() {
  const stamp = join(output, 'rules', 'index.js');
  return !existsSync(stamp) || sources.some((source) => newest(join(root, source)) > statSync(stamp).mtimeMs);
}

/**
 * Time of the last change of a file or of anything in a folder.
 * @param {string} path
 * @returns {number}
 */
function newest(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/**
 * Runs a command in the repository; ends this process when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
