/** A line chart of a metric, one line per run. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { useStore } from '../state/store.js';
import { theme } from '../state/theme.js';
import { short } from './numbers.js';

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly x: readonly (number | null)[];
  readonly y: readonly (number | null)[];
}

/** Exponential moving average, with the bias of its beginning taken out. */
export function smoothed(values: readonly (number | null)[], share: number): readonly (number | null)[] {
  if (share === 0) return values;
  let [mean, weight] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    mean = share * mean + (1 - share) * value;
    weight = share * weight + (1 - share);
    return mean / weight;
  });
}

/** The points of all lines over one x axis. */
function joined(lines: readonly Line[]): uPlot.AlignedData {
  const xs = [...new Set(lines.flatMap(({ x }) => x.filter((value) => value !== null)))].sort((a, b) => a - b);
  const places = new Map(xs.map((x, i) => [x, i]));
  const columns = lines.map(({ x, y }) => {
    const column: (number | null | undefined)[] = xs.map(() => undefined);
    x.forEach((value, i) => {
      const place = value === null ? undefined : places.get(value);
      if (place !== undefined) column[place] = y[i] ?? null;
    });
    return column;
  });
  return [xs, ...columns];
}

const colourOf = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const HEIGHT = 168;

function optionsFor(width: number, lines: readonly Line[], unit: string): uPlot.Options {
  const axis = {
    stroke: colourOf('--muted'),
    grid: { stroke: colourOf('--line'), width: 1 },
    ticks: { stroke: colourOf('--line'), width: 1, size: 4 },
    font: '12px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    padding: [8, 8, 0, 0],
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 28, values: (_, ticks) => ticks.map((tick) => `${short(tick)}${unit}`) },
      { ...axis, size: 56, values: (_, ticks) => ticks.map(short) },
    ],
    series: [
      {},
      ...lines.flatMap(({ name, colour }) => ({
        label: name,
        stroke: colourOf(colour),
        width: 2,
        spanGaps: true,
        points: { show: lines.every(({ y }) => y.length < 2), size: 6 },
      })),
    ],
  };
}

/** `faint`: the same lines before smoothing. */
export function Chart({
  label,
  lines,
  unit = '',
  onCursor,
}: {
  readonly label: string;
  readonly lines: readonly Line[];
  readonly unit?: string;
  readonly onCursor?: (values: readonly (number | null)[] | null, x: number | null) => void;
}) {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useStore(theme);
  const shape = `${shown} ${unit} ${lines.map(({ name, colour }) => `${name}/${colour}`).join(' ')}`;

  // A new plot is made for a new shape only; data are set below.
  useEffect(() => {
    const place = element.current;
    if (place === null) return;
    const own = new uPlot(
      {
        ...optionsFor(place.clientWidth, lines, unit),
        hooks: {
          setCursor: [
            ({ cursor, data }) => {
              const at = cursor.idx;
              if (at === null || at === undefined) onCursor?.(null, null);
              else
                onCursor?.(
                  data.slice(1).map((column) => column[at] ?? null),
                  data[0][at] ?? null,
                );
            },
          ],
        },
      },
      joined(lines),
      place,
    );
    plot.current = own;
    const observer = new ResizeObserver(() => own.setSize({ width: place.clientWidth, height: HEIGHT }));
    observer.observe(place);
    return () => {
      observer.disconnect();
      own.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(joined(lines)), [lines]);

  const summary = lines.map(({ name, y }) => {
    const values = y.filter((value) => value !== null);
    return `${name}: first ${short(values[0])}, last ${short(values.at(-1))}, ${values.length} values`;
  });
  return <div ref={element} class="chart" role="img" aria-label={`${label}. ${summary.join('; ')}`} />;
}
