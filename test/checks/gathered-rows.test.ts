/** A row that is loaded, added to and saved as a whole: of two additions one is lost. */
import { describe, expect, it } from 'vitest';
import { type Lists, type Poll, type Polls, Voting } from '../../fixtures/checks/no-lost-update/gathered-rows.js';

/** A store that answers in a later turn, with a copy of the row. */
class OnePoll implements Polls {
  poll: Poll = { id: 'a', votes: {}, answers: [], title: '' };

  async findById(): Promise<Poll> {
    await Promise.resolve();
    return structuredClone(this.poll);
  }

  async upsert(poll: Poll): Promise<void> {
    await Promise.resolve();
    this.poll = structuredClone(poll);
  }

  async addVote(_id: string, user: string, vote: string): Promise<void> {
    await Promise.resolve();
    this.poll.votes[user] = vote;
  }
}

const lists: Lists = { get: () => Promise.resolve(undefined), set: () => Promise.resolve() };
const documents = { findById: () => Promise.reject(new Error('none')) };

describe('a row that gathers what several bring', () => {
  it.each([
    ['voteBad', 1],
    ['voteOk', 2],
  ] as const)('keeps one vote or both: %s', async (vote, kept) => {
    const polls = new OnePoll();
    const voting = new Voting(polls, lists, documents);
    await Promise.all([voting[vote]('a', 'me', '3'), voting[vote]('a', 'you', '5')]);
    expect(Object.keys(polls.poll.votes)).toHaveLength(kept);
  });

  it('keeps one answer of two', async () => {
    const polls = new OnePoll();
    const voting = new Voting(polls, lists, documents);
    await Promise.all([voting.answerBad('a', 'yes'), voting.answerBad('a', 'no')]);
    expect(polls.poll.answers).toHaveLength(1);
  });
});
