/**
 * Results that a reply amends without a word of error: under a second label (`Answer (revised): 8`), within its sentence (`The answer is
 * 9, minus the broken one, which makes 8.`, `We get 9, but we started at 1, hence 8.`), and those that stand after a second thought
 * (`Wait, did I count it twice? No, so 588 stands.`). Linear in the length of the text.
 */

const TAIL = 2_000;
const LONGEST = 400;

const NAME =
  '(?:answer|result|antwort|ergebnis|l[öo]sung|r[ée]ponse|r[ée]sultat|respuesta|resultado|risposta|risultato|resposta|答案)';
const NEW =
  '(?:(?:after )?correction|second (?:attempt|try)|revised|corrected|updated|amended|fixed|new|final|korrigierte?|berichtigte?|[üu]berarbeitet|neu|corrig[ée]e?|r[ée]vis[ée]e?|corregid[ao]|revisad[ao]|corrett[ao]|rivist[ao]|corrigid[ao]|更正|修正|修改后?)';
const OLD =
  '(?:original|old|first|initial|previous|earlier|former|wrong|incorrect|before|first (?:attempt|try|guess)|draft|alt|urspr[üu]nglich|falsch|ancienne?|initiale|anterior|original|inicial|vecchi[ao]|iniziale|原来?|旧)';
const label = (which: string): string =>
  String.raw`(?<=^|\n\s{0,3})[*_#\s]{0,4}(?:final )?${NAME}[*_\s]{0,3}[(（[]\s?${which}\s?[)）\]][*_\s]{0,3}[:：][*_]{0,2}`;
const NEW_LABEL = new RegExp(label(NEW), 'giu');
const OLD_LABEL = new RegExp(`${label(OLD)}[^\\n]{0,200}`, 'giu');
const MAY_LABEL = /[(（[][^()（）[\]\n]{1,20}[)）\]][*_\s]{0,3}[:：]/;

/** A reply behind the label of its revised answer, and without those of earlier ones. */
function withoutOldLabels(text: string): string {
  const tail = text.slice(-TAIL);
  if (!MAY_LABEL.test(tail)) return text;
  const last = [...tail.matchAll(NEW_LABEL)].at(-1);
  const kept = last === undefined ? text : `Answer: ${tail.slice(last.index + last[0].length).trimStart()}`;
  const plain = kept.slice(-TAIL).replace(OLD_LABEL, '');
  return /[\p{L}\p{N}]/u.test(plain) ? kept.slice(0, -TAIL) + plain : kept;
}

const NUMBER = String.raw`[-−]?[$€£]?\d(?:[\d.,]*\d)?%?`;
const NOT_COUNTED =
  '(?:but|plus|minus|less|except|without|and|or|is|are|was|were|of|to|in|at|per|times|more|fewer|than|so|hence)';
/** What is said first, what changes it, and what it then comes to, at the end of the reply. */
const AMENDED = new RegExp(
  String.raw`(?<![\p{L}])(?:is|are|was|makes|made|gives|gave|get|got|have|had|has|equals|to|[a-z]\s?=|there(?:['’]s| is| are)|answer:)\s[*$]{0,2}(?:${NUMBER})[*$]{0,2}(?:\s(?!${NOT_COUNTED}\b)(?<noun>[a-z]{2,20}))?(?:\s?[,;.–—-]\s?|\s)(?:but|plus|minus|less|except|without|however,?|and then (?:minus|plus))\s[^.!?;\n]{2,140}?(?:,|\s[–—-]|[–—;])\s(?:(?:hence|so|thus|therefore|making|leaving|giving)|(?:which|that|this) (?:then )?(?:makes|leaves|gives|is|comes to)),?\s(?:(?:it|that|this|the (?:answer|total|result|count))(?:['’]s| is| becomes| should be)\s|there (?:are|is)\s|[a-z] (?:equals|is)\s)?(?:only |just |exactly )?(?<value>[*$]{0,2}(?:[a-z]\s?=\s?)?${NUMBER}[*$]{0,2})(?:\s\k<noun>)?(?:\s(?:in total|in all|altogether))?[\s.!]*$`,
  'iu',
);
const MAY_AMEND = /\b(?:hence|so|thus|therefore|making|leaving|giving|makes|leaves|gives|comes)\b/i;
/** Conditions and the answers of others are not amended. */
const UNSURE = /\b(?:if|suppose|some|might|could|would|not|never)\b|n['’]t\b|\?/i;

/** The value to which a reply amends what it has just said. */
function amendedValue(text: string): string | undefined {
  const near = text.slice(-LONGEST);
  if (!MAY_AMEND.test(near.slice(-80))) return undefined;
  const found = AMENDED.exec(near);
  return found === null || UNSURE.test(found[0]) ? undefined : found.groups?.value;
}

const STANDS =
  "(?:stands?|still stands?|remains (?:unchanged|correct|right|the same)|is (?:unchanged|right|correct)|does(?: not|n['’]t) change|holds)";
/** A doubt that comes to nothing. */
const DOUBT = new RegExp(
  String.raw`(?<=[.!…*)$}]\s{1,3}|\n\s{0,3})(?:(?:but|oh|hm+),?\s)?(?:wait|hm+|hold on|but)[,.…!—–-]{0,3}\s[^?\n]{3,250}\?\s{1,3}no[,.:;—–-]{1,2}\s?[^?\n]{0,200}?(?:\b(?:so|thus|hence|therefore|and),?|[.;])\s(?:(?:the|my) (?:answer|result|count|total|value)(?: of)?\s?|that\s)?(?<value>[*$]{0,2}${NUMBER}[*$]{0,2}\s)?${STANDS}[\s.!]*$`,
  'iu',
);

/** A reply without a doubt at its end that leaves the answer as it is. */
function withoutDoubt(text: string): string {
  const near = text.slice(-2 * LONGEST);
  if (!/\b(?:stands?|holds|unchanged|remains|right|correct|change)\b/i.test(near.slice(-40))) return text;
  const found = DOUBT.exec(near);
  if (found === null) return text;
  const before = text.slice(0, text.length - near.length + found.index).trimEnd();
  const value = found.groups?.value?.replace(/[*$\s]/g, '');
  return /\d/.test(before) && (value === undefined || before.includes(value)) ? before : text;
}

/** `12 (revised: 14)` */
const BRACKETED = new RegExp(
  String.raw`\d[*_$]{0,3}(?:\s[a-z]{2,20})?\s?[(（[]\s?${NEW}\s?[:：]\s?(?<value>[*$]{0,2}${NUMBER}[*$]{0,2})(?:\s[a-z]{2,20})?\s?[)）\]][\s.。]*$`,
  'iu',
);

/** What a reply comes to where it amends its result; else the reply. */
export function withoutAmended(reply: string): string {
  const settled = withoutDoubt(withoutOldLabels(reply));
  return BRACKETED.exec(settled.slice(-LONGEST))?.groups?.value ?? amendedValue(settled) ?? settled;
}
