/** docs/results/claims.md from the verdicts. */
import { taskNamed } from '../../dist/data/tasks/index.js';
import { each, interval, percent, signed, table } from './cells.mjs';
import { CLAIMS, stageNamed } from './plan.mjs';

const NAMES = {
  base: 'base',
  solutions: 'solutions only',
  'data-traces': "the data's own traces",
  'warm-up': "the warm-up teacher's traces",
  rlt: "the RLT's traces",
  'no-kl': 'traces of the teacher without r_KL',
  'rl-base': 'RL from the base',
  'rl-base-longer': 'RL from the base, longer',
  'rl-rlt': "RL from the RLT's student",
  rl: 'RL on the family from the base',
};
const TEACHERS = { rlt: 'RLT', 'no-kl': 'without r_KL', 'warm-up': 'warm-up only' };
const SHARES = {
  leak: 'answer without an equation',
  copied: 'solution word for word',
  sound: 'all equations true, the last gives the answer',
  ended: 'ended with the tag',
};

/** The figure of a claim, where it has one. */
const FIGURES = {
  C1: 'claims-reward.svg',
  C2: 'claims-students.svg',
  C4: 'claims-cold-start.svg',
  C5: 'claims-larger.svg',
  C6: 'claims-families.svg',
  C8: 'claims-rewards.svg',
};

const number = (value, digits = 2) => (value === null || value === undefined ? '–' : value.toFixed(digits));
const thousands = (value) => `${Math.round(value / 1000)} k`;

function studentTable(rows) {
  if (rows.length === 0) return 'No student has been evaluated yet.';
  return table(
    ['student', 'problems', 'accuracy, each seed (%)', 'pooled (%)', '95 % interval'],
    rows.map(({ student, level, perSeed, pooled }) => [
      NAMES[student],
      level,
      each(perSeed),
      percent(pooled.value),
      interval(pooled, percent),
    ]),
  );
}

function comparisonTable(rows) {
  if (rows.length === 0) return '';
  return table(
    ['difference', 'problems', 'each seed (points)', 'mean (points)', '95 % over seeds', 'pooled intervals apart'],
    rows.map(({ better, worse, level, differences, difference, apart }) => [
      `${NAMES[better]} − ${NAMES[worse]}`,
      level,
      differences.map((one) => signed(one)).join(', '),
      signed(difference.value),
      interval(difference, percent),
      apart ? 'yes' : 'no',
    ]),
  );
}

