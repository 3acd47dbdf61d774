/**
 * The ablations of the paper at the size of the quickstart: each variant differs from it in what is named here and in
 * nothing else. Run it after `npm run build`:
 *
 *     node scripts/ablations.mjs [--seeds 1,2,3] [--only no-kl,k3] [--set path=value]... [--report-only]
 *                                [--out runs/ablations] [--results docs/results]
 *
 * A second start goes on where the first was stopped. ablations.md, its figure and ablations.json are written to
 * --results after every variant; --report-only writes them from what is there.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadRecipe, parseRecipe } from '../dist/recipe/load.js';
import { writeFileAtomically } from '../dist/storage.js';
import { differenceWithInterval, each, interval, percent, table } from './claims/cells.mjs';
import { ended, shownSettings } from './claims/command.mjs';
import { tallies } from './claims/measure.mjs';
import { stageNamed, withLambda } from './claims/plan.mjs';
import { explanationShares } from './claims/readings.mjs';
import { overSeeds, pooledAccuracy, pooledShare, sideOf } from './claims/statistics.mjs';
import { runVariants } from './claims/variants.mjs';
import { accuracyPlot } from './plots/ablations.mjs';

const DEFAULT_SEEDS = '1,2,3';
const VERDICTS = new Map([
  [1, 'better'],
  [0, 'not shown'],
  [-1, 'worse'],
]);
const SHOWN = ['held-out', 'larger-numbers'];

const lambda =
  (factor) =>
  ({ reward }) => ({ reward: withLambda(reward, factor) });
/** Groups of another size, with as many samples a step. */
const groupsOf = (samples) => (teach) => ({
  samples,
  prompts: Math.max(1, Math.round((teach.prompts * teach.samples) / samples)),
});

/**
 * What a variant changes in the stage that its name stands under: `teach` (the explanations and the student follow from
 * it), `traces` (the student follows) or `student`. Written before the runs.
 */
const VARIANTS = {
  quickstart: { text: 'the quickstart' },
  'no-min-max': {
    text: 'means alone in both terms (alpha = 0)',
    teach: ({ reward }) => ({
      reward: { ...reward, solution: { ...reward.solution, min: 0 }, kl: { ...reward.kl, max: 0 } },
    }),
  },
  'no-kl': { text: 'without r_KL (lambda = 0)', teach: lambda(0) },
  'lambda-half': { text: 'lambda = 0.5', teach: lambda(0.5) },
  'lambda-threefold': { text: 'lambda = 3', teach: lambda(3) },
  'lambda-sixfold': { text: 'lambda = 6', teach: lambda(6) },
  k3: { text: 'k3 instead of k1 in r_KL', teach: ({ reward }) => ({ reward: { ...reward, estimator: 'k3' } }) },
  'no-warm-up': { text: 'without the warm-up', teach: () => ({ teacher: 'base' }) },
  'no-reference': { text: 'without a reference (beta = 0)', teach: () => ({ beta: 0 }) },
  'groups-4': { text: '64 problems x 4 samples a step', teach: groupsOf(4) },
  'groups-8': { text: '32 problems x 8 samples a step', teach: groupsOf(8) },
  'groups-32': { text: '8 problems x 32 samples a step', teach: groupsOf(32) },
  'groups-64': { text: '4 problems x 64 samples a step', teach: groupsOf(64) },
  'first-explanation': {
    text: 'one explanation a problem instead of the best of four',
    traces: ({ keep }) => ({ samples: 1, keep: { ...keep, by: 'first' } }),
  },
  'best-by-k1': {
    text: 'the best of four explanations by k1 instead of k3',
    traces: ({ reward }) => ({ reward: { ...reward, estimator: 'k1' } }),
  },
  'best-of-8': {
    text: 'of 8 explanations the one with the highest reward',
    traces: () => ({ samples: 8 }),
  },
  'tenth-of-the-problems': {
    text: 'a tenth of the problems',
    student: (_, __, problems) => ({ limit: Math.ceil(problems / 10) }),
  },
  'tenth-as-often': {
    text: 'a tenth of the problems, ten times as often',
    student: ({ epochs }, _, problems) => ({ limit: Math.ceil(problems / 10), epochs: epochs * 10 }),
  },
};
const named = (stage, variant) => (variant === 'quickstart' ? stage : `${stage}-${variant}`);

