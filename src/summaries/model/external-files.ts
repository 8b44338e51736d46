/** Calls that look at or change files. A file is known by its path expression. */
import { exclusiveFlag, fileModules, type FileOperation, fileOperations, fileReads, promiseMember, startingFunctions } from '../../catalogue/external-state.js';
import type { ts } from '../../compiler/compiler.js';
import type { ExternalEffect } from '../../events/lowering.js';
import { originOfName } from '../../locks/imports.js';
import { type Place, project, rootPlace } from '../../places/place.js';
import { isFunctionNode, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { constantOf, howOf, isFailureHandled, keyOf, oneLine } from './external-expressions.js';
import type { ProgramModel } from './program-model.js';

/** The root of the places of files. */
export const fileRoot = 'file';

export function withoutSync(name: string): string {
  return name.endsWith('Sync') ? name.slice(0, -'Sync'.length) : name;
}

export function fileEffects(
  model: ProgramModel,
  call: ts.CallExpression,
  callee: ts.Identifier | ts.PropertyAccessExpression,
): readonly ExternalEffect[] {
  const found = fileFunction(model, callee);
  if (found === undefined) return [];
  const base = withoutSync(found.name);
  const operations = Object.hasOwn(fileOperations, base) ? fileOperations[base] : undefined;
  const isDeferred = base === found.name;
  if (operations === undefined) return [];
  if (found.style === 'callbacks' && isDeferred && !startingFunctions.has(base)) return [];
  const effects: ExternalEffect[] = [];
  for (const operation of operations) {
    const place = filePlace(model, call.arguments[operation.path]);
    if (place === undefined) continue;
    if (operation.does === 'look') {
      effects.push({ effect: 'check', place, answersByFailing: operation.answersByFailing === true && isAloneInTry(model, call) });
    } else if (!isHarmless(model, call, operation) && !isFailureHandled(model, call, operation.failsWhenLate === true)) {
      effects.push({ effect: 'act', place, how: howOf[operation.does], isDeferred });
    }
  }
  return effects;
}

interface FileFunction {
  readonly name: string;
  readonly style: 'promises' | 'callbacks';
}

/** The function of a file module that the callee is. */
function fileFunction(model: ProgramModel, callee: ts.Identifier | ts.PropertyAccessExpression): FileFunction | undefined {
  return model.compiler.isIdentifier(callee) ? importedFunction(model, callee) : memberFunction(model, callee);
}

/** What the call does with the content of a file. */
export interface ContentAccess {
  readonly does: 'read' | 'write';
  readonly path: ts.Expression;
}

/** Whether the call reads the content of a file, or gives it a new one. */
export function contentAccess(model: ProgramModel, { expression, arguments: given }: ts.CallExpression): ContentAccess | undefined {
  const { compiler } = model;
  const callee = skipOuter(compiler, expression);
  const found = compiler.isIdentifier(callee) || compiler.isPropertyAccessExpression(callee) ? fileFunction(model, callee) : undefined;
  if (found === undefined) return undefined;
  const base = withoutSync(found.name);
  const replaced = Object.hasOwn(fileOperations, base) ? fileOperations[base]?.find(({ does }) => does === 'replace') : undefined;
  const path = given[fileReads.has(base) ? 0 : (replaced?.path ?? given.length)];
  return path === undefined ? undefined : { does: fileReads.has(base) ? 'read' : 'write', path };
}

function importedFunction(model: ProgramModel, callee: ts.Identifier): FileFunction | undefined {
  const { compiler } = model;
  const origin = originOfName(compiler, callee);
  const style = origin === undefined ? undefined : moduleStyle(origin.specifier);
  if (origin === undefined || style === undefined || isShadowed(model, callee)) return undefined;
  return { name: origin.imported, style };
}

function memberFunction(model: ProgramModel, callee: ts.PropertyAccessExpression): FileFunction | undefined {
  const style = styleOfModule(model, callee.expression);
  return style === undefined ? undefined : { name: callee.name.text, style };
}

function moduleStyle(specifier: string): FileFunction['style'] | undefined {
  return Object.hasOwn(fileModules, specifier) ? fileModules[specifier] : undefined;
}

/** The style of the file module that the expression is: `fs`, `fs.promises`, `fsp` after `const fsp = fs.promises`. */
function styleOfModule(model: ProgramModel, expression: ts.Expression): FileFunction['style'] | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  if (compiler.isPropertyAccessExpression(node)) {
    const base = styleOfModule(model, node.expression);
    if (base === undefined) return undefined;
    if (node.name.text === promiseMember) return 'promises';
    return node.name.text === 'default' ? base : undefined;
  }
  if (!compiler.isIdentifier(node)) return undefined;
  const origin = originOfName(compiler, node);
  if (origin !== undefined) {
    const style = moduleStyle(origin.specifier);
    if (style === undefined || isShadowed(model, node)) return undefined;
    if (origin.imported === promiseMember) return 'promises';
    return origin.imported === '*' || origin.imported === 'default' ? style : undefined;
  }
  const binding = model.file(node).scopes.resolve(node);
  if (binding?.initializer === undefined) return undefined;
  const initializer = skipOuter(compiler, binding.initializer);
  return compiler.isPropertyAccessExpression(initializer) ? styleOfModule(model, initializer) : undefined;
}

/** The name that an import declares means something else here. */
function isShadowed(model: ProgramModel, identifier: ts.Identifier): boolean {
  const binding = model.file(identifier).scopes.resolve(identifier);
  return binding === undefined || (binding.kind !== 'import' && binding.kind !== 'variable');
}

function filePlace(model: ProgramModel, path: ts.Expression | undefined): Place | undefined {
  const key = path === undefined ? undefined : keyOf(model, path);
  if (path === undefined || key === undefined) return undefined;
  return project(rootPlace({ kind: 'external', name: fileRoot, text: '' }), { kind: 'element', key, text: oneLine(path) });
}

/** `wx`, `recursive`, `force`: one atomic step, or no harm when it comes second. Options that cannot be read may say so. */
function isHarmless(model: ProgramModel, call: ts.CallExpression, operation: FileOperation): boolean {
  const { compiler } = model;
  if (operation.options === undefined || operation.harmlessWith === undefined) return false;
  const options = call.arguments[operation.options];
  if (options === undefined) return false;
  const node = constantOf(model, options);
  if (compiler.isStringLiteralLike(node) || compiler.isNumericLiteral(node)) return false;
  if (!compiler.isObjectLiteralExpression(node)) return true;
  return node.properties.some((property) => {
    if (!compiler.isPropertyAssignment(property)) return true;
    if (!operation.harmlessWith?.includes(propertyNameText(compiler, property.name) ?? '')) return false;
    const value = skipOuter(compiler, property.initializer);
    if (compiler.isStringLiteralLike(value)) return exclusiveFlag.test(value.text);
    return value.kind !== compiler.SyntaxKind.FalseKeyword;
  });
}

/**
 * `try { await access(path) } catch { … }`: a `try` around hardly more than the look asks a question. A longer one handles
 * the failure of whatever is in it.
 */
function isAloneInTry(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler } = model;
  let statement: ts.Node = call;
  while (!compiler.isStatement(statement)) {
    if (isFunctionNode(compiler, statement)) return false;
    statement = statement.parent;
  }
  const block = statement.parent;
  if (!compiler.isBlock(block) || !compiler.isTryStatement(block.parent) || block.parent.tryBlock !== block) return false;
  const [first, second, third] = block.statements;
  if (block.parent.catchClause === undefined || first !== statement || third !== undefined) return false;
  return second === undefined || !/\bawait\b/.test(second.getText());
}
