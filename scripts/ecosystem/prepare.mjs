// @ts-check
// Brings a pinned package and its dependencies into the cache, with its sources beside node_modules, where a program of
// theirs can be made.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} PinnedPackage
 * @property {string} package
 * @property {string} version
 * @property {string} integrity of the package's archive, as npm writes it
 * @property {readonly string[]} sources globs of what is analysed
 * @property {readonly string[]} exclude globs of tests and the like among them
 * @property {Readonly<Record<string, string>>} dependencies what its sources need besides
 * @property {Readonly<Record<string, unknown>>} compilerOptions
 */

/**
 * The folder with the package's sources in `pkg` and a tsconfig of ours beside them.
 * @param {PinnedPackage} pinned
 * @param {string} cache
 * @param {string} before date of the newest versions that dependencies may have
 */
export function prepare(pinned, cache, before) {
  const folder = join(cache, pinned.package.replaceAll(/[@/]/g, (mark) => (mark === '/' ? '-' : '')));
  const stamp = join(folder, 'prepared.json');
  const wanted = JSON.stringify({ ...pinned, before });
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const dependencies = { [pinned.package]: pinned.version, ...pinned.dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  npmInstall(folder, before);
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const { integrity, version } = lock.packages[`node_modules/${pinned.package}`];
  if (integrity !== pinned.integrity || version !== pinned.version) {
    throw new Error(`${pinned.package}: the registry gave ${version} ${integrity} in place of ${pinned.version} ${pinned.integrity}`);
  }

  // The analysis passes over node_modules, so the package moves beside it; its own tsconfig files would be found first.
  const own = join(folder, 'pkg');
  cpSync(join(folder, 'node_modules', pinned.package), own, { recursive: true, dereference: true });
  for (const name of readdirSync(own, { recursive: true, encoding: 'utf8' })) {
    if (/(?:^|[\\/])tsconfig[^\\/]*\.json$/.test(name)) rmSync(join(own, name));
  }
  const within = (/** @type {readonly string[]} */ globs) => globs.map((glob) => `pkg/${glob}`);
  const config = {
    compilerOptions: { noEmit: true, skipLibCheck: true, ...pinned.compilerOptions },
    include: within(pinned.sources),
    exclude: ['node_modules', 'pkg/node_modules', ...within(pinned.exclude)],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config, undefined, 2));
  writeFileSync(stamp, wanted);
  return folder;
}

/**
 * @param {string} folder
 * @param {string} before
 */
function npmInstall(folder, before) {
  const args = ['install', `--before=${before}`, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`npm install failed in ${folder}`);
}
