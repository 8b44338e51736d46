/** The interleavings that `no-stale-write` claims, made to happen; and that its correct neighbours survive them. */
import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { UploaderBad, UploaderOk } from '../../fixtures/checks/no-stale-write/cleared-handles.js';
import { UploadsBad, UploadsOk } from '../../fixtures/checks/no-stale-write/aborted-requests.js';
import { Numbered, SearchBox } from '../../fixtures/checks/no-stale-write/debounced.js';
import { answerBad, answerOk, tenants } from '../../fixtures/checks/no-stale-write/foreign-contexts.js';
import { Hub, type Socket } from '../../fixtures/checks/no-stale-write/late-entries.js';
import { type Open, recordBad, recordByHelperBad, recordInLoopBad, recordOk } from '../../fixtures/checks/no-stale-write/ended-parts.js';
import { type Listen, watchAllOk, watchBad, watchChainedOk, watchEachBad, watchEachOk, watchOk } from '../../fixtures/checks/no-stale-write/late-handles.js';
import { type Link, ReopenedBad, ReopenedOk } from '../../fixtures/checks/no-stale-write/late-listeners.js';
import { type Line as UnaskedLine, OwnOk, UnaskedBad } from '../../fixtures/checks/no-stale-write/late-listeners-unasked.js';
import { type Line, RedialedBad, RedialedOk, SwitchboardBad, SwitchboardOk } from '../../fixtures/checks/no-stale-write/late-listeners-helpers.js';
import { PhoneBad, RedialBad, RedialOk, Ticker, TickerInTurn, WatchBad, WatchOk } from '../../fixtures/checks/no-stale-write/late-resources.js';
import { Sheet } from '../../fixtures/checks/no-stale-write/late-marks.js';
import { MemberPane } from '../../fixtures/checks/no-stale-write/overtaken-answers.js';
import { type Conn, ExecutorBad, ExecutorOk, RestartBad, RestartOk } from '../../fixtures/checks/no-stale-write/reopened-by-listeners.js';
import { BoxBad, BoxOk, LogBad, LogOk, ScopesBad, SessionsBad, SessionsOk } from '../../fixtures/checks/no-stale-write/replayed.js';
import { ClearedRenewalBad, ClearedRenewalOk, LateRenewalBad, LateRenewalOk } from '../../fixtures/checks/no-stale-write/revived.js';
import { LazyBad, LazyOk, PagesBad, PagesOk } from '../../fixtures/checks/no-stale-write/shared-work.js';
import { SettingsBad, SettingsOk } from '../../fixtures/checks/no-stale-write/stale-fills.js';
import { Answers, CurrentAnswers } from '../../fixtures/checks/no-stale-write/stale-fills-helpers.js';
import { createSettings } from '../../fixtures/checks/no-stale-write/stale-fills-module.js';
import { deferred, flush } from '../support/deferred.js';
import { RemoteFunction } from '../support/schedule.js';

