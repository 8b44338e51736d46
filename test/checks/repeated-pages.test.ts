/** Two that ask for more at once: the same page twice, or one page each in the corrected twin. */
import { expect, it } from 'vitest';
import { Timeline } from '../../fixtures/checks/no-lost-update/repeated-pages.js';
import { RemoteFunction } from '../support/schedule.js';

it.each([
  ['moreBad', ['0', '0']],
  ['moreOk', ['0', '1']],
  ['moreAloneOk', ['0']],
] as const)('adds with %s: %j', async (method, items) => {
  const remote = new RemoteFunction<[number], readonly string[]>();
  const timeline = new Timeline(remote.invoke);
  const both = Promise.all([timeline[method](), timeline[method]()]);
  await remote.answerAll((page) => [String(page)]);
  await both;
  expect(timeline.items).toEqual(items);
});
