/** The figures of docs/results/claims.md, as SVG, from the verdicts and the figures of the seeds. */
import { svg } from './svg.mjs';

/** Okabe and Ito's colours, which colour-blind readers tell apart. */
const COLOURS = {
  'RLT traces': '#D55E00',
  "the data's own traces": '#0072B2',
  'warm-up traces': '#56B4E9',
  'solutions only': '#009E73',
  'RL on correctness': '#CC79A7',
  base: '#7F7F7F',
};
const NAMES = {
  rlt: 'RLT traces',
  'data-traces': "the data's own traces",
  'warm-up': 'warm-up traces',
  solutions: 'solutions only',
  rl: 'RL on correctness',
  base: 'base',
};
const LEVELS = { 'held-out': 'held-out', 'larger-numbers': 'larger numbers', 'more-steps': 'more steps' };

const colour = {
  field: 'student',
  type: 'nominal',
  scale: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
};

/** Accuracy of students with intervals, a panel for each level or family. */
function accuracies(title, students, panels) {
  const rows = students.flatMap(({ student, level, pooled }) =>
    pooled === undefined || NAMES[student] === undefined
      ? []
      : [
          {
            student: NAMES[student],
            panel: panels[level] ?? level,
            accuracy: pooled.value * 100,
            low: pooled.low * 100,
            high: pooled.high * 100,
          },
        ],
  );
  const y = { field: 'student', type: 'nominal', sort: Object.values(NAMES), title: null };
  return svg({
    title,
    data: { values: rows },
    facet: { column: { field: 'panel', type: 'nominal', title: null, sort: Object.values(panels) } },
    spec: {
      width: 190,
      height: { step: 22 },
      layer: [
        {
          mark: { type: 'bar', opacity: 0.85 },
          encoding: {
            y,
            x: { field: 'accuracy', type: 'quantitative', title: 'accuracy (%)', scale: { domain: [0, 100] } },
            color: { ...colour, legend: null },
          },
        },
        {
          mark: { type: 'rule', strokeWidth: 1.5 },
          encoding: { y, x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
        },
      ],
    },
  });
}

/** A metric over the steps of RL: each seed thin, their mean thick; a colour for each stage. */
function curves(title, axis, seeds, stages) {
  const rows = seeds.flatMap(({ seed, curves: own }) =>
    Object.entries(stages).flatMap(([stage, name]) =>
      (own[stage] ?? []).map((value, step) => ({ seed, stage: name, step: step + 1, value })),
    ),
  );
  const x = { field: 'step', type: 'quantitative', title: 'step of RL' };
  const color = {
    field: 'stage',
    type: 'nominal',
    title: null,
    scale: { domain: Object.values(stages), range: ['#D55E00', '#7F7F7F'].slice(0, Object.keys(stages).length) },
    legend: Object.keys(stages).length === 1 ? null : { orient: 'bottom', labelLimit: 300 },
  };
  return svg({
    title,
    width: 420,
    height: 220,
    data: { values: rows },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 1, opacity: 0.35 },
        encoding: {
          x,
          y: { field: 'value', type: 'quantitative', title: axis, scale: { zero: false } },
          color,
          detail: { field: 'seed', type: 'nominal' },
        },
      },
      {
        mark: { type: 'line', strokeWidth: 2.5 },
        encoding: { x, y: { field: 'value', type: 'quantitative', aggregate: 'mean' }, color },
      },
    ],
  });
}

/** C8: the mean reward of a group of traces against the accuracy of its student, a colour for each seed. */
function rewards(groups) {
  const rows = groups.flatMap(({ seed, groups: own }) =>
    own.map(({ reward, accuracy }) => ({
      seed: `seed ${seed}`,
      reward,
      accuracy: accuracy['held-out'].accuracy * 100,
    })),
  );
  return svg({
    title: 'Reward of traces and accuracy of their student',
    width: 420,
    height: 220,
    data: { values: rows },
    mark: { type: 'line', point: { size: 60 }, strokeWidth: 1 },
    encoding: {
      x: { field: 'reward', type: 'quantitative', title: 'mean reward of the traces', scale: { zero: false } },
      y: { field: 'accuracy', type: 'quantitative', title: 'held-out accuracy (%)', scale: { zero: false } },
      color: { field: 'seed', type: 'nominal', title: null, scale: { range: Object.values(COLOURS) } },
    },
  });
}

/** Figures by file name, of the claims that have been measured. */
export async function plots(seeds, claims) {
  const figures = {};
  const { C2, C6, C8 } = claims;
  if (C2.students.length > 0) {
    figures['claims-students.svg'] = await accuracies(
      'Students of the same base, pooled over seeds, 95 % intervals',
      C2.students,
      LEVELS,
    );
  }
  if (seeds.some(({ curves: own }) => own.teach !== undefined)) {
    figures['claims-reward.svg'] = await curves('The teacher in RL', 'mean reward', seeds, { teach: 'RLT' });
  }
  if (seeds.some(({ curves: own }) => own['rl-rlt'] !== undefined && own['rl-base'] !== undefined)) {
    figures['claims-cold-start.svg'] = await curves('RL on correctness', 'share of right answers', seeds, {
      'rl-rlt': 'from the student of the RLT',
      'rl-base': 'from the base',
    });
  }
  if (C6.students.length > 0) {
    const panels = Object.fromEntries(C6.families.map(({ family }) => [family, family]));
    figures['claims-families.svg'] = await accuracies(
      'Families that the teacher was not trained on, 95 % intervals',
      C6.students,
      panels,
    );
  }
  if (C8.groups.length > 0) figures['claims-rewards.svg'] = await rewards(C8.groups);
  return figures;
}
