/** What the platform's callees do with callbacks, by name: who calls them, and how often. */

/** Hooks of streams; the stream calls the next one when the last has answered. */
export const streamHooks: ReadonlySet<string> = new Set(['_read', '_write', '_writev', '_transform', '_flush', '_final', '_destroy', '_construct']);

/** Classes of the platform that drive the object they are made with: its hooks are called one at a time. */
export const drivenBy: ReadonlySet<string> = new Set(['ReadableStream', 'WritableStream', 'TransformStream']);

/** Classes of Node.js that may be made with hooks: those of `streamHooks`, without the underscore. */
export const nodeStreams: ReadonlySet<string> = new Set(['Readable', 'Writable', 'Duplex', 'Transform', 'PassThrough']);
export const nodeStreamModules: ReadonlySet<string> = new Set(['stream', 'node:stream', 'readable-stream']);

/** Types of readers that lock a stream to themselves: whoever holds one is alone in taking from the stream. */
export const streamReaders: ReadonlySet<string> = new Set(['ReadableStreamDefaultReader', 'ReadableStreamBYOBReader']);

/** Hooks of what such a class is made with. */
export const sourceHooks: ReadonlySet<string> = new Set(['start', 'pull', 'cancel', 'write', 'transform', 'flush', 'close', 'abort']);

/** Methods by which a framework tells an object of its begin; it does not wait for what they have begun (Angular, React, Web Components, Lit). */
export const beginHooks: ReadonlySet<string> = new Set(['ngOnInit', 'ngAfterViewInit', 'componentDidMount', 'connectedCallback', 'firstUpdated']);

/** Methods by which a framework tells an object of its end; it waits for nothing that is under way (React, Web Components, Vue, Angular). */
export const endHooks: ReadonlySet<string> = new Set(['componentWillUnmount', 'disconnectedCallback', 'beforeUnmount', 'unmounted', 'ngOnDestroy']);

/** Methods that a framework calls once in the life of an object, where a class overrides or implements them. */
export const lifecycleHooks: ReadonlySet<string> = new Set(['initialize', ...beginHooks]);

/** Hooks of a service that its framework calls in this order, each when the last has answered (NestJS, lifecycle events). */
export const awaitedHooks: ReadonlySet<string> = new Set([
  'onModuleInit', 'onApplicationBootstrap', 'onModuleDestroy', 'beforeApplicationShutdown', 'onApplicationShutdown',
]);

/** Decorators of classes of which a container makes one object for all requests, if nothing else is said (NestJS, injection scopes; Angular; TypeDI). */
export const containerDecorators: ReadonlySet<string> = new Set(['Injectable', 'Controller', 'Service', 'Resolver', 'singleton']);

/** What the host of an extension calls by its name, each with the one that goes with it (VS Code, extension anatomy). */
export const extensionHooks: ReadonlyMap<string, string> = new Map([
  ['activate', 'deactivate'],
  ['deactivate', 'activate'],
]);

/** Methods that subscribe a callback to an event. */
export const listenerMethods: ReadonlySet<string> = new Set(['on', 'addListener', 'addEventListener', 'prependListener']);

/** Methods that take a listener off again. */
export const unlisteningMethods: ReadonlySet<string> = new Set(['off', 'removeListener', 'removeEventListener']);

/** Methods that keep a listener for later or forget it, and do not call it. */
export const keepingMethods: ReadonlySet<string> = new Set([
  ...listenerMethods, ...unlisteningMethods, 'once', 'subscribe',
]);

/** Events that tell of the end of the object that fires them. */
export const endEvents = /^(?:closed?|end|exit|disconnect(?:ed)?|terminated?)$/i;
/** Whoever listens for one of them names it. */
export const endEventWords = /\bon(?:close|end|exit|disconnect)\b|['"](?:closed?|end|exit|disconnect(?:ed)?|terminated?)['"]/;

/** Events that tell that what was opened is of use now. */
export const beginEvents = /^(?:open(?:ed)?|connect(?:ed)?|secureConnect|ready|load(?:ed)?|success|listening|online|spawn)$/i;
/** Whoever listens for one of them names it. */
export const beginEventWords =
  /\bon(?:open|connect|ready|load|success)\b|['"](?:open(?:ed)?|connect(?:ed)?|secureConnect|ready|load(?:ed)?|success|listening|online|spawn)['"]/;

/** Events that an emitter fires once in its life. */
export const oneShotEvents: ReadonlySet<string> = new Set(['end', 'close', 'finish', 'exit']);

/** Callees that run their callback once, later. */
export const oneShotTimers: ReadonlySet<string> = new Set(['setTimeout', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame', 'requestIdleCallback']);

/** Test runners, whose bodies and hooks run one after another; pipelines, which run each stage once. */
export const sequentialCallees: ReadonlySet<string> = new Set([
  'describe', 'it', 'test', 'suite', 'context', 'specify', 'before', 'after', 'beforeEach', 'afterEach', 'beforeAll', 'afterAll',
  'setup', 'teardown', 'bench', 'pipe', 'pipeline',
]);

/** Cells of the process where the last writer is right by design (ESLint issue 15076); whoever sets the address of a page leaves it. */
export const lastWriterWins: ReadonlySet<string> = new Set(['process.exitCode', 'document.title', ...['location', 'window.location', 'document.location'].flatMap((name) => [name, `${name}.href`])]);

/** Callees that run their callback again and again, without waiting for the promise that it returns (HTML Living Standard, 8.6). */
export const intervalTimers: ReadonlySet<string> = new Set(['setInterval']);

/** Decorators that make a method the callback of such a timer, with the module that they come from (NestJS, task scheduling). */
export const intervalDecorators: ReadonlyMap<string, string> = new Map([['Interval', '@nestjs/schedule']]);

/** Callees that take a timer away by its handle. */
export const timerEnds = /^clear(?:Timeout|Interval|Immediate)$/;

/** The platform's class whose objects stop work that was given their signal (DOM, "AbortController"). */
export const controllerClass = 'AbortController';
