/**
 * Phrases with a number of their own behind the result of a last sentence, which say what was counted (`720 ways to seat 6 people`), when
 * that is so (`12500 people in 2030`), at what rate (`104 books (2 per week)`) or how sure the writer is (`385, but I only checked up to
 * 10`), and results that stand behind a given (`used 65 of his 100 points, leaving him with 35`). Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';
import { amountOf, NUMBER, VALUE } from '../values/counted-values.js';

const LONGEST = 300;
const END = String.raw`[*_]{0,2}[.!]?[*_]{0,2}\s*$`;
const ADVERBS = '(?:only |just |exactly |about |a total of |still )?';
const FURTHER = String.raw`(?!.*(?:[=≈;]|\b(?:so|thus|hence|therefore|then|but|which|giving|making|total|times|or|if)\b|,\s(?:and\s|leaving\s)|\d\s?[-+*/×÷]\s?\d))`;

/** What is counted behind the result of a calculation. */
const WAYS = new RegExp(
  String.raw`^(?<said>[^\n]*=\s?(?:\$?\d[\d.,]*\d\$?|\d)\$?\s(?:different\s|possible\s|distinct\s|such\s|total\s)?(?:ways|arrangements|combinations|permutations|choices|outcomes|possibilities|subsets|orders|orderings|handshakes|committees|teams|words|codes|paths|routes|games|matches))\s(?:to|of|for|in|that|among|between|from)\s${FURTHER}[^\n]*$`,
  'iu',
);
/** `The population will be 12,500 people in 2030.` */
const IN_YEAR = new RegExp(
  String.raw`^(?<said>[^\n]*\b(?:is|are|was|were|be|has|have|had)\s${ADVERBS}(?:${VALUE}|\$[^$\n]{1,40}\$(?:\s[a-z]+){0,2}))\s(?:in|by)\s(?:the year\s)?(?:1[89]|20|21)\d\d${END}`,
  'iu',
);
/** `(2 per week)` */
const RATE = new RegExp(
  String.raw`^(?<said>[^\n()]*\d[^\n()]*)\s\((?:that is |i\.e\.,? |about |at )?${VALUE}\s(?:per|each|every|an?|for each)(?:\s[a-z]+){0,3}\)${END}`,
  'iu',
);
/** `, although I only checked the cases up to 10` */
const LIMITED = new RegExp(
  String.raw`^(?<said>[^\n?]*\d[^\n?]*?),?\s(?:although|though|even though|but)\s(?:i|we)(?:['’]ve|\shave)?\s(?:only|just|merely)\s(?:have\s)?(?:check|verif|test|tri|look|consider|comput|count|did|work|confirm)[a-z]*(?!\s${NUMBER}${END})\s[^\n.!?;=]*${END}`,
  'iu',
);
/** `The minimum value 36 occurs when x = 6.` */
const EXTREMUM = new RegExp(
  String.raw`^(?:[^\n\d=]{0,80}\b)?(?:min|max|least|greatest|smallest|largest|lowest|highest)[a-z]*(?:\s[a-z]+){0,3}?(?:\s\$?[a-z]\$?)?(?:,|\sof|\sis|\swhich is)?\s(?<result>\$?${NUMBER}\$?),?\s(?:occurs|is (?:attained|achieved|reached|obtained|taken)|and (?:it )?(?:occurs|is (?:attained|achieved|reached)))\s(?:only\s|exactly\s)?(?:when|at|for|if|where)\s[^\n;]*$`,
  'iu',
);
/** `65 of his 100 points, leaving him with 35`: what is left of the numbers in front. */
const LEAVING = new RegExp(
  String.raw`^(?!.*\b(?:each|every|apiece|if|remainder)\b)(?<from>[^\n=]*\d[^\n=]*),\sleaving\s(?:him|her|them|us|me|you|\p{Lu}\p{L}+)\s(?:with\s)?${ADVERBS}(?<result>${VALUE})(?:\s(?:left|remaining))?${END}`,
  'u',
);
/** `at 60 mph during the 3-hour trip` */
const DURING = new RegExp(
  String.raw`^(?<said>[^\d\n=]*\s(?:at|of|is|was)\s${ADVERBS}${NUMBER}\s?[a-z/]+(?:\s(?:per|an)\s[a-z]+)?)\s(?:during|throughout|over|on|for)\s(?:the|his|her|its|their|this|that)\s(?:entire\s|whole\s)?\d+[- ](?:second|minute|hour|day|week|mile|km|kilometer|kilometre)\s[a-z]+${END}`,
  'iu',
);
const WORD = '(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)';
/** `12 cookies shared by 4 kids: everyone gets three.` */
const IN_WORDS = new RegExp(
  String.raw`^[^\n=]*\d[^\n=]*[:;–—]\s(?:so\s)?(?:everyone|everybody|each(?:\s[a-z]+){0,3}|(?:he|she|they|it))\s(?:gets?|has|have|receives?|is|are|costs?|needs?)\s${ADVERBS}(?<result>${WORD}(?:\s[a-z]+)?)${END}`,
  'iu',
);
/** `The last three digits of 6081 are 081.` */
const DIGITS = new RegExp(
  String.raw`\b(?:last|first|final|leading|trailing)\s(?:${WORD}|\d)\sdigits?(?:\sof\s[^\n]{1,40}?)?\s(?:are|is)\s(?:then\s|thus\s)?(?<result>[*_$]{0,3}\d+[*_$]{0,3})${END}`,
  'iu',
);
/** `4 weeks is 28 days` */
const MEASURE = new RegExp(
  String.raw`^(?:(?:so|thus|hence|therefore),?\s)?\d[\d.,]*\s(?<unit>seconds?|minutes?|hours?|days?|weeks?|months?|years?|dozen)\s(?:is|are|makes?|equals?)\s${ADVERBS}(?<result>\d[\d.,]*\s(?!\k<unit>)[a-z]+)${END}`,
  'iu',
);

/** `The number is 7, because 5 + 2 = 7 and 7 + 2 = 9.` */
const BECAUSE = new RegExp(
  String.raw`^(?!\W*(?:if|since|because|as|when|suppose|given)\b)(?<said>[^\d=]{0,100}\b(?:is|are|was|were|must be)\s${ADVERBS}${VALUE}),?\s(?:because|since)\s(?![^\n]*\b(?:so|thus|hence|therefore|then|but|answer|get|gets|total|another|left|giving|leaving)\b)[^\n]*[\d²³!)]\s?=\s?[^\n]*$`,
  'iu',
);
/** `They ate 11 of the 15, leaving 4. The question asked how many they ate.` */
const ASKED_FOR_FIRST =
  /(?<main>\b(?<who>(?:they|he|she|it|we|\p{Lu}\p{L}+)\s\p{L}+)\s[^\n]{0,120}?),\sleaving\s[^\n]{1,80}?\.\s(?:the )?(?:question|problem) (?:asks|asked)(?: us)?(?: for)? how (?:much|many)(?:\s\p{L}+){0,2}\s\k<who>[.!]?\s*$/iu;

/** `86 marbles, half are blue → 43 blue marbles, the other 43 being red`: what stands behind the last arrow. */
const ARROW = new RegExp(
  String.raw`^[^\n]*\d[^\n]*(?:→|⇒|⟹|=>)\s(?<result>${VALUE})(?:,?\s(?:the (?:others?|remaining|rest)|with|while|for each|in total|in all|altogether)\b[^\n=→⇒⟹;]*)?${END}`,
  'iu',
);

const CUTS = [BECAUSE, LIMITED, WAYS, IN_YEAR, RATE, DURING];
const RESULTS = [ARROW, EXTREMUM, IN_WORDS, DIGITS, MEASURE];
const MAY_HAVE =
  /\b(?:because|since)\b|=\s?\$?\d[^\n]*\b(?:to|of|for|in|that|among|between|from)\b|\b(?:in|by) (?:the year )?[12]\d{3}\b|\(|\bonly\b|\bjust\b|\bmerely\b|min|max|least|est\b|, leaving |-|: |; |[–—→⇒⟹]|=> |\bdigits?\b|\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|dozen) (?:is|are|makes?|equals?)\b|\b(?:during|throughout|over|on|for)\b/i;

/** What is left of two numbers, said behind them. */
function whatIsLeft(sentence: string): string | undefined {
  const { from = '', result } = LEAVING.exec(sentence)?.groups ?? {};
  const [first, second, ...others] = (from.match(/\d(?:[\d.,]*\d)?/g) ?? []).map(amountOf);
  if (first === undefined || second === undefined || others.length > 0) return undefined;
  return Math.abs(Math.abs(first - second) - amountOf(result)) < 1e-9 ? result : undefined;
}

/** A reply whose last sentence is without them. */
export function withoutTrailingPhrases(source: string): string {
  const isAsked = /\b(?:question|problem) ask/i.test(source.slice(-LONGEST));
  const text = isAsked
    ? source.slice(0, -LONGEST) + source.slice(-LONGEST).replace(ASKED_FOR_FIRST, '$<main>.')
    : source;
  const tail = text.slice(-LONGEST);
  if (!/\d/.test(tail) || !MAY_HAVE.test(tail) || tail.includes('\\boxed')) return text;
  const start = lastSentenceStart(text, LONGEST);
  const sentence = text.slice(start).trimEnd();
  if (sentence.length >= LONGEST) return text;
  const result = RESULTS.map((form) => form.exec(sentence)?.groups?.result).find((found) => found !== undefined);
  const stated = result ?? whatIsLeft(sentence);
  if (stated !== undefined) return start > 0 ? `${text.slice(0, start)}So it is ${stated}.` : stated;
  const kept = CUTS.reduce((rest, form) => form.exec(rest)?.groups?.said ?? rest, sentence);
  return kept === sentence ? text : `${text.slice(0, start)}${kept}.`;
}
