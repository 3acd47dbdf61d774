import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import { softwareVulkan } from './dist/testing/software-vulkan.js';

const vulkan = softwareVulkan();

/** Tests of whole runs and processes: two thirds of the time. `npm test` runs the others, `npm run test:whole` these, and CI both. */
const WHOLE = [
  'dist/cli/commands/chat.test.js',
  'dist/cli/commands/chat-terminal.test.js',
  'dist/cli/dry-run.test.js',
  'dist/cli/readme.test.js',
  'dist/engine/local/golden-cuda.test.js',
  'dist/engine/testing/slow-engine.test.js',
  'dist/evaluation/killed.test.js',
  'dist/pipeline/**/*.test.js',
  'dist/serve/{engine-suite,faults,other-servers,probe,restart,server}.test.js',
  'dist/report/browser.test.js',
  'dist/studio/real-run.test.js',
];

/**
 * Every experiment of the paper, made small: four minutes of a slow core, and with them CI took more than twenty on a busy
 * virtual machine. `npm run test:experiments` runs it, before each release and where experiments change.
 */
const EXPERIMENTS = ['dist/pipeline/experiments.test.js'];

/**
 * What changes rarely and takes long: all of WebGPU, on a driver in software; the studio in a browser; the package, as it is
 * packed; the examples; the quickstart on a server. Nine minutes of a core, with which CI took 22 on a slow day.
 * `npm run test:release` runs them, before each release and where any of it changes.
 */
const RELEASE = [
  'dist/engine/local/{engine-suite-webgpu,golden-webgpu,webgpu}.test.js',
  'dist/engine/local/run/device/device.test.js',
  'dist/examples.test.js',
  'dist/package.test.js',
  'dist/pipeline/served-quickstart.test.js',
  'dist/studio/browser.test.js',
];

/** Files that take one to two minutes. One that began last would run alone, while the other core waits. */
const LONGEST = ['pipeline/own-data', 'pipeline/killed-server', 'pipeline/resume', 'commands/chat'];

class LongestFirst extends BaseSequencer {
  async sort(files) {
    const isLong = ({ moduleId }) => LONGEST.some((name) => moduleId.endsWith(`${name}.test.js`));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

// The tests run as compiled: what is tested is what ships, and worker threads load the very files they load in use.
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        // One process for all files of a worker: to start one for each, and to load the same modules again, took a quarter of
        // the time. So a test leaves nothing behind: no variable of the environment, no mocked module.
        test: {
          name: 'parts',
          include: ['dist/**/*.test.js'],
          exclude: ['node_modules/**', ...WHOLE, ...RELEASE],
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'whole', include: WHOLE, exclude: ['node_modules/**', ...EXPERIMENTS, ...RELEASE] },
      },
      { extends: true, test: { name: 'experiments', include: EXPERIMENTS } },
      { extends: true, test: { name: 'release', include: RELEASE } },
    ],
    pool: 'forks',
    // A process finds its libraries by the environment that it was started with.
    env: 'missing' in vulkan ? {} : vulkan.environment,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
