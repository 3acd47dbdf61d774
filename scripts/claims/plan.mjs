/** Which stages each claim needs, and what must be equal in them for the comparison to be one. */
import { UsageError } from '../../dist/errors.js';
import { parseRecipe } from '../../dist/recipe/load.js';
import { inputsOf } from '../../dist/recipe/references.js';

/** C6: what the teacher is asked to explain besides the word problems that it was trained on. */
export const FAMILIES = ['ages', 'prices', 'journeys', 'countdown'];

/** The paper's claims in the order of its sections. */
export const CLAIMS = {
  C1: { text: 'The reward rises in RL.', stages: ['teach'] },
  C2: {
    text: "A student distilled on RLT traces beats those distilled on the warm-up teacher's traces, on the data's own traces and on solutions alone, and the base.",
    stages: ['evaluate'],
  },
  C3: {
    text: 'It also beats RL on correctness from the base at equal compute.',
    stages: ['evaluate', 'rl-base'],
  },
  C4: { text: 'Cold start: RL after RLT traces beats RL alone.', stages: ['evaluate-rl'] },
  C5: { text: 'A larger student gains as well.', stages: ['evaluate-larger'] },
  C6: {
    text: 'The teacher transfers to families of problems that it was not trained on.',
    stages: FAMILIES.map((family) => `evaluate-${family}`),
  },
  C7: {
    text: 'Without r_KL the teacher leaks the solution; without the warm-up the format is not learnt.',
    stages: ['evaluate', 'evaluate-no-kl', 'traces-warm-up', 'traces-rlt', 'traces-no-kl', 'teach-no-warm-up'],
  },
  C8: { text: "A trace's reward correlates with the score of the student.", stages: ['ranked-scores'] },
};

/** C5: the recipe whose last stage is the larger base, and the students of that base by the stage that they follow. */
export const LARGER_BASE = 'pretrain-larger';
const LARGER_STUDENTS = {
  solutions: 'student-solutions',
  'data-traces': 'student-data-traces',
  'warm-up': 'student-warm-up',
  rlt: 'student-rlt',
};

/** The stage that may stop with advice, and is therefore run apart. */
export const MAY_STOP = 'teach-no-warm-up';

/** Of the RL of C3. */
export const LONGER_EVALUATION = 'evaluate-rl-longer';

export const GROUPS = 4;

/** The tokens that C3 compares. */
export const COMPUTE = {
  rlt: ['warm-up', 'reader', 'teach', 'traces-rlt', 'student-rlt'],
  rl: ['rl-base', 'rl-base-longer'],
};

/** A reward with another lambda: both parts of r_KL scaled, as the paper scales them. */
export const withLambda = (reward, factor) => ({
  ...reward,
  kl: Object.fromEntries(Object.entries(reward.kl).map(([reduction, value]) => [reduction, value * factor])),
});

/** Steps more of RL than the tokens ask for, so that answers that become shorter leave it no fewer. */
const LONGER_BY = 1.1;

export function stageNamed(recipe, name) {
  const stage = recipe.stages.find((one) => one.name === name);
  if (stage === undefined) {
    throw new UsageError(`the recipe of the claims has no stage ${name}`, {
      remedy: 'Name the stages of recipes/quickstart.yaml and recipes/claims.yaml as scripts/claims/plan.mjs does.',
    });
  }
  return stage;
}

/**
 * The recipe with the stages that differ from one of its own in what is named here and in nothing else.
 * @param longerSteps of C3's RL, which is last: it is known once the tokens of the others are
 */
