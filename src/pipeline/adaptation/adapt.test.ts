import { expect, test } from 'vitest';
import { parseRecipe } from '../../recipe/load.js';
import { adaptRecipe, decidingDataSets, type TraceCounts } from './adapt.js';

const recipeWith = (changes: readonly string[] = []) =>
  parseRecipe(
    {
      name: 'own',
      models: { base: 'builtin:base' },
      data: {
        train: { source: 'train.jsonl', heldOut: 1 },
        examples: 'task:word-problems',
        written: 'written.jsonl',
      },
      stages: [
        { stage: 'warm-up', teacher: 'base', data: 'train' },
        { stage: 'distill', name: 'reader', student: 'base', traces: 'train' },
        { stage: 'teach', teacher: 'warm-up', student: 'reader', data: 'train' },
        { stage: 'explain', name: 'before', teacher: 'warm-up', data: 'train' },
        { stage: 'explain', name: 'after', teacher: 'teach', data: 'train' },
        { stage: 'distill', name: 'solutions', student: 'base', traces: 'train', learn: 'solution' },
        { stage: 'distill', name: 'own-traces', student: 'base', traces: 'train' },
        { stage: 'distill', name: 'taught', student: 'base', traces: 'after' },
        {
          stage: 'evaluate',
          students: { base: 'base', solutions: 'solutions', own: 'own-traces', taught: 'taught' },
          problems: { held: 'train.held-out' },
        },
      ],
    },
    {},
    changes,
  );

const counted = (traced: number, problems = 40): ReadonlyMap<string, TraceCounts> =>
  new Map([['train', { problems, traced }]]);

const SKIP_ALL = ['warm-up', 'reader', 'own-traces'].map((stage) => `stages.${stage}.whenNoTraces=skip`);

test('only data that are read decide, since generated problems have traces', () => {
  expect([...decidingDataSets(recipeWith())]).toEqual(['train']);
  expect([...decidingDataSets(recipeWith(['data.train.source=task:countdown']))]).toEqual([]);
});

test('data with a trace for every problem change nothing and tell nothing', () => {
  const recipe = recipeWith();
  const adapted = adaptRecipe(recipe, counted(40));
  expect([adapted.recipe, adapted.decisions, [...adapted.leftOut]]).toEqual([recipe, [], []]);
});

test('data some of whose problems have traces are used for what they have, which is told with the numbers', () => {
  const recipe = recipeWith(['stages.warm-up.examples=examples', 'stages.reader.whenNoTraces=skip']);
  const { recipe: adapted, decisions } = adaptRecipe(recipe, counted(20));
  expect(decisions.map(({ text }) => text)).toEqual([
    '20 of 40 problems of train have traces; warm-up uses these',
    '20 of 40 problems of train have traces; reader uses these',
    '20 of 40 problems of train have traces; own-traces uses these',
  ]);
  // What the recipe would have done otherwise is decided, so it is no part of the identities of stages.
  expect(adapted.stages).toEqual(recipeWith().stages);
});

test('without traces, examples take their place where there are some', () => {
  const recipe = recipeWith([
    'stages.warm-up.examples=written',
    'stages.reader.examples=examples',
    'stages.own-traces.whenNoTraces=skip',
  ]);
  const { recipe: adapted, decisions, leftOut } = adaptRecipe(recipe, counted(0));
  expect(adapted.stages.map(({ name }) => name)).toEqual([
    'warm-up',
    'reader',
    'teach',
    'before',
    'after',
    'solutions',
    'taught',
    'evaluate',
  ]);
  expect(adapted.stages[0]).toMatchObject({ data: 'written', examples: null });
  expect(adapted.stages[1]).toMatchObject({ traces: 'examples', examples: null });
  expect(adapted.stages.at(-1)).toMatchObject({ students: { base: 'base', solutions: 'solutions', taught: 'taught' } });
  expect([...leftOut.keys()]).toEqual(['own-traces']);
  expect(decisions.map(({ text }) => text)).toEqual([
    'none of the 40 problems of train has a trace; warm-up uses the traces of written',
    'none of the 40 problems of train has a trace; reader uses the traces of examples',
    'none of the 40 problems of train has a trace; own-traces is left out',
    'evaluate leaves out own, which is not trained',
  ]);
  expect(parseRecipe(adapted)).toEqual(adapted);
});

test('a stage that is left out passes on the model that it would start from, but not to an evaluation', () => {
  const { recipe: adapted, decisions, leftOut } = adaptRecipe(recipeWith(SKIP_ALL), counted(0, 7));
  expect([...leftOut.keys()]).toEqual(['warm-up', 'reader', 'own-traces']);
  const stage = (name: string) => adapted.stages.find((one) => one.name === name);
  expect(stage('teach')).toMatchObject({ teacher: 'base', student: 'base' });
  expect(stage('before')).toMatchObject({ teacher: 'base' });
  expect(stage('after')).toMatchObject({ teacher: 'teach' });
  expect(stage('evaluate')).toMatchObject({ students: { base: 'base', solutions: 'solutions', taught: 'taught' } });
  expect(decisions[0]?.text).toBe(
    'none of the 7 problems of train has a trace; warm-up is left out, and base takes its place',
  );
  expect(parseRecipe(adapted)).toEqual(adapted);
});

test('stages left out one after the other pass on the first model; an evaluation of nothing else is left out', () => {
  const chain = parseRecipe({
    name: 'chain',
    models: { base: 'builtin:base' },
    data: { train: 'train.jsonl' },
    stages: [
      { stage: 'warm-up', teacher: 'base', data: 'train', whenNoTraces: 'skip' },
      { stage: 'warm-up', name: 'again', teacher: 'warm-up', data: 'train', whenNoTraces: 'skip' },
      { stage: 'explain', teacher: 'again', data: 'train' },
      { stage: 'evaluate', students: { again: 'again' }, problems: { train: 'train' } },
    ],
  });
  const { recipe: adapted, leftOut } = adaptRecipe(chain, counted(0));
  expect(adapted.stages).toEqual([{ ...chain.stages[2], teacher: 'base' }]);
  expect([...leftOut.keys()]).toEqual(['warm-up', 'again', 'evaluate']);
});

test('a recipe that says nothing stays as it is, to be refused; so does one whose data have not been counted', () => {
  expect(adaptRecipe(recipeWith(), counted(0)).recipe).toEqual(recipeWith());
  const skipping = recipeWith(SKIP_ALL);
  expect(adaptRecipe(skipping, new Map())).toEqual({ recipe: skipping, decisions: [], leftOut: new Map() });
});
