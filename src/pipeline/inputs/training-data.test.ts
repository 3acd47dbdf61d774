import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
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

it('looks into the runs that left the model that it starts from, as far as they can be read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rlt-training-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const lines = ['a', 'b'].map((question) => JSON.stringify({ question, solution: 's', reasoning_trace: 't' }));
  writeFileSync(join(folder, 'p.jsonl'), lines.join('\n'));
  writeFileSync(join(folder, 'q.jsonl'), JSON.stringify({ question: 'z', solution: 's', reasoning_trace: 't' }));
  const leftBy = (run: string, source: string, data: string): string => {
    const model = join(folder, run, 'stages', '01-own', 'model');
    mkdirSync(model, { recursive: true });
    const own = { stage: 'distill', name: 'own', student: 'base', traces: 'train', limit: 1 };
    const made = { name: run, models: { base: source }, data: { train: data }, stages: [own] };
    writeFileSync(join(folder, run, 'recipe.yaml'), JSON.stringify(made));
    return model;
  };
  const first = leftBy('first', 'builtin:base', join(folder, 'p.jsonl'));
  const second = leftBy('second', first, join(folder, 'q.jsonl'));
  const trainedOn = async (models: object, name: string) => {
    const asked = parseRecipe({ name: 'asked', models, data: { train: 'train.jsonl', more: 'more.jsonl' }, stages });
    const found = await trainingQuestions(asked, name, async (reference) => PROBLEMS[reference]);
    return found.map(({ data, isElsewhere = false, questions }) => [data, isElsewhere, [...questions()].join(' ')]);
  };
  const ofFirst = ['train of the run first', true, 'a'];
  const ofSecond = ['train of the run second', true, 'z'];
  expect(await trainedOn({ base: first }, 'base')).toEqual([ofFirst]);
  expect(await trainedOn({ base: second }, 'base')).toEqual([ofSecond, ofFirst]);
  expect(await trainedOn({ base: { source: 'builtin:base', adapter: second } }, 'base')).toEqual([ofSecond, ofFirst]);
  expect(await trainedOn({ base: first }, 'own')).toEqual([['train', false, 'a'], ofFirst]);
  expect(await trainedOn({ base: join(folder, 'first', 'kept', '01-own', 'step-000001', 'model') }, 'base')).toEqual([
    ofFirst,
  ]);
  // Nothing is said of what cannot be read: data that are gone, and a recipe that is none.
  rmSync(join(folder, 'p.jsonl'));
  expect(await trainedOn({ base: second }, 'base')).toEqual([ofSecond]);
  writeFileSync(join(folder, 'second', 'recipe.yaml'), 'stages: 7');
  expect(await trainedOn({ base: second }, 'base')).toEqual([]);
});
