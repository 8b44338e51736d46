import { asyncLock } from './libraries/async-lock.js';
import { asyncMutex } from './libraries/async-mutex.js';
import { asyncSema } from './libraries/async-sema.js';
import { awaitLock } from './libraries/await-lock.js';
import { esToolkit } from './libraries/es-toolkit.js';
import { mortice } from './libraries/mortice.js';
import {
  awaitMutex,
  databasesLock,
  esfxAsyncMutex,
  hazaeMutex,
  livekitMutex,
  mutexify,
  mutexifyPromise,
  pMutex,
  teslabot,
} from './libraries/mutexes.js';
import { properLockfile } from './libraries/proper-lockfile.js';
import { asyncPrimitives, asyncRwlock, composableLocks, esfxReaderWriterLock, rwlock } from './libraries/readers-writer.js';
import { redisSemaphore, redlock, sesamecareRedlock } from './libraries/redis.js';
import { rocicorpLock } from './libraries/rocicorp-lock.js';
import {
  awaitSemaphore,
  esfxAsyncSemaphore,
  radashi,
  semaphore,
  semaphoreAsyncAwait,
  shopifySemaphore,
} from './libraries/semaphores.js';
import { pLimit, pQueue, promiseLimit, sapphireAsyncQueue, throat } from './libraries/serial-queues.js';
import { supabaseAuth } from './libraries/supabase.js';
import { webLocks, workerThreadsLocks } from './libraries/web-locks.js';
import type { LockModel } from './schema.js';

/** All lock models that come with the product. */
export const catalogue: readonly LockModel[] = [
  asyncLock,
  asyncMutex,
  asyncPrimitives,
  asyncRwlock,
  asyncSema,
  awaitLock,
  awaitMutex,
  awaitSemaphore,
  composableLocks,
  databasesLock,
  esfxAsyncMutex,
  esfxAsyncSemaphore,
  esfxReaderWriterLock,
  esToolkit,
  hazaeMutex,
  livekitMutex,
  mortice,
  mutexify,
  mutexifyPromise,
  pLimit,
  pMutex,
  pQueue,
  promiseLimit,
  properLockfile,
  radashi,
  redisSemaphore,
  redlock,
  rocicorpLock,
  rwlock,
  sapphireAsyncQueue,
  semaphore,
  semaphoreAsyncAwait,
  sesamecareRedlock,
  shopifySemaphore,
  supabaseAuth,
  teslabot,
  throat,
  webLocks,
  workerThreadsLocks,
];
