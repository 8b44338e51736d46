/**
 * What libraries for user interfaces run again when something changes and what they run at the end, and where they keep state
 * (React, "useEffect"; Vue, "Watchers").
 */

export interface Rerun {
  readonly modules: readonly string[];
  /** Which argument is the callback. */
  readonly callback: number;
  /** Which argument tells what it depends on; undefined where the callback depends on what it reads. */
  readonly watched: number | undefined;
}

const react = ['react', 'preact/hooks'];
const componentModules = ['react', 'preact', 'preact/compat'];

/** Functions that run their callback again, without waiting for what it has begun. */
export const reruns: ReadonlyMap<string, Rerun> = new Map([
  ['useEffect', { modules: react, callback: 0, watched: 1 }],
  ['useLayoutEffect', { modules: react, callback: 0, watched: 1 }],
  ['watch', { modules: ['vue'], callback: 1, watched: 0 }],
  ['watchEffect', { modules: ['vue'], callback: 0, watched: undefined }],
]);

/** Functions that take what is to be run at the end (Vue, "Lifecycle Hooks", "onScopeDispose"; Svelte, "onDestroy"; Solid, "onCleanup"). */
export const endRegistrars = /^on(?:Before)?(?:Unmount(?:ed)?|Destroy|Cleanup|Dispose|ScopeDispose|WatcherCleanup)$/;

/** Functions that take what is to be run at the begin, and wait for none of it (Vue, "Lifecycle Hooks"; Svelte, "onMount"). */
export const beginRegistrars = /^on(?:Before)?(?:Mount(?:ed)?|Activated)$/;

/** Functions that give a value and the function that sets it. */
export const stateHooks: ReadonlyMap<string, readonly string[]> = new Map([['useState', react]]);

/** Functions that give a state and the function that hands an action to its reducer. */
export const reducerHooks: ReadonlyMap<string, readonly string[]> = new Map([['useReducer', react]]);

/** Methods of a store, and functions handed to a thunk, that give the state of now (Redux, "Store Methods"). */
export const stateReaders: ReadonlySet<string> = new Set(['getState']);

/** The member of an action that holds what it is about, whatever that is called (Flux Standard Action, "payload"). */
export const actionPayload = 'payload';

/** Classes whose `setState` merges a part into the field `state` (React, "Component"). */
export const stateClasses: ReadonlyMap<string, readonly string[]> = new Map([
  ['Component', componentModules],
  ['PureComponent', componentModules],
]);

/** Functions that give what a component was handed; each member of it may be another one later (Vue, "Props"). */
export const propsMakers: ReadonlySet<string> = new Set(['defineProps', 'withDefaults']);

/** Functions that give an object whose `value` is the state. */
export const stateCells: ReadonlyMap<string, readonly string[]> = new Map([
  ['ref', ['vue']],
  ['shallowRef', ['vue']],
]);

/** Functions that compute a value again when what they are told to watch changes, as their second argument. */
export const computers: ReadonlyMap<string, readonly string[]> = new Map([
  ['useMemo', react],
  ['useCallback', react],
]);

/** Of those, the ones whose value is the function that they are given. */
export const functionMakers: ReadonlyMap<string, readonly string[]> = new Map([['useCallback', react]]);

/** Functions that give an object which a component keeps for its life, and the member in which it holds what is put there. */
export const holders: ReadonlyMap<string, readonly string[]> = new Map([['useRef', react]]);
export const heldMember = 'current';
