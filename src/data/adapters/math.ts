/** MATH, AIME, NuminaMath: a problem with its solution, its answer, or both. */
import { z } from 'zod';
import { InputError } from '../../errors.js';
import { lastBoxed } from '../../text/boxed.js';
import { parseRecord } from '../files/record.js';
import { parseProblem } from '../problem.js';
import { type DatasetAdapter, label, text } from './adapter.js';

const mathSchema = z.object({
  id: label('id'),
  unique_id: label('unique_id'),
  problem: text('problem'),
  solution: z
    .union([z.string(), z.number()], { error: 'solution is neither a string nor a number' })
    .nullish()
    .transform((solution) => (solution == null || String(solution).trim() === '' ? undefined : String(solution))),
  answer: label('answer'),
  level: label('level'),
});
const MATH_LAYOUT = 'problem, and solution or answer or both; optional id, level, reasoning_trace';

export const math: DatasetAdapter = {
  name: 'math',
  layout: MATH_LAYOUT,
  columns: [['id', 'unique_id'], 'problem', 'solution', 'answer', 'level', 'reasoning_trace'],
  fits: (record) => 'problem' in record && ('solution' in record || 'answer' in record),
  problem(record, place) {
    const row = parseRecord(mathSchema, record, place, `The layout math has ${MATH_LAYOUT}.`);
    const boxed = row.solution == null ? undefined : lastBoxed(row.solution);
    const answer = row.answer == null ? boxed : String(row.answer);
    // AIME and similar sets give only the answer; this is the shortest solution in the form of MATH.
    const solution = row.solution ?? (answer === undefined ? undefined : `\\boxed{${answer}}`);
    if (solution === undefined) {
      throw new InputError('the record has neither a solution nor an answer', {
        ...place,
        remedy: `The layout math has ${MATH_LAYOUT}.`,
      });
    }
    return parseProblem(
      {
        id: row.id ?? row.unique_id,
        question: row.problem,
        solution,
        reasoning_trace: record.reasoning_trace,
        answer,
        level: row.level,
      },
      place,
    );
  },
};
