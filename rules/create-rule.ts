/**
 * The one bridge from findings to ESLint reports. Every rule is one call of `createRule` with what sets it apart.
 */
import { getParserServices, RuleCreator } from '@typescript-eslint/utils/eslint-utils';
import type { ParserServicesWithTypeInformation } from '@typescript-eslint/utils';
import type { JSONSchema4 } from '@typescript-eslint/utils/json-schema';
import type { ReportSuggestionArray, RuleContext, RuleListener, RuleModule } from '@typescript-eslint/utils/ts-eslint';
import { createEngine } from '../src/index.js';
import type { CheckOptions, Engine, EngineSettings, Finding, RuleId, Suggestion } from '../src/index.js';
import { packageName, packageVersion } from './package-info.js';
import { readSettings } from './settings.js';
import { loadCompiler } from './typescript.js';

export interface RuleDocs {
  /** The mildest preset that has the rule. */
  readonly recommended: 'recommended' | 'strict' | 'all';
  readonly requiresTypeChecking: true;
}

export type MessageId = 'finding' | 'suggestion';

/** The engine words its findings; ESLint's templates only carry them. */
const messages = { finding: '{{message}}', suggestion: '{{title}}' } satisfies Record<MessageId, string>;

/** The option that every rule has. */
const minimumConfidence = {
  type: 'string',
  enum: ['high', 'medium', 'low'],
  description: 'How sure the analysis must be of the interleaving that it reports.',
} satisfies JSONSchema4;

type Options = [CheckOptions];

type Context = Readonly<RuleContext<MessageId, Options>>;

/** What sets one rule apart from the others; the rest is the same for all. */
export interface RaceRule {
  readonly name: RuleId;
  /** What the rule forbids or asks for, as the rest of a sentence. */
  readonly description: string;
  /** `problem` breaks a program; `suggestion` is advice. `problem` by default. */
  readonly type?: 'problem' | 'suggestion';
  /** Whether its findings come with rewrites. */
  readonly hasSuggestions?: true;
  /** Options besides `minimumConfidence`, each with its default. */
  readonly options?: Readonly<Record<string, JSONSchema4 & { readonly default: boolean | number }>>;
}

const createDocumentedRule = RuleCreator<RuleDocs>(
  (name) => `https://unpkg.com/${packageName}@${packageVersion}/docs/rules/${name}.md`,
);

/** Makes a rule whose page is the one of this very version of the package. */
export function createRule({ name, description, type = 'problem', hasSuggestions, options = {} }: RaceRule): RuleModule<MessageId, Options, RuleDocs> {
  const schemas = Object.entries(options).map(([option, { default: _, ...schema }]): [string, JSONSchema4] => [option, schema]);
  const defaults = Object.entries(options).map(([option, schema]): [string, boolean | number] => [option, schema.default]);
  return createDocumentedRule<Options, MessageId>({
    name,
    meta: {
      type,
      docs: { description, recommended: 'recommended', requiresTypeChecking: true },
      ...(hasSuggestions === true ? { hasSuggestions } : {}),
      schema: [
        {
          type: 'object',
          description: 'What to report.',
          additionalProperties: false,
          properties: { minimumConfidence, ...Object.fromEntries(schemas) },
        },
      ],
      defaultOptions: [{ minimumConfidence: 'medium', ...Object.fromEntries(defaults) }],
      messages,
      languages: ['js/js'],
    },
    create: (context, [chosen]) => reportFindings(context, name, chosen),
  });
}

/**
 * Reports the findings of one check in the file.
 *
 * @throws typescript-eslint's error when the file has no type information.
 */
function reportFindings(context: Context, rule: RuleId, options: CheckOptions): RuleListener {
  const services = typedServices(context);
  const engine = engineFor(services, readSettings(context.settings));
  return {
    Program(program) {
      const { findings } = engine.analyzeFile(services.esTreeNodeToTSNodeMap.get(program), { [rule]: options });
      for (const finding of findings) report(context, finding);
    },
  };
}

function report(context: Context, finding: Finding): void {
  const { sourceCode } = context;
  context.report({
    messageId: 'finding',
    data: { message: finding.message },
    loc: { start: sourceCode.getLocFromIndex(finding.span.start), end: sourceCode.getLocFromIndex(finding.span.end) },
    suggest: finding.suggestions.map(toEslintSuggestion),
  });
}

function toEslintSuggestion({ title, edits }: Suggestion): ReportSuggestionArray<MessageId>[number] {
  return {
    messageId: 'suggestion',
    data: { title },
    fix: (fixer) => edits.map((edit) => fixer.replaceTextRange([edit.start, edit.end], edit.text)),
  };
}

function typedServices(context: Context): ParserServicesWithTypeInformation {
  try {
    return getParserServices(context);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(
      `${error.message}\nThe rules of async-race need types: set \`languageOptions.parserOptions.projectService\` to true ` +
        'for the files that they check. oxlint has no types for its plugins: there, run `npx async-race check` beside it.',
      { cause: error },
    );
  }
}

/** One engine for a program and settings, so that all rules share one analysis. */
const engines = new WeakMap<ParserServicesWithTypeInformation['program'], Map<string, Engine>>();

function engineFor({ program }: ParserServicesWithTypeInformation, settings: EngineSettings): Engine {
  let enginesOfProgram = engines.get(program);
  if (enginesOfProgram === undefined) engines.set(program, (enginesOfProgram = new Map<string, Engine>()));
  const key = JSON.stringify(settings);
  let engine = enginesOfProgram.get(key);
  if (engine === undefined) enginesOfProgram.set(key, (engine = createEngine(loadCompiler(), program, settings)));
  return engine;
}
