/**
 * Batched sampling with a cache of keys and values. Sequences advance in waves of G groups with S rows each, where the
 * rows of a group continue one prompt, whose keys and values are computed and kept once. Rows that end leave the batch.
 */
import type * as ort from 'onnxruntime-node';
import { InputError, InterruptedError, NumericError } from '../../errors.js';
import { uniformAt } from '../../random.js';
import type { CallOptions, Completion, SampleRequest } from '../engine.js';
import { chooseToken } from './choice.js';
import type { Architecture } from './files/config.js';
import { decodeProgram, promptProgram, type Subject } from './programs.js';
import type { Runtime } from './runtime.js';
import { causalBias, checkIds, MASKED } from './sequences.js';
import { type Feeds, floats, integers, type Results } from './session.js';
import { FEW_ROWS } from './transformer.js';

export interface SamplingJob {
  readonly runtime: Runtime;
  readonly subject: Subject;
  readonly weights: Feeds;
  readonly options: CallOptions | undefined;
}

/** Refuses what cannot be sampled; names each request by its index in the call. */
export function checkRequests(architecture: Architecture, requests: readonly SampleRequest[]): void {
  if (requests.length === 0)
    throw new InputError('no prompts to sample from', { remedy: 'Pass at least one request.' });
  requests.forEach(({ prompt, count, settings }, sample) => {
    const { temperature, topP = 1, topK = 0, minP = 0, maxTokens } = settings;
    if (prompt.length === 0) throw new InputError('an empty prompt', { sample });
    if (prompt.length >= architecture.contextTokens) {
      throw new InputError(
        `a prompt of ${prompt.length} tokens leaves no room in the context of ${architecture.contextTokens}`,
        {
          sample,
          remedy: 'Shorten or skip it.',
        },
      );
    }
    checkIds(architecture, prompt, sample);
    const wrong = !(Number.isInteger(count) && count >= 1)
      ? `count ${count} is not a positive whole number`
      : !(temperature >= 0 && Number.isFinite(temperature))
        ? `temperature ${temperature} is not a number from 0`
        : !(topP > 0 && topP <= 1)
          ? `topP ${topP} is not in (0, 1]`
          : !(Number.isInteger(topK) && topK >= 0)
            ? `topK ${topK} is not a whole number from 0`
            : !(minP >= 0 && minP <= 1)
              ? `minP ${minP} is not in [0, 1]`
              : !(Number.isInteger(maxTokens) && maxTokens >= 1)
                ? `maxTokens ${maxTokens} is not a positive whole number`
                : undefined;
    if (wrong !== undefined) throw new InputError(wrong, { sample });
  });
}

/** One completion being written. */
interface Row {
  readonly request: number;
  readonly sample: number;
  readonly limit: number;
  readonly ids: number[];
  readonly logProbs: number[];
  ended: Completion['ended'] | undefined;
}

interface Group {
  readonly request: SampleRequest;
  rows: Row[];
}

/** Bytes of keys and values of one token. */
const tokenBytes = (a: Architecture): number => 2 * 4 * a.layers * a.keyValueHeads * a.headSize;

const roomFor = (a: Architecture, { prompt, settings }: SampleRequest): number =>
  Math.min(settings.maxTokens, a.contextTokens - prompt.length);

/** Cuts the requests into waves that fit the cache, like prompts together. */
function waves(architecture: Architecture, requests: readonly SampleRequest[], cacheBytes: number): Group[][] {
  const groups: Group[] = [];
  requests.forEach((request, index) => {
    const limit = roomFor(architecture, request);
    const rowBytes = tokenBytes(architecture) * limit;
    const most = Math.max(1, Math.floor(cacheBytes / rowBytes));
    for (let start = 0; start < request.count; start += most) {
      const rows = Array.from({ length: Math.min(most, request.count - start) }, (_, i) => {
        return { request: index, sample: start + i, limit, ids: [], logProbs: [], ended: undefined };
      });
      groups.push({ request, rows });
    }
  });
  const reach = ({ request }: Group) => roomFor(architecture, request);
  groups.sort(
    (a, b) => b.rows.length - a.rows.length || reach(b) - reach(a) || b.request.prompt.length - a.request.prompt.length,
  );
  const result: Group[][] = [];
  let wave: Group[] = [];
  let prompt = 0;
  for (const group of groups) {
    const [head] = wave;
    const longest = Math.max(prompt, group.request.prompt.length);
    const rows = head?.rows.length ?? group.rows.length;
    const own = rows * (head === undefined ? reach(group) : Math.max(reach(head), reach(group)));
    if (head !== undefined && (wave.length + 1) * (own + longest) * tokenBytes(architecture) > cacheBytes) {
      result.push(wave);
      wave = [];
      prompt = 0;
    }
    wave.push(group);
    prompt = Math.max(prompt, group.request.prompt.length);
  }
  if (wave.length > 0) result.push(wave);
  return result;
}

