/** The words of `no-check-then-act` for rows that are good for one use, and for what a row has. */

export interface MarkedRowWords {
  /** What is looked at and set: `code.used`. */
  readonly text: string;
  /** What is done twice. */
  readonly work: string;
  readonly activation: string;
}

export function markedRowMessage(words: MarkedRowWords & { readonly checkLine: number; readonly loadLine: number; readonly workLine: number }): string {
  const { text, work, activation, checkLine, loadLine, workLine } = words;
  const loaded = checkLine === loadLine ? '' : `, as line ${loadLine} loaded it,`;
  return (
    `\`${text}\` is looked at on line ${checkLine}${loaded} and set by another query here; another call of ${activation} can pass the same look ` +
    `meanwhile, and \`${work}\` on line ${workLine} is done twice. Make the look the condition of the query that sets it, and go on only where it has changed a row.`
  );
}

export function markedRowSteps({ text, work, activation }: MarkedRowWords): Record<'check' | 'rivalCheck' | 'mark' | 'rivalMark' | 'work', string> {
  return {
    check: `A finds \`${text}\` not yet set`,
    rivalCheck: `B, ${activation} again, has loaded it before A sets it, and finds the same`,
    mark: 'A sets it',
    rivalMark: 'B sets it again',
    work: `B goes on to \`${work}\` as A does: what was to be done once is done twice`,
  };
}

export interface SpentRowWords {
  /** What is compared and changed: `user.credits`. */
  readonly text: string;
  readonly activation: string;
}

export function spentRowMessage({ text, activation, checkLine, loadLine }: SpentRowWords & { readonly checkLine: number; readonly loadLine: number }): string {
  const loaded = checkLine === loadLine ? '' : `, as line ${loadLine} loaded it,`;
  return (
    `\`${text}\` is compared on line ${checkLine}${loaded} and changed by another query here; another call of ${activation} can pass the same comparison ` +
    `meanwhile, and both take what was enough for one. Make the comparison the condition of the query that changes it.`
  );
}

export function spentRowSteps({ text, activation }: SpentRowWords): Record<'check' | 'rivalCheck' | 'change' | 'rivalChange', string> {
  return {
    check: `A finds enough in \`${text}\``,
    rivalCheck: `B, ${activation} again, has loaded it before A changes it, and finds enough, too`,
    change: 'A takes its part',
    rivalChange: `B takes its part of what is no longer there: \`${text}\` passes its limit`,
  };
}
