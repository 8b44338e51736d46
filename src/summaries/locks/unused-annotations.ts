/**
 * Annotations that change no answer: they stand where they mean nothing, name what is no lock or what nobody acquires, or
 * state what is so without them. A fact that is stated in the code expires when nothing leans on it any more.
 *
 * What others may use out of sight (an exported function, a public field) counts as used.
 */
import { eventsOf } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { LockReference } from '../../events/event.js';
import { isConstant } from '../../syntax/constants.js';
import { type FunctionNode, isFunctionLiteral, isFunctionNode, isPrivateMember, plainName, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { multiplicityByCalls } from '../actors/contexts.js';
import { annotationsOf, type GuardAnnotation, memberOrVariable } from './guard-annotations.js';
import { activationsNaming, isSameLock } from '../effects/mutations.js';
import type { ProgramModel } from '../model/program-model.js';

export interface UnusedAnnotation {
  readonly tag: ts.JSDocTag;
  /** The lock that it names, or the function that it stands on. */
  readonly name: string;
  readonly reason:
    /** The name leads nowhere. */
    | 'unknown'
    /** The name leads to something that is not a lock. */
    | 'no-lock'
    /** The lock is nobody else's to acquire, and nobody does. */
    | 'never-acquired'
    /** A guard on something that is not a field or a variable, a requirement on something that is not a function. */
    | 'misplaced'
    /** Nobody calls the function, or touches the field. */
    | 'untouched'
    /** The function does not suspend, and starts nothing that does. */
    | 'never-suspends'
    /** Whoever calls the function waits for it already. */
    | 'implied';
}

/** By its text: whether the file has annotations. */
export function mentionsAnnotations(file: ts.SourceFile): boolean {
  return /@(?:guardedBy|requiresLock|sequential)\b/.test(file.text);
}

/** The annotations of the file that have no effect, once each. */
export function unusedAnnotations(model: ProgramModel, file: ts.SourceFile): readonly UnusedAnnotation[] {
  if (!mentionsAnnotations(file)) return [];
  const { compiler } = model;
  const found = new Map<ts.Node, UnusedAnnotation>();
  const visit = (node: ts.Node): void => {
    if (isHost(model, node)) {
      for (const name of ['guardedBy', 'requiresLock'] as const) {
        for (const annotation of annotationsOf(model, node, name)) add(annotation.tag, annotation.name, reasonOfGuard(model, node, annotation));
      }
      for (const tag of compiler.getJSDocTags(node)) {
        if (tag.tagName.text !== 'sequential') continue;
        const owner = functionOf(model, node);
        add(tag, owner === undefined ? '' : nameOf(owner), owner === undefined ? 'misplaced' : reasonOfSequence(model, owner));
      }
    }
    compiler.forEachChild(node, visit);
  };
  const add = (tag: ts.JSDocTag, name: string, reason: UnusedAnnotation['reason'] | undefined): void => {
    if (reason !== undefined) found.set(tag, { tag, name, reason });
  };
  visit(file);
  return [...found.values()];
}

/** What a comment belongs to, once: `const save = async () => …` is a variable, and the function that it holds is not asked again. */
function isHost({ compiler }: ProgramModel, node: ts.Node): boolean {
  return (
    compiler.isVariableDeclaration(node) ||
    (compiler.isClassElement(node) && compiler.isClassLike(node.parent)) ||
    compiler.isFunctionDeclaration(node) ||
    compiler.isClassDeclaration(node) ||
    compiler.isPropertyAssignment(node) ||
    (compiler.isMethodDeclaration(node) && compiler.isObjectLiteralExpression(node.parent)) ||
    (compiler.isParameter(node) && compiler.isConstructorDeclaration(node.parent))
  );
}

/** The function with a body that the annotated declaration is, or holds. */
function functionOf({ compiler }: ProgramModel, node: ts.Node): FunctionNode | undefined {
  if (isFunctionNode(compiler, node)) return node;
  const value = compiler.isVariableDeclaration(node) || compiler.isPropertyDeclaration(node) || compiler.isPropertyAssignment(node) ? node.initializer : undefined;
  const literal = value === undefined ? undefined : skipOuter(compiler, value);
  return literal !== undefined && isFunctionLiteral(compiler, literal) ? literal : undefined;
}

function nameOf(owner: FunctionNode): string {
  return owner.name?.getText() ?? '';
}

function reasonOfGuard(model: ProgramModel, node: ts.Node, { tag, name, lock }: GuardAnnotation): UnusedAnnotation['reason'] | undefined {
  const { compiler } = model;
  const owner = functionOf(model, node);
  const isGuard = tag.tagName.text === 'guardedBy';
  // what has no body has it elsewhere
  const isBodiless = compiler.isMethodDeclaration(node) || compiler.isFunctionDeclaration(node) ? node.body === undefined : false;
  if (isBodiless) return undefined;
  const isPlace = compiler.isVariableDeclaration(node) || compiler.isPropertyDeclaration(node) || compiler.isParameter(node);
  if (isGuard ? owner !== undefined || !isPlace : owner === undefined) return 'misplaced';
  if (lock === undefined) return 'unknown';
  const reason = reasonOfLock(model, node, name, lock);
  if (reason !== undefined) return reason;
  return isUntouched(model, owner ?? node) ? 'untouched' : undefined;
}

function reasonOfLock(model: ProgramModel, node: ts.Node, name: string, lock: LockReference): 'no-lock' | 'never-acquired' | undefined {
  const { compiler } = model;
  const declaration = memberOrVariable(model, node, name);
  if (declaration === undefined || isAcquired(model, lock)) return undefined;
  if (!compiler.isPropertyDeclaration(declaration) && !compiler.isVariableDeclaration(declaration)) return undefined;
  if (declaration.initializer === undefined) return undefined;
  const value = skipOuter(compiler, declaration.initializer);
  if (model.locks.createsLock(value)) return isSeenByOthers(model, declaration) ? undefined : 'never-acquired';
  const isPlain = isConstant(compiler, value) || compiler.isArrayLiteralExpression(value) || compiler.isObjectLiteralExpression(value);
  return isPlain || model.questions.isCollection(value) ? 'no-lock' : undefined;
}

function isAcquired(model: ProgramModel, lock: LockReference): boolean {
  if (lock.place === undefined) return true;
  for (const activation of activationsNaming(model, lock.place)) {
    for (const event of eventsOf(model.graph(activation))) {
      if ((event.kind === 'acquire' || event.kind === 'release') && isSameLock(event.lock, lock)) return true;
    }
  }
  return false;
}

/** Code that is out of sight may name it: it is exported, or a member that is not private. */
function isSeenByOthers(model: ProgramModel, declaration: ts.Node): boolean {
  const { compiler } = model;
  const name = declaredName(model, declaration);
  if (name === undefined) return true;
  if (compiler.isPrivateIdentifier(name)) return false;
  if (compiler.isClassElement(declaration) || compiler.isParameter(declaration)) return !isPrivateMember(compiler, declaration);
  return model.file(name).scopes.resolve(name)?.isExported !== false;
}

function declaredName({ compiler }: ProgramModel, node: ts.Node): ts.Identifier | ts.PrivateIdentifier | undefined {
  const isNamed =
    compiler.isVariableDeclaration(node) || compiler.isPropertyDeclaration(node) || compiler.isParameter(node) || compiler.isMethodDeclaration(node) || compiler.isFunctionDeclaration(node);
  return isNamed ? plainName(compiler, node.name) : undefined;
}

/** Nobody but the constructor speaks of the field, the variable or the function. */
function isUntouched(model: ProgramModel, node: ts.Node): boolean {
  const { compiler } = model;
  const declaration = isFunctionNode(compiler, node) && isFunctionLiteral(compiler, node) ? node.parent : node;
  const name = declaredName(model, declaration);
  if (name === undefined || isSeenByOthers(model, declaration)) return false;
  return model.file(name).mentions(name.text).every((mention) => mention === name || isInConstructor(model, mention, declaration) || isWithin(mention, declaration));
}

function isInConstructor({ compiler }: ProgramModel, mention: ts.Node, declaration: ts.Node): boolean {
  const owner = compiler.isParameter(declaration) ? declaration.parent.parent : declaration.parent;
  return compiler.isClassLike(owner) && owner.members.some((member) => compiler.isConstructorDeclaration(member) && isWithin(mention, member));
}

function reasonOfSequence(model: ProgramModel, owner: FunctionNode): 'never-suspends' | 'implied' | undefined {
  if (owner.body === undefined) return undefined;
  const graph = model.graph(owner);
  if (!graph.hasSuspension && graph.closures.length === 0) {
    const startsWork = eventsOf(graph).some((event) => {
      const callee = event.kind === 'call' ? model.callee(event, 'syntactic') : undefined;
      return callee !== undefined && model.graph(callee).hasSuspension;
    });
    if (!startsWork) return 'never-suspends';
  }
  return multiplicityByCalls(model, owner) === 'overlapping' ? undefined : 'implied';
}
