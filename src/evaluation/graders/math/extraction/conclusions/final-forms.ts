/**
 * Results of last sentences whose form says which of their values, or none of them, is meant: `15% of 300 is 45.`, `the chance is 3 in 10`,
 * `two thirds of the pizza is left`, `(a, b) = (5, 18) and a + b = 23`, `the limit does not exist`, `all real numbers except x = 2`.
 * Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';
import { valuesIn } from '../values/prose.js';
import { antiderivative } from './antiderivatives.js';
import { comparedName } from './said-in-words.js';

const LONGEST = 300;
const UNSURE =
  /\b(?:not sure|if|whether|unless|might|may|could|perhaps|maybe|wrong|incorrect|never|nobody|but|although|though|however|or not|says?|said|claims?|thinks?|thought)\b|\?/i;
const CLAUSE =
  /(?:^|[,;:]\s+(?:and\s+)?|\band\s+)(?:so|thus|hence|therefore|consequently|then|which means(?: that)?|this means(?: that)?|we (?:find|get|conclude)(?: that)?),?\s+/gi;
/** Dollars round a formula; those of sums of money stay. */
const DOLLARS = /(?<!\\)\$(?=[^\s$])([^$\n]{1,120}?)(?<=\S)\$(?!\d)/g;

/** The last sentence without marks of emphasis and of formulas; undefined where it is too long. */
export function lastPlainSentence(text: string): string | undefined {
  const sentence = text
    .slice(lastSentenceStart(text, LONGEST))
    .replace(/\*\*|__|\\[()]/g, '')
    .replace(DOLLARS, '$1')
    .trim()
    .replace(/(?<!\.)[.!]$|[\s!]+$/, '');
  return sentence.length >= LONGEST - 1 ? undefined : sentence;
}

/** What a sentence concludes: what stands behind its last `so`. */
export function lastClause(sentence: string): string {
  const last = [...sentence.matchAll(CLAUSE)].at(-1);
  return last === undefined ? sentence : sentence.slice(last.index + last[0].length);
}

const FRACTION_WORD = String.raw`(?:(?:an?|one|two|three|four|five|six|seven|eight|nine)[\s-](?:hal(?:f|ves)|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?|twelfths?)|half)`;
const IS = `(?:is|are|was|were|will be|=|equals?|comes to|gives|makes)(?: (?:equal to|exactly|about|just))?`;
const SHARE_OF = new RegExp(
  String.raw`^(?:${FRACTION_WORD}|\d[\d.]*\s?(?:\\?%|percent)|\d+/\d+|\\[dt]?frac\s?\{\d+\}\s?\{\d+\})\s(?:of|\\text\{\s?of\s?\})\s(?:the\s)?[$€£]?\d[\d,.]*(?:\s\p{L}+){0,2}\s${IS}\s(?<result>.*\d.*)$`,
  'iu',
);

/** `15% of 300 is 45`, `25% of 80 is 0.25 × 80 = 20` */
function shareOfNumber(clause: string): string | undefined {
  const result = SHARE_OF.exec(clause)?.groups?.result;
  const [value, ...others] = result === undefined ? [] : valuesIn(result);
  if (result === undefined || value === undefined || others.length > 0) return undefined;
  if (/\p{L}/u.test(result.slice(0, value.start))) return undefined;
  return value.inner.replace(/^.*=\s*/, '').replace(/[.,]$/, '');
}

const CHANCE =
  /\b(?:probability|chances?|odds|likelihood)\b[^.\d]{0,80}\b(?:is|are)\s(?:exactly |about |a )?(\d{1,9})\s(?:out of|in)\s(\d{1,9})(?: chance)?$/i;
function chance(clause: string): string | undefined {
  const [, part, whole] = CHANCE.exec(clause) ?? [];
  return part === undefined || whole === undefined ? undefined : `${part}/${whole}`;
}

const OF_THING = String.raw`\sof\s(?:the|an?|his|her|its|their|all|them)(?:\s\p{L}+){0,5}?`;
const PART_LEFT = new RegExp(
  String.raw`^(?<said>${FRACTION_WORD})${OF_THING}\s(?:remains?|(?:is|are|was|were|will be) (?:left over|still \p{L}+|(?!not\b)\p{L}+))(?:\s(?:in|on|at|over)\s\p{L}+(?:\s\p{L}+)?)?$`,
  'iu',
);
const PART_HAD = new RegExp(
  String.raw`^[^\d,;]*\b(?:is|are|has|have|had|ate|eats?|used|gets?|leaves?|with)\s(?<said>${FRACTION_WORD})${OF_THING}(?:\s(?:left|remaining))?$`,
  'iu',
);
const ANY_FRACTION = new RegExp(String.raw`\b${FRACTION_WORD}\b`, 'gi');

/** `two thirds of the pizza is left` */
function partInWords(clause: string): string | undefined {
  const said = (PART_LEFT.exec(clause) ?? PART_HAD.exec(clause))?.groups?.said;
  return said === undefined || (clause.match(ANY_FRACTION)?.length ?? 0) > 1 || /\d/.test(clause)
    ? undefined
    : said.replace(/^an?\s/i, 'one ').replace('-', ' ');
}

