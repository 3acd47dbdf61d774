/**
 * The engine against PyTorch on WebGPU, by a driver in software where there is one. That driver takes a quarter of a minute for
 * a model, and operations.test.ts has each operation computed by it; so it computes the one of most traits here; the other WebGPU
 * tests compute a plain one. RLT_ALL_GOLDENS=1 asks for all, as on a graphics card.
 */
import { it } from 'vitest';
import { goldenSuite } from '../../testing/golden-suite.js';
import { GOLDEN_MODELS, testRuntime } from '../../testing/goldens.js';
import { softwareVulkan } from '../../testing/software-vulkan.js';

const vulkan = softwareVulkan();
if ('missing' in vulkan) {
  console.warn(`skipped: the golden tests on WebGPU, since ${vulkan.missing}`);
  it.skip(`on WebGPU: ${vulkan.missing}`);
} else {
  const models = process.env.RLT_ALL_GOLDENS === '1' ? GOLDEN_MODELS : (['gemma2'] as const);
  goldenSuite('WebGPU', () => testRuntime({ provider: 'webgpu' }), models);
}
