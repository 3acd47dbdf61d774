/** Graders of the caller's own: what is no grade is never counted as one. */
import { expect, it, vi } from 'vitest';
import { UsageError } from '../../errors.js';
import { graderNamed } from '../graders/registry.js';
import type { Grader } from '../graders/verdict.js';
import { type Answer, evaluationProblem, gradeReply } from './answer.js';
import { solve } from './solve.js';
import { summarise } from './summary.js';

const problem = { id: 'a', question: 'What is 2 + 3?', solution: '5', answer: '5' };
const own = (grade: unknown): Grader => ({
  name: 'own',
  version: 'own/1',
  grade: grade as Grader['grade'],
  same: (left, right) => left === right,
});

it.each<[unknown, string]>([
  [() => 'correct', 'the grader "own" returned "correct"'],
  [() => true, 'the grader "own" returned true'],
  [() => undefined, 'the grader "own" returned undefined'],
  [() => ({ verdict: 'right', reason: '' }), 'returned the verdict "right"'],
  [() => ({ verdict: 'correct' }), 'returned the reason undefined'],
  [() => ({ verdict: 'correct', reason: '', answer: 5 }), 'returned the answer 5'],
  [() => Promise.resolve({ verdict: 'correct', reason: '' }), 'a Promise, but graders are synchronous'],
  [() => Promise.reject(new Error('late')), 'a Promise, but graders are synchronous'],
  [(gold: { value: number }) => gold.value.toFixed(), 'the grader own fails on a reference: Cannot read properties'],
])('%o is refused before anything is sampled', async (grade, message) => {
  const sample = vi.fn();
  const model = { sample, logProbs: vi.fn(), facts: { contextTokens: 9 }, profile: {} } as never;
  const prompts = { prompt: () => [1], answerText: () => '', stopIds: [], tokenizer: {} } as never;
  const sampling = { temperature: 0, topP: 1, topK: 0, minP: 0, maxTokens: 8 };
  const settings = { samples: 1, sampling, keyOf: () => ({ low: 0, high: 0 }) };
  const problems = [evaluationProblem(problem, own(grade))];
  const error = await solve(model, prompts, problems, settings).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  expect(String(error)).toContain(message);
  expect(sample).not.toHaveBeenCalled();
});

it('an async function is no grader, and a grader has all of its parts', () => {
  const refused = (grader: unknown) => () => evaluationProblem(problem, grader as Grader);
  expect(refused(own(async () => ({ verdict: 'correct', reason: '' })))).toThrow('graders are synchronous');
  expect(refused({ ...own(() => undefined), same: undefined })).toThrow('with name, version, grade and same');
  expect(() => evaluationProblem({ ...problem, answer: 5 } as never, 'auto')).toThrow(
    'problem.answer: expected a string, not 5',
  );
});

it('a grade is taken as it is, and a grader that fails gives a verdict', () => {
  const grade = { verdict: 'wrong', reason: 'because', answer: '4' };
  expect(
    gradeReply(
      own(() => grade),
      '5',
      '4',
    ),
  ).toBe(grade);
  const failing = own(() => {
    throw new Error('too long');
  });
  expect(gradeReply(failing, '5', '4')).toMatchObject({ verdict: 'unparsable', reason: 'the grader failed: too long' });
});

it('answers that a grader of the caller graded are summarised with it, and refused without', () => {
  const answer: Answer = {
    id: 'a',
    gold: '5',
    grader: 'own/1',
    sample: 0,
    ended: 'stop',
    tokens: 1,
    text: '5',
    answer: '5',
    verdict: 'correct',
    reason: '',
  };
  expect(summarise([answer], [own(() => undefined)]).majority.value).toBe(1);
  expect(() => summarise([answer])).toThrow(
    /version "own\/1", which is not known here .*\n {2}Pass graders of your own as well: summarise\(answers, \[grader\]\)/,
  );
});

it.each(['math', 'integer', 'choice', 'countdown'])('%s compares texts, and nothing else', (name) => {
  const grader = graderNamed(name);
  expect(() => grader.grade('5', 5 as never)).toThrow(`${name}.grade: prediction: expected a string, not 5`);
  expect(() => grader.grade(undefined as never, '5')).toThrow(UsageError);
});
