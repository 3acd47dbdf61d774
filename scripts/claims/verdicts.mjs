/** Each claim's verdict from the figures of the seeds. What counts as held is written in `rule`. */
import { FAMILIES } from './plan.mjs';
import { above, correlation, overSeeds, pooledAccuracy, pooledShare } from './statistics.mjs';

/** RL has equal compute where it computed at least this share of the tokens that the RLT took. */
const EQUAL_TOKENS = 0.95;
/** Where more than this share of explanations ends with its tag, the format counts as learnt. */
const LEARNT = 0.5;

const HELD = 'held';
const NOT_HELD = 'not held';
const NOT_MEASURED = 'not measured';

const total = (tokens) => Object.values(tokens).reduce((sum, value) => sum + value, 0);

/** One student against another, on a level: pooled over problems, and its difference over seeds. */
function against(seeds, better, worse, level, of = (seed) => seed.students) {
  const both = seeds.filter((seed) => of(seed)[`${better}/${level}`] && of(seed)[`${worse}/${level}`]);
  if (both.length === 0) return undefined;
  const tallies = (student) => both.map((seed) => of(seed)[`${student}/${level}`]);
  const differences = both.map(
    (seed) => of(seed)[`${better}/${level}`].accuracy - of(seed)[`${worse}/${level}`].accuracy,
  );
  const [a, b] = [pooledAccuracy(tallies(better)), pooledAccuracy(tallies(worse))];
  return { better, worse, level, a, b, apart: above(a, b), differences, difference: overSeeds(differences) };
}

function students(seeds, names, levels, of = (seed) => seed.students) {
  return names.flatMap((student) =>
    levels.flatMap((level) => {
      const perSeed = seeds.map((seed) => of(seed)[`${student}/${level}`]);
      const pooled = pooledAccuracy(perSeed.filter((tally) => tally !== undefined));
      return pooled === undefined
        ? []
        : [{ student, level, perSeed: perSeed.map((one) => one?.accuracy ?? null), pooled }];
    }),
  );
}

/** Held where every comparison on the level of the training problems has intervals that lie apart. */
function comparisonVerdict(comparisons, wanted) {
  const decisive = comparisons.filter(({ level }) => level === wanted.level);
  if (wanted.others.some((other) => !decisive.some(({ worse }) => worse === other))) return NOT_MEASURED;
  return decisive.filter(({ worse }) => wanted.others.includes(worse)).every(({ apart }) => apart) ? HELD : NOT_HELD;
}

const LEVELS = ['held-out', 'larger-numbers', 'more-steps'];

const compare = (seeds, better, others, levels = LEVELS, of) =>
  levels.flatMap((level) => others.flatMap((worse) => against(seeds, better, worse, level, of) ?? []));

function c1(seeds) {
  const measured = seeds.filter(({ teach }) => teach !== null);
  const rows = measured.map(({ seed, teach }) => ({ seed, ...teach }));
  const rise = overSeeds(rows.map((row) => row.rise));
  const isUp = rows.every((row) => row.rise > 0);
  return {
    rule: 'The rise of the reward is the slope of the least-squares line through the mean reward of all steps, times the number of steps. It is above 0 in every seed, and, with two seeds or more, its 95 % interval over seeds lies above 0.',
    verdict: rise === undefined ? NOT_MEASURED : isUp && (rise.low === null || rise.low > 0) ? HELD : NOT_HELD,
    rows,
    rise,
  };
}

function c2(seeds) {
  const others = ['warm-up', 'data-traces', 'solutions', 'base'];
  const comparisons = compare(seeds, 'rlt', others);
  return {
    rule: "On problems of the kind trained on, the pooled interval of the RLT's student lies above that of each of the four others.",
    verdict: comparisonVerdict(comparisons, { level: 'held-out', others }),
    students: students(seeds, ['rlt', ...others], LEVELS),
    comparisons,
  };
}

