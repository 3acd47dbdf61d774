/** Formatting for reports: shares, bounds, and untrusted text escaped for Markdown and HTML. */
import type { Bounds } from './summary.js';

/** `42.5 %` */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** `38.1 to 46.9 %` */
export const bounds = ([low, high]: Bounds): string => `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)} %`;

/** A difference of shares in points, with its sign: `+3.2`. */
export function points(difference: number): string {
  const text = (100 * difference).toFixed(1);
  if (Number(text) === 0) return '0.0';
  return difference > 0 ? `+${text}` : text;
}

/** `0.031`, or `< 0.0001` */
export const pText = (p: number): string => (p < 0.0001 ? '< 0.0001' : p.toPrecision(2));

export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  // HTML allows no control characters other than tab and line breaks.
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign).replace(/(?![\t\n\r])\p{Cc}/gu, '\ufffd');
}

/** Text for a cell of a Markdown table: one line, with the syntax of Markdown and HTML escaped. */
export function markdownCell(text: string, limit = 80): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const cut = line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
  return cut.replace(/[\\`*_{}[\]<>#|~$&]/g, (sign) => `\\${sign}`);
}

/** A Markdown table. All columns but the first are right-aligned. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
