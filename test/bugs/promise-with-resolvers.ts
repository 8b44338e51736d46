/**
 * `@rocicorp/lock` and `mortice` call `Promise.withResolvers`, which Node 20 lacks. Import this file before them.
 */
import { deferred } from '../support/deferred.js';

if (!('withResolvers' in Promise)) {
  Object.defineProperty(Promise, 'withResolvers', { value: deferred, configurable: true });
}
