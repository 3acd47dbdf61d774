/**
 * The values of a last sentence that states several, each of something else: `x = 2 and y = -1`, `Ann gets $20, and Bob gets $30`,
 * `12 cm by 7 cm`; and of a reply in parts with letters: `(a) The mean is 6. (b) The median is 5.` One of them alone is not its answer.
 * Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';
import type { AnswerPart } from '../marks/parts.js';
import { COUNTED, NUMBER, VALUE } from '../values/counted-values.js';
import { type Passage, valuesIn } from '../values/prose.js';

const LONGEST = 300;
const MAX_REPLY = 2_000;
const AND = String.raw`(?:,?\s(?:and|or|und|oder|et|ou|y|e|o)\s|,\s)`;
const LEADS = String.raw`(?:(?:so|thus|hence|therefore|then|finally),?\s)?`;
const END = String.raw`\s?[.!]?$`;

const NAME = String.raw`[A-Za-z](?:_?\d|[₀-₉])?`;
const EQUATION = String.raw`${NAME}\s?=\s?[-−]?[$€£]?\d(?:[\d.,/]*\d)?`;
const EQUATIONS = new RegExp(String.raw`(?<![\w.]|[=+*/^)\d−-]\s?)${EQUATION}(?:${AND}${EQUATION})+(?=${END})`);
/** The equations then say when something else is so. */
const GIVEN =
  /[=;]|\d[^=]*\b(?:at|by|with)\b[^=]*$|\b(?:if|when|where|for|since|because|let|given|suppose|using|substitut\w+|plug\w*|check\w*)\b/i;

const VERB =
  '(?:is|are|was|were|measures?|has|have|had|gets?|got|receives?|received|pays?|paid|needs?|costs?|earns?|earned|weighs?|owes?|scored|sold|bought)';
const SUBJECT = String.raw`(?:\p{Lu}\p{L}+|(?:the|his|her|its|their|each|every)\s[a-z]+(?:\s(?!(?:and|or|who|that|which)\b)[a-z]+){0,2})`;
const STATEMENT = String.raw`(${SUBJECT})\s${VERB}\s(?:now\s|exactly\s)?(${NUMBER}°?${COUNTED}[²³]?)`;
const STATEMENTS = new RegExp(String.raw`^${LEADS}${STATEMENT}(?:(?:,?\sand\s|,\s)${STATEMENT}){1,5}${END}`, 'iu');
const EACH_STATEMENT = new RegExp(STATEMENT, 'giu');

/** `a width of 5 cm and a length of 10 cm` */
const MEASURE = String.raw`(?:an?|the)\s(\p{L}+)\sof\s(${VALUE})`;
const MEASURES = new RegExp(
  String.raw`\s(?:has|have|with)\s${MEASURE}(?:(?:,?\sand\s|,\s)${MEASURE}){1,5}${END}`,
  'iu',
);
const EACH_MEASURE = new RegExp(MEASURE, 'giu');

/** `12 cm by 7 cm` */
const LENGTH = String.raw`[\d.]+(?:\s?(?:mm|cm|m|km|in|ft|yd|inch(?:es)?|feet|foot|meters?|metres?|units?|yards?|miles?))?`;
const DIMENSIONS = new RegExp(
  String.raw`\b(?:is|are|be|measures?|dimensions of)\s(${LENGTH})\s(?:by|x|×)\s(${LENGTH})(?:\s(?:by|x|×)\s(${LENGTH}))?${END}`,
  'i',
);

const part = (label: string, text: string, end: number): AnswerPart => ({
  label: label
    .toLowerCase()
    .replace(/^(?:so|thus|hence|therefore|then)\s/, '')
    .replace(/^(?:the|his|her|its|their|each|every)\s/, ''),
  text,
  end,
});

function statementsOf(sentence: string, whole: RegExp, each: RegExp): readonly AnswerPart[] | undefined {
  if (!whole.test(sentence)) return undefined;
  const parts = [...sentence.matchAll(each)].map(([, label = '', text = '']) => part(label, text, sentence.length));
  const labels = new Set(parts.map(({ label }) => label));
  return parts.length > 1 && labels.size === parts.length ? parts : undefined;
}

/** The parts that the last sentence of a reply states, two or more; undefined for any other text. */
export function partsOfSentence(text: string): readonly AnswerPart[] | undefined {
  const sentence = text.slice(lastSentenceStart(text, LONGEST)).replace(/\*\*/g, '').trim();
  if (sentence.length >= LONGEST || !/\d\D+\d/.test(sentence) || sentence.includes('\\')) return undefined;
  const equations = EQUATIONS.exec(sentence);
  if (equations !== null && !GIVEN.test(sentence.slice(0, equations.index))) {
    return [...equations[0].matchAll(new RegExp(EQUATION, 'g'))].map(([equation]) =>
      part(/^[\w₀-₉]+/.exec(equation)?.[0] ?? '', equation, sentence.length),
    );
  }
  const [, ...sides] = DIMENSIONS.exec(sentence) ?? [];
  if (sides.length > 0) return sides.flatMap((side) => (side === undefined ? [] : [part('', side, sentence.length)]));
  return statementsOf(sentence, STATEMENTS, EACH_STATEMENT) ?? statementsOf(sentence, MEASURES, EACH_MEASURE);
}

const LETTER = /(?:^|\n|[.;,]\s|\b(?:and|are)\s|:\s)\s{0,3}(?:[-*•]\s{1,3})?(?:part\s)?\(?([a-h])\)?\s?[):]\s?/gi;
/** What stands in front of the first part. */
const HEADING =
  /^[#\s]*(?:(?:so|thus|hence|therefore),?\s)?(?:(?:the|my)\s)?(?:final\s)?(?:answers?|results?|solutions?)(?:\sare)?:?\s*$/i;
const CONCLUDES = /\b(?:answers?|so|thus|hence|therefore|option|choice|correct)\b|\?/i;

/** What a part comes to: the value of its only sentence, or the last side of its calculation. */
function resultOf(words: string): string | undefined {
  const said = words.trim().replace(/[\s.,;]+$/, '');
  if (CONCLUDES.test(said) || /[.!]\s+\p{Lu}|\n/u.test(said)) return undefined;
  const values: readonly Passage[] = valuesIn(said);
  const [value, ...others] = values;
  if (value === undefined || (others.length > 0 && !value.inner.includes('='))) return undefined;
  const last = others.at(-1) ?? value;
  return /^[A-Za-z]\w{0,2}\s?=[^=]*$/.test(last.inner) ? last.inner : last.inner.replace(/^.*=/, '').trim();
}

/** The parts of a reply that is nothing but parts with letters in order; undefined for any other text. */
export function letteredParts(text: string): readonly AnswerPart[] | undefined {
  if (text.length > MAX_REPLY || !/\(?a\)?\s?[):]/i.test(text) || /[\\$](?!\d)/.test(text)) return undefined;
  const plain = text.replace(/\*\*/g, '');
  const marks = [...plain.matchAll(LETTER)];
  const [first] = marks;
  if (first === undefined || marks.length < 2) return undefined;
  if (first.index > 0 && !HEADING.test(plain.slice(0, first.index + first[0].search(/[-*•(a-z]/i)))) return undefined;
  if (!marks.every(([, letter = ''], index) => letter.toLowerCase().charCodeAt(0) === 97 + index)) return undefined;
  const parts = marks.map((mark, index) => {
    const words = plain.slice(mark.index + mark[0].length, marks[index + 1]?.index).replace(/,?\s(?:and\s?)?$/, '');
    const result = resultOf(words);
    return result === undefined ? undefined : { label: `#${mark[1]?.toLowerCase()}`, text: result, end: plain.length };
  });
  return parts.every((found) => found !== undefined) ? parts : undefined;
}

