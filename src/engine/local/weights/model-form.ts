/** The form of a model: all that its programs depend on, besides the values of the weights. */
import type { WeightBits } from '../../engine.js';
import type { AdapterForm } from '../files/adapter.js';
import type { AdaptedLayer } from '../files/adapter-targets.js';
import type { Architecture } from '../files/architecture.js';
import type { IntegerRange } from '../graph/operations/integer.js';

export interface ModelForm {
  readonly architecture: Architecture;
  /** Undefined for plain weights. */
  readonly adapter: AdapterForm | undefined;
  /** In which the matrices of the layers are held; absent: float32. */
  readonly bits?: WeightBits | undefined;
  /** What is rounded to 8 bits where it meets matrices of 8 bits; absent: products are of float32. */
  readonly integer?: IntegerRange | undefined;
  /**
   * Whether decoding multiplies integers by kernels that hold their weights, and round by blocks. Of models in few bits that
   * do not learn.
   */
  readonly integerDecoding?: boolean | undefined;
  /** Whether few sequences are sampled by a program that holds the float32 weights, packed. Of models that do not learn. */
  readonly packedDecoding?: boolean | undefined;
}

const keys = new WeakMap<ModelForm, string>();

/**
 * A text that is equal for forms with equal programs: those that hold packed weights are told apart by these. Made once for
 * each, since sessions are looked up by it at every step.
 */
export function formKey(form: ModelForm): string {
  const { adapter, architecture, bits, integer, integerDecoding } = form;
  const key = keys.get(form) ?? JSON.stringify([adapter, architecture, bits, integer, integerDecoding]);
  keys.set(form, key);
  return key;
}

/** The linear layers that the adapter changes. */
export const adaptedLayers = ({ adapter }: ModelForm): readonly AdaptedLayer[] => adapter?.layers ?? [];
