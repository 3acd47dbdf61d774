/** The curve of a metric as inline SVG, of a bounded number of points. */
import { number, svg } from '../evaluation/answers/plot.js';
import { escapeHtml } from '../evaluation/answers/report-text.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Most points of a curve; more are not told apart at the width of a page. */
export const MOST_POINTS = 500;

/**
 * At most `most` of the points, in their order: of each stretch the lowest and the highest, so that a spike of one step
 * stays.
 */
export function thinned(points: readonly Point[], most = MOST_POINTS): readonly Point[] {
  if (points.length <= most) return points;
  const stretches = Math.floor(most / 2);
  const kept: Point[] = [];
  for (let i = 0; i < stretches; i++) {
    const from = Math.floor((i * points.length) / stretches);
    const stretch = points.slice(from, Math.floor(((i + 1) * points.length) / stretches));
    const ordered = [...stretch].sort((a, b) => a.y - b.y);
    const ends = [...new Set([ordered[0], ordered.at(-1)])].flatMap((point) => point ?? []);
    kept.push(...ends.sort((a, b) => a.x - b.x));
  }
  return kept;
}

/** Three or four significant digits, without the zeros that they end in. */
export function shortValue(value: number): string {
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(Math.abs(value) >= 1000 ? 4 : 3)));
}

/** Round values inside an interval, about `count` of them. */
function ticksIn(low: number, high: number, count: number): readonly number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

const WIDTH = 480;
const HEIGHT = 180;
const [LEFT, RIGHT, TOP, BOTTOM] = [66, 14, 12, 28];

/** A value on the edge of its axis would be half hidden; one value needs an axis of some width. */
function widened(low: number, high: number): readonly [number, number] {
  const room = high > low ? (high - low) * 0.05 : Math.abs(low) * 0.05 || 1;
  return [low - room, high + room];
}

/** A curve over steps. `title`: what a reader who does not see it is told first. */
export function curvePlot(title: string, given: readonly Point[]): string {
  const points = thinned(given);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '';
  const ys = points.map(({ y }) => y);
  const [low, high] = widened(Math.min(...ys), Math.max(...ys));
  const span = Math.max(1, last.x - first.x);
  const x = (value: number): string => number(LEFT + ((value - first.x) / span) * (WIDTH - LEFT - RIGHT));
  const y = (value: number): string =>
    number(HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM));
  const rows = ticksIn(low, high, 4).map(
    (tick) =>
      `<line class="rule" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${LEFT - 8}" y="${y(tick)}" dy="4" text-anchor="end">${escapeHtml(shortValue(tick))}</text>`,
  );
  const columns = ticksIn(first.x, first.x + span, 5)
    .filter(Number.isInteger)
    .map((tick) => `<text x="${x(tick)}" y="${HEIGHT - 8}" text-anchor="middle">${tick}</text>`);
  const line =
    points.length === 1
      ? `<circle class="b" cx="${x(first.x)}" cy="${y(first.y)}" r="4"/>`
      : `<polyline class="curve" points="${points.map((point) => `${x(point.x)},${y(point.y)}`).join(' ')}"/>`;
  const all = given.map((point) => point.y);
  const summary = `${title}: ${given.length} steps, first ${shortValue(all[0] ?? 0)}, last ${shortValue(all.at(-1) ?? 0)}`;
  return svg(HEIGHT, summary, rows.join('') + columns.join('') + line, WIDTH);
}
