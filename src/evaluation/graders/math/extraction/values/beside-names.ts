/**
 * The only value of a last sentence whose formulas are names alone, which are not the answer: `There are 7 possible values of $k$.`, `The
 * program prints 610, which is $F_{15}$.` Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';
import { isNameOnly } from '../marks/parts.js';
import { type Passage, valuesIn } from './prose.js';

const LONGEST = 300;
/** Denials, bounds, comparisons and suppositions, whose number is not the one that is said. */
const OTHERWISE =
  /\b(?:not|never|no|nor|neither|if|unless|than|least|most|or|either|maybe|perhaps|times|half|twice|step|case|part|equation)\b|n['’]t\b|[?:=<>]/i;
/** In front of a name of which something else is said. */
const OF = /(?:\b(?:of|for)|,\s(?:which|that) is)\s*$/i;

/** The value; undefined for any other text. */
export function valueBesideNames(text: string, formulas: readonly Passage[]): string | undefined {
  const start = lastSentenceStart(text, LONGEST);
  const inside = formulas.filter((formula) => formula.start >= start);
  const last = formulas.at(-1);
  if (last === undefined || inside.length === 0 || !inside.every(({ inner }) => isNameOnly(inner))) return undefined;
  let words = text.slice(start);
  for (const { start: from, end } of inside.toReversed())
    words = `${words.slice(0, from - start)}${' '.repeat(end - from)}${words.slice(end - start)}`;
  const [value, ...others] = valuesIn(words);
  if (value === undefined || others.length > 0 || value.start > last.start - start) return undefined;
  return OF.test(text.slice(start, last.start)) && !OTHERWISE.test(words) ? value.inner : undefined;
}
