/** GSM8K: worked steps with calculator annotations, then the final answer. */
import { z } from 'zod';
import { InputError, type Place } from '../../errors.js';
import { parseRecord } from '../files/record.js';
import { parseProblem } from '../problem.js';
import { type DatasetAdapter, label, text } from './adapter.js';

const gsm8kSchema = z.object({ id: label('id'), question: text('question'), answer: text('answer') });
const FINAL_MARK = '####';

/** GSM8K's answer without calculator annotations (`<<48/2=24>>`), cut at its last `####`. */
function gsm8kAnswer(answer: string, place: Place): { worked: string; final: string } {
  const clean = answer.replace(/<<[^<>\n]*>>/g, '');
  const at = clean.lastIndexOf(FINAL_MARK);
  const final = at === -1 ? '' : clean.slice(at + FINAL_MARK.length).trim();
  if (final === '') {
    throw new InputError(`answer has no final answer after ${FINAL_MARK}`, {
      ...place,
      field: 'answer',
      remedy: 'If the file has another layout, name its adapter, for example plain.',
    });
  }
  return { worked: clean.slice(0, at).trim(), final };
}

const GSM8K_LAYOUT = `question, answer (worked steps, then ${FINAL_MARK} and the final answer)`;
const GSM8K_COLUMNS = ['id', 'question', 'answer'];

export const gsm8k: DatasetAdapter = {
  name: 'gsm8k',
  layout: GSM8K_LAYOUT,
  columns: GSM8K_COLUMNS,
  fits: (record) => 'question' in record && typeof record.answer === 'string' && record.answer.includes(FINAL_MARK),
  problem(record, place) {
    const row = parseRecord(gsm8kSchema, record, place, `The layout gsm8k has ${GSM8K_LAYOUT}.`);
    const { worked, final } = gsm8kAnswer(row.answer, place);
    const solution = `${worked}\n${FINAL_MARK} ${final}`.trim();
    return parseProblem({ id: row.id, question: row.question, solution, answer: final }, place);
  },
};

export const gsm8kSteps: DatasetAdapter = {
  name: 'gsm8k-steps',
  layout: GSM8K_LAYOUT,
  columns: GSM8K_COLUMNS,
  // Never detected: its records look like those of gsm8k. It must be named, because it reads the worked steps as the
  // trace.
  fits: () => false,
  problem(record, place) {
    const row = parseRecord(gsm8kSchema, record, place, `The layout gsm8k-steps has ${GSM8K_LAYOUT}.`);
    const { worked, final } = gsm8kAnswer(row.answer, place);
    const solution = `The answer is ${final}.`;
    return parseProblem(
      {
        id: row.id,
        question: row.question,
        solution,
        answer: final,
        ...(worked === '' ? {} : { reasoning_trace: worked }),
      },
      place,
    );
  },
};
