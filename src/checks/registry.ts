/** All checks; the order is that of the rules in the documentation. */
import type { Check } from './check.js';
import { checkThenAct } from './check-then-act.js';

export const checks: readonly Check[] = [checkThenAct];