const sections = {
  C1: ({ rows, rise }) => [
    rows.length === 0
      ? ''
      : table(
          ['seed', 'steps', 'rise', 'reward, first', 'last', 'r_SS, first', 'last', 'r_KL, first', 'last'],
          rows.map(({ seed, steps, rise: own, first, last }) => [
            seed,
            steps,
            number(own),
            number(first.reward),
            number(last.reward),
            number(first.solution),
            number(last.solution),
            number(first.kl),
            number(last.kl),
          ]),
        ),
    rise === undefined
      ? ''
      : `First and last are means over ${rows[0].averaged} steps. The line through all steps rises by ${number(rise.value)} (95 % over seeds: ${interval(rise, number)}). The terms are weighted as in the reward; r_KL counts against it.`,
  ],
  C2: ({ students, comparisons }) => [studentTable(students), comparisonTable(comparisons)],
  C3: ({ students, comparisons, tokens }) => [
    tokens.length === 0
      ? ''
      : table(
          ['seed', 'tokens of the RLT and its student', 'tokens of RL from the base', 'RL has (%)'],
          tokens.map(({ seed, rlt, rl, share }) => [seed, thousands(rlt), thousands(rl), percent(share)]),
        ),
    'Tokens are those of the sequences trained on, with their prompts, and of those that the reward’s student read; while traces are written, those sampled. A token of RL costs more than one of distillation: it is sampled, read by the reference and trained on.',
    studentTable(students),
    comparisonTable(comparisons),
  ],
  C4: ({ students, comparisons }) => [studentTable(students), comparisonTable(comparisons)],
  C5: ({ students, comparisons }) => [
    'The larger base has four times the parameters (`recipes/pretrain-larger.yaml`); teachers and explanations are those of C2.',
    studentTable(students),
    comparisonTable(comparisons),
  ],
  C6: ({ families, students, comparisons }) => [
    table(
      ['family', 'verdict'],
      families.map(({ family, verdict }) => [family, verdict]),
    ),
    studentTable(students),
    comparisonTable(comparisons),
  ],
  C7: ({ parts, teachers, students, comparisons, starts }) => [
    `Leak: **${parts.leak}**. Warm-up: **${parts.warmUp}**.`,
    teachers.length === 0
      ? ''
      : table(
          ['teacher', 'share of its explanations', 'each seed (%)', 'pooled (%)', '95 % interval'],
          teachers.flatMap(({ teacher, shares }) =>
            shares.map(({ share, perSeed, pooled }) => [
              TEACHERS[teacher],
              SHARES[share],
              each(perSeed),
              percent(pooled.value),
              interval(pooled, percent),
            ]),
          ),
        ),
    studentTable(students),
    comparisonTable(comparisons),
    starts.length === 0
      ? ''
      : table(
          [
            'seed',
            'RL from the base, without a warm-up',
            'ended, first (%)',
            'last (%)',
            'reward, last',
            'with warm-up',
          ],
          starts.map(({ seed, noWarmUp: { stop, steps, first, last }, teach }) =>
            stop === undefined
              ? [
                  seed,
                  `ran its ${steps} steps`,
                  percent(first.ended),
                  percent(last.ended),
                  number(last.reward),
                  number(teach?.last.reward),
                ]
              : [
                  seed,
                  `stopped at step ${stop.step}: ${stop.message}`,
                  percent(0),
                  '–',
                  '–',
                  number(teach?.last.reward),
                ],
          ),
        ),
  ],
  C8: ({ groups, levels }) => [
    groups.length === 0
      ? ''
      : table(
          ['seed', 'group of traces, by reward', 'mean reward', ...levels.map(({ level }) => `${level} (%)`)],
          groups.flatMap(({ seed, groups: own }) =>
            own.map(({ reward, accuracy }, index) => [
              seed,
              index === 0 ? 'lowest' : index === own.length - 1 ? 'highest' : index + 1,
              number(reward),
              ...levels.map(({ level }) => percent(accuracy[level].accuracy)),
            ]),
          ),
        ),
    groups.length === 0
      ? ''
      : table(
          ['problems', "Pearson's r, each seed", 'all groups', '95 % interval', "Spearman's"],
          levels.map(({ level, perSeed, pooled }) => [
            level,
            perSeed.map(({ pearson }) => number(pearson)).join(', '),
            number(pooled?.pearson),
            pooled === undefined ? '–' : interval(pooled, number),
            number(pooled?.spearman),
          ]),
        ),
  ],
};

/** The kind of a data set of generated word problems, in words. */
function kindOf({ level }) {
  return taskNamed('word-problems').levels.find(({ name }) => name === level).summary;
}

