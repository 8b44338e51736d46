/** What a lock is made of: its own flag, tail or queue, which change while nobody holds it. */
import type { LockReference } from '../../events/event.js';
import { shapeOf } from '../../locks/own-locks.js';
import { type Place, writeAffectsRead } from '../../places/place.js';
import { propertyNameText } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';

/**
 * Whether the place belongs to the lock itself. An object that has a lock's members beside others, such as a queue of its own
 * tasks, is not all lock: of its fields, only those that these members use are.
 */
export function isStateOfLock(model: ProgramModel, place: Place, lock: LockReference): boolean {
  const { compiler } = model;
  if (lock.place === undefined) return false;
  const { root, path } = lock.place;
  const [step] = place.path;
  if (root.kind === 'this' && path.length === 0 && root.owner !== undefined && compiler.isClassLike(root.owner) && step?.kind === 'field') {
    const { owner } = root;
    const isSameObject = place.root.kind === 'this' && place.root.owner === owner;
    const shape = shapeOf(compiler, owner);
    if (isSameObject && shape !== undefined) {
      return model
        .file(owner)
        .mentions(step.name)
        .some((mention) => {
          const member = owner.members.find((each) => isWithin(mention, each));
          const name = propertyNameText(compiler, member?.name);
          return name !== undefined && member?.name !== mention && Object.hasOwn(shape.members, name);
        });
    }
  }
  return writeAffectsRead(lock.place, place) || writeAffectsRead(place, lock.place);
}
