/**
 * APIs that look at or change state outside the process: files, rows, key-value stores.
 *
 * File functions are those of Node.js (https://nodejs.org/api/fs.html) and of fs-extra
 * (https://github.com/jprichardson/node-fs-extra). Rows go by the method names that data mappers share: TypeORM
 * (https://typeorm.io/repository-api), Prisma (https://www.prisma.io/docs/orm/reference/prisma-client-reference),
 * Mongoose (https://mongoosejs.com/docs/api/model.html), Sequelize (https://sequelize.org/api/v6/class/src/model.js~model),
 * and promise-based stores with the names of Map or of Web Storage.
 */

/** `create` makes what must not be there yet, `replace` overwrites, `change` adds to it, `remove` takes it away. */
export type ExternalAction = 'create' | 'replace' | 'change' | 'remove';

export interface FileOperation {
  readonly does: 'look' | ExternalAction;
  /** Index of the path argument. */
  readonly path: number;
  /** Index of the argument with the flags or options. */
  readonly options?: number;
  /** Options with which the call is one atomic step, or does no harm when it comes second. */
  readonly harmlessWith?: readonly string[];
  /** A second call fails and changes nothing: who handles its failure has no race. */
  readonly failsWhenLate?: true;
  /** The look answers by failing. */
  readonly answersByFailing?: true;
}

const writeFile: FileOperation = { does: 'replace', path: 0, options: 2, harmlessWith: ['flag'] };
const look: FileOperation = { does: 'look', path: 0 };
const lookThatFails: FileOperation = { does: 'look', path: 0, answersByFailing: true };
const remove: FileOperation = { does: 'remove', path: 0, failsWhenLate: true };

/** By function name, without the ending `Sync`. A call may do several things. */
export const fileOperations: Readonly<Record<string, readonly FileOperation[]>> = {
  exists: [look],
  pathExists: [look],
  access: [lookThatFails],
  stat: [lookThatFails],
  lstat: [lookThatFails],
  writeFile: [writeFile],
  outputFile: [writeFile],
  writeJson: [writeFile],
  writeJSON: [writeFile],
  outputJson: [writeFile],
  outputJSON: [writeFile],
  createWriteStream: [{ does: 'replace', path: 0, options: 1, harmlessWith: ['flags'] }],
  appendFile: [{ does: 'change', path: 0, options: 2, harmlessWith: ['flag'] }],
  mkdir: [{ does: 'create', path: 0, options: 1, harmlessWith: ['recursive'], failsWhenLate: true }],
  unlink: [remove],
  rmdir: [remove],
  rm: [{ ...remove, options: 1, harmlessWith: ['force'] }],
  rename: [remove, { does: 'replace', path: 1 }],
  move: [remove, { does: 'create', path: 1 }],
  copyFile: [{ does: 'replace', path: 1, options: 2, harmlessWith: ['COPYFILE_EXCL'] }],
};

/** Functions that give the content of the file that is their first argument, without the ending `Sync`. */
export const fileReads: ReadonlySet<string> = new Set(['readFile', 'readJson', 'readJSON']);

/** Whether the functions without `Sync` answer with promises, or run a callback. */
export const fileModules: Readonly<Record<string, 'promises' | 'callbacks'>> = {
  fs: 'callbacks',
  'node:fs': 'callbacks',
  'graceful-fs': 'callbacks',
  'fs/promises': 'promises',
  'node:fs/promises': 'promises',
  'fs-extra': 'promises',
};

/** Member of the callback modules with the functions that answer with promises. */
export const promiseMember = 'promises';

/** Functions of the callback modules that take no callback: they start at once and go on by themselves. */
export const startingFunctions: ReadonlySet<string> = new Set(['createWriteStream']);

/** A flag of an open file that makes creating it fail when it is there. */
export const exclusiveFlag = /^[aw]x|^xa|O_EXCL/;

/** Methods that look a row up. */
export const rowLooks = /^(?:find(?:One|First|Unique|By\w+|OneBy|OneOrNull)?|get(?:By\w+|Item|ItemAsync)?|has|exists\w*|count(?:Documents|By)?)$/;

/** Looks that load the row: mostly made for its own sake, not to decide whether to write. */
export const loadingLooks = /^(?:find|get)/;

/** Methods that give the rows of a query, as drivers of SQLite name them: `db.all(sql)`. */
export const rowLists: ReadonlySet<string> = new Set(['all']);

/** Methods that change rows, by what they do. */
export const rowActs: Readonly<Record<ExternalAction, RegExp>> = {
  create: /^(?:insert(?:One|Many)?|create(?:One|Many)?|add)$/,
  replace: /^(?:save|put|set|setItem|setItemAsync)$/,
  change: /^$/,
  remove: /^(?:delete(?:One|Many|ById|ByKey)?|remove(?:One|Item)?|deleteItemAsync)$/,
};

/** Storage of the platform that answers at once, so that nothing of it has to be awaited. */
export const synchronousStores: ReadonlySet<string> = new Set(['localStorage', 'sessionStorage']);

/** Storage that holds other events back while it is at work (Cloudflare, "Durable Objects: input gates"), by the names that its owners have. */
export const gatedStores = /(?:^|\.)(?:ctx|state)\.storage$/;

/** Calls whose callback runs as one transaction, and names of what is handed to it. */
export const transactionCall = /transaction|^atomically$/i;
export const transactionName = /^(?:tx|trx|txn|session|transaction|transactionManager|queryRunner)$/;

/** Options that leave an existing row as it is. */
export const conflictOptions: ReadonlySet<string> = new Set(['ignoreDuplicates', 'skipDuplicates', 'upsert', 'onConflict', 'updateOnDuplicate', 'ifNotExists', 'nx', 'NX']);

/** Options by which whoever is asked to do something knows that he has been asked before. */
export const repeatOptions: ReadonlySet<string> = new Set(['idempotencyKey', 'idempotency_key', 'Idempotency-Key', 'jobId', 'deduplicationId', 'MessageDeduplicationId']);

/** What code that handles a lost race looks for in the error. */
export const conflictWords =
  /EEXIST|ENOENT|ENOTEMPTY|duplicate|unique|conflict|already|exist|P2002|P2025|23505|\b11000\b|ER_DUP|ConditionalCheckFailed/i;
