/** What RL changed in a teacher: the metrics of its first and last steps, and its explanations beside those from before. */
import { mean } from '../../dist/method/statistics.js';
import { explainedTwice } from '../../dist/pipeline/summary.js';
import { table } from './cells.mjs';
import { bothExplanations, statesAnswer } from './readings.mjs';
import { overSeeds } from './statistics.mjs';

const METRICS = ['reward', 'reward/solution', 'reward/kl', 'completion/ended', 'completion/tokens', 'groups/zeroStd'];
/** Single steps scatter, for each asks other problems. */
const PART = 1 / 3;
const EXAMPLES = 4;

const CALCULATION = /\d\s*[-+*/×÷]\s*[$€£]?\d/;
/** As `statesAnswer`; real problems have commas in their thousands. */
const states = ({ explanation, answer }) => statesAnswer({ explanation: explanation.replaceAll(',', ''), answer });
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

async function measured(run, { taught, before, after }) {
  const [metrics, ...traces] = [
    await run.metrics(taught.name),
    await run.traces(before.name),
    await run.traces(after.name),
  ];
  if ([metrics, ...traces].includes(undefined)) return undefined;
  const part = Math.max(1, Math.round(metrics.length * PART));
  const ends = [metrics.slice(0, part), metrics.slice(-part)];
  return {
    metrics: Object.fromEntries(
      METRICS.map((name) => [name, ends.map((steps) => mean(steps.map((one) => one[name])))]),
    ),
    explanations: Object.fromEntries(
      Object.entries(MEASURES).map(([name, measure]) => [name, traces.map((own) => measure(own))]),
    ),
    examples: bothExplanations(traces[0], traces[1], EXAMPLES),
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

/** Sections of a page: one of each pair of explain stages with rewards, before and after RL, that some run has finished. */
export async function teacherSections(runs) {
  const sections = [];
  const pairs = explainedTwice(runs[0].recipe.stages).filter(({ before, after }) => before.student && after.student);
  for (const pair of pairs) {
    const seeds = [];
    for (const { run } of runs) seeds.push(await measured(run, pair));
    const there = seeds.filter((one) => one !== undefined);
    if (there.length === 0) continue;
    sections.push(
      `## What RL changed in the teacher (\`${pair.taught.name}\`)`,
      'Metrics of training, means over the first and the last third of the steps, each seed; changes with Student’s interval over seeds.',
      comparison(['first third', 'last third'], there, ({ metrics }) => metrics),
      `Explanations that were kept of the training problems, by the teacher before (\`${pair.before.name}\`) and after (\`${pair.after.name}\`), scored by the same student.`,
      comparison(['before', 'after'], there, ({ explanations }) => explanations),
      'The first problems of the first seed:',
      table(
        ['problem', 'before', 'after'],
        there[0].examples.map(({ question, answer, before, after }) => [
          `${cell(question)} (${answer})`,
          cell(before),
          cell(after),
        ]),
      ),
    );
  }
  return sections;
}
