/** The promises of engines, kept on WebGPU, by a driver in software where there is one. */
import { it, vi } from 'vitest';
import { goldenSource } from '../../testing/goldens.js';
import { softwareVulkan } from '../../testing/software-vulkan.js';
import { engineSuite } from '../testing/engine-suite.js';
import { openLocalEngine } from './local-engine.js';

const vulkan = softwareVulkan();
if ('missing' in vulkan) {
  console.warn(`skipped: the engine suite on WebGPU, since ${vulkan.missing}`);
  it.skip(`on WebGPU: ${vulkan.missing}`);
} else {
  // The driver compiles each kernel of each program on the CPU.
  vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
  engineSuite('the local engine on WebGPU', {
    open: () => openLocalEngine({ provider: 'webgpu', threads: 1 }),
    openInSmallBatches: () => openLocalEngine({ provider: 'webgpu', threads: 1, activationBytes: 1 }),
    source: goldenSource,
  });
}
