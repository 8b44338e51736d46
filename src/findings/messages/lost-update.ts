/** The words of `no-lost-update`. */

export interface LostUpdateWords {
  readonly place: string;
  readonly readLine: number;
  /** Set when a callee writes. */
  readonly callee: string | undefined;
  readonly suspensionLine: number;
  readonly isAwait: boolean;
  readonly rival: string;
  readonly rivalIsSelf: boolean;
  /** The read is part of the very expression that is written. */
  readonly isSameStatement: boolean;
  /** The lock that is held, where the rival holds it under another key. */
  readonly keyed: string | undefined;
  /** The place lies under a key of its own, and another one is locked. */
  readonly isOtherKey: boolean;
}

export function lostUpdateMessage(words: LostUpdateWords): string {
  const pause = `the ${words.isAwait ? '`await`' : 'suspension'} on line ${words.suspensionLine}`;
  const write = words.callee === undefined ? 'written back here' : `written back by \`${words.callee}\`, called here,`;
  const another = words.keyed === undefined ? '' : `, which holds \`${words.keyed}\` under another key,`;
  const rival = words.rivalIsSelf ? `another call of ${words.rival}${another}` : words.rival;
  const remedy = words.isOtherKey
    ? `Lock \`${words.place}\` under its own key, or under both.`
    : words.keyed !== undefined
    ? 'Lock what has no key of its own under one key for all.'
    : words.isSameStatement
    ? 'Put the awaited value into a local first.'
    : 'Read it again after the `await`, or hold one lock around both.';
  return (
    `\`${words.place}\` is read on line ${words.readLine} before ${pause} and ${write} after it; ` +
    `what ${rival} writes meanwhile is lost. ${remedy}`
  );
}

export function lostUpdateSteps(words: {
  readonly place: string;
  readonly rival: string;
  readonly rivalIsSelf: boolean;
  readonly keyed: string | undefined;
}): Record<'read' | 'suspend' | 'rivalWrite' | 'write', string> {
  return {
    read: `A reads \`${words.place}\``,
    suspend: 'A suspends; other tasks run',
    rivalWrite: words.rivalIsSelf
      ? `B, ${words.rival} again${words.keyed === undefined ? '' : ' with another key'}, reads the same content and writes its own update of \`${words.place}\``
      : `B, ${words.rival}, changes \`${words.place}\``,
    write: `A writes \`${words.place}\`, made of what it had read; what B wrote is lost`,
  };
}

export interface ExchangeWords {
  readonly place: string;
  readonly readLine: number;
  /** What the old content was handed to. */
  readonly callee: string;
  readonly suspensionLine: number;
  readonly isAwait: boolean;
  readonly activation: string;
}

export function exchangeMessage({ place, readLine, callee, suspensionLine, isAwait, activation }: ExchangeWords): string {
  const pause = `the ${isAwait ? '`await`' : 'suspension'} on line ${suspensionLine}`;
  return (
    `\`${place}\` is handed to \`${callee}\` on line ${readLine} and replaced by the answer here after ${pause}; another call of ${activation} hands in the ` +
    'same meanwhile, and one of the two answers is lost. Keep the promise of the answer for whoever comes second, or hold one lock around both.'
  );
}

export function exchangeSteps({ place, callee, activation }: ExchangeWords): Record<'read' | 'suspend' | 'rivalRead' | 'rivalWrite' | 'write', string> {
  return {
    read: `A hands \`${place}\` to \`${callee}\``,
    suspend: 'A suspends; other tasks run',
    rivalRead: `B, ${activation} again, hands in the same, which A has spent`,
    rivalWrite: `B replaces \`${place}\` by its answer`,
    write: "A replaces it by its own answer; B's is lost",
  };
}

export interface SavedRowWords {
  readonly kind: 'row' | 'file';
  readonly row: string;
  readonly loadLine: number;
  /** Undefined for a value that is made anew. */
  readonly changeLine: number | undefined;
  readonly activation: string;
}

export function savedRowMessage({ kind, row, loadLine, changeLine, activation }: SavedRowWords): string {
  if (kind === 'file') {
    return (
      `What is written to \`${row}\` here is made of what was read there on line ${loadLine}; what another call of ${activation} writes meanwhile is lost. ` +
      'Let one such change wait for the other, reading included.'
    );
  }
  return (
    (changeLine === undefined
      ? `What is saved under \`${row}\` here is made of what was loaded on line ${loadLine}; what another call of ${activation} `
      : `\`${row}\`, loaded on line ${loadLine} and changed on line ${changeLine} from what it held, is saved here; what another call of ${activation} `) +
    'saves meanwhile is lost. Let the store compute it, compare a version, or do both in one transaction.'
  );
}

export function savedRowSteps(kind: SavedRowWords['kind'], row: string, activation: string): Record<'load' | 'rivalLoad' | 'rivalSave' | 'save', string> {
  if (kind === 'file') {
    return {
      load: `A reads \`${row}\``,
      rivalLoad: `B, ${activation} again, reads the same content`,
      rivalSave: 'B writes it with its own change',
      save: 'A writes the content that it read, with its own change; what B did is lost',
    };
  }
  return {
    load: `A loads \`${row}\``,
    rivalLoad: `B, ${activation} again, loads the same row`,
    rivalSave: 'B saves its own change of the row',
    save: 'A saves the row as it was for A, with its own change; what B did is lost',
  };
}

