import { expect, test } from 'vitest';
import type { Problem } from '../../data/problem.js';
import { parseRecipe } from '../../recipe/load.js';
import { adviceFor } from './advice.js';

const recipe = parseRecipe({
  name: 'advice',
  models: { student: 'models/some' },
  data: { mine: { source: 'mine.jsonl' } },
  stages: [{ stage: 'evaluate', students: { student: 'student' }, problems: { mine: 'mine' } }],
});

/** What is said of data sets besides. */
const nothingElse = async () => ({});

const adviceOn = (count: number, of: (index: number) => Omit<Problem, 'id' | 'question'>) =>
  adviceFor(
    recipe,
    recipe.stages,
    async () => Array.from({ length: count }, (_, i) => ({ id: `p${i}`, question: `What is ${i} + 1?`, ...of(i) })),
    nothingElse,
  );

// The second half alone is wrong, which the first rows would not show.
const contradiction = (count: number) => (i: number) => ({
  solution: `The answer is ${i + 1}.`,
  answer: String(i < count / 2 ? i + 1 : i + 2),
});

test('of a large data set a spread of rows is graded, and said to be that', async () => {
  expect(await adviceOn(400, contradiction(400))).toEqual([
    expect.stringMatching(
      /^200 of 400 problems of mine with an answer have a solution that comes to another one \(rows 201, 202/,
    ),
  ]);
  expect(await adviceOn(12_000, contradiction(12_000))).toEqual([
    expect.stringMatching(/^2500 of 5000 looked at among the 12000 problems of mine with an answer have a solution/),
  ]);
});

test('an answer that its solution contradicts is told of the part of the data set that was looked at', async () => {
  const ofReferences = (...references: readonly string[]) => {
    const problems = Object.fromEntries(references.map((reference, i) => [`set${i}`, reference]));
    const stages = [{ stage: 'evaluate', students: { student: 'student' }, problems }];
    const data = { mine: { source: 'mine.jsonl', heldOut: 0.5 } };
    const asked = parseRecipe({ name: 'advice', models: { student: 'models/some' }, data, stages });
    const found = { id: 'p', question: 'What is 1 + 1?', solution: 'The answer is 2.', answer: '3' };
    return adviceFor(asked, asked.stages, async () => [found], nothingElse);
  };
  expect(await ofReferences('mine')).toEqual([expect.stringMatching(/^1 of 1 problems of mine with an answer/)]);
  expect(await ofReferences('mine.held-out')).toEqual([
    expect.stringMatching(/^1 of 1 problems of mine\.held-out with an answer/),
  ]);
  expect(await ofReferences('mine.held-out', 'mine')).toEqual([
    expect.stringMatching(/^2 of 2 problems of mine and mine\.held-out with an answer/),
  ]);
});

test('where most answers differ from their solutions, the column is doubted', async () => {
  const [advice] = await adviceOn(10, (i) => ({ solution: 'The answer is 2.', answer: i < 4 ? '2' : '3' }));
  expect(advice).toMatch(/^warning: 6 of 10 problems of mine with an answer .* the column is hardly the answer/);
  const [other] = await adviceOn(10, (i) => ({ solution: 'The answer is 2.', answer: i < 5 ? '2' : '3' }));
  expect(other).toMatch(/^5 of 10 problems of mine with an answer .*\. Replies are graded by the answer\.$/);
});

test('of many problems without an answer a spread is looked at', async () => {
  const [advice, ...others] = await adviceOn(10_000, () => ({ solution: 'It depends on what they want.' }));
  expect(others).toEqual([]);
  expect(advice).toMatch(/^10000 of 10000 problems of mine have no "answer"/);
  expect(advice).toContain('(5000 were looked at): 5000 give none that can be read');
});

test('how the answer is read from solutions is counted, and those that give none are quoted', async () => {
  const solutions = [
    '24',
    'So it is \\boxed{5}.',
    'The answer is 6.',
    '3 + 4 = 7, and\n#### 7',
    'Ann has 19 + 5 = 24 stones. So it is 24.',
    'That depends on what Ann wants to do with them.',
  ];
  expect(await adviceOn(solutions.length, (i) => ({ solution: solutions[i] ?? '' }))).toEqual([
    '6 of 6 problems of mine have no "answer", so evaluate reads it from their solutions: 1 is taken as a whole, ' +
      '1 has it in a box, 2 state it ("the answer is", "####"), 1 ends with it, as its result or last number, ' +
      '1 gives none that can be read: "That depends on what Ann wants to do with them.". ' +
      'A reply to it is right only if it is the same text; add "answer" there.',
  ]);
  expect(await adviceOn(4, (i) => ({ solution: String(i) }))).toEqual(
    ['evaluate reads it from their solutions: 4 are taken as a whole.'].map((end) =>
      expect.stringMatching(new RegExp(`${end}$`)),
    ),
  );
});

test('where nearly all solutions give no answer, what is read in one of the others is shown', async () => {
  const stray = 'The port of the server is 1194.';
  const [advice = ''] = await adviceOn(12, (i) => ({ solution: i === 3 ? stray : 'Restart the client and log in.' }));
  expect(advice).toContain(
    `1 ends with it, as its result or last number (such as "1194" in "${stray}"), 11 give none that can be read`,
  );
});

test('a teacher that is rewarded at another temperature than it samples at is noted', async () => {
  const teaching = (scored: number) =>
    parseRecipe({
      name: 'taught',
      models: { base: 'models/some', student: 'models/other' },
      data: { mine: { source: 'mine.jsonl' } },
      stages: [
        {
          stage: 'teach',
          teacher: 'base',
          student: 'student',
          data: 'mine',
          sampling: { temperature: 1 },
          reward: { temperature: scored },
        },
      ],
    });
  const advice = async (scored: number) =>
    adviceFor(teaching(scored), teaching(scored).stages, async () => [], nothingElse);
  expect(await advice(0.7)).toEqual([
    expect.stringContaining('explanations are sampled at temperature 1 and rewarded at 0.7'),
  ]);
  expect(await advice(1)).toEqual([]);
});

test('settings of weights that no model on their engine has are told of', async () => {
  const asked = async (settings: object, models: object) => {
    const stages = [{ stage: 'evaluate', students: { student: 'student' }, problems: { mine: 'mine' } }];
    const mine = { mine: { source: 'mine.jsonl' } };
    const recipe = parseRecipe({ name: 'advice', ...settings, models, data: mine, stages });
    return adviceFor(recipe, recipe.stages, async () => [], nothingElse);
  };
  const integers = { kind: 'local', integerProducts: true };
  const plain = { source: 'models/some' };
  const inBits = { source: 'models/some', bits: 8 };
  expect(await asked({ engine: integers }, { student: plain })).toEqual([
    'warning: engine.integerProducts changes nothing, since no model on this engine has bits. Set models.NAME.bits to 8 or 4, or leave the setting out.',
  ]);
  expect(await asked({ engine: integers }, { student: plain, other: inBits })).toEqual([]);
  expect(await asked({ engine: { ...integers, integerProducts: false } }, { student: plain })).toEqual([]);
  const packed = { kind: 'local', packedWeights: true };
  expect(await asked({ engine: packed }, { student: inBits })).toEqual([
    'warning: engine.packedWeights changes nothing, since no model on this engine is in float32. Take models.NAME.bits away, or leave the setting out.',
  ]);
  expect(await asked({ engine: packed }, { student: inBits, other: plain })).toEqual([]);
  // Another engine's model has nothing of it.
  const second = { engines: { second: integers } };
  expect(await asked(second, { student: inBits })).toEqual([
    expect.stringContaining('engines.second.integerProducts changes nothing'),
  ]);
  expect(await asked(second, { student: plain, other: { ...inBits, engine: 'second' } })).toEqual([]);
  expect(await asked(second, { student: plain, other: { ...inBits, sampler: 'second' } })).toEqual([]);
});

test('a learning rate beyond all weights is told of, with those that are usual', async () => {
  const at = (learningRate: number) => {
    const stages = [{ stage: 'warm-up', teacher: 'student', data: 'mine', optimiser: { learningRate } }];
    const asked = parseRecipe({
      name: 'advice',
      models: { student: 'models/some' },
      data: { mine: { source: 'mine.jsonl' } },
      stages,
    });
    return adviceFor(asked, asked.stages, async () => undefined, nothingElse);
  };
  expect(await at(1)).toEqual([
    expect.stringMatching(/^warning: stages\.warm-up\.optimiser\.learningRate is 1, .* Rates are from 1e-6/),
  ]);
  expect(await at(0.02)).toEqual([]);
});

test('stages that train the bundled model at the rates of the paper are told of, with those of its recipes', async () => {
  const at = (source: string, optimiser: object) => {
    const stages = [
      { stage: 'warm-up', teacher: 'base', data: 'mine', steps: 200, ...optimiser },
      { stage: 'teach', teacher: 'warm-up', student: 'base', data: 'mine', ...optimiser },
      { stage: 'distill', name: 'pupil', student: 'base', traces: 'mine', ...optimiser },
    ];
    const data = { mine: { source: 'mine.jsonl' } };
    const asked = parseRecipe({ name: 'advice', models: { base: source }, data, stages });
    return adviceFor(asked, asked.stages, async () => undefined, nothingElse);
  };
  expect(await at('builtin:base', {})).toEqual([
    'warning: warm-up (0.00001), teach (0.000001) and pupil (0.00001) train the bundled model at the learning rate of models of billions of parameters, at which it hardly learns. Recipes for it take --set stages.warm-up.optimiser.learningRate=0.001 --set stages.teach.optimiser.learningRate=0.0006 --set stages.pupil.optimiser.learningRate=0.001.',
  ]);
  expect(await at('builtin:base', { optimiser: { learningRate: 5e-4 } })).toEqual([]);
  expect(await at('models/some', {})).toEqual([]);
});

test('steps of a warm-up that were set are noted where they are too few for the bundled model', async () => {
  const adviceOnSteps = (steps: number, source = 'builtin:base') => {
    const stages = [
      { stage: 'warm-up', teacher: 'base', data: 'mine', steps, optimiser: { learningRate: 1e-3 } },
      { stage: 'teach', teacher: 'warm-up', student: 'base', data: 'mine', optimiser: { learningRate: 6e-4 } },
    ];
    const data = { mine: { source: 'mine.jsonl' } };
    const warmedUp = parseRecipe({ name: 'advice', models: { base: source }, data, stages });
    return adviceFor(warmedUp, warmedUp.stages, async () => undefined, nothingElse);
  };
  expect(await adviceOnSteps(2)).toEqual([
    'warm-up takes 2 steps, too few for the bundled model to learn how an explanation ends; teach stops where none of its explanations ends. Set stages.warm-up.steps to about 120 (--set stages.warm-up.steps=120).',
  ]);
  expect(await adviceOnSteps(40)).toEqual([]);
  expect(await adviceOnSteps(2, 'models/some')).toEqual([]);
});

test('decimal commas that are graded as lists are told of', async () => {
  const told = (answer: string) => adviceOn(3, () => ({ solution: `The answer is ${answer}.`, answer }));
  expect(await told('31,5')).toContainEqual(
    'warning: 3 answers of mine, such as "31,5", are graded as lists of two numbers. If they are decimals, write them with a point: 31.5.',
  );
  for (const answer of ['31.5', '31', '1,000', '(3,4)'])
    expect((await told(answer)).join(), answer).not.toContain('lists');
});

test('bare results as solutions are told of where the bundled model reads them, and not where they only grade', async () => {
  const told = (stage: object, solution: string, question = 'Ann has shells.') => {
    const asked = parseRecipe({
      name: 'advice',
      models: { student: 'builtin:base' },
      data: { mine: { source: 'mine.jsonl' } },
      stages: [stage],
    });
    const problems = Array.from({ length: 4 }, (_, i) => ({
      ...{ id: `p${i}`, question: question.replace('has', `has ${i}`) },
      ...{ solution, answer: '27' },
    }));
    return adviceFor(asked, asked.stages, async () => problems, nothingElse);
  };
  const optimiser = { learningRate: 6e-4 };
  const teach = { stage: 'teach', teacher: 'student', student: 'student', data: 'mine', optimiser };
  expect(await told(teach, '27')).toContainEqual(
    expect.stringMatching(
      /^warning: most solutions of mine are bare results \("27"\), .*Write them so: "The answer is 27\."$/,
    ),
  );
  expect(await told(teach, '\\boxed{27}')).toHaveLength(1);
  expect(await told(teach, 'The answer is 27.')).toEqual([]);
  // Neither hides that the questions are none of the bundled model's.
  const foreign = await told(teach, '27', 'Wie lautet das Ergebnis der vierteljährlichen Abschreibung?');
  expect(foreign).toEqual([expect.stringContaining('bare results'), expect.stringContaining('knows only short word')]);
  const evaluate = { stage: 'evaluate', students: { student: 'student' }, problems: { mine: 'mine' } };
  expect(await told(evaluate, '27')).toEqual([]);
});

test('few traces, traces that are none, and solutions that repeat the question are told of', async () => {
  const learning = parseRecipe({
    name: 'advice',
    models: { base: 'models/some' },
    data: { mine: { source: 'mine.jsonl' } },
    stages: [
      { stage: 'warm-up', teacher: 'base', data: 'mine', steps: 50 },
      { stage: 'distill', student: 'base', traces: 'mine' },
    ],
  });
  const on = (count: number, of: (index: number) => Partial<Problem>) =>
    adviceFor(
      learning,
      learning.stages,
      async () =>
        Array.from({ length: count }, (_, i) => {
          return { id: `p${i}`, question: `What is ${i} + 1?`, solution: `It is ${i + 1}.`, ...of(i) };
        }),
      nothingElse,
    );
  const thought = (i: number) => ({ reasoningTraces: [`One more than ${i} is ${i + 1}, as counting shows.`] });
  expect(await on(48, (i) => (i === 7 ? thought(i) : {}))).toEqual([
    'warning: only 1 of 48 problems of mine has a trace, and warm-up and distill learn from it alone. Write more, or leave it out: where a recipe has examples, it takes those then.',
  ]);
  expect(await on(48, (i) => (i < 9 ? thought(i) : {}))).toEqual([expect.stringContaining('only 9 of 48 problems')]);
  expect(await on(48, (i) => (i < 10 ? thought(i) : {}))).toEqual([]);
  // Who has few problems has few traces.
  expect(await on(6, thought)).toEqual([]);
  expect(await on(30, (i) => (i < 24 ? { reasoningTraces: ['n/a'] } : thought(i)))).toEqual([
    'warning: 24 of 30 traces of mine are "n/a". Leave the trace of a problem that has none empty.',
  ]);
  expect(await on(30, (i) => ({ ...thought(i), ...(i < 2 ? { solution: `what is ${i} + 1?` } : {}) }))).toEqual([]);
  expect(await on(30, (i) => ({ ...thought(i), ...(i < 2 ? { solution: `What is ${i} + 1?` } : {}) }))).toEqual([
    'warning: the solution of 2 of 30 problems of mine is the question itself; nothing can be learnt from them.',
  ]);
  expect(
    await on(30, (i) => ({ ...thought(i), ...(i === 2 ? { solution: 'Remove <|end_of_solution|>.' } : {}) })),
  ).toEqual([
    expect.stringMatching(
      /^warning: 1 of 30 solutions of mine holds <\|end_of_solution\|>, the tag that ends a solution/,
    ),
  ]);
});

test('settings of a reward that turn its meaning round, or bias it, are told of', async () => {
  const on = async (settings: object) => {
    const taught = parseRecipe({
      name: 'advice',
      models: { base: 'models/some' },
      data: { mine: { source: 'mine.jsonl' } },
      stages: [{ stage: 'teach', teacher: 'base', student: 'base', data: 'mine', ...settings }],
    });
    return adviceFor(taught, taught.stages, async () => undefined, nothingElse);
  };
  expect(await on({})).toEqual([]);
  expect(await on({ sampling: { topP: 0.9, minP: 0.1 } })).toEqual([
    expect.stringMatching(/^stages\.teach: .* with topP 0\.9 and minP 0\.1, .* biased/),
  ]);
  expect(await on({ reward: { penalties: { missingEndTag: 5 }, kl: { mean: -1, max: 0 } } })).toEqual([
    expect.stringMatching(/^warning: stages\.teach\.reward\.penalties\.missingEndTag is 5, which is added/),
    expect.stringMatching(/^warning: stages\.teach\.reward\.kl\.mean is -1\. .* gives the solution away/),
  ]);
  const nothing = { mean: 0, min: 0, max: 0, sum: 0, median: 0 };
  expect(await on({ reward: { solution: nothing, kl: nothing } })).toEqual([
    expect.stringContaining('has no term: all coefficients are 0'),
  ]);
});
