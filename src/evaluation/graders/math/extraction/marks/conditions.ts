/** Formulas that only name the variables of the one before: `$t^2 + c$ for all real numbers $t$`. */
import type { Passage } from '../values/prose.js';
import { connects } from './groups.js';

/** What names of variables follow behind a formula: `for all real numbers $t$`, `where $k$ is an integer`. */
const CONDITION =
  /^[\s,;.(]*(?:for (?:all|any|every|each|some)?|for|where|with|any|and any|all|when)\s*(?:real|positive|negative|nonzero|non-negative|whole|natural|arbitrary|an?|the)?\s*(?:integers?|numbers?|constants?|values?|reals?|scalars?|parameters?)?(?: of)?\s*$/i;
const VARIABLE = String.raw`(?:\\?[A-Za-z]+|\\hat\s*\{[a-z]\})(?:_\{?\w{1,3}\}?)?`;
const VARIABLES = new RegExp(
  String.raw`^\s*${VARIABLE}(?:\s*,\s*${VARIABLE}){0,4}(?:\s*\\in\s*(?:\\mathbb|\\mathbf)\s*\{?\s*[A-Z]\s*\}?)?\s*[,.]?\s*$`,
);

/** The formulas without those at the end that only name the variables of the one before. */
export function withoutConditions(text: string, spans: readonly Passage[]): readonly Passage[] {
  let end = spans.length;
  for (let i = end - 1; i > 0; i--) {
    const [before, span] = [spans[i - 1], spans[i]];
    if (before === undefined || span === undefined || !VARIABLES.test(span.inner.slice(0, 80))) break;
    const gap = text.slice(before.end, span.start);
    if (gap.length <= 60 && CONDITION.test(gap)) end = i;
    // `where $s$ and $t$ are parameters`: the condition may begin at the name before.
    else if (!connects(gap)) break;
  }
  return spans.slice(0, end);
}
