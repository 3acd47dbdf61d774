/**
 * Draws metrics of a run as one SVG file, a panel a metric: each step as a dot, and their moving mean as a line.
 *
 *     node scripts/plot-metrics.mjs METRICS.jsonl --stage teach --out FIGURE.svg [--metrics reward,reward/kl,...]
 *                                   [--window 5] [--columns 3] [--title TEXT]
 *
 * The mean at a step is that of up to `window` steps that end there.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

const DEFAULT_METRICS = [
  'reward',
  'reward/solution',
  'reward/kl',
  'completion/ended',
  'completion/tokens',
  'update/kl',
];
const PANEL = { width: 300, height: 190, left: 52, right: 12, top: 34, bottom: 30 };
const INK = { text: '#24292f', faint: '#8c959f', grid: '#e5e8eb', dot: '#9fb8d6', line: '#1f5fa8', ground: '#ffffff' };

/** Round numbers, at most about `count`, that cover low to high. */
function ticks(low, high, count = 5) {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: Math.max(1, last - first) + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The mean of each value and up to `window - 1` before it. */
function movingMean(values, window) {
  return values.map((_, i) => {
    const part = values.slice(Math.max(0, i - window + 1), i + 1);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

const escapeText = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const text = (x, y, content, { anchor = 'start', size = 11, fill = INK.text, weight = 'normal' } = {}) =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="${fill}" font-weight="${weight}">${escapeText(content)}</text>`;

/** A panel with its upper left corner at 0, 0. `points` are [step, value], steps from 1. */
function panel(name, points, window) {
  const { width, height, left, right, top, bottom } = PANEL;
  const values = points.map(([, value]) => value);
  const levels = ticks(Math.min(...values), Math.max(...values));
  const steps = ticks(0, points.at(-1)[0], 6).filter((step) => Number.isInteger(step) && step <= points.at(-1)[0]);
  const [low, high] = [levels[0], levels.at(-1)];
  const across = (step) => (left + (step / points.at(-1)[0]) * (width - left - right)).toFixed(1);
  const up = (value) => (height - bottom - ((value - low) / (high - low)) * (height - top - bottom)).toFixed(1);
  const mean = movingMean(values, window);
  return [
    text(left, 20, name, { size: 13, weight: 'bold' }),
    ...levels.map(
      (level) =>
        `<line x1="${left}" x2="${width - right}" y1="${up(level)}" y2="${up(level)}" stroke="${INK.grid}"/>` +
        text(left - 6, Number(up(level)) + 4, String(level), { anchor: 'end', fill: INK.faint }),
    ),
    ...steps.map((step) =>
      text(across(step), height - bottom + 16, String(step), { anchor: 'middle', fill: INK.faint }),
    ),
    ...points.map(([step, value]) => `<circle cx="${across(step)}" cy="${up(value)}" r="2.5" fill="${INK.dot}"/>`),
    `<polyline fill="none" stroke="${INK.line}" stroke-width="2" points="${points.map(([step], i) => `${across(step)},${up(mean[i])}`).join(' ')}"/>`,
  ].join('\n');
}

/** The figure for lines of a metrics file. Throws where a metric is in none of them. */
function figure(lines, { stage, metrics = DEFAULT_METRICS, window = 5, columns = 3, title }) {
  const rows = lines.filter((line) => stage === undefined || line.stage === stage);
  const panels = metrics.map((name) => {
    const points = rows.flatMap((line) => (typeof line[name] === 'number' ? [[line.step + 1, line[name]]] : []));
    if (points.length === 0) throw new Error(`no line of ${stage ?? 'the file'} has the metric ${name}`);
    return panel(name, points, window);
  });
  const across = Math.min(columns, panels.length);
  const width = across * PANEL.width + 16;
  const height = Math.ceil(panels.length / across) * PANEL.height + 52;
  const note = `By optimiser step; line: mean of ${window} steps`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif">`,
    `<rect width="100%" height="100%" fill="${INK.ground}"/>`,
    text(16, 26, title ?? stage ?? 'metrics', { size: 15, weight: 'bold' }),
    text(width - 16, 26, note, { anchor: 'end', fill: INK.faint }),
    ...panels.map(
      (content, i) =>
        `<g transform="translate(${(i % across) * PANEL.width + 4} ${Math.floor(i / across) * PANEL.height + 40})">\n${content}\n</g>`,
    ),
    '</svg>\n',
  ].join('\n');
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stage: { type: 'string' },
    out: { type: 'string' },
    metrics: { type: 'string' },
    window: { type: 'string', default: '5' },
    columns: { type: 'string', default: '3' },
    title: { type: 'string' },
  },
});
const [file] = positionals;
if (file === undefined || values.out === undefined) {
  console.error('usage: node scripts/plot-metrics.mjs METRICS.jsonl --stage NAME --out FIGURE.svg');
  process.exit(2);
}
const lines = (await readFile(file, 'utf8'))
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line));
const { stage, title } = values;
await writeFile(
  values.out,
  figure(lines, {
    ...(stage === undefined ? {} : { stage }),
    ...(title === undefined ? {} : { title }),
    ...(values.metrics === undefined ? {} : { metrics: values.metrics.split(',') }),
    window: Number(values.window),
    columns: Number(values.columns),
  }),
);
