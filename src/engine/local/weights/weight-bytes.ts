/** How many bytes weights take in memory, from their shapes alone. */
import type { AdapterForm } from '../files/adapter.js';
import { integerBytes } from './integer.js';
import type { ModelForm } from './model-form.js';
import { parametersOf } from './parameters.js';
import { isQuantisable, parameterBytes } from './quantised.js';

/** Of a base as it is opened; weights that learn are float32. */
export const weightBytes = ({
  architecture,
  bits,
  integer,
}: Pick<ModelForm, 'architecture' | 'bits' | 'integer'>): number =>
  parametersOf(architecture).reduce((total, one) => {
    const byRows = integer !== undefined && isQuantisable(one);
    return total + (byRows ? integerBytes(one.shape) : parameterBytes(one, bits));
  }, 0);

export const adapterBytes = (adapter: AdapterForm): number =>
  adapter.layers.reduce((total, { inputSize, outputSize, rank }) => total + 4 * rank * (inputSize + outputSize), 0);

/** Of what changes in training. */
export const learningBytes = ({ architecture, adapter }: Pick<ModelForm, 'architecture' | 'adapter'>): number =>
  adapter === undefined ? weightBytes({ architecture }) : adapterBytes(adapter);
