/** Weights that a decoding program holds itself: which those are, and in the form of its kernels. */
import { InputError } from '../../../errors.js';
import type { Architecture } from '../files/architecture.js';
import { asBlocks, type IntegerValues } from './integer.js';
import type { ModelWeights } from './model-weights.js';
import { type ParameterValues, parametersOf, valuesOf } from './parameters.js';
import { isQuantisable, type QuantisedMatrix, type QuantisedValues, quantiseForProducts } from './quantised.js';

type Held = Pick<ModelWeights, 'form' | 'base' | 'quantised' | 'integers'>;

export type HeldValues = QuantisedValues | IntegerValues | ParameterValues;

/** The matrices of a program that holds its weights, by the names of their parameters: in few bits or float32. */
export type HeldMatrices = ReadonlyMap<string, QuantisedMatrix | Float32Array>;

/** Those of the weights that a decoding program may hold itself. */
export const heldBy = ({ form, base, quantised, integers }: Held): HeldValues | undefined =>
  quantised ?? integers ?? (form.packedDecoding === true ? base : undefined);

/** They as such a program holds them; of few bits with the head in 8 bits where it is given. */
export function heldForm({ form, base, quantised, integers }: Held, head?: Float32Array): HeldMatrices {
  const { architecture } = form;
  if (form.packedDecoding === true) return matricesOf(architecture, base);
  const matrices = integers === undefined ? (quantised ?? new Map()) : asParameters(architecture, integers);
  if (head === undefined) return matrices;
  const { vocabularySize, hiddenSize } = architecture;
  return new Map([...matrices, ['head', quantiseForProducts(head, [vocabularySize, hiddenSize])]]);
}

/** All that is multiplied with: the matrices of the layers, and the head. */
const matricesOf = (architecture: Architecture, base: ParameterValues): HeldMatrices =>
  new Map([
    ...parametersOf(architecture)
      .filter(isQuantisable)
      .map(({ name }) => [name, valuesOf(base, name)] as const),
    ['head', valuesOf(base, architecture.tiedEmbeddings ? 'embedding' : 'head')],
  ]);

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