const TERM = String.raw`\d*(?:[a-z](?:\^\d)?){1,3}`;
const COMBINED = new RegExp(
  String.raw`(?:,?\sand\s|,\s(?:so|thus|hence|therefore|giving|which gives)\s|;\s)(?:so\s|thus\s|hence\s|therefore\s|then\s)?(?<asked>${TERM}(?:\s?[-−+·*×]\s?${TERM}){1,3}|[a-z]{2,3})\s?=\s?(?<value>[^=;,]{1,40}(?:=[^=;,]{1,40}){0,2})$`,
);

/** `(a, b) = (5, 18) and a + b = 23`: what is asked of values that the same sentence gives. */
function combination(sentence: string): string | undefined {
  const found = COMBINED.exec(sentence);
  const { asked, value } = found?.groups ?? {};
  if (found === null || asked === undefined || value === undefined || !/\d/.test(value)) return undefined;
  const before = sentence.slice(0, found.index);
  const letters = new Set(asked.match(/[a-z]/g));
  const isGiven = (letter: string): boolean =>
    new RegExp(
      String.raw`(?<![A-Za-z])${letter}(?:\s?,\s?[a-z]){0,3}\s?\)?\s?=\s?\(?[-−]?\d|\((?:\s?[a-z]\s?,){1,3}\s?${letter}\s?\)\s?=\s?\(`,
    ).test(before);
  const isCombined = letters.size > 1 && [...letters].every(isGiven);
  return isCombined ? value.replace(/^.*=\s*/, '').trim() : undefined;
}

