import { defineConfig } from 'vitest/config';

// The tests run as compiled: what is tested is what ships, and worker threads load the very files they load in use.
export default defineConfig({
  test: {
    include: ['dist/**/*.test.js'],
    exclude: ['node_modules/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
