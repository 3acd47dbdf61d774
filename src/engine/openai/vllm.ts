/**
 * vLLM. Completions are sampled one per request, each with a seed of its own. Log-probs of a prompt that is computed
 * together with anything else end version 0.32 on the CPU with --enable-lora ("einsum(): subscript b has size ..."), so
 * that there they are asked for alone.
 */
import { randomUUID } from 'node:crypto';
import { NumericError } from '../../errors.js';
import { asLogProbs } from '../../method/statistics.js';
import { type TokenIds, tokenIds } from '../../text/tokens.js';
import type { SampledLogProbs, SamplingSettings, TokenLogProbs } from '../engine.js';
import { sampledKind } from '../remote/sampled-kind.js';
import { Turnstile } from './alone.js';
import type { Client } from './client.js';
import type { Dialect, Sampled, SampleOne, WeightCalls } from './dialect.js';
import { completion, tokenized, version, weightInfo } from './messages.js';

const COMPLETIONS = '/v1/completions';
const LOAD_ADAPTER = '/v1/load_lora_adapter';
const UNLOAD_ADAPTER = '/v1/unload_lora_adapter';
const WORKERS = '/collective_rpc';

/** Reading large weights takes minutes. */
const WEIGHTS_TIMEOUT_MS = 1_800_000;

/** The handshake with a server that says it is vLLM; `model` is one that it serves. */
export async function openVllm(client: Client, model: string): Promise<Dialect> {
  const patienceMs = client.times.handshakePatienceMs;
  const said = await client.json({ method: 'GET', path: '/version', patienceMs }, version);
  const has = async (path: string) => {
    const { status } = await client.send({ method: 'GET', path, patienceMs });
    // What takes POST only answers 405; what is not there, 404.
    return status !== 404;
  };
  const adapters = (await has(LOAD_ADAPTER)) && (await takesAdapters(client));
  const weights = new VllmWeights(client, adapters, await has(WORKERS), await has('/weight_info'));
  const sampler = new Vllm(client, `vLLM ${said.version}`, weights, 'none');
  return new Vllm(client, sampler.name, weights, await measureLogProbs(sampler, model));
}

/** The call is there without --enable-lora too; then it fails before it looks for the adapter. */
async function takesAdapters(client: Client): Promise<boolean> {
  const name = `rlt-${randomUUID()}`;
  const body = { lora_name: name, lora_path: `/${name}` };
  const { status } = await client.send({ method: 'POST', path: LOAD_ADAPTER, body });
  return status !== 500;
}

class Vllm implements Dialect {
  readonly name: string;
  readonly weights: WeightCalls;
  readonly #client: Client;
  readonly #logProbs: SampledLogProbs['of'];
  readonly #turnstile = new Turnstile();

  constructor(client: Client, name: string, weights: WeightCalls, logProbs: SampledLogProbs['of']) {
    this.#client = client;
    this.name = name;
    this.weights = weights;
    this.#logProbs = logProbs;
  }

  logProbsOf({ temperature, topP = 1, topK = 0, minP = 0 }: SamplingSettings): SampledLogProbs['of'] {
    if (temperature === 0 && this.#logProbs !== 'none') return 'raw';
    // Processed log-probs are those of what top-p, top-k and min-p have left.
    const isCut = topP < 1 || topK > 0 || minP > 0;
    return this.#logProbs === 'tempered' && isCut ? 'none' : this.#logProbs;
  }

  async sample({ model, prompt, settings, maxTokens, seed, signal }: SampleOne): Promise<Sampled> {
    const { temperature, topP = 1, topK = 0, minP = 0, stopIds } = settings;
    const body = {
      model,
      prompt,
      n: 1,
      max_tokens: maxTokens,
      temperature,
      // All of these have defaults in the generation_config.json of a model.
      top_p: topP,
      top_k: topK === 0 ? -1 : topK,
      min_p: minP,
      repetition_penalty: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
      stop_token_ids: stopIds,
      ignore_eos: true,
      seed,
      logprobs: 0,
      return_token_ids: true,
    };
    const { choices } = await this.#turnstile.shared(() =>
      this.#client.complete(COMPLETIONS, body, completion, signal),
    );
    const [choice] = choices;
    const ids = choice?.token_ids;
    if (ids == null)
      throw this.#client.broken(COMPLETIONS, 'no token ids; vLLM sends them from version 0.10.2 on (return_token_ids)');
    const reason = choice?.finish_reason;
    if (reason !== 'stop' && reason !== 'length')
      throw this.#client.broken(COMPLETIONS, `a completion that ended by ${reason}`);
    return {
      ids,
      logProbs: choice?.logprobs?.token_logprobs.map((value) => value ?? Number.NaN),
      stopped: reason === 'stop',
    };
  }

