/**
 * Works through a list in batches and keeps the results as lines of a file, so that an interrupted stage resumes where
 * it stopped. Batch boundaries never move: what is computed together is always computed together, to the same bytes.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { JsonlAppender, readJsonl } from '../data/files/jsonl.js';
import type { Sequence } from '../data/sequences/sequence.js';
import { InputError } from '../errors.js';
import { isObject } from '../json.js';
import { damageText, readLines } from '../run/lines.js';
import { throwIfInterrupted } from '../stopping.js';
import type { StageContext } from './definition/stage.js';

const FILE = 'unfinished.jsonl';
/** A line holds a whole batch, of any length: we wrote the file ourselves. */
const NO_LIMITS = { fileBytes: Number.MAX_SAFE_INTEGER, lineBytes: Number.MAX_SAFE_INTEGER };

export interface BatchResult<Row> {
  readonly rows: readonly Row[];
  /** Number of tokens computed. */
  readonly tokens: number;
}

/**
 * Computes the batches that an earlier process did not finish. All rows are kept on disk only; `keptRows` reads them
 * back. Up to `window` batches are in flight at once, as many as the engine can use; they are kept in order.
 */
export async function doBatches<Item, Row>(
  context: StageContext,
  items: Sequence<Item>,
  size: number,
  work: (batch: readonly Item[], index: number) => Promise<BatchResult<Row>>,
  window = 1,
): Promise<void> {
  const { directory, progress, signal } = context;
  const file = directory.path(FILE);
  const kept: { readonly batches: number; readonly damage?: string } = existsSync(file)
    ? await wholeBatches(file, Math.ceil(items.length / size))
    : { batches: 0 };
  await directory.begin((state) => state, context.note, kept.batches);
  const appender = await JsonlAppender.open(file);
  /** Batches in flight, in order; a failure is thrown when its turn comes, or dropped with the batches behind it. */
  const inFlight: { readonly began: number; readonly result: Promise<BatchResult<Row>> }[] = [];
  try {
    let { batches } = kept;
    if (kept.damage !== undefined) {
      context.note(`the results after batch ${batches} are damaged and are computed again: ${kept.damage}`);
      await appender.keepLines(batches);
    }
    const report = (tokens: number) =>
      progress.report({ done: Math.min(items.length, batches * size), of: items.length, tokens });
    if (batches > 0) context.note(`resumes after batch ${batches}`);
    report(0);
    while (batches * size < items.length) {
      throwIfInterrupted(signal);
      for (let next = batches + inFlight.length; inFlight.length < window && next * size < items.length; next++) {
        const result = work([...items.slice(next * size, (next + 1) * size)], next);
        result.catch(() => undefined);
        inFlight.push({ began: performance.now(), result });
      }
      const [first] = inFlight.splice(0, 1);
      if (first === undefined) throw new Error('a window without a batch');
      const { began } = first;
      const { rows, tokens } = await first.result;
      await appender.append({ rows });
      await appender.sync();
      batches += 1;
      await directory.event('batch', { batch: batches, tokens, seconds: (performance.now() - began) / 1000 });
      report(tokens);
    }
  } finally {
    // Batches still in flight use models that the stage is about to close.
    await Promise.allSettled(inFlight.map(({ result }) => result));
    await appender.close();
  }
}

const batchLine = z.strictObject({ rows: z.array(z.unknown()) });

/** How many lines of a file are whole batches, `most` at most, and what is wrong with the next one. */
async function wholeBatches(file: string, most: number): Promise<{ batches: number; damage?: string }> {
  let batches = 0;
  try {
    for await (const { value } of readJsonl(file, NO_LIMITS)) {
      if (!batchLine.safeParse(value).success) return { batches, damage: 'a line without rows' };
      if (batches === most) return { batches, damage: 'more lines than there are batches' };
      batches += 1;
    }
    return { batches };
  } catch (cause) {
    if (cause instanceof InputError) return { batches, damage: cause.summary };
    throw cause;
  }
}

/** The rows that `doBatches` kept, in order; only one batch is in memory at a time. */
export async function* keptRows<Row>({ directory }: StageContext): AsyncGenerator<Row> {
  for await (const { value } of readJsonl(directory.path(FILE), NO_LIMITS)) yield* (value as { rows: Row[] }).rows;
}

/** As `doBatches`, but returns the rows of all batches, in order. */
export async function inBatches<Item, Row>(
  context: StageContext,
  items: Sequence<Item>,
  size: number,
  work: (batch: readonly Item[]) => Promise<BatchResult<Row>>,
  window = 1,
): Promise<Row[]> {
  await doBatches(context, items, size, work, window);
  const rows: Row[] = [];
  for await (const row of keptRows<Row>(context)) rows.push(row);
  return rows;
}

/** Tokens and seconds of all batches of a stage, whichever processes worked on them. */
export interface BatchTotals {
  readonly tokens: number;
  readonly seconds: number;
}

const batchEvent = z.object({
  event: z.literal('batch'),
  stage: z.string(),
  batch: z.number(),
  tokens: z.number(),
  seconds: z.number(),
});

/** The totals of a stage's batches, from the events of its run. `tell` is told of lines that could not be read: the totals may lack theirs. */
export async function batchTotals(
  events: string,
  stage: string,
  tell: (text: string) => void = () => undefined,
): Promise<BatchTotals> {
  const batches = new Map<number, BatchTotals>();
  const lines = await readLines(events, (value) => (isObject(value) ? value : undefined));
  const damage = damageText(basename(events), lines, { isBeingWritten: false });
  if (damage !== undefined) tell(`${damage}, so tokens and seconds may lack some`);
  for (const value of lines.values) {
    const { success, data } = batchEvent.safeParse(value);
    if (!success || data.stage !== stage) continue;
    // A stage that was run again begins with its first batch.
    if (data.batch === 1) batches.clear();
    batches.set(data.batch, data);
  }
  let [tokens, seconds] = [0, 0];
  for (const batch of batches.values()) {
    tokens += batch.tokens;
    seconds += batch.seconds;
  }
  return { tokens, seconds };
}

/** Removes the kept rows, once the stage's artifacts are written. */
export async function forgetBatches(context: StageContext): Promise<void> {
  await rm(context.directory.path(FILE), { force: true });
}
