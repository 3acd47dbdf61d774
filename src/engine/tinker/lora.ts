/** Adapters as the protocol has them: a rank, and which kinds of layers learn. */
import { InputError, UnsupportedError } from '../../errors.js';
import { LORA_TARGETS, type LoraSettings, type LoraTarget } from '../engine.js';
import type { Session } from './client/session.js';
import type { LoraConfig, WeightsInfo } from './protocol/training.js';

const KINDS: Readonly<Record<'train_attn' | 'train_mlp', readonly (readonly LoraTarget[])[]>> = {
  train_attn: [
    ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
    ['qkv_proj', 'o_proj'],
  ],
  train_mlp: [
    ['gate_proj', 'up_proj', 'down_proj'],
    ['gate_up_proj', 'down_proj'],
  ],
};

/**
 * @throws {InputError} when the rank is not a positive whole number; {UnsupportedError} when the protocol cannot express the
 * layers
 */
export function loraConfig(session: Session, { rank, alpha, targets, seed }: LoraSettings): LoraConfig {
  if (!(Number.isInteger(rank) && rank >= 1)) throw new InputError(`the rank ${rank} is not a positive whole number`);
  const unknown = targets.find((target) => !LORA_TARGETS.includes(target));
  if (unknown !== undefined || targets.length === 0)
    throw new UnsupportedError(unknown === undefined ? 'an adapter of no layers' : `an adapter of ${unknown}`, {
      remedy: `Layers that an adapter can target: ${LORA_TARGETS.join(', ')}.`,
    });
  const exact = session.has('lora_settings');
  const given = new Set(targets);
  const covers = (kind: keyof typeof KINDS) => KINDS[kind].find((layers) => layers.every((layer) => given.has(layer)));
  const [attention, mlp] = [covers('train_attn'), covers('train_mlp')];
  if (!exact && new Set([...(attention ?? []), ...(mlp ?? [])]).size !== given.size)
    throw new UnsupportedError(`an adapter of ${targets.join(', ')}: the Tinker protocol has all layers of a kind`, {
      remedy:
        'Set lora.targets to q_proj, k_proj, v_proj, o_proj, to gate_proj, up_proj, down_proj, or to all of them.',
    });
  return {
    rank,
    seed,
    train_attn: attention !== undefined,
    train_mlp: mlp !== undefined,
    train_unembed: false,
    ...(exact && { alpha, target_modules: [...targets] }),
  };
}

/** How a model is made into which saved weights are loaded; undefined where all weights learn. */
export const savedConfig = (info: WeightsInfo): LoraConfig | undefined =>
  info.is_lora === false
    ? undefined
    : {
        rank: info.lora_rank ?? 0,
        train_attn: info.train_attn ?? true,
        train_mlp: info.train_mlp ?? true,
        train_unembed: info.train_unembed ?? false,
        ...(info.alpha != null && { alpha: info.alpha }),
        ...(info.target_modules != null && { target_modules: info.target_modules }),
      };

/** @throws {UnsupportedError} when saved weights cannot be trained further in the form that is asked for */
export function checkSameForm(info: WeightsInfo, asked: LoraConfig | undefined): void {
  const saved = savedConfig(info);
  const differs =
    (saved === undefined) !== (asked === undefined)
      ? `${saved === undefined ? 'all weights' : 'an adapter'} where ${asked === undefined ? 'all weights' : 'an adapter'} shall learn`
      : saved !== undefined && asked !== undefined && saved.rank !== asked.rank
        ? `an adapter of rank ${saved.rank} where one of rank ${asked.rank} shall learn`
        : saved?.alpha != null && asked?.alpha != null && saved.alpha !== asked.alpha
          ? `an adapter of scale ${saved.alpha} where one of ${asked.alpha} shall learn`
          : undefined;
  if (differs === undefined) return;
  throw new UnsupportedError(`the saved weights are ${differs}`, {
    remedy: 'Keep lora as it was in the stage that trained them.',
  });
}
