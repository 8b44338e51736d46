/**
 * State of an object that is asked for one element after the other: what its own iterator touches, itself or by the methods that it
 * calls. The loop does the asking, and asks for the next when it has had the last. Other members of the object are anybody's.
 */
import type { ts } from '../../compiler/compiler.js';
import type { Place } from '../../places/place.js';
import { propertyNameText } from '../../syntax/functions.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

export function isIterationState(model: ProgramModel, { root, path }: Place): boolean {
  if (root.kind !== 'this' || root.owner === undefined || !model.compiler.isClassLike(root.owner) || !isAsyncIterable(model, root.owner)) return false;
  const [first] = path;
  const touched = touchedByIterator(model, root.owner);
  return touched === 'all' || first?.kind !== 'field' || touched.has(first.name);
}

const isAsyncIterable = memoized((model: ProgramModel, owner: ts.ClassLikeDeclaration): boolean => model.questions.isAsyncIterable(owner));

/** Members that an iterator has besides. */
const iteratorMembers: ReadonlySet<string> = new Set(['next', 'return', 'throw']);

/** Members of the class that its iteration names; all of them where the iterator is not its own, or hands the object on. */
const touchedByIterator = memoized((model: ProgramModel, owner: ts.ClassLikeDeclaration): ReadonlySet<string> | 'all' => {
  const { compiler } = model;
  const members = owner.members.filter((member) => member.name !== undefined && (compiler.isMethodDeclaration(member) || compiler.isPropertyDeclaration(member) || compiler.isAccessor(member)));
  const isIterator = ({ name }: ts.ClassElement): boolean => /\basyncIterator\b/.test(name?.getText() ?? '');
  if (!members.some(isIterator)) return 'all';
  const touched = new Set<string>();
  const work = members.filter((member) => isIterator(member) || iteratorMembers.has(propertyNameText(compiler, member.name) ?? ''));
  for (let member = work.pop(); member !== undefined; member = work.pop()) {
    const text = member.getText().replace(/\breturn this;/g, '');
    if (/\bthis\b(?!\s*[.?])/.test(text)) return 'all';
    for (const [, name] of text.matchAll(/\bthis\s*[.?]+\s*(#?[\w$]+)/g)) {
      if (name === undefined || touched.has(name)) continue;
      touched.add(name);
      work.push(...members.filter((other) => propertyNameText(compiler, other.name) === name));
    }
  }
  return touched;
});
