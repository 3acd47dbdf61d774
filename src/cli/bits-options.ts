/** `--bits` and `--integer-products`: how the weights of a model are held and multiplied, where no recipe says it. */
import type { Command } from 'commander';
import { WEIGHT_BITS, type WeightBits } from '../engine/engine.js';
import { UsageError } from '../errors.js';
import type { HeldAs } from '../pipeline/inputs/held-models.js';

export interface BitsFlags {
  readonly bits?: string;
  readonly integerProducts?: true;
}

/** A parser for the value of `--bits`. */
function bitsOption(text: string): string {
  if (!WEIGHT_BITS.some((known) => String(known) === text))
    throw new UsageError(`--bits must be one of ${WEIGHT_BITS.join(', ')}, not ${text}`, {
      remedy: 'Leave it out for a model as its run holds it, or in float32.',
    });
  return text;
}

export function addBitsOptions(command: Command, of = 'the layers'): Command {
  return command
    .option('--bits <n>', `hold the matrices of ${of} in 8 or 4 bits (default: float32)`, bitsOption)
    .option(
      '--integer-products',
      'multiply weights in few bits as integers (engine.integerProducts of a recipe; default: as the run of the model does, without --bits)',
    );
}

/** How options hold a model, where they say it, or else its run; `--bits` takes nothing from the run. */
export function heldBy({ bits, integerProducts }: BitsFlags, held: HeldAs): HeldAs {
  const own = bits === undefined ? held : { bits: Number(bits) as WeightBits };
  return { ...own, ...(integerProducts === undefined ? {} : { integerProducts }) };
}

/** @throws {UsageError} when weights shall be packed that are in few bits */
export function requireFloats(
  { bits, packedWeights }: BitsFlags & { readonly packedWeights?: true },
  held: HeldAs,
): void {
  const own = bits ?? held.bits;
  if (packedWeights === undefined || own === undefined) return;
  throw new UsageError(`--packed-weights is about weights in float32, and the model is read in ${own} bits`, {
    remedy: `Leave out ${bits === undefined ? 'it' : 'one of them'}.`,
  });
}

/**
 * @param held the bits of the models where `--bits` is not given; undefined of one in float32
 * @throws {UsageError} when products of integers are asked for, and no model is in few bits
 */
export function requireBits({ bits, integerProducts }: BitsFlags, held: readonly (WeightBits | undefined)[]): void {
  if (integerProducts === undefined || bits !== undefined || held.some((own) => own !== undefined)) return;
  throw new UsageError(
    `--integer-products is about weights in few bits, and ${held.length === 1 ? 'the model is' : 'the models are'} read in float32`,
    { remedy: 'Add --bits 8 (or 4), or leave it out.' },
  );
}
