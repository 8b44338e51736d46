/**
 * Transactions and sessions of databases. They exclude nobody in the program: what one owes is the commit or the rollback.
 */
import type { LockModel, ModelMember } from '../schema.js';

const resource = { kind: 'resource' } as const;
const run: ModelMember = { does: 'run', callback: -1 };
const runsFirst: ModelMember = { does: 'run', callback: 0 };
/** The callback's parameter is the transaction; what the object itself is asked for goes another way. */
const bound: ModelMember = { does: 'run', callback: -1, throughParameter: true };
const boundFirst: ModelMember = { does: 'run', callback: 0, throughParameter: true };
const endedLater = { does: 'release', asynchronous: true } as const;
const committed = {
  by: 'result-member',
  members: ['commit', 'rollback'],
  asynchronous: true,
  trueOnceEnded: ['isCompleted', 'finished', 'isCommitted', 'isRolledBack'],
} as const;

/** It gives a command, which its `execute` sends. */
const commandedLater = { ...committed, asynchronous: false } as const;

/** Without a callback the caller ends the transaction. */
const opened: ModelMember = { does: 'acquire', runsCallback: true, throughParameter: true, fails: 'rejects', release: committed };

export const knex: LockModel = {
  package: 'knex',
  versions: '3',
  source: 'https://knexjs.org/guide/transactions.html',
  exports: [
    { name: 'Knex', aliases: ['Transaction'], ...resource, members: { transaction: opened, savepoint: run } },
    {
      name: 'Client',
      ...resource,
      members: {
        acquireConnection: { does: 'acquire', fails: 'rejects', release: { by: 'lock-member', members: ['releaseConnection'] } },
        releaseConnection: endedLater,
      },
    },
  ],
  factories: { default: 'Knex', knex: 'Knex' },
};

export const sequelize: LockModel = {
  package: 'sequelize',
  versions: '6',
  source: 'https://sequelize.org/docs/v6/other-topics/transactions/',
  exports: [{ name: 'Sequelize', ...resource, members: { transaction: opened } }],
};

/** The callback may be run again. */
export const firestore: LockModel = {
  package: '@google-cloud/firestore',
  versions: '7 to 9',
  source: 'https://cloud.google.com/nodejs/docs/reference/firestore/latest',
  exports: [{ name: 'Firestore', ...resource, members: { runTransaction: boundFirst } }],
};

export const prisma: LockModel = {
  package: '@prisma/client',
  versions: '4 to 7',
  source: 'https://www.prisma.io/docs/orm/prisma-client/queries/transactions',
  exports: [{ name: 'PrismaClient', ...resource, members: { $transaction: boundFirst } }],
};

export const drizzle: LockModel = {
  package: 'drizzle-orm',
  versions: '0.29 to 0.45',
  source: 'https://orm.drizzle.team/docs/transactions',
  exports: [{ name: 'PgDatabase', aliases: ['MySqlDatabase', 'BaseSQLiteDatabase', 'SingleStoreDatabase'], ...resource, members: { transaction: boundFirst } }],
};

export const kysely: LockModel = {
  package: 'kysely',
  versions: '0.27 to 0.29',
  source: 'https://kysely.dev/docs/category/transactions',
  exports: [
    { name: 'TransactionBuilder', ...resource, members: { execute: boundFirst } },
    { name: 'ConnectionBuilder', ...resource, members: { execute: runsFirst } },
    { name: 'ControlledTransactionBuilder', ...resource, members: { execute: { does: 'acquire', fails: 'rejects', release: commandedLater } } },
  ],
};

export const lmdb: LockModel = {
  package: 'lmdb',
  versions: '3',
  source: 'https://github.com/kriszyp/lmdb-js#readme',
  exports: [
    {
      name: 'Database',
      aliases: ['RootDatabase'],
      ...resource,
      members: {
        transaction: runsFirst,
        childTransaction: runsFirst,
        transactionSync: { does: 'run', callback: 0, synchronous: true },
        useReadTransaction: { does: 'acquire', synchronous: true, release: { by: 'result-member', members: ['done'] } },
      },
    },
  ],
};

