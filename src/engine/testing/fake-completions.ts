/**
 * Servers of the completions API with the local engine behind them: they answer in the form in which vLLM 0.32 and
 * llama.cpp's server were recorded, over real sockets.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { randomKey } from '../../random.js';
import { loadTokenizer } from '../../text/tokenizer/tokenizer.js';
import { concatIds, type TokenIds, tokenIds } from '../../text/tokens.js';
import type {
  Completion,
  DirectorySource,
  Engine,
  Model,
  SampleRequest,
  ScoreRequest,
  TokenLogProbs,
} from '../engine.js';
import { type CompletionsSettings, openCompletionsEngine } from '../openai/completions-engine.js';
import { batched } from './batched.js';
import { openExactEngine } from './completions-models.js';

export interface FakeSettings {
  readonly kind?: 'vllm' | 'llamacpp';
  /** The directory of each model, by its name. */
  readonly models: Readonly<Record<string, string>>;
  readonly contextTokens?: number;
  /** What --logprobs-mode makes of the log-probs of samples. */
  readonly logProbs?: 'raw' | 'processed';
  readonly key?: string;
  /** Without them, the endpoints that change weights are not there. */
  readonly weights?: boolean;
  /** As with or without --enable-lora. */
  readonly lora?: boolean;
  /** New weights are accepted and not used. */
  readonly keepsWeights?: boolean;
  /** May answer in place of the server: for faults. */
  readonly before?: (path: string, body: Body) => { readonly status: number; readonly json: unknown } | undefined;
}

export interface FakeServer {
  readonly url: string;
  /** Every request, as method and path, with its body. */
  readonly seen: { readonly call: string; readonly body: Body }[];
  /** Most completions that were computed at one time. */
  readonly mostInFlight: () => number;
  readonly engine: (settings?: Partial<CompletionsSettings>) => Promise<Engine>;
  close(): Promise<void>;
}

class Computing {
  readonly model: Model;
  readonly sample: (request: SampleRequest) => Promise<Completion[]>;
  readonly score: (sequence: ScoreRequest) => Promise<TokenLogProbs>;

  constructor(model: Model) {
    this.model = model;
    this.sample = batched((requests) => model.sample(requests));
    this.score = batched((sequences) => model.logProbs(sequences));
  }
}

type Body = Readonly<Record<string, unknown>>;
interface Loaded {
  readonly model: Computing;
  readonly root: string;
  readonly parent: string | null;
}
class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const numbers = (value: unknown): TokenIds => tokenIds(Array.isArray(value) ? value.map(Number) : []);
const text = (value: unknown): string => String(value);

