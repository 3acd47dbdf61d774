/** The plots of a comparison as inline SVG. Text is escaped; colours come from the page. */

import { axis, label, number, PLOT_RIGHT, PLOT_WIDTH, scale, svg, whisker } from '../answers/plot.js';
import { percent, points } from '../answers/report-text.js';
import type { ComparedLevel, ComparedProblem } from './comparison.js';

/** Accuracies of A and B with intervals, one pair per level. */
export function scorePlot(rows: readonly ComparedLevel[]): string {
  const height = 44 + rows.length * 44;
  const x = scale(0, 1);
  const marks = rows.map(({ level, a, b }, index) => {
    const y = 26 + index * 44;
    return [
      label(level, y + 8),
      whisker('a', x, y, a.value, ...a.interval),
      `<text x="${PLOT_WIDTH - PLOT_RIGHT + 12}" y="${number(y + 4)}">A ${percent(a.value)}</text>`,
      whisker('b', x, y + 16, b.value, ...b.interval),
      `<text x="${PLOT_WIDTH - PLOT_RIGHT + 12}" y="${number(y + 20)}">B ${percent(b.value)}</text>`,
    ].join('');
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return svg(height, 'accuracy of A and B', axis(ticks, x, height, (tick) => `${100 * tick} %`) + marks.join(''));
}

/** Differences with intervals, and a line at zero. */
export function differencePlot(rows: readonly ComparedLevel[]): string {
  const height = 44 + rows.length * 28;
  const reach = Math.max(0.05, ...rows.flatMap(({ interval }) => interval.map(Math.abs)));
  const most = Math.ceil(reach * 20) / 20;
  const x = scale(-most, most);
  const zero = `<line class="zero" x1="${number(x(0))}" x2="${number(x(0))}" y1="8" y2="${height - 24}"/>`;
  const marks = rows.map(({ level, difference, interval }, index) => {
    const y = 24 + index * 28;
    const text = `<text x="${PLOT_WIDTH - PLOT_RIGHT + 12}" y="${number(y + 4)}">${points(difference)}</text>`;
    return label(level, y) + whisker('ink', x, y, difference, ...interval) + text;
  });
  const ticks = [-most, -most / 2, 0, most / 2, most];
  return svg(height, 'difference B - A', axis(ticks, x, height, points) + zero + marks.join(''));
}

const BINS = 9;

/** A histogram of the differences per problem, which shows where the mean comes from. */
export function spreadPlot(problems: readonly Pick<ComparedProblem, 'shares'>[]): string {
  const height = 190;
  const floor = height - 28;
  // Nine bins from -1 to 1, the middle one around 0.
  const counts = new Array<number>(BINS).fill(0);
  for (const { shares } of problems) {
    const bin = Math.round(((shares[1] - shares[0] + 1) / 2) * (BINS - 1));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const most = Math.max(1, ...counts);
  const x = scale(-1 - 1 / (BINS - 1), 1 + 1 / (BINS - 1));
  const width = x(2 / (BINS - 1)) - x(0) - 4;
  const bars = counts.map((count, bin) => {
    const centre = x((2 * bin) / (BINS - 1) - 1);
    const tall = (count / most) * (floor - 30);
    const name = bin * 2 < BINS - 1 ? 'a' : bin * 2 > BINS - 1 ? 'b' : 'ink';
    return `<rect class="${name}" x="${number(centre - width / 2)}" y="${number(floor - tall)}" width="${number(width)}" height="${number(tall)}"/><text x="${number(centre)}" y="${number(floor - tall - 6)}" text-anchor="middle">${count}</text>`;
  });
  const ticks = [-1, -0.5, 0, 0.5, 1];
  const marks = ticks.map(
    (tick) => `<text x="${number(x(tick))}" y="${height - 8}" text-anchor="middle">${points(tick)}</text>`,
  );
  return svg(height, 'problems by difference', bars.join('') + marks.join(''));
}