function c3(seeds) {
  const comparisons = compare(seeds, 'rlt', ['rl-base-longer']);
  const tokens = seeds.flatMap(({ seed, tokens: { rlt, rl } }) =>
    rlt === null || rl === null ? [] : [{ seed, rlt: total(rlt), rl: total(rl), share: total(rl) / total(rlt) }],
  );
  const verdict = comparisonVerdict(comparisons, { level: 'held-out', others: ['rl-base-longer'] });
  const isEqual = tokens.length > 0 && tokens.every(({ share }) => share >= EQUAL_TOKENS);
  return {
    rule: `RL computed at least ${EQUAL_TOKENS * 100} % of the tokens of the RLT's warm-up, reader, teacher, traces and student; on problems of the kind trained on, the pooled interval of the RLT's student lies above that of RL's.`,
    verdict: verdict === NOT_MEASURED || isEqual ? verdict : `${NOT_MEASURED}: RL had fewer tokens`,
    students: students(seeds, ['rlt', 'rl-base-longer', 'base'], LEVELS),
    comparisons,
    tokens,
  };
}

function c4(seeds) {
  const comparisons = compare(seeds, 'rl-rlt', ['rl-base', 'rl-base-longer', 'rlt']);
  return {
    rule: 'After as many steps of RL with the same settings, on problems of the kind trained on, the pooled interval with the cold start lies above that without.',
    verdict: comparisonVerdict(comparisons, { level: 'held-out', others: ['rl-base'] }),
    students: students(seeds, ['rl-rlt', 'rl-base', 'rl-base-longer', 'rlt', 'base'], LEVELS),
    comparisons,
  };
}

function c5(seeds) {
  const of = ({ larger }) => larger;
  const others = ['warm-up', 'data-traces', 'solutions', 'base'];
  const comparisons = compare(seeds, 'rlt', others, LEVELS, of);
  return {
    rule: "As C2, with students of the larger base, distilled on the same explanations of the small teachers with the same settings: on problems of the kind trained on, the pooled interval of the RLT's student lies above that of each of the four others.",
    verdict: comparisonVerdict(comparisons, { level: 'held-out', others }),
    students: students(seeds, ['rlt', ...others], LEVELS, of),
    comparisons,
  };
}

function c6(seeds) {
  const of = ({ families }) => families;
  const others = ['base', 'solutions', 'data-traces', 'rl'];
  const comparisons = compare(seeds, 'rlt', others, FAMILIES, of);
  const families = FAMILIES.map((family) => ({
    family,
    verdict: comparisonVerdict(comparisons, { level: family, others }),
  }));
  const measured = families.filter(({ verdict }) => verdict !== NOT_MEASURED);
  const held = measured.filter(({ verdict }) => verdict === HELD);
  return {
    rule: "For a family: on its held-out problems, the pooled interval of the student of the word-problem teacher's explanations lies above those of the base, of solutions only, of the family's own traces and of RL on the family from the base. The claim counts as held where every family does, as partly held where some do.",
    verdict:
      measured.length === 0
        ? NOT_MEASURED
        : held.length === FAMILIES.length
          ? HELD
          : held.length === 0
            ? NOT_HELD
            : `held for ${held.map(({ family }) => family).join(', ')}`,
    families,
    students: students(seeds, ['rlt', ...others], FAMILIES, of),
    comparisons,
  };
}

const SHARES = ['leak', 'copied', 'sound', 'ended'];

