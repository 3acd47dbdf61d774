/**
 * A batch of sequences being sampled with a cache of keys and values: G groups with S rows each, where the rows of a
 * group continue one prompt, whose keys and values are computed and kept once. Rows that end leave the batch.
 */
import type * as ort from 'onnxruntime-node';
import { InterruptedError, NumericError } from '../../../errors.js';
import { uniformAt } from '../../../random.js';
import type { Completion, SampleOptions } from '../../engine.js';
import type { Architecture } from '../files/architecture.js';
import { at } from '../graph/graph.js';
import type { Session } from '../graph/session.js';
import { type Feeds, floats, integers, type Results, resultOf } from '../graph/tensors.js';
import { causalFeeds, firstSeen, MASKED, masksOf, windowed } from '../programs/masks.js';
import { decodeProgram, deviceDecodeProgram, prefillProgram } from '../programs/sampling-programs.js';
import { FEW_ROWS } from '../programs/weight-inputs.js';
import type { ModelForm } from '../weights/model-form.js';
import type { QuantisedValues } from '../weights/quantised.js';
import { type BatchCache, HostCache } from './batch-cache.js';
import { type Choice, chooseToken, isPlain } from './choice.js';
import { DeviceCache } from './device/cache.js';
import { blockSizeOf, chooseOnDevice } from './device/choice.js';
import type { PromptGroup, SamplingRow } from './prompt-groups.js';
import type { Runtime, WeightFeeds } from './runtime.js';

export interface SamplingJob {
  readonly runtime: Runtime;
  readonly form: ModelForm;
  readonly weights: WeightFeeds;
  /** Those of the weights that are held in few bits. */
  readonly quantised?: QuantisedValues | undefined;
  readonly options: SampleOptions | undefined;
}

/** Who is told of a batch's progress. */
interface BatchListener {
  onTokens(tokens: number, sequencesDone: number): void;
  onSampled(row: SamplingRow, id: number): void;
  onEnded(row: SamplingRow, ended: Completion['ended']): void;
}

export class SamplingBatch {
  readonly #job: SamplingJob;
  readonly #a: Architecture;
  #groups: PromptGroup[];
  /** Rows per group, ended ones included. */
  #slots: number;
  readonly #promptTokens: number;
  readonly #cache: BatchCache;
  /** Of how many probabilities a device gives the sum, where that suffices to choose tokens. */
  readonly #block: number | undefined;
  /** The longest completion that any row may reach. */
  readonly #limit: number;
  #filled = 0;
  /** Inputs that stay the same until the batch changes; `bias` masks one column fewer after each step. */
  #steady: { readonly bias: Float32Array; readonly feeds: Feeds } | undefined;
  #tokens = 0;

  readonly #listener: BatchListener;

  constructor(job: SamplingJob, groups: PromptGroup[], listener: BatchListener) {
    this.#job = job;
    this.#listener = listener;
    this.#a = job.form.architecture;
    this.#groups = groups;
    this.#slots = Math.max(...groups.map((group) => group.rows.length));
    this.#promptTokens = Math.max(...groups.map((group) => group.request.prompt.length));
    this.#limit = Math.max(...groups.flatMap((group) => group.rows.map((row) => row.limit)));
    const sizes = {
      groups: groups.length,
      slots: this.#slots,
      promptTokens: this.#promptTokens,
      limit: this.#limit,
    };
    const { device } = job.runtime;
    const plain = groups.every(({ request: { settings } }) => isPlain(settings));
    this.#block = device !== undefined && plain ? blockSizeOf(this.#a.vocabularySize) : undefined;
    this.#cache = device === undefined ? new HostCache(this.#a, sizes) : new DeviceCache(this.#a, sizes, device);
  }

  async run(): Promise<void> {
    try {
      await this.#sample();
    } finally {
      this.#cache.close();
    }
  }

  async #sample(): Promise<void> {
    await this.#prefill();
    this.#listener.onTokens(this.#tokens, 0);
    let alive = await this.#retire();
    while (this.#groups.length > 0) {
      if (this.#job.options?.signal?.aborted === true) throw new InterruptedError();
      const before = alive;
      this.#tokens = 0;
      await this.#advance();
      alive = await this.#retire();
      this.#listener.onTokens(this.#tokens, before - alive);
    }
  }

