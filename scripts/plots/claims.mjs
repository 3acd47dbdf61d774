/** The figures of docs/results/claims.md, as SVG, from the verdicts and the figures of the seeds. */
import { accuracyPanels, svg } from './svg.mjs';

/** Names of students in the order in which they are drawn, in Okabe and Ito's colours, which colour-blind readers tell apart. */
const STUDENTS = {
  rlt: { name: 'RLT traces', colour: '#D55E00' },
  'data-traces': { name: "the data's own traces", colour: '#0072B2' },
  'warm-up': { name: 'warm-up traces', colour: '#56B4E9' },
  solutions: { name: 'solutions only', colour: '#009E73' },
  rl: { name: 'RL on correctness', colour: '#CC79A7' },
  base: { name: 'base', colour: '#7F7F7F' },
};
const NAMES = Object.values(STUDENTS).map(({ name }) => name);
const COLOURS = Object.values(STUDENTS).map(({ colour }) => colour);
const LEVELS = { 'held-out': 'held-out', 'larger-numbers': 'larger numbers', 'more-steps': 'more steps' };

/** Accuracy of students with intervals, a panel for each level or family. */
const accuracies = (title, students, panels) =>
  accuracyPanels({
    title,
    rows: students.flatMap(({ student, level, pooled }) =>
      pooled === undefined || STUDENTS[student] === undefined
        ? []
        : [{ name: STUDENTS[student].name, panel: panels[level] ?? level, pooled }],
    ),
    names: NAMES,
    panels: Object.values(panels),
    width: 190,
    step: 22,
    mark: { type: 'bar', opacity: 0.85 },
    encoding: {
      color: { field: 'name', type: 'nominal', scale: { domain: NAMES, range: COLOURS }, legend: null },
    },
  });

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
      color: { field: 'seed', type: 'nominal', title: null, scale: { range: COLOURS } },
    },
  });
}

/** Figures by file name, of the claims that have been measured. */
export async function plots(seeds, claims) {
  const figures = {};
  const { C2, C5, C6, C8 } = claims;
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
  if (C5.students.length > 0) {
    figures['claims-larger.svg'] = await accuracies(
      'Students of a base four times as large, 95 % intervals',
      C5.students,
      LEVELS,
    );
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