const MISSING =
  /\b(?:limit\b[^.;,]{0,60}|(?:value|derivative|expression|slope|function|inverse|sum|integral|maximum|minimum|series)\b[^.;,\d=]{0,40})\s(?:does not exist|doesn['’]t exist|is undefined|is not defined)(?:\s\((?:DNE|undefined|does not exist)\))?$/i;
const BOUNDLESS =
  /\b(?:limit|value|sum|integral|slope|area|series|function|expression)\b[^.;,=]{0,50}\s(?:is|equals|approaches|goes to|tends to|diverges to)\s(?:equal to\s)?(?<sign>[+−-]|plus |minus |positive |negative )?(?:∞|\\infty|infinity|infinite)$/i;

/** A limit that is infinite or that does not exist. */
function noLimit(clause: string): string | undefined {
  if (MISSING.test(clause)) return 'does not exist';
  const infinite = BOUNDLESS.exec(clause);
  if (infinite === null) return undefined;
  return /^(?:[−-]|minus|negative)/i.test(infinite.groups?.sign ?? '') ? '-\\infty' : '\\infty';
}

const EXCEPT =
  /\b(?:all|every|any)\s(?:the\s)?(?:real\s(?:numbers?|values?)|reals)(?:\s(?:of\s)?[a-z])?\s?,?\s(?:except|other than|excluding|besides|apart from)(?:\s(?:for|when|where|that|at))?\s(?<values>(?:[a-z]\s?=\s?)?[-−]?\d[\d./]*(?:(?:,?\s(?:and|or)\s|,\s)(?:[a-z]\s?=\s?)?[-−]?\d[\d./]*){0,5})$/i;

/** `all real numbers except x = 2` */
function realsExcept(clause: string): string | undefined {
  const values = EXCEPT.exec(clause)?.groups?.values;
  if (values === undefined) return undefined;
  const letter = /([a-z])\s?=/i.exec(values)?.[1] ?? 'x';
  const excluded = values.match(/[-−]?\d[\d./]*/g) ?? [];
  return excluded.map((value) => `${letter} \\ne ${value}`).join(' and ');
}

const ALL_REALS =
  /^[^\d=]*\b(?:inequality|domain|range|solution(?: set)?)\b[^\d=,;]{0,60}\s(?:holds|is|are|works|(?:is\s)?(?:true|valid|satisfied))(?:\s(?:true\s|for\s|the set of\s)*)(?:all|every|any)\s(?:real\s(?:numbers?|values?)|reals)(?:\s(?:of\s)?[a-z])?$/i;

const ORDINAL = String.raw`\d+(?:st|nd|rd|th)`;
/** `the 50th bead is blue` */
const OF_ORDINAL = new RegExp(
  String.raw`^the\s${ORDINAL}\s\p{L}+(?:\s(?!not\b)\p{L}+){0,2}?\s(?:is|was|will be|must be|falls on)\s(?:an?\s|the\s)?(?<word>(?!not\b)\p{L}+)$`,
  'iu',
);
/** `Tuesday + 2 days = Thursday` */
const EQUALS_NAME = /=\s(?:an?\s)?(?<word>\p{Lu}\p{Ll}{2,})$/u;

const CASE_OF_NAME = String.raw`(?<name>[A-Za-zθαβφ])\s?=\s?[-−]?[\d√π][\d√π./]*\s?°?`;
const CASES = new RegExp(
  String.raw`\b(?:when|are|for|if|gives?|is|get|so|at)\s(?:either\s)?(?<list>${CASE_OF_NAME}(?:(?:,?\s(?:and|or)\s|,\s)\k<name>\s?=\s?[-−]?[\d√π][\d√π./]*\s?°?){1,5})$`,
  'u',
);

/** `sin θ = 1/2 when θ = 30° or θ = 150°` */
function casesOf(sentence: string): string | undefined {
  const list = CASES.exec(sentence)?.groups?.list;
  return list === undefined || !/°|θ/.test(list)
    ? undefined
    : list.replace(/,?\s(?:and|or)\s/g, ', ').replace(/[A-Za-zθαβφ]\s?=\s?/gu, '');
}

const SUBSCRIPTS: Readonly<Record<string, string>> = { '₁': '_1', '₂': '_2', '₃': '_3', '₄': '_4' };
const EQUATION = String.raw`([a-z])(?:_?\{?\d\}?)?\s?=\s?[^\s=,;][^=,;\n]{0,40}?`;
const ON_LINE = new RegExp(String.raw`^\s{0,4}(?:[-*•]|\d[.)])?\s{0,3}${EQUATION}[.,;]?\s*$`);
const INDEXED = String.raw`_\{?\d\}?\s?=\s?[-−]?[\d√\\][^=,;\s]*(?:\s?[-−+/]\s?[^=,;\s]+)?`;
const IN_SENTENCE = new RegExp(
  String.raw`(?<!\w|[\^+*/=)]\s?)(?<name>[a-z])${INDEXED}(?:(?:,?\s(?:and|or)\s|,\s)\k<name>${INDEXED}){1,5}$`,
);

/** Several values of one name, with an index or without: on lines of their own behind words, or at the end of a sentence. */
function indexedValues(text: string, sentence: string): string | undefined {
  const plain = (source: string): string => source.replace(/[₁₂₃₄]/g, (sign) => SUBSCRIPTS[sign] ?? sign);
  const lines = text
    .slice(-LONGEST)
    .replace(/\*\*|\$|\\[()]/g, '')
    .trim()
    .split(/\n+/);
  const from = lines.findLastIndex((line) => !ON_LINE.test(plain(line))) + 1;
  const found = from > 0 && /:\s*$/.test(lines[from - 1] ?? '') ? lines.slice(from).map(plain) : [];
  const names = new Set(found.map((line) => ON_LINE.exec(line)?.[1]));
  if (found.length > 1 && names.size === 1)
    return found.map((line) => line.replace(/^\s*(?:[-*•]|\d[.)])?\s*/, '').replace(/[.,;\s]+$/, '')).join(', ');
  return IN_SENTENCE.exec(plain(sentence))?.[0].replace(/,?\s(?:and|or)\s/g, ', ');
}

const VECTOR = /[^\p{L}]{0,3}(?<vector>⟨[^⟨⟩]{1,80}⟩)$/u;

/** `The third angle measures 70 degrees, given the other two are 60 and 50 degrees.` */
const GIVEN = /^(?<main>[^,;]{1,120}),\s(?:given|knowing|assuming)\s(?:that\s)?[^;]{1,160}$/i;
function beforeGiven(sentence: string): string | undefined {
  const main = GIVEN.exec(sentence)?.groups?.main;
  const [value, ...others] = main === undefined ? [] : valuesIn(main);
  return value === undefined || others.length > 0 ? undefined : value.inner;
}

/** A cheap look for what the forms need. */
const MAY_BE =
  /%|\bof\b|\b(?:chance|probability|odds|likelihood|limit|undefined|exist|infinit[ey]|real|reals|given|knowing|assuming|most|least|more|less|fewer|better|worse|best|worst)\b|∞|\\infty|⟨|°|θ|\+\s?(?:[CcKk]|const)|=\s?[-−]?\d[^=]*$|=\s\p{Lu}|\d(?:st|nd|rd|th)\b|\p{L}{2,}e[rs]t?\b/iu;

/** The result of a last sentence in one of these forms; undefined for any other text. */
export function resultOfForm(text: string): string | undefined {
  if (!/\p{L}|=/u.test(text.slice(-LONGEST)) || !MAY_BE.test(text.slice(-LONGEST))) return undefined;
  const sentence = lastPlainSentence(text);
  if (sentence === undefined || sentence.includes('\\boxed')) return undefined;
  const named = indexedValues(text, sentence) ?? EQUALS_NAME.exec(sentence)?.groups?.word;
  if (named !== undefined) return named;
  const primitive = antiderivative(sentence);
  if (primitive !== undefined && !UNSURE.test(sentence)) return primitive;
  const clause = lastClause(sentence);
  if (UNSURE.test(clause)) return undefined;
  return (
    shareOfNumber(clause) ??
    chance(clause) ??
    partInWords(clause) ??
    combination(sentence) ??
    noLimit(clause) ??
    realsExcept(clause) ??
    (ALL_REALS.test(clause) ? 'all real numbers' : undefined) ??
    OF_ORDINAL.exec(clause)?.groups?.word ??
    casesOf(sentence) ??
    VECTOR.exec(clause)?.groups?.vector ??
    beforeGiven(sentence) ??
    comparedName(text)
  );
}
