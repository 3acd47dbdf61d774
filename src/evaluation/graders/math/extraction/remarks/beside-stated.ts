/**
 * What stands behind a whole value that is stated in bold type or behind `Answer:`, and only tells how it comes about: `**12** (3 × 4)`,
 * `Answer: 12 (= 3 · 4)`, `Answer: **12**. 3 rows of 4`. The marks of emphasis there are no power, and the brackets no factor. Linear in
 * the length of the text.
 */
import { evaluate } from '../../equality/value.js';
import { parseAnswer } from '../../reading/parser.js';
import { NotUnderstood, WorkBudget } from '../../tree/budget.js';

const TAIL = 4_000;
const WORK = 2_000;
const SAYS = String.raw`(?:is|are|was|est|ist|lautet|es|é|è)(?![\p{L}'’])`;
/** In front of an answer. */
const LABEL = String.raw`(?:####|(?:\b(?:final\s)?answer|réponse|antwort|respuesta|resposta|risposta)\s{0,2}(?:${SAYS}|[:=])(?:\*\*|__)?)\s{0,3}`;
const NUMBER = String.raw`[-−+]?[$€£]?(?:\d(?:[\d.,/]*\d)?)(?:\s?[%°])?`;
const COUNTED = String.raw`(?:\s(?!(?:and|or|but|mod|base|because|since|as|if|times|plus|minus|more|less|of)\b)\p{L}{2,}){0,3}`;
const ROOT = String.raw`[-−]?\d{0,4}√\(?\d{1,9}\)?`;
const RATE = String.raw`${NUMBER}\s?\p{L}{1,6}/\p{L}{1,6}(?![\p{L}])`;
const VALUE = String.raw`(?:${RATE}|${NUMBER}${COUNTED}|${ROOT}|\([^()*\n]{1,40},[^()*\n]{1,40}\))`;

/** `Answer: **12** (`, `**Answer: 12** (`: emphasis in front of something else in the line. */
const LABELLED_IN_BOLD = new RegExp(
  String.raw`(?<label>${LABEL})(?<open>\*\*|__)(?<value>${VALUE})(?<stop>[.!]?)\k<open>(?<stops>[.!]?)(?=[ ,;–—([])`,
  'giu',
);
const ALL_IN_BOLD = new RegExp(
  String.raw`(?<open>\*\*|__)(?<said>${LABEL}${VALUE})(?<stop>[.!]?)\k<open>(?<stops>[.!]?)(?=[ ,;–—([])`,
  'giu',
);

const INSIDE = String.raw`(?:\((?<round>[^()[\]\n]{1,80})\)|\[(?<square>[^()[\]\n]{1,80})\])`;
const IN_BRACKETS = new RegExp(String.raw`(?<=${LABEL})(?<value>${VALUE})\s{1,2}${INSIDE}`, 'giu');
const ALONE = new RegExp(String.raw`^\s{0,3}(?<value>${VALUE})\s{1,2}${INSIDE}(?=[.!]?\s{0,3}$)`, 'iu');
const BOLD_VALUE = new RegExp(String.raw`(?<open>\*\*|__)(?<value>${VALUE})[.!]?\k<open>\s{1,2}${INSIDE}`, 'giu');

/** What changes the value, or gives another. */
const CHANGES =
  /[≈~]|\b(?:or|not|if|unless|base|approx|approximately|about|rounded|wrong|incorrect|maybe|should|but|wait|thousands?|millions?|billions?|hundreds?|dozens?|mod|modulo)\b/iu;
/** The same amount in other units. */
const AMOUNT = new RegExp(
  String.raw`^${NUMBER}(?:\s?\p{L}{1,12}(?:,?\s(?:and\s)?\d[\d.]*\s?\p{L}{1,12}){0,2})?$`,
  'iu',
);
const ARITHMETIC = /^[\s\d.,/+*×·÷⋅−^²³⁴-⁹()$€£-]+$/;
const IN_UNITS = /\d\s?\p{L}{0,6}\s?[-−+*×·÷⋅/]\s?\d/u;
const CALCULATED = /\d\s?[-−+*×·÷⋅/^]\s?\d|\d[²³⁴-⁹]/;
/** Numbers with words between them: `3 rows of 4`. */
const COUNTS = /^\d[\d.,]*\s(?!and\b)\p{L}{2,}\s(?:of|by|times|with|per|each|at|for|from|minus|plus|less|more)\b/iu;

