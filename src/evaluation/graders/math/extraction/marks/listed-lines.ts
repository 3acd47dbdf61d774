/**
 * A list on lines of its own at the end of a reply, with bullets or numbers, as one on a line: `The factors are:`, `- 1`, `- 2`, `- 5` as `The
 * factors are: 1, 2, 5.` Its marks are no signs, and its numbers none of the list. Linear in the length of the text.
 */

const TAIL = 2_000;
const MAX_ITEMS = 60;
const LINE = /^\s{0,6}(?:(?<bullet>[-*•+–])|(?<place>\d{1,2})[.)])\s{1,4}(?<item>\S.{0,60}?)\s*$/u;
const VALUE = String.raw`[-−]?[$€£]?\d(?:[\d.,/]*\d)?%?`;
/** A value, also with its name, or a word or code; a sentence or calculation is no item. */
const ITEM = new RegExp(
  String.raw`^(?:[A-Za-z](?:_?\d|[₀-₉])?\s?=\s?)?${VALUE}$|^[\p{L}\d]{1,15}$|^\([^()=]{1,30}\)$`,
  'u',
);
const MARKS = /^[*_$]{1,2}(?!\d+\$?$)(.+?)[*_$]{1,2}$/;
/** What is listed are then no answers. */
const OTHERWISE =
  /\b(?:not|never|no|cannot|without|except|wrong|incorrect|options?|choices?|steps?|examples?|given|givens|know|known|consider|check(?:ed)?|tried|try|if|candidates?|possibilities|sum|total|all:)(?![\p{L}])|n['’]t\b|\?/iu;
const HEADING = /\p{L}{3}[^\n]{0,200}(?::|\s(?:are|include))[*_]{0,2}\s*$/u;
/** The lines may be steps, of which the last is the result. */
const STEPS =
  /\b(?:gives?|giving|becomes?|continues?|follows|have|has|had|yields?|gets?|obtain|grows?|goes|after|applying|repeat\w*|doubl\w+|halv\w+|compound\w*|each|then|steps?|times)(?!\p{L})/iu;
/** `These are all the factors.` */
const BEHIND = /\n\s*(?:these|those) are (?!not\b)[\p{L}\s]{3,60}[.!]?\s*$/iu;

const itemOf = (line: string): string => {
  const item = (LINE.exec(line)?.groups?.item ?? '').replace(/[.,;]$/, '');
  return item.replace(MARKS, '$1').replace(/[.,;]$/, '');
};

/** The text with such a list on one line. */
export function withListInLine(source: string): string {
  const behind = BEHIND.exec(source.slice(-100))?.[0] ?? '';
  const text = source.slice(0, source.length - behind.length);
  const from = Math.max(0, text.length - TAIL);
  const lines = text.slice(from).trimEnd().split(/\n+/);
  const first = lines.findLastIndex((line) => !LINE.test(line)) + 1;
  const items = lines.slice(first);
  const heading = lines[first - 1] ?? '';
  if (items.length < 2 || items.length > MAX_ITEMS || !HEADING.test(heading)) return source;
  if (OTHERWISE.test(heading) || STEPS.test(heading)) return source;
  const marks = items.map((line) => LINE.exec(line)?.groups);
  const isBulleted = marks.every((mark) => mark?.bullet !== undefined && mark.bullet === marks[0]?.bullet);
  const isNumbered = marks.every((mark, index) => mark?.place === String(index + 1));
  const values = items.map(itemOf);
  if ((!isBulleted && !isNumbered) || !values.every((value) => ITEM.test(value))) return source;
  // Words are the answer without their heading.
  if (!values.some((value) => /\d/.test(value))) return values.join(', ');
  const before = text.slice(0, from + text.slice(from).lastIndexOf(heading)).trimEnd();
  return `${before === '' ? '' : `${before}\n`}${heading.replace(/[*_]{2}/g, '').trim()} ${values.join(', ')}.`;
}