export async function fakeCompletions(settings: FakeSettings): Promise<FakeServer> {
  const { kind = 'vllm', contextTokens, logProbs = 'raw', key, weights = true, lora = true, before } = settings;
  const local = await openExactEngine();
  const loaded = new Map<string, Loaded>();
  const open = async (root: string, adapter?: string): Promise<Computing> => {
    const source: DirectorySource = { kind: 'directory', directory: root, ...(adapter !== undefined && { adapter }) };
    return new Computing(await local.open(source));
  };
  for (const [name, root] of Object.entries(settings.models))
    loaded.set(name, { model: await open(root), root, parent: null });
  const [first] = loaded.values();
  if (first === undefined) throw new Error('a server without models');
  const longest = contextTokens ?? first.model.model.facts.contextTokens + 1;
  const tokenizer = await loadTokenizer(first.root);
  const seen: FakeServer['seen'] = [];
  let version = 'default';
  let inFlight = 0;
  let mostInFlight = 0;
  let scoring = false;

  const named = (name: unknown): Loaded => {
    const found = loaded.get(text(name));
    if (found !== undefined) return found;
    throw new Refused(
      404,
      `The model \`${text(name)}\` does not exist. Valid aliases: ${[...loaded.keys()].join(', ')}.`,
    );
  };
  const scored = async ({ score }: Computing, ids: TokenIds, from: number): Promise<readonly number[]> => {
    const positions = ids.flatMap((_, i) => (i >= from ? [i] : []));
    if (positions.length === 0) return [];
    return [...(await score({ ids, positions, temperature: 1 }))];
  };
  const sampled = async (computing: Computing, body: Body, stopIds: TokenIds, maxTokens: number) => {
    const { facts } = computing.model;
    const prompt = numbers(body.prompt);
    const bad = prompt.find((id) => id < 0 || id >= facts.vocabularySize);
    if (bad !== undefined) throw new Refused(400, `Token id ${bad} is out of vocabulary`);
    if (prompt.length + maxTokens > longest)
      throw new Refused(400, `This model's maximum context length is ${longest} tokens.`);
    const temperature = Number(body.temperature);
    const topK = Number(body.top_k ?? 0);
    const request = {
      prompt,
      count: 1,
      key: randomKey(Number(body.seed ?? 0)),
      settings: {
        temperature,
        topP: Number(body.top_p ?? 1),
        topK: Math.max(0, topK),
        minP: Number(body.min_p ?? 0),
        maxTokens,
        stopIds,
      },
    };
    const [completion] = await computing.sample(request);
    if (completion === undefined) throw new Error('no completion');
    const { ids } = completion;
    const tempered = completion.logProbs.of === 'none' ? [] : [...completion.logProbs.values];
    const isRaw = temperature !== 1 && (logProbs === 'raw' || kind === 'llamacpp');
    const raw = isRaw ? await scored(computing, concatIds(prompt, ids), prompt.length) : tempered;
    return { prompt, ids, ended: completion.ended, values: raw };
  };

  const vllm: Record<string, (body: Body) => Promise<unknown> | unknown> = {
    'GET /v1/models': () => ({
      object: 'list',
      data: [...loaded].map(([id, { root, parent }]) => ({
        id,
        object: 'model',
        created: 1795639778,
        owned_by: 'vllm',
        root,
        parent,
        max_model_len: parent === null ? longest : null,
        permission: [],
      })),
    }),
    'GET /version': () => ({ version: '0.32.0' }),
    'GET /weight_info': () => ({ weight_version: version }),
    async 'POST /tokenize'({ prompt }) {
      const tokens = tokenizer.encode(text(prompt));
      return { count: tokens.length, max_model_len: longest, tokens, token_strs: null };
    },
    async 'POST /v1/completions'(body) {
      const { model } = named(body.model);
      const maxTokens = Number(body.max_tokens ?? 16);
      const { prompt, ids, ended, values } = await sampled(model, body, numbers(body.stop_token_ids), maxTokens);
      const wants = (field: string) => body[field] !== undefined && body[field] !== null;
      const prompted = wants('prompt_logprobs') ? await scored(model, prompt, 1) : undefined;
      return {
        id: 'cmpl-0',
        object: 'text_completion',
        created: 1795639778,
        model: text(body.model),
        choices: [
          {
            index: 0,
            text: '',
            logprobs: wants('logprobs')
              ? {
                  text_offset: ids.map(() => 0),
                  token_logprobs: values,
                  tokens: ids.map(() => ''),
                  top_logprobs: values.map((value) => ({ '': value })),
                }
              : null,
            finish_reason: ended === 'stop' ? 'stop' : 'length',
            stop_reason: ended === 'stop' ? ids.at(-1) : null,
            token_ids: body.return_token_ids === true ? ids : null,
            prompt_logprobs:
              prompted === undefined
                ? null
                : [
                    null,
                    ...prompted.map((logprob, i) => ({
                      [String(prompt[i + 1])]: { logprob, rank: 1, decoded_token: '' },
                    })),
                  ],
            prompt_token_ids: null,
          },
        ],
        usage: {
          prompt_tokens: prompt.length,
          total_tokens: prompt.length + ids.length,
          completion_tokens: ids.length,
        },
      };
    },
    'GET /v1/load_lora_adapter': () => {
      throw new Refused(405, 'Method Not Allowed');
    },
    async 'POST /v1/load_lora_adapter'({ lora_name, lora_path }) {
      const name = text(lora_name);
      if (!lora) throw new Refused(500, 'LoRA is not enabled. Use --enable-lora to enable LoRA.');
      if (loaded.has(name)) throw new Refused(400, `The lora adapter '${name}' has already been loaded.`);
      const model = await open(first.root, text(lora_path)).catch(() => {
        throw new Refused(404, `Loading lora ${name} failed: No adapter found for ${text(lora_path)}`);
      });
      loaded.set(name, { model, root: text(lora_path), parent: [...loaded.keys()][0] ?? null });
      return `Success: LoRA adapter '${name}' added successfully.`;
    },
    async 'POST /v1/unload_lora_adapter'({ lora_name }) {
      await named(lora_name).model.model.close();
      loaded.delete(text(lora_name));
      return `Success: LoRA adapter '${text(lora_name)}' removed successfully.`;
    },
    'GET /collective_rpc': () => {
      throw new Refused(405, 'Method Not Allowed');
    },
    async 'POST /collective_rpc'({ kwargs }) {
      const root = text((kwargs as Body).weights_path);
      const [[name, old] = []] = loaded;
      if (name === undefined || old === undefined) throw new Error('no model');
      if (settings.keepsWeights === true) return { results: [null] };
      const model = await open(root).catch((error: unknown) => {
        throw new Refused(500, `Call to collective_rpc method failed: Worker failed with error '${String(error)}'`);
      });
      await old.model.model.close();
      loaded.set(name, { ...old, model });
      return { results: [null] };
    },
    'POST /reset_prefix_cache': () => ({ success: true }),
    'POST /update_weight_version'({ new_version }) {
      version = text(new_version);
      return { success: true, new_version: version };
    },
  };

  const llama: typeof vllm = {
    'GET /v1/models': () => ({
      object: 'list',
      data: [...loaded].map(
        ([
          id,
          {
            model: { model },
          },
        ]) => ({
          id,
          object: 'model',
          created: 1795639900,
          owned_by: 'llamacpp',
          meta: { vocab_type: 2, n_vocab: model.facts.vocabularySize, n_ctx: longest },
        }),
      ),
    }),
    'POST /tokenize': ({ content }) => ({ tokens: tokenizer.encode(text(content)) }),
    async 'POST /completion'(body) {
      // It knows no stop ids, and ends at the end of text of its own.
      const own = tokenIds([2]);
      const { ids, ended, values } = await sampled(first.model, body, own, Number(body.n_predict));
      return {
        index: 0,
        content: '',
        tokens: ids,
        stop: true,
        stop_type: ended === 'stop' ? 'eos' : 'limit',
        truncated: false,
        completion_probabilities: ids.map((id, i) => ({
          id,
          token: '',
          bytes: [],
          logprob: values[i],
          top_logprobs: [],
        })),
      };
    },
  };

  const CHANGES_WEIGHTS = /lora_adapter|collective_rpc|weight/;
  const routes = kind === 'vllm' ? vllm : llama;
  async function answer(call: string, body: Body, request: IncomingMessage) {
    if (key !== undefined && request.headers.authorization !== `Bearer ${key}`) throw new Refused(401, 'Unauthorized');
    const route = weights || !CHANGES_WEIGHTS.test(call) ? routes[call] : undefined;
    if (route === undefined) throw new Refused(404, 'Not Found');
    if (!call.includes('completion')) return route(body);
    // With --enable-lora, vLLM 0.32 on the CPU ends where log-probs of a prompt are computed together with anything.
    const scores = kind === 'vllm' && lora && weights && body.prompt_logprobs !== undefined;
    if (scoring || (scores && inFlight > 0)) throw new Error('EngineCore encountered an issue.');
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    scoring = scores;
    try {
      return await route(body);
    } finally {
      inFlight -= 1;
      scoring = false;
    }
  }

  const reply = (response: ServerResponse, status: number, json: unknown) => {
    const isText = typeof json === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json' });
    response.end(isText ? json : JSON.stringify(json));
  };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const call = `${request.method} ${request.url}`;
    const written = Buffer.concat(parts).toString();
    const body: Body = written === '' ? {} : JSON.parse(written);
    seen.push({ call, body });
    const fault = before?.(request.url ?? '', body);
    if (fault !== undefined) {
      reply(response, fault.status, fault.json);
      return;
    }
    try {
      reply(response, 200, await answer(call, body, request));
    } catch (error) {
      const status = error instanceof Refused ? error.status : 500;
      reply(response, status, {
        error: { message: String((error as Error).message), type: 'Error', param: null, code: status },
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    url,
    seen,
    mostInFlight: () => mostInFlight,
    engine: (more = {}) => openCompletionsEngine({ ...completionsSettings(url), ...more }, QUICK),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await local.close();
    },
  };
}

/** Delays between attempts are short, so that tests with faults are. */
const QUICK = { backoffMs: 2, mostBackoffMs: 20, patienceMs: 2000, handshakePatienceMs: 1000 };

export const completionsSettings = (url: string): CompletionsSettings => ({
  url,
  apiKeyVariable: 'RLT_TEST_NO_KEY',
  apiKeyFile: null,
  model: null,
  requestsInFlight: 32,
  timeoutSeconds: 120,
});
