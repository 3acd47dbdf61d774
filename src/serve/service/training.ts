/** The calls on models in training. */
import type { z } from 'zod';
import type { ForwardBackwardRequest } from '../../engine/tinker/protocol/messages.js';
import type * as protocol from '../../engine/tinker/protocol/training.js';
import { UnsupportedError } from '../../errors.js';
import type { FutureResult } from '../compute/futures.js';
import { Refusal } from '../refusal.js';
import { checkName, pathOf } from '../store/store.js';
import { loraOf } from './lora.js';
import { type Acknowledgement, type ModelCall, type Models, type Shared, STOPPED } from './models.js';
import type { Sampling } from './sampling.js';

type Body<Schema extends z.ZodType> = z.output<Schema>;

const json = (body: Readonly<Record<string, unknown>>): FutureResult => ({ kind: 'json', body });

/** Shortest and longest time to keep a checkpoint, in seconds, as the protocol has them: an hour and ten years. */
const TTL = { least: 3600, most: 315_360_000 };

/** When a checkpoint expires. @throws {Refusal} when the time is out of bounds */
export function expiryOf(seconds: number | null | undefined): string | null {
  if (seconds == null) return null;
  if (!(seconds >= TTL.least && seconds <= TTL.most))
    throw new Refusal(400, `ttl_seconds is ${seconds}, not from ${TTL.least} to ${TTL.most}`);
  return new Date(Date.now() + seconds * 1000).toISOString();
}

export class Training {
  readonly #shared: Shared;
  readonly #models: Models;
  readonly #sampling: Sampling;
  #saves = 0;

  constructor(shared: Shared, models: Models, sampling: Sampling) {
    this.#shared = shared;
    this.#models = models;
    this.#sampling = sampling;
  }

