/**
 * Sequences of the protocol as sequences of the engine. A datum has the ids that the model reads and, for each of them,
 * one or several target tokens: log p(target | ids up to there). Targets are nearly always the ids that come next; one
 * that is not is scored in a sequence of its own, which shares its prefix.
 */
import type { ScoreRequest, TokenLogProbs } from '../../engine/engine.js';
import { readTensor } from '../../engine/tinker/protocol/arrays.js';
import type { Datum } from '../../engine/tinker/protocol/messages.js';
import { readText } from '../../engine/tinker/protocol/text.js';
import { InputError, RltError } from '../../errors.js';
import { type TokenIds, tokenIds } from '../../text/tokens.js';
import { type ChosenLoss, type Column, checkColumns } from './losses.js';

/** Log-probs to compute, and where each belongs: `cells[k]` is the target of positions[k]. */
interface Part {
  readonly request: ScoreRequest;
  readonly cells: readonly number[];
}

/** Targets of a sequence, row by row: `width` of them for each id that is read. */
export interface Targets {
  readonly parts: readonly Part[];
  readonly count: number;
  readonly width: number;
}

/** A target that asks for nothing (the extension `unasked_targets`). */
const NOTHING = -1;

/** The log-probs of `targets`, rows of `width`, after each id of `input`. */
export function targetsOf(input: TokenIds, targets: readonly number[], width: number, temperature: number): Targets {
  const last = targets.length === 0 ? undefined : targets[(input.length - 1) * width];
  const whole = last === undefined || last === NOTHING ? input : tokenIds([...input, last]);
  const positions: number[] = [];
  const cells: number[] = [];
  const parts: Part[] = [];
  input.forEach((_, i) => {
    let taken = false;
    for (let k = 0; k < width; k++) {
      const cell = i * width + k;
      const target = targets[cell] ?? NOTHING;
      if (target === NOTHING) continue;
      if (!taken && whole[i + 1] === target) {
        taken = true;
        positions.push(i + 1);
        cells.push(cell);
      } else {
        const ids = tokenIds([...input.slice(0, i + 1), target]);
        parts.push({ request: { ids, positions: [i + 1], temperature }, cells: [cell] });
      }
    }
  });
  if (positions.length > 0) parts.unshift({ request: { ids: whole, positions, temperature }, cells });
  return { parts, count: targets.length, width };
}

/** The log-probs of targets, from those of their parts; NaN where nothing was asked for. */
export function gather({ parts, count }: Targets, rows: readonly TokenLogProbs[]): Float32Array {
  const logProbs = new Float32Array(count).fill(Number.NaN);
  parts.forEach(({ cells }, part) => {
    cells.forEach((cell, k) => {
      logProbs[cell] = rows[part]?.[k] ?? Number.NaN;
    });
  });
  return logProbs;
}

/** A sequence of forward_backward, checked. */
export interface Example {
  readonly targets: Targets;
  readonly columns: Readonly<Record<Column, readonly number[] | number>>;
}

/** @throws {InputError | UnsupportedError} when a sequence is not one of this loss; names it by its index */
export function examplesOf(data: readonly Datum[], loss: ChosenLoss): readonly Example[] {
  if (data.length === 0) throw new InputError('no sequences', { remedy: 'Send at least one.' });
  return data.map((datum, sample) => {
    try {
      return exampleOf(datum, loss, sample);
    } catch (error) {
      throw error instanceof RltError ? error.at({ sample }) : error;
    }
  });
}

function exampleOf({ model_input, loss_fn_inputs }: Datum, loss: ChosenLoss, sample: number): Example {
  const input = readText(model_input);
  if (input.length === 0) throw new InputError('an empty sequence');
  const columns = new Map<string, readonly number[]>();
  for (const [name, tensor] of loss_fn_inputs) columns.set(name, readTensor(tensor));
  const targets = columns.get('target_tokens');
  const shape = loss_fn_inputs.get('target_tokens')?.shape ?? [];
  if (targets === undefined) throw new InputError('a sequence without target_tokens');
  columns.delete('target_tokens');
  const [rows = targets.length, width = 1] = shape;
  if (rows !== input.length || shape.length > 2 || rows * width !== targets.length || width < 1) {
    throw new InputError(`target_tokens of shape [${shape}] for ${input.length} ids`, {
      remedy: 'Send one target, or a row of targets, for each id that the model reads.',
    });
  }
  const isAsked = targets.some((target) => target !== NOTHING);
  const wrong = targets.findIndex(
    (target) => !Number.isSafeInteger(target) || (target < 0 && !(isAsked && target === NOTHING)),
  );
  if (wrong >= 0) throw new InputError(`target_tokens[${wrong}] is ${targets[wrong]}, not a token id`);
  for (const name of ['weights', 'advantages'] as const) {
    const lost = columns.get(name)?.findIndex((value, i) => value !== 0 && targets[i] === NOTHING) ?? -1;
    if (lost >= 0) throw new InputError(`${name}[${lost}] is not 0, where target_tokens[${lost}] asks for nothing`);
  }
  return {
    targets: targetsOf(input, targets, width, loss.temperature),
    columns: checkColumns(loss, columns, targets.length, sample),
  };
}

/** The parts of all examples, in their order, and the example that each belongs to. */
export function partsOf(all: readonly Targets[]): {
  readonly requests: readonly ScoreRequest[];
  readonly owners: readonly number[];
} {
  const requests: ScoreRequest[] = [];
  const owners: number[] = [];
  all.forEach(({ parts }, owner) => {
    for (const { request } of parts) {
      requests.push(request);
      owners.push(owner);
    }
  });
  return { requests, owners };
}

/** The rows of a call over all parts, by example. */
export function rowsByExample(
  all: readonly Targets[],
  rows: readonly TokenLogProbs[],
): readonly (readonly TokenLogProbs[])[] {
  let start = 0;
  return all.map(({ parts }) => {
    const own = rows.slice(start, start + parts.length);
    start += parts.length;
    return own;
  });
}

/** An error of the engine whose sample is counted in examples, not in parts. */
export async function inExamples<Result>(owners: readonly number[], work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RltError) || typeof error.facts.sample !== 'number') throw error;
    throw error.at({ sample: owners[error.facts.sample] ?? error.facts.sample });
  }
}

export const tokensOf = (all: readonly Targets[]): number =>
  all.reduce((total, { parts }) => total + parts.reduce((own, { request }) => own + request.ids.length, 0), 0);
