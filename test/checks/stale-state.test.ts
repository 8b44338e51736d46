/** State that is out of date, taken down or put back by a task that has waited too long; and that its correct neighbours survive it. */
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { NoncesBad, NoncesOk } from '../../fixtures/checks/no-lost-update/settled-promises.js';
import { RowsBad, RowsOk } from '../../fixtures/checks/no-stale-write/asked-anew.js';
import { BufferBad, BufferOk } from '../../fixtures/checks/no-stale-write/claimed-buffers.js';
import { PingerBad, PingerOk, type Wire } from '../../fixtures/checks/no-stale-write/late-lowering.js';
import { RecorderBad, RecorderOk } from '../../fixtures/checks/no-stale-write/lowered-marks.js';
import { ChatBad, ChatOk } from '../../fixtures/checks/no-stale-write/own-aborts.js';
import { createCalendar } from '../../fixtures/checks/no-stale-write/store-actions.js';
import { deferred, flush } from '../support/deferred.js';
import { RemoteFunction } from '../support/schedule.js';

class FakeWire extends EventEmitter implements Wire {
  close(): void {}
  destroy(): void {}
  ping(): void {}
}

describe('state that another task has renewed', () => {
  it('shows the rows of an older filter', async () => {
    for (const [Rows, shown] of [
      [RowsBad, ['rows of a']],
      [RowsOk, ['rows of b']],
    ] as const) {
      const remote = new RemoteFunction<[string], readonly string[]>();
      const rows = new Rows(remote.invoke);
      const tasks = [rows.setFilter('a'), rows.setFilter('b')];
      await remote.answer((filter) => [`rows of ${filter}`], 1);
      await remote.answer((filter) => [`rows of ${filter}`]);
      await Promise.all(tasks);
      expect(rows.rows).toEqual(shown);
    }
  });

  it('shows the dates of an older year', async () => {
    for (const [setYear, shown] of [
      ['setYearBad', ['2027']],
      ['setYearOk', ['2028']],
    ] as const) {
      const remote = new RemoteFunction<[number], readonly string[]>();
      const calendar = createCalendar(remote.invoke);
      const tasks = [calendar.getState()[setYear](2027), calendar.getState()[setYear](2028)];
      await remote.answer((year) => [String(year)], 1);
      await remote.answer((year) => [String(year)]);
      await Promise.all(tasks);
      expect(calendar.getState().dates).toEqual(shown);
    }
  });

  it('drops what was added beside the claim of a flush', async () => {
    for (const [Buffer, left] of [
      [BufferBad, []],
      [BufferOk, ['late']],
    ] as const) {
      const sent = deferred();
      const buffer = new Buffer(() => sent.promise);
      buffer.add('early');
      const task = buffer.flush();
      buffer.add('late');
      sent.resolve();
      await task;
      expect(buffer.lines).toEqual(left);
    }
  });

  it('keeps a recording that was stopped while it began', async () => {
    for (const [Recorder, stops, isKept] of [
      [RecorderBad, 0, true],
      [RecorderOk, 1, false],
    ] as const) {
      const opened = deferred<{ stop(): Promise<void> }>();
      let stopped = 0;
      const recorder = new Recorder(() => opened.promise);
      const start = recorder.start();
      await recorder.stop();
      opened.resolve({ stop: async () => void stopped++ });
      await start;
      expect(stopped).toBe(stops);
      expect(recorder.recording !== undefined).toBe(isKept);
    }
  });

  it('stops the pings of the newer connection', () => {
    for (const [Pinger, isBeating] of [
      [PingerBad, false],
      [PingerOk, true],
    ] as const) {
      const wires = [new FakeWire(), new FakeWire()];
      const [older, newer] = wires;
      const pinger = new Pinger(() => wires.shift() ?? new FakeWire());
      pinger.connect();
      pinger.connect();
      newer?.emit('open');
      older?.emit('close');
      expect(pinger.isBeating).toBe(isBeating);
      pinger.stop();
    }
  });

  it('forgets the controller of the newer question', async () => {
    for (const [Chat, isKnown] of [
      [ChatBad, false],
      [ChatOk, true],
    ] as const) {
      const chat = new Chat(
        (_prompt, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      );
      const older = chat.send('older');
      const newer = chat.send('newer');
      await expect(older).rejects.toThrow('aborted');
      expect(chat.controller !== undefined).toBe(isKnown);
      chat.controller?.abort();
      if (isKnown) await expect(newer).rejects.toThrow('aborted');
    }
  });

  it('gives one number to two who wait for the same promise', async () => {
    for (const [Nonces, taken] of [
      [NoncesBad, [7, 7]],
      [NoncesOk, [7, 8]],
    ] as const) {
      const first = deferred<number>();
      const nonces = new Nonces(first.promise);
      const tasks = [nonces.take(), nonces.take()];
      first.resolve(7);
      expect(await Promise.all(tasks)).toEqual(taken);
      await flush();
    }
  });
});
