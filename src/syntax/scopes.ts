/**
 * Names to declarations, from syntax alone.
 *
 * The checker could answer the same, but each question makes it check; most files are decided without any. One walk
 * of a file fills a table for every scope; a name is resolved by climbing from where it is used.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { type Activation, enclosingActivation, forEachPart, hasModifier, isFunctionNode, isMemberName, skipOuter } from './functions.js';
import { mentionsIn } from './mentions.js';

export type BindingKind = 'variable' | 'parameter' | 'function' | 'class' | 'import' | 'other';

/** One declared name. */
export interface Binding {
  /** Unique among all files of the process. */
  readonly id: number;
  readonly name: string;
  readonly kind: BindingKind;
  readonly identifier: ts.Identifier;
  /** Variable declaration, binding element, parameter, function, class or import specifier. */
  readonly declaration: ts.Node;
  /** The function or module whose activation owns the variable. */
  readonly owner: Activation;
  readonly isExported: boolean;
  /** What a variable is declared with, or given by the assignment that stands for that: `let row; try { row = await load(); } …`. */
  readonly initializer: ts.Expression | undefined;
  /** Places where it is assigned after that. */
  readonly assignments: readonly ts.Node[];
}

interface OpenBinding extends Binding {
  initializer: ts.Expression | undefined;
  readonly assignments: ts.Node[];
}

export interface FileScopes {
  /** The declaration that the name means here; undefined for globals. */
  readonly resolve: (identifier: ts.Identifier) => Binding | undefined;
  /** The declaration that a name means at the node, which need not be there: one that a comment mentions. */
  readonly lookUp: (name: string, at: ts.Node) => Binding | undefined;
  /** Top-level declaration with this name. */
  topLevel(name: string): Binding | undefined;
}

let nextBindingId = 1;

