import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'cyan' | 'magenta' | 'blue';

/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

export function createPaint(colour: boolean): Paint {
  // Whether to colour was decided from the stream that the text goes to, which is not always standard output.
  return colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;
}
