/** Rewrites that copy a reference before it leaves its section, where a copy one level deep is deep enough. */
import type { ts } from '../../compiler/compiler.js';
import { collectionEffect } from '../../events/collections.js';
import { consumerOf } from '../../syntax/consumers.js';
import { enclosingActivation, isAsync, isFunctionLiteral, outerParent } from '../../syntax/functions.js';
import type { Rewrite } from '../../syntax/rewrites.js';
import { mutationsOf } from './mutations.js';
import type { ProgramModel } from '../model/program-model.js';
import type { Reference } from './reference-steps.js';

/** How a reference leaves its section. */
type Exit = 'use' | 'return' | 'store';

/** Takes a copy where the reference is taken, or waits for the work where it is started; undefined where that is not enough. */
export function copyInSection(model: ProgramModel, reference: Reference, used: ts.Node, by: Exit): Rewrite | undefined {
  const { compiler } = model;
  const { kind, node } = reference;
  if (!compiler.isExpression(node)) return undefined;
  if (kind === 'promise') return by === 'return' && node === used ? awaited(model, node) : undefined;
  if (kind === 'closure' || reference.depth === 1) return undefined;
  const holdsLive = !reference.isOfKeys && mutationsOf(model, reference.place, 1).some((mutation) => mutation.nature === 'data');
  if (holdsLive) return undefined;
  const text = kind === 'view' ? copyOfView(model, reference, node, by) : copyOfObject(model, node, used, by);
  return text === undefined ? undefined : { start: node.getStart(), end: node.getEnd(), text };
}

function awaited({ compiler }: ProgramModel, node: ts.Expression): Rewrite | undefined {
  const activation = enclosingActivation(compiler, node);
  if (compiler.isSourceFile(activation) || !isAsync(compiler, activation)) return undefined;
  const start = node.getStart();
  return { start, end: start, text: 'await ' };
}

function copyOfObject(model: ProgramModel, node: ts.Expression, used: ts.Node, by: Exit): string | undefined {
  const { compiler, questions } = model;
  if (by === 'use' && (!compiler.isExpression(used) || changes(model, used))) return undefined;
  const type = questions.typeAt(node);
  const symbol = type.getSymbol();
  const name = symbol?.name;
  const text = node.getText();
  if (name === 'Array') return `[...${text}]`;
  if (name === 'Map' || name === 'Set') return `new ${name}(${text})`;
  const { Interface, Method, TypeLiteral } = compiler.SymbolFlags;
  const isRecord = symbol !== undefined && (symbol.flags & (Interface | TypeLiteral)) !== 0 && type.getCallSignatures().length === 0;
  // a copy of a record that is used further would lose what is written to it
  if (by === 'use' || !isRecord || type.getProperties().some(({ flags }) => (flags & Method) !== 0)) return undefined;
  const { parent } = outerParent(compiler, node);
  return isFunctionLiteral(compiler, parent) ? `({ ...${text} })` : `{ ...${text} }`;
}

/** Whether the use changes the object. */
function changes({ compiler }: ProgramModel, used: ts.Expression): boolean {
  const { parent } = outerParent(compiler, used);
  if (consumerOf(compiler, used)?.kind === 'argument') return true;
  if (compiler.isElementAccessExpression(parent)) return true;
  return compiler.isPropertyAccessExpression(parent) && collectionEffect(parent.name.text)?.writes !== undefined;
}

function copyOfView(model: ProgramModel, reference: Reference, node: ts.Expression, by: Exit): string | undefined {
  const { compiler } = model;
  const text = node.getText();
  if (!compiler.isCallExpression(node) || reference.inside.length > 0) return undefined;
  if (by === 'return') return `[...${text}].values()`;
  if (by === 'store') return undefined;
  const name = namedResult(model, node);
  if (name === undefined) return undefined;
  return name === 'inline' || isOnlyIterated(model, name) ? `[...${text}]` : undefined;
}

/** The constant that gets the view, directly or as what an awaited section returns; `inline` where it is spread at once. */
function namedResult({ compiler }: ProgramModel, node: ts.Expression): ts.Identifier | 'inline' | undefined {
  let current: ts.Node = node;
  for (;;) {
    const { parent, child } = outerParent(compiler, current);
    if (compiler.isVariableDeclaration(parent)) {
      return parent.type === undefined && compiler.isIdentifier(parent.name) ? parent.name : undefined;
    }
    if (compiler.isSpreadElement(parent)) return 'inline';
    if (compiler.isForOfStatement(parent)) return parent.expression === child ? 'inline' : undefined;
    const isStep = compiler.isAwaitExpression(parent) || compiler.isReturnStatement(parent) || compiler.isBlock(parent);
    const isCallback = isFunctionLiteral(compiler, parent) && parent.type === undefined;
    const isSection = compiler.isCallExpression(parent) && parent.arguments.some((argument) => argument === child);
    if (!isStep && !isCallback && !isSection) return undefined;
    current = parent;
  }
}

function isOnlyIterated(model: ProgramModel, name: ts.Identifier): boolean {
  const { compiler } = model;
  const file = model.file(name);
  const binding = file.scopes.resolve(name);
  return file.mentions(name.text).every((mention) => {
    if (mention === name || !compiler.isIdentifier(mention) || file.scopes.resolve(mention) !== binding) return true;
    const { parent } = outerParent(compiler, mention);
    if (compiler.isSpreadElement(parent) || compiler.isForOfStatement(parent)) return true;
    return compiler.isCallExpression(parent) && parent.expression.getText() === 'Array.from';
  });
}
