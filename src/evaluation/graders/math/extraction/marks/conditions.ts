/** Formulas that only name something: the variables of the one before (`$t^2 + c$ for all real numbers $t$`), or what a number is of. */
import { lastSentenceStart } from '../../../replies/sentences.js';
import { OTHERWISE } from '../values/in-words.js';
import { type Passage, valuesIn } from '../values/prose.js';
import { connects } from './groups.js';
import { isNameOnly } from './parts.js';

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

const LONGEST = 300;
/** In front of a name of which something else is said. */
const OF = /(?:\b(?:of|for)|,\s(?:which|that) is)\s*$/i;

/** The only value of a last sentence whose formulas are all names: `There are 7 possible values of $k$.` */
export function valueBesideNames(text: string, formulas: readonly Passage[]): string | undefined {
  const start = lastSentenceStart(text, LONGEST);
  const inside = formulas.filter((formula) => formula.start >= start);
  const last = inside.at(-1);
  if (last === undefined || !inside.every(({ inner }) => isNameOnly(inner)) || !OF.test(text.slice(start, last.start)))
    return undefined;
  const words = inside
    .reduceRight((rest, { start: from, end }) => rest.slice(0, from) + rest.slice(end), text)
    .slice(start);
  const [value, ...others] = valuesIn(words);
  return others.length > 0 || OTHERWISE.test(words) || /[=<>:]|\btimes\b/.test(words) ? undefined : value?.inner;
}
