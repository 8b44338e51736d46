import { defineConfig, globalIgnores } from 'eslint/config';
import eslintPlugin from 'eslint-plugin-eslint-plugin';
import tseslint from 'typescript-eslint';
import asyncRace from './dist/rules/index.js';

/** Folders that must give the same answer on any machine. */
const engine = ['compiler', 'syntax', 'types', 'places', 'events', 'cfg', 'locks', 'catalogue', 'dataflow', 'summaries', 'checks', 'findings'];

export default defineConfig(
  // The fixtures are wrong on purpose.
  globalIgnores(['dist/', 'coverage/', 'fixtures/']),
  {
    files: ['**/*.{ts,js,mjs}'],
    extends: [tseslint.configs.recommendedTypeChecked, 'async-race/all'],
    plugins: { 'async-race': asyncRace },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unsafe-type-assertion': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**', 'src/program/**'],
    rules: { 'no-console': 'error' },
  },
  {
    files: engine.map((folder) => `src/${folder}/**/*.ts`),
    rules: {
      'no-restricted-globals': ['error', 'process', 'setTimeout', 'setInterval', 'performance', 'Date'],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
    },
  },
  {
    files: ['rules/**/*.ts'],
    extends: [eslintPlugin.configs['all-type-checked']],
    rules: {
      // The name of the mildest preset says more than true.
      'eslint-plugin/require-meta-docs-recommended': ['error', { allowNonBoolean: true }],
      // create-rule.ts adds the address, and reports the suggestions.
      'eslint-plugin/require-meta-docs-url': 'off',
      'eslint-plugin/require-meta-has-suggestions': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // A test hands invented values to the code under test.
      '@typescript-eslint/no-unsafe-type-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    rules: {
      // JSDoc gives these files their types; a parsed file has none.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
