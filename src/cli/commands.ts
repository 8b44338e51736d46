import { check } from './check.js';
import type { Command } from './command.js';
import { explain } from './explain.js';
import { init } from './init.js';
import { replay } from './replay.js';
import { show } from './show.js';

/** In the order in which the help lists them. */
export const commands: readonly Command[] = [check, explain, replay, init, show];
