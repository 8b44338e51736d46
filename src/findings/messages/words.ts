/**
 * The words that messages share. Order in every message: what (place and effect), why (the suspension and the rival),
 * one remedy. One line, code in backticks, a closing period. Each check has its own file of words beside this one.
 */

/** A callee's name in backticks, or a neutral description where there is none. */
export function activationText(name: string): string {
  if (name === '<module>') return 'the module';
  if (name.includes('<anonymous>')) return 'this callback';
  return `\`${name}\``;
}

/** What a rival does in a step, in the words by which a replay knows in which order the tasks may seem to have run. */
export const rivalDeeds = { renews: 'puts something new into', changes: 'changes in place' } as const;
