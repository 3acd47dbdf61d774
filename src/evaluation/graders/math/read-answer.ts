/** What an answer that was found in a text may mean: its readings as expressions, most likely first. */
import { sameAnswer } from './equality/comparison.js';
import type { ReadPart } from './equality/parts.js';
import type { Candidate } from './extraction/candidates.js';
import { labelledParts } from './extraction/marks/labels.js';
import type { AnswerPart } from './extraction/marks/parts.js';
import { parseAnswer } from './reading/parser.js';
import { hasGroupedDigits, type NumberStyle } from './reading/tokens/numbers.js';
import { readPhrase, saysNoneLeft } from './reading/words/phrases.js';
import { rangeOf } from './reading/words/ranges.js';
import { isAmount, restatement } from './reading/words/restated.js';
import { isShortForm, shortForm } from './reading/words/short-forms.js';
import { meaningOfLetters } from './reading/words/short-words.js';
import { timeOfDay } from './reading/words/times.js';
import { NotUnderstood, type WorkBudget } from './tree/budget.js';
import { type Expression, numberOf } from './tree/expression.js';

/** Work per pair: a few milliseconds at most. */
export const WORK = 30_000;
export const MAX_ANSWER = 10_000;
const MAX_READINGS_LENGTH = 200;

export interface ReadAnswer {
  readonly text: string;
  readonly origin: Candidate['origin'];
  /** Its interpretations, most likely first; none when it is not mathematics. */
  readonly readings: readonly Expression[];
  /** Its interpretation with a decimal comma, which counts only against another plain text. */
  readonly decimalComma?: Expression;
  readonly plain: boolean;
  /** The same amount as it is given a second time. */
  readonly restated?: Expression;
  /** What letters alone are. Words are compared as words with letters of either kind, though the readings multiply them. */
  readonly letters?: 'words' | 'variables';
  /** The statements of a reference that makes several, and of a reply to it. */
  readonly parts?: readonly ReadPart[];
}

/** `15h30`: a time of day, which may be a duration as well. */
const HOURS_AND_MINUTES = /^\s*([01]?\d|2[0-3])\s?h\s?([0-5]\d)(?=\.?\s*$)/;

/** `5,00 m`: a decimal with its unit, whose zeros are no second value. */
const ZERO_DECIMALS = /^[^,;()[\]]*\d,0\d*(?![\d,])[^,;()[\]\d]*\p{L}[^,;()[\]]*$/u;

const LAKHS = /^[1-9]\d?(?:,\d{2}){1,4},\d{3}$/;

const USUAL: NumberStyle = { thousands: true, decimalComma: false };

