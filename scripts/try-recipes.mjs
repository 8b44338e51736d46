// @ts-check
// Tries the recipes of docs/getting-started.md as a user would: each in a scratch repository with this package packed and
// installed, and with the real tool from the registry. A commit with a race must be refused, one without must pass.
// Needs the network and git; pre-commit is tried where it is installed (PRE_COMMIT names it otherwise). Takes minutes,
// so it is no part of the tests: node scripts/try-recipes.mjs [recipe…]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = readFileSync(join(root, 'docs', 'getting-started.md'), 'utf8');
const scratch = mkdtempSync(join(tmpdir(), 'async-race-recipes-'));
const identity = ['-c', 'user.name=scratch', '-c', 'user.email=scratch@example.com'];
const preCommit = process.env['PRE_COMMIT'] ?? 'pre-commit';

const good = `export class TokenCache {
  #token: Promise<string> | undefined;
  constructor(private readonly load: () => Promise<string>) {}
  get(): Promise<string> {
    this.#token ??= this.load();
    return this.#token;
  }
}
`;
const bad = `export class TokenCache {
  #token: string | undefined;
  constructor(private readonly load: () => Promise<string>) {}
  async get(): Promise<string> {
    if (this.#token === undefined) this.#token = await this.load();
    return this.#token;
  }
}
`;

/** @type {Record<string, { packages: string[], files: Record<string, string>, install: string }>} */
const recipes = {
  husky: { packages: ['husky@9.1.7'], files: { '.husky/pre-commit': recipe('husky') }, install: 'npx husky' },
  lefthook: { packages: ['lefthook@2.2.2'], files: { 'lefthook.yml': recipe('lefthook') }, install: 'npx lefthook install' },
  'lint-staged': {
    packages: ['husky@9.1.7', 'lint-staged@16.4.0'],
    files: { '.husky/pre-commit': 'npx lint-staged\n', 'lint-staged.config.js': recipe('lint-staged') },
    install: 'npx husky',
  },
  'pre-commit': {
    packages: [],
    files: { '.pre-commit-config.yaml': recipe('pre-commit').replace(/repo: \S+/, `repo: ${cloneUrl()}`).replace(/rev: \S+/, 'rev: v0.1.0') },
    install: `${preCommit} install`,
  },
};

const wanted = process.argv.slice(2);
let failed = false;
try {
  run('npm', ['pack', '--pack-destination', scratch], root);
  for (const [name, { packages, files, install }] of Object.entries(recipes)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    if (name === 'pre-commit' && spawnSync(preCommit, ['--version']).status !== 0) {
      console.log('pre-commit: skipped, it is not installed (pip install pre-commit)');
      continue;
    }
    const verdict = tryRecipe(name, packages, files, install);
    failed ||= verdict !== 'works';
    console.log(`${name}: ${verdict}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

/**
 * @param {string} name
 * @param {readonly string[]} packages
 * @param {Readonly<Record<string, string>>} files
 * @param {string} install
 */
function tryRecipe(name, packages, files, install) {
  const folder = join(scratch, name);
  const compilerOptions = { strict: true, module: 'NodeNext', types: [] };
  const all = {
    'package.json': '{ "name": "scratch", "private": true, "type": "module" }',
    'tsconfig.json': JSON.stringify({ compilerOptions, include: ['src'] }),
    '.gitignore': 'node_modules/\n',
    'src/cache.ts': good,
    ...files,
  };
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  run('git', ['init', '-q', '-b', 'main'], folder);
  const tarball = packages.length === 0 ? [] : [join(scratch, 'eslint-plugin-async-race-0.1.0.tgz')];
  const installed = [...packages, ...tarball, 'typescript@npm:@typescript/typescript6'];
  run('npm', ['install', '--save-dev', '--no-audit', '--no-fund', ...installed], folder);
  run('git', ['add', '-A'], folder);
  run('git', [...identity, 'commit', '-qm', 'start', '--no-verify'], folder);
  const [command = '', ...words] = install.split(' ');
  run(command, words, folder);

  writeFileSync(join(folder, 'src', 'cache.ts'), bad);
  const refused = commit(folder);
  if (refused.status === 0) return 'fails: a race was committed';
  if (!refused.output.includes('no-check-then-act')) return `fails: ${refused.output}`;
  writeFileSync(join(folder, 'src', 'cache.ts'), `${good}export const unrelated = 1;\n`);
  const passed = commit(folder);
  return passed.status === 0 ? 'works' : `fails: ${passed.output}`;
}

/** @param {string} folder */
function commit(folder) {
  run('git', ['add', '-A'], folder);
  const { status, stdout, stderr } = spawnSync('git', [...identity, 'commit', '-m', 'change'], { cwd: folder, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

/** The block of the page that the comment names. @param {string} name */
function recipe(name) {
  const text = new RegExp(`<!-- ${name} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
  if (text === undefined) throw new Error(`docs/getting-started.md has no recipe for ${name}`);
  return text;
}

/** A local clone with the files of the working tree, tagged as a release. */
function cloneUrl() {
  const folder = join(scratch, 'clone');
  run('git', ['clone', '-q', root, folder], root);
  run('git', ['tag', '-f', 'v0.1.0'], folder);
  return folder;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stdout + stderr}`);
}