  /** The prompts of all groups, in micro-batches of like length; samples each row's first token. */
  async #prefill(): Promise<void> {
    const { runtime, form, weights } = this.#job;
    const a = this.#a;
    const rotary = runtime.rotary(a, this.#promptTokens);
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
      const few = this.#areFew(ids.length);
      const session = await runtime.session(
        form,
        `prefill ${few}`,
        () => prefillProgram(form, few, runtime.device !== undefined),
        {
          kind: 'prefill',
          read: ['probabilities'],
        },
      );
      const results = await session.run({
        ...(await weights(session.inputs)),
        ...rotary,
        ids: integers(ids, [groups.length, length]),
        positions: integers(positions, [ids.length]),
        ...causalFeeds(a, 'causal', length),
        chosen: integers(
          groups.map((group, g) => g * length + group.request.prompt.length - 1),
          [groups.length],
        ),
        inverseTemperature: floats(Float32Array.from(groups, inverseTemperature), [groups.length, 1]),
      });
      await this.#cache.addPrompts(results, groups.length, length);
      const probabilities = resultOf(results, 'probabilities');
      groups.forEach((group, g) => {
        const distribution = probabilities.subarray(g * a.vocabularySize, (g + 1) * a.vocabularySize);
        for (const row of group.rows)
          this.#extend(group, row, chooseToken(distribution, group.request.settings, uniformOf(group, row)));
      });
    }
  }

  /** Whether the program for few rows is the faster one; measured on the CPU only. */
  #areFew(rows: number): boolean {
    return rows <= FEW_ROWS && this.#job.runtime.settings.provider === 'cpu';
  }

  /** Takes the next token of a row. */
  #extend({ request: { settings } }: PromptGroup, row: SamplingRow, choice: Choice | undefined): void {
    const position = row.ids.length;
    if (choice === undefined) {
      throw new NumericError(`the distribution of token ${position} of sample ${row.sample} is not a distribution`, {
        sample: row.request,
        tensor: 'probabilities',
      });
    }
    row.ids.push(choice.id);
    row.logProbs.push(choice.logProb);
    this.#tokens += 1;
    this.#listener.onSampled(row, choice.id);
    const ended = settings.stopIds.includes(choice.id)
      ? 'stop'
      : row.ids.length < row.limit
        ? undefined
        : row.limit < settings.maxTokens
          ? 'context'
          : 'length';
    if (ended === undefined) return;
    row.ended = ended;
    this.#listener.onEnded(row, ended);
  }

  /** One more token for every row that has not ended. */
  async #advance(): Promise<void> {
    const { runtime, weights } = this.#job;
    const a = this.#a;
    const session = await this.#decoding();
    if (this.#filled === this.#cache.columns) await this.#grow();
    this.#steady ??= this.#prepareSteps();
    if (this.#cache.placesFirst) this.#unmask();
    const [G, S] = [this.#groups.length, this.#slots];
    const ids = new Int32Array(G * S);
    const positions = new Int32Array(G * S);
    let longest = 1;
    this.#groups.forEach((group, g) => {
      group.rows.forEach((row, s) => {
        const position = group.request.prompt.length + row.ids.length - 1;
        ids[g * S + s] = at(row.ids, row.ids.length - 1);
        positions[g * S + s] = position;
        longest = Math.max(longest, position + 1);
      });
    });
    const feeds = {
      ...(await weights(session.inputs)),
      ...runtime.rotary(a, longest),
      ...this.#cache.feeds(this.#filled),
      ...this.#steady.feeds,
      ...this.#windowFeeds(),
      ids: integers(ids, [G, S]),
      positions: integers(positions, [G * S]),
    };
    const results = await session.run(feeds);
    this.#cache.addToken(results, this.#filled);
    if (!this.#cache.placesFirst) this.#unmask();
    this.#filled += 1;
    const choices = await this.#choose(results);
    this.#groups.forEach((group, g) => {
      group.rows.forEach((row, s) => {
        if (row.ended === undefined) this.#extend(group, row, choices[g * S + s]);
      });
    });
  }

  /** The session that computes one more token per row. */
  #decoding(): Promise<Session> {
    const { runtime, form, quantised } = this.#job;
    if (runtime.device !== undefined) {
      const block = this.#block;
      const read = [block === undefined ? 'probabilities' : 'blocks'];
      const build = () => deviceDecodeProgram(form, block);
      return runtime.session(form, `decode by ${block}`, build, { kind: 'decoding', read });
    }
    const held = runtime.holdsWeights(form) ? quantised : undefined;
    // One program for any number of rows where it holds the weights.
    const few = held !== undefined || this.#areFew(this.#groups.length * this.#slots);
    const build = () => decodeProgram(form, few, held);
    return runtime.session(form, `decode ${few}`, build, { held, kind: 'decoding', read: ['probabilities'] });
  }

  /** Chooses a token for each of the G * S rows, by number; none for those that ended. */
  async #choose(results: Results): Promise<readonly (Choice | undefined)[]> {
    const rows = this.#groups.flatMap((group) =>
      Array.from({ length: this.#slots }, (_, slot) => {
        const row = group.rows[slot];
        return row === undefined || row.ended !== undefined ? undefined : { group, row };
      }),
    );
    const { device } = this.#job.runtime;
    if (device !== undefined && this.#block !== undefined) {
      const probabilities = device.adopt(results.onDevice('probabilities'));
      const uniforms = rows.map((one) => one && uniformOf(one.group, one.row));
      const choices = await chooseOnDevice(device, probabilities, resultOf(results, 'blocks'), uniforms);
      device.release([probabilities]);
      return choices;
    }
    const size = this.#a.vocabularySize;
    const probabilities = resultOf(results, 'probabilities');
    return rows.map((one, i) => {
      if (one === undefined) return undefined;
      const { group, row } = one;
      const distribution = probabilities.subarray(i * size, (i + 1) * size);
      return chooseToken(distribution, group.request.settings, uniformOf(group, row));
    });
  }

  /** Shows every row the column that is filled next. */
  #unmask(): void {
    if (this.#steady === undefined) return;
    const { bias } = this.#steady;
    const length = bias.length / this.#groups.length;
    for (let i = this.#promptTokens + this.#filled; i < bias.length; i += length) bias[i] = 0;
  }

  #prepareSteps() {
    const a = this.#a;
    const [G, S, P, C] = [this.#groups.length, this.#slots, this.#promptTokens, this.#cache.columns];
    const inverse = new Float32Array(G * S);
    // Where a token is in the cache before it is attended to, it has no column of its own.
    const length = P + C + (this.#cache.placesFirst ? 0 : 1);
    const bias = new Float32Array(G * length);
    this.#groups.forEach((group, g) => {
      inverse.fill(inverseTemperature(group), g * S, (g + 1) * S);
      bias.fill(MASKED, g * length + group.request.prompt.length, g * length + P);
      bias.fill(MASKED, g * length + P + this.#filled, g * length + P + C);
    });
    const feeds: Record<string, ort.Tensor> = {
      inverseTemperature: floats(inverse, [G * S, 1]),
      ...(masksOf(a).full ? { bias: floats(bias, [G, 1, 1, 1, length]) } : {}),
    };
    return { bias, feeds };
  }

  /** The mask of windowed layers, which moves with each token. */
  #windowFeeds(): Feeds {
    const { window } = masksOf(this.#a);
    if (window === undefined || this.#steady === undefined) return {};
    const [G, P] = [this.#groups.length, this.#promptTokens];
    const bias = this.#steady.bias.slice();
    const length = bias.length / G;
    this.#groups.forEach(({ request: { prompt } }, g) => {
      const first = firstSeen(prompt.length + this.#filled, window);
      const start = g * length;
      bias.fill(MASKED, start, start + Math.min(first, prompt.length));
      if (first > prompt.length) bias.fill(MASKED, start + P, start + P + first - prompt.length);
    });
    return { [windowed('bias')]: floats(bias, [G, 1, 1, 1, length]) };
  }

  /** Removes ended rows where that makes the batch clearly smaller; returns how many rows have not ended. */
  async #retire(): Promise<number> {
    const living = this.#groups.map((group) =>
      group.rows.flatMap((row, slot) => (row.ended === undefined ? [{ row, slot }] : [])),
    );
    const alive = living.reduce((total, rows) => total + rows.length, 0);
    const keptGroups = living.flatMap((rows, g) => (rows.length > 0 ? [g] : []));
    const slots = Math.max(0, ...living.map((rows) => rows.length));
    const [before, after] = [this.#groups.length * this.#slots, keptGroups.length * slots];
    if (after === before || (after > 0.9 * before && alive > 0)) return alive;
    this.#steady = undefined;
    if (after > 0) {
      const { keyValueHeads } = this.#a;
      const blocks = keptGroups.flatMap((g) =>
        Array.from({ length: keyValueHeads }, (_, head) => [g, g * keyValueHeads + head] as const),
      );
      // Groups with fewer rows left than the fullest one are padded with rows that belong to no completion.
      const sourceOf = (g: number, block: number, s: number) => {
        const slot = living[g]?.[s]?.slot;
        return slot === undefined ? undefined : block * this.#slots + slot;
      };
      await this.#cache.keep(
        blocks.map(([, block]) => block),
        blocks.flatMap(([g, block]) => Array.from({ length: slots }, (_, s) => sourceOf(g, block, s))),
        slots,
      );
    }
    this.#groups = keptGroups.map((g) => ({
      request: at(this.#groups, g).request,
      rows: (living[g] ?? []).map(({ row }) => row),
    }));
    this.#slots = slots;
    return alive;
  }

  /**
   * More columns for generated tokens: by a quarter and at least 16, so that moving rows remains a small share of the
   * work.
   */
  async #grow(): Promise<void> {
    const { columns } = this.#cache;
    const wider = Math.ceil(Math.max(columns + 16, columns * 1.25) / 16) * 16;
    await this.#cache.widen(Math.min(this.#limit, wider));
    this.#steady = undefined;
  }
}

/** The random number of a row's next token. */
function uniformOf({ request: { key, firstSample = 0 } }: PromptGroup, { sample, ids }: SamplingRow): number {
  return uniformAt(key, firstSample + sample, ids.length);
}

function inverseTemperature({ request }: PromptGroup): number {
  const { temperature } = request.settings;
  return temperature === 0 ? 1 : 1 / temperature;
}
