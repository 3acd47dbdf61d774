/** What docs/method.md says of each metric: the page is part of the package, so that there is one text of it. */
import { fileURLToPath } from 'node:url';
import { readText } from '../../storage.js';
import type { MetricGuide } from '../api.js';

const PAGE = fileURLToPath(new URL('../../../docs/method.md', import.meta.url));

/** The cells of a row of a Markdown table; `\|` is a bar in a cell. */
const cellsOf = (row: string): readonly string[] =>
  row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

/** The rows of the tables of metrics, by metric. Text without its marks of Markdown. */
export function guideIn(markdown: string): Readonly<Record<string, MetricGuide>> {
  const begin = markdown.indexOf('## Logged metrics');
  const end = markdown.indexOf('\n## ', begin + 1);
  const plain = (text: string): string => text.replaceAll(/[`*]/g, '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  const rows = markdown
    .slice(begin, end)
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  return Object.fromEntries(
    rows.flatMap((row) => {
      const [names = '', what = '', healthy = '', redFlag = ''] = cellsOf(row);
      const guide = { what: plain(what), healthy: plain(healthy), redFlag: plain(redFlag) };
      return [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => [name, guide] as const);
    }),
  );
}

let known: Promise<Readonly<Record<string, MetricGuide>>> | undefined;

export function metricGuide(): Promise<Readonly<Record<string, MetricGuide>>> {
  known ??= readText(PAGE).then(guideIn);
  return known;
}
