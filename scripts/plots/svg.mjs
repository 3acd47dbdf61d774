/** A Vega-Lite specification as SVG text, in the look that all our figures share. */
import { parse, View } from 'vega';
import { compile } from 'vega-lite';

const CONFIG = { background: 'white', font: 'sans-serif', view: { stroke: null }, axis: { gridColor: '#E5E8EB' } };

export async function svg(specification) {
  const { spec } = compile({ ...specification, config: CONFIG });
  return `${await new View(parse(spec), { renderer: 'none' }).toSVG()}\n`;
}
