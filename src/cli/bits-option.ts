import { WEIGHT_BITS } from '../engine/engine.js';
import { UsageError } from '../errors.js';

/** A parser for the value of `--bits`. */
export function bitsOption(text: string): string {
  if (!WEIGHT_BITS.some((known) => String(known) === text))
    throw new UsageError(`--bits must be one of ${WEIGHT_BITS.join(', ')}, not ${text}`, {
      remedy: 'Leave it out for a model as its run holds it, or in float32.',
    });
  return text;
}
