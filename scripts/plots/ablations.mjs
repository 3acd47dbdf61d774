/** The figure of docs/results/ablations.md: accuracy of each variant's student with its interval. */
import { svg } from './svg.mjs';

/** @param levels names of the problem sets, a panel each */
export function accuracyPlot(rows, levels) {
  const values = rows.flatMap(({ text, accuracy }) =>
    levels.flatMap((level) => {
      const pooled = accuracy[level];
      if (pooled === undefined) return [];
      return [{ text, level, accuracy: pooled.value * 100, low: pooled.low * 100, high: pooled.high * 100 }];
    }),
  );
  const y = {
    field: 'text',
    type: 'nominal',
    sort: rows.map(({ text }) => text),
    title: null,
    axis: { labelLimit: 320 },
  };
  return svg({
    title: 'The quickstart with one change: accuracy of the student, 95 % intervals',
    data: { values },
    facet: { column: { field: 'level', type: 'nominal', title: null, sort: levels } },
    spec: {
      width: 240,
      height: { step: 20 },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 1.5, color: '#1F5FA8' },
          encoding: { y, x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
        },
        {
          mark: { type: 'point', filled: true, size: 45, color: '#1F5FA8' },
          encoding: {
            y,
            x: { field: 'accuracy', type: 'quantitative', title: 'accuracy (%)', scale: { domain: [0, 100] } },
          },
        },
      ],
    },
  });
}
