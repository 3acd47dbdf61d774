/** Grades a file of pairs, for `rlt grade`. */
import type { DataRecord } from '../../data/files/record.js';
import { readRecords } from '../../data/files/records.js';
import { InvalidRows } from '../../data/invalid-rows.js';
import { InputError } from '../../errors.js';
import { isObject } from '../../json.js';
import { namesText } from '../../printable.js';
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

/** Files whose rows have columns; the others hold objects with keys. */
const IS_TABLE = /\.(?:csv|tsv|parquet)$/i;

/** Names of columns or keys that are listed. */
const MOST_NAMES = 12;

/** What the pairs of a file must be. @param names those that a pair has, where it lacks one that it needs */
function remedyFor(file: string | undefined, names: readonly string[] = []): string {
  const isTable = IS_TABLE.test(file ?? '');
  const [unit, form] = isTable
    ? ['columns', 'The file needs two columns: gold, with the references, and prediction, with the replies']
    : ['keys', 'Each pair is an object with the strings gold, the reference, and prediction, the reply'];
  const listed = namesText(names.slice(0, MOST_NAMES));
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  const here = names.length === 0 ? '' : ` The ${unit} here are ${listed}${more}: rename what holds these.`;
  const other = isTable ? '' : '; gold may be a number, or for countdown an object';
  return `${form}${other}.${here}`;
}

const namesIn = ({ value }: DataRecord): readonly string[] =>
  Object.keys(value).filter((name) => !['gold', 'prediction'].includes(name));

/** @throws {InputError} when a pair lacks both, or the one */
function requireNames(record: DataRecord): void {
  const { value, place } = record;
  const missing = ['prediction', 'gold'].filter((name) => value[name] === undefined);
  const [first] = missing;
  if (first === undefined) return;
  const isOfEvaluation = first === 'prediction' && ['text', 'verdict', 'grader'].every((key) => key in value);
  throw new InputError(`${missing.toReversed().join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`, {
    ...place,
    ...(missing.length === 1 ? { field: first } : {}),
    remedy: isOfEvaluation
      ? 'This is an answer that an evaluation left: rlt evaluate --regrade --out DIR, with its run directory, grades them again.'
      : remedyFor(place.file, namesIn(record)),
  });
}

function goldText({ value, place }: DataRecord): string {
  const { gold } = value;
  if (typeof gold === 'string') return gold;
  if (typeof gold === 'number' || typeof gold === 'bigint') return String(gold);
  if (isObject(gold) || Array.isArray(gold)) return JSON.stringify(gold);
  throw new InputError('gold is not a string', { ...place, field: 'gold', remedy: remedyFor(place.file) });
}

/** Null for a model that gave no answer, which must not keep the others from being graded. */
function predictionText({ value, place }: DataRecord): string | null {
  const { prediction } = value;
  if (prediction === null) return null;
  if (typeof prediction === 'string') return prediction;
  if (typeof prediction === 'number' || typeof prediction === 'bigint') return String(prediction);
  throw new InputError('prediction is not a string', {
    ...place,
    field: 'prediction',
    remedy: remedyFor(place.file),
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
  requireNames(record);
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
  if (pairs === 0) throw new InputError('there are no pairs in it', { file, remedy: remedyFor(file) });
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
