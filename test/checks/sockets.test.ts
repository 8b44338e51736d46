/** Sockets whose state changes in an event of its own: how many are open, and which one is known? */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as raised from '../../fixtures/checks/no-check-then-act/raised-by-listeners.js';
import * as unfinished from '../../fixtures/checks/no-check-then-act/unfinished-openings.js';
import * as half from '../../fixtures/checks/no-stale-write/half-ends.js';
import * as states from '../../fixtures/checks/no-stale-write/late-listeners-states.js';
import * as pending from '../../fixtures/checks/no-stale-write/pending-timers.js';

/** A socket whose network the test plays. */
class PlayedSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static readonly all: PlayedSocket[] = [];
  readyState = PlayedSocket.CONNECTING;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(readonly url: string) {
    super();
    PlayedSocket.all.push(this);
  }

  close(): void {
    this.readyState = PlayedSocket.CLOSING;
  }

  hasOpened(): void {
    this.readyState = PlayedSocket.OPEN;
    this.onopen?.();
    this.dispatchEvent(new Event('open'));
  }

  hasFailed(): void {
    this.onerror?.();
  }

  hasClosed(): void {
    this.readyState = PlayedSocket.CLOSED;
    this.onclose?.();
    this.dispatchEvent(new Event('close'));
  }
}

beforeEach(() => {
  PlayedSocket.all.length = 0;
  vi.stubGlobal('WebSocket', PlayedSocket);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('two connects before the socket is open', () => {
  it.each([
    ['ConnectedBad', () => new raised.ConnectedBad('a'), 2],
    ['BothBad', () => new raised.BothBad('a'), 2],
    ['StateBad', () => new raised.StateBad('a'), 2],
    ['ConnectedOk', () => new raised.ConnectedOk('a'), 1],
    ['StateOk', () => new raised.StateOk('a'), 1],
    ['ClosedBeforeOk', () => new raised.ClosedBeforeOk('a'), 1],
  ] as const)('leave with %s as many sockets open', (_name, make, left) => {
    const links = make();
    links.connect();
    links.connect();
    const alive = PlayedSocket.all.filter(({ readyState }) => readyState === PlayedSocket.CONNECTING);
    for (const socket of alive) socket.hasOpened();
    expect(alive).toHaveLength(left);
  });
});

describe('an end before the socket is open', () => {
  it.each([
    ['FeedBad', () => new half.FeedBad('a'), 1],
    ['FeedOk', () => new half.FeedOk('a'), 0],
    ['BothAskedOk', () => new half.BothAskedOk('a'), 0],
    ['NotClosedOk', () => new half.NotClosedOk('a'), 0],
  ] as const)('leaves with %s as many sockets open', (_name, make, left) => {
    const feed = make();
    feed.connect();
    feed.disconnect();
    const alive = PlayedSocket.all.filter(({ readyState }) => readyState === PlayedSocket.CONNECTING);
    for (const socket of alive) socket.hasOpened();
    expect(alive).toHaveLength(left);
  });
});

describe('two pieces of work before the socket is open', () => {
  it.each([
    ['SocketBad', () => new unfinished.SocketBad('a'), 2],
    ['NotOpenBad', () => new unfinished.NotOpenBad('a'), 2],
    ['SocketOk', () => new unfinished.SocketOk('a'), 1],
    ['NotOpenOk', () => new unfinished.NotOpenOk('a'), 1],
  ] as const)('open with %s as many sockets', (_name, make, sockets) => {
    const links = make();
    links.connect();
    links.connect();
    expect(PlayedSocket.all).toHaveLength(sockets);
  });
});

describe('a newer socket when the old one closes', () => {
  it('is forgotten where one that is connecting lets it in', () => {
    const links = new states.OpenAlone('a');
    links.connectBad();
    links.connectBad();
    const [old, newer] = PlayedSocket.all;
    newer?.hasOpened();
    old?.hasClosed();
    expect([newer?.readyState, links.current()]).toEqual([PlayedSocket.OPEN, null]);
  });

  it.each([
    ['OpenOrConnecting', () => { const links = new states.OpenOrConnecting('a'); return { connect: () => links.connectBad(), stop: () => links.stop(), current: () => links.current() }; }, false],
    ['openBad', () => ({ connect: () => states.openBad('a'), stop: () => PlayedSocket.all[0]?.hasFailed(), current: () => states.currentOf('a') }), false],
    ['DetachedOk', () => { const links = new states.DetachedOk('a'); return { connect: () => links.connectOk(), stop: () => links.stop(), current: () => links.current() }; }, true],
    ['WhoseOk', () => { const links = new states.WhoseOk('a'); return { connect: () => links.connectOk(), stop: () => links.stop(), current: () => links.current() }; }, true],
  ] as const)('is known or not to %s, where one that is closing lets it in', (_name, make, isKnown) => {
    const links = make();
    links.connect();
    PlayedSocket.all[0]?.hasOpened();
    links.stop();
    links.connect();
    const [old, newer] = PlayedSocket.all;
    newer?.hasOpened();
    old?.hasClosed();
    expect(newer?.readyState).toBe(PlayedSocket.OPEN);
    expect(links.current() !== undefined).toBe(isKnown);
  });

  it('does not come with UntilClosedOk before the old one has closed', () => {
    const links = new states.UntilClosedOk('a');
    links.connectOk();
    PlayedSocket.all[0]?.hasOpened();
    links.stop();
    links.connectOk();
    expect(PlayedSocket.all).toHaveLength(1);
  });
});

describe('a socket that is to be opened again when the end comes', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ['UnaskedBad', () => new pending.UnaskedBad('a'), 2],
    ['KeptBad', () => new pending.KeptBad('a'), 2],
    ['AskedOk', () => new pending.AskedOk('a'), 1],
    ['ClearedOk', () => new pending.ClearedOk('a'), 1],
  ] as const)('is opened or not by %s', (_name, make, sockets) => {
    const links = make();
    links.connect();
    PlayedSocket.all[0]?.hasClosed();
    links.close();
    vi.runAllTimers();
    expect(PlayedSocket.all).toHaveLength(sockets);
  });
});
