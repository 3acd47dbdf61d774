import { z } from 'zod';
import { InputError, type Place, UsageError } from '../errors.js';
import { isObject } from '../json.js';
import { lastBoxed } from '../text/boxed.js';
import { parseRecord } from './files/record.js';
import { parseProblem, type UnnamedProblem } from './problem.js';
import { countdownProblem } from './tasks/countdown.js';

/** The layouts of data sets that can be read as problems, in the order in which messages list them. */
export const ADAPTER_NAMES = ['plain', 'gsm8k', 'gsm8k-steps', 'bespoke-stratos', 'math', 'countdown'] as const;
export type AdapterName = (typeof ADAPTER_NAMES)[number];

export interface DatasetAdapter {
  readonly name: AdapterName;
  /** The keys of a record of this layout, for messages. */
  readonly layout: string;
  /** Whether a record looks like this layout. */
  fits(record: Readonly<Record<string, unknown>>): boolean;
  /** @throws {InputError} with `place` and the field when the record does not have this layout */
  problem(record: Readonly<Record<string, unknown>>, place: Place): UnnamedProblem;
}

const text = (field: string) =>
  z.string({ error: (issue) => (issue.input === undefined ? `${field} is missing` : `${field} is not a string`) });
const label = (field: string) =>
  z.union([z.string(), z.number()], { error: `${field} is neither a string nor a number` }).nullish();

const plain: DatasetAdapter = {
  name: 'plain',
  layout: 'question, solution; optional id, answer, reasoning_trace, level',
  fits: (record) => 'question' in record && 'solution' in record,
  problem: parseProblem,
};

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

const gsm8k: DatasetAdapter = {
  name: 'gsm8k',
  layout: GSM8K_LAYOUT,
  fits: (record) => 'question' in record && typeof record.answer === 'string' && record.answer.includes(FINAL_MARK),
  problem(record, place) {
    const row = parseRecord(gsm8kSchema, record, place, `The layout gsm8k has ${GSM8K_LAYOUT}.`);
    const { worked, final } = gsm8kAnswer(row.answer, place);
    const solution = `${worked}\n${FINAL_MARK} ${final}`.trim();
    return parseProblem({ id: row.id, question: row.question, solution, answer: final }, place);
  },
};