export function buildScopes(compiler: Compiler, file: ts.SourceFile): FileScopes {
  const tables = new Map<ts.Node, Map<string, OpenBinding>>();
  const exportedNames = new Set<string>();
  const assigned: ts.Identifier[] = [];
  /** Variables that are declared without a value, and given one later. */
  const open = new Set<OpenBinding>();
  const { NodeFlags, SyntaxKind } = compiler;

  const declare = (
    scope: ts.Node,
    identifier: ts.Identifier,
    declaration: ts.Node,
    kind: BindingKind,
    isExported: boolean,
  ): void => {
    let table = tables.get(scope);
    if (table === undefined) tables.set(scope, (table = new Map<string, OpenBinding>()));
    if (table.has(identifier.text)) return;
    const owner = compiler.isSourceFile(scope) || isFunctionNode(compiler, scope) ? scope : enclosingActivation(compiler, scope);
    table.set(identifier.text, {
      id: nextBindingId++,
      name: identifier.text,
      kind,
      identifier,
      declaration,
      owner,
      isExported,
      initializer: compiler.isVariableDeclaration(declaration) && compiler.isIdentifier(declaration.name) ? declaration.initializer : undefined,
      assignments: [],
    });
  };

  const declarePattern = (
    scope: ts.Node,
    name: ts.BindingName,
    declaration: ts.Node,
    kind: BindingKind,
    isExported: boolean,
  ): void => {
    if (compiler.isIdentifier(name)) {
      declare(scope, name, declaration, kind, isExported);
      return;
    }
    for (const element of name.elements) {
      if (compiler.isBindingElement(element)) declarePattern(scope, element.name, element, kind, isExported);
    }
  };

  const noteAssigned = (node: ts.Node): void => {
    const target = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
    if (compiler.isIdentifier(target)) assigned.push(target);
    else if (compiler.isArrayLiteralExpression(target)) target.elements.forEach(noteAssigned);
    else if (compiler.isSpreadElement(target)) noteAssigned(target.expression);
    else if (compiler.isObjectLiteralExpression(target)) {
      for (const property of target.properties) {
        if (compiler.isShorthandPropertyAssignment(property)) assigned.push(property.name);
        else if (compiler.isPropertyAssignment(property)) noteAssigned(property.initializer);
        else if (compiler.isSpreadAssignment(property)) noteAssigned(property.expression);
      }
    }
  };

  /** Kinds of nodes that declare, assign or make a scope. */
  const notable: ReadonlySet<ts.SyntaxKind> = new Set([
    SyntaxKind.ArrowFunction,
    SyntaxKind.FunctionExpression,
    SyntaxKind.FunctionDeclaration,
    SyntaxKind.MethodDeclaration,
    SyntaxKind.Constructor,
    SyntaxKind.GetAccessor,
    SyntaxKind.SetAccessor,
    SyntaxKind.ClassDeclaration,
    SyntaxKind.ClassExpression,
    SyntaxKind.ClassStaticBlockDeclaration,
    SyntaxKind.Block,
    SyntaxKind.ForStatement,
    SyntaxKind.ForInStatement,
    SyntaxKind.ForOfStatement,
    SyntaxKind.CaseBlock,
    SyntaxKind.ModuleBlock,
    SyntaxKind.CatchClause,
    SyntaxKind.VariableDeclaration,
    SyntaxKind.Parameter,
    SyntaxKind.ImportClause,
    SyntaxKind.NamespaceImport,
    SyntaxKind.ImportSpecifier,
    SyntaxKind.ImportEqualsDeclaration,
    SyntaxKind.EnumDeclaration,
    SyntaxKind.ModuleDeclaration,
    SyntaxKind.ExportSpecifier,
    SyntaxKind.ExportAssignment,
    SyntaxKind.BinaryExpression,
    SyntaxKind.PrefixUnaryExpression,
    SyntaxKind.PostfixUnaryExpression,
  ]);
  const walk = (node: ts.Node, functionScope: ts.Node, blockScope: ts.Node): void => {
    // most nodes are names; neither they nor types declare anything
    if (node.kind === SyntaxKind.Identifier || compiler.isTypeNode(node)) return;
    if (!notable.has(node.kind)) {
      forEachPart(compiler, node, (child) => walk(child, functionScope, blockScope));
      return;
    }
    let innerFunction = functionScope;
    let innerBlock = blockScope;
    if (isFunctionNode(compiler, node)) {
      if (compiler.isFunctionDeclaration(node) && node.name !== undefined) {
        declare(blockScope, node.name, node, 'function', hasModifier(compiler, node, SyntaxKind.ExportKeyword));
      } else if (compiler.isFunctionExpression(node) && node.name !== undefined) {
        declare(node, node.name, node, 'function', false);
      }
      innerFunction = innerBlock = node;
    } else if (compiler.isClassLike(node)) {
      if (node.name !== undefined) {
        const scope = compiler.isClassDeclaration(node) ? blockScope : node;
        declare(scope, node.name, node, 'class', hasModifier(compiler, node, SyntaxKind.ExportKeyword));
      }
    } else if (compiler.isClassStaticBlockDeclaration(node)) {
      innerFunction = innerBlock = node;
    } else if (
      compiler.isBlock(node) ||
      compiler.isForStatement(node) ||
      compiler.isForInStatement(node) ||
      compiler.isForOfStatement(node) ||
      compiler.isCaseBlock(node) ||
      compiler.isModuleBlock(node)
    ) {
      if (!(compiler.isBlock(node) && isFunctionNode(compiler, node.parent))) innerBlock = node;
      if (compiler.isModuleBlock(node)) innerFunction = node;
    } else if (compiler.isCatchClause(node)) {
      innerBlock = node;
      if (node.variableDeclaration !== undefined) {
        declarePattern(node, node.variableDeclaration.name, node.variableDeclaration, 'variable', false);
      }
    } else if (compiler.isVariableDeclaration(node) && compiler.isVariableDeclarationList(node.parent)) {
      const list = node.parent;
      const isExported =
        compiler.isVariableStatement(list.parent) && hasModifier(compiler, list.parent, SyntaxKind.ExportKeyword);
      declarePattern((list.flags & NodeFlags.BlockScoped) !== 0 ? blockScope : functionScope, node.name, node, 'variable', isExported);
    } else if (compiler.isParameter(node)) {
      declarePattern(functionScope, node.name, node, 'parameter', false);
    } else if (compiler.isImportClause(node)) {
      if (node.name !== undefined) declare(file, node.name, node, 'import', false);
    } else if (compiler.isNamespaceImport(node) || compiler.isImportSpecifier(node) || compiler.isImportEqualsDeclaration(node)) {
      declare(file, node.name, node, 'import', false);
    } else if (compiler.isEnumDeclaration(node)) {
      declare(blockScope, node.name, node, 'other', hasModifier(compiler, node, SyntaxKind.ExportKeyword));
    } else if (compiler.isModuleDeclaration(node)) {
      if (compiler.isIdentifier(node.name)) declare(blockScope, node.name, node, 'other', true);
    } else if (compiler.isExportSpecifier(node)) {
      if (node.parent.parent.moduleSpecifier === undefined) exportedNames.add((node.propertyName ?? node.name).text);
    } else if (compiler.isExportAssignment(node)) {
      if (compiler.isIdentifier(node.expression)) exportedNames.add(node.expression.text);
    } else if (compiler.isBinaryExpression(node)) {
      const operator = node.operatorToken.kind;
      if (operator >= SyntaxKind.FirstAssignment && operator <= SyntaxKind.LastAssignment) noteAssigned(node.left);
    } else if (compiler.isPrefixUnaryExpression(node) || compiler.isPostfixUnaryExpression(node)) {
      if (node.operator === SyntaxKind.PlusPlusToken || node.operator === SyntaxKind.MinusMinusToken) noteAssigned(node.operand);
    }
    if ((compiler.isForOfStatement(node) || compiler.isForInStatement(node)) && !compiler.isVariableDeclarationList(node.initializer)) {
      noteAssigned(node.initializer);
    }
    forEachPart(compiler, node, (child) => walk(child, innerFunction, innerBlock));
  };
  walk(file, file, file);

  const lookUp = (name: string, at: ts.Node): OpenBinding | undefined => {
    let scope: ts.Node | undefined = at;
    while (scope !== undefined) {
      const found = tables.get(scope)?.get(name);
      if (found !== undefined) return found;
      scope = scope.parent;
    }
    return undefined;
  };
  const resolve = (identifier: ts.Identifier): OpenBinding | undefined => lookUp(identifier.text, identifier);

  for (const identifier of assigned) {
    const binding = resolve(identifier);
    if (binding === undefined) continue;
    binding.assignments.push(identifier);
    const { declaration } = binding;
    if (compiler.isVariableDeclaration(declaration) && declaration.initializer === undefined) open.add(binding);
  }
  for (const binding of open) {
    const given = settlingValue(compiler, binding, (mention) => resolve(mention) === binding);
    if (given === undefined) continue;
    binding.initializer = given;
    binding.assignments.length = 0;
  }
  const top = tables.get(file);
  if (top !== undefined) {
    for (const name of exportedNames) {
      const binding = top.get(name);
      if (binding !== undefined && !binding.isExported) top.set(name, { ...binding, isExported: true });
    }
  }
  return { resolve, lookUp, topLevel: (name) => tables.get(file)?.get(name) };
}

