/**
 * Other readings of the last sentence of a reply, each of which counts where the usual one is not the reference: a bound of a count
 * (`at most 4 tickets` for 4), values that are found one after the other (`y = 5 and hence x = 2`), what holds under a condition, digits
 * that go on, whether a statement is true, what a thing is called. Linear in the length of the text.
 */
import { statedNumber } from '../../reading/words/other-languages.js';
import { boldWordsAtEnd } from '../marks/bold-values.js';
import { pairAtEnd, statedResidue } from './beside-conditions.js';
import { exactQuotient, statedDivision } from './divisions.js';
import { lastClause, lastPlainSentence } from './final-forms.js';
import { statedOutcome } from './outcomes.js';
import { statedDate } from './stated-dates.js';
import { workedPart } from './worked-parts.js';

const LINES = 400;
const DENIES = /n['’]t\b|\?|\b(?:not|never|nobody|none|unless|if|whether|might|may|could|perhaps|maybe|wrong)\b/i;

const VALUE = String.raw`[-−]?(?:[\d√π][\d√π./]*|\\[dt]?frac\s?\{-?\d+\}\s?\{\d+\})`;
const ONE_BY_ONE = new RegExp(
  String.raw`(?<![\w]|[\^+*/=)}−-]\s?)(?<first>[a-z])\s?=\s?(?<left>${VALUE})(?:,?\sand|,)\s?(?:so|thus|hence|therefore|then|consequently|which (?:gives|means|implies)|giving|(?:this |that )?(?:gives|means)(?: that)?),?\s(?<second>(?!\k<first>)[a-z])\s?=\s?(?<right>${VALUE})$`,
);
/** `y = 5 and hence x = 2` */
function oneByOne(sentence: string): string | undefined {
  const { first, left, second, right } = ONE_BY_ONE.exec(sentence)?.groups ?? {};
  return first === undefined ? undefined : `${first} = ${left}, ${second} = ${right}`;
}

const LINE = new RegExp(String.raw`^\s{0,4}(?:[-*•]|\d[.)])?\s{0,3}(?<name>[a-z])\s?=\s?(?<value>${VALUE})[.,;]?\s*$`);
/** Different names with their values on lines of their own. */
function onLines(text: string): string | undefined {
  const lines = text
    .slice(-LINES)
    .replace(/\*\*|\$|\\[()]/g, '')
    .trim()
    .split(/\n+/);
  const found: string[] = [];
  for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
    const { name, value } = LINE.exec(line)?.groups ?? {};
    if (name === undefined) break;
    found.unshift(`${name} = ${value}`);
  }
  const names = new Set(found.map((equation) => equation.charAt(0)));
  return names.size > 1 && names.size === found.length ? found.join(', ') : undefined;
}

const PLACES =
  /\s?[([](?:rounded |correct |accurate |exact )?(?:up )?to (?:the )?(?:nearest \p{L}+|(?:\d|one|two|three|four) (?:decimal places?|decimals?|places|d\.?p\.?|significant (?:figures|digits)|s\.?f\.?))[)\]]$/iu;
const UNDER_CONDITION =
  /(?:^|\b(?:simplifies to|reduces to|equals|is equal to|becomes|is)\s|=\s)(?<value>[^\s=<>≠,;][^=<>≠,;]{0,80}?)(?:,\s?|\s\(|\s)(?:for|where|with|provided|if|when|as long as|assuming|given)\s(?:that\s)?(?:all\s)?[a-z]\s?(?:[≠≥≤<>]|\\(?:neq?|geq?|leq?)(?![a-z])|!=)\s?[^,;=]{1,30}$/;

const SAID = /^.*\b(?:simplifies to|reduces to|equals|is equal to|becomes|is)\s/;

/** `simplifies to x + 3 (for x ≠ 3)` */
function underCondition(sentence: string): string | undefined {
  const value = UNDER_CONDITION.exec(sentence)?.groups?.value?.replace(SAID, '');
  return value === undefined || /(?<!\\)\b[A-Za-z]{3,}/.test(value) ? undefined : value;
}

const GOES_ON =
  /(?<![\d.])(?<whole>\d{0,9})\.(?<digits>\d{2,24})\s?(?:\.{3}|…|\\[lc]?dots)\s?(?:\$|\\\))?[.!]?(?:\*\*)?$/;
/** `0.333...` with its period under a bar: one digit three times, or more digits twice. */
function goingOn(text: string): string | undefined {
  const { whole = '', digits = '' } = GOES_ON.exec(text.slice(-60).trim())?.groups ?? {};
  const [, before = '', block, digit] = /^(\d*?)(?:(\d{2,6}?)\2+|(\d)\3{2,})$/.exec(digits) ?? [];
  const period = block ?? digit;
  if (period === undefined) return undefined;
  const shortest = /^(\d)\1+$/.exec(period)?.[1] ?? period;
  return `${whole === '' ? '0' : whole}.${before}\\overline{${shortest}}`;
}

const STATEMENT =
  /^(?:(?:so|thus|hence|therefore),?\s)?(?:the|this|that)\s(?:given\s)?(?:statement|claim|assertion|conjecture|proposition)\sis\s(?:therefore |thus |clearly |indeed )?(?<verdict>true|false)(?:\s?[:;,.–—-]|\s(?:since|because|as)\b|$)/i;

const THING =
  /^(?:(?:so|thus|hence|therefore),?\s)?(?:it|this|that|\d+|(?:the|this|that)\s[^,;:=]{1,80}?)\s(?:is|was)\s(?:an?\s|the\s)?(?<thing>\p{L}+(?:\s\p{L}+)?),?\s(?:because|since|as|with|that|which|whose|opening|passing|cent(?:e?re?|er)ed|having|through|due)\b/iu;
const NEITHER = /\b(?:is|are)\s(neither)\s\p{L}+\snor\s\p{L}+$/iu;

const CIRCLE =
  /\b(?<centre>cent(?:er|re))\s(?:is\s)?(?:at\s|of\s)?(?<point>\([^()]{3,40}\)),?\s(?:and\s|with\s)?(?:(?:the|its|an?|has)\s){0,2}radius\s(?:is\s|of\s|=\s)?(?<radius>[\d√][\d√./]*)$/i;

/** The other readings of the last sentence, or of the last lines. */
export function otherReadings(text: string): readonly string[] {
  const going = goingOn(text.trim());
  const lines = onLines(text);
  const sentence = lastPlainSentence(text);
  const ofText = [
    going,
    lines,
    statedDivision(text),
    workedPart(text),
    boldWordsAtEnd(text),
    exactQuotient(text),
    pairAtEnd(text),
    statedResidue(text),
    statedNumber(text),
    statedDate(text),
    statedOutcome(text),
  ];
  if (sentence === undefined) return ofText.filter((found) => found !== undefined);
  const clause = lastClause(sentence);
  const circle = CIRCLE.exec(sentence)?.groups;
  const worded = DENIES.test(clause.replace(/\b(?:because|since|as)\b.*$/i, ''))
    ? []
    : [STATEMENT.exec(clause)?.groups?.verdict, THING.exec(clause)?.groups?.thing];
  return [
    ...ofText,
    oneByOne(sentence),
    underCondition(sentence),
    ...(PLACES.test(sentence) ? sentence.replace(PLACES, '').split(/\s?(?:≈|\\approx|=)\s?/) : []).slice(-2),
    ...worded,
    NEITHER.exec(clause)?.[1],
    circle === undefined ? undefined : `center ${circle.point}, radius ${circle.radius}`,
  ].filter((found) => found !== undefined);
}
