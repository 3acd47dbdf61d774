/** The rotation of a model by its config.json. */
import { InputError } from '../../../errors.js';
import type { Architecture } from './architecture.js';
import type { ConfigFields, RopeParameters } from './config-fields.js';
import { type Family, traitsOf, unsupported } from './families.js';
import type { Rope, RopeScaling } from './rope.js';

/** transformers 4 wrote rope_theta and rope_scaling side by side; 5 writes both into rope_parameters. */
export function readRope(config: ConfigFields, family: Family, file: string): Rope {
  const { defaults, localRope } = traitsOf(family);
  const flat = localRope ? (config.rope_parameters?.full_attention ?? {}) : config.rope_parameters;
  if (!localRope && (config.rope_parameters?.full_attention || config.rope_parameters?.sliding_attention)) {
    throw unsupported('rotations that differ between layers in this family', file, 'rope_parameters');
  }
  if (config.rope_scaling && config.rope_parameters && !sameRope(config.rope_scaling, flat ?? {})) {
    throw new InputError('rope_scaling and rope_parameters say different things', { file, field: 'rope_parameters' });
  }
  const nested = config.rope_scaling ?? flat ?? {};
  if (config.rope_theta && nested.rope_theta && config.rope_theta !== nested.rope_theta) {
    throw new InputError(`rope_theta is both ${config.rope_theta} and ${nested.rope_theta}`, {
      file,
      field: 'rope_theta',
    });
  }
  if ((nested.partial_rotary_factor ?? config.partial_rotary_factor ?? 1) !== 1) {
    throw unsupported('rotation of a part of each head', file, 'partial_rotary_factor');
  }
  const field = config.rope_scaling ? 'rope_scaling' : 'rope_parameters';
  const ropeTheta = nested.rope_theta ?? config.rope_theta ?? defaults?.ropeTheta ?? 10_000;
  return { ropeTheta, ...readScaling(nested, config, family, file, field) };
}

/** The rotation of windowed layers, where it is another. */
export function readLocalRope(config: ConfigFields, family: Family, file: string): Pick<Architecture, 'localRope'> {
  if (!traitsOf(family).localRope) return {};
  const own = config.rope_parameters?.sliding_attention ?? {};
  if ((own.partial_rotary_factor ?? 1) !== 1) {
    throw unsupported('rotation of a part of each head', file, 'rope_parameters.sliding_attention');
  }
  const field = 'rope_parameters.sliding_attention';
  const ropeTheta = own.rope_theta ?? config.rope_local_base_freq ?? 10_000;
  return { localRope: { ropeTheta, ...readScaling(own, config, family, file, field) } };
}

function readScaling(
  nested: RopeParameters,
  config: ConfigFields,
  family: Family,
  file: string,
  field: string,
): Pick<Rope, 'ropeScaling'> {
  const kind = nested.rope_type ?? nested.type ?? 'default';
  if (kind === 'default') return {};
  const { ropeTypes } = traitsOf(family);
  const isKnown = kind === 'llama3' || kind === 'linear' || kind === 'yarn';
  if (!isKnown || ropeTypes !== undefined)
    throw unsupported(`rope_type ${JSON.stringify(kind)}`, file, `${field}.rope_type`);
  const originalContextTokens = nested.original_max_position_embeddings ?? config.max_position_embeddings;
  return { ropeScaling: scalings[kind](nested, originalContextTokens, config, { file, field }) };
}

type Reader = (
  nested: RopeParameters,
  originalContextTokens: number,
  config: ConfigFields,
  place: { readonly file: string; readonly field: string },
) => RopeScaling;

const scalings: Readonly<Record<RopeScaling['kind'], Reader>> = {
  llama3(nested, originalContextTokens, _, place) {
    const { factor, low_freq_factor: low, high_freq_factor: high } = nested;
    if (factor == null || low == null || high == null)
      throw new InputError('rope_type llama3 needs factor, low_freq_factor and high_freq_factor', place);
    if (low >= high) throw new InputError('low_freq_factor must be below high_freq_factor', place);
    return { kind: 'llama3', factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextTokens };
  },
  linear({ factor }, _, __, place) {
    if (factor == null) throw new InputError('rope_type linear needs a factor', place);
    return { kind: 'linear', factor };
  },
  yarn(nested, originalContextTokens, config, place) {
    const factor = nested.factor ?? config.max_position_embeddings / originalContextTokens;
    if (!(factor >= 1)) throw new InputError(`a factor of ${factor} is below 1`, place);
    const [fastTurns, slowTurns] = [nested.beta_fast ?? 32, nested.beta_slow ?? 1];
    if (fastTurns < slowTurns) throw new InputError('beta_fast must not be below beta_slow', place);
    return {
      kind: 'yarn',
      factor,
      originalContextTokens,
      fastTurns,
      slowTurns,
      truncate: nested.truncate ?? true,
      attentionFactor: nested.attention_factor ?? yarnAttention(factor, nested),
    };
  },
};

/** By what YaRN multiplies cosines and sines, unless it is given. */
function yarnAttention(factor: number, { mscale, mscale_all_dim: all }: RopeParameters): number {
  const of = (scale: number) => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
  return mscale && all ? of(mscale) / of(all) : of(1);
}

function sameRope(a: RopeParameters, b: RopeParameters): boolean {
  const keys = ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings'] as const;
  const yarn = ['attention_factor', 'mscale', 'mscale_all_dim', 'beta_fast', 'beta_slow', 'truncate'] as const;
  return (
    (a.rope_type ?? a.type ?? 'default') === (b.rope_type ?? b.type ?? 'default') &&
    [...keys, ...yarn].every((key) => (a[key] ?? undefined) === (b[key] ?? undefined)) &&
    (a.rope_theta == null || b.rope_theta == null || a.rope_theta === b.rope_theta)
  );
}
