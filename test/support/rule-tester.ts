/** typescript-eslint's rule tester, wired to vitest and to the one parser that the package uses. */
import * as parser from '@typescript-eslint/parser';
import { RuleTester } from '@typescript-eslint/rule-tester';
import { afterAll, describe, it } from 'vitest';
import { root } from './fixtures.js';

RuleTester.afterAll = afterAll;
RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.itOnly = it.only;

/** A tester whose cases are typed, with the default project for their invented files. */
export function typedRuleTester(): RuleTester {
  return new RuleTester({
    // The tester would otherwise bring the parser of its own version.
    languageOptions: {
      parser,
      parserOptions: {
        projectService: { allowDefaultProject: ['*.ts*'], defaultProject: 'fixtures/tsconfig.json' },
        tsconfigRootDir: root,
      },
    },
  });
}
