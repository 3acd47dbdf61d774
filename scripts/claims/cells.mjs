/** Cells of the tables on pages of results. Shares are shown in percent; what is not there is a dash. */
const ABSENT = '–';

export const percent = (value) => (value === null || value === undefined ? ABSENT : (value * 100).toFixed(1));
/** With its sign, as differences are shown. */
export const signed = (value) => (value < 0 ? percent(value) : `+${percent(value)}`);
/** The ends of an interval; a single seed has none. */
export const interval = ({ low, high }, of = percent) =>
  low === null || low === undefined ? ABSENT : `${of(low)} to ${of(high)}`;
/** A difference with its interval, where it has one. */
export const differenceWithInterval = (difference) =>
  `${signed(difference.value)}${difference.low === null ? '' : ` (${interval(difference, signed)})`}`;
/** One value for each seed. */
export const each = (values) => values.map(percent).join(', ');

export function table(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
