/** What RL changed in a teacher: the metrics of its first and last steps, and its explanations beside those from before. */
import { mean } from '../../dist/method/statistics.js';
import { table } from './report.mjs';
import { overSeeds } from './statistics.mjs';

const METRICS = ['reward', 'reward/solution', 'reward/kl', 'completion/ended', 'completion/tokens', 'groups/zeroStd'];
/** Single steps scatter, for each asks other problems. */
const PART = 1 / 3;
const EXAMPLES = 4;

const CALCULATION = /\d\s*[-+*/×÷]\s*[$€£]?\d/;
const states = ({ explanation, answer }) =>
  new RegExp(`(?<![\\d.])${answer.replace('-', '\\-')}(?![\\d])`).test(explanation.replaceAll(',', ''));
const share = (traces, test) => traces.filter(test).length / traces.length;

/** What is compared of the explanations that were kept. */
const MEASURES = {
  'mean reward': (traces) => mean(traces.map(({ reward }) => reward.total)),
  'r_SS, mean': (traces) => mean(traces.map(({ reward }) => reward.solution)),
  'λ r_KL, mean': (traces) => mean(traces.map(({ reward }) => reward.kl)),
  'tokens, mean': (traces) => mean(traces.map(({ tokens }) => tokens)),
  'with a calculation (share)': (traces) => share(traces, ({ explanation }) => CALCULATION.test(explanation)),
  'with the answer (share)': (traces) => share(traces, states),
  'the answer alone (share)': (traces) =>
    share(traces, (trace) => states(trace) && !CALCULATION.test(trace.explanation)),
};

/** Stages of RL with the explanations before and after, where the recipe has both for the same problems. */
function pairs({ stages }) {
  const teaching = stages.filter(({ stage }) => stage === 'teach');
  return teaching.flatMap(({ name, teacher }) => {
    const of = (model) => stages.find((one) => one.stage === 'explain' && one.teacher === model && one.student);
    const [before, after] = [of(teacher), of(name)];
    if (before === undefined || after === undefined || before.data !== after.data) return [];
    return [{ teach: name, before: before.name, after: after.name }];
  });
}

async function measured(run, { teach, before, after }) {
  const [metrics, ...traces] = [await run.metrics(teach), await run.traces(before), await run.traces(after)];
  if ([metrics, ...traces].includes(undefined)) return undefined;
  const part = Math.max(1, Math.round(metrics.length * PART));
  const ends = [metrics.slice(0, part), metrics.slice(-part)];
  const byId = new Map(traces[1].map((trace) => [trace.id, trace]));
  return {
    metrics: Object.fromEntries(
      METRICS.map((name) => [name, ends.map((steps) => mean(steps.map((one) => one[name])))]),
    ),
    explanations: Object.fromEntries(
      Object.entries(MEASURES).map(([name, measure]) => [name, traces.map((own) => measure(own))]),
    ),
    examples: traces[0]
      .filter(({ id }) => byId.has(id))
      .slice(0, EXAMPLES)
      .map((trace) => ({ ...trace, after: byId.get(trace.id).explanation })),
  };
}

const number = (value) => value.toFixed(2).replace('-', '−');
const cell = (text) => text.trim().replaceAll('|', '\\|').replaceAll('$', '\\$').replaceAll('\n', '<br>');

function comparison(header, seeds, of) {
  const rows = Object.keys(of(seeds[0])).map((name) => {
    const [first, last] = [0, 1].map((end) => seeds.map((seed) => of(seed)[name][end]));
    const change = overSeeds(last.map((value, i) => value - first[i]));
    const interval = change.low === null ? '' : ` (${number(change.low)} to ${number(change.high)})`;
    return [name, first.map(number).join(', '), last.map(number).join(', '), `${number(change.value)}${interval}`];
  });
  return table(['', ...header, 'change'], rows);
}

/** Sections of a page: one of each stage of RL that is finished in at least one of the runs. */
export async function teacherSections(runs) {
  const sections = [];
  for (const pair of pairs(runs[0].recipe)) {
    const seeds = [];
    for (const { run } of runs) seeds.push(await measured(run, pair));
    const there = seeds.filter((one) => one !== undefined);
    if (there.length === 0) continue;
    sections.push(
      `## What RL changed in the teacher (\`${pair.teach}\`)`,
      'Metrics of training, means over the first and the last third of the steps, each seed; changes with Student’s interval over seeds.',
      comparison(['first third', 'last third'], there, ({ metrics }) => metrics),
      `Explanations that were kept of the training problems, by the teacher before (\`${pair.before}\`) and after (\`${pair.after}\`), scored by the same student.`,
      comparison(['before', 'after'], there, ({ explanations }) => explanations),
      'The first problems of the first seed:',
      table(
        ['problem', 'before', 'after'],
        there[0].examples.map(({ question, answer, explanation, after }) => [
          `${cell(question)} (${answer})`,
          cell(explanation),
          cell(after),
        ]),
      ),
    );
  }
  return sections;
}
