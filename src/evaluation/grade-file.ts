/** Grading of a file of pairs: what `rlt grade` does. */
import type { DataRecord } from '../data/record.js';
import { readRecords } from '../data/records.js';
import { InputError } from '../errors.js';
import type { Grader, Verdict } from './graders/verdict.js';

export interface GradedPair {
  readonly gold: unknown;
  readonly prediction: string;
  readonly correct: boolean;
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface GradeTotals {
  readonly pairs: number;
  readonly correct: number;
  readonly wrong: number;
  readonly unparsable: number;
}

const REMEDY =
  'Each line is an object with the texts gold and prediction; gold may be a number, for countdown an object.';

function goldText({ value, place }: DataRecord): string {
  const { gold } = value;
  if (typeof gold === 'string') return gold;
  if (typeof gold === 'number' || typeof gold === 'bigint') return String(gold);
  if (typeof gold === 'object' && gold !== null) return JSON.stringify(gold);
  throw new InputError(gold === undefined ? 'gold is missing' : 'gold is not a text', {
    ...place,
    field: 'gold',
    remedy: REMEDY,
  });
}

function predictionText({ value, place }: DataRecord): string {
  const { prediction } = value;
  if (typeof prediction === 'string') return prediction;
  if (typeof prediction === 'number' || typeof prediction === 'bigint') return String(prediction);
  throw new InputError(prediction === undefined ? 'prediction is missing' : 'prediction is not a text', {
    ...place,
    field: 'prediction',
    remedy: REMEDY,
  });
}

/**
 * Grades every pair of a file (.jsonl, .parquet, .csv) with the columns gold and prediction.
 * @throws InputError naming file, line and column; an empty file.
 */
export async function* gradeFile(file: string, grader: Grader): AsyncGenerator<GradedPair> {
  let pairs = 0;
  for await (const record of readRecords(file)) {
    pairs++;
    const prediction = predictionText(record);
    const { verdict, reason } = grader.grade(goldText(record), prediction);
    yield { gold: record.value.gold, prediction, correct: verdict === 'correct', verdict, reason };
  }
  if (pairs === 0) throw new InputError('there is no pair in it', { file, remedy: REMEDY });
}

export function totalsOf(pairs: readonly Pick<GradedPair, 'verdict'>[]): GradeTotals {
  const count = (verdict: Verdict) => pairs.filter((pair) => pair.verdict === verdict).length;
  return { pairs: pairs.length, correct: count('correct'), wrong: count('wrong'), unparsable: count('unparsable') };
}
