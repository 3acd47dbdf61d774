import { defineConfig } from 'vitest/config';
import { softwareVulkan } from './dist/testing/software-vulkan.js';

const vulkan = softwareVulkan();

// The tests run as compiled: what is tested is what ships, and worker threads load the very files they load in use.
export default defineConfig({
  test: {
    include: ['dist/**/*.test.js'],
    exclude: ['node_modules/**'],
    pool: 'forks',
    // A process finds its libraries by the environment that it was started with.
    env: 'missing' in vulkan ? {} : vulkan.environment,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