function tryParse(text: string, style: NumberStyle, budget: WorkBudget): Expression | undefined {
  try {
    return parseAnswer(text, style, budget);
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

/** Parts with labels as values with names. */
function readParts(text: string, budget: WorkBudget): Expression | undefined {
  const items: Expression[] = [];
  for (const { label, formula } of labelledParts(text) ?? []) {
    const value = tryParse(formula, USUAL, budget);
    if (value === undefined) return undefined;
    items.push({ kind: 'relation', operands: [{ kind: 'text', text: label }, value], operators: ['='] });
  }
  return items.length === 0 ? undefined : { kind: 'list', items, joined: 'comma' };
}

/** What every part says; a formula that cannot be read is compared as written. */
export function readStatements(parts: readonly AnswerPart[], budget: WorkBudget): readonly ReadPart[] {
  return parts.map(({ label, text }) => {
    const value = tryParse(text, USUAL, budget) ?? { kind: 'text', text: squeezed(text) };
    return { label, values: value.kind === 'list' && value.braced !== true ? value.items : [value] };
  });
}

/** An amount that is given twice, `75 minutes (1 hour 15 minutes)`; no reading where the two contradict each other. */
function readTwice(text: string, budget: WorkBudget): Pick<ReadAnswer, 'readings' | 'restated'> | undefined {
  const said = restatement(text);
  if (said === undefined) return undefined;
  const [first, second] = [said.first, said.second].map(
    (amount) => readPhrase(amount) ?? tryParse(amount, USUAL, budget),
  );
  if (first === undefined || second === undefined || !isAmount(first) || !isAmount(second)) return undefined;
  if (sameAnswer(first, second, budget)) return { readings: [first, second], restated: second };
  return said.contradicts ? { readings: [{ kind: 'text', text }] } : undefined;
}

/** What the text of a candidate may mean. */
export function read(candidate: Candidate, budget: WorkBudget): ReadAnswer {
  const { origin, plain } = candidate;
  const text = plain ? candidate.text.replace(/(?<=\d [a-z]{1,20})!$/i, '') : candidate.text;
  if (candidate.parts !== undefined) {
    const named = readParts(text, budget);
    const readings = named === undefined ? [] : [named];
    return { text, origin, plain, readings, parts: readStatements(candidate.parts, budget) };
  }
  if (text.length > MAX_ANSWER) return { text, origin, plain, readings: [] };
  if (saysNoneLeft(text.trim())) return { text, origin, plain, readings: [numberOf(0n), { kind: 'set', items: [] }] };
  const words = readPhrase(text.trim());
  if (words !== undefined) return { text, origin, plain, readings: [words] };
  const parts = readParts(text, budget);
  if (parts !== undefined) return { text, origin, plain, readings: [parts] };
  const twice = readTwice(text, budget);
  if (twice !== undefined) return { text, origin, plain, ...twice };
  const readings: Expression[] = [];
  // The mark that ends a statement, which may be a factorial.
  const exclaimed =
    plain && origin === 'stated' ? /^((?:[A-Za-z] = )?[-−]?[$€£]?\d[\d.,]*)!$/.exec(text)?.[1] : undefined;
  const calm = exclaimed === undefined ? undefined : tryParse(exclaimed, USUAL, budget);
  if (calm !== undefined) readings.push(calm);
  const clock = text.replace(HOURS_AND_MINUTES, '$1:$2').trim();
  const time = /[:'’]|\d\s+to\s+\d|(?:morning|afternoon|evening|night)\W*$/i.test(clock) ? timeOfDay(clock) : undefined;
  const full = shortForm(text.trim());
  const amount = full === undefined ? undefined : tryParse(full, USUAL, budget);
  if (amount !== undefined && isShortForm(text.trim())) return { text, origin, plain, readings: [amount] };
  // Groups as in India, which are a list of numbers as well.
  const lakhs = LAKHS.test(text.trim()) ? tryParse(text.replaceAll(',', ''), USUAL, budget) : undefined;
  if (lakhs !== undefined) readings.push(lakhs);
  const first = time?.counted ?? tryParse(text, USUAL, budget);
  if (first !== undefined) readings.push(first);
  if (text.length <= MAX_READINGS_LENGTH && hasGroupedDigits(text)) {
    const second = tryParse(text, { thousands: false, decimalComma: false }, budget);
    if (second !== undefined) readings.push(second);
  }
  const range = rangeOf(text, (end) => tryParse(end, USUAL, budget));
  if (range !== undefined) readings.push(range);
  if (amount !== undefined) readings.push(amount);
  if (time !== undefined) readings.push(time.reading);
  if (time?.ofDay !== undefined) readings.push(time.ofDay);
  const comma =
    text.length <= MAX_READINGS_LENGTH && /\d,\d/.test(text)
      ? tryParse(text, { thousands: false, decimalComma: true }, budget)
      : undefined;
  const values =
    comma !== undefined && text.length <= MAX_READINGS_LENGTH && ZERO_DECIMALS.test(text)
      ? readings.filter(({ kind }) => kind !== 'list')
      : readings;
  const letters = meaningOfLetters(text);
  // Words that are no formula leave it to other candidates to be one.
  if (letters === 'words' && values.length > 0) values.push({ kind: 'text', text });
  return {
    text,
    origin,
    plain,
    readings: values,
    ...(comma === undefined ? {} : { decimalComma: comma }),
    ...(letters === undefined ? {} : { letters }),
  };
}

/** The text without spaces, LaTeX's spacing commands and dollars; `1 2/3` does not become `12/3`. */
export function squeezed(text: string): string {
  return text
    .replace(/(\d)(?:\\(?:quad|[;: ])|[ \t\n$])+(?=\d)(?!\d{3}(?!\d))|(\d)\\,(?=\d+\/)|(\d\.)\s+(?=\d)/g, '$1$2$3#')
    .replace(/\\(?:left|right|displaystyle|quad|,|;|!|:| )|[\s$]/g, '')
    .replace(/\\[dt]frac/g, '\\frac')
    .replace(/[.]$/, '');
}
