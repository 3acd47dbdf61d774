/** The form of a model: all that its programs depend on, besides the values of the weights. */
import type { AdaptableLayer, AdapterForm } from '../files/adapter.js';
import type { Architecture } from '../files/architecture.js';
import { linearLayersOf } from './parameters.js';

export interface ModelForm {
  readonly architecture: Architecture;
  /** Undefined for plain weights. */
  readonly adapter: AdapterForm | undefined;
}

/** The linear layers that the adapter changes. */
export function adaptedLayers({ architecture, adapter }: ModelForm): readonly AdaptableLayer[] {
  return adapter === undefined ? [] : linearLayersOf(architecture).filter(({ kind }) => adapter.targets.includes(kind));
}
