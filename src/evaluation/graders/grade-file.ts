/** Grades a file of pairs, for `rlt grade`. */
import type { DataRecord } from '../../data/files/record.js';
import { readRecords } from '../../data/files/records.js';
import { InvalidRows } from '../../data/invalid-rows.js';
import { InputError } from '../../errors.js';
import { isObject } from '../../json.js';
import type { Grade, Grader, GraderVerdict } from './verdict.js';

/** A pair with its verdict; other keys of the record are kept. */
export interface GradedPair {
  readonly [key: string]: unknown;
  readonly gold: unknown;
  /** Null where the file has none: it is unparsable. */
  readonly prediction: string | null;
  readonly correct: boolean;
  readonly verdict: GraderVerdict;
  readonly reason: string;
}

interface GradeTotals {
  readonly pairs: number;
  readonly correct: number;
  readonly wrong: number;
  readonly unparsable: number;
}

const REMEDY =
  'Each line is an object with the strings gold and prediction; gold may be a number, or for countdown an object.';

function goldText({ value, place }: DataRecord): string {
  const { gold } = value;
  if (typeof gold === 'string') return gold;
  if (typeof gold === 'number' || typeof gold === 'bigint') return String(gold);
  if (isObject(gold) || Array.isArray(gold)) return JSON.stringify(gold);
  throw new InputError(gold === undefined ? 'gold is missing' : 'gold is not a string', {
    ...place,
    field: 'gold',
    remedy: REMEDY,
  });
}

/** Null for a model that gave no answer, which must not keep the others from being graded. */
function predictionText({ value, place }: DataRecord): string | null {
  const { prediction } = value;
  if (prediction === null) return null;
  if (typeof prediction === 'string') return prediction;
  if (typeof prediction === 'number' || typeof prediction === 'bigint') return String(prediction);
  const isOfEvaluation = ['text', 'verdict', 'grader'].every((key) => key in value);
  throw new InputError(prediction === undefined ? 'prediction is missing' : 'prediction is not a string', {
    ...place,
    field: 'prediction',
    remedy: isOfEvaluation
      ? 'This is an answer that an evaluation left: rlt evaluate --regrade --out DIR, with its run directory, grades them again.'
      : REMEDY,
  });
}

/** A reference that cannot be read would count every answer to it as unparsable, which says nothing about the answers. */
function requireUsable(gold: string, grader: Grader, { place }: DataRecord): void {
  const unusable = grader.unusable?.(gold);
  if (unusable === undefined) return;
  const { reason, remedy } = unusable;
  throw new InputError(`${reason}, so ${grader.name} cannot grade with it`, { ...place, field: 'gold', remedy });
}

function gradedPair(record: DataRecord, grader: Grader): GradedPair {
  const prediction = predictionText(record);
  const text = goldText(record);
  const { verdict, reason }: Grade =
    prediction === null ? { verdict: 'unparsable', reason: 'there is no prediction' } : grader.grade(text, prediction);
  if (verdict === 'unparsable') requireUsable(text, grader, record);
  const { gold, prediction: _, ...others } = record.value;
  return { gold, prediction, ...others, correct: verdict === 'correct', verdict, reason };
}

/**
 * Grades every pair of a file (.jsonl, .parquet, .csv, .tsv, .json) with the columns gold and prediction.
 * @throws {InputError} with file, line and column when a pair or its reference is invalid, or there is none; the first,
 * and what is wrong with the others
 */
export async function* gradeFile(file: string, grader: Grader): AsyncGenerator<GradedPair> {
  let pairs = 0;
  const invalid = new InvalidRows();
  try {
    for await (const record of readRecords(file)) {
      pairs++;
      let graded: GradedPair | undefined;
      const isValid = invalid.attempt(() => {
        graded = gradedPair(record, grader);
      });
      if (isValid && invalid.isEmpty && graded !== undefined) yield graded;
    }
  } catch (error) {
    invalid.raise(error);
    throw error;
  }
  invalid.raise();
  if (pairs === 0) throw new InputError('there are no pairs in it', { file, remedy: REMEDY });
}

/** Counts the verdicts of the pairs that pass through it. */
export class Totals {
  readonly #counts: Record<GraderVerdict, number> = { correct: 0, wrong: 0, unparsable: 0 };

  async *counted(pairs: AsyncIterable<GradedPair>): AsyncGenerator<GradedPair> {
    for await (const pair of pairs) {
      this.#counts[pair.verdict] += 1;
      yield pair;
    }
  }

  get totals(): GradeTotals {
    const { correct, wrong, unparsable } = this.#counts;
    return { pairs: correct + wrong + unparsable, correct, wrong, unparsable };
  }
}
