/** A fresh model: random weights from a seed, written as a Hugging Face directory. */
import { RandomStream, randomKey } from '../../../random.js';
import { type Architecture, parameterShapes } from '../files/architecture.js';
import { writeModelDirectory } from '../files/directory.js';
import { traitsOf } from '../files/families.js';

/**
 * Standard deviation of initial weights, as GPT-2 and the Llama family in transformers (`initializer_range`) have it.
 */
const DEVIATION = 0.02;

/**
 * One tensor's initial values: norms 1, biases 0, matrices normal with deviation 0.02. The matrices that write into the
 * residual stream are scaled by 1 / sqrt(2 layers), so that its variance doesn't grow with depth (Radford et al. 2019,
 * section 2.3). Every tensor draws from a key of its own: a deeper model shares its first layers' values.
 */
function initialValues(name: string, shape: readonly number[], architecture: Architecture, seed: number): Float32Array {
  const { layers, family } = architecture;
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (name.endsWith('norm.weight')) return values.fill(traitsOf(family).normsAddOne ? 0 : 1);
  if (name.endsWith('.bias')) return values;
  const residual = name.endsWith('o_proj.weight') || name.endsWith('down_proj.weight');
  const deviation = residual ? DEVIATION / Math.sqrt(2 * layers) : DEVIATION;
  const stream = new RandomStream(randomKey(seed, 'initial', name));
  for (let i = 0; i < values.length; i++) values[i] = deviation * stream.normal();
  return values;
}

/**
 * Writes a model with seeded random weights; the same architecture and seed give the same bytes. `copyFrom` is a
 * directory whose tokenizer and chat template go along.
 *
 * @throws {StorageError} when the directory cannot be written
 */
export async function writeRandomModel(
  directory: string,
  architecture: Architecture,
  seed: number,
  copyFrom?: string,
): Promise<void> {
  function* parameters(): Generator<[string, readonly number[], Float32Array]> {
    for (const [name, shape] of parameterShapes(architecture))
      yield [name, shape, initialValues(name, shape, architecture, seed)];
  }
  await writeModelDirectory(directory, architecture, parameters(), copyFrom === undefined ? {} : { copyFrom });
}