const gsm8kSteps: DatasetAdapter = {
  name: 'gsm8k-steps',
  layout: GSM8K_LAYOUT,
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

const mathSchema = z.object({
  id: label('id'),
  unique_id: label('unique_id'),
  problem: text('problem'),
  solution: z.string({ error: 'solution is not a string' }).nullish(),
  answer: label('answer'),
  level: label('level'),
});
const MATH_LAYOUT = 'problem, and solution (with a \\boxed answer) or answer or both; optional id, level';

const math: DatasetAdapter = {
  name: 'math',
  layout: MATH_LAYOUT,
  fits: (record) => 'problem' in record && ('solution' in record || 'answer' in record),
  problem(record, place) {
    const row = parseRecord(mathSchema, record, place, `The layout math has ${MATH_LAYOUT}.`);
    const boxed = row.solution == null ? undefined : lastBoxed(row.solution);
    const answer = row.answer == null ? boxed : String(row.answer);
    if (answer === undefined) {
      throw new InputError('the record has neither an answer nor a solution with a \\boxed answer', {
        ...place,
        remedy: `The layout math has ${MATH_LAYOUT}.`,
      });
    }
    return parseProblem(
      {
        id: row.id ?? row.unique_id,
        question: row.problem,
        // AIME and similar sets give only the answer; this is the shortest solution in the form of MATH.
        solution: row.solution ?? `\\boxed{${answer}}`,
        answer,
        level: row.level,
      },
      place,
    );
  },
};

const conversationSchema = z.object({
  id: label('id'),
  conversations: z.array(
    z.object({ from: text('from'), value: text('value') }, { error: 'a turn is not an object with from and value' }),
    { error: 'conversations is not a list' },
  ),
});
const STRATOS_LAYOUT =
  'conversations: a user turn, then an assistant turn with <|begin_of_thought|>…<|end_of_thought|> and <|begin_of_solution|>…<|end_of_solution|>';

const bespokeStratos: DatasetAdapter = {
  name: 'bespoke-stratos',
  layout: STRATOS_LAYOUT,
  fits: (record) => Array.isArray(record.conversations),
  problem(record, place) {
    const remedy = `The layout bespoke-stratos has ${STRATOS_LAYOUT}.`;
    const row = parseRecord(conversationSchema, record, place, remedy);
    const turn = (...from: readonly string[]) => {
      const index = row.conversations.findIndex((candidate) => from.includes(candidate.from));
      const found = row.conversations[index];
      if (found === undefined) {
        throw new InputError(`the conversation has no turn of the ${from[0]}`, {
          ...place,
          field: 'conversations',
          remedy,
        });
      }
      return { value: found.value, place: { ...place, field: `conversations.${index}.value` } };
    };
    const asked = turn('user', 'human');
    const replied = turn('assistant', 'gpt');
    const solution = between(replied.value, 'solution', replied.place, remedy);
    const answer = lastBoxed(solution);
    return parseProblem(
      {
        id: row.id,
        question: asked.value.trim(),
        solution,
        reasoning_trace: between(replied.value, 'thought', replied.place, remedy),
        ...(answer === undefined ? {} : { answer }),
      },
      place,
    );
  },
};

/** The trimmed text between `<|begin_of_NAME|>` and the last `<|end_of_NAME|>` after it. */
function between(reply: string, name: 'thought' | 'solution', place: Place, remedy: string): string {
  const open = `<|begin_of_${name}|>`;
  const close = `<|end_of_${name}|>`;
  const start = reply.indexOf(open);
  const end = reply.lastIndexOf(close);
  if (start === -1 || end < start + open.length) {
    throw new InputError(`the reply has no ${open}…${close}`, { ...place, remedy });
  }
  return reply.slice(start + open.length, end).trim();
}

const countdownSchema = z.object({
  id: label('id'),
  nums: z.array(z.int(), { error: 'nums is not a list of whole numbers' }).nullish(),
  numbers: z.array(z.int(), { error: 'numbers is not a list of whole numbers' }).nullish(),
  target: z.int({ error: 'target is not a whole number' }),
});
const COUNTDOWN_LAYOUT = 'nums (or numbers), target';

const countdown: DatasetAdapter = {
  name: 'countdown',
  layout: COUNTDOWN_LAYOUT,
  fits: (record) => ('nums' in record || 'numbers' in record) && 'target' in record && !('question' in record),
  problem(record, place) {
    const remedy = `The layout countdown has ${COUNTDOWN_LAYOUT}.`;
    const row = parseRecord(countdownSchema, record, place, remedy);
    const numbers = row.nums ?? row.numbers;
    if (numbers == null) throw new InputError('nums is missing', { ...place, field: 'nums', remedy });
    const problem = countdownProblem(numbers, row.target, place);
    return row.id == null ? problem : { ...problem, id: String(row.id) };
  },
};

const ADAPTERS: Readonly<Record<AdapterName, DatasetAdapter>> = {
  plain,
  gsm8k,
  'gsm8k-steps': gsm8kSteps,
  'bespoke-stratos': bespokeStratos,
  math,
  countdown,
};

/** The adapter with this name. @throws {UsageError} when there is none */
export function adapterNamed(name: string): DatasetAdapter {
  const known = ADAPTER_NAMES.find((candidate) => candidate === name);
  if (known === undefined) {
    throw new UsageError(`unknown adapter ${name}`, { remedy: `Choose one of ${ADAPTER_NAMES.join(', ')}.` });
  }
  return ADAPTERS[known];
}

/**
 * The first adapter that fits the keys of a record.
 * @throws {InputError} listing the keys and every layout when none does
 */
export function adapterFor(record: unknown, place: Place = {}): DatasetAdapter {
  if (!isObject(record)) throw new InputError('the record is not a JSON object', place);
  // bespoke-stratos before plain: a converted set may carry both conversations and a question column.
  for (const adapter of [bespokeStratos, countdown, plain, math, gsm8k]) if (adapter.fits(record)) return adapter;
  const layouts = ADAPTER_NAMES.map((name) => `    ${name}: ${ADAPTERS[name].layout}`).join('\n');
  throw new InputError(`no known layout fits the keys ${Object.keys(record).join(', ') || '(none)'}`, {
    ...place,
    remedy: `Rename the columns to question and solution, or convert the file to one of these layouts:\n${layouts}`,
  });
}