const LINE = new RegExp(String.raw`^[-*•\s]{0,4}(\p{L}{3,}(?:\s[a-z]+){0,2})\s?[:=]\s?(${VALUE})[.,;]?\s*$`, 'iu');

/** The lines at the end of a reply that each name a value, two or more: `**Width:** 3 cm`. */
export function namedLines(text: string): readonly AnswerPart[] | undefined {
  const lines = text.slice(-LONGEST).replace(/\*\*/g, '').trim().split(/\n+/);
  const from = lines.findLastIndex((line) => !LINE.test(line)) + 1;
  if (lines.length - from < 2 || (from === 0 && text.length > LONGEST)) return undefined;
  return lines.slice(from).map((line) => {
    const [, label = '', value = ''] = LINE.exec(line) ?? [];
    return part(label, value, text.length);
  });
}

/** The box of every part, where each has one: `(a) ... \\boxed{12} (b) ... \\boxed{7}` */
export function boxedParts(text: string, boxes: readonly Passage[]): readonly AnswerPart[] | undefined {
  if (boxes.length < 2 || text.length > 10 * MAX_REPLY) return undefined;
  // Also `(a) \\boxed{12} (b) \\boxed{7}` in one line.
  const lines = text.replace(/\*/g, ' ').replace(/(?<=[}$])\s(?=\([b-h]\)\s)/g, '\n');
  const marks = [...lines.matchAll(LETTER)];
  const parts = boxes.map(({ start, end, inner }, index) => {
    const letter = marks.findLast((mark) => mark.index < start)?.[1]?.toLowerCase();
    return letter?.charCodeAt(0) === 97 + index ? { label: `#${letter}`, text: inner, end } : undefined;
  });
  return parts.every((found) => found !== undefined) ? parts : undefined;
}

/** Parts as a list of values; equations keep their names. */
export const asList = (parts: readonly AnswerPart[]): string => parts.map(({ text }) => text).join(', ');
