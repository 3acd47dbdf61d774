/** Boxes and formulas that are parts of one answer: `$x = 1$ and $y = 2$`. */

import type { Passage } from '../values/prose.js';
import { goesOn } from './formulas.js';
import { trailingUnit, unitOfBox } from './trailing-units.js';

const MAX_PARTS = 64;

/** What may stand between two boxes or formulas that are parts of one answer. */
export function connects(gap: string): boolean {
  if (gap.length > 80) return false;
  const bare = gap
    .replace(/\\(?:text|textbf|mbox|mathrm)\s*\{/g, ' ')
    .replace(/\\(?:quad|qquad|[,;:!\s()[\]])/g, ' ')
    .replace(/[{}$\s*]/g, ' ')
    // A name in front of the next part: `and y_2 =`.
    .replace(/[A-Za-z](?:_\{?\s*\w+\s*\}?)?\s*(?:\([a-z]\))?\s*(?:=|\\in)\s*$/, ' ')
    .trim();
  if (bare === '') return true;
  if (/^[,;&]$/.test(bare)) return true;
  return /(?:^|[\s,;])(?:and|or)[\s,;]*$/.test(bare) && bare.length <= 30;
}

/** The spans at the end of the list that are parts of one answer, in order. */
export function lastGroup(text: string, spans: readonly Passage[]): Passage[] {
  const group: Passage[] = [];
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i];
    if (span === undefined) break;
    const next = group[0];
    if (next !== undefined && !connects(text.slice(span.end, next.start))) break;
    group.unshift(span);
    if (group.length >= MAX_PARTS) break;
  }
  return group;
}

/** Answers with blank lines between them as a list. */
function listed(text: string): string {
  return text.includes('\n') && !text.includes('\\begin') ? text.trim().replace(/\s*\n\s*\n\s*/g, ', ') : text;
}

export function joinGroup(text: string, group: readonly Passage[]): string {
  const last = group.at(-1);
  if (last === undefined) return '';
  const parts = group.map((span, index) => {
    const before = group[index - 1];
    const separator = before === undefined ? '' : goesOn(before.inner, text.slice(before.end, span.start)) ? ' ' : ', ';
    return separator + listed(span.inner);
  });
  // `$x^2+$ C`
  const [rest = ''] = goesOn(last.inner, '')
    ? (/^\s*[A-Za-z\d]{1,2}(?=\s*\.?\s*$)/.exec(text.slice(last.end)) ?? [])
    : [];
  const unit = trailingUnit(text, last.end);
  const measured = unit === '' && rest === '' && text.startsWith('\\', last.start) ? unitOfBox(text, last) : unit;
  return parts.join('') + rest + measured;
}

/** A verb or sign behind which the value of what stands before it follows. */
export const VERB =
  /(?:\b(?:is|are|be|was|equals?|equal to|equals to|becomes)|[=:：])\s*(?:the |an? |exactly |only )?\s*$/;

/** The first formulas that belong together; later ones where the text says that the first ones are those. */
export function statedFormulas(statement: string, spans: readonly Passage[]): readonly Passage[] {
  const groups: Passage[][] = [];
  for (const span of spans) {
    const last = groups.at(-1)?.at(-1);
    if (last !== undefined && connects(statement.slice(last.end, span.start))) groups.at(-1)?.push(span);
    else groups.push([span]);
  }
  let chosen = groups[0] ?? [];
  for (const group of groups.slice(1)) {
    const [before, next] = [chosen.at(-1), group[0]];
    if (before !== undefined && next !== undefined && VERB.test(statement.slice(before.end, next.start)))
      chosen = group;
  }
  return chosen;
}

/** The base of a number that is in a box: `\boxed{2220}_5`. */
const BASE = /^\s*_\s*(?:\d|\{\d{1,2}\})/;

/** What the last boxes hold, with the base behind them. */
export function boxContent(text: string, group: readonly Passage[]): string {
  const content = joinGroup(text, group);
  const [only, ...others] = group;
  if (only === undefined || others.length > 0) return content;
  return content + (BASE.exec(text.slice(only.end, only.end + 8))?.[0].trim() ?? '');
}