function setUp(recipe, chosen) {
  const { data, models } = recipe;
  const [teach, student, evaluation, ranked] = ['teach', 'student-rlt', 'evaluate', 'ranked'].map((name) =>
    stageNamed(recipe, name),
  );
  const epochs = student.steps === null ? `${student.epochs} epochs` : `${student.steps} steps`;
  const problems = Object.values(evaluation.problems)
    .map((name) => `${data[name].count} ${name}`)
    .join(', ');
  const model = models.base.source === 'builtin:base' ? 'the bundled model' : 'another model than the bundled one';
  return [
    `Base, teachers and students: ${model}. Training problems: ${data.train.count} generated word problems (${kindOf(data.train)}) with traces of mixed quality. ` +
      `RL of the teacher: ${teach.steps} steps of ${teach.prompts} problems with ${teach.samples} explanations each. Distillation: ${epochs}.` +
      (chosen.includes('C8') ? ` C8: ${ranked.samples} explanations of each of ${ranked.limit} problems.` : ''),
    `Every student answers ${problems} problems (\`held-out\`: of the kind trained on, but others; \`larger-numbers\`: ${kindOf(data['larger-numbers'])}; \`more-steps\`: ${kindOf(data['more-steps'])}), ` +
      `${evaluation.samples} samples each at temperature ${evaluation.sampling.temperature}. Each seed draws its own problems, training and evaluation, and its own everything else.`,
    'Pooled values are means over the problems of all seeds, a problem counting with the share of its samples that were right. ' +
      'Their 95 % intervals are over problems (Wilson’s with the effective number of problems); they hold for these trained students and do not cover how students of further seeds would differ. ' +
      'Differences are therefore also shown for each seed, with Student’s interval over seeds, which is wide for few seeds. A claim counts as held by the rule that stands beside it, which was written before these runs.',
  ];
}

/** Explanations of the first seed before and after RL. */
function exampleTable(seeds) {
  const [first] = seeds;
  if (first === undefined || first.examples.length === 0) return [];
  const cell = (text) => text.trim().replaceAll('|', '\\|').replaceAll('\n', ' ');
  return [
    '## Explanations before and after RL',
    `The first ${first.examples.length} training problems of seed ${first.seed}, as the teachers explained them.`,
    table(
      ['question and solution', 'after the warm-up', 'after RL'],
      first.examples.map(({ question, solution, before, after }) => [
        `${cell(question)} *${cell(solution)}*`,
        cell(before),
        cell(after),
      ]),
    ),
  ];
}

/**
 * @param command what makes this page; without a path of any machine
 * @param figures names of the files beside the page
 */
export function renderReport({ command, recipe, seeds, claims, chosen, figures }) {
  const shown = Object.entries(CLAIMS).filter(([name]) => chosen.includes(name));
  const minutes = seeds.reduce((sum, seed) => sum + seed.minutes, 0);
  const missing = seeds.filter((seed) => seed.missing.length > 0);
  const bases = [...new Set(seeds.flatMap(({ base }) => (base === null ? [] : [base.slice(0, 12)])))];
  const enough = seeds.length - missing.length >= 3;
  return `${[
    '# The claims of the paper at the size of the quickstart',
    'Made by `scripts/claims.mjs`; the numbers are also in `claims.json`.',
    `\`\`\`\n${command}\n\`\`\``,
    `Seeds: ${seeds.map(({ seed }) => seed).join(', ')}. Base: ${bases.length === 0 ? 'not known yet' : `SHA-256 ${bases.join(', ')}…`}. In all ${Math.round(minutes)} minutes of computing.`,
    ...(missing.length === 0
      ? []
      : [
          `**Not complete.** ${missing.map(({ seed, missing: names }) => `Seed ${seed} lacks: ${names.join(', ')}.`).join(' ')} What is shown is of what is finished.`,
        ]),
    ...(enough ? [] : ['**Fewer than three complete seeds:** the verdicts are provisional.']),
    table(
      ['', 'claim', 'verdict', 'seeds'],
      shown.map(([name, { text }]) => [
        name,
        text,
        `**${claims[name].verdict}**`,
        claims[name].seeds === 0 ? '–' : claims[name].seeds,
      ]),
    ),
    '## Set-up',
    ...setUp(recipe, chosen),
    ...shown.flatMap(([name, { text }]) => {
      const claim = claims[name];
      return [
        `## ${name}: ${claim.verdict}`,
        text,
        ...(claim.rule === undefined ? [] : [`*Held when:* ${claim.rule}`]),
        ...(figures.includes(FIGURES[name]) ? [`![${text}](${FIGURES[name]})`] : []),
        ...sections[name](claim).filter((part) => part !== ''),
      ];
    }),
    ...exampleTable(seeds),
  ].join('\n\n')}\n`;
}
