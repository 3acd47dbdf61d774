/**
 * Values that the last sentence of a reply only speaks of beside its answer: what that is compared with (`5 is a third of 15.`), what it
 * is needed for (`She needs 4 more to reach 12.`), what is left over (`Each gets 5, with 2 left over.`) and what it is made of
 * (`15 (5 red and 10 green)`). Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../../replies/sentences.js';
import { amountOf, COUNTED, NUMBER, VALUE } from '../../values/counted-values.js';

const LONGEST = 300;

/** Two numbers, and a word behind the first that may go on with the second. */
const MAY_SPEAK =
  /\d\D*(?:\b(?:is|are|was|were|makes|divides|exceeds|into|to|short|shy|away|with|leaving|remainder|of|after|saving|if|which|that|than|while|whereas|from|for|at|when|where|there|von|sur|su|de)\b|[(:])\D*\d|\d\D*,\s\D{0,12}\d[^\n]*\bthan\b/i;

const END = String.raw`[*_]{0,2}[.!]?[*_]{0,2}\s*$`;

const PART = String.raw`(?:(?:an?|one|the|two|three)\s)?(?:half|halves|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?|\d{1,3}/\d{1,3}|\d{1,3}(?:\.\d+)?\s?(?:%|percent))(?:\spart)?(?:\s(?:as (?:much|many)(?:\s[a-z]+)? as|of))`;
const TIMES = String.raw`(?:exactly\s)?(?:twice|double|triple|half|(?:two|three|four|five|six|seven|eight|nine|ten|\d{1,4})\stimes)(?:\sas (?:much|many|big|large|long|old)(?:\s[a-z]+)? as|\sof)?`;
const COMPARED = String.raw`(?:${NUMBER}\s(?:[a-z]+\s){0,2})?(?:more|less|fewer|greater|smaller|larger|bigger|lower|higher|older|younger|longer|shorter|heavier)\sthan`;
const RELATED =
  '(?:divisible by|(?:a|the) (?:(?:smallest|largest|only|prime|proper) )?(?:factor|divisor|multiple|square|cube|square root|cube root|double|remainder) of|(?:coprime|equal|close) to)';
/** `$42$`, `$n = 42$`: also as a formula of its own. */
const MARKED = String.raw`(?:\$(?:[a-z]\s?=\s?)?(?=[^$]*\d)(?:\\(?:[dt]?frac|sqrt|pi)(?![a-z])|[-−\d{}.,/\s])+\$|(?:[a-z]\s?=\s?)?${NUMBER})`;
const FURTHER = String.raw`(?!.*[,;]\s(?:so|thus|hence|therefore|then|but|and)\b)`;
/** `$42$ is the greatest common divisor of $84$ and $126$`: the only thing that is so, whatever says of what. */
const THE_ONLY = new RegExp(
  String.raw`^(?:[^.\d$=]{0,40}[,\s])?(?<subject>${MARKED})\s(?:is|was|must be)\s(?:then\s|thus\s|indeed\s)?the\s(?:(?:[a-z]+[-\s]){0,2}?(?:greatest|largest|biggest|highest|maximum|maximal|smallest|least|lowest|minimum|minimal|only|first|last|unique|number of|(?:product|sum|difference|quotient|gcd|lcm|hcf) of))\b(?!\s(?:number|value|answer|one)?\s?[.!]?$)${FURTHER}[^\n]*$`,
  'iu',
);
/** `$42$ of the $126$ numbers are prime`; a share (`40% of the 50`) may be worked out. */
const SOME_OF = new RegExp(
  String.raw`^(?:(?:so|thus|hence|therefore|then|finally|in total),?\s)?(?:exactly\s|only\s)?(?<subject>\$?\d[\d,]*\$?)\s(?:out\s)?of\s(?:the|these|those|all)\s\$?\d[\d,]*\$?\s[a-z]+(?:\s[a-z]+)?\s(?:are|were|is|was|have|had|do|did|will|can|passed|failed|like|liked|remain|contain|satisfy|divide)\b${FURTHER}[^.\d$\n]*${END}`,
  'iu',
);
/** `There are 12 pairs $(a, b)$ with $a + b = 10$.` */
const COUNTED_SUCH =
  /^(?<count>(?:(?:so|thus|hence|therefore|then|in total|altogether|we (?:see|find|conclude) that),?\s)?there (?:are|is)\s(?:exactly\s|only\s|a total of\s)?(?:\$\d[\d,]*\$|\d[\d,]*)(?:\s(?!(?:and|or|but|so|more|less|fewer)\b)[a-z]+(?:-[a-z]+)?){1,4})\s(?:\$[^$\n]{1,40}\$\s|\([a-z](?:,\s?[a-z]){0,3}\)\s)?(?:with|such that|so that|that satisfy|satisfying|for which|where|whose|in|between|from|among|less than|at most)\s(?=[^\n]*\$[^$\n]*[a-z][^$\n]*\$)(?!.*\bso\b)[^\n]*$/iu;
/** `16 von 18 Schülern`, `16 élèves présents sur 18` */
const SOME_ABROAD =
  /^[^\d=\n]{0,60}\b(?<subject>\d[\d.,]*)(?=\s)(?=\s(?!(?:von|sur|su)\s)\p{L}{2}|[^\n]*\d\s(?!(?:von|sur|su|den|les)\s)\p{L}{2})(?:\s(?!(?:und|et|e|y|mehr|plus)\s)\p{L}+){0,3}\s(?:von(?:\s(?:den|allen))?|sur(?:\sles)?|su)\s\d[\d.,]*(?:\s\p{L}+){0,4}[.!]?\s*$/iu;
/** `Hay 16 alumnos de 18.`, which may be boxes of 18 each where 16 was not worked out. */
const SOME_OF_SPANISH =
  /^[^\d=\n]{0,60}\b(?<subject>\d+)(?:\s\p{L}+){1,3}\sde\s(?:los\s|las\s)?\d+(?:\s\p{L}+)?[.!]?\s*$/iu;
/** The length or area of something whose other sides are given: `area $30$ when $BC = 12$`. */
const GIVEN_SIDES = new RegExp(
  String.raw`^(?<said>[^=\n]*\$\d[\d.,]*\$|[^=\n]*\s\d[\d.,]*)\s(?:when|if|for|where)\s\$?[A-Z]{2}\s?=[^\n=]{1,20}${END}`,
  'u',
);
/** The answer is what something is said of. */
const SUBJECT = new RegExp(
  String.raw`^(?:(?:so|thus|hence|therefore|and|indeed|now|because|since),?\s)?(?<subject>${VALUE})\s(?:(?:(?:is|are|was|were)(?:\sequal to)?|makes|equals?)\s(?:${PART}|${TIMES}|${COMPARED}|${RELATED})|divides|goes into|exceeds)\s(?:the\s)?${VALUE}${END}`,
  'iu',
);

const LEFT_OVER = '(?:left(?: over)?|leftover|remaining|over|to spare|unused)';
/** `with 2 left over`, `remainder 2`: beside what each gets, or what comes out. */
const REMAINDER = new RegExp(
  String.raw`(?:,?\s(?:(?:and\s)?with|and there (?:is|are|will be|would be))\s(?:only\s|just\s)?${VALUE}\s${LEFT_OVER}|\s\((?:and\s|with\s)?${VALUE}\s${LEFT_OVER}\)|,?\s\(?(?:(?:and|with)\s)?(?:a\s)?remainder(?:\sof|\sis)?\s${NUMBER}\)?|,?\s(?:leaving|with)\s${VALUE}\sover)${END}`,
  'iu',
);
const TAKES =
  /\b(?:needs?|needed|takes?|took|requires?|required|costs?|must|has to|have to|had to)\b[^.!?\n]*\d[^.!?\n]*$/i;
/** `She needs 12 boxes to pack 9 cakes.` */
const PURPOSE = new RegExp(
  String.raw`\sto (?!(?:about|around|approximately|exactly|only|nearly|almost|over|under|the|a|at)\s)[a-z]+\s(?:(?:all|the|his|her|their|its|these|those)\s){0,2}${VALUE}${END}`,
  'iu',
);
/** Somebody gets, buys or fills something; of a division (`17 / 3 = 5, remainder 2`) the rest may be asked for. */
const SHARED =
  /(?=.*\d)(?=.*\b(?:each|apiece|gets?|receives?|buys?|buy|fills?|fill|makes?|make|answer)\b).*(?<!\b(?:so|thus|hence|therefore|then|is|are|be|has|have|the))$/i;

/** `15 out of 20 students`; `15 out of 20` is a share. */
const OUT_OF = new RegExp(
  String.raw`\s(?:out of (?:the\s)?${NUMBER}\s[a-z]+|of the ${NUMBER})(?:\s[a-z]+){0,2}${END}`,
  'iu',
);
const NOTHING_BUT_VALUE = new RegExp(
  String.raw`^\s*(?:[^.!?\n]*\banswer(?: is|:|\*)\W{0,4})?${VALUE}(?:\s(?:left(?: over)?|remaining|remain|in total))?$`,
  'iu',
);
/** `after giving away 8`, behind what is left. */
const AFTER = new RegExp(
  String.raw`,?\s\(?after\s(?:(?:he|she|it|they|we|[A-Z][a-z]+)\s(?:[a-z]+(?:ed|ve|ld|nt)|ate|took|lost|threw|drank|spent)|[a-z]+ing)(?:\s(?:away|up|out|off|him|her|them|only|another|a|the)){0,2}\s${VALUE}\)?${END}`,
  'iu',
);

/** `(saving $2)`, `, saving $2`: what else comes of it, in brackets or behind a comma. */
const SIDE_EFFECT = new RegExp(
  String.raw`(?:\s\((?:which is |i\.e\.,? |that is )?(?:a saving of|saving|savings of|including|excluding|after|before|with|without|plus|down from|up from|instead of|earning|losing|leaving)\s[^()\n]{1,80}\)|,\s(?:saving|a saving of)\s${VALUE})${END}`,
  'iu',
);

/** `more than Anna's 10`, and what that is said of: `, which is 5 ...`, `, 5 ...`, `(5 ...)` */
const THAN_ANOTHER = String.raw`(?:${COMPARED}|${TIMES})\s[^\d,.;:()\n]{0,40}`;
/** The same between commas: `Her score, which is 6 more than Ann's 9, is 15.` */
const INSERTED = new RegExp(
  String.raw`^(?<before>[^\d=]*),\swhich (?:is|was|are|were) ${THAN_ANOTHER}(?:${VALUE})?,(?<behind>[^\d=,;]*\s${VALUE}${END})`,
  'iu',
);
/** `, which is 5 more than Anna's 10`, `while Anna has only 5` */
const BESIDE = new RegExp(
  String.raw`(?:,\s(?:which|that) (?:is|was|are|were) ${THAN_ANOTHER}(?:${VALUE})?|(?:,\s|\s\()${NUMBER}\s(?:[a-z]+\s)?(?:more|less|fewer)\sthan\s[^\d,.;:()\n]{0,40}['’]s?\s${VALUE}\)?|,?\s(?:while|whereas)\s(?:the\s)?[a-z]+(?:\s[a-z]+)?\s(?:has|have|had|gets?|got|sold|ate|made)\s(?:only|just)\s${VALUE})${END}`,
  'iu',
);
/** `33 stickers, 18 more than Tom got`: a difference in apposition to what it is said of. */
const IN_APPOSITION = new RegExp(
  String.raw`,\s(?:about\s|exactly\s|just\s)?${NUMBER}\s(?:[a-z]+\s){0,2}(?:more|less|fewer|older|younger|taller|shorter|longer|heavier|lighter|higher|lower|faster|slower)\sthan\s[^,;:()\n]{1,60}${END}`,
  'iu',
);
/** The only value of a last clause. */
const SAID_OF_ONE = new RegExp(
  String.raw`(?:^|,\s)(?!\W*(?:if|when|since|because)\b)[^,\d=]*\s(?<value>${VALUE})$`,
  'iu',
);
/** `x = 12 (and y = 5, though that is not asked for)` */
const NOT_ASKED = new RegExp(
  String.raw`\s\((?:and|but|also),?\s[^()\n]{1,60}(?:n['’]t|\bnot) (?:asked|needed|wanted|required)[^()\n]{0,20}\)${END}`,
  'iu',
);
const ONE_VALUE = new RegExp(String.raw`^[^\d=]*\s${VALUE}$`, 'iu');
/** `fell to $15 from $20` */
const FROM = new RegExp(String.raw`\sfrom\s${VALUE}${END}`, 'iu');
const CHANGED = new RegExp(
  String.raw`\s(?:fell|dropped|decreased|sank|rose|increased|grew|went (?:up|down)|changed|reduced|lowered|raised|cut)(?:\s[a-z]+){0,3}\sto\s${VALUE}$`,
  'iu',
);
/** `at 60 km/h for 3 hours` */
const DURATION = new RegExp(String.raw`\sfor\s${NUMBER}\s(?:seconds?|minutes?|hours?|days?)${END}`, 'iu');
const SPEED = new RegExp(
  String.raw`^[^\d=]*\s(?:at|with)\s(?:an? [a-z ]{1,20} of\s)?${NUMBER}\s?(?:km/h|kph|mph|m/s|(?:miles|kilometers|kilometres|meters|metres|feet) (?:per|an|a) (?:hour|minute|second))$`,
  'iu',
);

/** Where an extremum is reached: `The minimum value is $6$, attained when $x = 3$.` */
const REACHED = new RegExp(
  String.raw`,?\s\(?(?:(?:which|and)(?: it)?(?: is)?\s)?(?:(?:attained|achieved|reached|occurs|occurring|obtained|taken)\s)?(?:at|when|for|if|where)\s(?:[\p{L}]+\s){0,2}\$?\(?[a-z]\s?=(?:[^.;\n]|\.(?=\d)){1,60}${END}`,
  'iu',
);
const EXTREMUM = new RegExp(
  String.raw`^[^;\n]*\b(?:min|max|least|greatest|smallest|largest|lowest|highest)[^.;\n]{0,80}(?:\bis|\bof|=)\s(?:\$[^$\n]{1,40}\$|${VALUE})$`,
  'iu',
);

/** What a value is made of, in brackets or behind a colon. */
const MADE_OF = new RegExp(
  String.raw`^(?<before>[^()\n]*?(?<whole>${NUMBER})${COUNTED})(?:\s\((?:that is |i\.e\.,? |namely )?(?<inside>[^()\n]{3,80})\)|:\s(?<behind>[^()\n:]{3,80}?))${END}`,
  'iu',
);
const PARTS = new RegExp(
  String.raw`^(?:${NUMBER}(?:\s[a-z]+){1,3}(?:,\s(?:and\s)?|\sand\s|\splus\s|\s?\+\s?)){1,4}${NUMBER}(?:\s[a-z]+){1,3}$|^${NUMBER}(?:\s?\+\s?${NUMBER}){1,5}$`,
  'iu',
);

/** A sentence without the parts that it names behind their sum. */
function withoutParts(sentence: string): string {
  const found = MADE_OF.exec(sentence)?.groups;
  const parts = found?.inside ?? found?.behind ?? '';
  if (found?.before === undefined || found.whole === undefined || !PARTS.test(parts)) return sentence;
  // Another value in front may be the whole: `12 of 15 (5 red and 10 green)`.
  if (/\d/.test(found.before.slice(0, -found.whole.length).replace(found.whole, ''))) return sentence;
  const sum = (parts.match(/\d(?:[\d.,]*\d)?/g) ?? []).reduce((total, part) => total + amountOf(part), 0);
  return Math.abs(sum - amountOf(found.whole)) < 1e-9 ? found.before : sentence;
}

/** A sentence without what a pattern finds at its end, where what stands before that is as it should be. */
function cut(sentence: string, behind: RegExp, before: RegExp): string {
  const found = behind.exec(sentence);
  const rest = found === null ? '' : sentence.slice(0, found.index);
  return before.test(rest) ? rest : sentence;
}

/** What is cut behind what, one after the other. */
type Cuts = readonly (readonly [behind: RegExp, before: RegExp])[];
const BEHIND_WHOLE: Cuts = [
  [REACHED, EXTREMUM],
  [BESIDE, ONE_VALUE],
  [NOT_ASKED, /\d/],
  [FROM, CHANGED],
  [DURATION, SPEED],
];
const BEHIND_RESULT: Cuts = [
  [SIDE_EFFECT, /\d/],
  [AFTER, NOTHING_BUT_VALUE],
  [PURPOSE, TAKES],
  [OUT_OF, NOTHING_BUT_VALUE],
];
const cutAll = (sentence: string, cuts: Cuts): string =>
  cuts.reduce((rest, [behind, before]) => cut(rest, behind, before), sentence);

/** A statement or last sentence without the values that it only speaks of beside its answer. */
function withoutAsides(sentence: string): string {
  if (sentence.length > LONGEST || !/\d\D+\d/.test(sentence)) return sentence;
  const plain = sentence.replace(/\\\((.*?)\\\)/g, '$$$1$$').replace(/\*\*/g, '');
  const said = [THE_ONLY, SOME_OF, SUBJECT, SOME_ABROAD].map((form) => form.exec(plain)?.groups?.subject);
  const subject = said.find((found) => found !== undefined);
  if (subject !== undefined) return subject;
  const apposed = IN_APPOSITION.exec(plain)?.index;
  const value = apposed === undefined ? undefined : SAID_OF_ONE.exec(plain.slice(0, apposed))?.groups?.value;
  if (value !== undefined) return value;
  const kept = COUNTED_SUCH.exec(plain)?.groups?.count ?? GIVEN_SIDES.exec(plain)?.groups?.said;
  if (kept !== undefined) return `${kept}.`;
  const { before, behind } = INSERTED.exec(sentence)?.groups ?? {};
  const main = before === undefined || behind === undefined ? sentence : before + behind;
  const whole = withoutParts(cutAll(main, BEHIND_WHOLE));
  const counted = cutAll(whole, BEHIND_RESULT);
  return cut(
    counted,
    REMAINDER,
    NOTHING_BUT_VALUE.test(counted.split(/,| with | \(| remainder/)[0] ?? '') ? /\d/ : SHARED,
  );
}

/** A reply whose last sentence is without them. */
export function withoutLastAsides(text: string): string {
  // Most answers are formulas or numbers, which need no more than this look.
  if (!MAY_SPEAK.test(text.slice(-LONGEST))) return text;
  const start = lastSentenceStart(text, LONGEST);
  const sentence = text.slice(start);
  const counted = SOME_OF_SPANISH.exec(sentence)?.groups?.subject;
  const isWorked =
    counted !== undefined &&
    new RegExp(String.raw`=\s?${counted}(?![\d.,]\d)`).test(text.slice(0, start).slice(-LONGEST));
  return text.slice(0, start) + (isWorked ? counted : withoutAsides(sentence));
}
