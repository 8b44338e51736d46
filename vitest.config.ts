import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A test that builds a typed program or runs a whole ESLint takes seconds on a small machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
