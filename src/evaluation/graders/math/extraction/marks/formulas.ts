/** Finds the formulas of a text by their marks. */
import type { Passage } from '../values/prose.js';

/** Whether a formula goes on in the next one, as where a line ends: `$x^2 +$ $2x$`. */
export function goesOn(formula: string, gap: string): boolean {
  return gap.trim() === '' && /(?:[-+=/*(]|\\(?:times|cdot|cup|left\())\s*$/.test(formula.slice(-40));
}

const FORMULA = /\\\[|\\\(|\$\$|\\\$|\$|\\begin\{(equation|align|gather|aligned|displaymath|math)\*?\}/g;

/** Formulas between $, $$, \( \), \[ \] or in an equation environment. */
export function formulas(text: string): Passage[] {
  const result: Passage[] = [];
  FORMULA.lastIndex = 0;
  const dead = new Set<string>();
  for (let match = FORMULA.exec(text); match !== null; match = FORMULA.exec(text)) {
    const open = match[0];
    if (open === '\\$') continue;
    const close = open === '\\[' ? '\\]' : open === '\\(' ? '\\)' : match[1] === undefined ? open : `\\end{${match[1]}`;
    const from = match.index + open.length;
    // A closer that was not found is not found further on either; this keeps the scan linear.
    if (dead.has(close)) continue;
    let end = text.indexOf(close, from);
    while (end > 0 && close === '$' && text[end - 1] === '\\') end = text.indexOf(close, end + 1);
    if (end < 0) {
      dead.add(close);
      continue;
    }
    // `$12 for adults and $8 for children` are sums of money.
    if (open === '$' && /^\d[^\\]*\s[a-z]{2,}\s+(?:[a-z]+\s+)*$/.test(text.slice(from, Math.min(end, from + 200))))
      continue;
    const after = end + close.length;
    if (end > from) result.push({ start: match.index, end: after, inner: text.slice(from, end) });
    FORMULA.lastIndex = after;
  }
  return result.filter((span) => span.inner.trim() !== '');
}
