/**
 * Answers that hold the number of a reference and are something else: the equation of a curve, a set beside a point, an equation that is
 * still to be solved (`2x = 6` is not 6). Linear in the length of the text.
 */
import { lastPlainSentence } from './final-forms.js';

const LONGEST = 400;
const OF_CURVE =
  /\b(?:line|circle|ellipse|parabola|hyperbola|curve|graph|tangent|equation)\b[^=]*(?:\b(?:is|has|becomes|as|given by|equation)\b|:)[^=]*=[^=]*$/i;
const SHIFTED_SQUARE = /\(\s*[xy]\s*[-−+]\s*\d[\d./]*\s*\)\s*(?:\^\s*\{?2|²)/;

/** Whether an equation in x and y is one of a curve, rather than the value of its left side. */
export function isOfCurve(equation: string, text: string): boolean {
  const [left = '', right, ...more] = equation.slice(0, LONGEST).split('=');
  if (right === undefined || more.length > 0 || !/x/.test(left) || !/y/.test(left) || /[A-Za-z]/.test(right))
    return false;
  return SHIFTED_SQUARE.test(left) || OF_CURVE.test(lastPlainSentence(text) ?? '');
}

/** Whether a text without formulas gives a set where the reference is a point or an interval; in a formula, braces alone are not seen. A set that is told by a property may be an interval. */
export const isSetBesidePoint = (gold: string, answer: string): boolean =>
  /^\s*\$?\s*[([]/.test(gold) && /(?:^|=\s?)\{[^{}|∣:]{1,200}\}$/.test(answer.trim().slice(-LONGEST));

const FACTOR = String.raw`\d{1,9}(?:\.\d{1,9})?`;
const NUMBER = String.raw`[-−]?[$€£]?\d(?:[\d.,/]*\d)?`;
const NUMBER_ALONE = new RegExp(`^${NUMBER}$`);
const NUMBERS = new RegExp(NUMBER, 'g');
/** One unknown in a linear term that is not the unknown alone: `2x`, `x + 2`, `7 - 3n`, `x/4`. */
const LINEAR = String.raw`(?:${FACTOR}\s?(?:[*·×]\s?|\\(?:cdot|times)\s?)?(?<multiplied>[a-z])(?:\s?[-−+]\s?${FACTOR})?|(?<moved>[a-z])\s?[-−+]\s?${FACTOR}|${FACTOR}\s?[-−+]\s?(?:${FACTOR}\s?)?(?<added>[a-z])|(?<divided>[a-z])\s?\/\s?${FACTOR}|\\[dt]?frac\s?\{\s?(?<above>[a-z])\s?\}\s?\{\s?\d+\s?\})`;
const EQUATION = String.raw`(?<![\w.^)}\\]|[-−+*/=·×]\s?)${LINEAR}\s?=\s?(?<right>${NUMBER})(?![\d\w(^√π\\]|\s?[-−+*/=·×^]|\.\d)`;
const WHOLE = new RegExp(String.raw`^[^=\d\\]{0,60}?${EQUATION}[\s$.]*$`);
const ANY = new RegExp(EQUATION, 'g');
/** `The diameter is 2r = 10`, `a perimeter of 4s = 20`: the value of something that has a name. */
const NAMED =
  /(?<!\b(?:equation|it|this|that|which|what|relation|condition|have|get))\s(?:is|are|was|be|of|equals|=|totals?|costs?|measures?)\s(?:exactly\s|then\s|therefore\s)?[\s$*(\\]*$|\b(?!equation|simplif|get|then)\p{L}{3,}:\s[\s$*(\\]*$/iu;

const unknownOf = (groups: Readonly<Record<string, string | undefined>> | undefined): string | undefined =>
  groups?.multiplied ?? groups?.moved ?? groups?.added ?? groups?.divided ?? groups?.above;

/** Whether a reply gives the value of an unknown: `x = 3`, so that `2x = 6` is what was asked for. */
const isKnown = (unknown: string, text: string): boolean =>
  new RegExp(String.raw`(?<![\w.^)}\\]|[-−+*/·×]\s?)${unknown}\s?(?:=|\bis\b)\s?[-−$\\]{0,2}(?:\d|frac|sqrt)`).test(
    text,
  );

/** Whether the number that was read in a reply is only the right side of an equation that is still to be solved. */
export function isUnsolved(answer: string, text: string): boolean {
  if (answer.length > LONGEST || !text.includes('=')) return false;
  const whole = WHOLE.exec(answer);
  const written = answer.trim().replace(/[\s.]+$/, '');
  const end = text.slice(-LONGEST);
  if (whole === null && !NUMBER_ALONE.test(written)) return false;
  const sentence = whole === null ? lastPlainSentence(end) : end;
  if (sentence === undefined) return false;
  const equations = [...sentence.matchAll(ANY)].filter(({ groups }) =>
    whole === null ? groups?.right === written : groups?.right === whole.groups?.right,
  );
  const last = equations.at(-1);
  const unknown = unknownOf(last?.groups);
  if (last === undefined || unknown === undefined) return false;
  if (isKnown(unknown, text.slice(0, text.length - end.length) + end.replace(ANY, ' '))) return false;
  if (NAMED.test(sentence.slice(0, last.index))) return false;
  // Said elsewhere in the sentence as well.
  const others = sentence.replace(ANY, ' ').match(NUMBERS);
  return whole !== null || others?.includes(written) !== true;
}