/**
 * What the only assignment to a local gives it that is declared without a value, where that stands for the declaration: in
 * the same function, on every way that does not fail before, with no mention of the local in between.
 */
function settlingValue(compiler: Compiler, binding: Binding, isMention: (name: ts.Identifier) => boolean): ts.Expression | undefined {
  const [target] = binding.assignments;
  if (target === undefined || binding.assignments.length > 1 || compiler.isSourceFile(binding.owner)) return undefined;
  const { parent: assignment } = target;
  if (!compiler.isBinaryExpression(assignment) || assignment.left !== target || assignment.operatorToken.kind !== compiler.SyntaxKind.EqualsToken) return undefined;
  if (!compiler.isExpressionStatement(assignment.parent) || !compiler.isVariableDeclarationList(binding.declaration.parent)) return undefined;
  const scope = binding.declaration.parent.parent.parent;
  for (let child: ts.Node = assignment.parent; child.parent !== scope; child = child.parent) {
    const { parent } = child;
    if (!compiler.isBlock(parent) && !(compiler.isTryStatement(parent) && parent.tryBlock === child)) return undefined;
    if (isFunctionNode(compiler, parent.parent)) return undefined;
  }
  const [first, second] = mentionsIn(compiler, scope, binding.name).filter((mention) => compiler.isIdentifier(mention) && !isMemberName(compiler, mention) && isMention(mention));
  return first === binding.identifier && second === target ? assignment.right : undefined;
}
