/** Who may import the class of a part decides whether its owner alone calls it. */
import { describe, expect, it } from 'vitest';
import { findingsIn, virtualProgram } from '../support/virtual.js';

const part = `
declare function ask(): Promise<string>;
export class Cursor {
  #token: string | undefined;
  async turn(): Promise<void> {
    if (this.#token === undefined) {
      this.#token = await ask();
    }
  }
}
`;

const owner = `
import { Cursor } from './cursor.js';
export class Reader {
  readonly #cursor = new Cursor();
  #isReading = false;
  async read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      await this.#cursor.turn();
    } finally {
      this.#isReading = false;
    }
  }
}
`;

function placesWith(files: Readonly<Record<string, string>>): string[] {
  const program = virtualProgram({ 'src/parts/cursor.ts': part, 'src/parts/reader.ts': owner, ...files });
  return findingsIn(program, 'src/parts/cursor.ts', { 'no-check-then-act': {} }).map(({ place }) => place);
}

describe('the class of a part', () => {
  it.each([
    ['no index has it', {}],
    ['the index passes on the owner alone', { 'src/index.ts': "export { Reader } from './parts/reader.js';" }],
    ['an index of a folder passes it on, and that of the whole does not', {
      'src/index.ts': "export { Reader } from './parts/index.js';",
      'src/parts/index.ts': "export * from './cursor.js';\nexport * from './reader.js';",
    }],
    ['the index passes on its type', { 'src/index.ts': "export type { Cursor } from './parts/cursor.js';" }],
  ])('is its owner\'s where %s', (_name, files) => {
    expect(placesWith(files)).toEqual([]);
  });

  it.each([
    ['passes it on', { 'src/index.ts': "export { Cursor } from './parts/cursor.js';" }],
    ['passes it on under another name', { 'src/index.ts': "export { Cursor as Reel } from './parts/cursor.js';" }],
    ['passes on all', { 'src/index.ts': "export * from './parts/cursor.js';" }],
    ['imports it and exports it', { 'src/index.ts': "import { Cursor } from './parts/cursor.js';\nexport { Cursor };" }],
    ['passes on what a folder passes on', {
      'src/index.ts': "export * from './parts/index.js';",
      'src/parts/index.ts': "export * from './cursor.js';",
    }],
    ['is named by a part of the whole', {
      'src/index.ts': "export * from './parts/cursor.js';\nexport const version = '1';",
      'src/parts/version.ts': "import { version } from '../index.js';\nexport const shown = version;",
    }],
  ])('is for strangers where the index %s', (_name, files) => {
    expect(placesWith(files)).toEqual(['this.#token']);
  });

  it('is for others where one of them makes one as well', () => {
    const other = "import { Cursor } from './cursor.js';\nexport const shared = new Cursor();";
    expect(placesWith({ 'src/parts/other.ts': other })).toEqual(['this.#token']);
  });
});
