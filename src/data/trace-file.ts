import { extname } from 'node:path';
import { z } from 'zod';
import { checkArguments } from '../call-arguments.js';
import { InputError } from '../errors.js';
import { isObject } from '../json.js';
import { nearest } from '../suggestion.js';
import { writeJsonl } from './files/jsonl.js';
import type { ParquetColumn } from './files/parquet-writer.js';
import { checkTexts, type DataRecord, type ReadLimits, readLimitsSchema } from './files/record.js';
import { readRecords } from './files/records.js';
import { requireEnding } from './files/writing.js';
import { parseTrace, type Trace, traceRecord } from './trace.js';

const COLUMNS: readonly ParquetColumn[] = [
  { name: 'id', type: 'text' },
  { name: 'question', type: 'text' },
  { name: 'solution', type: 'text' },
  { name: 'explanation', type: 'text' },
  { name: 'ended', type: 'text' },
  { name: 'tokens', type: 'integer' },
  { name: 'model', type: 'text' },
  { name: 'seed', type: 'integer' },
  { name: 'sample', type: 'integer' },
  { name: 'answer', type: 'text' },
  { name: 'level', type: 'text' },
  { name: 'task', type: 'text' },
  { name: 'reward', type: 'json' },
];

/**
 * The traces of a file (.jsonl, .parquet, .csv, .tsv, .json) in order.
 * @throws {InputError} with file, line and field when a record is invalid
 */
export async function* streamTraces(file: string, limits: ReadLimits = {}): AsyncGenerator<Trace> {
  let isFirst = true;
  for await (const { value, place } of readRecords(file, limits)) {
    if (isFirst) refuseProblems({ value, place });
    isFirst = false;
    const trace = parseTrace(value, place);
    const { id, question, solution, explanation, answer, level } = trace;
    checkTexts([id, question, solution, explanation, answer, level], { value, place: { ...place, sample: id } });
    yield trace;
  }
}

/** @throws {InputError} when the first row has a question and a solution, but nothing that explains them */
function refuseProblems({ value: row, place }: DataRecord): void {
  if (!('question' in row && 'solution' in row) || 'explanation' in row) return;
  const key = ['reasoning_trace', ...Object.keys(row)].find(
    (name) => name in row && (name === 'reasoning_trace' || nearest(name, ['explanation']) !== undefined),
  );
  throw new InputError('this is a file of problems, not of traces: its rows have no explanation', {
    ...place,
    field: 'explanation',
    remedy:
      key === undefined
        ? 'Give traces.jsonl of an explain stage, which rlt explain RECIPE writes; or add id and explanation to each row.'
        : `Give traces.jsonl of an explain stage; or rename ${key} to explanation, and give each row an id.`,
  });
}

const WRITTEN_ENDINGS = ['.jsonl', '.ndjson', '.parquet'];
const WRITE_ARGUMENTS = { file: z.string(), traces: z.array(z.unknown()) };

/** All traces of a file. */
export async function readTraces(file: string, limits: ReadLimits = {}): Promise<Trace[]> {
  checkArguments("readTraces('traces.jsonl')", { file, limits }, { file: z.string(), limits: readLimitsSchema });
  const traces: Trace[] = [];
  for await (const trace of streamTraces(file, limits)) traces.push(trace);
  return traces;
}

/**
 * Writes a trace file atomically: Parquet when the name ends in .parquet, JSONL when it ends in .jsonl or .ndjson. As
 * with Node's `writeFile`, a file of that name is replaced; it stays as it was when the new one cannot be written.
 * @throws {UsageError} when it ends in something else
 * @throws {InputError} when a trace could not be read again
 */
export async function writeTraces(file: string, traces: readonly Trace[]): Promise<void> {
  const form = "writeTraces('traces.jsonl', traces)";
  checkArguments(form, { file, traces }, WRITE_ARGUMENTS);
  requireEnding(form, file, WRITTEN_ENDINGS);
  const records = traces.map((trace, index) => {
    const place = { file, record: index + 1 };
    const record = isObject(trace) ? traceRecord(trace) : {};
    const { id, question, solution, explanation, answer, level } = parseTrace(record, place);
    checkTexts([id, question, solution, explanation, answer, level], { value: record, place });
    return record;
  });
  if (extname(file).toLowerCase() === '.parquet') {
    const { writeParquet } = await import('./files/parquet-writer.js');
    await writeParquet(file, COLUMNS, records);
  } else await writeJsonl(file, records);
}
