/**
 * Answers of several statements, in the order in which they stand: `The maximum is $5$ at $x=1$. The minimum is $-3$.`
 * The last formula of such a reference is not its answer.
 */
import { KNOWN_COMMANDS } from '../../tree/vocabulary.js';
import { type Passage, valuesIn } from '../values/prose.js';
import { formulas, goesOn } from './formulas.js';

/** A formula or value with the words in front of it that say what it is; without them it belongs to the one before. */
export interface AnswerPart {
  readonly label: string;
  readonly text: string;
  /** Where it ends in the text. */
  readonly end: number;
}

const MAX_PARTS = 40;
const MAX_LENGTH = 4_000;

/** Words that do not tell one part from another. */
const SAYS_NOTHING = new Set(
  (
    'a an the is are was were be being been at of and or its it their his her when where for on in to has have had with ' +
    'by so as that this these those there then thus hence therefore we get gets equal equals given answer answers only ' +
    'both respectively from which while but if also than about approximately'
  ).split(' '),
);

/** `a)`, `(ii)`, `2.`: which part of the answer follows. */
const ENUMERATOR = /(?:^|[\s,;.])\(?([a-h]|[ivx]{1,4}|\d{1,2})[).:]\s*$/;

/** What the words in front of a part call it. */
function labelIn(words: string): string {
  const enumerator = ENUMERATOR.exec(words)?.[1];
  if (enumerator !== undefined) return `#${enumerator}`;
  return (
    words
      .replace(/\\(?:text\w*|mathrm|mbox|quad|qquad)(?![a-z])|\\[,;:! ]/g, ' ')
      .toLowerCase()
      .match(/[a-z]+/g)
      ?.filter((word) => !SAYS_NOTHING.has(word) && !KNOWN_COMMANDS.has(word) && word.length > 1)
      .join(' ') ?? ''
  );
}

const SIGN = String.raw`(?:=|:|\bis\b|\bare\b|\bequals\b)`;
const LABELLED = new RegExp(
  String.raw`^\s*(?:the\s+|and\s+)*([A-Za-z][A-Za-z '()-]*[A-Za-z)])\s*${SIGN}\s*(-?[$€£]?[\d.(\[{√π].*?)[\s.,;]*$`,
  'i',
);
/** `width 5 cm` */
const UNSIGNED = /^\s*(?:and\s+)?([A-Za-z]{3,20})\s(-?[$€£]?\d[^;=:]*?)[\s.,;]*$/i;
const BETWEEN = /[;\n]|,\s+(?=(?:and\s+)?[A-Za-z])|\.\s+(?=[A-Z])|\s+and\s+(?=[A-Za-z]{3})/;
/** Words that a name of a value does not have. */
const SENTENCE = /\b(?:we|get|so|then|thus|hence|if|because|since|let|answers?|solutions?|therefore|total)\b/i;

/** `width = 3 cm, length = 5 cm`, `Part A: 12. Part B: 30.`: values with names in words; undefined for other texts. */
function labelledValues(text: string): readonly AnswerPart[] | undefined {
  if (text.length > 400 || /[\\$]/.test(text.replace(/\$(?=\d)/g, ''))) return undefined;
  const parts: AnswerPart[] = [];
  for (const piece of text.split(BETWEEN)) {
    if (piece.trim() === '') continue;
    const [, name = '', value = ''] = LABELLED.exec(piece) ?? UNSIGNED.exec(piece) ?? [];
    if (value === '' || name.length > 60 || !/[A-Za-z]{3}/.test(name) || SENTENCE.test(name)) return undefined;
    parts.push({ label: labelIn(name) || name.toLowerCase(), text: value, end: text.length });
  }
  return parts.length < 2 || parts.length > MAX_PARTS ? undefined : parts;
}

/** `1. 5`, `(a) 12; (b) 30`: values that are numbered; undefined for other texts. */
function numberedValues(text: string): readonly AnswerPart[] | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const marks = [...text.matchAll(/(?:^|[\s,;])\(?([a-h]|[ivx]{1,4}|\d{1,2})[).](?=\s)/g)];
  const [first] = marks;
  if (first === undefined || marks.length < 2 || text.slice(0, first.index).trim() !== '') return undefined;
  const kinds = new Set(marks.map(([, mark = '']) => (/\d/.test(mark) ? 'digit' : 'letter')));
  const ordered = marks.every(([, mark = ''], index) => (/\d/.test(mark) ? Number(mark) === index + 1 : true));
  if (kinds.size > 1 || !ordered) return undefined;
  const parts = marks.map((match, index) => ({
    label: `#${match[1]}`,
    text: text
      .slice(match.index + match[0].length, marks[index + 1]?.index)
      .trim()
      .replace(/[\s,;.]+$/, ''),
    end: marks[index + 1]?.index ?? text.length,
  }));
  return parts.length > MAX_PARTS || parts.some((part) => part.text === '') ? undefined : parts;
}

