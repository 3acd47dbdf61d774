/** Choosing tokens from distributions that lie on a device: of each only the part that the token is in is fetched. */
import type * as ort from 'onnxruntime-node';
import { type Device, viewed } from '../../graph/device.js';
import { integers, resultOf } from '../../graph/tensors.js';
import { rowsProgram } from '../../programs/device-programs.js';
import { type Block, blockAt, type Choice, withinBlock } from '../sampling/choice.js';

/** Up to here a distribution is fetched whole. */
const SMALL_VOCABULARY = 4096;
const [SMALLEST_BLOCK, LARGEST_BLOCK] = [64, 1024];

/** How many probabilities a block has; undefined where the vocabulary is small or cannot be divided evenly. */
export function blockSizeOf(vocabularySize: number): number | undefined {
  if (vocabularySize < SMALL_VOCABULARY) return undefined;
  // About as many blocks as a block has members: the least that is fetched.
  const wanted = Math.min(LARGEST_BLOCK, Math.ceil(Math.sqrt(vocabularySize)));
  for (let size = wanted; size >= SMALLEST_BLOCK; size--) if (vocabularySize % size === 0) return size;
  return undefined;
}

/**
 * The token of each row at its number in the cumulative distribution; undefined for rows without a number, and where the
 * distribution is none.
 * @param sums of each row's blocks, [rows, blocks]
 */
export async function chooseOnDevice(
  device: Device,
  probabilities: ort.Tensor,
  sums: Float32Array,
  uniforms: readonly (number | undefined)[],
): Promise<readonly (Choice | undefined)[]> {
  const rows = uniforms.length;
  const blocks = sums.length / rows;
  const size = probabilities.size / sums.length;
  const places = uniforms.map((uniform, row) =>
    uniform === undefined ? undefined : blockAt(sums.subarray(row * blocks, (row + 1) * blocks), uniform),
  );
  const indices = integers(
    places.map((place, row) => row * blocks + (place?.block ?? 0)),
    [rows],
  );
  const feeds = { 'x:0': viewed(probabilities, [rows * blocks, size]), indices };
  const parts = resultOf(await device.run('read rows', () => rowsProgram(1), feeds, ['y:0']), 'y:0');
  return uniforms.map((uniform, row) => {
    const place: Block | undefined = places[row];
    if (uniform === undefined || place === undefined) return undefined;
    return withinBlock(place, parts.subarray(row * size, (row + 1) * size), uniform);
  });
}
