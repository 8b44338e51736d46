/** Pools of connections and of other things, and what an open file or stream owes. None of them excludes anybody. */
import type { LockModel, ModelExport, ModelMember } from '../schema.js';

const resource = { kind: 'resource' } as const;
const runsFirst: ModelMember = { does: 'run', callback: 0 };
const run: ModelMember = { does: 'run', callback: -1 };
/** The callback's parameter is the transaction; what the pool itself is asked for takes another connection. */
const bound: ModelMember = { does: 'run', callback: -1, throughParameter: true };
const givenBack: ModelMember = { does: 'release' };

/** A client that is given back twice makes `release` throw. */
const connect: ModelMember = {
  does: 'acquire',
  fails: 'rejects',
  unless: { argument: 0 },
  calledBack: { refusal: 0, handle: 1, releaser: 2 },
  release: { by: 'result-member', members: ['release'], again: 'fails' },
};

/** `pool.query(text)` takes a client for the one statement. */
const statement: ModelMember = { does: 'wait', until: 'served', statement: 0 };

/** The same of one connection: its text may begin a transaction there, or end it. */
const ownStatement: ModelMember = { does: 'statement', text: 0 };

const clients: Pick<ModelExport, 'kind' | 'permits' | 'reentrant' | 'members'> = {
  ...resource,
  permits: { argument: 0, property: 'max', absent: 10 },
  reentrant: false,
  members: { connect, query: statement },
};

export const pg: LockModel = {
  package: 'pg',
  versions: '8',
  source: 'https://node-postgres.com/apis/pool',
  exports: [
    { name: 'Pool', ...clients },
    { name: 'PoolClient', aliases: ['Client', 'ClientBase'], ...resource, members: { query: ownStatement } },
  ],
};

export const pgPool: LockModel = {
  package: 'pg-pool',
  versions: '3',
  source: 'https://github.com/brianc/node-postgres/tree/master/packages/pg-pool',
  exports: [{ name: 'default', aliases: ['Pool'], ...clients }],
};

const getConnection: Extract<ModelMember, { does: 'acquire' }> = {
  does: 'acquire',
  fails: 'rejects',
  unless: { argument: 0 },
  calledBack: { refusal: 0, handle: 1 },
  release: { by: 'result-member', members: ['release', 'destroy', 'end', 'close'], again: 'ignored' },
};

/** `beginTransaction` is ended by one of two members of the same connection, or with the connection. */
const transactionOnConnection: Readonly<Record<string, ModelMember>> = {
  beginTransaction: {
    does: 'acquire',
    fails: 'rejects',
    unless: { argument: 0 },
    release: { by: 'lock-member', members: ['commit', 'rollback'] },
  },
  commit: { does: 'release', asynchronous: true },
  rollback: { does: 'release', asynchronous: true },
  query: ownStatement,
  execute: ownStatement,
};

const mysqlPool: ModelExport = {
  name: 'Pool',
  ...resource,
  permits: { argument: 0, property: 'connectionLimit', absent: 10 },
  reentrant: false,
  members: { getConnection, query: statement, execute: statement },
};

/** Only the forms that return promises have a model. */
export const mysql2: LockModel = {
  package: 'mysql2',
  versions: '3',
  source: 'https://sidorares.github.io/node-mysql2/docs',
  exports: [mysqlPool, { name: 'PoolConnection', aliases: ['Connection'], ...resource, members: transactionOnConnection }],
  factories: { createPool: 'Pool' },
};

export const mariadb: LockModel = {
  package: 'mariadb',
  versions: '3',
  source: 'https://mariadb.com/docs/connectors/mariadb-connector-nodejs',
  exports: [
    // its `release` gives a promise of having reset the connection, which nobody depends on
    mysqlPool,
    { name: 'PoolConnection', aliases: ['Connection'], ...resource, members: transactionOnConnection },
  ],
  factories: { createPool: 'Pool' },
};

/** Every form takes a callback, which gives the connection back. */
export const mysql: LockModel = {
  package: 'mysql',
  versions: '2.18',
  source: 'https://github.com/mysqljs/mysql#readme',
  exports: [mysqlPool],
  factories: { createPool: 'Pool' },
};

export const oracledb: LockModel = {
  package: 'oracledb',
  versions: '6',
  source: 'https://node-oracledb.readthedocs.io/en/latest/api_manual/pool.html',
  exports: [
    {
      name: 'Pool',
      ...resource,
      members: {
        getConnection: { does: 'acquire', fails: 'rejects', release: { by: 'result-member', members: ['close', 'release'], asynchronous: true } },
      },
    },
  ],
};

/** A connection that is given back twice is handed out twice. */
export const postgres: LockModel = {
  package: 'postgres',
  versions: '3.4',
  source: 'https://github.com/porsager/postgres#readme',
  exports: [
    {
      name: 'Sql',
      ...resource,
      members: {
        reserve: { does: 'acquire', fails: 'rejects', release: { by: 'result-member', members: ['release'], again: 'admits' } },
        begin: bound,
      },
    },
    { name: 'TransactionSql', ...resource, members: { savepoint: run } },
  ],
  factories: { default: 'Sql' },
};