/** A formula that only names something: `x`, `f(x)`, `\triangle ABC`, `\max`. */
const NAME =
  /^\s*(?:\\(?:triangle|angle|overline|vec|mathbf|mathrm|text|hat|bar)\s*)*\{?\s*\\?[A-Za-z]{1,8}'?(?:_\{?\w{1,4}\}?)?\s*\}?(?:\s*\([A-Za-z](?:\s*,\s*[A-Za-z])*\))?\s*$/;
/** Between a quantity and its value. */
const VERB =
  /^(?:(?!\b(?:and|or|but)\b)[^.,;\n]){0,30}(?:\b(?:is|are|was|equals?|equal to|becomes)|[=:])\s*(?:the |an? |exactly |only |about )?\s*$/;
const TEXT = /\\text(?:bf|it|rm)?\s*\{([^{}]*)\}/g;

/** Formulas and free-standing values, in order. */
function passages(text: string): readonly Passage[] {
  const spans = formulas(text);
  if (spans.length === 0) return betweenWords(text);
  const found: Passage[] = [];
  let from = 0;
  for (const span of [...spans, undefined]) {
    const gap = text.slice(from, span?.start);
    for (const value of valuesIn(gap)) {
      const numbered =
        /^\s*[).:]\s/.test(gap.slice(value.end, value.end + 3)) && /(?:^|[\s(])$/.test(gap.slice(0, value.start));
      if (!numbered || span === undefined)
        found.push({ start: from + value.start, end: from + value.end, inner: value.inner });
    }
    if (span === undefined) break;
    const last = found.at(-1);
    if (last !== undefined && goesOn(last.inner, text.slice(last.end, span.start)))
      found[found.length - 1] = { start: last.start, end: span.end, inner: `${last.inner} ${span.inner}` };
    else found.push(span);
    from = span.end;
  }
  return found;
}

/** The formulas of an answer in LaTeX whose words are in commands for text. */
function betweenWords(text: string): readonly Passage[] {
  const words = [...text.matchAll(TEXT)];
  if (words.length === 0) return [];
  const ends = [0, ...words.map((match) => match.index + match[0].length)];
  return ends.flatMap((start, index) => {
    const end = words[index]?.index ?? text.length;
    const inner = text
      .slice(start, end)
      .replace(/\\(?:quad|qquad|[,;:! ])/g, ' ')
      .replace(/^[\s:=,;.]+|[\s,;.]+$/g, '');
    return inner === '' ? [] : [{ start, end, inner }];
  });
}

/** The parts of an answer, two or more; undefined for any other text. */
export function answerParts(text: string): readonly AnswerPart[] | undefined {
  const parts = valuesOf(text);
  return parts.length < 2 || parts.length > MAX_PARTS ? undefined : parts;
}

/** Whether a formula only names something. */
export function isNameOnly(formula: string): boolean {
  return NAME.test(formula);
}

/** Every formula and value of a text but for names. */
export function valuesOf(text: string): readonly AnswerPart[] {
  if (text.length > MAX_LENGTH) return [];
  const listed = numberedValues(text.replace(/\\[ ,;:!]|\\q?quad(?![a-z])|~/g, ' ')) ?? labelledValues(text);
  if (listed !== undefined) return listed.map((part) => ({ ...part, text: part.text.replace(/^\$([^$]*)\$$/, '$1') }));
  const found = passages(text);
  const parts: AnswerPart[] = [];
  let from = 0;
  let label = '';
  for (const [index, { start, end, inner }] of found.entries()) {
    label = `${label} ${labelIn(text.slice(from, start))}`.trim();
    from = end;
    const next = found[index + 1];
    const isSubject = next !== undefined && VERB.test(text.slice(end, next.start));
    if (NAME.test(inner)) label = `${label} ${inner.replace(/[^A-Za-z]/g, '').toLowerCase()}`.trim();
    if (NAME.test(inner) || isSubject) continue;
    parts.push({ label, text: inner, end });
    label = '';
  }
  return parts;
}
