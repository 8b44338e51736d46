/** HTML whose holes are escaped unless they hold HTML themselves. */

export class Markup {
  constructor(readonly text: string) {}
}

type Hole = string | number | Markup | readonly Markup[];

/** A tagged template: `` html`<b>${name}</b>` ``. */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Markup {
  return new Markup(parts.map((part, index) => part + (index < holes.length ? render(holes[index] ?? '') : '')).join(''));
}

/** Text with code between backticks, as the messages have it. */
export function prose(text: string): Markup {
  const pieces = text.split('`');
  // An odd number of backticks is none of code.
  const isCode = (index: number): boolean => index % 2 === 1 && index < pieces.length - 1;
  return join(pieces.map((piece, index) => (isCode(index) ? html`<code>${piece}</code>` : html`${index > 0 && index % 2 === 1 ? '`' : ''}${piece}`)));
}

export function join(pieces: readonly Markup[], separator = ''): Markup {
  return new Markup(pieces.map(({ text }) => text).join(separator));
}

export const nothing = new Markup('');

function render(hole: Hole): string {
  if (hole instanceof Markup) {
    return hole.text;
  }
  return typeof hole === 'string' || typeof hole === 'number' ? escapeHtml(String(hole)) : hole.map(({ text }) => text).join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => entities[character] ?? character);
}