  create(body: Body<typeof protocol.createModelRequest>, hash: string) {
    checkOptimiser(body.optimizer_config);
    const base = this.#shared.bases.named(body.base_model);
    return this.#models.create({
      session: body.session_id,
      place: body.model_seq_id,
      base,
      lora: loraOf(base, body.lora_config),
      metadata: body.user_metadata ?? null,
      from: null,
      hash,
      result: (id) => ({ model_id: id, type: 'create_model' }),
    });
  }

  /** Loads weights into a model, or makes the model that it loads. */
  load(body: Body<typeof protocol.loadWeightsRequest>, hash: string): Promise<Acknowledgement> | Acknowledgement {
    const checkpoint = this.#shared.store.checkpointAt(body.path);
    const path = pathOf(checkpoint);
    const optimizer = body.optimizer === true;
    const done = { path, type: 'load_weights' };
    if (body.model_id == null) {
      const { session_id, model_seq_id } = body;
      if (session_id == null || model_seq_id == null)
        throw new Refusal(400, 'load_weights needs a model_id, or a session_id and a model_seq_id');
      if (checkpoint.kind !== 'weights')
        throw new Refusal(400, `${path} has weights to sample with, without the state of training`);
      if (body.base_model != null && body.base_model !== checkpoint.base_model)
        throw new Refusal(400, `${path} was made from ${checkpoint.base_model}, not from ${body.base_model}`);
      return this.#models.create({
        session: session_id,
        place: model_seq_id,
        base: this.#shared.bases.named(checkpoint.base_model),
        lora: checkpoint.lora,
        metadata: body.user_metadata ?? null,
        from: { path, optimizer, seq: 0 },
        hash,
        result: () => done,
      });
    }
    const model = this.#models.open(body.model_id);
    return this.#queue({ model_id: body.model_id, seq_id: body.seq_id }, hash, {
      changes: true,
      accumulates: true,
      work: async (_, { seq }) => {
        await this.#models.replace(model, checkpoint, optimizer);
        await this.#models.resumeFrom(model, { path, optimizer, seq });
        return json(done);
      },
    });
  }

  info(id: string): object {
    const { base, run } = this.#models.open(id);
    return {
      type: 'get_info',
      model_id: id,
      model_data: {
        arch: base.architecture,
        model_name: base.name,
        // Clients on this machine can open it; a path says nothing to others, so they get none.
        tokenizer_id: this.#shared.settings.token === undefined ? base.source.directory : undefined,
        max_context_length: base.facts.contextTokens,
      },
      model_name: base.name,
      is_lora: run.lora !== null,
      ...(run.lora !== null && { lora_rank: run.lora.rank }),
    };
  }

  unload(id: string, hash: string): Acknowledgement {
    const model = this.#models.open(id);
    return this.#queue({ model_id: id }, hash, {
      changes: false,
      accumulates: false,
      work: async () => {
        await this.#models.close(model);
        return json({ model_id: id, type: 'unload_model' });
      },
    });
  }

  /** Forgets what was accumulated; the next step begins anew. */
  discardGradient(body: Body<typeof protocol.discardGradientRequest>, hash: string): Acknowledgement {
    return this.#queue(body, hash, {
      changes: true,
      accumulates: false,
      work: async (trainer) => {
        await trainer.discard();
        trainer.accumulation.stepped();
        return json({ type: 'discard_gradient' });
      },
    });
  }

  /** Moves the weights of a model towards those that another has when it is this request's turn. */
  blend(body: Body<typeof protocol.blendRequest>, hash: string): Acknowledgement {
    const model = this.#models.open(body.model_id);
    const source = this.#models.open(body.from);
    source.requested = new Date().toISOString();
    return this.#queue(body, hash, {
      changes: true,
      accumulates: false,
      work: async (trainer) => {
        const from = await this.#models.load(source);
        if (model === source) throw new Refusal(400, 'a model cannot be blended with itself');
        if (model.trainer !== trainer)
          throw new Refusal(429, 'blending takes two models in memory\n  Start the server with a larger --max-models.');
        await trainer.blend(from.policy, body.share);
        return json({ type: 'blend' });
      },
    });
  }

  forwardBackward(request: ForwardBackwardRequest, hash: string): Acknowledgement {
    const { model_id, seq_id, forward_only } = request;
    return this.#queue({ model_id, seq_id: seq_id === 0 ? undefined : seq_id }, hash, {
      changes: !forward_only,
      accumulates: !forward_only,
      work: (trainer, { arrival, signal }) => trainer.forwardBackward(request, arrival, signal),
    });
  }

  step(body: Body<typeof protocol.optimStepRequest>, hash: string): Acknowledgement {
    const { learning_rate, beta1, beta2, eps, weight_decay, grad_clip_norm, rlt_decay } = body.adam_params;
    return this.#queue(body, hash, {
      changes: true,
      accumulates: false,
      work: (trainer, { arrival }) =>
        trainer.step(
          {
            learningRate: learning_rate,
            beta1,
            beta2,
            epsilon: eps,
            weightDecay: weight_decay,
            clipNorm: grad_clip_norm,
            // The protocol's optimiser is torch.optim.AdamW, which decays all that it is given.
            decay: rlt_decay ?? 'all',
          },
          arrival,
        ),
    });
  }

  save(body: Body<typeof protocol.saveWeightsRequest>, metadata: Metadata, hash: string): Acknowledgement {
    const { store } = this.#shared;
    const model = this.#models.open(body.model_id);
    return this.#queue(body, hash, {
      changes: false,
      accumulates: false,
      work: async (trainer, { seq }) => {
        const name = body.path ?? `checkpoint-${seq}`;
        checkName(name);
        if (name.startsWith(STOPPED)) throw new Refusal(400, `names that begin with ${STOPPED} are the server's own`);
        const expires_at = expiryOf(body.ttl_seconds);
        if (body.overwrite !== true && store.has({ run: body.model_id, kind: 'weights', name }))
          throw new Refusal(400, `this model has weights named ${name}\n  Choose another name, or set overwrite.`);
        const path = await this.#models.saveState(model, trainer, { name, seq, expires_at, user_metadata: metadata });
        return json({ path, type: 'save_weights' });
      },
    });
  }

  /** A snapshot to sample from: by a path where it has a name, else by a sampling session of its own. */
  saveForSampler(body: Body<typeof protocol.saveForSamplerRequest>, metadata: Metadata, hash: string): Acknowledgement {
    const { store } = this.#shared;
    const model = this.#models.open(body.model_id);
    return this.#queue(body, hash, {
      changes: false,
      accumulates: false,
      work: async (trainer, { seq }) => {
        if (body.kind === 'inflight') {
          throw new UnsupportedError(
            'this server has no inflight sampling: weights of a sampling session never change',
            {
              remedy: 'Ask for a snapshot.',
            },
          );
        }
        const ephemeral = body.path == null;
        const expires_at = expiryOf(body.ttl_seconds);
        const name = body.path ?? `session-${seq}-${this.#saves++}-${Date.now()}`;
        checkName(name);
        const { run } = model;
        if (!ephemeral && store.has({ run: run.id, kind: 'sampler_weights', name }))
          throw new Refusal(400, `this model has weights to sample with named ${name}\n  Choose another name.`);
        const record = await store.writeCheckpoint(
          {
            run: run.id,
            kind: 'sampler_weights',
            name,
            base_model: run.base_model,
            lora: run.lora,
            seq,
            expires_at,
            user_metadata: metadata,
            ephemeral,
          },
          async (directory) => {
            await trainer.policy.save(directory);
          },
        );
        const path = pathOf(record);
        await this.#sampling.keep(path, await trainer.policy.freeze());
        if (!ephemeral) return json({ path, type: 'save_weights_for_sampler' });
        await this.#sampling.forgetOldSnapshots(run.id);
        const { id } = await this.#sampling.create(run.session, body.sampling_session_seq_id ?? seq, {
          base_model: run.base_model,
          model_path: path,
        });
        return json({ sampling_session_id: id, type: 'save_weights_for_sampler' });
      },
    });
  }

  /** Takes a request for a model in its place; without a number it is a request of its own. */
  #queue(
    { model_id, seq_id }: { readonly model_id: string; readonly seq_id?: number | null | undefined },
    hash: string,
    call: Omit<ModelCall, 'seq' | 'hash'>,
  ): Acknowledgement {
    return this.#models.submit(model_id, { ...call, seq: seq_id ?? undefined, hash });
  }
}

export type Metadata = Readonly<Record<string, unknown>> | null;

function checkOptimiser(config: { readonly type: string } | null | undefined): void {
  if (config == null || config.type === 'adamw') return;
  throw new UnsupportedError(`this server has no optimiser named ${JSON.stringify(config.type)}`, {
    remedy: 'It has adamw.',
  });
}
