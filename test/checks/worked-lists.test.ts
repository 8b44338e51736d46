/** Workers of a list: who comes meanwhile leaves his element to the one that is at work, unless somebody has emptied the list. */
import { describe, expect, it } from 'vitest';
import { ClearedJobs, Jobs } from '../../fixtures/checks/no-check-then-act/worked-lists.js';
import { RemoteFunction } from '../support/schedule.js';

describe('the worker of a list', () => {
  it('runs one job after another', async () => {
    const remote = new RemoteFunction<[], void>();
    const jobs = new Jobs();
    let settled = 0;
    for (let i = 0; i < 3; i++) jobs.enqueueOk({ run: remote.invoke, settle: () => (settled += 1) });
    expect(remote.pending).toBe(1);
    await remote.answerAll(() => undefined);
    expect(settled).toBe(3);
  });

  it('has a second one beside it when the list was emptied', async () => {
    const remote = new RemoteFunction<[], void>();
    const jobs = new ClearedJobs();
    const job = { run: remote.invoke, settle: () => undefined };
    jobs.enqueue(job);
    jobs.drop();
    jobs.enqueue(job);
    expect(remote.pending).toBe(2);
    await remote.answerAll(() => undefined);
  });
});
