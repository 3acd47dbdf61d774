/** A model of random weights, to be trained from nothing. */

import { architectureOf } from './local/files/config.js';
import type { JsonObject } from './local/files/json.js';
import { writeRandomModel as write } from './local/weights/initial.js';

/**
 * Writes a Hugging Face directory with random weights of the shape that `config` (a config.json) describes, and the
 * tokenizer's files from `tokenizer`. The weights depend on the seed alone.
 * @throws {InputError | UnsupportedError} when the configuration is not one of the supported model families
 */
export const writeRandomModel = (
  directory: string,
  config: JsonObject,
  seed: number,
  tokenizer: string,
): Promise<void> => write(directory, architectureOf(config, 'the recipe'), seed, tokenizer);