describe('a write that comes too late', () => {
  it('drops what was added while the rest was sent', async () => {
    for (const [Log, left] of [
      [LogBad, []],
      [LogOk, ['late']],
    ] as const) {
      const sent = deferred();
      const log = new Log(() => sent.promise);
      log.add('early');
      const task = log.flush();
      log.add('late');
      sent.resolve();
      await task;
      expect(log.lines).toEqual(left);
    }
  });

  it('answers one with what belongs to another', async () => {
    for (const [answer, of] of [
      [answerBad, 'mine'],
      [answerOk, 'yours'],
    ] as const) {
      const load = new RemoteFunction<[string], string>();
      const yours = answer({ user: 'yours', path: '/' }, load.invoke);
      const mine = answer({ user: 'mine', path: '/' }, load.invoke);
      await load.answerAllTogether('page');
      expect(await Promise.all([yours, mine])).toEqual([`${of}: page`, 'mine: page']);
    }
    const first = deferred<string>();
    const early = tenants.reportBad('yours', () => first.promise);
    await tenants.reportBad('mine', () => Promise.resolve('rows'));
    first.resolve('rows');
    expect(await early).toBe('mine: rows');
  });

  it('takes down the mark of a change that was not sent', async () => {
    for (const [save, isMarked] of [
      ['saveBad', false],
      ['saveOk', true],
      ['saveComparedOk', true],
    ] as const) {
      const sent = deferred();
      const texts: string[] = [];
      const sheet = new Sheet((text) => {
        texts.push(text);
        return sent.promise;
      });
      sheet.write('early');
      const task = sheet[save]();
      sheet.write('late');
      sent.resolve();
      await task;
      expect(texts).toEqual(['early']);
      expect(sheet.isChanged).toBe(isMarked);
    }
  });

  it('forgets the session of a newer login', async () => {
    for (const [Sessions, left] of [
      [SessionsBad, undefined],
      [SessionsOk, 'second'],
    ] as const) {
      const ended = deferred();
      const sessions = new Sessions(() => ended.promise);
      sessions.login('first');
      const task = sessions.logout();
      sessions.login('second');
      ended.resolve();
      await task;
      expect(sessions.session).toBe(left);
    }
  });

  it('shows the answer to an older question', async () => {
    for (const [Box, shown] of [
      [BoxBad, 'rows of a'],
      [BoxOk, 'rows of ab'],
    ] as const) {
      const remote = new RemoteFunction<[string], string>();
      const box = new Box(remote.invoke);
      const tasks = [box.type('a'), box.type('ab')];
      await remote.answer((query) => `rows of ${query}`, 1);
      await remote.answer((query) => `rows of ${query}`);
      await Promise.all(tasks);
      expect(box.query).toBe('ab');
      expect(box.results).toBe(shown);
    }
  });

  it('takes the newer upload out of reach of whoever cancels', async () => {
    for (const [Uploader, isCancelled] of [
      [UploaderBad, false],
      [UploaderOk, true],
    ] as const) {
      const signals: AbortSignal[] = [];
      const uploader = new Uploader(async (_data, signal) => {
        signals.push(signal);
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
      });
      const older = uploader.upload('older');
      const newer = uploader.upload('newer');
      await expect(older).rejects.toThrow('aborted');
      uploader.cancel();
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, isCancelled]);
      if (isCancelled) await expect(newer).rejects.toThrow('aborted');
    }
  });

  it('signs in again who has signed out', async () => {
    for (const [Renewal, left] of [
      [LateRenewalBad, 'late'],
      [LateRenewalOk, undefined],
      [ClearedRenewalBad, 'late'],
      [ClearedRenewalOk, undefined],
    ] as const) {
      const answer = deferred<{ access: string; renewal: string }>();
      const renewal = new Renewal(() => answer.promise);
      const task = renewal.refresh();
      renewal.signOut();
      answer.resolve({ access: 'late', renewal: 'later' });
      await task;
      expect(renewal.access).toBe(left);
    }
  });

  it('puts back a context that has ended', async () => {
    const [first, second] = [deferred(), deferred()];
    const scopes = new ScopesBad();
    const tasks = [scopes.run('a', () => first.promise), scopes.run('b', () => second.promise)];
    first.resolve();
    await tasks[0];
    second.resolve();
    await tasks[1];
    expect(scopes.scope).toBe('a');
  });

  it('takes out what a newer call has put under the same key', async () => {
    for (const [Uploads, isCancelled] of [
      [UploadsBad, false],
      [UploadsOk, true],
    ] as const) {
      const uploads = new Uploads();
      const signals: AbortSignal[] = [];
      const send = (signal: AbortSignal): Promise<void> => {
        signals.push(signal);
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('aborted'));
          });
        });
      };
      const older = uploads.start('a', send);
      const newer = uploads.start('a', send);
      await expect(older).rejects.toThrow('aborted');
      uploads.cancel('a');
      expect(signals.map((signal) => signal.aborted)).toEqual([true, isCancelled]);
      if (isCancelled) await expect(newer).rejects.toThrow('aborted');
    }
  });

  it('shows what was asked for before, also when a timer has held the events back', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      for (const [Box, type, shown] of [
        [SearchBox, 'typeBad', 'old'],
        [SearchBox, 'typeInPlaceBad', 'old'],
        [Numbered, 'typeOk', 'new'],
      ] as const) {
        const find = new RemoteFunction<[string], readonly string[]>();
        const box = new Box(find.invoke, () => Promise.resolve([]));
        const typed = (text: string): void => {
          if (box instanceof Numbered) box.typeOk(text);
          else if (type === 'typeBad') box.typeBad(text);
          else box.typeInPlaceBad(text);
          vi.advanceTimersByTime(200);
        };
        typed('old');
        typed('new');
        await find.answer((text) => [text], 1);
        await find.answer((text) => [text]);
        expect(box instanceof Numbered ? box.shown : box.all).toEqual([shown]);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps a line open that the end found nobody to close for', async () => {
    for (const [Phone, left] of [
      [PhoneBad, 1],
      [RedialBad, 1],
      [RedialOk, 0],
    ] as const) {
      const dialled = deferred();
      let open = 0;
      const phone = new Phone(async () => {
        await dialled.promise;
        open += 1;
        return {
          end: () => {
            open -= 1;
          },
        };
      });
      const started = phone.start();
      phone.stop();
      dialled.resolve();
      await started;
      expect(open).toBe(left);
    }
  });

  it('opens what nobody closes any more', async () => {
    for (const [Watch, left] of [
      [WatchBad, 1],
      [WatchOk, 0],
    ] as const) {
      const idle = deferred<boolean>();
      let open = 0;
      const watch = new Watch(
        () => idle.promise,
        () => {
          open += 1;
          return {
            close: () => {
              open -= 1;
            },
          };
        },
      );
      watch.dispose();
      idle.resolve(true);
      await flush();
      expect(open).toBe(left);
    }
  });

  it('forgets the newer line when the older one has ended', () => {
    for (const [Phone, isThere] of [
      [UnaskedBad, false],
      [OwnOk, true],
    ] as const) {
      const lines: UnaskedLine[] = [];
      const phone = new Phone(() => {
        const line: UnaskedLine = { onclose: null, close: () => undefined, destroy: () => undefined };
        lines.push(line);
        return line;
      });
      phone.open();
      phone.close();
      phone.open();
      lines[0]?.onclose?.();
      expect(phone.line !== undefined).toBe(isThere);
    }
  });

  it('opens anew from a listener, after the end', async () => {
    for (const [Client, left] of [
      [RestartBad, 1],
      [RestartOk, 0],
      [ExecutorBad, 1],
      [ExecutorOk, 0],
    ] as const) {
      const renewed = deferred();
      const conns = new Set<Conn>();
      const dial = (): Conn => {
        const conn: Conn = { onopen: null, onerror: null, close: () => conns.delete(conn) };
        conns.add(conn);
        return conn;
      };
      const client = new Client(dial, () => renewed.promise);
      Promise.resolve(client.start()).catch(() => undefined);
      for (const conn of conns) conn.onerror?.();
      client.close();
      renewed.resolve();
      await flush();
      expect(conns.size).toBe(left);
    }
  });

  it('takes the end of the old link for that of the new one', () => {
    for (const [Reopened, isKept] of [
      [ReopenedBad, false],
      [ReopenedOk, true],
    ] as const) {
      const links: Link[] = [];
      const reopened = new Reopened(() => {
        const link: Link = { onclose: null, close: () => undefined };
        links.push(link);
        return link;
      });
      reopened.open();
      reopened.close();
      reopened.open();
      links[0]?.onclose?.();
      expect(reopened.link === links[1]).toBe(isKept);
    }
  });

  it('takes the end of what the opening itself has replaced, or of what a freed seat held, for that of the new one', () => {
    for (const isMended of [false, true]) {
      const lines: (Line & { end(): void })[] = [];
      const dial = (): Line => {
        const listeners: (() => void)[] = [];
        const line: Line & { end(): void } = {
          onclose: null,
          on: (_event, listener) => void listeners.push(listener),
          removeAllListeners: () => listeners.splice(0),
          close: () => undefined,
          end: () => [line.onclose, ...listeners].forEach((listener) => listener?.()),
        };
        lines.push(line);
        return line;
      };
      const redialed = new (isMended ? RedialedOk : RedialedBad)(dial);
      redialed.open('old');
      redialed.open('new');
      lines[0]?.end();
      expect(redialed.line === lines[1]).toBe(isMended);

      const board = new (isMended ? SwitchboardOk : SwitchboardBad)(dial);
      board.plugIn('seat', 'old');
      board.pull('seat');
      board.plugIn('seat', 'new');
      lines[2]?.end();
      expect(board.lines.get('seat') === lines[3]).toBe(isMended);
    }
  });

  it('shows an answer that was asked for before the newest one', async () => {
    for (const [show, shown] of [
      ['showBad', 'first'],
      ['showOk', 'second'],
    ] as const) {
      const remote = new RemoteFunction<[string], { name: string }>();
      const pane = new MemberPane(remote.invoke, () => Promise.resolve([]));
      const early = pane[show]('first');
      const late = pane[show]('second');
      await remote.answer(() => ({ name: 'second' }), 1);
      await late;
      await remote.answer(() => ({ name: 'first' }));
      await early;
      expect(pane.member?.name).toBe(shown);
    }
  });

  it('keeps an answer that was out of date before it came', async () => {
    for (const [Settings, kept] of [
      [SettingsBad, 'old'],
      [SettingsOk, 'new'],
    ] as const) {
      const remote = new RemoteFunction<[string], { url: string }>();
      const settings = new Settings(remote.invoke);
      const early = settings.of('a');
      settings.invalidate();
      await remote.answer(() => ({ url: 'old' }));
      await early;
      const late = settings.of('a');
      await flush();
      if (remote.pending > 0) await remote.answer(() => ({ url: 'new' }));
      expect((await late).url).toBe(kept);
    }
  });

  it('keeps an answer of before the change that was made in what it asked', async () => {
    for (const [name, change, kept] of [
      ['chainedBad', 'changeTheme', 'old'],
      ['chainedOk', 'changeFresh', 'new'],
    ] as const) {
      const reads = new RemoteFunction<[], { theme: string }>();
      const settings = createSettings({ read: reads.invoke, change: () => Promise.resolve() });
      const early = settings[name]();
      await settings[change]('new');
      await reads.answer(() => ({ theme: 'old' }));
      await early;
      const late = settings[name]();
      await flush();
      if (reads.pending > 0) await reads.answer(() => ({ theme: 'new' }));
      expect((await late).theme).toBe(kept);
    }
  });

  it('keeps an answer of before it was all dropped, where helpers look and keep', async () => {
    const bad = new Answers<string>();
    const ok = new CurrentAnswers<string>();
    for (const [answers, getOrFetch, kept] of [
      [bad, bad.getOrFetchBad.bind(bad), 'old'],
      [ok, ok.getOrFetchOk.bind(ok), undefined],
    ] as const) {
      const asked = deferred<string>();
      const early = getOrFetch('a', () => asked.promise);
      answers.clear();
      asked.resolve('old');
      expect(await early).toBe('old');
      expect(answers.get('a')).toBe(kept);
    }
  });

  it('opens for all what was closed for all', async () => {
    for (const [Lazy, open] of [
      [LazyBad, 1],
      [LazyOk, 0],
    ] as const) {
      const opened = deferred<{ close(): void }>();
      let count = 0;
      const lazy = new Lazy(() => opened.promise);
      const caller = lazy.get();
      const end = lazy.close();
      count += 1;
      opened.resolve({
        close: () => {
          count -= 1;
        },
      });
      await caller;
      await end;
      expect(count).toBe(open);
    }
  });

  it('serves what was cleared to whoever comes afterwards', async () => {
    for (const [Pages, served] of [
      [PagesBad, 'old'],
      [PagesOk, 'new'],
    ] as const) {
      const remote = new RemoteFunction<[string], { text: string }>();
      const pages = new Pages(remote.invoke);
      const first = pages.get('/');
      pages.clear();
      const second = pages.get('/');
      await remote.answer(() => ({ text: 'old' }));
      if (served === 'new') await remote.answer(() => ({ text: 'new' }));
      await first;
      expect((await second).text).toBe(served);
      expect((await pages.get('/')).text).toBe(served);
    }
  });

  it('leaves a stream on that arrives after the clean-up', async () => {
    for (const [record, left] of [
      [recordBad, 1],
      [recordInLoopBad, 1],
      [recordByHelperBad, 1],
      [recordOk, 0],
    ] as const) {
      const opening = deferred<Awaited<ReturnType<Open>>>();
      let running = 0;
      const cleanUp = record(() => opening.promise);
      cleanUp();
      running += 1;
      opening.resolve({
        getTracks: () => [
          {
            stop: () => {
              running -= 1;
            },
          },
        ],
      });
      await flush();
      expect(running).toBe(left);
    }
  });

  it('goes on listening after the clean-up', async () => {
    for (const [watch, left] of [
      [watchBad, 1],
      [watchOk, 0],
      [watchChainedOk, 0],
      [(source: Listen) => watchEachBad(['changes'], source), 1],
      [(source: Listen) => watchEachOk(['changes'], source), 0],
      [(source: Listen) => watchAllOk(['changes'], source), 0],
    ] as const) {
      const listening = deferred<() => void>();
      let listeners = 0;
      const cleanUp = watch(() => listening.promise);
      cleanUp();
      listeners += 1;
      listening.resolve(() => {
        listeners -= 1;
      });
      await flush();
      expect(listeners).toBe(left);
    }
  });

  it('loses the newer socket when the end of the older one is told', () => {
    class Line extends EventEmitter implements Socket {
      close(): void {
        this.isClosing = true;
      }
      isClosing = false;
    }
    for (const [attach, isThere] of [
      ['attachBad', false],
      ['attachOk', true],
    ] as const) {
      const hub = new Hub();
      const [older, newer] = [new Line(), new Line()];
      hub[attach]('ada', older);
      hub[attach]('ada', newer);
      expect(older.isClosing).toBe(true);
      older.emit('close');
      expect(hub.has('ada')).toBe(isThere);
    }
  });
});

describe('a timer that is begun and stopped in one turn', () => {
  it('goes on where its start waits, if only for what is done at once', async () => {
    vi.useFakeTimers();
    try {
      for (const [begin, left] of [
        [(tick: () => void) => { const ticker = new Ticker(tick); ticker.start(); return ticker.stop(); }, 2],
        [(tick: () => void) => { const ticker = new TickerInTurn(tick); void ticker.startOk(); return ticker.stop(); }, 0],
      ] as const) {
        let ticks = 0;
        await begin(() => { ticks += 1; });
        vi.advanceTimersByTime(2000);
        expect(ticks).toBe(left);
        vi.clearAllTimers();
      }
    } finally {
      vi.useRealTimers();
    }
  });
});
