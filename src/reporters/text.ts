/** Widths are in terminal columns: a wide character takes two, a combining mark none. */

const wideCharacter = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const invisibleCharacter = /[\u200b-\u200f\ufe00-\ufe0f]|\p{Mark}/u;
// Source text may hold terminal commands; shown as they are they would run.
const controlCharacter = /\p{Cc}/gu;

/** The text with tabs as two spaces and other control characters made visible, so that it stays on its line. */
export function toPrintable(text: string): string {
  return text.replaceAll('\t', '  ').replace(controlCharacter, '\ufffd');
}

/** `1 file`, `2 files`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    width += characterWidth(character);
  }
  return width;
}

export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** The stretch of the text that starts at a column and is at most so wide; ellipses show what was cut. */
export function sliceColumns(text: string, from: number, width: number): string {
  let column = 0;
  let slice = from > 0 ? '…' : '';
  let used = widthOf(slice);
  const total = widthOf(text);
  for (const character of text) {
    const start = column;
    column += characterWidth(character);
    if (start < from + (from > 0 ? 1 : 0)) {
      continue;
    }
    const isLast = column >= total;
    if (used + characterWidth(character) > (isLast ? width : width - 1)) {
      return `${slice}…`;
    }
    slice += character;
    used += characterWidth(character);
  }
  return slice;
}

/** Breaks text into lines of at most `width` columns between words, and inside a word only where it alone is too wide. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (widthOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') {
      lines.push(line);
    }
    const pieces = breakWord(word, width);
    line = pieces.pop() ?? '';
    lines.push(...pieces);
  }
  if (line !== '') {
    lines.push(line);
  }
  return lines;
}

function breakWord(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && widthOf(piece) + characterWidth(character) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  pieces.push(piece);
  return pieces;
}

function characterWidth(character: string): number {
  if (character >= ' ' && character <= '~') {
    return 1;
  }
  if (invisibleCharacter.test(character)) {
    return 0;
  }
  return wideCharacter.test(character) ? 2 : 1;
}
