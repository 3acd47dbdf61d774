/** Parts of plots as inline SVG. Text is escaped; colours come from the style of the page. */
import { bounds, escapeHtml, percent } from './report-text.js';

export const PLOT_WIDTH = 720;
const LABELS = 170;
export const PLOT_RIGHT = 70;

/** A horizontal scale from values to coordinates inside the plot. */
export function scale(from: number, to: number): (value: number) => number {
  return (value) => LABELS + ((value - from) / (to - from)) * (PLOT_WIDTH - LABELS - PLOT_RIGHT);
}

export const number = (value: number): string => value.toFixed(1);

export function axis(
  ticks: readonly number[],
  x: (value: number) => number,
  height: number,
  text: (value: number) => string,
) {
  return ticks
    .map((tick) => {
      const at = number(x(tick));
      return `<line class="rule" x1="${at}" x2="${at}" y1="8" y2="${height - 24}"/><text x="${at}" y="${height - 8}" text-anchor="middle">${escapeHtml(text(tick))}</text>`;
    })
    .join('');
}

export function label(text: string, y: number): string {
  const short = text.length > 22 ? `${text.slice(0, 21)}…` : text;
  return `<text x="${LABELS - 14}" y="${number(y + 4)}" text-anchor="end">${escapeHtml(short)}</text>`;
}

/** A point with its whiskers. */
export function whisker(
  name: string,
  x: (value: number) => number,
  y: number,
  value: number,
  low: number,
  high: number,
) {
  return `<line class="${name}" x1="${number(x(low))}" x2="${number(x(high))}" y1="${number(y)}" y2="${number(y)}" stroke-width="2"/><circle class="${name}" cx="${number(x(value))}" cy="${number(y)}" r="4"/>`;
}

export const svg = (height: number, title: string, inside: string, width = PLOT_WIDTH): string =>
  `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(title)}">${inside}</svg>`;

/** Ends of an axis of shares that divide into five round parts. */
const ENDS = [0.05, 0.1, 0.25, 0.5, 1] as const;

/** Shares with their intervals, one line each. */
export function intervalPlot(
  title: string,
  rows: readonly { readonly name: string; readonly value: number; readonly interval: readonly [number, number] }[],
): string {
  const height = 44 + rows.length * 28;
  const most = Math.max(...rows.map(({ interval }) => interval[1]));
  const end = ENDS.find((bound) => bound >= most) ?? 1;
  const x = scale(0, end);
  const marks = rows.map(({ name, value, interval }, index) => {
    const y = 24 + index * 28;
    const text = `<text x="${PLOT_WIDTH - PLOT_RIGHT + 12}" y="${number(y + 4)}">${percent(value)}</text>`;
    return label(name, y) + whisker('b', x, y, value, ...interval) + text;
  });
  const ticks = Array.from({ length: 6 }, (_, i) => (end * i) / 5);
  const read = rows.map(({ name, value, interval }) => `${name} ${percent(value)}, ${bounds(interval)}`);
  return svg(
    height,
    `${title}: ${read.join('; ')}`,
    axis(ticks, x, height, (tick) => `${Math.round(100 * tick)} %`) + marks.join(''),
  );
}
