/**
 * Guards that the author declares in JSDoc: `@guardedBy mutex` on a field or a variable, `@requiresLock mutex` on a function.
 *
 * The words are those of Java's and Clang's annotations. The lock is named as a member of the same class (`mutex`,
 * `this.mutex`, `#mutex`) or as a variable that can be seen from there.
 */
import type { ts } from '../../compiler/compiler.js';
import type { LockReference } from '../../events/event.js';
import { field, type Place, project, rootPlace } from '../../places/place.js';
import { type Activation, outerParent, parameterProperty, thisOwner } from '../../syntax/functions.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

export type GuardTag = 'guardedBy' | 'requiresLock';

/** One annotation. `lock` is absent where it names neither a member of the class nor a variable in sight. */
export interface GuardAnnotation {
  readonly tag: ts.JSDocTag;
  readonly name: string;
  readonly lock: LockReference | undefined;
}

const mentions = new WeakMap<ts.SourceFile, Readonly<Record<GuardTag, boolean>>>();

/** Which annotations the file has at all; by its text alone, which is searched once. */
function tagsIn(file: ts.SourceFile): Readonly<Record<GuardTag, boolean>> {
  let tags = mentions.get(file);
  if (tags === undefined) {
    tags = { guardedBy: file.text.includes('@guardedBy'), requiresLock: file.text.includes('@requiresLock') };
    mentions.set(file, tags);
  }
  return tags;
}

/** Whether the file has annotations at all. */
export function mentionsGuards(file: ts.SourceFile): boolean {
  const { guardedBy, requiresLock } = tagsIn(file);
  return guardedBy || requiresLock;
}

/** Locks that `@requiresLock` says are held at every call of the function. */
export function requiredLocks(model: ProgramModel, owner: Activation): readonly LockReference[] {
  if (model.compiler.isSourceFile(owner) || !tagsIn(owner.getSourceFile()).requiresLock) return [];
  return statedLocks(model, owner);
}

const statedLocks = memoized((model, owner: Activation): readonly LockReference[] =>
  annotationsOf(model, annotated(model, owner), 'requiresLock').flatMap(({ lock }) => (lock === undefined ? [] : [lock])),
);

/** The declaration whose comment speaks of the function: for `const save = async () => …` that of the variable. */
function annotated({ compiler }: ProgramModel, owner: ts.Node): ts.Node {
  if (!compiler.isArrowFunction(owner) && !compiler.isFunctionExpression(owner)) return owner;
  const { parent } = outerParent(compiler, owner);
  return compiler.isVariableDeclaration(parent) || compiler.isPropertyDeclaration(parent) ? parent : owner;
}

/** The lock that `@guardedBy` names for a field of a class or a variable. */
export function declaredGuard(model: ProgramModel, place: Place): LockReference | undefined {
  const home = place.root.kind === 'variable' ? place.root.binding.declaration : place.root.kind === 'this' ? place.root.owner : undefined;
  if (home === undefined || !tagsIn(home.getSourceFile()).guardedBy) return undefined;
  const declaration = declarationOf(model, place);
  if (declaration === undefined) return undefined;
  return annotationsOf(model, declaration, 'guardedBy')[0]?.lock;
}

/** The annotations on a declaration. */
export function annotationsOf(model: ProgramModel, node: ts.Node, name: GuardTag): readonly GuardAnnotation[] {
  const { compiler } = model;
  return compiler
    .getJSDocTags(node)
    .filter((tag) => tag.tagName.text === name)
    .map((tag) => {
      const text = (compiler.getTextOfJSDocComment(tag.comment) ?? '').trim().split(/\s/, 1)[0] ?? '';
      return { tag, name: text, lock: lockNamed(model, node, text.replace(/^this\./, '')) };
    });
}

function declarationOf(model: ProgramModel, place: Place): ts.Node | undefined {
  const { root, path } = place;
  if (root.kind === 'variable') return root.binding.declaration;
  const [first] = path;
  if (root.kind !== 'this' || root.owner === undefined || first?.kind !== 'field') return undefined;
  return memberNamed(model, root.owner, first.name);
}

function memberNamed({ compiler }: ProgramModel, owner: ts.Node, name: string): ts.Node | undefined {
  if (!compiler.isClassLike(owner)) return undefined;
  return owner.members.find((member) => member.name?.getText() === name) ?? parameterProperty(compiler, owner, name);
}

/** What the name of a lock leads to from the annotated declaration: a member of its class, else a variable that can be seen from there. */
export function memberOrVariable(model: ProgramModel, node: ts.Node, name: string): ts.Node | undefined {
  const { root, path } = lockNamed(model, node, name.replace(/^this\./, ''))?.place ?? {};
  if (root?.kind === 'variable') return root.binding.declaration;
  const [first] = path ?? [];
  return root?.kind === 'this' && root.owner !== undefined && first?.kind === 'field' ? memberNamed(model, root.owner, first.name) : undefined;
}

function lockNamed(model: ProgramModel, node: ts.Node, name: string): LockReference | undefined {
  const { compiler } = model;
  const owner = compiler.isClassElement(node) && compiler.isClassLike(node.parent) ? node.parent : thisOwner(compiler, node);
  if (owner !== undefined && memberNamed(model, owner, name) !== undefined) return referenceTo(project(rootPlace({ kind: 'this', owner }), field(name)));
  const binding = model.file(node).scopes.lookUp(name, node);
  return binding?.kind === 'variable' ? referenceTo(rootPlace({ kind: 'variable', binding })) : undefined;
}

function referenceTo(place: Place): LockReference {
  return { key: place.key, place, text: place.text, isLocal: false };
}
