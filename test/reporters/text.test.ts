import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { padTo, sliceColumns, toPrintable, widthOf, wrapWords } from '../../src/reporters/text.js';

describe('widthOf', () => {
  it.each([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['🔒', 2],
    ['', 0],
  ])('counts the columns of %j as %i', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });
});

describe('padTo', () => {
  it('fills up to the width and leaves wider text alone', () => {
    expect(padTo('日', 4)).toBe('日  ');
    expect(padTo('abcdef', 4)).toBe('abcdef');
  });
});

describe('wrapWords', () => {
  it('breaks between words', () => {
    expect(wrapWords('the quick brown fox', 10)).toEqual(['the quick', 'brown fox']);
  });

  it('breaks a word that alone is too wide', () => {
    expect(wrapWords('a abcdefgh b', 4)).toEqual(['a', 'abcd', 'efgh', 'b']);
  });

  it('keeps every character but the spaces, and every line within the width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 30 }), (text, width) => {
        const lines = wrapWords(text, width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        expect(lines.filter((line) => widthOf(line) > width)).toEqual([]);
      }),
    );
  });
});

describe('sliceColumns', () => {
  it('leaves text that fits as it is', () => {
    expect(sliceColumns('abcdef', 0, 6)).toBe('abcdef');
  });

  it('shows an ellipsis where it cuts', () => {
    expect(sliceColumns('abcdef', 0, 4)).toBe('abc…');
    expect(sliceColumns('abcdefgh', 2, 4)).toBe('…de…');
    expect(sliceColumns('abcdef', 2, 4)).toBe('…def');
  });

  it('never gets wider than asked', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), fc.integer({ min: 4, max: 30 }), (text, from, width) => {
        expect(widthOf(sliceColumns(text, from, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('toPrintable', () => {
  it('makes tabs two spaces and shows other control characters', () => {
    expect(toPrintable('\ta\u001b[2Jb')).toBe('  a\ufffd[2Jb');
  });
});
