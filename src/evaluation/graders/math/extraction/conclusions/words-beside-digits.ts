/**
 * Amounts in words that a last sentence states, read with digits for the words: beside others in digits where they are what its main
 * clause states (`Thus she earned ten dollars for 50 minutes.`), and in a reply without digits where no other can be meant (`They drove
 * two hundred and forty miles.`). Linear in the length of the text.
 */

import { NUMBER_WORD } from '../../../number-words.js';
import { lastSentenceStart } from '../../../replies/sentences.js';
import { numberInWords } from '../../reading/words/amounts.js';
import { GOES_ON, OTHERWISE } from '../values/in-words.js';
import { valuesIn } from '../values/prose.js';
import { resultBeforeCircumstance } from './circumstance.js';
import { valueOfMainClause } from './main-clause.js';

const LONGEST = 200;
const NUMBERS = new RegExp(String.raw`\b${NUMBER_WORD}(?:(?:-|\s(?:and\s)?)${NUMBER_WORD}){0,6}\b(?!-)`, 'gi');
/** Parts and groups, which are amounts of their own. */
const PART = /\b(?:half|halves|thirds?|quarters?|\w+(?:fth|nth|xth|ghth|eth)s?|dozen|point|percent)\b/i;

/** The last sentence with digits for its numbers in words, and those numbers. */
function inDigits(text: string): { readonly sentence: string; readonly written: string; readonly digits: string[] } {
  const sentence = text.slice(lastSentenceStart(text, LONGEST)).replace(/\*\*/g, '').trim();
  const digits: string[] = [];
  const written = sentence.replace(NUMBERS, (words) => {
    const number = numberInWords(words.toLowerCase().split(/[\s-]+/));
    // `one` may stand for a thing.
    if (number === undefined || number < 2n) return words;
    digits.push(String(number));
    return String(number);
  });
  return { sentence, written, digits };
}

/** Givens in front of a main clause: `In 4 hours at 10 pages per hour, she will have read `. */
const BEHIND_GIVENS =
  /^(?:(?:so|thus|hence|therefore|then),?\s)?(?:in|at|with|after|for|over|during|within)\s[^=?;:]*\d[^=?;:]*,\s(?!(?:and|or|but|so|which|then)\b)[a-z][^\d,=?;:]*\s[$€£]?$/i;

const ENDS = /^(?:\s(?!(?:more|less|fewer|times|than|of|short|shy|and|or|percent|parts?)\b)[a-z]+){0,3}[.!]?$/i;

/** The amount that ends a main clause behind its givens. */
function valueBehindGivens(written: string): string | undefined {
  const last = valuesIn(written).at(-1);
  if (last === undefined || !ENDS.test(written.slice(last.end))) return undefined;
  const before = written.slice(0, last.start);
  return BEHIND_GIVENS.test(before) && !OTHERWISE.test(before) ? last.inner.replace(/[.,]$/, '') : undefined;
}

/** The amount, with digits for its words; undefined for any other text. */
export function amountBesideDigits(text: string): string | undefined {
  const { sentence, written, digits } = inDigits(text);
  if (sentence.length >= LONGEST || digits.length === 0 || !/\d/.test(sentence) || /[=\\]/.test(sentence))
    return undefined;
  const value = resultBeforeCircumstance(written) ?? valueOfMainClause(written) ?? valueBehindGivens(written);
  const number = /\d[\d,]*/.exec(value ?? '')?.[0];
  const isInDigits = number !== undefined && new RegExp(String.raw`(?<!\d)${number}(?!\d)`).test(sentence);
  return number !== undefined && digits.includes(number) && !isInDigits ? value : undefined;
}

/** What stands in front of the only amount of a sentence that states it: a verb or adjective, and nothing that makes it a given. */
const STATES =
  /(?:^|\s)(?:in total|in all|altogether|overall|so|thus|hence|therefore),\s$|\b(?:end(?:s|ed)?|finish(?:es|ed)?|comes?|came) (?:up )?with\s$|[a-z’']\s(?!(?:the|these|those|all|both|his|her|their|its|my|our|your|of|in|on|for|at|by|after|before|each|every|per|than|into|between|among|within|from|to|with|and|as|number|day|step|case|line)\s)[a-z]{2,}\s$/i;

/** A calculation in words ends with its result: `Forty plus ten makes fifty.` */
const RESULT =
  /\b(?:plus|minus|times|less|and|by|of|from|to)\b.*\b(?:is|are|makes?|leaves?|gives?|equals?|totals?|comes to)\s$/i;
const CONCLUDES = /(?<=[,;]\s(?:and\s)?)(?:so|thus|hence|therefore)\b/gi;

/** The amount that a reply without digits states in words; undefined for any other text. */
export function amountInWordsAlone(text: string): string | undefined {
  if (/[\d=\\]/.test(text)) return undefined;
  const { sentence, written, digits } = inDigits(text);
  if (sentence.length >= LONGEST || digits.length === 0 || PART.test(sentence) || OTHERWISE.test(sentence))
    return undefined;
  const clause = written.slice([...written.matchAll(CONCLUDES)].at(-1)?.index ?? 0);
  const values = valuesIn(clause);
  const last = values.at(-1);
  if (last === undefined) return undefined;
  const [before, behind] = [clause.slice(0, last.start), clause.slice(last.end).trim()];
  const isResult = RESULT.test(before) && /^(?:[a-z]+\s?){0,3}[.!]?$/i.test(behind);
  if (!isResult && (values.length > 1 || GOES_ON.test(behind.replace(/^more\b/, '')))) return undefined;
  const isFirst =
    before === '' && /^(?:of (?:them|these|those)|in total|in all|altogether|more|left|remain)\b/.test(behind);
  return isResult || isFirst || STATES.test(before) ? last.inner.replace(/[.,]$/, '') : valueOfMainClause(written);
}