export interface UpdatedRowWords {
  /** What is read of the row and set again. */
  readonly text: string;
  readonly loadLine: number;
  readonly activation: string;
}

export function updatedRowMessage({ text, loadLine, activation }: UpdatedRowWords): string {
  return (
    `What is set here is made of \`${text}\`, loaded on line ${loadLine}; what another call of ${activation} sets meanwhile is lost. ` +
    'Let the store compute it, name the old value in the condition, or do both in one transaction.'
  );
}

export function updatedRowSteps({ text, activation }: Pick<UpdatedRowWords, 'text' | 'activation'>): Record<'load' | 'rivalLoad' | 'rivalSave' | 'save', string> {
  return {
    load: `A loads the row with \`${text}\``,
    rivalLoad: `B, ${activation} again, loads the same row`,
    rivalSave: 'B sets what it has made of the old content',
    save: 'A sets what it has made of the same old content; what B did is lost',
  };
}

export interface RepeatedNumberWords {
  readonly collection: string;
  /** The expression that tells how many there are. */
  readonly count: string;
  readonly countLine: number;
  readonly suspensionLine: number;
  readonly isAwait: boolean;
  readonly rival: string;
}

export function repeatedNumberMessage({ collection, count, countLine, suspensionLine, isAwait, rival }: RepeatedNumberWords): string {
  const pause = `the ${isAwait ? '`await`' : 'suspension'} on line ${suspensionLine}`;
  return (
    `What is added to \`${collection}\` here was numbered by \`${count}\` on line ${countLine}, before ${pause}; another call of ${rival} ` +
    'gives the same number meanwhile. Take the number when the entry is added, or count in a variable of its own.'
  );
}

export function repeatedNumberSteps({ collection, count, rival }: Pick<RepeatedNumberWords, 'collection' | 'count' | 'rival'>): Record<'count' | 'rivalCount' | 'rivalAdd' | 'add', string> {
  return {
    count: `A reads \`${count}\``,
    rivalCount: `B, ${rival} again, reads the same \`${count}\``,
    rivalAdd: `B adds its entry to \`${collection}\``,
    add: `A adds an entry to \`${collection}\` with the number that B has given`,
  };
}

export interface RepeatedPageWords {
  readonly collection: string;
  /** Where the next page begins. */
  readonly position: string;
  readonly positionLine: number;
  readonly suspensionLine: number;
  readonly isAwait: boolean;
  readonly rival: string;
}

export function repeatedPageMessage({ collection, position, positionLine, suspensionLine, isAwait, rival }: RepeatedPageWords): string {
  const pause = `the ${isAwait ? '`await`' : 'suspension'} on line ${suspensionLine}`;
  return (
    `What is added to \`${collection}\` here was asked for by \`${position}\` on line ${positionLine}, which moves on only after ${pause}; another call ` +
    `of ${rival} asks for the same meanwhile and adds it once more. Move on before the \`await\`, or add it only if \`${position}\` is still the same.`
  );
}

export function repeatedPageSteps({ collection, position, rival }: Pick<RepeatedPageWords, 'collection' | 'position' | 'rival'>): Record<'ask' | 'rivalAsk' | 'add' | 'rivalAdd', string> {
  return {
    ask: `A asks for what \`${position}\` points to`,
    rivalAsk: `B, ${rival} again, asks for the same`,
    add: `A adds it to \`${collection}\` and moves on`,
    rivalAdd: `B adds the same to \`${collection}\`, and moves on as well`,
  };
}

export interface RenderedStateWords {
  readonly state: string;
  readonly setter: string;
  readonly suspensionLine: number;
  readonly isAwait: boolean;
  readonly activation: string;
}

export function renderedStateMessage({ state, setter, suspensionLine, isAwait, activation }: RenderedStateWords): string {
  const pause = `the ${isAwait ? '`await`' : 'suspension'} on line ${suspensionLine}`;
  return (
    `\`${state}\` is set here to what is made of what was shown when ${activation} was called; what is set during ${pause}, as by another call of it, is lost. ` +
    `Hand \`${setter}\` a function of the newest state.`
  );
}

export interface DispatchedSnapshotWords {
  readonly list: string;
  readonly readLine: number;
  readonly suspensionLine: number;
  readonly isAwait: boolean;
  readonly activation: string;
}

export function dispatchedSnapshotMessage({ list, readLine, suspensionLine, isAwait, activation }: DispatchedSnapshotWords): string {
  const pause = `the ${isAwait ? '`await`' : 'suspension'} on line ${suspensionLine}`;
  return (
    `What is dispatched here is made of \`${list}\` as the state had it on line ${readLine}; what is dispatched during ${pause}, as by another call of ${activation}, is lost. ` +
    'Read the state again after it, or let the reducer add.'
  );
}

export function dispatchedSnapshotSteps({ list, activation }: DispatchedSnapshotWords): Record<'read' | 'rivalSet' | 'set', string> {
  return {
    read: `A reads \`${list}\` from the state`,
    rivalSet: `B, ${activation} again, dispatches what it adds`,
    set: 'A dispatches what it makes of the old list; what B added is lost',
  };
}

export function renderedStateSteps({ state, activation }: RenderedStateWords): Record<'suspend' | 'rivalSet' | 'set', string> {
  return {
    suspend: `A suspends, with \`${state}\` as it is shown`,
    rivalSet: `B, ${activation} again, sets \`${state}\``,
    set: `A sets \`${state}\` to what it makes of the old one; what B did is lost`,
  };
}
