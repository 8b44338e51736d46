/** How the replay of each finding in the bug fixtures is completed: what is supplied, and the module that has the bug no more. */

export interface Completion {
  /** Module beside the buggy one, and what it exports in place of the buggy export. */
  readonly fixed: readonly [module: string, exported: string];
  /** Expressions in place of `supply('…')`, beyond those of the folder. */
  readonly supplies?: Readonly<Record<string, string>>;
  /** What the fakes answer in place of `true`. */
  readonly values?: Readonly<Record<string, string>>;
  /** What is different where the fixed module takes or is called something else. */
  readonly edits?: readonly (readonly [from: string, to: string])[];
}

/** What is supplied by name in all replays of a folder. */
export const folderSupplies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'automq-object-reader': {
    openResult: `new ObjectReader(label, () => Promise.resolve('index'))`,
    taskResult: 'label',
    makeReader: `new ObjectReader('id', tasks.gate<ReadIndex>('readIndex', () => { throw new Error('no index'); }))`,
    mergeResult: `({ records: given[0].flatMap(({ records }) => records) })`,
  },
  'flyte-token-cache': {
    identityProviderIssueResult: '({ value: label, expiresAt: Number.MAX_SAFE_INTEGER })',
    issueForResult: '({ value: label, expiresAt: Number.MAX_SAFE_INTEGER })',
    loadResult: '({ tokenEndpoint: label })',
  },
  'govmomi-session-manager': {
    serviceLoginResult: `({ key: label, userName: 'admin' })`,
  },
  'jwx-key-set': {
    downloadResult: `[{ kid: 'kid', material: label }]`,
    importKeyResult: `({ kid: 'kid', material: label })`,
  },
  'pomerium-type-listing': {
    makeLock: `{ const turn = tasks.gate<() => Promise<void>>('the turn', () => undefined); const lock = new CallbackLock(); lock.lock((release) => void turn().then(release)); return lock; }`,
    makeDone: `tasks.listener('done')`,
  },
};

/** Imports that the supplies of a folder need. */
export const folderImports: Readonly<Record<string, string>> = {
  'automq-object-reader': `import { ObjectReader, type ReadIndex } from './object-reader.js';`,
  'flyte-token-cache': `import { Unauthenticated } from './rpc.js';\nconst oldToken = { value: 'old', expiresAt: 1 };`,
  'pomerium-type-listing': `import { CallbackLock } from './callback-lock.js';`,
};

const openedReader = ['(readIndex)', `((id: string) => Promise.resolve(new ObjectReader(id, readIndex)))`] as const;
const touchedReader = ['(readIndex, touch)', '((id: string) => touch(id).then(() => new ObjectReader(id, readIndex)))'] as const;
const threeKeys = `[{ kid: 'kid', material: '1' }, { kid: 'second', material: '2' }, { kid: 'third', material: '3' }]`;
/** The token of the first call is refused from then on. */
const refusedToken = `{ if (given[1].value === 'first1' && !label.startsWith('first')) throw new Unauthenticated(); return 'done'; }`;
const auditedMaker = (name: string): readonly [string, string] => [`${name}(codec)`, `${name}({ write: () => Promise.resolve() }, codec)`];
const refusedOnce = `{ if (label === 'A1') throw new Unauthenticated(); return label; }`;
const stored = `world.subject.put('other type', 'first', 'value')`;
const filledReader = `world.subject.get('id').then((reader) => reader.release())`;

