/**
 * The final answer of a worked solution: the result of its last sentence, not just its last number. `She packs 24 stones,
 * which took 3 days` comes to 24. Everything is linear in the length of the text.
 */
import { NUMBER_WORD } from '../../../number-words.js';
import { dateIn, datesIn } from '../../reading/words/dates.js';
import { isUnitSymbol, unitOf } from '../../tree/units.js';
import { isBracketed } from '../values/bracketed.js';
import { amountInSentence } from '../values/in-words.js';
import { looksLikeProse, type Passage, valuesIn } from '../values/prose.js';
import { valueOfMainClause } from './main-clause.js';
import { listedAmounts, listedValues } from './wording.js';

/** Answers are at the end. */
const TAIL = 4_000;
const MAX_SENTENCE = 600;

const SENTENCE_END = /(?<=[.!?])["')\]]?\s+(?=[A-Z"'“([$\d*-])|\s*\n\s*/;
/** Sentences that come after the answer. */
const AFTERTHOUGHT =
  /^\W*(?:(?:check|to check(?=[,:]|\s(?:it|this|that|our|my|the (?:answer|result|solution))\b)|we (?:can )?(?:check|verify)|verif)(?!.*\b(?:so|thus|hence|therefore|not|but)\b)|(?:note|remember)(?!.*(?:\b(?:so|thus|hence|therefore)\b|=))|p\.?s\b|source\b|hint\b)/i;

/** An arithmetic operation with its result. */
const COMPUTATION =
  /(?<![\d.,])\d[\d.,]{0,30}%?[)\]]{0,4}(?:\s?[a-z/]{1,12}){0,3}\s*(?:[-−–+*/×÷·^]|x(?=\s?[$\d(])|\b(?:times|plus|minus|divided by|of)\b)\s*[[(]*[$€£]?[-−]?[\d.][^=\n]{0,120}(?:=|\bequals)\s*[$€£]?\s?[-−]?\.?\d/i;
/** A letter that stands for a number, rather than a sign or an article. */
const SYMBOL = /(?<![A-Za-z'’])[b-wyzB-HJ-Z](?![A-Za-z'’.])|\bx\d{0,2}\s*[-+*/^=<>]|[-+*/=<>]\s*x\b|[<>≤≥^]/;
/** Words with which a text comes to its result. */
const CONCLUDES =
  /(?:^|[.,;:\n]\s*|\b(?:and|but)\s+)(?:so|thus|therefore|hence|consequently|then|finally)\b|=>|→|⇒|∴|\b(?:gives?|giving|leaves?|leaving|comes? to|coming to|amounts? to|adds? up to|adding up to|totals|totalling|totaling|for a total of|a total of|in total|in all|altogether|results? in|(?:which|that) (?:is|makes|means|equals)(?= \S*\d)|we (?:get|find|obtain|conclude)|it follows)\b/i;
/** Says why, or how long it took. */
const EXPLAINS = /,\s*(?:which|who|because|since)\b|\bbecause\b/i;
/** Other numbers than those in digits, and bounds. */
const VAGUE = /\b(?:two|three|four|five|six|seven|eight|nine|ten|twice|double|half|if|when|unless|not|never)\b/i;
/** The last sentence goes on with what was spoken of before. */
const GOES_ON = /^\W*(?:he|she|they|it|this|that|these|those|there|now|his|her|their|its|we)\b/i;
const LABELS =
  /(?:^|[,;.\n])\s*(?!(?:in )?(?:total|sum|all)|answer|so|result|finally)[A-Za-z][A-Za-z ]{1,30}:\s*[-−]?[$€£]?\d/gi;
/** `1. 12 2. 30`, `(a) 3`: an answer of several parts. */
const ENUMERATED = /^\(?(?:a|i|1)[).:]\s/i;
/** `Yes, ...`: the word is the answer. */
const VERDICT = /^(?:(?:so|thus|therefore|hence|answer:),?\s+)?(yes|no|true|false)\b(?=\s*[,.:;!—–-]|\s*$)/i;
const NO_SOLUTION =
  /\b(?:has|have|is|are|exists?|so|thus|hence|therefore|with|leaves|conclude)\s+(?:that there (?:is|are)\s+)?no (?:real |integer |whole |positive |such |valid |possible )*(?:solutions?|roots?)\b/i;

/** What stands before a value that is said to be the result. */
const SAID =
  /(?:[=≈:]|\b(?:is|are|was|were|be|been|equals?|equal to|gets?|got|gives?|giving|leaves?|leaving|left with|has|have|had|needs?|costs?|makes?|made|making|takes?|took|totals?|total(?:s|ling|ing) of|comes? to|coming to|amounts? to|adds? up to|becomes|reaches|earns?|earned|pays?|paid|spends?|spent|saves?|saved|weighs?|answer|so|thus|therefore|hence|total of|sum of|result of|(?:rounds?|rounded)(?: up| down)? to|or)(?:\s+(?:[A-Z][a-z]+|him|her|them|us|me|you))?\s*)(?:only|exactly|about|approximately|just|now|also|still|then|the|a|an|there are|total of|a total of|equal to|worth|up|:|\s)*[$€£]?\s*[-−]?\$?\s*$/i;
/** `in 5 days` and `in the 3 boxes` say no result, whatever stands before. */
const CIRCUMSTANCE =
  /\b(?:in|of|by|than|per|from|each|every|after|within|at|on|for|until|with|between|over|under|during|before|past|day|week|step|number|no|age|grade|page|to [a-z]+)\s+(?:(?:all|the|these|those|his|her|their|its|only|just|another|a|an|first|last|next|other)\s+)*[$€£]?\s*$/i;
/** The clause that draws the conclusion. */
const CONCLUSION = /\b(?:so|thus|therefore|hence)\b[^,;]*$/i;
/** Where a conclusion begins that stands behind something else: `He has 10 miles to go, so ...` */
const CONCLUDED = /[,;]\s+(?:and\s+)?(?:so(?! that\b)|thus|therefore|hence)\b/gi;
/** What belongs to a noun or tells when: `the work that has 12 parts`, `8 left after giving 4 away`. */
const RELATIVE =
  /\b(?:(?:that|which|who)\s+(?:has|have|had|costs?|weighs?|takes?|took|holds?|contains?)|(?:after|before|while)\s+[a-z]+ing)\s+$/i;
const TIME_OF_DAY = /\d\s*[ap]\.?\s?m\b/i;
/** A number in words that is said to be the result. */
const IN_WORDS = new RegExp(
  String.raw`\b(?:is|are|was|were|has|have|had|gets?|gives?|leaves?|makes?|needs?|costs?|total of)\s+(?:exactly |only |now |left with )?((?:minus |negative )?${NUMBER_WORD}(?:(?:[- ]|\s+and\s+)${NUMBER_WORD}){0,5})\b(?!\s+(?:dozen|and\s+(?:an?|one|two|three)\s+(?:hal|third|quarter)))`,
  'gi',
);
const SAID_BEHIND = /^\s*(?:[a-z'’]+\s+){0,5}(?:in total|in all|altogether|total|left(?: over)?|remain(?:s|ing)?)\b/i;
/** A clause that only tells how or why. */
const ASIDE =
  /(?:[,;]\s*|\s)(?:(?:which|who)(?!\s+(?:is|are|was|means|makes|gives|leaves|comes|equals|totals|adds|would|will))|because|since|as (?!a\b|the\b)|rather than|instead of|compared (?:to|with)|up from|down from|given|out of)\b[^,;]*$/i;
const IN_BRACKETS = /\([^)]*$/;

interface Found extends Passage {
  readonly text: string;
}

/** The right side of a calculation; `x = 3` keeps its name. */
function resultOf(inner: string): string {
  const at = inner.lastIndexOf('=');
  const isNamed = at >= 0 && /^[A-Za-z]\w{0,3}$/.test(inner.slice(0, at).trim());
  const result = at < 0 || isNamed ? inner : inner.slice(at + 1);
  const [, value, unit = '', per] = /^(.*\d)\s*([A-Za-z]+)(\/[A-Za-z]+)?$/.exec(result.trim()) ?? [];
  if (value === undefined) return result.trim();
  // `9 episodes/day`: what is counted is left aside.
  if (per !== undefined) return unitOf(unit).dimension === '' ? value : result.trim();
  return isUnitSymbol(unit) ? `${value} ${unit}` : result.trim();
}

/** The values of a sentence; a date is one. */
function valuesOf(sentence: string): readonly Found[] {
  const found: Found[] = [];
  const dates = datesIn(sentence);
  for (const passage of valuesIn(sentence)) {
    const date = dates.find(({ start, end }) => passage.start < end && passage.end > start);
    if (date !== undefined) {
      if (found.at(-1)?.start !== date.start) found.push({ ...date, text: date.inner });
      continue;
    }
    found.push({ ...passage, text: resultOf(passage.inner).replace(/[.,\s]+$/, '') });
  }
  return found.filter(({ inner }) => !/^not\b/i.test(inner));
}

/** `x = 3 or x = -3`: all values of the name that the last one has. */
function valuesOfName(sentence: string, values: readonly Found[]): string | undefined {
  const name = /^([A-Za-z]\w{0,3})\s*=/.exec(values.at(-1)?.text ?? '')?.[1];
  if (name === undefined) return undefined;
  const listed: string[] = [];
  for (const [index, value] of [...values.entries()].reverse()) {
    const next = values[index + 1];
    const joined = next === undefined || /^\s*(?:,|,?\s*(?:and|or))\s*$/i.test(sentence.slice(value.end, next.start));
    if (!joined || !value.text.startsWith(name)) break;
    listed.unshift(value.text);
  }
  return listed.length < 2 ? undefined : listed.join(', ');
}

/** The last of the values that are most clearly the result; none where all are less clear than `least`. */
function resultIn(sentence: string, least: number): string | undefined {
  const clause = sentence.replace(/^.*\b(?:so|thus|therefore|hence)\b,?\s+/i, '');
  const listed = listedAmounts(clause) ?? listedValues(sentence);
  if (listed !== undefined) return listed;
  const values = valuesOf(sentence);
  const several = valuesOfName(sentence, values);
  if (several !== undefined) return several;
  const concluded = [...sentence.matchAll(CONCLUDED)].at(-1)?.index ?? 0;
  const all = ranked(sentence, values);
  const after = all.filter(({ value, rank }) => rank > 0 && value.start > concluded);
  const found = after.length > 0 ? after : all;
  const best = Math.max(...found.map(({ rank }) => rank));
  return best < least ? undefined : found.findLast(({ rank }) => rank === best)?.value.text;
}

/** Values with how clearly each is the result: from 0 for asides to 3 for what is said to be it. */
function ranked(
  sentence: string,
  values = valuesOf(sentence),
): readonly { readonly value: Found; readonly rank: number }[] {
  return values.map((value) => {
    const before = sentence.slice(Math.max(0, value.start - 160), value.start);
    if (IN_BRACKETS.test(before)) return { value, rank: 0 };
    if (value.inner.includes('=') || /=\s*[$€£]?\s*$/.test(before)) return { value, rank: 3 };
    if (ASIDE.test(before)) return { value, rank: 0 };
    if (RELATIVE.test(before)) return { value, rank: 1 };
    const isCircumstance =
      CIRCUMSTANCE.test(before) &&
      dateIn(value.text) === undefined &&
      !TIME_OF_DAY.test(value.text) &&
      !isBracketed(value.text);
    if (CONCLUSION.test(before) && !isCircumstance) return { value, rank: 3 };
    if (SAID.test(before) || SAID_BEHIND.test(sentence.slice(value.end, value.end + 80))) return { value, rank: 3 };
    return { value, rank: isCircumstance ? 1 : 2 };
  });
}

/** Whether a text works out its answer, rather than being it or stating facts. */
function isWorked(text: string, sentences: readonly string[]): boolean {
  if (ENUMERATED.test(text)) return false;
  const steps = sentences.filter((sentence) => COMPUTATION.test(sentence)).length;
  const isProse = looksLikeProse(text) || (text.match(/[A-Za-z]{3,}/g)?.length ?? 0) > 2;
  if (!isProse && SYMBOL.test(text)) return false;
  if (steps > 1) return true;
  if ((text.match(LABELS)?.length ?? 0) > 1) return false;
  if (steps > 0) return true;
  if (!isProse) return false;
  if (sentences.filter((sentence) => sentence.includes('=')).length > 1) return true;
  if (CONCLUDES.test(text) || EXPLAINS.test(text)) return true;
  const [first = '', ...others] = sentences;
  if (others.length > 0) return GOES_ON.test(others.at(-1) ?? '');
  if (first.length > 120 || VAGUE.test(first)) return false;
  const [value, ...more] = valuesOf(first);
  return (
    value !== undefined &&
    more.length === 0 &&
    /^[-−]?[$€£]?[\d.]/.test(value.text) &&
    (SAID.test(first.slice(0, value.start)) || dateIn(value.text) !== undefined)
  );
}

/**
 * The result of a worked solution without marked formulas; undefined for any other text. Of a text that is `known` to be a
 * solution, its last number counts where none is said to be the result.
 */
export function workedResult(source: string, { known = false } = {}): string | undefined {
  // Most answers are formulas or numbers, which need no more than this look.
  if (!/[A-Za-z]{2}|\d\s*=/.test(source)) return undefined;
  const text = source.slice(-TAIL).trim();
  if (text.includes('\\') || VERDICT.test(text)) return undefined;
  const sentences = text.split(SENTENCE_END).filter((sentence) => /\w/.test(sentence));
  const last = sentences.at(-1) ?? '';
  if (NO_SOLUTION.test(last) && !VAGUE.test(last)) return 'no solution';
  if (!known && !(/\d/.test(text) && isWorked(text, sentences))) return undefined;
  const verdict = VERDICT.exec(last)?.[1];
  if (verdict !== undefined) return verdict;
  const stating = sentences.findLast((sentence) => /\d/.test(sentence) && !AFTERTHOUGHT.test(sentence));
  const isComputed = COMPUTATION.test(text);
  if (stating !== last && !/\d/.test(last)) {
    const words = [...last.matchAll(IN_WORDS)].at(-1)?.[1] ?? amountInSentence(last);
    if (words !== undefined) return words;
    // What is said after the last number is the answer.
    if (!isComputed && !AFTERTHOUGHT.test(last)) return undefined;
  }
  if (stating === undefined || stating.length > MAX_SENTENCE) return undefined;
  return valueOfMainClause(stating) ?? resultIn(stating, isComputed ? 0 : 2);
}

/** Whether a text is one sentence of which only one value can be the answer: `He needs 4 boxes to pack 24 stones.` */
export function statesOneResult(text: string): boolean {
  if (text.length > MAX_SENTENCE || text.includes('\\') || text.split(SENTENCE_END).length > 1) return false;
  return looksLikeProse(text) && ranked(text).filter(({ rank }) => rank > 1).length === 1;
}

/** Words of somebody who derives something. */
const REASONS =
  /\b(?:we (?:have|get|find|see|know|can|must|need|want|obtain|could|may|first|then|also)|let|since|because|suppose|note|so|thus|therefore|hence|then|implies|it follows|recall|substitut\w+|solving|subtract\w*|divid\w+|multipl\w+|factor\w*|simplif\w+|add(?:ing)?)\b/gi;

/** Whether a text with formulas derives its answer, which then is what it ends with. */
export function derivesAnswer(text: string): boolean {
  if (text.length < 40 || ENUMERATED.test(text)) return false;
  const reasons = text.slice(-TAIL).match(REASONS)?.length ?? 0;
  return reasons > 0 && (text.length > 300 || (text.length > 100 && reasons > 1) || CALCULATED.test(text));
}

/** A calculation with numbers alone. */
const CALCULATED =
  /\d\s*(?:[-+*/]|\\(?:cdot|times|div)(?![A-Za-z]))\s*[-\d.\s+*/()]*(?:\\(?:cdot|times|div)[-\d.\s+*/()]*)*=\s*-?[\d.]/;

/** The last `=` that is in no braces. */
function lastEquals(formula: string): number {
  let depth = 0;
  for (let at = formula.length - 1; at >= 0; at--) {
    if (formula[at] === '}') depth++;
    else if (formula[at] === '{') depth--;
    else if (formula[at] === '=' && depth === 0) return at;
  }
  return -1;
}

/** What stands around numbers in a calculation. */
const SIGNS = /\\(?:cdot|times|div|[dt]?frac|sqrt|binom|log|left|right|text\s*\{[^{}]*\}|[,;! ])/g;

/** The right side of an equation of numbers alone, or in a derivation of a chain of equations; `x = 3` keeps its name. */
export function calculated(source: string, isDerived: boolean): string {
  const formula = source.replace(/&/g, '').replace(/[.,;\s]+$/, '');
  const at = lastEquals(formula);
  const [left, right] = [formula.slice(0, at), formula.slice(at + 1).trim()];
  const isEquation = at > 0 && /[\dA-Za-z]/.test(right) && !/[<>]|\\(?:le|ge|ne|in)(?![a-z])/.test(formula);
  // Several equations are no chain.
  if (!isEquation || (left.includes(',') && !left.includes('\\\\'))) return source;
  const isNumeric = /[-+*/]|\\[a-z]/.test(left) && !/[A-Za-z\\]/.test(left.replace(SIGNS, ''));
  return isNumeric || (isDerived && lastEquals(left) > 0) ? right : source;
}