  readonly score = async (model: string, ids: TokenIds, signal: AbortSignal | undefined): Promise<TokenLogProbs> => {
    const body = { model, prompt: ids, n: 1, max_tokens: 1, temperature: 1, prompt_logprobs: 0 };
    const work = () => this.#client.complete(COMPLETIONS, body, completion, signal);
    const { choices } = await (this.weights.adapters ? this.#turnstile.alone(work) : this.#turnstile.shared(work));
    const found = choices[0]?.prompt_logprobs;
    if (found?.length !== ids.length || found[0] !== null)
      throw this.#client.broken(COMPLETIONS, `${found?.length ?? 'no'} log-probs of a prompt of ${ids.length} tokens`);
    const values = Float32Array.from(found.slice(1), (own, i) => own?.[String(ids[i + 1])]?.logprob ?? Number.NaN);
    const absent = ids.findIndex((id, i) => i > 0 && found[i]?.[String(id)] === undefined);
    if (absent >= 0)
      throw this.#client.broken(COMPLETIONS, `no log-prob of token ${ids[absent]} at position ${absent} of a prompt`);
    const bad = values.findIndex((value) => !(value <= 1e-3) || !Number.isFinite(value));
    if (bad >= 0) throw new NumericError(`the server computes the log-prob ${values[bad]}`, { tensor: 'logProbs' });
    return asLogProbs(values);
  };

  async tokenize(model: string, text: string): Promise<readonly number[]> {
    const body = { model, prompt: text, add_special_tokens: false };
    return (await this.#client.json({ method: 'POST', path: '/tokenize', body }, tokenized)).tokens;
  }
}

class VllmWeights implements WeightCalls {
  readonly adapters: boolean;
  readonly reload: boolean;
  readonly versions: boolean;
  readonly #client: Client;

  constructor(client: Client, adapters: boolean, reload: boolean, versions: boolean) {
    this.#client = client;
    this.adapters = adapters;
    this.reload = reload;
    this.versions = versions;
  }

  async loadAdapter(name: string, directory: string): Promise<void> {
    const body = { lora_name: name, lora_path: directory };
    const ask = { method: 'POST', path: LOAD_ADAPTER, body, timeoutMs: WEIGHTS_TIMEOUT_MS } as const;
    const reply = await this.#client.send(ask);
    // The name is used once: an adapter that is there already was loaded by an attempt whose answer was lost.
    if (reply.status === 400 && JSON.stringify(reply.body).includes('already been loaded')) return;
    const remedy =
      'The server must see this folder under the same path, and needs --max-lora-rank of at least the rank of lora.';
    this.#client.accepted(ask, reply, { file: directory, remedy });
  }

  async unloadAdapter(name: string): Promise<void> {
    await this.#client.send({ method: 'POST', path: UNLOAD_ADAPTER, body: { lora_name: name } });
  }

  async reloadWeights(directory: string, name: string): Promise<void> {
    const body = { method: 'reload_weights', kwargs: { weights_path: directory } };
    const reload = { method: 'POST', path: WORKERS, body, timeoutMs: WEIGHTS_TIMEOUT_MS } as const;
    const remedy = 'The server must see this folder under the same path, and serve a model of its form.';
    this.#client.accepted(reload, await this.#client.send(reload), { file: directory, remedy });
    // Keys and values of the old weights must not meet the new ones.
    const reset = { method: 'POST', path: '/reset_prefix_cache', body: {} } as const;
    this.#client.accepted(reset, await this.#client.send(reset));
    if (!this.versions) return;
    const mark = { method: 'POST', path: '/update_weight_version', body: { new_version: name } } as const;
    this.#client.accepted(mark, await this.#client.send(mark));
  }

  async version(): Promise<string> {
    return (await this.#client.json({ method: 'GET', path: '/weight_info' }, weightInfo)).weight_version;
  }
}

const PROBE_TEXT = 'A probe of what the log-probs are.';

/** Which log-probs come with samples: `--logprobs-mode` of the server decides, and no call tells it. */
async function measureLogProbs(vllm: Vllm, model: string): Promise<SampledLogProbs['of']> {
  const prompt = tokenIds((await vllm.tokenize(model, PROBE_TEXT)).slice(0, 8));
  return sampledKind(async (temperature) => {
    const settings = { temperature, maxTokens: 6, stopIds: tokenIds([]) };
    const { ids, logProbs } = await vllm.sample({ model, prompt, settings, maxTokens: 6, seed: 1, signal: undefined });
    if (logProbs === undefined) return undefined;
    const scored = await vllm.score(model, tokenIds([...prompt, ...ids]), undefined);
    return { reported: [...logProbs], atOne: [...scored].slice(prompt.length - 1) };
  });
}