/** The quickstart with a teacher, explanations, a student and an evaluation for each variant. */
function recipeOf(quickstart) {
  const [warmUp, reader, teach, traces, student, evaluate] = [
    'warm-up',
    'reader',
    'teach',
    'traces-rlt',
    'student-rlt',
    'evaluate',
  ].map((name) => stageNamed(quickstart, name));
  const problems = quickstart.data.train.count;
  const stages = Object.entries(VARIANTS).flatMap(([variant, changes]) => {
    const taught = { ...teach, ...changes.teach?.(teach) };
    const own = {
      teach: changes.teach === undefined ? undefined : taught,
      traces:
        changes.teach === undefined && changes.traces === undefined
          ? undefined
          : {
              ...traces,
              // The best of four by the coefficients that the teacher was trained with.
              reward: { ...taught.reward, estimator: traces.reward.estimator },
              ...changes.traces?.(traces),
            },
    };
    const all = variant === 'quickstart' ? { teach, traces } : own;
    return [
      ...(all.teach === undefined ? [] : [{ ...all.teach, name: named('teach', variant) }]),
      ...(all.traces === undefined
        ? []
        : [
            {
              ...all.traces,
              name: named('traces', variant),
              teacher: named('teach', all.teach === undefined ? 'quickstart' : variant),
            },
          ]),
      {
        ...student,
        ...changes.student?.(student, teach, problems),
        name: named('student', variant),
        traces: named('traces', all.traces === undefined ? 'quickstart' : variant),
      },
      { ...evaluate, name: named('evaluate', variant), students: { [variant]: named('student', variant) } },
    ];
  });
  return parseRecipe({ ...quickstart, name: 'ablations', stages: [warmUp, reader, ...stages] });
}

/** The stages of a variant, in order, with those that all share. */
const stagesOf = (recipe, variant) => [
  'warm-up',
  'reader',
  ...['teach', 'traces', 'student', 'evaluate']
    .map((stage) => named(stage, variant))
    .filter((name) => recipe.stages.some((stage) => stage.name === name)),
];

/** What one seed has of a variant; undefined where it is not finished. */
async function measured(run, variant) {
  const answers = await run.answers(named('evaluate', variant));
  if (answers === undefined) return undefined;
  const traces = await run.traces(named('traces', variant));
  return {
    accuracy: Object.fromEntries(
      Object.entries(tallies(answers)).map(([key, tally]) => [key.slice(variant.length + 1), tally]),
    ),
    shares: traces === undefined ? null : explanationShares(traces),
  };
}

const withInterval = (pooled) => (pooled === undefined ? '–' : `${percent(pooled.value)} (${interval(pooled)})`);

/**
 * Accuracy on one level, with the difference to the quickstart of the same seed.
 * @param own what each seed has of the variant, and `control` of the quickstart; undefined where it is not finished
 */
function accuracyOf(level, own, control) {
  const accuracy = (one) => one?.accuracy[level]?.accuracy;
  const differences = own.flatMap((one, at) =>
    accuracy(one) === undefined || accuracy(control[at]) === undefined || one === control[at]
      ? []
      : [accuracy(one) - accuracy(control[at])],
  );
  const there = own.filter((one) => one !== undefined);
  return {
    perSeed: there.map(accuracy),
    pooled: pooledAccuracy(there.map((one) => one.accuracy[level])) ?? null,
    differences,
    difference: overSeeds(differences) ?? null,
  };
}

/** What the rule says of a difference; null where it says nothing. */
const verdictOf = (difference, seeds) =>
  (difference === null ? undefined : VERDICTS.get(sideOf(difference, seeds))) ?? null;

const differenceCell = ({ difference }, verdict) => {
  if (difference === null) return '–';
  const value = differenceWithInterval(difference);
  return verdict === 'better' || verdict === 'worse' ? `**${value}**` : value;
};

