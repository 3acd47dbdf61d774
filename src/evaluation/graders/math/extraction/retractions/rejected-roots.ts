/**
 * Roots that a reply finds and then rejects: `We get x = 4 or x = 1. However, x = 1 must be discarded since ...` Where the last sentence
 * rejects one of the values that the reply lists for a name, that value leaves the list. Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';
import { NUMBER } from '../values/counted-values.js';

const TAIL = 800;
const LONGEST = 240;
const MAX_REJECTED = 4;

/** A cheap look for the words below. */
const MAY_REJECT =
  /=[\s\S]*(?:n['’]t\b|\b(?:not|cannot|fails|makes?)\b|discard|reject|exclud|disregard|dismiss|ignor|eliminat|thr[eo]wn? |rul|extraneous|invalid|impossible|inadmissible|spurious)|(?:discard|reject|exclude|disregard|dismiss|ignore|eliminate|away|out)[^=]*=/i;
const NAME = String.raw`[a-zA-Zθλ](?:_?\{?\d\}?)?`;
const ROOT = String.raw`(?:\$\s?)?(?:\\\(\s?)?(?<name>${NAME})\s?=\s?(?<value>${NUMBER})\s?(?:\\\)|\$)?`;
const LEADS = String.raw`^(?:(?:but|however|now|clearly|note that|and|here|since|because|also|though)(?:,\s|\s))*(?:(?:since|as|because)\s[^,.;]{1,60},\s)?(?:(?:the|this|that)\s(?:solution|root|value|case|one)\s)?(?:with\s|for\s)?`;
const DISCARD = '(?:discard|reject|exclude|disregard|dismiss|ignore|eliminate|throw (?:away|out)|rule out)';
const DISCARDED =
  '(?:discarded|rejected|excluded|disregarded|dismissed|ignored|eliminated|thrown (?:away|out)|ruled out|extraneous|invalid|impossible|inadmissible|spurious)';
const NOT = String.raw`(?:n['’]t|\snot)`;
/** Said of the value in front. */
const FAILS = `(?:(?:must|has to|should|can|will|needs to) be ${DISCARDED}|is (?:an? |therefore |thus |then |clearly )?(?:${DISCARDED}|not (?:an? )?(?:valid|admissible|allowed|possible|acceptable|solution|permitted|in the domain))|isn['’]t (?:an? )?(?:valid|admissible|allowed|possible|acceptable|solution|permitted|in the domain)|gets ${DISCARDED}|(?:do|does)${NOT} (?:check|work|satisfy|hold|fit|make sense|solve|lie)|cannot be (?:an? )?(?:solution|valid|correct|right|root)|fails(?! to be)|makes? (?:the |an? |one |some )?(?:denominator|argument|radicand|logarithm|log|expression|left side|right side)s? (?:zero|negative|undefined|equal to (?:0|zero)|0))`;
/** `x = 1 must be discarded`, `we reject x = 1`, `since lengths are positive, we discard x = -1` */
const REJECTS = new RegExp(
  String.raw`(?:${LEADS}${ROOT}\s(?:${FAILS})|(?:^|[,\s])(?:we|i)\s(?:(?:must|can|have to|should|may|then|therefore|thus)\s)*${DISCARD}\s(?:the\s(?:solution|root|value|case)\s)?${ROOT.replaceAll('?<name>', '?<name2>').replaceAll('?<value>', '?<value2>')})(?![\d=])`,
  'iu',
);
/** Behind the rejection another value is accepted. */
const CONCLUDES = /[,;:.—–]\s(?:and\s)?(?:so|thus|hence|therefore|leaving|which leaves|then|but|giving)\b[^.]*\d/iu;

const MARK = String.raw`(?:\$|\\\(|\\\))?`;
const ITEM = String.raw`${MARK}(?:${NAME}\s?=\s?)?[-−]?[$€£]?\d(?:[\d.,/]*\d)?${MARK}`;
const JOINED = String.raw`(?:\s?,?\s(?:or|and)\s|\s?,\s)`;
/** `x = 4 or x = 1`, `x = 4, 1` */
const LIST = new RegExp(
  String.raw`(?<![\w=+*/^-]|[=+*/^]\s)${MARK}(${NAME})\s?=\s?${ITEM}(?:${JOINED}${ITEM}){1,4}`,
  'gu',
);
const numberOf = (item: string): string => item.replace(/^.*=|[$\\()\s]/g, '').replace('−', '-');

/** The text in front of a rejection without the value that is rejected; undefined where it is none of several that are listed. */
function withoutRoot(before: string, name: string, value: string): string | undefined {
  const found = [...before.matchAll(LIST)].findLast(([, of]) => of === name);
  if (found === undefined) return undefined;
  const items = found[0].split(new RegExp(JOINED, 'u')).map(numberOf);
  const kept = items.filter((item) => item !== numberOf(value));
  if (kept.length !== items.length - 1) return undefined;
  const listed = kept.map((item) => `${name} = ${item}`).join(' or ');
  return `${before.slice(0, found.index)}${listed}${before.slice(found.index + found[0].length)}`;
}

/** A reply without the roots that its last sentences reject. */
export function withoutRejectedRoot(source: string): string {
  let text = source;
  for (let left = MAX_REJECTED; left > 0; left--) {
    if (!MAY_REJECT.test(text.slice(-LONGEST))) return text;
    const start = lastSentenceStart(text, LONGEST);
    const sentence = text.slice(start).trim();
    if (start === 0 || sentence.length >= LONGEST) return text;
    const groups = REJECTS.exec(sentence)?.groups;
    const name = groups?.name ?? groups?.name2;
    const value = groups?.value ?? groups?.value2;
    if (name === undefined || value === undefined || CONCLUDES.test(sentence)) return text;
    const from = Math.max(0, start - TAIL);
    const before = withoutRoot(text.slice(from, start), name, value);
    if (before === undefined) return text;
    text = text.slice(0, from) + before.trimEnd();
  }
  return text;
}