/** Keys and values of one layer side by side: [0] keys, [1] values. */
type LayerCache = [Float32Array, Float32Array];

const KINDS = ['key', 'value'] as const;

class Wave {
  readonly #job: SamplingJob;
  readonly #a: Architecture;
  #groups: Group[];
  /** Rows of every group, the dead ones too. */
  #slots: number;
  #promptTokens: number;
  #prompt: LayerCache[] = [];
  #past: LayerCache[] = [];
  #capacity = 0;
  #filled = 0;
  #tokens = 0;

  constructor(job: SamplingJob, groups: Group[]) {
    this.#job = job;
    this.#a = job.subject.architecture;
    this.#groups = groups;
    this.#slots = Math.max(...groups.map((group) => group.rows.length));
    this.#promptTokens = Math.max(...groups.map((group) => group.request.prompt.length));
  }

  async run(onTokens: (tokens: number, done: number) => void): Promise<void> {
    await this.#readPrompts();
    onTokens(this.#tokens, 0);
    let alive = this.#retire();
    while (this.#groups.length > 0) {
      if (this.#job.options?.signal?.aborted === true) throw new InterruptedError();
      const before = alive;
      this.#tokens = 0;
      await this.#advance();
      alive = this.#retire();
      onTokens(this.#tokens, before - alive);
    }
  }

  /** The prompts of all groups, in micro-batches of like length; samples each row's first token. */
  async #readPrompts(): Promise<void> {
    const { runtime, subject, weights } = this.#job;
    const a = this.#a;
    const rotary = runtime.rotary(a, this.#promptTokens);
    const perGroup = a.keyValueHeads * this.#promptTokens * a.headSize;
    this.#prompt = Array.from(
      { length: a.layers },
      () => [0, 1].map(() => new Float32Array(this.#groups.length * perGroup)) as LayerCache,
    );
    const budget = Math.max(1, Math.floor(runtime.budget(a, false).tokens / this.#promptTokens));
    for (let start = 0; start < this.#groups.length; start += budget) {
      if (this.#job.options?.signal?.aborted === true) throw new InterruptedError();
      const groups = this.#groups.slice(start, start + budget);
      const length = Math.max(...groups.map((group) => group.request.prompt.length));
      const ids = new Int32Array(groups.length * length);
      const positions = Int32Array.from(ids, (_, i) => i % length);
      groups.forEach((group, g) => {
        ids.set(group.request.prompt, g * length);
      });
      const sharing = a.heads / a.keyValueHeads;
      const few = this.#areFew(ids.length);
      const session = await runtime.session(subject, `prompt ${few}`, false, () => promptProgram(subject, few));
      const results = await session.run({
        ...weights,
        ...rotary,
        ids: integers(ids, [groups.length, length]),
        positions: integers(positions, [ids.length]),
        causal: floats(causalBias(length, sharing), [sharing * length, length]),
        chosen: integers(
          groups.map((group, g) => g * length + group.request.prompt.length - 1),
          [groups.length],
        ),
        inverseTemperature: floats(Float32Array.from(groups, inverseTemperature), [groups.length, 1]),
      });
      this.#prompt.forEach((cache, layer) => {
        KINDS.forEach((kind, side) => {
          const fresh = resultOf(results, `${kind}:${layer}`);
          const kept = cache[side as 0 | 1];
          const [from, to] = [length * a.headSize, this.#promptTokens * a.headSize];
          for (let block = 0; block < groups.length * a.keyValueHeads; block++) {
            kept.set(fresh.subarray(block * from, (block + 1) * from), (start * a.keyValueHeads + block) * to);
          }
        });
      });
      const probabilities = resultOf(results, 'probabilities');
      groups.forEach((group, g) => {
        const distribution = probabilities.subarray(g * a.vocabularySize, (g + 1) * a.vocabularySize);
        for (const row of group.rows) this.#extend(group, row, distribution);
      });
    }
  }

  /** Whether the form of program for few rows is the faster one; measured on the CPU alone. */
  #areFew(rows: number): boolean {
    return rows <= FEW_ROWS && this.#job.runtime.settings.provider === 'cpu';
  }

  /** Samples the next token of a row. */
  #extend({ request }: Group, row: Row, distribution: Float32Array): void {
    const { settings, key, firstSample = 0 } = request;
    const position = row.ids.length;
    const choice = chooseToken(distribution, settings, uniformAt(key, firstSample + row.sample, position));
    if (choice === undefined) {
      throw new NumericError(`the distribution of token ${position} of sample ${row.sample} is not a distribution`, {
        sample: row.request,
        tensor: 'probabilities',
      });
    }
    row.ids.push(choice.id);
    row.logProbs.push(choice.logProb);
    this.#tokens += 1;
    if (settings.stopIds.includes(choice.id)) row.ended = 'stop';
    else if (row.ids.length >= row.limit) row.ended = row.limit < settings.maxTokens ? 'context' : 'length';
  }

  /** One more token for every living row. */
  async #advance(): Promise<void> {
    const { runtime, subject, weights } = this.#job;
    const a = this.#a;
    const few = this.#areFew(this.#groups.length * this.#slots);
    const session = await runtime.session(subject, `decode ${few}`, false, () => decodeProgram(subject, few));
    if (this.#filled === this.#capacity) this.#grow();
    const [G, S, P, C] = [this.#groups.length, this.#slots, this.#promptTokens, this.#capacity];
    const ids = new Int32Array(G * S);
    const positions = new Int32Array(G * S);
    const inverse = new Float32Array(G * S).fill(1);
    const promptBias = new Float32Array(G * P);
    let longest = 1;
    this.#groups.forEach((group, g) => {
      promptBias.fill(MASKED, g * P + group.request.prompt.length, (g + 1) * P);
      group.rows.forEach((row, s) => {
        ids[g * S + s] = row.ids.at(-1) as number;
        positions[g * S + s] = group.request.prompt.length + row.ids.length - 1;
        inverse[g * S + s] = inverseTemperature(group);
        longest = Math.max(longest, (positions[g * S + s] as number) + 1);
      });
    });
    const feeds: Record<string, ort.Tensor> = {
      ids: integers(ids, [G, S]),
      positions: integers(positions, [G * S]),
      inverseTemperature: floats(inverse, [G * S, 1]),
      promptBias: floats(promptBias, [G, 1, 1, 1, P]),
      pastBias: floats(new Float32Array(C).fill(MASKED, this.#filled), [1, 1, 1, 1, C]),
    };
    for (let layer = 0; layer < a.layers; layer++) {
      const [prompt, past] = [this.#prompt[layer], this.#past[layer]] as [LayerCache, LayerCache];
      feeds[`promptKey:${layer}`] = floats(prompt[0], [G, a.keyValueHeads, P, a.headSize]);
      feeds[`promptValue:${layer}`] = floats(prompt[1], [G, a.keyValueHeads, P, a.headSize]);
      feeds[`pastKey:${layer}`] = floats(past[0], [G, a.keyValueHeads, S, C, a.headSize]);
      feeds[`pastValue:${layer}`] = floats(past[1], [G, a.keyValueHeads, S, C, a.headSize]);
    }
    const results = await session.run({ ...weights, ...runtime.rotary(a, longest), ...feeds });
    const rows = G * a.keyValueHeads * S;
    this.#past.forEach((cache, layer) => {
      KINDS.forEach((kind, side) => {
        placeColumn(resultOf(results, `${kind}:${layer}`), cache[side as 0 | 1], rows, C, this.#filled, a.headSize);
      });
    });
    this.#filled += 1;
    const probabilities = resultOf(results, 'probabilities');
    this.#groups.forEach((group, g) => {
      group.rows.forEach((row, s) => {
        if (row.ended !== undefined) return;
        const start = (g * S + s) * a.vocabularySize;
        this.#extend(group, row, probabilities.subarray(start, start + a.vocabularySize));
      });
    });
  }

  /** Lets ended rows go where that makes the batch clearly smaller; returns how many rows live. */
  #retire(): number {
    const living = this.#groups.map((group) =>
      group.rows.flatMap((row, slot) => (row.ended === undefined ? [{ row, slot }] : [])),
    );
    const alive = living.reduce((total, rows) => total + rows.length, 0);
    const keptGroups = living.flatMap((rows, g) => (rows.length > 0 ? [g] : []));
    const slots = Math.max(0, ...living.map((rows) => rows.length));
    const [before, after] = [this.#groups.length * this.#slots, keptGroups.length * slots];
    if (after === before || (after > 0.9 * before && alive > 0)) return alive;
    if (after > 0) {
      const { keyValueHeads: heads, headSize } = this.#a;
      const block = this.#capacity * headSize;
      this.#past = this.#past.map(
        (cache) =>
          cache.map((old) => {
            const fresh = new Float32Array(keptGroups.length * heads * slots * block);
            keptGroups.forEach((g, to) => {
              for (let head = 0; head < heads; head++) {
                living[g]?.forEach(({ slot }, s) => {
                  const from = ((g * heads + head) * this.#slots + slot) * block;
                  fresh.set(
                    old.subarray(from, from + this.#filled * headSize),
                    ((to * heads + head) * slots + s) * block,
                  );
                });
              }
            });
            return fresh;
          }) as LayerCache,
      );
      if (keptGroups.length < this.#groups.length) {
        const perGroup = heads * this.#promptTokens * headSize;
        const keep = (old: Float32Array) => {
          const fresh = new Float32Array(keptGroups.length * perGroup);
          keptGroups.forEach((g, to) => {
            fresh.set(old.subarray(g * perGroup, (g + 1) * perGroup), to * perGroup);
          });
          return fresh;
        };
        this.#prompt = this.#prompt.map((cache) => cache.map(keep) as LayerCache);
      }
    }
    this.#groups = keptGroups.map((g) => ({
      request: (this.#groups[g] as Group).request,
      rows: (living[g] ?? []).map(({ row }) => row),
    }));
    this.#slots = slots;
    return alive;
  }

  /** More columns for generated tokens: by a quarter and at least 32, so that copying stays a small share of the work. */
  #grow(): void {
    const { layers, keyValueHeads, headSize } = this.#a;
    const rows = this.#groups.length * keyValueHeads * this.#slots;
    const most = Math.max(...this.#groups.flatMap((group) => group.rows.map((row) => row.limit)));
    const capacity = Math.min(most, Math.ceil(Math.max(this.#capacity + 32, this.#capacity * 1.25) / 16) * 16);
    const old = this.#capacity;
    this.#past = Array.from(
      { length: layers },
      (_, layer) =>
        [0, 1].map((side) => {
          const fresh = new Float32Array(rows * capacity * headSize);
          const known = this.#past[layer]?.[side as 0 | 1];
          if (known !== undefined && old > 0) {
            for (let row = 0; row < rows; row++) {
              fresh.set(known.subarray(row * old * headSize, (row + 1) * old * headSize), row * capacity * headSize);
            }
          }
          return fresh;
        }) as LayerCache,
    );
    this.#capacity = capacity;
  }
}

/** Column `column` of [rows, columns, width] <- [rows, width]. */
function placeColumn(
  fresh: Float32Array,
  kept: Float32Array,
  rows: number,
  columns: number,
  column: number,
  width: number,
): void {
  for (let row = 0; row < rows; row++) {
    let to = (row * columns + column) * width;
    // An element loop: for rows this short it is faster than making a view of each.
    for (let from = row * width; from < (row + 1) * width; from++) kept[to++] = fresh[from] as number;
  }
}

function inverseTemperature({ request }: Group): number {
  const { temperature } = request.settings;
  return temperature === 0 ? 1 : 1 / temperature;
}

function resultOf(results: Results, name: string): Float32Array {
  const values = results.get(name);
  if (values === undefined) throw new Error(`the program has no output ${name}`);
  return values;
}

/** completions[request][sample] of requests that `checkRequests` has passed. Throws NumericError for bad numbers. */
export async function sample(job: SamplingJob, requests: readonly SampleRequest[]): Promise<Completion[][]> {
  const { architecture } = job.subject;
  const completions: Completion[][] = requests.map(() => []);
  let tokens = 0;
  let sequencesDone = 0;
  for (const groups of waves(architecture, requests, job.runtime.settings.cacheBytes)) {
    const rows = groups.flatMap((group) => group.rows);
    await new Wave(job, groups).run((more, done) => {
      tokens += more;
      sequencesDone += done;
      job.options?.onProgress?.({ tokens, sequencesDone });
    });
    for (const { request, sample: index, ids, logProbs, ended } of rows) {
      if (ended === undefined) throw new Error(`sample ${index} of request ${request} did not end`);
      (completions[request] as Completion[])[index] = { ids, logProbs: Float32Array.from(logProbs), ended };
    }
  }
  return completions;
}
