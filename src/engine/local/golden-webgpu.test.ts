/** The engine against PyTorch on WebGPU, by a driver in software where there is one. */
import { it } from 'vitest';
import { goldenSuite } from '../../testing/golden-suite.js';
import { testRuntime } from '../../testing/goldens.js';
import { softwareVulkan } from '../../testing/software-vulkan.js';

const vulkan = softwareVulkan();
if ('missing' in vulkan) {
  console.warn(`skipped: the golden tests on WebGPU, since ${vulkan.missing}`);
  it.skip(`on WebGPU: ${vulkan.missing}`);
} else {
  goldenSuite('WebGPU', () => testRuntime({ provider: 'webgpu' }));
}
