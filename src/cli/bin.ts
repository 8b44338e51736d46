#!/usr/bin/env node
import * as nodeModule from 'node:module';
import { isatty } from 'node:tty';
import { setFlagsFromString } from 'node:v8';
import type { Io, OutputStream } from './io.js';

// Newer versions of Node keep compiled code between runs: a third of the time that loading the compiler takes.
if ('enableCompileCache' in nodeModule && isAction(nodeModule.enableCompileCache)) {
  nodeModule.enableCompileCache();
}

// In Node 20 a function gets machine code once it has run this much of its byte code: twice the default of its V8, which
// later versions replace by other stages. A run lasts seconds, and much of what the default makes is not used long enough
// to pay for its making.
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=264000');

const io: Io = {
  workingFolder: process.cwd(),
  environment: process.env,
  stdout: outputStream(process.stdout, isatty(1)),
  stderr: outputStream(process.stderr, isatty(2)),
  now: () => performance.now(),
};

// Loaded late, so that the compile cache serves it as well.
const { run } = await import('./main.js');
process.exitCode = await run(process.argv.slice(2), io);

function isAction(value: unknown): value is () => unknown {
  return typeof value === 'function';
}

function outputStream(stream: NodeJS.WriteStream, isTerminal: boolean): OutputStream {
  // The reader of a pipe may stop early, as `head` does; that is no failure of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      throw error;
    }
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal,
    columns: isTerminal ? stream.columns : undefined,
  };
}