async function rowsOf(runs) {
  const measures = async (variant) => Promise.all(runs.map(({ run }) => measured(run, variant)));
  const control = await measures('quickstart');
  const rows = [];
  for (const [variant, { text }] of Object.entries(VARIANTS)) {
    const own = variant === 'quickstart' ? control : await measures(variant);
    const there = own.filter((one) => one !== undefined);
    const shares = there.flatMap((one) => (one.shares === null ? [] : [one.shares]));
    const share = (name) => pooledShare(shares.map((one) => ({ share: one[name], of: one.explanations })));
    const accuracy = Object.fromEntries(SHOWN.map((level) => [level, accuracyOf(level, own, control)]));
    rows.push({
      variant,
      text,
      seeds: there.length,
      accuracy,
      verdicts: Object.fromEntries(SHOWN.map((level) => [level, verdictOf(accuracy[level].difference, runs.length)])),
      sound: share('sound'),
      leak: share('leak'),
      stopped: Object.fromEntries(
        runs.flatMap(({ recipe, stops }) => (stops.has(variant) ? [[recipe.seed, stops.get(variant)]] : [])),
      ),
    });
  }
  return rows;
}

/** Written before the runs of seeds 2 and 3; seed 1 was known. */
const RULE =
  "A variant is **better** or **worse** than the quickstart where Student's 95 % interval over the seeds of the difference in accuracy, taken in each seed, does not contain 0; its difference is set in bold type. " +
  'Nothing is left out. Of some forty such comparisons two come out so by chance where nothing differs, and with three seeds a difference has to be large or very regular to be shown.';

function page(rows, command) {
  const shown = rows.filter(({ seeds, stopped }) => seeds > 0 || Object.keys(stopped).length > 0);
  const stopped = shown.flatMap(({ text, stopped: stops }) =>
    Object.entries(stops).map(([seed, why]) => `- ${text}, seed ${seed}: stopped, ${why}.`),
  );
  const accuracies = (level) =>
    table(
      ['', 'each seed (%)', 'pooled (%)', 'less the quickstart (points)'],
      shown
        .filter(({ seeds }) => seeds > 0)
        .map(({ text, accuracy, verdicts }) => [
          text,
          each(accuracy[level].perSeed),
          withInterval(accuracy[level].pooled),
          differenceCell(accuracy[level], verdicts[level]),
        ]),
    );
  return [
    '# Ablations at the size of the quickstart',
    `Made by \`${command}\`; the numbers are also in \`ablations.json\`. Each line is the quickstart with one change. Accuracies are of the student of its explanations on held-out problems; pooled ones have 95 % intervals over problems, ` +
      'which do not cover how teachers of other seeds would differ.',
    '![Accuracy of the student, by variant](ablations.svg)',
    '## The rule',
    RULE,
    '## Held-out problems of the kind trained on',
    accuracies('held-out'),
    ...(stopped.length === 0 ? [] : [stopped.join('\n')]),
    '## Larger numbers than trained on',
    accuracies('larger-numbers'),
    '## Explanations',
    '`sound`: at least one equation, all of them true, the last gives the answer. `bare answers`: the answer stands in it and no equation. In percent of all seeds.',
    table(
      ['', 'sound', 'bare answers'],
      shown
        .filter(({ sound }) => sound !== undefined)
        .map(({ text, sound, leak }) => [text, withInterval(sound), withInterval(leak)]),
    ),
  ].join('\n\n');
}

async function write({ results, seeds, set }, runs) {
  const rows = await rowsOf(runs);
  const command = [
    'node scripts/ablations.mjs',
    ...(seeds.join() === DEFAULT_SEEDS ? [] : [`--seeds ${seeds.join()}`]),
    ...shownSettings(set),
  ].join(' ');
  await mkdir(results, { recursive: true });
  await writeFileAtomically(join(results, 'ablations.md'), `${page(rows, command)}\n`);
  await writeFileAtomically(
    join(results, 'ablations.json'),
    `${JSON.stringify({ command, rule: RULE, rows }, null, 1)}\n`,
  );
  await writeFileAtomically(join(results, 'ablations.svg'), await accuracyPlot(rows, SHOWN));
}

const main = () =>
  runVariants({
    name: 'ablations',
    variants: Object.keys(VARIANTS),
    seeds: DEFAULT_SEEDS,
    recipeOf: async (seed, set) => recipeOf(await loadRecipe('quickstart', [...set, `seed=${seed}`])),
    stagesOf,
    teachOf: (variant) => named('teach', variant),
    write,
  });

await ended(main);