/** By `folder/module rule`, with a number where a module has several findings of the rule. */
export const bugReplays: Readonly<Record<string, Completion>> = {
  'automq-object-reader/buggy-async-lookup no-use-after-release': { fixed: ['fixed-retain-in-lock', 'LockedFactoryOk'], supplies: { arrange: filledReader }, edits: [openedReader] },
  'automq-object-reader/buggy-await-before-retain no-use-after-release': { fixed: ['fixed-checked-retain', 'CheckingFactoryOk'], supplies: { arrange: filledReader } },
  'automq-object-reader/buggy-double-release no-use-after-release': { fixed: ['fixed-release-in-finally', 'readInfoOk'], supplies: { runB: `{ if (world.given.reader.closed) throw new Error('closed'); }` } },
  'automq-object-reader/buggy-excess-before-lock no-check-then-act': { fixed: ['fixed-excess-in-lock', 'LogCacheOk'], supplies: { arrange: `Array.from({ length: 10 }, (_, block) => world.subject.append(String(block)))` } },
  'automq-object-reader/buggy-lock-on-throw require-finally-release': { fixed: ['fixed-permit-in-finally', 'ScopedRunnerOk'] },
  'automq-object-reader/buggy-lock-on-throw require-finally-release 2': { fixed: ['fixed-permit-in-finally', 'createMutexRunnerOk'] },
  'automq-object-reader/buggy-merge-unseen-change no-stale-write': { fixed: ['fixed-merge-counted', 'MergingLogCacheOk'], supplies: { makeBlock: `{ const block = subject.addBlock(); subject.addBlock(); return block; }`, arrange: 'undefined' }, edits: [['subject.tryMerge()', 'subject.tryMerge().then(() => true)']] },
  'automq-object-reader/buggy-open-put-await no-check-then-act': { fixed: ['fixed-retain-in-lock', 'LockedFactoryOk'] },
  'automq-object-reader/buggy-open-put-await no-use-after-release': { fixed: ['fixed-checked-retain', 'CheckingFactoryOk'], supplies: { arrange: filledReader } },
  'automq-object-reader/buggy-open-put no-check-then-act': { fixed: ['fixed-recheck-before-put', 'RecheckingFactoryOk'] },
  'automq-object-reader/buggy-open-set-chain no-check-then-act': { fixed: ['fixed-promise-cache', 'PromiseFactoryOk'] },
  'automq-object-reader/buggy-open-set-closure no-check-then-act': { fixed: ['fixed-retain-in-lock-keyed', 'createKeyedFactoryOk'] },
  'automq-object-reader/buggy-permit-on-throw-handwritten require-finally-release': { fixed: ['fixed-permit-in-finally', 'TaskRunnerOk'] },
  'automq-object-reader/buggy-permit-on-throw require-finally-release': { fixed: ['fixed-permit-in-finally', 'TaskRunnerOk'] },
  'automq-object-reader/buggy-rejected-reader-cached no-poisoned-promise-cache': { fixed: ['fixed-promise-cache', 'PromiseFactoryOk'] },
  'automq-object-reader/buggy-release-before-use no-use-after-release': { fixed: ['fixed-release-in-finally', 'readTwiceOk'], edits: [['(id, readIndex)', '(new ObjectReader(id, readIndex))']] },
  'automq-object-reader/buggy-release-not-in-finally require-finally-release': { fixed: ['fixed-release-in-finally', 'readInfoOk'], supplies: { runB: `{ world.given.reader.release(); if (!world.given.reader.closed) throw new Error('open'); }` } },
  'automq-object-reader/buggy-removed-by-key no-poisoned-promise-cache': { fixed: ['fixed-promise-cache', 'PromiseFactoryOk'], edits: [['.forget(id)', '.evict(id)']] },
  'automq-object-reader/buggy-retain-after-release no-lock-escape': { fixed: ['harmless-retain-after-release', 'createReleasingFactoryOk'], supplies: { arrange: filledReader } },
  'automq-object-reader/buggy-retain-after-release no-lock-escape 2': { fixed: ['harmless-retain-after-release', 'createReleasingFactoryOk'], supplies: { arrange: filledReader } },
  'automq-object-reader/buggy-retain-outside-lock no-lock-escape': { fixed: ['fixed-retain-in-lock', 'LockedFactoryOk'], supplies: { arrange: filledReader }, edits: [openedReader] },
  'automq-object-reader/buggy-two-locks no-ineffective-lock': { fixed: ['fixed-retain-in-lock', 'LockedFactoryOk'], edits: [touchedReader] },
  'automq-object-reader/buggy-two-locks no-use-after-release': { fixed: ['fixed-retain-in-lock', 'LockedFactoryOk'], supplies: { arrange: filledReader }, edits: [touchedReader] },
  'flyte-token-cache/buggy-assignment-operator no-check-then-act': { fixed: ['fixed-single-flight', 'SingleFlightSourceOk'] },
  'flyte-token-cache/buggy-check-refresh-save no-check-then-act': { fixed: ['fixed-double-check', 'DoubleCheckedSourceOk'] },
  'flyte-token-cache/buggy-closure no-check-then-act': { fixed: ['fixed-single-flight-closure', 'createSingleFlightSourceOk'] },
  'flyte-token-cache/buggy-done-flag-first no-early-publish': { fixed: ['fixed-done-flag-last', 'MetadataLoaderOk'] },
  'flyte-token-cache/buggy-helpers no-check-then-act': { fixed: ['fixed-chain-mutex', 'ChainMutexSourceOk'] },
  'flyte-token-cache/buggy-leader-fails require-finally-release': { fixed: ['fixed-leader-notifies', 'ConditionTokenSourceOk'] },
  'flyte-token-cache/buggy-leader-fails-handwritten require-finally-release': { fixed: ['fixed-handwritten-lock', 'createHandwrittenSourceOk'] },
  'flyte-token-cache/buggy-leader-fails-mutex require-finally-release': { fixed: ['fixed-double-check-acquire', 'AcquiringSourceOk'] },
  'flyte-token-cache/buggy-lock-in-accessors no-check-then-act': { fixed: ['fixed-double-check', 'DoubleCheckedSourceOk'] },
  'flyte-token-cache/buggy-module-state no-check-then-act': { fixed: ['fixed-single-flight-module', 'currentTokenOk'] },
  'flyte-token-cache/buggy-mutex-per-call no-ineffective-lock': { fixed: ['fixed-double-check-acquire', 'AcquiringSourceOk'] },
  'flyte-token-cache/buggy-mutex-per-call no-check-then-act': { fixed: ['fixed-double-check-acquire', 'AcquiringSourceOk'] },
  'flyte-token-cache/buggy-mutex-per-source no-ineffective-lock': { fixed: ['fixed-shared-mutex', 'CredentialsOk'] },
  'flyte-token-cache/buggy-nested-lock no-lock-cycle': { fixed: ['fixed-lock-ends-before-retry', 'SeparateRetryClientOk'], supplies: { transportSendResult: refusedOnce } },
  'flyte-token-cache/buggy-per-audience no-check-then-act': { fixed: ['fixed-single-flight-map', 'AudienceTokensOk'] },
  'flyte-token-cache/buggy-private-field no-check-then-act': { fixed: ['fixed-leader-notifies', 'ConditionTokenSourceOk'] },
  'flyte-token-cache/buggy-promise-chain no-check-then-act': { fixed: ['fixed-rejection-evicted', 'MemoisedTokenSourceOk'] },
  'flyte-token-cache/buggy-rejected-promise-kept no-poisoned-promise-cache': { fixed: ['fixed-rejection-evicted', 'MemoisedTokenSourceOk'] },
  'flyte-token-cache/buggy-suspended-purge no-check-then-act': { fixed: ['fixed-purge-recheck', 'AuditedTokenCacheOk'], supplies: { makeRejected: 'oldToken', makeToken: `({ value: 'new', expiresAt: 1 })`, arrange: 'world.subject.save(oldToken)' } },
  'flyte-token-cache/buggy-two-sections no-check-then-act': { fixed: ['fixed-whole-section', 'createLockedSourceOk'] },
  'flyte-token-cache/buggy-unconditional-purge no-stale-write': { fixed: ['fixed-compare-and-clear', 'ComparingClientOk'], supplies: { transportSendResult: refusedToken, arrange: `world.subject.call('first')`, alsoSeen: `tasks.calls()['identityProvider.issue']` } },
  'govmomi-session-manager/buggy-interval no-overlapping-interval': { fixed: ['fixed-busy-flag', 'GuardedKeepAliveOk'] },
  'govmomi-session-manager/buggy-interval no-check-then-act': { fixed: ['fixed-busy-flag', 'GuardedKeepAliveOk'] },
  'govmomi-session-manager/buggy-join-under-lock no-lock-cycle': { fixed: ['fixed-join-outside-lock', 'JoiningKeepAliveOk'], supplies: { arrange: 'world.subject.start()' } },
  'govmomi-session-manager/buggy-keep-alive-chain no-check-then-act': { fixed: ['fixed-single-flight-login', 'SingleFlightManagerOk'] },
  'govmomi-session-manager/buggy-keep-alive-closure no-check-then-act': { fixed: ['fixed-lock-closure', 'createKeepAliveOk'] },
  'govmomi-session-manager/buggy-keep-alive-handler no-check-then-act': { fixed: ['fixed-lock-around-both', 'LockedManagerOk'] },
  'govmomi-session-manager/buggy-keep-alive-tick no-check-then-act': { fixed: ['fixed-state-machine', 'StatefulManagerOk'] },
  'govmomi-session-manager/buggy-logout-blind no-stale-write': { fixed: ['fixed-logout-compare', 'ComparingLogoutManagerOk'], supplies: { arrange: `world.subject.login('admin')` } },
  'govmomi-session-manager/buggy-logout-tested no-check-then-act': { fixed: ['fixed-logout-clear-first', 'ClearingLogoutManagerOk'], supplies: { arrange: `world.subject.login('admin')` } },
  'govmomi-session-manager/buggy-returned-session no-lock-escape': { fixed: ['fixed-returned-copy', 'CopiedSessionManagerOk'] },
  'govmomi-session-manager/buggy-session-in-parts no-early-publish': { fixed: ['fixed-assign-once', 'WholeSessionManagerOk'] },
  'govmomi-session-manager/buggy-static-session no-check-then-act': { fixed: ['fixed-static-flight', 'SharedSessionOk'] },
  'govmomi-session-manager/buggy-use-after-check no-use-after-release': { fixed: ['fixed-local-copy', 'CopyingManagerOk'], supplies: { makeSession: `({ key: 'key', userName: 'admin' })` } },
  'jwx-key-set/buggy-check-fetch-push no-check-then-act': { fixed: ['harmless-recheck-by-kid', 'RecheckByKidVerifierOk'] },
  'jwx-key-set/buggy-clear-then-fill no-early-publish': { fixed: ['fixed-build-then-assign', 'RefillingKeySetOk'], supplies: { arrange: 'world.subject.refresh()' } },
  'jwx-key-set/buggy-cleared-by-stranger no-poisoned-promise-cache': { fixed: ['fixed-owner-clears', 'OwnedSlotVerifierOk'] },
  'jwx-key-set/buggy-closure no-check-then-act': { fixed: ['harmless-recheck-chain', 'createRecheckingVerifierOk'] },
  'jwx-key-set/buggy-identity-recheck no-check-then-act': { fixed: ['harmless-recheck-by-kid', 'RecheckByKidVerifierOk'] },
  'jwx-key-set/buggy-leader-aborted no-poisoned-promise-cache': { fixed: ['fixed-flight-of-its-own', 'AbortableVerifierOk'] },
  'jwx-key-set/buggy-length-then-index no-ineffective-lock': { fixed: ['fixed-one-reference', 'ReferencedKeySetOk'], supplies: { makeKeys: threeKeys, makeKeysB: '[]' }, values: { verifyAnswer: 'false' } },
  'jwx-key-set/buggy-live-iteration no-unguarded-access': { fixed: ['fixed-one-reference', 'ReferencedKeySetOk'], supplies: { makeKeys: threeKeys, arrange: 'undefined', alsoSeen: `tasks.asked('verify')` }, edits: [['.verifyWithAll(', '.verifyWithAny(']] },
  'jwx-key-set/buggy-lock-around-adds-identity no-check-then-act': { fixed: ['harmless-recheck-chain', 'createRecheckingVerifierOk'] },
  'jwx-key-set/buggy-lock-around-adds no-check-then-act': { fixed: ['harmless-recheck-by-kid', 'RecheckByKidVerifierOk'] },
  'jwx-key-set/buggy-locked-set no-check-then-act': { fixed: ['harmless-recheck-by-kid', 'RecheckByKidVerifierOk'] },
  'jwx-key-set/buggy-module-state no-check-then-act': { fixed: ['harmless-module-recheck', 'keyForOk'] },
  'jwx-key-set/buggy-nested-read-lock no-lock-cycle': { fixed: ['fixed-read-lock-once', 'SingleReadKeySetOk'], supplies: { runB: `world.subject.add({ kid: 'kid', material: 'new' })` } },
  'jwx-key-set/buggy-older-response no-stale-write': { fixed: ['fixed-sequence-number', 'NumberedKeySetOk'], supplies: { downloadResult: `[{ kid: label, material: label }]` } },
  'jwx-key-set/buggy-promise-chain no-check-then-act': { fixed: ['harmless-recheck-by-kid', 'RecheckByKidVerifierOk'] },
  'jwx-key-set/buggy-recheck-then-import no-check-then-act': { fixed: ['fixed-lock-around-adds-recheck', 'RecheckingVerifierOk'] },
  'jwx-key-set/buggy-settings-overwritten no-lost-update': { fixed: ['fixed-settings-read-again', 'RefresherOk'] },
  'pomerium-type-listing/buggy-callback-result-keyed no-lock-escape': { fixed: ['fixed-section-copies-keyed', 'listTypesOk'] },
  'pomerium-type-listing/buggy-callback-result no-lock-escape': { fixed: ['fixed-section-copies', 'SectionCopyBackendOk'] },
  'pomerium-type-listing/buggy-closure-result no-lock-escape': { fixed: ['fixed-copy-under-read-lock', 'CopyingBackendOk'] },
  'pomerium-type-listing/buggy-exclusive-acquire prefer-read-lock': { fixed: ['fixed-read-section', 'ReadSectionBackendOk'], edits: [auditedMaker('ReadSectionBackendOk')] },
  'pomerium-type-listing/buggy-exclusive-closure prefer-read-lock': { fixed: ['fixed-closure', 'createBackendOk'], edits: [auditedMaker('createBackendOk')] },
  'pomerium-type-listing/buggy-exclusive-run prefer-read-lock': { fixed: ['fixed-read-section', 'ReadSectionBackendOk'], edits: [auditedMaker('ReadSectionBackendOk')] },
  'pomerium-type-listing/buggy-generator-after-release no-lock-escape': { fixed: ['fixed-snapshot-before-yield', 'SnapshotYieldBackendOk'], supplies: { arrange: stored } },
  'pomerium-type-listing/buggy-iterator-after-await no-lock-escape': { fixed: ['fixed-copy-under-read-lock', 'CopyingBackendOk'] },
  'pomerium-type-listing/buggy-iterator-chain no-lock-escape': { fixed: ['fixed-read-section', 'ReadSectionBackendOk'] },
  'pomerium-type-listing/buggy-iterator-closure no-lock-escape': { fixed: ['fixed-closure', 'createBackendOk'], supplies: { arrange: stored }, edits: [['createBackendOk(audit)', 'createBackendOk(audit, undefined as never)']] },
  'pomerium-type-listing/buggy-lazy-filter no-lock-escape': { fixed: ['fixed-copy-under-read-lock', 'CopyingBackendOk'] },
  'pomerium-type-listing/buggy-live-records no-lock-escape': { fixed: ['fixed-deep-copy', 'DeepCopyBackendOk'], supplies: { arrange: `world.subject.put('type', 'first', 'value')` } },
  'pomerium-type-listing/buggy-lock-across-yield no-lock-cycle': { fixed: ['fixed-snapshot-before-yield', 'SnapshotYieldBackendOk'], supplies: { arrange: stored } },
  'pomerium-type-listing/buggy-lock-in-loop no-lock-cycle': { fixed: ['fixed-lock-around-loop', 'LoopLockBackendOk'], supplies: { makeRecords: `[['1', 'a'], ['2', 'b']]` } },
  'pomerium-type-listing/buggy-loop-after-release no-lock-escape': { fixed: ['fixed-loop-in-section', 'LoopInSectionBackendOk'], supplies: { arrange: stored } },
  'pomerium-type-listing/buggy-outer-variable no-lock-escape': { fixed: ['harmless-spread-after-release-mutex', 'createSpreadBackendOk'] },
  'pomerium-type-listing/buggy-returned-iterator no-lock-escape': { fixed: ['fixed-section-copies', 'SectionCopyBackendOk'], edits: [['.types()', '.listTypes()']] },
  'pomerium-type-listing/buggy-returned-map no-lock-escape': { fixed: ['fixed-section-copies', 'SectionCopyBackendOk'], edits: [['.all()', '.listTypes()']] },
  'pomerium-type-listing/buggy-synchronous-release no-lock-escape': { fixed: ['fixed-copy-before-callback', 'CallbackBackendOk'], supplies: { arrange: 'undefined', alsoSeen: `tasks.asked('done')` } },
  'pomerium-type-listing/buggy-unfinished-promise no-floating-lock': { fixed: ['fixed-loop-in-section', 'LoopInSectionBackendOk'], supplies: { arrange: stored } },
  'pomerium-type-listing/buggy-unfinished-promise no-lock-escape': { fixed: ['fixed-loop-in-section', 'LoopInSectionBackendOk'], supplies: { arrange: stored } },
  'pomerium-type-listing/buggy-write-under-read-lock no-lost-update': { fixed: ['fixed-exclusive-writer', 'ExclusiveModeWriterOk'] },
};
