/** Predicts the memory of stages from the files of their models, whose weights are not read. */
import type { AdapterShape, ModelShapeSource, ModelUse } from '../memory-use.js';
import type { AdapterForm } from './files/adapter.js';
import type { Architecture } from './files/architecture.js';
import { architectureOf } from './files/config.js';
import { readModelDirectory } from './files/directory.js';
import type { JsonObject } from './files/json.js';
import { disableTelemetry } from './native-environment.js';
import type { SizedUse } from './run/peak-memory.js';
import type { LocalSettings } from './settings.js';
import { adapterForm } from './weights/adapter-form.js';

async function architectureFrom(shape: ModelShapeSource): Promise<Architecture> {
  if ('config' in shape) return architectureOf(shape.config as JsonObject, 'the recipe');
  const model = await readModelDirectory(shape.directory);
  await model.close();
  return model.architecture;
}

/** The scale of an adapter changes no size. */
const formOf = (architecture: Architecture, shape: AdapterShape): AdapterForm =>
  adapterForm(architecture, { ...shape, alpha: shape.rank, seed: 0 });

async function sized(use: ModelUse): Promise<SizedUse> {
  const architecture = await architectureFrom(use.shape);
  const { bits, adapter, training, calls } = use;
  return {
    base: JSON.stringify(use.shape),
    architecture,
    bits,
    adapter: adapter && formOf(architecture, adapter),
    training: training && { ...training, lora: training.lora && formOf(architecture, training.lora) },
    calls,
  };
}

/** Bytes of the process at the peak of each stage; a stage has several sets of models that are open one after the other. */
export async function predictPeaks(
  settings: LocalSettings,
  stages: readonly (readonly (readonly ModelUse[])[])[],
): Promise<readonly number[]> {
  // The programs are made of modules that load ONNX Runtime.
  await disableTelemetry();
  const { PeakMemory } = await import('./run/peak-memory.js');
  const memory = new PeakMemory(settings);
  const peaks: number[] = [];
  for (const phases of stages) {
    let peak = 0;
    for (const uses of phases) peak = Math.max(peak, memory.stage(await Promise.all(uses.map(sized))));
    peaks.push(peak);
  }
  return peaks;
}
