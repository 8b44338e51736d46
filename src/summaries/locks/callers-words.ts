/** A lock as the caller of a function names it: the receiver, the arguments and the keys of the call in place of the function's own. */
import type { CallEvent, LockReference } from '../../events/event.js';
import type { FunctionNode } from '../../syntax/functions.js';
import { substitute } from '../effects/provenance.js';
import type { ProgramModel } from '../model/program-model.js';

/** Undefined where the caller has no name for it. */
export function lockInCallersWords(model: ProgramModel, lock: LockReference, callee: FunctionNode, call: CallEvent): LockReference | undefined {
  if (lock.place === undefined) return lock;
  const place = substitute(model, lock.place, callee, call);
  if (place === undefined) return undefined;
  return place.key === lock.place.key ? lock : { ...lock, place, key: lock.key.replace(lock.place.key, place.key), text: place.text };
}
