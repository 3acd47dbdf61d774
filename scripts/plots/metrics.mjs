/**
 * Draws metrics of a run as one SVG file, a panel for each metric: every step as a dot, and a moving mean as a line.
 *
 *     node scripts/plots/metrics.mjs METRICS.jsonl --stage teach --out FIGURE.svg [--metrics reward,reward/kl,...]
 *                                    [--window 5] [--columns 3] [--title TEXT]
 *
 * The mean at a step is that of up to `window` steps that end there.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { svg } from './svg.mjs';

const DEFAULT_METRICS = 'reward,reward/solution,reward/kl,completion/ended,completion/tokens,update/kl';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stage: { type: 'string' },
    out: { type: 'string' },
    metrics: { type: 'string', default: DEFAULT_METRICS },
    window: { type: 'string', default: '5' },
    columns: { type: 'string', default: '3' },
    title: { type: 'string' },
  },
});
const [file] = positionals;
if (file === undefined || values.out === undefined) {
  console.error('usage: node scripts/plots/metrics.mjs METRICS.jsonl --stage NAME --out FIGURE.svg');
  process.exit(2);
}
const steps = (await readFile(file, 'utf8'))
  .split('\n')
  .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  .filter(({ stage }) => values.stage === undefined || stage === values.stage);
const metrics = values.metrics.split(',');
const rows = metrics.flatMap((metric) =>
  steps.flatMap((step) =>
    typeof step[metric] === 'number' ? [{ metric, step: step.step + 1, value: step[metric] }] : [],
  ),
);
for (const metric of metrics) {
  if (!rows.some((row) => row.metric === metric)) {
    console.error(`no line of ${values.stage ?? 'the file'} has the metric ${metric}`);
    process.exit(2);
  }
}
const x = { field: 'step', type: 'quantitative', title: null };
const y = (field) => ({ field, type: 'quantitative', title: null, scale: { zero: false } });
const figure = {
  title: { text: values.title ?? values.stage ?? 'metrics', subtitle: `by step; line: mean of ${values.window} steps` },
  data: { values: rows },
  columns: Number(values.columns),
  facet: { field: 'metric', type: 'nominal', title: null, sort: metrics },
  resolve: { scale: { y: 'independent' } },
  spec: {
    width: 230,
    height: 130,
    layer: [
      { mark: { type: 'point', filled: true, size: 18, color: '#9FB8D6' }, encoding: { x, y: y('value') } },
      {
        transform: [
          {
            window: [{ op: 'mean', field: 'value', as: 'mean' }],
            frame: [1 - Number(values.window), 0],
            sort: [{ field: 'step' }],
            groupby: ['metric'],
          },
        ],
        mark: { type: 'line', strokeWidth: 2, color: '#1F5FA8' },
        encoding: { x, y: y('mean') },
      },
    ],
  },
};
await writeFile(values.out, await svg(figure));
