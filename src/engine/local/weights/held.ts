/** Weights that a decoding program holds itself: which those are, and in the form of its kernels. */
import { InputError } from '../../../errors.js';
import type { Architecture } from '../files/architecture.js';
import { asBlocks, type IntegerValues } from './integer.js';
import type { ModelWeights } from './model-weights.js';
import { parametersOf } from './parameters.js';
import { isQuantisable, type QuantisedValues, quantiseForProducts } from './quantised.js';

type Held = Pick<ModelWeights, 'quantised' | 'integers'>;

export type HeldValues = QuantisedValues | IntegerValues;

/** Those of the weights that a decoding program may hold itself. */
export const heldBy = ({ quantised, integers }: Held): HeldValues | undefined => quantised ?? integers;

/** They by the names of their parameters, as such a program holds them, with the head in 8 bits where it is given. */
export function heldForm(
  { quantised, integers }: Held,
  architecture: Architecture,
  head?: Float32Array,
): QuantisedValues {
  const matrices = integers === undefined ? (quantised ?? new Map()) : asParameters(architecture, integers);
  if (head === undefined) return matrices;
  const { vocabularySize, hiddenSize } = architecture;
  return new Map([...matrices, ['head', quantiseForProducts(head, [vocabularySize, hiddenSize])]]);
}

/** Tensors that lie together in a parameter are one matrix again. */
function asParameters(architecture: Architecture, integers: IntegerValues): QuantisedValues {
  const own = ({ tensor }: { readonly tensor: string }) => {
    const matrix = integers.get(tensor);
    if (matrix === undefined) throw new InputError('this model was closed', { remedy: 'Open it again.' });
    return matrix;
  };
  return new Map(
    parametersOf(architecture)
      .filter(isQuantisable)
      .map(({ name, parts }) => [name, asBlocks(parts.map(own))]),
  );
}