export function withTwins(recipe, longerSteps) {
  const like = (model, changes) => ({ ...stageNamed(recipe, model), ...changes });
  const withoutKl = withLambda(stageNamed(recipe, 'teach').reward, 0);
  const stages = [
    // C7, first half: r_SS alone, in training and in the choice of explanations.
    like('teach', { name: 'teach-no-kl', reward: withoutKl }),
    like('traces-rlt', { name: 'traces-no-kl', teacher: 'teach-no-kl', reward: withoutKl }),
    like('student-rlt', { name: 'student-no-kl', traces: 'traces-no-kl' }),
    like('evaluate', { name: 'evaluate-no-kl', students: { 'no-kl': 'student-no-kl' } }),
    // C4
    like('rl-base', { name: 'rl-rlt', student: 'student-rlt' }),
    like('evaluate', { name: 'evaluate-rl', students: { 'rl-base': 'rl-base', 'rl-rlt': 'rl-rlt' } }),
    // C5
    ...Object.entries(LARGER_STUDENTS).map(([name, stage]) =>
      like(stage, { name: `larger-${name}`, student: 'larger' }),
    ),
    like('evaluate', {
      name: 'evaluate-larger',
      students: {
        base: 'larger',
        ...Object.fromEntries(Object.keys(LARGER_STUDENTS).map((name) => [name, `larger-${name}`])),
      },
    }),
    // C6
    ...FAMILIES.flatMap((family) => [
      like('traces-rlt', { name: `traces-${family}`, data: family }),
      like('student-rlt', { name: `student-${family}-rlt`, traces: `traces-${family}` }),
      like('student-rlt', { name: `student-${family}-data`, traces: family }),
      like('student-solutions', { name: `student-${family}-solutions`, traces: family }),
      like('rl-base', { name: `rl-${family}`, data: family }),
      like('evaluate', {
        name: `evaluate-${family}`,
        students: {
          base: 'base',
          solutions: `student-${family}-solutions`,
          'data-traces': `student-${family}-data`,
          rlt: `student-${family}-rlt`,
          rl: `rl-${family}`,
        },
        problems: { [family]: `${family}-held-out` },
      }),
    ]),
    // C7, second half
    like('teach', { name: MAY_STOP, teacher: 'base' }),
    // C3
    ...(longerSteps === undefined
      ? []
      : [
          like('rl-base', { name: 'rl-base-longer', student: 'rl-base', steps: longerSteps }),
          like('evaluate', { name: LONGER_EVALUATION, students: { 'rl-base-longer': 'rl-base-longer' } }),
        ]),
  ];
  const families = Object.fromEntries(
    FAMILIES.map((family) => [family, { ...recipe.data[family], traces: recipe.data.train.traces }]),
  );
  return parseRecipe({ ...recipe, data: { ...recipe.data, ...families }, stages: [...recipe.stages, ...stages] });
}

/** Steps that RL from the base must go on for to reach the tokens of the RLT and its student. */
export function longerSteps(recipe, rltTokens, baseTokens) {
  const aStep = baseTokens / stageNamed(recipe, 'rl-base').steps;
  return Math.max(1, Math.ceil((LONGER_BY * (rltTokens - baseTokens)) / aStep));
}

/** Names of the stages that claims need, with those that they take, in the order of the recipe. */
export function stagesFor(recipe, claims) {
  const needed = new Set();
  const need = (name) => {
    if (needed.has(name)) return;
    const stage = recipe.stages.find((one) => one.name === name);
    if (stage === undefined) return;
    needed.add(name);
    for (const input of inputsOf(stage)) need(input.name);
  };
  for (const claim of claims) {
    for (const name of CLAIMS[claim].stages) {
      stageNamed(recipe, name);
      need(name);
    }
    if (claim === 'C3') for (const name of ['rl-base-longer', LONGER_EVALUATION]) need(name);
  }
  return recipe.stages.map(({ name }) => name).filter((name) => needed.has(name));
}

/** The recipe of C8's students, made of the same settings as the student of the RLT. */
export function groupRecipe(recipe, files) {
  const { engine, format, prompts, models, data, seed } = recipe;
  const student = stageNamed(recipe, 'student-rlt');
  const evaluation = stageNamed(recipe, 'evaluate');
  const groups = files.map((source, index) => ({ name: `group-${index + 1}`, source }));
  const levels = Object.fromEntries(Object.values(evaluation.problems).map((name) => [name, data[name]]));
  return {
    name: 'claims-groups',
    seed,
    engine,
    format,
    prompts,
    models,
    data: {
      ...levels,
      ...Object.fromEntries(groups.map(({ name, source }) => [`${name}-traces`, { source, adapter: 'plain' }])),
    },
    stages: [
      ...groups.map(({ name }) => ({ ...student, name, traces: `${name}-traces` })),
      {
        ...evaluation,
        name: 'evaluate',
        students: Object.fromEntries(groups.map(({ name }) => [name, name])),
      },
    ],
  };
}