export const pgPromise: LockModel = {
  package: 'pg-promise',
  versions: '12',
  source: 'https://vitaly-t.github.io/pg-promise/Database.html',
  exports: [
    {
      name: 'IDatabase',
      aliases: ['IBaseProtocol', 'ITask', 'IConnected'],
      ...resource,
      members: {
        connect: { does: 'acquire', fails: 'rejects', release: { by: 'result-member', members: ['done'] } },
        task: run,
        taskIf: run,
        tx: bound,
        txIf: bound,
      },
    },
  ],
};

/** The callback gets the connection; it is given back when the callback has settled. */
export const slonik: LockModel = {
  package: 'slonik',
  versions: '49',
  source: 'https://github.com/gajus/slonik#readme',
  exports: [{ name: 'DatabasePool', aliases: ['CommonQueryMethods'], ...resource, members: { connect: run, transaction: bound } }],
};

export const redisClient: LockModel = {
  package: '@redis/client',
  versions: '5 to 6',
  source: 'https://github.com/redis/node-redis/blob/master/docs/pool.md',
  exports: [{ name: 'RedisClientPool', ...resource, members: { execute: runsFirst } }],
};

const byPool = { by: 'lock-member', members: ['release', 'destroy'] } as const;

/** A callback of `use` that throws before it returns a promise loses the thing. A second release rejects. */
export const genericPool: LockModel = {
  package: 'generic-pool',
  versions: '3.9',
  source: 'https://github.com/coopernurse/node-pool#readme',
  exports: [
    {
      name: 'Pool',
      ...resource,
      permits: { argument: 1, property: 'max', absent: 1 },
      reentrant: false,
      members: {
        acquire: { does: 'acquire', fails: 'rejects', release: byPool, scopedAlternative: 'use' },
        release: { does: 'release', asynchronous: true, again: 'fails', trueWhileHeld: ['isBorrowedResource'] },
        destroy: { does: 'release', asynchronous: true },
        use: { does: 'run', callback: 0, leaksOnThrow: true },
      },
    },
  ],
  factories: { createPool: 'Pool' },
};

/** `acquire` returns an object with the promise, not a promise. */
export const tarn: LockModel = {
  package: 'tarn',
  versions: '3.1',
  source: 'https://github.com/vincit/tarn.js#readme',
  exports: [
    {
      name: 'Pool',
      ...resource,
      members: {
        acquire: { does: 'acquire', fails: 'rejects', release: { by: 'lock-member', members: ['release'] } },
        release: { does: 'release', again: 'ignored' },
      },
    },
  ],
};

const pool: ModelExport = {
  name: 'Pool',
  ...resource,
  members: { acquire: { does: 'acquire', fails: 'rejects', release: byPool }, release: givenBack, destroy: givenBack },
};

export const sequelizePool: LockModel = {
  package: 'sequelize-pool',
  versions: '8',
  source: 'https://github.com/sequelize/sequelize-pool#readme',
  exports: [pool],
};

export const lightningPool: LockModel = {
  package: 'lightning-pool',
  versions: '4',
  source: 'https://github.com/panates/lightning-pool#readme',
  exports: [pool],
};

const closedFile = { by: 'result-member', members: ['close', '[Symbol.asyncDispose]'], asynchronous: true, again: 'ignored' } as const;
const openedFile: ModelMember = { does: 'acquire', disposable: true, fails: 'rejects', release: closedFile };

/** A file that nobody closes is closed when its handle is collected, with a warning. */
export const fsPromises: LockModel = {
  package: 'node:fs/promises',
  versions: 'Node 18 and later',
  source: 'https://nodejs.org/api/fs.html#class-filehandle',
  exports: [{ name: '*', ...resource, collected: true, members: { open: openedFile } }],
};

/** The same functions through `fs.promises`. */
export const fs: LockModel = {
  package: 'node:fs',
  versions: 'Node 18 and later',
  source: 'https://nodejs.org/api/fs.html#class-filehandle',
  exports: [{ name: '*', ...resource, collected: true, members: { 'promises.open': openedFile } }],
};

const releaseLock = { by: 'result-member', members: ['releaseLock', 'cancel', 'close', 'abort'], again: 'ignored' } as const;

/** A reader or writer of a stream keeps others from getting one. Who reads a stream to its end need not give it back. */
export const webStreams: LockModel = {
  package: '(global)',
  versions: 'Streams API',
  source: 'https://developer.mozilla.org/docs/Web/API/Streams_API',
  exports: [
    {
      name: 'ReadableStream',
      ...resource,
      collected: true,
      members: { getReader: { does: 'acquire', synchronous: true, fails: 'throws', release: releaseLock } },
    },
    {
      name: 'WritableStream',
      ...resource,
      collected: true,
      members: { getWriter: { does: 'acquire', synchronous: true, fails: 'throws', release: releaseLock } },
    },
    {
      name: 'FileSystemFileHandle',
      ...resource,
      collected: true,
      members: { createWritable: { does: 'acquire', fails: 'rejects', release: { by: 'result-member', members: ['close', 'abort'], asynchronous: true } } },
    },
  ],
};
