/**
 * Functions that make a store of a function which is handed `set` and `get`: `create((set, get) => ({ … }))`. `get()` gives the
 * state as it is, `set(part)` merges a part into it (Zustand, https://zustand.docs.pmnd.rs/apis/create).
 */
export const stateCreators: Readonly<Record<string, readonly string[]>> = {
  zustand: ['create', 'createStore', 'default'],
  'zustand/vanilla': ['createStore'],
  'zustand/traditional': ['createWithEqualityFn', 'createStoreWithEqualityFn'],
};

/** What is called on such a store from outside of it: `useCart.getState()`, `useCart.setState({ items })`. */
export const storeMembers: Readonly<Record<string, 'get' | 'set'>> = { getState: 'get', setState: 'set' };