const endedSession = {
  by: 'result-member',
  members: ['endSession', '[Symbol.asyncDispose]'],
  asynchronous: true,
  again: 'ignored',
  trueOnceEnded: ['hasEnded'],
} as const;
const startSession: ModelMember = { does: 'acquire', synchronous: true, disposable: true, release: endedSession };
const sessionMembers: Readonly<Record<string, ModelMember>> = {
  startTransaction: {
    does: 'acquire',
    synchronous: true,
    fails: 'throws',
    release: { by: 'lock-member', members: ['commitTransaction', 'abortTransaction', 'endSession'] },
  },
  commitTransaction: { ...endedLater, trueWhileHeld: ['inTransaction'], trueOnceEnded: ['hasEnded'] },
  abortTransaction: endedLater,
  endSession: endedLater,
  withTransaction: runsFirst,
};

/** Ending a session aborts its open transaction. */
export const mongodb: LockModel = {
  package: 'mongodb',
  versions: '4 to 7',
  source: 'https://www.mongodb.com/docs/drivers/node/current/crud/transactions/',
  exports: [
    { name: 'MongoClient', ...resource, members: { startSession, withSession: run } },
    { name: 'ClientSession', ...resource, members: sessionMembers },
  ],
};

const startSessionLater: ModelMember = { does: 'acquire', disposable: true, fails: 'rejects', release: endedSession };

export const mongoose: LockModel = {
  package: 'mongoose',
  versions: '7 to 9',
  source: 'https://mongoosejs.com/docs/transactions.html',
  exports: [
    { name: 'Connection', ...resource, members: { startSession: startSessionLater, transaction: boundFirst, withSession: runsFirst } },
    { name: 'Mongoose', ...resource, members: { startSession: startSessionLater } },
    { name: '*', ...resource, members: { startSession: startSessionLater } },
  ],
};

const transactionMembers: Readonly<Record<string, ModelMember>> = {
  startTransaction: {
    does: 'acquire',
    fails: 'rejects',
    release: { by: 'lock-member', members: ['commitTransaction', 'rollbackTransaction'] },
  },
  commitTransaction: { ...endedLater, trueWhileHeld: ['isTransactionActive'] },
  rollbackTransaction: endedLater,
};

/** Disposal of a query runner commits its open transaction, also when the scope is left by a throw. */
export const typeorm: LockModel = {
  package: 'typeorm',
  versions: '0.3 to 1.1',
  source: 'https://typeorm.io/docs/advanced-topics/transactions/',
  exports: [
    {
      name: 'DataSource',
      aliases: ['Connection'],
      ...resource,
      members: {
        transaction: bound,
        createQueryRunner: {
          does: 'acquire',
          synchronous: true,
          disposable: true,
          release: { by: 'result-member', members: ['release', '[Symbol.asyncDispose]'], asynchronous: true, trueOnceEnded: ['isReleased'] },
        },
      },
    },
    { name: 'EntityManager', ...resource, members: { transaction: bound } },
    { name: 'QueryRunner', aliases: ['BaseQueryRunner'], ...resource, members: transactionMembers },
  ],
};

/** One task at a time may use the database that runs inside the program. */
export const pglite: LockModel = {
  package: '@electric-sql/pglite',
  versions: '0.2 to 0.5',
  source: 'https://pglite.dev/docs/api',
  exports: [
    {
      name: 'PGlite',
      aliases: ['BasePGlite', 'PGliteInterface'],
      reentrant: false,
      members: { transaction: boundFirst, runExclusive: runsFirst },
    },
  ],
};

export const spanner: LockModel = {
  package: '@google-cloud/spanner',
  versions: '7 to 9',
  source: 'https://cloud.google.com/nodejs/docs/reference/spanner/latest/spanner/database',
  exports: [{ name: 'Database', ...resource, members: { runTransactionAsync: boundFirst, runTransaction: run } }],
};

/** `close` rolls back what is open. */
export const libsqlClient: LockModel = {
  package: '@libsql/client',
  versions: '0.3 to 0.18',
  source: 'https://docs.turso.tech/sdk/ts/reference',
  exports: [
    {
      name: 'Client',
      ...resource,
      members: { transaction: { does: 'acquire', fails: 'rejects', release: { by: 'result-member', members: ['close', 'commit', 'rollback'] } } },
    },
  ],
};

