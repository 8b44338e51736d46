/**
 * The shape of the engine's settings, the same in `settings['async-race']` of ESLint and in the command line's config.
 *
 * A misspelt setting must not pass silently: a lock model that is not understood means false alarms.
 */
import type { EngineSettings } from './config.js';
import { described, flag, flagOr, integer, listOf, mapOf, object, oneOf, text, variants } from './validation.js';

const mode = oneOf('exclusive', 'shared', 'counting');

const argument = object({ argument: integer }, { property: text });

const modeArgument = object({ argument: integer, values: mapOf(mode) }, { property: text });

const releaseFacts = { asynchronous: flag, again: oneOf('ignored', 'admits', 'fails'), trueWhileHeld: listOf(text), trueOnceEnded: listOf(text) };

const release = variants('by', {
  'call-result': object({ by: text }, releaseFacts),
  'result-member': object({ by: text, members: listOf(text) }, releaseFacts),
  'tuple-element': object({ by: text, index: integer }, releaseFacts),
  'lock-member': object({ by: text, members: listOf(text) }, releaseFacts),
  'module-function': object({ by: text, functions: listOf(text) }, releaseFacts),
});

const failure = oneOf('never', 'rejects', 'throws', 'cancelled');

const lockMember = variants('does', {
  acquire: object(
    { does: text, release },
    {
      mode,
      modeArgument,
      synchronous: flag,
      conditional: flag,
      notTaken: oneOf('false', 'null', 'undefined'),
      fails: failure,
      limit: argument,
      unless: argument,
      runsCallback: flag,
      throughParameter: flag,
      key: integer,
      weight: integer,
      disposable: flag,
      sharedAlternative: text,
      scopedAlternative: text,
      calledBack: object({ refusal: integer, handle: integer }, { releaser: integer }),
      lease: flag,
    },
  ),
  run: object(
    { does: text, callback: integer },
    {
      mode,
      modeArgument,
      releaser: integer,
      releaserIfDeclared: flag,
      refusal: integer,
      releasedBy: listOf(text),
      conditional: argument,
      key: integer,
      weight: integer,
      synchronous: flag,
      sharedAlternative: text,
      leaksOnThrow: flag,
      throughParameter: flag,
    },
  ),
  enclose: object({ does: text, callback: integer }, { key: integer, asynchronous: flag }),
  release: object({ does: text }, { mode, key: integer, weight: integer, lease: flag, ofOwner: flag, ...releaseFacts }),
  query: object({ does: text }, { key: integer, property: flag }),
  wait: object({ does: text }, { until: oneOf('free', 'idle', 'served'), key: integer, statement: integer }),
  statement: object({ does: text, text: integer }, { synchronous: flag }),
});

const permits = object({ argument: integer }, { property: text, absent: integer });

const lockExport = object(
  { name: text, members: mapOf(lockMember) },
  {
    kind: oneOf('lock', 'resource'),
    collected: flag,
    aliases: listOf(text),
    permits,
    reentrant: flagOr('reader'),
    reentrantWhen: argument,
    identity: oneOf('object', 'name'),
    paths: listOf(text),
  },
);

const wrapper = object({ argument: integer }, { immediate: flag, fails: failure });

const serializer = object({ callback: integer }, { permits, reentrant: flag, releaser: integer, mayTakeObject: flag, runBy: listOf(text) });

const decorator = object({ scope: oneOf('method', 'key') }, { key: integer, mode, modeArgument, reentrant: flag });

const lockModel = object(
  { package: text, exports: listOf(lockExport) },
  {
    versions: text,
    source: text,
    factories: mapOf(text),
    wrappers: mapOf(wrapper),
    serializers: mapOf(serializer),
    decorators: mapOf(decorator),
    instances: mapOf(text),
  },
);

export const engineSettings = object(
  {},
  {
    locks: described('Lock models of your own.', listOf(lockModel)),
    sequential: described('Functions that never overlap with themselves: `name` or `Class.name`.', listOf(text)),
    external: described(
      'Calls that check and change state outside of the process.',
      listOf(object({ receiver: text, checks: listOf(text), acts: listOf(text) })),
    ),
  },
);

/** What is wrong with settings that stand at the path, as a sentence without a closing period; undefined when nothing is. */
export function problemOfSettings(value: unknown, path: string): string | undefined {
  return engineSettings.problemOf(value, path);
}

export function isEngineSettings(value: unknown): value is EngineSettings {
  return engineSettings.problemOf(value, '') === undefined;
}
