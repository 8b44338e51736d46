/** Flat configs of ESLint as text: a new one, and one that is there with the plugin added. */
import type ts from 'typescript';
import type { Compiler } from '../index.js';

const files = "files: ['**/*.{ts,tsx,mts,cts}']";

export function newConfig(): string {
  return `import asyncRace from 'eslint-plugin-async-race';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig({
  ${files},
  extends: [asyncRace.configs.recommended],
  languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
});
`;
}

/** The config with the plugin added; the same text when it has it already; undefined when its form is not understood. */
export function addToConfig(compiler: Compiler, name: string, text: string): string | undefined {
  const file = compiler.createSourceFile(name, text, compiler.ScriptTarget.Latest, true);
  const imports = file.statements.filter(compiler.isImportDeclaration);
  const has = (module: string): boolean => imports.some(({ moduleSpecifier }) => compiler.isStringLiteral(moduleSpecifier) && moduleSpecifier.text === module);
  if (has('eslint-plugin-async-race')) {
    return text;
  }
  const list = configList(compiler, file);
  if (list === undefined) {
    return undefined;
  }
  // A config that has typed rules already needs no parser from us.
  const isTyped = /\bprojectService\b|\bparserOptions\b[^}]*\bproject\b/u.test(text);
  const newImports = [
    "import asyncRace from 'eslint-plugin-async-race';",
    ...(isTyped ? [] : ["import { parser as typescriptParser } from 'typescript-eslint';"]),
  ];
  const languageOptions = isTyped
    ? []
    : ['languageOptions: { parser: typescriptParser, parserOptions: { projectService: true } },'];
  const preset = list.extendable ? 'extends: [asyncRace.configs.recommended],' : '...asyncRace.configs.recommended,';
  const lines = ['{', ...[`${files},`, preset, ...languageOptions].map((line) => `  ${line}`), '}'];
  const lastImport = imports.at(-1);
  const importEdit = lastImport === undefined ? { at: 0, text: `${newImports.join('\n')}\n\n` } : { at: lastImport.end, text: `\n${newImports.join('\n')}` };
  return insert(text, [importEdit, elementEdit(file, list.elements, list.end, lines)]);
}

interface ConfigList {
  readonly elements: ts.NodeArray<ts.Expression>;
  /** Offset of the closing bracket. */
  readonly end: number;
  /** Whether its objects may say `extends`: those of `defineConfig` and of typescript-eslint's `config` may. */
  readonly extendable: boolean;
}

/** The list of config objects that the file exports by default, itself or by the name of a constant. */
function configList(compiler: Compiler, file: ts.SourceFile): ConfigList | undefined {
  const exported = file.statements.find(compiler.isExportAssignment);
  let value = exported?.isExportEquals === true ? undefined : exported?.expression;
  if (value !== undefined && compiler.isIdentifier(value)) {
    const { text } = value;
    const declarations = file.statements.filter(compiler.isVariableStatement).flatMap(({ declarationList }) => [...declarationList.declarations]);
    value = declarations.find(({ name }) => compiler.isIdentifier(name) && name.text === text)?.initializer;
  }
  while (value !== undefined && (compiler.isSatisfiesExpression(value) || compiler.isAsExpression(value) || compiler.isParenthesizedExpression(value))) {
    value = value.expression;
  }
  if (value === undefined) {
    return undefined;
  }
  if (compiler.isArrayLiteralExpression(value)) {
    return { elements: value.elements, end: value.end - 1, extendable: false };
  }
  if (!compiler.isCallExpression(value) || !/(?:^|\.)(?:defineConfig|config)$/u.test(value.expression.getText(file))) {
    return undefined;
  }
  const [first] = value.arguments;
  return first !== undefined && compiler.isArrayLiteralExpression(first)
    ? { elements: first.elements, end: first.end - 1, extendable: true }
    : { elements: value.arguments, end: value.end - 1, extendable: true };
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** Puts the element behind the last one, on lines of its own, indented as that is. */
function elementEdit(file: ts.SourceFile, elements: ts.NodeArray<ts.Expression>, end: number, lines: readonly string[]): Insertion {
  const last = elements.at(-1);
  if (last === undefined) {
    return { at: end, text: `\n  ${lines.join('\n  ')},\n` };
  }
  const { line } = file.getLineAndCharacterOfPosition(last.getStart(file));
  const lineText = file.text.slice(file.getPositionOfLineAndCharacter(line, 0), last.getStart(file));
  const isOnOwnLine = lineText.trim() === '';
  const indentation = isOnOwnLine ? lineText : '';
  const element = lines.join(`\n${indentation}`);
  // A trailing comma stays what it is, and so do the comments behind it.
  const comma = elements.hasTrailingComma ? elements.end : undefined;
  const separator = isOnOwnLine ? `\n${indentation}` : ' ';
  return comma === undefined ? { at: last.end, text: `,${separator}${element}` } : { at: comma, text: `${separator}${element},` };
}

function insert(text: string, insertions: readonly Insertion[]): string {
  return [...insertions].sort((left, right) => right.at - left.at).reduce((changed, { at, text: added }) => changed.slice(0, at) + added + changed.slice(at), text);
}
