/** The adapters that clients ask for. */
import { randomBytes } from 'node:crypto';
import { LORA_TARGETS, type LoraSettings, type LoraTarget } from '../../engine/engine.js';
import type { LoraConfig } from '../../engine/tinker/protocol/training.js';
import { Refusal } from '../refusal.js';
import type { LoraRecord } from '../store/records.js';
import type { Base } from './bases.js';

/** The protocol has no field for alpha. */
const ALPHA = 32;
/** As in recipes. */
const MAX_RANK = 1024;

export const loraSettings = ({ rank, alpha, targets, seed }: LoraRecord): LoraSettings => ({
  rank,
  alpha,
  targets,
  seed,
});

/** The adapter that a client asks for. @throws {Refusal} when nothing of the model would learn */
export function loraOf(base: Base, given: LoraConfig | null | undefined): LoraRecord | null {
  if (given == null || given.rank === 0) return null;
  if (given.rank > MAX_RANK)
    throw new Refusal(400, `a rank of ${given.rank} is more than ${MAX_RANK}, the most of this server`);
  const [train_attn, train_mlp] = [given.train_attn ?? true, given.train_mlp ?? true];
  const layers = [...(train_attn ? base.attention : []), ...(train_mlp ? base.mlp : [])];
  const chosen = given.target_modules?.map(targetNamed) ?? layers;
  if (chosen.length === 0)
    throw new Refusal(
      400,
      'an adapter on neither attention nor MLP layers: this server cannot adapt the unembedding alone',
    );
  const seed = given.seed ?? randomBytes(4).readUInt32LE(0);
  return { rank: given.rank, alpha: given.alpha ?? ALPHA, targets: [...chosen], seed, train_attn, train_mlp };
}

function targetNamed(name: string): LoraTarget {
  const target = LORA_TARGETS.find((known) => known === name);
  if (target !== undefined) return target;
  throw new Refusal(
    400,
    `an adapter cannot target ${JSON.stringify(name)}\n  Choose among ${LORA_TARGETS.join(', ')}.`,
  );
}
