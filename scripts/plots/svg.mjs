/** A Vega-Lite specification as SVG text, in the look that all our figures share. */
import { parse, View } from 'vega';
import { compile } from 'vega-lite';

const CONFIG = { background: 'white', font: 'sans-serif', view: { stroke: null }, axis: { gridColor: '#E5E8EB' } };

export async function svg(specification) {
  const { spec } = compile({ ...specification, config: CONFIG });
  return `${await new View(parse(spec), { renderer: 'none' }).toSVG()}\n`;
}

/**
 * Accuracies in percent with their intervals, a panel for each set of problems.
 * @param rows `name`, `panel` and `pooled` (value, low, high as shares)
 * @param names and panels in the order in which they are drawn
 * @param mark of the value, with its `encoding` beside the places
 */
export function accuracyPanels({
  title,
  axis = 'accuracy (%)',
  rows,
  names,
  panels,
  width,
  step,
  mark,
  encoding = {},
  rule = {},
}) {
  const y = { field: 'name', type: 'nominal', sort: names, title: null, axis: { labelLimit: 320 } };
  const x = { field: 'accuracy', type: 'quantitative', title: axis, scale: { domain: [0, 100] } };
  return svg({
    title,
    data: {
      values: rows.map(({ name, panel, pooled: { value, low, high } }) => ({
        name,
        panel,
        accuracy: value * 100,
        low: low * 100,
        high: high * 100,
      })),
    },
    facet: { column: { field: 'panel', type: 'nominal', title: null, sort: panels } },
    spec: {
      width,
      height: { step },
      layer: [
        { mark, encoding: { y, x, ...encoding } },
        {
          mark: { type: 'rule', strokeWidth: 1.5, ...rule },
          encoding: { y, x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
        },
      ],
    },
  });
}
