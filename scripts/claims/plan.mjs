/** Which stages each claim needs, and what must be equal in them for the comparison to be one. */
import { UsageError } from '../../dist/errors.js';
import { inputsOf } from '../../dist/recipe/references.js';

/** METHOD's claims in its order. C5 (a larger student) needs a larger model than the bundled one. */
export const CLAIMS = {
  C1: { text: 'The reward rises in RL.', stages: ['teach'] },
  C2: {
    text: "A student distilled on RLT traces beats those distilled on the warm-up teacher's traces, on the data's own traces and on solutions alone, and the base.",
    stages: ['evaluate'],
  },
  C3: {
    text: 'It also beats RL on correctness from the base at equal compute.',
    stages: ['evaluate', 'evaluate-rl'],
  },
  C4: { text: 'Cold start: RL after RLT traces beats RL alone.', stages: ['evaluate-rl'] },
  C5: { text: 'A larger student gains as well.', stages: [] },
  C6: { text: 'The teacher transfers to a task that it was not trained on.', stages: ['evaluate-countdown'] },
  C7: {
    text: 'Without r_KL the teacher leaks the solution; without the warm-up the format is not learnt.',
    stages: ['evaluate', 'evaluate-no-kl', 'traces-warm-up', 'traces-rlt', 'traces-no-kl', 'teach-no-warm-up'],
  },
  C8: { text: "A trace's reward correlates with the score of the student.", stages: ['ranked-scores', 'student-rlt'] },
};

/** The stage that may stop with advice, and is therefore run apart. */
export const MAY_STOP = 'teach-no-warm-up';

export const GROUPS = 4;

/** The tokens that C3 compares. */
export const COMPUTE = {
  rlt: ['warm-up', 'reader', 'teach', 'traces-rlt', 'student-rlt'],
  rl: ['rl-base', 'rl-base-longer'],
};

/** Stages that differ in the named fields only. */
const TWINS = [
  ['student-solutions', 'student-rlt', ['traces', 'learn']],
  ['student-data-traces', 'student-rlt', ['traces']],
  ['student-warm-up', 'student-rlt', ['traces']],
  ['student-no-kl', 'student-rlt', ['traces']],
  ['student-countdown-rlt', 'student-rlt', ['traces']],
  ['student-countdown-data', 'student-rlt', ['traces']],
  ['traces-warm-up', 'traces-rlt', ['teacher']],
  ['traces-no-kl', 'traces-rlt', ['teacher']],
  ['traces-countdown', 'traces-rlt', ['data']],
  ['teach-no-kl', 'teach', ['reward']],
  [MAY_STOP, 'teach', ['teacher']],
  ['rl-base-longer', 'rl-base', ['student', 'steps']],
  ['rl-rlt', 'rl-base', ['student']],
  ['rl-countdown', 'rl-base', ['data', 'steps']],
  ['evaluate-no-kl', 'evaluate', ['students']],
  ['evaluate-rl', 'evaluate', ['students']],
  ['evaluate-countdown', 'evaluate', ['students', 'problems']],
];

export function stageNamed(recipe, name) {
  const stage = recipe.stages.find((one) => one.name === name);
  if (stage === undefined) {
    throw new UsageError(`the recipe of the claims has no stage ${name}`, {
      remedy: 'Name the stages of recipes/quickstart.yaml and recipes/claims.yaml as scripts/claims/plan.mjs does.',
    });
  }
  return stage;
}

/** Throws UsageError with every setting in which two stages differ that should not. */
export function requireTwins(recipe) {
  const differences = TWINS.flatMap(([name, model, free]) => {
    const [one, other] = [stageNamed(recipe, name), stageNamed(recipe, model)];
    return Object.keys(other)
      .filter((field) => !['name', ...free].includes(field))
      .filter((field) => JSON.stringify(one[field]) !== JSON.stringify(other[field]))
      .map(
        (field) =>
          `stages.${name}.${field} is ${JSON.stringify(one[field])}, and that of ${model} ${JSON.stringify(other[field])}`,
      );
  });
  if (differences.length === 0) return;
  throw new UsageError(`the claims would compare what differs otherwise:\n- ${differences.join('\n- ')}`, {
    remedy: 'Make them equal in recipes/claims.yaml or with --set.',
  });
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
    if (claim === 'C3') for (const name of [...COMPUTE.rlt, ...COMPUTE.rl]) need(name);
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
