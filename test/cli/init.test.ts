import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { root } from '../support/fixtures.js';
import { samples } from '../support/samples.js';
import { makeFolder, runCli } from './support.js';

const { bad, line } = samples['no-check-then-act'];
const tsconfig = JSON.stringify({ compilerOptions: { strict: true, module: 'NodeNext', types: [] }, include: ['**/*.ts'] });

/** A project with the build of this package installed. */
function project(files: Readonly<Record<string, string>>): string {
  const folder = makeFolder({ 'package.json': '{ "type": "module" }', 'tsconfig.json': tsconfig, 'src/cache.ts': bad, ...files });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
}

async function lint(folder: string): Promise<string[]> {
  const results = await new ESLint({ cwd: folder }).lintFiles(['src']);
  return results.flatMap(({ messages }) => messages.map((message) => `${message.ruleId ?? message.message}:${message.line}`));
}

// The configs import the package by its name, which inside of this repository is the build.
const ownName = `${root}/dist/rules/index.js`;

const configs: Readonly<Record<string, string>> = {
  none: '',
  'defineConfig with arguments': "import { defineConfig } from 'eslint/config';\n\nexport default defineConfig(\n  { rules: {} }, // last\n);\n",
  'defineConfig with a list': "import { defineConfig } from 'eslint/config';\nexport default defineConfig([{ rules: {} }]);\n",
  "typescript-eslint's config, typed already": `import tseslint from 'typescript-eslint';

export default tseslint.config(
  tseslint.configs.base,
  { files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } }
);
`,
  'a list': "export default [\n  {\n    rules: {},\n  },\n];\n",
  'an empty list': 'export default [];\n',
  'a constant': "/** @type {import('eslint').Linter.Config[]} */\nconst config = [{ rules: {} }];\nexport default config;\n",
};

describe('init --write', () => {
  it.each(Object.entries(configs))('makes a config that finds a race: %s', async (_title, text) => {
    const folder = project(text === '' ? {} : { 'eslint.config.js': text });
    const { code, stderr } = await runCli(folder, ['init', '--write']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const file = join(folder, 'eslint.config.js');
    const written = readFileSync(file, 'utf8');
    await expect(written).toMatchFileSnapshot(`golden/init/${_title.replaceAll(/[^a-z]+/giu, '-')}.txt`);
    writeFileSync(file, written.replace("'eslint-plugin-async-race'", JSON.stringify(ownName)));
    expect(await lint(folder)).toEqual([`async-race/no-check-then-act:${line}`]);
    writeFileSync(file, written);
    expect((await runCli(folder, ['init', '--write'])).stdout).toBe('eslint.config.js has the plugin already. Run: npx eslint .\n');
  });

  it('keeps the types of a config in TypeScript', async () => {
    const folder = project({ 'eslint.config.ts': "import type { Linter } from 'eslint';\n\nexport default [{ rules: {} }] satisfies Linter.Config[];\n" });
    await runCli(folder, ['init', '--write']);
    expect(readFileSync(join(folder, 'eslint.config.ts'), 'utf8')).toMatch(/configs\.recommended,[\s\S]*\}\] satisfies Linter\.Config\[\];\n$/u);
  });
});

describe('init', () => {
  it('prints the config and what is missing, and writes nothing', async () => {
    const folder = makeFolder({ 'pnpm-lock.yaml': '', 'package.json': '{ "devDependencies": { "eslint": "10", "oxlint": "1" } }' });
    const { code, stdout } = await runCli(folder, ['init']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\/\/ eslint\.config\.mjs\nimport asyncRace from 'eslint-plugin-async-race';\n/u);
    expect(stdout.split('\n').slice(-6)).toEqual([
      '// Install: pnpm add --save-dev eslint-plugin-async-race typescript-eslint typescript@npm:@typescript/typescript6',
      '// There is no tsconfig.json here; the rules need types, so add one that covers the sources.',
      '// oxlint gives its plugins no types; run npx async-race check beside it, with or without ESLint.',
      '// Run: npx eslint .',
      '// init --write writes this config.',
      '',
    ]);
  });

  it.each([
    ['eslint.config.cjs', 'module.exports = [];\n'],
    ['eslint.config.js', "export { default } from './other.js';\n"],
    ['eslint.config.js', 'export default makeConfig();\n'],
  ])('prints what to add to a config that it does not understand: %s %j', async (name, text) => {
    const folder = makeFolder({ [name]: text });
    const { code, stdout, stderr } = await runCli(folder, ['init', '--write']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `async-race: ${name} is written in a way that init cannot add to; above is what to put into it\n` });
    expect(stdout).toContain('asyncRace.configs.recommended');
    expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
  });
});
