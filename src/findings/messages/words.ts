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
