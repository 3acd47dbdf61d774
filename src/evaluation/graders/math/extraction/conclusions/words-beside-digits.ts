/**
 * The amount in words that a last sentence states beside others in digits: `Thus she earned ten dollars for 50 minutes.` It is read
 * with digits for its words, and counts where they are what its main clause states. Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';
import { NUMBER_WORD, numberInWords } from '../../reading/words/amounts.js';
import { resultBeforeCircumstance } from './circumstance.js';
import { valueOfMainClause } from './main-clause.js';

const LONGEST = 200;
const NUMBERS = new RegExp(String.raw`\b${NUMBER_WORD}(?:(?:-|\s(?:and\s)?)${NUMBER_WORD}){0,6}\b`, 'gi');

/** The amount, with digits for its words; undefined for any other text. */
export function amountBesideDigits(text: string): string | undefined {
  const start = lastSentenceStart(text, LONGEST);
  const sentence = text.slice(start).replace(/\*\*/g, '').trim();
  if (sentence.length >= LONGEST || !/\d/.test(sentence) || /[=\\]/.test(sentence)) return undefined;
  const digits: string[] = [];
  const written = sentence.replace(NUMBERS, (words) => {
    const number = numberInWords(words.toLowerCase().split(/[\s-]+/));
    // `one` may stand for a thing.
    if (number === undefined || number < 2n) return words;
    digits.push(String(number));
    return String(number);
  });
  if (digits.length === 0) return undefined;
  const value = resultBeforeCircumstance(written) ?? valueOfMainClause(written);
  const number = /\d[\d,]*/.exec(value ?? '')?.[0];
  const isInDigits = number !== undefined && new RegExp(String.raw`(?<!\d)${number}(?!\d)`).test(sentence);
  return number !== undefined && digits.includes(number) && !isInDigits ? value : undefined;
}
