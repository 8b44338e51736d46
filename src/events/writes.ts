/** What a write leaves in its place. */
import type { Compiler } from '../compiler/compiler.js';
import { isNullish, isReset } from '../syntax/constants.js';
import type { WriteEvent } from './event.js';

/** Nothing, or a collection without elements. */
export function empties(compiler: Compiler, { how, value }: WriteEvent): boolean {
  if (how !== 'assign' || value === undefined) return how === 'remove';
  return value.nature === 'empty' || isNullish(compiler, value.node);
}

/** Nothing, a collection without elements, or a flag that is down. */
export function resets(compiler: Compiler, write: WriteEvent): boolean {
  const { how, value } = write;
  return empties(compiler, write) || (how === 'assign' && value?.nature === 'constant' && isReset(compiler, value.node));
}
