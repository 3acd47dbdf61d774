/** Which layers of a model attend to a window of the latest tokens, and which are not rotated, by its config.json. */
import { InputError } from '../../../errors.js';
import type { Architecture } from './architecture.js';
import type { ConfigFields } from './config-fields.js';
import { type Family, traitsOf, unsupported } from './families.js';

/** For each layer, whether its queries and keys are not rotated. */
export function readUnrotated(config: ConfigFields, family: Family, file: string): readonly boolean[] {
  const layers = Array.from({ length: config.num_hidden_layers }, (_, layer) => layer);
  if (!traitsOf(family).unrotatedLayers) return layers.map(() => false);
  const listed = config.no_rope_layers ?? undefined;
  if (listed !== undefined && listed.length < layers.length) {
    throw new InputError(`${listed.length} entries for ${layers.length} layers`, { file, field: 'no_rope_layers' });
  }
  // Despite its name, the list says which layers are rotated.
  const interval = config.no_rope_layer_interval ?? 4;
  return layers.map((layer) => (listed === undefined ? (layer + 1) % interval === 0 : !listed[layer]));
}

/** The window of a family whose rule needs a switch, or none. */
function windowTokens(config: ConfigFields, family: Family): number | undefined {
  const { window: rule, defaults } = traitsOf(family);
  if (rule === 'never') return undefined;
  const switched = rule === 'last layers' || rule === 'unrotated layers';
  if (switched && !config.use_sliding_window) return undefined;
  // Absent is the default of the class, null is no window.
  const absent = defaults?.noWindow ? undefined : 4096;
  return config.sliding_window === undefined ? absent : (config.sliding_window ?? undefined);
}

/** Whether a layer is windowed where layer_types is absent. */
function isWindowedByDefault(config: ConfigFields, family: Family, layer: number, unrotated: boolean): boolean {
  switch (traitsOf(family).window) {
    case 'never':
      return false;
    case 'everywhere':
    case 'by layer':
      return true;
    case 'last layers':
      return layer >= (config.max_window_layers ?? 28);
    case 'unrotated layers':
      return unrotated;
    case 'alternating':
      return layer % 2 === 0;
    case 'all but one of six':
      return (layer + 1) % (config.sliding_window_pattern ?? 6) !== 0;
  }
}

/**
 * The window, where one hides anything.
 * @throws {UnsupportedError} when layers are of another type, or the family has no window
 * @throws {InputError} when layer_types does not fit the layers
 */
export function readWindow(
  config: ConfigFields,
  family: Family,
  unrotated: readonly boolean[],
  file: string,
): Pick<Architecture, 'window'> {
  const { window: rule } = traitsOf(family);
  const types = config.layer_types ?? undefined;
  const field = 'layer_types';
  if (rule === 'never' && config.use_sliding_window) {
    throw unsupported('sliding-window attention in this family', file, 'use_sliding_window');
  }
  const known = rule === 'never' ? ['full_attention'] : ['full_attention', 'sliding_attention'];
  const other = types?.find((type) => !known.includes(type));
  if (other !== undefined) throw unsupported(`layers of type ${JSON.stringify(other)}`, file, field);
  if (types !== undefined && types.length !== config.num_hidden_layers) {
    throw new InputError(`${types.length} types for ${config.num_hidden_layers} layers`, { file, field });
  }
  const tokens = windowTokens(config, family);
  const layers = unrotated.map((own, layer) => {
    const byDefault = tokens !== undefined && isWindowedByDefault(config, family, layer, own);
    // The classes of rule `everywhere` do not read layer_types.
    return types === undefined || rule === 'everywhere' ? byDefault : types[layer] === 'sliding_attention';
  });
  if (rule === 'everywhere' && types?.some((type, layer) => (type === 'sliding_attention') !== layers[layer])) {
    throw new InputError(`the class ${traitsOf(family).class} does not read these layer types`, {
      file,
      field,
      remedy: 'Remove layer_types, or use the family that reads them (Ministral).',
    });
  }
  if (!layers.includes(true)) return {};
  if (tokens === undefined) throw new InputError('windowed layers without a sliding_window', { file, field });
  // A window of the whole context hides nothing.
  return tokens >= config.max_position_embeddings ? {} : { window: { tokens, layers } };
}
