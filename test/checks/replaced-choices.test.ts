/** What is chosen while the one before is being saved. */
import { describe, expect, it } from 'vitest';
import { createDraft, Editor, Viewer } from '../../fixtures/checks/no-stale-write/replaced-choices.js';
import { deferred } from '../support/deferred.js';

interface Item {
  readonly id: string;
  readonly name: string;
}

const first = { id: '1', name: 'first' };
const second = { id: '2', name: 'second' };

describe('another one that is chosen during a save', () => {
  it.each([
    ['commitBad', '1'],
    ['commitOk', '2'],
  ] as const)('after %s the one with id %s is selected', async (commit, id) => {
    const saving = deferred<Item>();
    Object.assign(globalThis, { save: () => saving.promise });
    const editor = new Editor();
    editor.select(first);
    const committed = editor[commit]();
    editor.select(second);
    saving.resolve({ ...first });
    await committed;
    expect(editor.selected?.id).toBe(id);
  });

  it('is lost from a draft: the next save is of the old one', async () => {
    const asked: string[] = [];
    const answers: ReturnType<typeof deferred<Item>>[] = [];
    Object.assign(globalThis, {
      save: (item: Item) => {
        asked.push(item.id);
        const answer = deferred<Item>();
        answers.push(answer);
        return answer.promise;
      },
    });
    const draft = createDraft(first);
    const stored = draft.storeBad();
    draft.replace(second);
    answers[0]?.resolve(first);
    await stored;
    const again = draft.storeOk();
    answers[1]?.resolve(first);
    await again;
    expect(asked).toEqual(['1', '1']);
  });
});

describe('another one that is shown during a refresh', () => {
  it.each([
    ['refreshBad', 'first'],
    ['refreshOk', 'second'],
  ] as const)('after %s the title is that of the %s', async (refresh, title) => {
    const answers: ReturnType<typeof deferred<Item>>[] = [];
    Object.assign(globalThis, {
      load: () => {
        const answer = deferred<Item>();
        answers.push(answer);
        return answer.promise;
      },
    });
    const viewer = new Viewer();
    const shown = viewer.show('1');
    answers[0]?.resolve(first);
    await shown;
    const refreshed = viewer[refresh]();
    const other = viewer.show('2');
    answers[2]?.resolve(second);
    await other;
    answers[1]?.resolve(first);
    await refreshed;
    expect(viewer.title).toBe(title);
  });
});
