import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { flush, outcome } from '../support/deferred.js';
import { inEveryOrder, RemoteFunction, startTasks } from '../support/schedule.js';
import type { SessionService, UserSession } from '../../fixtures/bugs/govmomi-session-manager/service.js';
import { IntervalKeepAliveBad } from '../../fixtures/bugs/govmomi-session-manager/buggy-interval.js';
import { JoiningKeepAliveBad } from '../../fixtures/bugs/govmomi-session-manager/buggy-join-under-lock.js';
import { ChainedSessionManagerBad } from '../../fixtures/bugs/govmomi-session-manager/buggy-keep-alive-chain.js';
import { createKeepAliveBad } from '../../fixtures/bugs/govmomi-session-manager/buggy-keep-alive-closure.js';
import { KeepAliveHandlerBad } from '../../fixtures/bugs/govmomi-session-manager/buggy-keep-alive-handler.js';
import { SessionManagerBad } from '../../fixtures/bugs/govmomi-session-manager/buggy-keep-alive-tick.js';
import { BlindLogoutManagerBad } from '../../fixtures/bugs/govmomi-session-manager/buggy-logout-blind.js';
import { TestedLogoutManagerBad } from '../../fixtures/bugs/govmomi-session-manager/buggy-logout-tested.js';
import { LiveSessionManagerBad } from '../../fixtures/bugs/govmomi-session-manager/buggy-returned-session.js';
import { PartialSessionManagerBad } from '../../fixtures/bugs/govmomi-session-manager/buggy-session-in-parts.js';
import type { SessionParts } from '../../fixtures/bugs/govmomi-session-manager/buggy-session-in-parts.js';
import { SharedSessionBad } from '../../fixtures/bugs/govmomi-session-manager/buggy-static-session.js';
import { RecheckingManagerBad } from '../../fixtures/bugs/govmomi-session-manager/buggy-use-after-check.js';
import { WholeSessionManagerOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-assign-once.js';
import { GuardedKeepAliveOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-busy-flag.js';
import { NumberedManagerOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-generation.js';
import { JoiningKeepAliveOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-join-outside-lock.js';
import { CopyingManagerOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-local-copy.js';
import { LockedManagerOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-lock-around-both.js';
import { createKeepAliveOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-lock-closure.js';
import { ClearingLogoutManagerOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-logout-clear-first.js';
import { ComparingLogoutManagerOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-logout-compare.js';
import { CopiedSessionManagerOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-returned-copy.js';
import { ReschedulingKeepAliveOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-self-rescheduling.js';
import { SingleFlightManagerOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-single-flight-login.js';
import { SharedSessionOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-static-flight.js';
import { StatefulManagerOk } from '../../fixtures/bugs/govmomi-session-manager/fixed-state-machine.js';
import { AccessorManagerOk } from '../../fixtures/bugs/govmomi-session-manager/harmless-accessors-with-lock.js';
import { UnlockedManagerOk } from '../../fixtures/bugs/govmomi-session-manager/harmless-unlocked-fields.js';

/** A server that counts the sessions that are alive. A call takes effect when it is answered. */
class FakeService implements SessionService {
  readonly live = new Set<string>();
  readonly logins = new RemoteFunction<[string], UserSession>();
  readonly logouts = new RemoteFunction<[string], void>();
  readonly probes = new RemoteFunction<[string], boolean>();
  readonly login = this.logins.invoke;
  readonly logout = this.logouts.invoke;
  readonly isActive = this.probes.invoke;
  #serial = 0;

  readonly open = (userName: string): UserSession => {
    const key = `S${++this.#serial}`;
    this.live.add(key);
    return { key, userName };
  };

  readonly close = (key: string): void => {
    this.live.delete(key);
  };

  readonly knows = (key: string): boolean => this.live.has(key);

  async answerEverything(): Promise<void> {
    await flush();
    while (this.logins.pending + this.logouts.pending + this.probes.pending > 0) {
      await this.probes.answerAll(this.knows);
      await this.logins.answerAllTogether(this.open);
      await this.logouts.answerAll(this.close);
    }
  }
}

interface KeepAlive {
  readonly session: UserSession | undefined;
  keepAlive(): Promise<void>;
}

beforeEach(() => {
  SharedSessionBad.reset();
  SharedSessionOk.reset();
});

describe('three keep-alive ticks overlap', () => {
  async function overlapTicks(makeKeepAlive: (service: SessionService) => KeepAlive): Promise<FakeService> {
    const service = new FakeService();
    const keeper = makeKeepAlive(service);
    const ticks = startTasks(3, () => keeper.keepAlive());
    await service.answerEverything();
    await Promise.all(ticks);
    expect(service.live).toContain(keeper.session?.key);
    return service;
  }

  it.each<[string, (service: SessionService) => KeepAlive]>([
    ['keep-alive-chain', (service) => new ChainedSessionManagerBad(service)],
    ['keep-alive-closure', createKeepAliveBad],
    ['keep-alive-handler', (service) => new KeepAliveHandlerBad(service)],
    ['keep-alive-tick', (service) => new SessionManagerBad(service)],
    ['static-session', (service) => ({
      get session() {
        return SharedSessionBad.session;
      },
      keepAlive: () => SharedSessionBad.keepAlive(service),
    })],
  ])('buggy-%s leaves 3 sessions alive and remembers one', async (_name, makeKeepAlive) => {
    const service = await overlapTicks(makeKeepAlive);
    expect(service.live.size).toBe(3);
  });

  const fixed: [string, (service: SessionService) => KeepAlive][] = [
    ['lock-around-both', (service) => new LockedManagerOk(service)],
    ['lock-closure', createKeepAliveOk],
    ['single-flight-login', (service) => new SingleFlightManagerOk(service)],
    ['state-machine', (service) => new StatefulManagerOk(service)],
    ['static-flight', (service) => {
      SharedSessionOk.reset();
      return {
        get session() {
          return SharedSessionOk.session;
        },
        keepAlive: () => SharedSessionOk.keepAlive(service),
      };
    }],
  ];

  it.each(fixed)('fixed-%s logs in once', async (_name, makeKeepAlive) => {
    const service = await overlapTicks(makeKeepAlive);
    expect(service.live.size).toBe(1);
  });

  it.each(fixed)('fixed-%s logs in once in every order', async (_name, makeKeepAlive) => {
    await inEveryOrder(async (scheduler) => {
      const live = new Set<string>();
      const keeper = makeKeepAlive({
        login: scheduler.scheduleFunction((userName: string) => {
          const key = `S${live.size + 1}`;
          live.add(key);
          return Promise.resolve({ key, userName });
        }),
        logout: scheduler.scheduleFunction(() => Promise.resolve()),
        isActive: scheduler.scheduleFunction((key: string) => Promise.resolve(live.has(key))),
      });
      const arrive = scheduler.scheduleFunction(() => Promise.resolve());
      await scheduler.waitFor(Promise.all(Array.from({ length: 4 }, () => arrive().then(() => keeper.keepAlive()))));
      expect(live.size).toBe(1);
    });
  });

  it('fixed-state-machine logs in again after a login that failed', async () => {
    const service = new FakeService();
    const keeper = new StatefulManagerOk(service);
    const [failed] = startTasks(1, () => keeper.keepAlive());
    await service.logins.fail(new Error('unreachable'));
    await expect(failed).rejects.toThrow('unreachable');
    const again = keeper.keepAlive();
    await service.answerEverything();
    await again;
    expect(service.live).toEqual(new Set([keeper.session?.key]));
  });
});

describe('a tick takes longer than the interval', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  interface Timed {
    readonly session: UserSession | undefined;
    start(milliseconds: number): void;
    stop(): void;
  }

  async function runThreeIntervals(makeKeepAlive: (service: SessionService) => Timed): Promise<FakeService> {
    const service = new FakeService();
    const keeper = makeKeepAlive(service);
    keeper.start(10);
    for (let interval = 0; interval < 3; interval++) vi.advanceTimersByTime(10);
    await service.answerEverything();
    for (let interval = 0; interval < 3; interval++) {
      vi.advanceTimersByTime(10);
      await service.answerEverything();
    }
    keeper.stop();
    vi.advanceTimersByTime(100);
    await service.answerEverything();
    expect(service.live).toContain(keeper.session?.key);
    return service;
  }

  it('buggy-interval leaves 3 sessions alive and remembers one', async () => {
    const service = await runThreeIntervals((sessions) => new IntervalKeepAliveBad(sessions));
    expect(service.live.size).toBe(3);
  });

  it.each<[string, (service: SessionService) => Timed]>([
    ['busy-flag', (service) => new GuardedKeepAliveOk(service)],
    ['self-rescheduling', (service) => new ReschedulingKeepAliveOk(service)],
  ])('fixed-%s logs in once and goes on ticking', async (_name, makeKeepAlive) => {
    const service = await runThreeIntervals(makeKeepAlive);
    expect(service.live.size).toBe(1);
    expect(service.probes.calls.length).toBeGreaterThan(1);
  });
});

describe('a logout overlaps a login', () => {
  interface Manager {
    readonly session: UserSession | undefined;
    login(userName: string): Promise<void>;
    logout(): Promise<void>;
  }

  /** The logout is sent, a login comes and is answered, then the logout's answer arrives. */
  async function loginDuringLogout(
    makeManager: (service: SessionService) => Manager,
  ): Promise<[live: string[], remembered: string | undefined]> {
    const service = new FakeService();
    const manager = makeManager(service);
    const first = manager.login('admin');
    await service.answerEverything();
    await first;
    const tasks = [manager.logout(), manager.login('admin')];
    await flush();
    if (service.logins.pending > 0) await service.logins.answer(service.open);
    await service.answerEverything();
    await Promise.all(tasks);
    return [[...service.live], manager.session?.key];
  }

  it.each<[string, (service: SessionService) => Manager]>([
    ['logout-blind', (service) => new BlindLogoutManagerBad(service)],
    ['logout-tested', (service) => new TestedLogoutManagerBad(service)],
  ])('buggy-%s forgets a session that is alive', async (_name, makeManager) => {
    expect(await loginDuringLogout(makeManager)).toEqual([['S2'], undefined]);
  });

  it.each<[string, (service: SessionService) => Manager]>([
    ['generation', (service) => new NumberedManagerOk(service)],
    ['lock-around-both', (service) => new LockedManagerOk(service)],
    ['logout-clear-first', (service) => new ClearingLogoutManagerOk(service)],
    ['logout-compare', (service) => new ComparingLogoutManagerOk(service)],
  ])('fixed-%s remembers the session that is alive', async (_name, makeManager) => {
    expect(await loginDuringLogout(makeManager)).toEqual([['S2'], 'S2']);
  });
});

describe('a logout comes between check and use', () => {
  async function describeDuringLogout(
    makeManager: (
      service: SessionService,
      session: UserSession,
    ) => { describe(): Promise<string>; logout(): Promise<void> },
  ): Promise<Promise<string>[]> {
    const service = new FakeService();
    const manager = makeManager(service, service.open('admin'));
    const descriptions = startTasks(1, () => manager.describe());
    const logout = manager.logout();
    await service.answerEverything();
    await logout;
    return descriptions;
  }

  it('buggy-use-after-check reads a session that is gone', async () => {
    const [description] = await describeDuringLogout((service, session) => new RecheckingManagerBad(service, session));
    await expect(description).rejects.toThrow(TypeError);
  });

  it('fixed-local-copy describes the session it found', async () => {
    const [description] = await describeDuringLogout((service, session) => new CopyingManagerOk(service, session));
    expect(await description).toBe('admin: active');
  });
});

describe('a refresh changes the session in place', () => {
  async function readAcrossRefresh(
    makeManager: (renewKey: () => Promise<string>) => {
      session(): Promise<{ key: string; userName: string }>;
      refresh(userName: string): Promise<void>;
    },
  ): Promise<{ key: string; userName: string }> {
    const renewKey = new RemoteFunction<[], string>();
    const manager = makeManager(renewKey.invoke);
    const session = await manager.session();
    const refresh = manager.refresh('admin');
    await flush();
    const during = { ...session };
    await renewKey.answer('S1');
    await refresh;
    return during;
  }

  it('buggy-returned-session shows its reader a user without a key', async () => {
    const seen = await readAcrossRefresh((renewKey) => new LiveSessionManagerBad(renewKey));
    expect(seen).toEqual({ key: '', userName: 'admin' });
  });

  it('fixed-returned-copy leaves its reader alone', async () => {
    const seen = await readAcrossRefresh((renewKey) => new CopiedSessionManagerOk(renewKey));
    expect(seen).toEqual({ key: '', userName: '' });
  });
});

describe('a login in two steps', () => {
  async function describeDuringLogin(
    makeManager: (parts: SessionParts) => { login(): Promise<void>; describe(): string },
  ): Promise<string[]> {
    const fetchKey = new RemoteFunction<[], string>();
    const fetchUserName = new RemoteFunction<[string], string>();
    const manager = makeManager({ fetchKey: fetchKey.invoke, fetchUserName: fetchUserName.invoke });
    const login = manager.login();
    await fetchKey.answer('S1');
    const during = manager.describe();
    await fetchUserName.answer('admin');
    await login;
    return [during, manager.describe()];
  }

  it('buggy-session-in-parts shows a key without a user', async () => {
    expect(await describeDuringLogin((parts) => new PartialSessionManagerBad(parts))).toEqual(['S1/', 'S1/admin']);
  });

  it('fixed-assign-once shows nothing, then everything', async () => {
    expect(await describeDuringLogin((parts) => new WholeSessionManagerOk(parts))).toEqual(['/', 'S1/admin']);
  });
});

describe('stop during a tick', () => {
  async function stopDuringTick(
    makeKeepAlive: (handler: () => Promise<void>) => { start(): Promise<void>; stop(): Promise<void> },
  ): Promise<string> {
    const handler = new RemoteFunction<[], void>();
    const keeper = makeKeepAlive(handler.invoke);
    await keeper.start();
    const [stopped] = startTasks(1, () => keeper.stop());
    await flush();
    await handler.answer(undefined);
    return outcome(stopped ?? Promise.reject(new Error('no task was started')));
  }

  it('buggy-join-under-lock hangs', async () => {
    expect(await stopDuringTick((handler) => new JoiningKeepAliveBad(handler))).toBe('pending');
  });

  it('fixed-join-outside-lock stops', async () => {
    expect(await stopDuringTick((handler) => new JoiningKeepAliveOk(handler))).toBe('fulfilled');
  });
});

describe('forms that are races in Go only', () => {
  it('harmless-unlocked-fields never mixes two sessions or reads one that is gone', async () => {
    await inEveryOrder(async (scheduler) => {
      const later = scheduler.scheduleFunction(() => Promise.resolve());
      let serial = 0;
      const manager = new UnlockedManagerOk({
        login: async (userName) => {
          await later();
          serial++;
          return { key: `S${serial}`, userName: `${userName}${serial}` };
        },
        logout: later,
        isActive: async (key, userName) => {
          await later();
          return key.slice(1) === userName.slice('admin'.length);
        },
      });
      await scheduler.waitFor(
        Promise.all(
          Array.from({ length: 4 }, async (_, index) => {
            await manager.login('admin');
            const copy = manager.userSession();
            const active = manager.userSession() !== undefined;
            expect(await manager.isActive()).toBe(active);
            if (index % 2 === 0) await manager.logout();
            if (copy !== undefined) expect(copy.key.slice(1)).toBe(copy.userName.slice('admin'.length));
          }),
        ),
      );
    });
  });

  it('harmless-accessors-with-lock finds a whole session in every order', async () => {
    await inEveryOrder(async (scheduler) => {
      const later = scheduler.scheduleFunction(() => Promise.resolve());
      const live = new Set<string>();
      const manager = new AccessorManagerOk({
        login: async (userName) => {
          await later();
          const key = `S${live.size}`;
          live.add(key);
          return { key, userName };
        },
        logout: later,
        isActive: async (key) => {
          await later();
          return live.has(key);
        },
      });
      const active = await scheduler.waitFor(
        Promise.all(
          Array.from({ length: 4 }, async () => {
            await manager.login('admin');
            return manager.isActive();
          }),
        ),
      );
      expect(active).toEqual([true, true, true, true]);
    });
  });
});
