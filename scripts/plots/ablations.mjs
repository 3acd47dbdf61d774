/** The figure of docs/results/ablations.md: accuracy of each variant's student with its interval. */
import { accuracyPanels } from './svg.mjs';

const COLOUR = '#1F5FA8';

/** @param levels names of the problem sets, a panel each */
export const accuracyPlot = (rows, levels) =>
  accuracyPanels({
    title: 'The quickstart with one change: accuracy of the student, 95 % intervals',
    rows: rows.flatMap(({ text, accuracy }) =>
      levels.flatMap((level) =>
        accuracy[level].pooled === null ? [] : [{ name: text, panel: level, pooled: accuracy[level].pooled }],
      ),
    ),
    names: rows.map(({ text }) => text),
    panels: levels,
    width: 240,
    step: 20,
    mark: { type: 'point', filled: true, size: 45, color: COLOUR },
    rule: { color: COLOUR },
  });
