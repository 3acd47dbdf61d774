/** The figures of one seed, as plain data: all that claims.json holds and that verdicts are made of. */
import { groupsRun, stopOf } from './experiment.mjs';
import { COMPUTE, FAMILIES, LONGER_EVALUATION, MAY_STOP, stagesFor } from './plan.mjs';
import { bothExplanations, explanationShares } from './readings.mjs';
import { slope } from './statistics.mjs';

/** Steps at each end of RL whose means are shown. */
export const END_STEPS = 5;

/** Stages of RL with the metric that is drawn of them. */
const CURVES = { teach: 'reward', 'rl-base': 'answers/right', 'rl-rlt': 'answers/right' };
const EXAMPLES = 4;

const mean = (values) => values.reduce((total, value) => total + value, 0) / values.length;

/** What is not finished is left out; what of it `claims` need is named under `missing`. */
export async function measureSeed(runs, claims) {
  const { seed, recipe, main } = runs;
  const groups = claims.includes('C8') ? await groupsRun(runs) : undefined;
  const stop = await stopOf(runs);
  const students = {};
  for (const evaluation of ['evaluate', 'evaluate-no-kl', 'evaluate-rl', LONGER_EVALUATION]) {
    Object.assign(students, tallies(await main.answers(evaluation)));
  }
  const minutes = (await main.minutes()) + ((await groups?.run.minutes()) ?? 0);
  const wanted = stagesFor(recipe, claims).filter((name) => name !== MAY_STOP || stop === undefined);
  const groupStages = groups?.run.recipe.stages.map(({ name }) => name) ?? [];
  const noWarmUp = stop === undefined ? await ends(main, MAY_STOP) : undefined;
  return {
    seed,
    minutes,
    base: (await main.models('evaluate'))?.base ?? null,
    missing: [
      ...wanted.filter((name) => main.folder(name) === undefined),
      ...(!claims.includes('C3') || recipe.stages.some(({ name }) => name === LONGER_EVALUATION)
        ? []
        : ['the longer RL of C3']),
      ...(claims.includes('C8') && groups === undefined ? ['the students of C8'] : []),
      ...groupStages.filter((name) => groups?.run.folder(name) === undefined).map((name) => `${name} of C8`),
    ],
    teach: (await ends(main, 'teach')) ?? null,
    noWarmUp: stop === undefined ? (noWarmUp ?? null) : { stop },
    students,
    larger: tallies(await main.answers('evaluate-larger')),
    families: await families(main),
    tokens: {
      rlt: (await main.tokens(COMPUTE.rlt)) ?? null,
      rl: (await main.tokens(COMPUTE.rl)) ?? null,
    },
    teachers: await teachers(main),
    curves: await curves(main),
    examples: await examples(main),
    groups: await groupFigures(groups),
  };
}

/** By "student/level": how many problems had 0, 1, 2, ... of their samples right. */
export function tallies(answers) {
  if (answers === undefined) return {};
  return Object.fromEntries(
    [...answers].map(([key, { samples, right }]) => {
      const problemsWithRight = Array.from({ length: samples + 1 }, (_, n) => right.filter((one) => one === n).length);
      return [key, { samples, problemsWithRight, accuracy: mean(right) / samples }];
    }),
  );
}

/** C6: the students of each family, on held-out problems of that family. */
async function families(main) {
  const students = {};
  for (const family of FAMILIES) Object.assign(students, tallies(await main.answers(`evaluate-${family}`)));
  return students;
}

/** The rise of an RL stage's reward by a line through all steps, and means of the first and of the last ones. */
async function ends(main, stage) {
  const metrics = await main.metrics(stage);
  if (metrics === undefined) return undefined;
  const count = Math.max(1, Math.min(END_STEPS, Math.floor(metrics.length / 2)));
  const summary = (steps) => ({
    reward: mean(steps.map((step) => step.reward)),
    solution: mean(steps.map((step) => step['reward/solution'])),
    kl: mean(steps.map((step) => step['reward/kl'])),
    ended: 1 - mean(steps.map((step) => step['penalized/missingEndTag'])),
  });
  return {
    steps: metrics.length,
    averaged: count,
    rise: slope(metrics.map(({ reward }) => reward)) * (metrics.length - 1),
    first: summary(metrics.slice(0, count)),
    last: summary(metrics.slice(-count)),
  };
}

/** What RL raises, by stage, at every step: the teacher's reward, and the share of right answers of RL on correctness. */
async function curves(main) {
  const all = {};
  for (const [stage, metric] of Object.entries(CURVES)) {
    const metrics = await main.metrics(stage);
    if (metrics !== undefined) all[stage] = metrics.map((step) => Number(step[metric].toPrecision(4)));
  }
  return all;
}

/** The explanations of the first problems that both teachers explained, before and after RL. */
async function examples(main) {
  const [before, after] = [await main.traces('traces-warm-up'), await main.traces('traces-rlt')];
  if (before === undefined || after === undefined) return [];
  return bothExplanations(before, after, EXAMPLES).map(({ answer: _, ...one }) => one);
}

async function teachers(main) {
  const shares = {};
  for (const [teacher, stage] of [
    ['warm-up', 'traces-warm-up'],
    ['rlt', 'traces-rlt'],
    ['no-kl', 'traces-no-kl'],
  ]) {
    const traces = await main.traces(stage);
    if (traces !== undefined) shares[teacher] = explanationShares(traces);
  }
  return shares;
}

async function groupFigures(groups) {
  const answers = await groups?.run.answers('evaluate');
  if (answers === undefined) return null;
  const all = tallies(answers);
  return groups.rewards.map((reward, index) => {
    const prefix = `group-${index + 1}/`;
    const own = Object.entries(all).filter(([key]) => key.startsWith(prefix));
    return { reward, accuracy: Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])) };
  });
}
