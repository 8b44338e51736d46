/** What a file takes from other modules, read from its syntax. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { forEachPart, propertyNameText, skipOuter } from '../syntax/functions.js';

/** Where an imported name comes from. `imported` is the exported name, `default`, or `*` for the module as a whole. */
export interface ImportOrigin {
  readonly specifier: string;
  readonly imported: string;
}

/** The origin that this declaration gives to the name it declares; undefined when it is no import. */
export function importOriginOf(compiler: Compiler, declaration: ts.Node): ImportOrigin | undefined {
  if (compiler.isImportSpecifier(declaration)) {
    return origin(compiler, declaration.parent.parent.parent.moduleSpecifier, (declaration.propertyName ?? declaration.name).text);
  }
  if (compiler.isImportClause(declaration)) return origin(compiler, declaration.parent.moduleSpecifier, 'default');
  if (compiler.isNamespaceImport(declaration)) return origin(compiler, declaration.parent.parent.moduleSpecifier, '*');
  if (compiler.isImportEqualsDeclaration(declaration)) {
    const reference = declaration.moduleReference;
    return compiler.isExternalModuleReference(reference) ? origin(compiler, reference.expression, 'default') : undefined;
  }
  if (compiler.isVariableDeclaration(declaration)) return loadedModule(compiler, declaration.initializer);
  if (compiler.isBindingElement(declaration)) {
    const variable = declaration.parent.parent;
    if (!compiler.isVariableDeclaration(variable) || !compiler.isObjectBindingPattern(declaration.parent)) return undefined;
    const loaded = loadedModule(compiler, variable.initializer);
    const imported = propertyNameText(compiler, declaration.propertyName ?? declaration.name);
    return loaded === undefined || imported === undefined ? undefined : { specifier: loaded.specifier, imported };
  }
  return undefined;
}

function origin(compiler: Compiler, specifier: ts.Expression, imported: string): ImportOrigin | undefined {
  return compiler.isStringLiteralLike(specifier) ? { specifier: specifier.text, imported } : undefined;
}

/** `require('x')` and `await import('x')`. */
function loadedModule(compiler: Compiler, initializer: ts.Expression | undefined): ImportOrigin | undefined {
  if (initializer === undefined) return undefined;
  const value = skipOuter(compiler, initializer);
  const call = compiler.isAwaitExpression(value) ? skipOuter(compiler, value.expression) : value;
  const specifier = loadSpecifier(compiler, call);
  if (specifier === undefined) return undefined;
  return { specifier, imported: call === value ? 'default' : '*' };
}

function loadSpecifier(compiler: Compiler, node: ts.Node): string | undefined {
  if (!compiler.isCallExpression(node)) return undefined;
  const callee = node.expression;
  const loads =
    callee.kind === compiler.SyntaxKind.ImportKeyword || (compiler.isIdentifier(callee) && callee.text === 'require');
  const [specifier] = node.arguments;
  return loads && specifier !== undefined && compiler.isStringLiteralLike(specifier) ? specifier.text : undefined;
}

/** The imports of one file. */
export interface FileImports {
  /** Specifiers of all imports and re-exports. */
  readonly specifiers: ReadonlySet<string>;
  /** Local names that imports declare. A name that is shadowed somewhere is in the table all the same. */
  readonly names: ReadonlyMap<string, ImportOrigin>;
}

/** The origin that the imports of its file give to the text of the name. Whether another declaration shadows the import there is not asked. */
export function originOfName(compiler: Compiler, name: ts.Identifier): ImportOrigin | undefined {
  return importsOf(compiler, name.getSourceFile()).names.get(name.text);
}

/** The same of what is imported by name, or is a member of an imported module: `useState`, `React.useState`. */
export function originOfMember(compiler: Compiler, expression: ts.Expression): ImportOrigin | undefined {
  if (compiler.isIdentifier(expression)) return originOfName(compiler, expression);
  if (!compiler.isPropertyAccessExpression(expression) || !compiler.isIdentifier(expression.expression)) return undefined;
  const module = originOfName(compiler, expression.expression);
  const isModule = module?.imported === '*' || module?.imported === 'default';
  return isModule ? { specifier: module.specifier, imported: expression.name.text } : undefined;
}

const known = new WeakMap<ts.SourceFile, FileImports>();

/** The imports of the file. One look at its top-level statements, and a walk only where it loads modules by calls. */
export function importsOf(compiler: Compiler, file: ts.SourceFile): FileImports {
  const before = known.get(file);
  if (before !== undefined) return before;
  const specifiers = new Set<string>();
  const names = new Map<string, ImportOrigin>();
  const note = (declaration: ts.Node & { readonly name?: ts.Node | undefined }): void => {
    const found = importOriginOf(compiler, declaration);
    if (found === undefined) return;
    specifiers.add(found.specifier);
    if (declaration.name !== undefined && compiler.isIdentifier(declaration.name)) names.set(declaration.name.text, found);
  };
  for (const statement of file.statements) {
    if (compiler.isImportDeclaration(statement)) {
      if (compiler.isStringLiteralLike(statement.moduleSpecifier)) specifiers.add(statement.moduleSpecifier.text);
      const clause = statement.importClause;
      if (clause?.name !== undefined) note(clause);
      const bindings = clause?.namedBindings;
      if (bindings === undefined) continue;
      if (compiler.isNamespaceImport(bindings)) note(bindings);
      else bindings.elements.forEach(note);
    } else if (compiler.isImportEqualsDeclaration(statement)) {
      note(statement);
    } else if (compiler.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined) {
      if (compiler.isStringLiteralLike(statement.moduleSpecifier)) specifiers.add(statement.moduleSpecifier.text);
    }
  }
  if (/\b(?:require|import)\s*\(/.test(file.text)) {
    const walk = (node: ts.Node): void => {
      if (compiler.isVariableDeclaration(node) || compiler.isBindingElement(node)) note(node);
      const specifier = loadSpecifier(compiler, node);
      if (specifier !== undefined) specifiers.add(specifier);
      forEachPart(compiler, node, walk);
    };
    walk(file);
  }
  const imports = { specifiers, names };
  known.set(file, imports);
  return imports;
}