function c7(seeds) {
  const teachers = ['rlt', 'no-kl', 'warm-up'].flatMap((teacher) => {
    const own = seeds.map((seed) => seed.teachers[teacher]);
    const measured = own.filter((one) => one !== undefined);
    if (measured.length === 0) return [];
    const shares = SHARES.map((share) => ({
      share,
      perSeed: own.map((one) => one?.[share] ?? null),
      pooled: pooledShare(measured.map((one) => ({ share: one[share], of: one.explanations }))),
    }));
    return [{ teacher, shares }];
  });
  const leakOf = (name) =>
    teachers.find(({ teacher }) => teacher === name)?.shares.find(({ share }) => share === 'leak').pooled;
  const [withKl, withoutKl] = [leakOf('rlt'), leakOf('no-kl')];
  const leak =
    withKl === undefined || withoutKl === undefined ? NOT_MEASURED : above(withoutKl, withKl) ? HELD : NOT_HELD;
  const starts = seeds.flatMap(({ seed, noWarmUp, teach }) => (noWarmUp === null ? [] : [{ seed, noWarmUp, teach }]));
  const isLearnt = ({ noWarmUp }) => noWarmUp.stop === undefined && noWarmUp.last.ended > LEARNT;
  const warmUp = starts.length === 0 ? NOT_MEASURED : starts.some(isLearnt) ? NOT_HELD : HELD;
  const parts = { leak, warmUp };
  const verdicts = [leak, warmUp];
  return {
    rule: `Leak: the share of explanations in which the answer stands without any equation is higher without r_KL than with it, and the pooled intervals lie apart. Warm-up: in every seed, RL from the base either stops because no explanation ends, or at most ${LEARNT * 100} % of its explanations end with their tag in the last steps.`,
    verdict: verdicts.includes(NOT_MEASURED)
      ? verdicts.every((one) => one === NOT_MEASURED)
        ? NOT_MEASURED
        : 'partly measured'
      : verdicts.every((one) => one === HELD)
        ? HELD
        : verdicts.includes(HELD)
          ? 'one half held'
          : NOT_HELD,
    parts,
    teachers,
    students: students(seeds, ['rlt', 'no-kl', 'warm-up', 'base'], LEVELS),
    comparisons: compare(seeds, 'rlt', ['no-kl']),
    starts,
  };
}

function c8(seeds) {
  const measured = seeds.filter(({ groups }) => groups !== null);
  const points = (own, level) =>
    own.flatMap(({ groups }) => groups.map((one) => [one.reward, one.accuracy[level].accuracy]));
  const levels = LEVELS.map((level) => ({
    level,
    perSeed: measured.map((seed) => ({ seed: seed.seed, ...correlation(points([seed], level)) })),
    pooled: measured.length === 0 ? undefined : correlation(points(measured, level)),
  }));
  const decisive = levels[0].pooled;
  return {
    rule: "Over the groups of all seeds, the 95 % interval of Pearson's correlation between a group's mean reward and the accuracy of its student, on problems of the kind trained on, lies above 0.",
    verdict: measured.length === 0 ? NOT_MEASURED : decisive !== undefined && decisive.low > 0 ? HELD : NOT_HELD,
    groups: measured.map(({ seed, groups }) => ({ seed, groups })),
    levels,
  };
}

/** How many of the seeds have what a claim is made of. */
const MEASURED = {
  C1: ({ teach }) => teach !== null,
  C2: ({ students: own }) => own['rlt/held-out'] !== undefined,
  C3: ({ students: own }) => own['rl-base-longer/held-out'] !== undefined,
  C4: ({ students: own }) => own['rl-rlt/held-out'] !== undefined,
  C5: ({ larger }) => larger['rlt/held-out'] !== undefined,
  C6: ({ families }) => FAMILIES.every((family) => families[`rlt/${family}`] !== undefined),
  C7: ({ teachers, noWarmUp }) => teachers.rlt !== undefined && teachers['no-kl'] !== undefined && noWarmUp !== null,
  C8: ({ groups }) => groups !== null,
};

/** By claim: `rule`, `verdict`, the number of seeds that it rests on, and the figures. */
export function verdicts(seeds) {
  return Object.fromEntries(
    Object.entries({ C1: c1, C2: c2, C3: c3, C4: c4, C5: c5, C6: c6, C7: c7, C8: c8 }).map(([name, claim]) => [
      name,
      { seeds: seeds.filter(MEASURED[name]).length, ...claim(seeds) },
    ]),
  );
}
