/** The words of `no-early-publish`. */

export interface EarlyObjectWords {
  readonly place: string;
  readonly initialiser: string;
  readonly suspensionLine: number;
  readonly reader: string;
  readonly readerIsSelf: boolean;
  readonly readerLine: number;
}

export function earlyObjectMessage(words: EarlyObjectWords): string {
  const reader = words.readerIsSelf ? `another call of ${words.reader}` : words.reader;
  return (
    `\`${words.place}\` gets the object before ${words.initialiser} on line ${words.suspensionLine} has initialised it; ` +
    `${reader} uses it on line ${words.readerLine} without waiting. Publish it after the initialisation, or publish the promise.`
  );
}

export interface PartialStateWords {
  readonly kind: 'flag' | 'slot' | 'parts' | 'refill' | 'member';
  readonly place: string;
  readonly lastPlace: string;
  readonly lastLine: number;
  readonly suspensionLine: number;
  readonly reader: string;
  readonly readerIsSelf: boolean;
  readonly readerLine: number;
}

export function partialStateMessage(words: PartialStateWords): string {
  const { place, lastPlace, lastLine, suspensionLine, readerLine } = words;
  const reader = words.readerIsSelf ? `another call of ${words.reader}` : words.reader;
  switch (words.kind) {
    case 'flag':
      return (
        `\`${place}\` says done before the work on line ${suspensionLine} is; ${reader} believes it and reads ` +
        `\`${lastPlace}\` on line ${readerLine}, which is set only on line ${lastLine}. Set it last, or keep the promise of the work.`
      );
    case 'slot':
      return (
        `\`${place}\` sends ${reader} to \`${lastPlace}\` on line ${readerLine}, which gets its promise only on line ${lastLine}, after ` +
        `the suspension on line ${suspensionLine}: whoever comes in between waits for nothing. Store the promise before anything suspends.`
      );
    case 'parts':
      return (
        `\`${place}\` is set here and \`${lastPlace}\`, which belongs to it, on line ${lastLine} after the suspension on line ` +
        `${suspensionLine}; ${reader} reads both on line ${readerLine} meanwhile. Collect both in locals and assign them together.`
      );
    case 'member':
      return (
        `\`${place}\` gets an object here whose \`${lastPlace}\` is set only on line ${lastLine}, after the suspension on line ${suspensionLine}; ` +
        `${reader} relies on it on line ${readerLine}. Complete the object before others can reach it.`
      );
    case 'refill':
      return (
        `\`${place}\` is emptied here and filled again on line ${lastLine} after the suspension on line ${suspensionLine}; ` +
        `${reader} finds it empty or half full on line ${readerLine} meanwhile. Fill a new collection and assign it when it is complete.`
      );
  }
}

export interface EarlyAnnouncementWords {
  readonly event: string;
  readonly place: string;
  readonly lastLine: number;
  readonly suspensionLine: number;
  readonly reader: string;
  readonly readerLine: number;
}

export function earlyAnnouncementMessage(words: EarlyAnnouncementWords): string {
  return (
    `\`${words.event}\` is emitted before \`${words.place}\` is set on line ${words.lastLine}, after the suspension on line ${words.suspensionLine}; a listener ` +
    `that calls ${words.reader} reads it on line ${words.readerLine} too early. Emit it last.`
  );
}
