/**
 * A batch of sequences being sampled with a cache of keys and values: G groups with S rows each, where the rows of a
 * group continue one prompt, whose keys and values are computed and kept once. Rows that end leave the batch.
 */
import { InterruptedError, NumericError } from '../../../../errors.js';
import { uniformAt } from '../../../../random.js';
import type { Completion } from '../../../engine.js';
import type { Architecture } from '../../files/architecture.js';
import { at } from '../../graph/graph.js';
import { floats, integers, type Results, resultOf } from '../../graph/tensors.js';
import type { DecodedSequence } from '../../programs/masks.js';
import { lookupTokensOf } from '../budget.js';
import { DeviceCache } from '../device/cache.js';
import { blockSizeOf, chooseOnDevice } from '../device/choice.js';
import { HostCache, type PromptCache } from './batch-cache.js';
import { BatchSessions, type SamplingJob } from './batch-sessions.js';
import { type Choice, chooseToken, isPlain } from './choice.js';
import { DecodeMasks } from './decode-masks.js';
import { JoinedCache } from './joined-cache.js';
import { guessesFor, lookUp } from './lookup.js';
import {
  inverseTemperature,
  longestFirst,
  longestPrompt,
  type PromptGroup,
  type SamplingRow,
} from './prompt-groups.js';
import { type Reading, readInPieces, readWhole } from './reading.js';

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
  readonly #cache: PromptCache | JoinedCache;
  readonly #sessions: BatchSessions;
  /** Of how many probabilities a device gives the sum, where that suffices to choose tokens. */
  readonly #block: number | undefined;
  /** The longest completion that any row may reach. */
  readonly #limit: number;
  readonly #masks: DecodeMasks;
  #tokens = 0;

  readonly #listener: BatchListener;

  constructor(job: SamplingJob, groups: PromptGroup[], listener: BatchListener) {
    this.#job = job;
    this.#listener = listener;
    this.#a = job.form.architecture;
    this.#slots = Math.max(...groups.map((group) => group.rows.length));
    this.#promptTokens = longestPrompt(groups);
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
    const joined = job.runtime.joinsCache(job.form, sizes);
    this.#groups = joined ? longestFirst(groups) : groups;
    this.#sessions = new BatchSessions(job, joined, this.#block);
    this.#cache = joined
      ? new JoinedCache(this.#a, sizes)
      : device === undefined
        ? new HostCache(this.#a, sizes)
        : new DeviceCache(this.#a, sizes, device);
    this.#masks = new DecodeMasks(this.#a, this.#promptTokens, !this.#cache.placesFirst, joined);
  }

  async run(): Promise<void> {
    try {
      await this.#sample();
    } finally {
      this.#cache.close();
    }
  }

  async #sample(): Promise<void> {
    await this.#sessions.prepare();
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

  /** Reads the prompts of all groups; samples each row's first token. */
  #prefill(): Promise<void> {
    const reading: Reading = {
      job: this.#job,
      sessions: this.#sessions,
      groups: this.#groups,
      onRead: (group, distribution) => {
        for (const row of group.rows)
          this.#extend(group, row, chooseToken(distribution, group.request.settings, uniformOf(group, row)));
      },
    };
    return this.#cache instanceof JoinedCache ? readInPieces(reading, this.#cache) : readWhole(reading, this.#cache);
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

  /** One more token for every row that has not ended; several where guesses at them come true. */
  async #advance(): Promise<void> {
    const { runtime, weights } = this.#job;
    const a = this.#a;
    const slots = this.#living();
    const guesses = this.#guesses(slots);
    const tokens = 1 + guesses.reduce((most, { length }) => Math.max(most, length), 0);
    const [G, S] = [this.#groups.length, this.#slots];
    const { session, idsShape } = await this.#sessions.decoding(G, S, tokens);
    const filled = this.#filled();
    if (filled + tokens > this.#cache.columns) await this.#grow(filled + tokens);
    const ids = new Int32Array(G * S * tokens);
    const positions = new Int32Array(G * S * tokens);
    let longest = 1;
    slots.forEach((slot, i) => {
      if (slot === undefined) return;
      const { group, row } = slot;
      const known = [at(row.ids, row.ids.length - 1), ...at(guesses, i)];
      const first = group.request.prompt.length + row.ids.length - 1;
      ids.set(known, i * tokens);
      known.forEach((_, t) => {
        positions[i * tokens + t] = first + t;
      });
      longest = Math.max(longest, first + known.length);
    });
    const inverse = Float32Array.from(ids, (_, i) => inverseTemperature(at(this.#groups, Math.floor(i / S / tokens))));
    const results = await session.run([
      await weights(session.inputs),
      this.#cache.feeds(filled),
      runtime.rotary(a, longest),
      this.#masks.feeds(this.#decoded(), this.#groups.length, this.#cache.columns, tokens),
      {
        inverseTemperature: floats(inverse, [ids.length, 1]),
        ids: integers(ids, idsShape),
        positions: integers(positions, [ids.length]),
        chosen: integers([...ids.keys()], [ids.length]),
      },
    ]);
    // For rows that have ended nothing is drawn, and nothing placed.
    const columns = slots.map((slot) => (slot === undefined ? 0 : cachedOf(slot.row)));
    if (this.#cache.placesFirst) this.#cache.addTokens(results, tokens, []);
    const drawn = await this.#draw(results, slots, guesses, tokens);
    if (!this.#cache.placesFirst)
      this.#cache.addTokens(
        results,
        tokens,
        columns.map((column, i) => ({ column, count: at(drawn, i) })),
      );
    results.giveBack();
  }

  /** The rows that have not ended, by group and slot. */
  #living(): readonly (Slot | undefined)[] {
    return this.#groups.flatMap((group) =>
      Array.from({ length: this.#slots }, (_, slot) => {
        const row = group.rows[slot];
        return row === undefined || row.ended !== undefined ? undefined : { group, row };
      }),
    );
  }

  /** Guesses at the next tokens, where a step has room for them. */
  #guesses(slots: readonly (Slot | undefined)[]): readonly (readonly number[])[] {
    const most = guessesFor(slots.length, lookupTokensOf(this.#job.runtime.settings, this.#job.form));
    return slots.map((slot) => {
      if (slot === undefined || most === 0) return [];
      const { group, row } = slot;
      return lookUp(group.request.prompt, row.ids, Math.min(most, row.limit - row.ids.length - 1));
    });
  }

  /** Columns of the cache that some row has filled: all its tokens but the last. */
  #filled(): number {
    return Math.max(0, ...this.#groups.flatMap(({ rows }) => rows.map(cachedOf)));
  }

  /** Draws the next token of each row, and those after it as long as guesses come true; returns how many of each. */
  async #draw(
    results: Results,
    slots: readonly (Slot | undefined)[],
    guesses: readonly (readonly number[])[],
    tokens: number,
  ): Promise<readonly number[]> {
    const { device } = this.#job.runtime;
    if (device !== undefined && this.#block !== undefined) {
      const probabilities = device.adopt(results.onDevice('probabilities'));
      const uniforms = slots.map((slot) => slot && uniformOf(slot.group, slot.row));
      const choices = await chooseOnDevice(device, probabilities, resultOf(results, 'blocks'), uniforms);
      device.release([probabilities]);
      return slots.map((slot, i) => {
        if (slot === undefined) return 0;
        this.#extend(slot.group, slot.row, choices[i]);
        return 1;
      });
    }
    const size = this.#a.vocabularySize;
    const probabilities = resultOf(results, 'probabilities');
    return slots.map((slot, i) => {
      if (slot === undefined) return 0;
      const { group, row } = slot;
      const guessed = at(guesses, i);
      for (let t = 0; ; t++) {
        const start = (i * tokens + t) * size;
        const distribution = probabilities.subarray(start, start + size);
        const choice = chooseToken(distribution, group.request.settings, uniformOf(group, row));
        this.#extend(group, row, choice);
        if (row.ended !== undefined || choice?.id !== guessed[t]) return t + 1;
      }
    });
  }

  /** What the masks are made from: every row, or, where all rows of a group see the same places, every group. */
  #decoded(): readonly DecodedSequence[] {
    if (this.#cache.placesFirst) {
      const cached = this.#filled() + 1;
      return this.#groups.map(({ request: { prompt } }) => ({ promptTokens: prompt.length, cached }));
    }
    return this.#groups.flatMap(({ request: { prompt }, rows }) =>
      Array.from({ length: this.#slots }, (_, slot) => {
        const row = rows[slot];
        return { promptTokens: prompt.length, cached: row === undefined ? 0 : cachedOf(row) };
      }),
    );
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
    this.#masks.forget();
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
   * More columns for generated tokens: as many as needed, and by a quarter and at least 16, so that moving rows remains a
   * small share of the work.
   */
  async #grow(needed: number): Promise<void> {
    const { columns } = this.#cache;
    const wider = Math.ceil(Math.max(needed, columns + 16, columns * 1.25) / 16) * 16;
    if (columns < this.#limit) await this.#cache.widen(Math.min(this.#limit, wider));
  }
}

/** A row that has not ended, in its group. */
interface Slot {
  readonly group: PromptGroup;
  readonly row: SamplingRow;
}

/** Tokens of a row that lie in the cache, while it goes on: all but the last. */
const cachedOf = ({ ids, ended }: SamplingRow): number => (ended === undefined ? ids.length - 1 : 0);

/** The random number of a row's next token. */
function uniformOf({ request: { key, firstSample = 0 } }: PromptGroup, { sample, ids }: SamplingRow): number {
  return uniformAt(key, firstSample + sample, ids.length);
}
