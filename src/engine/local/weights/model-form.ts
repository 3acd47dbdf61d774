/** The form of a model: all that its programs depend on, besides the values of the weights. */
import type { WeightBits } from '../../engine.js';
import type { AdapterForm } from '../files/adapter.js';
import type { AdaptedLayer } from '../files/adapter-targets.js';
import type { Architecture } from '../files/architecture.js';

export interface ModelForm {
  readonly architecture: Architecture;
  /** Undefined for plain weights. */
  readonly adapter: AdapterForm | undefined;
  /** In which the matrices of the layers are held; absent: float32. */
  readonly bits?: WeightBits | undefined;
  /** Whether it samples by products of integers. Only of few bits, and of models that do not learn. */
  readonly integer?: boolean | undefined;
}

/** The linear layers that the adapter changes. */
export const adaptedLayers = ({ adapter }: ModelForm): readonly AdaptedLayer[] => adapter?.layers ?? [];