export const mikroOrm: LockModel = {
  package: '@mikro-orm/core',
  versions: '5 to 7',
  source: 'https://mikro-orm.io/docs/transactions',
  exports: [
    {
      name: 'EntityManager',
      ...resource,
      members: {
        transactional: runsFirst,
        begin: { does: 'acquire', fails: 'rejects', release: { by: 'lock-member', members: ['commit', 'rollback'] } },
        commit: endedLater,
        rollback: endedLater,
      },
    },
  ],
};

export const dexie: LockModel = {
  package: 'dexie',
  versions: '3 to 4',
  source: 'https://dexie.org/docs/Dexie/Dexie.transaction()',
  exports: [{ name: 'Dexie', ...resource, members: { transaction: run } }],
};

/** "Transaction functions do not work with async functions": the commit comes with the first `await`. */
export const betterSqlite3: LockModel = {
  package: 'better-sqlite3',
  versions: '7 to 12',
  source: 'https://github.com/WiseLibs/better-sqlite3/blob/master/docs/api.md#transactionfunction---function',
  exports: [{ name: 'default', aliases: ['Database'], ...resource, members: { transaction: { does: 'enclose', callback: 0 } } }],
};

export const bunSqlite: LockModel = {
  package: 'bun:sqlite',
  versions: '1',
  source: 'https://bun.sh/docs/api/sqlite#transactions',
  exports: [{ name: 'Database', aliases: ['default'], ...resource, members: { transaction: { does: 'enclose', callback: 0 } } }],
};

/** Only the exclusive form keeps other queries out. */
export const expoSqlite: LockModel = {
  package: 'expo-sqlite',
  versions: '14 and later',
  source: 'https://docs.expo.dev/versions/latest/sdk/sqlite/',
  exports: [
    {
      name: 'SQLiteDatabase',
      ...resource,
      members: {
        withTransactionAsync: runsFirst,
        withExclusiveTransactionAsync: boundFirst,
        withTransactionSync: { does: 'run', callback: 0, synchronous: true },
      },
    },
  ],
};

/** The object is made first and begun later. */
export const mssql: LockModel = {
  package: 'mssql',
  versions: '9 to 12',
  source: 'https://github.com/tediousjs/node-mssql#transactions',
  exports: [
    {
      name: 'Transaction',
      ...resource,
      members: {
        begin: { does: 'acquire', fails: 'rejects', release: { by: 'lock-member', members: ['commit', 'rollback'] } },
        commit: endedLater,
        rollback: endedLater,
      },
    },
  ],
};

const closedSession = { by: 'result-member', members: ['close', '[Symbol.asyncDispose]'], asynchronous: true, again: 'ignored' } as const;

/** Closing a session rolls its open transaction back; so does closing the transaction. */
export const neo4j: LockModel = {
  package: 'neo4j-driver',
  versions: '5 to 6',
  source: 'https://neo4j.com/docs/javascript-manual/current/transactions/',
  exports: [
    { name: 'Driver', ...resource, members: { session: { does: 'acquire', synchronous: true, disposable: true, release: closedSession } } },
    {
      name: 'Session',
      ...resource,
      members: {
        beginTransaction: { does: 'acquire', disposable: true, release: { ...closedSession, members: ['commit', 'rollback', 'close', '[Symbol.asyncDispose]'] } },
        executeRead: boundFirst,
        executeWrite: boundFirst,
      },
    },
  ],
};

export const objection: LockModel = {
  package: 'objection',
  versions: '3',
  source: 'https://vincit.github.io/objection.js/guide/transactions.html',
  exports: [
    { name: '*', ...resource, members: { transaction: run, 'transaction.start': { does: 'acquire', fails: 'rejects', release: committed } } },
    {
      name: 'Model',
      ...resource,
      members: { transaction: run, startTransaction: { does: 'acquire', fails: 'rejects', release: committed } },
    },
  ],
};

/** The database has one writer and several readers. */
export const powersync: LockModel = {
  package: '@powersync/common',
  versions: '1 to 2',
  source: 'https://powersync-ja.github.io/powersync-js/',
  exports: [
    {
      name: 'AbstractPowerSyncDatabase',
      reentrant: false,
      members: {
        readLock: { does: 'run', mode: 'shared', callback: 0 },
        readTransaction: { does: 'run', mode: 'shared', callback: 0 },
        writeLock: { does: 'run', callback: 0, sharedAlternative: 'readLock' },
        writeTransaction: { does: 'run', callback: 0, sharedAlternative: 'readTransaction' },
      },
    },
  ],
};
