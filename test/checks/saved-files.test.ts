/** Two changes of one file overlap: the interleaving that `no-lost-update` claims of files, made to happen. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { appendBad, appendOk, putBad, settingBad } from '../../fixtures/checks/no-lost-update/saved-files.js';

const files = vi.hoisted(() => new Map<string, string>());

vi.mock('node:fs/promises', () => ({
  readFile: (path: string) => Promise.resolve(files.get(path) ?? ''),
  writeFile: (path: string, text: string) => {
    files.set(path, text);
    return Promise.resolve();
  },
  rename: (from: string, to: string) => {
    files.set(to, files.get(from) ?? '');
    return Promise.resolve();
  },
}));

describe('a file that is written from what was read', () => {
  beforeEach(() => files.clear());

  it('loses the line of the other task', async () => {
    await Promise.all([appendBad('log', 'a'), appendBad('log', 'b')]);
    expect(files.get('log')).toBe('b\n');
  });

  it('keeps both lines where reading and writing are one section', async () => {
    await Promise.all([appendOk('log', 'a'), appendOk('log', 'b')]);
    expect(files.get('log')).toBe('a\nb\n');
  });

  it('loses the row that was put by helpers', async () => {
    files.set('rows', '{}');
    await Promise.all([putBad('rows', 'a', '1'), putBad('rows', 'b', '2')]);
    expect(JSON.parse(files.get('rows') ?? '')).toEqual({ b: '2' });
  });

  it('loses a setting of the file that only the helpers name', async () => {
    files.set('settings.json', '{}');
    await Promise.all([settingBad('theme', 'dark'), settingBad('font', 'serif')]);
    expect(JSON.parse(files.get('settings.json') ?? '')).toEqual({ font: 'serif' });
  });
});