/** The number that a calculation comes to; undefined for anything else. */
function resultOf(calculation: string): number | undefined {
  try {
    const budget = new WorkBudget(WORK);
    const plain = calculation.replace(/[$€£]/g, '');
    const read = parseAnswer(plain, { thousands: true, decimalComma: false }, budget);
    return evaluate(read, new Map(), budget).re;
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

/** Whether two calculations come to the same. */
function isSame(value: string, calculation: string): boolean {
  const [left, right] = [resultOf(value.replace(/\s?\p{L}.*$/u, '')), resultOf(calculation)];
  return left !== undefined && right !== undefined && Math.abs(left - right) <= 1e-9 * Math.max(1, Math.abs(left));
}

/** Whether brackets behind a value only tell how it comes about; those behind bold type multiply nothing. */
function isRemark(value: string, inside: string, isBold: boolean): boolean {
  const text = inside.trim();
  if (CHANGES.test(text)) return false;
  if (text.startsWith('=')) return true;
  if (AMOUNT.test(text)) return false;
  if (ARITHMETIC.test(text)) return CALCULATED.test(text) && (isBold || isSame(value, text));
  return (
    COUNTS.test(text) ||
    (isBold &&
      (/\p{L}{3}/u.test(text) || IN_UNITS.test(text) || /^[a-z]\s?=/i.test(text)) &&
      !/^[a-z]\s?[-+]/i.test(text))
  );
}

const cut =
  (isBold: boolean) =>
  (...match: readonly unknown[]): string => {
    const whole = String(match[0]);
    const groups = match.at(-1) as Readonly<Record<string, string | undefined>>;
    const { open = '', value = '', round, square } = groups;
    return isRemark(value, round ?? square ?? '', isBold) ? `${open}${value}${open}` : whole;
  };

/** Behind a value in bold type, up to the end of the line. */
const BEHIND = new RegExp(
  String.raw`(?<=${LABEL}${VALUE})(?:\.\s(?=\d)|,\s(?=\d[\d.,]*\s\p{L}{2,}\s(?:of|by|times|per|each)\b|\d[\d.,]*\s?[-−+*×·÷/]\s?\d)|\s[–—]\s(?=\d[\d.,]*\s(?!and\b)\p{L}|\d[\d.,]*\s?[-−+*×·÷/=]))(?<rest>[^\n]{1,300})$`,
  'gimu',
);

/** `Answer: 12 because there are 3 rows of 4.` */
const BECAUSE = new RegExp(String.raw`(?<=${LABEL}${VALUE}),?\s(?:because|since)\s(?=\p{L}{2})[^\n]{1,300}$`, 'gimu');

/** A reply whose stated values stand without them. */
export function withoutRemarksBesideStated(source: string): string {
  const tail = source.slice(-TAIL);
  // Most answers are formulas or numbers, which need no more than this look.
  if (
    !/[\d)](?:[.!%°]?(?:\*\*|__)|\s[([]|\s?\p{L}+(?:\/\p{L}+)?(?:\*\*|__|\s[([])|[^\n]*\s(?:because|since)\s)/u.test(
      tail,
    )
  )
    return source;
  const plain = tail.replace(BOLD_VALUE, cut(true)).replace(ALL_IN_BOLD, (...match) => {
    const { said = '', stop = '', stops = '' } = match.at(-1) as Readonly<Record<string, string>>;
    return `${said}${stop}${stops}`;
  });
  const marked = plain.replace(LABELLED_IN_BOLD, (...match) => {
    const { label = '', value = '', stop = '', stops = '' } = match.at(-1) as Readonly<Record<string, string>>;
    return `${label}${value}${stop}${stops}`;
  });
  const behind =
    marked === tail
      ? marked
      : marked.replace(BEHIND, (...match) => {
          const { rest = '' } = match.at(-1) as Readonly<Record<string, string>>;
          return CHANGES.test(rest) ? String(match[0]) : '.';
        });
  const said = behind.replace(BECAUSE, (reason) => (CHANGES.test(reason) ? reason : '.'));
  const text = said.replace(IN_BRACKETS, cut(false)).replace(ALONE, cut(false));
  return text === tail ? source : source.slice(0, -TAIL) + text;
}
