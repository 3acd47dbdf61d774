import { expect, it } from 'vitest';
import type { Problem } from '../../data/problem.js';
import { parseRecipe } from '../../recipe/load.js';
import { trainingQuestions } from './training-data.js';

const problem = (question: string, reasoningTraces: readonly string[] = []): Problem => ({
  id: question,
  question,
  solution: 's',
  ...(reasoningTraces.length === 0 ? {} : { reasoningTraces }),
});
const PROBLEMS: Readonly<Record<string, readonly Problem[]>> = {
  train: [problem('a', ['t', 'u']), problem('b'), problem('c', ['t'])],
  more: [problem('d'), problem('e')],
};

const stages = [
  { stage: 'warm-up', teacher: 'base', data: 'train' },
  { stage: 'teach', teacher: 'warm-up', student: 'base', data: 'more' },
  { stage: 'explain', teacher: 'teach', data: 'more', limit: 1 },
  { stage: 'score', teacher: 'teach', student: 'base', traces: 'explain' },
  { stage: 'distill', name: 'rlt', student: 'base', traces: 'score' },
  { stage: 'distill', name: 'own', student: 'base', traces: 'train', limit: 2 },
  { stage: 'distill', name: 'solutions', student: 'base', traces: 'train', learn: 'solution' },
  { stage: 'reinforce', student: 'own', data: 'more' },
];
const recipe = parseRecipe({
  name: 'lineage',
  models: { base: 'builtin:base' },
  data: { train: 'train.jsonl', more: 'more.jsonl' },
  stages,
});

it.each([
  ['base', {}],
  ['warm-up', { train: 'a c' }],
  ['teach', { more: 'd e', train: 'a c' }],
  // Not what its teacher was trained on.
  ['rlt', { more: 'd' }],
  ['own', { train: 'a' }],
  ['solutions', { train: 'a b c' }],
  ['reinforce', { more: 'd e', train: 'a' }],
])('%s is trained on %j', async (model, expected) => {
  const found = await trainingQuestions(recipe, model, async (reference) => PROBLEMS[reference]);
  expect(Object.fromEntries(found.map(({ data, questions }) => [data, [...questions()].join(' ')]))).toEqual(expected);
});

it('says nothing of data that are not known yet', async () => {
  expect(await trainingQuestions(recipe, 'warm-up', async () => undefined)).toEqual([]);
});
