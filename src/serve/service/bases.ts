/** The base models of a server. */
import { join } from 'node:path';
import { z } from 'zod';
import type { DirectorySource, LoraTarget, ModelFacts } from '../../engine/engine.js';
import { readText } from '../../storage.js';
import { loadTokenizer, type Tokenizer } from '../../text/tokenizer/tokenizer.js';
import type { Samplers } from '../compute/samplers.js';
import { Refusal } from '../refusal.js';
import type { ServedModel } from '../settings.js';

export interface Base {
  readonly name: string;
  readonly source: DirectorySource;
  readonly facts: ModelFacts;
  readonly tokenizer: Tokenizer;
  /** `model_type` of its configuration. */
  readonly architecture: string;
  /** The layers that `train_attn` and `train_mlp` put adapters on. */
  readonly attention: readonly LoraTarget[];
  readonly mlp: readonly LoraTarget[];
}

const configuration = z.looseObject({ model_type: z.string() });
/** The one family that joins its projections. */
const FUSED = 'phi3';

export class Bases {
  readonly #bases: ReadonlyMap<string, Base>;

  private constructor(bases: ReadonlyMap<string, Base>) {
    this.#bases = bases;
  }

  /** Opens every base model, so that what cannot be served is refused before anybody asks. */
  static async open(models: readonly ServedModel[], samplers: Samplers): Promise<Bases> {
    const bases = new Map<string, Base>();
    for (const { name, source } of models) {
      const tokenizer = await loadTokenizer(source.directory);
      const { facts } = await samplers.base(name, source);
      const config = configuration.parse(JSON.parse(await readText(join(source.directory, 'config.json'))));
      const fused = config.model_type === FUSED;
      bases.set(name, {
        name,
        source,
        facts,
        tokenizer,
        architecture: config.model_type,
        attention: fused ? ['qkv_proj', 'o_proj'] : ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
        mlp: fused ? ['gate_up_proj', 'down_proj'] : ['gate_proj', 'up_proj', 'down_proj'],
      });
    }
    return new Bases(bases);
  }

  get all(): readonly Base[] {
    return [...this.#bases.values()];
  }

  /** @throws {Refusal} when the server has no such model; it names those that it has */
  named(name: string): Base {
    const base = this.#bases.get(name);
    if (base !== undefined) return base;
    const names = [...this.#bases.keys()].join(', ');
    throw new Refusal(400, `this server has no model named ${JSON.stringify(name)}\n  It has ${names}.`);
  }
}
