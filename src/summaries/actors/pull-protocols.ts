/**
 * Functions that something out of sight calls one at a time, told by their declaration: `next` of an iterator, hooks of streams,
 * methods that a framework calls in the life of an object. Who calls them is not looked for.
 */
import { awaitedHooks, drivenBy, lifecycleHooks, sourceHooks, streamHooks } from '../../catalogue/callbacks.js';
import type { ts } from '../../compiler/compiler.js';
import { type FunctionNode, outerParent } from '../../syntax/functions.js';
import type { ProgramModel } from '../model/program-model.js';
import { isHookOfNodeStream } from './node-streams.js';
import { isPagedMember } from './paged-members.js';

/** Called by a protocol that waits for each answer or asks once: an iterator's `next`, hooks of streams and frameworks. */
export function isPulled(model: ProgramModel, owner: FunctionNode): boolean {
  const { compiler } = model;
  const { parent } = owner;
  if (isHookOfNodeStream(model, owner)) return true;
  if (compiler.isMethodDeclaration(owner) && compiler.isIdentifier(owner.name)) {
    if (compiler.isClassLike(parent)) {
      return isLifecycleHook(model, owner) || (parent.heritageClauses !== undefined && streamHooks.has(owner.name.text)) || isPagedMember(model, owner);
    }
    return (owner.name.text === 'next' && answersAsIterator(owner)) || isDriven(model, parent);
  }
  if (!compiler.isPropertyAssignment(parent) || !compiler.isIdentifier(parent.name)) return false;
  return (parent.name.text === 'next' && answersAsIterator(owner)) || isDriven(model, parent.parent);
}

/** A method that a framework calls once, and that nobody else is meant to call. */
export function isLifecycleHook({ compiler }: ProgramModel, owner: FunctionNode): boolean {
  if (!compiler.isMethodDeclaration(owner) || !compiler.isIdentifier(owner.name) || !compiler.isClassLike(owner.parent)) return false;
  const { text } = owner.name;
  return awaitedHooks.has(text) || (lifecycleHooks.has(text) && owner.parent.heritageClauses !== undefined);
}

/** Two hooks of one service of which the framework calls the second when the first has answered: `onModuleInit`, `onModuleDestroy`. */
export function areAwaitedInTurn({ compiler }: ProgramModel, first: ts.Node, second: ts.Node): boolean {
  const isAwaitedHook = (node: ts.Node): boolean => compiler.isMethodDeclaration(node) && compiler.isIdentifier(node.name) && awaitedHooks.has(node.name.text);
  return isAwaitedHook(first) && isAwaitedHook(second) && first.parent === second.parent;
}

/** It says whether there is more, or hands on what another iterator says. */
function answersAsIterator(owner: FunctionNode): boolean {
  return /\bdone\b|\.next\b|IteratorResult/.test(owner.getText());
}

/** `new ReadableStream({ start, pull, cancel })`. */
export function isDriven(model: ProgramModel, node: ts.Node): boolean {
  const { compiler } = model;
  if (!compiler.isObjectLiteralExpression(node)) return false;
  const { parent } = outerParent(compiler, node);
  if (!compiler.isNewExpression(parent) || !compiler.isIdentifier(parent.expression)) return false;
  if (drivenBy.has(parent.expression.text)) return true;
  // a class of one's own that extends one of them
  const isSource = node.properties.some(({ name }) => name !== undefined && compiler.isIdentifier(name) && sourceHooks.has(name.text));
  return isSource && [...drivenBy].some((name) => model.questions.isNamed(parent, name));
}
