/**
 * Phrases with a number of their own behind the result of a last sentence, which say what was counted (`720 ways to seat 6 people`), when
 * that is so (`12500 people in 2030`), at what rate (`104 books (2 per week)`) or how sure the writer is (`385, but I only checked up to
 * 10`), and results that stand behind a given (`used 65 of his 100 points, leaving him with 35`). Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../../replies/sentences.js';
import { amountOf, NUMBER, VALUE } from '../../values/counted-values.js';

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

/** `12 + 24 = 36, where 24 is the number of girls` */
const WHERE = new RegExp(
  String.raw`^(?<said>[^\n?]*=[^\n?]*\d[^\n?]*?),\s(?:where|in which)\s(?:the\s)?${NUMBER}\s(?:is|are|stands for|represents?|denotes?|comes from|counts?)\s(?:the|how many|what|all|his|her|their)\s[^\n=;?]{1,80}${END}`,
  'iu',
);
/** `So he ran 36 miles that week, averaging 5 miles per day`: the one value of what is concluded. */
const AVERAGING = new RegExp(
  String.raw`^(?<said>\W{0,3}(?:so|thus|hence|therefore|in total|altogether)\b[^\d\n?=]*${VALUE}(?:\s[a-z]+){0,3}),\s(?:averaging|at an average (?:of|rate of)|which averages)\s${FURTHER}[^\n]{1,120}${END}`,
  'iu',
);
/** `36 tiles; tiles come in packs of 5` */
const PACKED = new RegExp(
  String.raw`^(?<said>[^\n?;]*\d[^\n?;]*);\s(?:the\s|they\s|these\s)?(?:[a-z]+\s){0,3}(?:come|comes|are sold|is sold|are packed)\sin\s(?:packs|boxes|packages|bags|sets|cartons|cases|bundles|rolls|crates)\sof\s${NUMBER}${END}`,
  'iu',
);
/** `length 5 when the legs are 3 and 4`: one value in front, and values of other things behind. */
const WHEN = new RegExp(
  String.raw`^(?<said>(?![^\n]*\b(?:if|when|how|what)\b[^\n]*\b(?:when|if)\b)[^\d\n=]{0,100}\b(?:is|are|was|has|have|had|needs?|takes?|costs?)\s(?:[a-z]+\s){0,3}${VALUE}),?\s(?:when|if|provided(?: that)?)\s(?:the|all|both)\s(?:[a-z0-9]+\s){0,3}(?:is|are|was|were|has|have|measures?)\s[^\n=;,]{1,80}${END}`,
  'iu',
);
/** `5! = 120 arrangements are possible when all 5 books are distinct`, `120 orders are possible for the 5 books` */
const POSSIBLE = new RegExp(
  String.raw`^(?<said>(?:[^\n=?]{0,80}=\s?)?\W{0,3}\d[\d,]*(?:\s[a-z]+){1,4}\s(?:are|were|is) possible)\s(?:when|if|for|with|since|as|using|among)\s${FURTHER}[^\n]{1,100}${END}`,
  'iu',
);
/** `36 results from subtracting 14 from 50`, `36° is the complement of 54°; the two add up to 90°` */
const COMES_FROM = new RegExp(
  String.raw`^\W{0,3}(?<result>${NUMBER}°?)\s(?:(?:results?|comes|is obtained|is found|is reached)\s(?:from|by|when)\s|is the (?:complement|supplement) of\s)${FURTHER.replace('=≈;', '=≈').replace('|if)', ')')}[^\n]{1,120}${END}`,
  'iu',
);
/** `You can line up 5 books in 120 ways.` */
const IN_WAYS = new RegExp(
  String.raw`^(?:[^\n=;:?]{0,100})\s(?:in|is|are)\s(?:exactly\s|a total of\s)?(?<result>\$?\d[\d,]*\$?(?:\sdifferent|\sdistinct|\spossible)?\s(?:ways|orders|arrangements))${END}`,
  'iu',
);
/** `a = 3 while b was already known to be 5` */
const KNOWN = new RegExp(
  String.raw`^(?<said>[^\n?]*[a-z]\s?=\s?${NUMBER}),?\s(?:while|whereas|as|since|where)\s[a-z]\s(?:was|is|had been)\s(?:already\s|given|known|previously\s|\s)*(?:as|to be|to equal|known to be|given as|found to be)\s${NUMBER}${END}`,
  'iu',
);

/** `It is the 7th prime, 17.` */
const OF_RANK = new RegExp(
  String.raw`^[^\d\n=]{0,60}\b(?:is|was)\s(?:the|its|his|her|their)\s\d+(?:st|nd|rd|th)\s[a-z]+(?:\s[a-z]+){0,2},\s(?:which is\s|namely\s)?(?<result>${NUMBER})${END}`,
  'iu',
);
/** `8.6 weeks, so 8 full weeks; the 9th week is only partial` */
const FULL = new RegExp(
  String.raw`^[^\n;=]{0,80}?\d+\.\d+(?:\s[a-z]+){1,2},\sso\s(?:only\s|that is\s|it is\s|at most\s)?(?<result>\d+\s(?:full|whole|complete)\s[a-z]+)(?:;[^\n;=]{0,60}\b(?:only partial|not full|incomplete|not complete))?${END}`,
  'iu',
);

const CUTS = [BECAUSE, LIMITED, WAYS, IN_YEAR, RATE, DURING, WHERE, AVERAGING, PACKED, WHEN, POSSIBLE, KNOWN];
const RESULTS = [ARROW, EXTREMUM, IN_WORDS, DIGITS, MEASURE, IN_WAYS, OF_RANK, FULL];
/** A number may come from others anywhere; only in a reply of one sentence it is the answer. */
const RESULTS_ALONE = [...RESULTS, COMES_FROM];
const MAY_HAVE =
  /\b(?:where|when|if|averag\w+|possible|known|ways|orders|arrangements|from|by|complement|supplement|so|\d+(?:st|nd|rd|th))\b|\b(?:because|since)\b|=\s?\$?\d[^\n]*\b(?:to|of|for|in|that|among|between|from)\b|\b(?:in|by) (?:the year )?[12]\d{3}\b|\(|\bonly\b|\bjust\b|\bmerely\b|min|max|least|est\b|, leaving |-|: |; |[–—→⇒⟹]|=> |\bdigits?\b|\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|dozen) (?:is|are|makes?|equals?)\b|\b(?:during|throughout|over|on|for)\b/i;

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
  const forms = start === 0 ? RESULTS_ALONE : RESULTS;
  const result = forms.map((form) => form.exec(sentence)?.groups?.result).find((found) => found !== undefined);
  const stated = result ?? whatIsLeft(sentence);
  if (stated !== undefined) return start > 0 ? `${text.slice(0, start)}So it is ${stated}.` : stated;
  const kept = CUTS.reduce((rest, form) => form.exec(rest)?.groups?.said ?? rest, sentence);
  return kept === sentence ? text : `${text.slice(0, start)}${kept}.`;
}
