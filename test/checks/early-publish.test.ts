/** The interleavings that `no-early-publish` reports, driven with controlled promises; the correct twins survive them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOnce, lookUpBad, lookUpOk, Once, OncePromised, PreparedBad, PreparedOk, Settings, SettingsInOrder } from '../../fixtures/checks/no-early-publish/flags.js';
import { Account, AccountAtOnce, allNames, Index, IndexInOneTurn, IndexReplaced, reloadBad } from '../../fixtures/checks/no-early-publish/halves.js';
import { draftOk, lengthOf, lengthOfDraft, openBad } from '../../fixtures/checks/no-early-publish/late-members.js';
import { FlagBeforeSlotBad, FlagBeforeSlotOk } from '../../fixtures/checks/no-early-publish/late-slots.js';
import { LazyRegistry, LazyRegistryOfPromises, PromisedSingleton, Registry, RegistryOfLoaded, RegistryOfPatient, Singleton } from '../../fixtures/checks/no-early-publish/objects.js';
import { flush, outcome } from '../support/deferred.js';
import { RemoteFunction } from '../support/schedule.js';

let rows: RemoteFunction<[], string[]>;
let one: RemoteFunction<[], string>;

beforeEach(() => {
  rows = new RemoteFunction<[], string[]>();
  one = new RemoteFunction<[], string>();
  vi.stubGlobal('readRows', rows.invoke);
  vi.stubGlobal('readOne', one.invoke);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('an object is published before it is initialised', () => {
  it('a reader relies on a member that is set later', async () => {
    const text = new RemoteFunction<[], string>();
    const tasks = [openBad('a', text.invoke), draftOk('a', text.invoke)];
    expect(() => lengthOf('a')).toThrow(TypeError);
    expect(lengthOfDraft('a')).toBe(0);
    await text.answerAll('four');
    await Promise.all(tasks);
    expect(lengthOf('a')).toBe(4);
    expect(lengthOfDraft('a')).toBe(4);
  });

  it('a reader of the registry meets a database without rows', async () => {
    const early = new Registry();
    const adding = early.addBad('a');
    expect(() => early.first('a')).toThrow(TypeError);
    await rows.answerAll(['row']);
    await adding;
    expect(early.first('a')).toBe('row');
  });

  it('one that is loaded first is there or is not', async () => {
    const late = new RegistryOfLoaded();
    const adding = late.addOk('a');
    expect(late.first('a')).toBeUndefined();
    await rows.answerAll(['row']);
    await adding;
    expect(late.first('a')).toBe('row');
  });

  it('one whose methods wait answers late', async () => {
    const patient = new RegistryOfPatient();
    const adding = patient.addOk('a');
    const first = patient.first('a');
    await rows.answerAll(['row']);
    await adding;
    expect(await first).toBe('row');
  });

  it('the second caller of a lazy registry gets an object without rows; a promise makes it wait', async () => {
    const early = new LazyRegistry();
    const firstCaller = early.getBad('a');
    const second = await early.getBad('a');
    expect(() => second.first()).toThrow(TypeError);
    await rows.answerAll(['row']);
    expect((await firstCaller).first()).toBe('row');

    const promised = new LazyRegistryOfPromises();
    const both = [promised.getOk('a'), promised.getOk('a')];
    await rows.answerAll(['row']);
    expect((await Promise.all(both)).map((database) => database.first())).toEqual(['row', 'row']);
  });

  it('the second caller of a singleton gets an empty one', async () => {
    const firstCaller = Singleton.getBad(rows.invoke);
    expect((await Singleton.getBad(rows.invoke)).first()).toBeUndefined();
    await rows.answerAll(['row']);
    expect((await firstCaller).first()).toBe('row');

    const both = [PromisedSingleton.getOk(rows.invoke), PromisedSingleton.getOk(rows.invoke)];
    await rows.answerAll(['row']);
    expect((await Promise.all(both)).map((instance) => instance.first())).toEqual(['row', 'row']);
  });
});

describe('a flag says done before the work is', () => {
  it('the second caller goes on with nothing', async () => {
    const early = new Once();
    const first = early.first();
    const second = early.first();
    second.catch(() => undefined);
    expect(await outcome(second)).toBe('rejected');
    await rows.answerAll(['row']);
    expect(await first).toBe('row');
  });

  it('the promise of the work makes it wait', async () => {
    const promised = new OncePromised();
    const both = [promised.first(), promised.first()];
    await rows.answerAll(['row']);
    expect(await Promise.all(both)).toEqual(['row', 'row']);
  });

  it('a flag that is set last tells the truth', async () => {
    const early = new Settings();
    const late = new SettingsInOrder();
    const both = [early.setUpBad(), late.setUpOk()];
    expect(() => early.url()).toThrow(TypeError);
    expect(() => late.url()).toThrow('not ready');
    await one.answerAll('url');
    await Promise.all(both);
    expect([early.url(), late.url()]).toEqual(['url', 'url']);
  });

  it('module state and closures alike', async () => {
    const table = [lookUpBad('row'), lookUpBad('row')];
    await rows.answerAll(['row']);
    expect(await Promise.all(table)).toEqual([3, undefined]);
    const promised = [lookUpOk('row'), lookUpOk('row')];
    await rows.answerAll(['row']);
    expect(await Promise.all(promised)).toEqual([3, 3]);
    const once = createOnce();
    const values = [once(), once()];
    await one.answerAll('value');
    expect(await Promise.all(values)).toEqual(['value', undefined]);
  });

  it('who waits for work that is marked as done goes on without it', async () => {
    for (const [Prepared, seen] of [
      [PreparedBad, undefined],
      [PreparedOk, 'url'],
    ] as const) {
      const prepared = new Prepared();
      const first = prepared.initialise();
      const second = prepared.initialise().then(() => prepared.url());
      await flush();
      await one.answerAll('url');
      expect(await second).toBe(seen);
      await first;
      expect(prepared.url()).toBe('url');
    }
  });
});

describe('half of a state', () => {
  it('the new token stands beside the old user', async () => {
    const users = new RemoteFunction<[string], string>();
    vi.stubGlobal('fetchToken', () => Promise.resolve('token'));
    vi.stubGlobal('fetchUser', users.invoke);
    const early = new Account();
    const whole = new AccountAtOnce();
    const both = [early.logInBad(), whole.logInOk()];
    await flush();
    expect([early.header(), whole.header()]).toEqual(['token:', ':']);
    await users.answerAll('user');
    await Promise.all(both);
    expect([early.header(), whole.header()]).toEqual(['token:user', 'token:user']);
  });

  it('an index that is cleared first answers wrongly during the refresh', async () => {
    const early = new Index();
    const others = [new IndexInOneTurn(), new IndexReplaced()];
    const filling = [early.refreshBad(), ...others.map((index) => index.refreshOk())];
    await rows.answerAll(['row']);
    await Promise.all(filling);
    const refreshing = [early.refreshBad(), ...others.map((index) => index.refreshOk())];
    expect(early.has('row')).toBe(false);
    expect(others.map((index) => index.has('row'))).toEqual([true, true]);
    await rows.answerAll(['row']);
    await Promise.all(refreshing);
    expect(early.has('row')).toBe(true);
  });

  it('a list of the module is empty during the reload', async () => {
    const filling = reloadBad();
    await rows.answerAll(['name']);
    await filling;
    const reloading = reloadBad();
    expect(allNames()).toEqual([]);
    await rows.answerAll(['name']);
    await reloading;
    expect(allNames()).toEqual(['name']);
  });
});

describe('a promise that is stored after the flag', () => {
  async function secondCaller(connect: () => Promise<object | undefined>): Promise<unknown> {
    const addresses = new RemoteFunction<[], string>();
    vi.stubGlobal('readAddress', addresses.invoke);
    vi.stubGlobal('openSession', (address: string) => Promise.resolve({ id: address }));
    const both = [connect(), connect()];
    await addresses.answerAll('here');
    return (await Promise.all(both))[1];
  }

  it('is not there for the second caller, who goes on with nothing', async () => {
    const early = new FlagBeforeSlotBad();
    expect(await secondCaller(() => early.connectBad())).toBeUndefined();
  });

  it('is there when it is stored in the same turn', async () => {
    const late = new FlagBeforeSlotOk();
    expect(await secondCaller(() => late.connectOk())).toEqual({ id: 'here' });
  });
});
