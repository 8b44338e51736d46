import { Linter, type Rule } from 'eslint';
import { parser } from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { makeFolder, placesIn, runCli } from './support.js';

const first = 'async-race/no-check-then-act';
const second = 'async-race/no-lock-escape';

const programs: readonly [title: string, source: string][] = [
  ['no comment', 'race();\n'],
  ['disable from here on', '/* eslint-disable */\nrace();\nrace();\n'],
  ['disable between findings', 'race();\n/* eslint-disable */\nrace();\n'],
  ['disable on the line of the finding, before and after it', 'race(); /* eslint-disable */ race();\n'],
  ['disable by name', `/* eslint-disable ${first} */\nrace();\n`],
  ['disable of another rule', `/* eslint-disable ${second}, no-undef */\nrace();\n`],
  ['disable by one of several names', `/* eslint-disable no-undef, ${first} */\nrace();\n`],
  ['disable with a description', `/* eslint-disable ${first} -- checked by the caller, ${second} */\nrace();\n`],
  ['disable all with a description', '/* eslint-disable -- generated */\nrace();\n'],
  ['a description after a single dash is none', `/* eslint-disable ${first} - checked */\nrace();\n`],
  ['enable again', '/* eslint-disable */\nrace();\n/* eslint-enable */\nrace();\n'],
  ['enable one rule of all', `/* eslint-disable */\nrace();\n/* eslint-enable ${first} */\nrace();\n`],
  ['enable another rule', `/* eslint-disable */\nrace();\n/* eslint-enable ${second} */\nrace();\n`],
  ['enable all after one', `/* eslint-disable ${first} */\nrace();\n/* eslint-enable */\nrace();\n`],
  ['disable in a line comment holds for nothing', '// eslint-disable\nrace();\n'],
  ['enable in a line comment holds for nothing', '/* eslint-disable */\n// eslint-enable\nrace();\n'],
  ['disable this line', 'race(); // eslint-disable-line\nrace();\n'],
  ['disable this line by name, in a block comment', `/* eslint-disable-line ${first} */ race();\nrace();\n`],
  ['disable this line for another rule', `race(); // eslint-disable-line ${second}\n`],
  ['a comment of two lines disables neither', 'race(); /* eslint-disable-line\n*/ race();\n'],
  ['disable the next line', '// eslint-disable-next-line\nrace();\nrace();\n'],
  ['disable the next line by name with a description', `// eslint-disable-next-line ${first} -- fine\nrace();\n`],
  ['disable the line after a comment of several lines', `/* eslint-disable-next-line\n  ${first} --\n  why */\nrace();\n`],
  ['a line that is disabled twice', `// eslint-disable-next-line ${first}\nrace(); // eslint-disable-line ${second}\n`],
  ['a disabled line inside an enabled stretch', '/* eslint-enable */\nrace(); // eslint-disable-line\n'],
  ['a comment inside a call', `race(/* eslint-disable-line ${first} */ 1);\n`],
  ['a comment after a brace', 'function f() { // eslint-disable-line\n}\nrace();\n{ /* eslint-disable */ }\nrace();\n'],
  ['a documentation comment is no directive', '/** eslint-disable */\nrace();\n'],
  ['after a documentation comment', '/** Does. */ /* eslint-disable */\nfunction f() {}\nrace();\n'],
  ['a comment in a string', "const s = '/* eslint-disable */';\nrace();\n"],
  ['a comment in a template', 'const s = `\n/* eslint-disable */ ${1 /* eslint-disable-line */} // eslint-disable-line\n`;\nrace();\n'],
  ['a comment in a regular expression', 'const s = /[/* eslint-disable */]/;\nrace();\n'],
  ['a comment in a comment', '// see /* eslint-disable */\nrace();\n/* // eslint-disable-line */ race();\n'],
  ['a comment in the text of an element', 'const e = <b>/* eslint-disable */ // eslint-disable-line</b>;\nrace();\n'],
  ['a comment in the braces of an element', 'const e = <b>{/* eslint-disable */}</b>;\nrace();\n'],
  ['a comment at the end of the file', 'race();\n/* eslint-disable */'],
  ['a comment after a shebang', '#!/usr/bin/env node\n/* eslint-disable */\nrace();\n'],
  ['a word that only starts like one', '/* eslint-disabled */\nrace();\n// eslint-disable-liner\nrace();\n'],
  ['lines that end in carriage returns', '// eslint-disable-next-line\r\nrace();\r\nrace();\r\n'],
];

describe('eslint-disable comments', () => {
  it.each(programs)('are honoured as ESLint does: %s', async (_title, source) => {
    const folder = makeFolder({
      'tsconfig.json': JSON.stringify({ compilerOptions: { lib: ['es2022'], types: [], jsx: 'preserve' } }),
      'a.tsx': source,
    });
    const { stdout } = await runCli(folder, ['check', '--format', 'json']);
    expect(placesIn(stdout)).toEqual(linesOfEslint(source).map((line) => `a.tsx:${line} no-check-then-act`));
  });

  it('costs a file with ten thousand of them one walk', async () => {
    const source = '// eslint-disable-next-line\nrace();\n'.repeat(10_000);
    const folder = makeFolder({
      'tsconfig.json': JSON.stringify({ compilerOptions: { lib: ['es2022'], types: [] } }),
      'a.ts': source,
    });
    const { code, stdout } = await runCli(folder, ['check']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No findings in 1 file.\n' });
  });
});

/** Lines on which ESLint reports, with a rule that finds what the engine of these tests finds. */
function linesOfEslint(source: string): number[] {
  const messages = new Linter().verify(
    source,
    {
      files: ['**/*.tsx'],
      linterOptions: { reportUnusedDisableDirectives: 'off' },
      languageOptions: { parser, parserOptions: { ecmaFeatures: { jsx: true } } },
      plugins: {
        'async-race': {
          rules: {
            'no-check-then-act': {
              create: (context) => ({
                'Identifier[name="race"]': (node: Rule.Node) => {
                  context.report({ node, message: 'A race.' });
                },
              }),
            },
          },
        },
      },
      rules: { [first]: 'error' },
    },
    { filename: 'a.tsx' },
  );
  return messages.filter(({ ruleId }) => ruleId === first).map(({ line }) => line);
}
