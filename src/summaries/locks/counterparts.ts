/** Names of two things of one kind, of which a caller may pass either as the one or as the other. */
import { wordsOf } from '../../syntax/words.js';

const counterparts: readonly (readonly string[])[] = [
  ['from', 'to'], ['source', 'target'], ['source', 'destination'], ['source', 'dest'], ['src', 'dst'], ['src', 'dest'], ['left', 'right'], ['first', 'second'],
  ['a', 'b'], ['x', 'y'], ['one', 'other'], ['one', 'two'], ['sender', 'receiver'], ['sender', 'recipient'], ['payer', 'payee'], ['giver', 'taker'],
];

/** `from` and `to`, `leftId` and `rightId`: as opposed to a user and one of its orders, which belong together in one way only. */
export function areCounterparts(left: string, right: string): boolean {
  const [one, other] = [wordsOf(left), wordsOf(right)];
  if (one.length !== other.length) return false;
  const [differing, ...more] = one.flatMap((word, index) => (word === other[index] ? [] : [[word, other[index] ?? '']]));
  if (differing === undefined || more.length > 0) return false;
  return counterparts.some((pair) => differing.every((word) => pair.includes(word)));
}
