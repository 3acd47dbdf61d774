/**
 * What the last sentence of a reply concludes in words, where numbers stand before it: `100 mod 7 = 2, so it will be a Tuesday`,
 * `51 < 60, so yes`, `Store B is cheaper.` For references in words, which no number of the reply can be. Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';

const LONGEST = 300;
const DENIES =
  /n['’]t\b|\?|\b(?:not|never|neither|nor|nobody|none|unless|if|whether|but|although|though|however|may|might|could|perhaps|maybe|wrong|false|incorrect|untrue|doubts?|says?|said|thinks?|thought|claims?|guess(?:ed)?)\b/i;
const CLAUSE = /(?:^|[,;:]\s+(?:and\s+)?)(?:so|thus|hence|therefore|then|which means(?: that)?),?\s+/gi;
const REASON = /^(?:since|because|as)\s[^,]{1,100},\s/i;
const WORDS = String.raw`(?:[\p{L}'’-]+\s){0,3}[\p{L}'’-]+`;

const PREDICATE = new RegExp(
  String.raw`^(?:[^,;]*\s)?(?:it|that|this|he|she|\d+|[a-z](?:\([a-z]\))?|the \p{L}+(?:\s[\p{L}\d]+){0,3}?)(?:['’]s|\s(?:is|was|are|will be|must be|falls|lands|comes out(?: as)?))\s(?:then\s)?(?:on\s)?(?:an?\s|the\s)?(?<words>${WORDS})$`,
  'iu',
);
const COMPARATIVE = String.raw`(?:(?:more|less|better|worse|fewer|(?!(?:winner|loser|teacher|leader|driver|other|either|another)\b)\p{L}{3,}er)\b|(?:the\s|an?\s)?(?:most|least|best|worst|better|cheaper|\p{L}{2,}est)\b)`;
/** Somebody or something that is or has more than another. */
const COMPARED = new RegExp(
  String.raw`^(?<words>(?:the\s)?\p{Lu}[\p{L}'’]*(?:\s(?:\p{Lu}|\d{1,2}|[A-Z]?[\p{L}]+)){0,2}?)\s(?:is|was|has|had|gets?|got|offers?|costs?|gives?|wins|won|earns?|earned|runs?|ran|pays?|paid|reads?|ate|makes?|made|scored|sold|walks?|walked|drives?|drove|weighs?)\s${COMPARATIVE}`,
  'u',
);

/** `Evelyn is our answer` */
const IS_ANSWER =
  /^(?<words>(?:the\s)?\p{L}[\p{L}'’]*(?:\s\p{L}[\p{L}'’]*){0,2})\s(?:is|was)\s(?:the|my|our)\s(?:(?:final|correct)\s)?answer$/iu;
/** A sentence behind the answer that only says what it is not: `It is not odd, because f(-x) ≠ -f(x).`, `Not Wednesday, since …` */
const ONLY_DENIES =
  /^[*_]{0,2}(?:(?:it|that|this|he|she|they|the\s\p{L}+)(?:\s(?:is|was|are|were)\snot|['’]s\snot|\s(?:is|was|are)n['’]t)|not)\s(?:an?\s|the\s)?(?!only\b|just\b|sure\b|correct\b|right\b|true\b|that\b|so\b|quite\b|really\b)\p{L}+(?:\s\p{L}+)?[*_]{0,2}(?:,?\s(?:because|since|as|though)\b[^.!?]{0,160})?[.!]?\s*$/iu;

/** A text without a last sentence that only says what the answer is not. */
function withoutDenialBehind(text: string): string {
  const end = text.trimEnd();
  const start = lastSentenceStart(end, LONGEST);
  return start > 0 && ONLY_DENIES.test(end.slice(start)) ? end.slice(0, start).trimEnd() : text;
}

/** What the answer is not, and a reason, behind it in its sentence. */
const NOT_OTHER = /,?\s(?:and |but )?not\s(?:an?\s|the\s)?\p{L}+$/iu;
const REASON_BEHIND = /,?\s(?:because|since|as)\s[^,;]{1,100}$/i;
/** What is denied in front of a conclusion, which it does not deny. */
const NEGATION =
  /\b(?:is|are|was|were|does|do|did|has|have|can) not\b(?! (?:sure|certain|clear|known))|\b(?:is|are|was|were|does|do|did|has|have|ca)n['’]t\b(?! (?:sure|certain|clear|known|know|tell))/gi;

/** The last sentence from its last conclusion on, without marks of emphasis; undefined where it denies or doubts something. */
function conclusion(text: string): string | undefined {
  const start = lastSentenceStart(text, LONGEST);
  const sentence = text
    .slice(start)
    .replace(/\*\*|__/g, '')
    .trim()
    .replace(/[.!]+$/, '');
  if (sentence.length >= LONGEST - 1 || sentence.includes('\\')) return undefined;
  const said = sentence.replace(REASON_BEHIND, '').replace(NOT_OTHER, '');
  const last = [...said.matchAll(CLAUSE)].at(-1);
  const clause = (last === undefined ? said : said.slice(last.index + last[0].length)).replace(REASON, '');
  const before = last === undefined ? '' : said.slice(0, last.index).replace(NEGATION, ' ');
  return DENIES.test(before) || DENIES.test(clause) || clause.includes(',') ? undefined : clause;
}

/** The words that a reply comes to, with what it says them of; undefined for any other text. */
export function concludedWords(source: string): string | undefined {
  const clause = conclusion(withoutDenialBehind(source));
  if (clause === undefined) return undefined;
  const words =
    IS_ANSWER.exec(clause)?.groups?.words ??
    COMPARED.exec(clause)?.groups?.words ??
    PREDICATE.exec(clause)?.groups?.words;
  return words?.replace(/^(?:the|an?)\s/i, '');
}

const CONCLUDING = /^\W*(?:so|thus|hence|therefore|consequently),?\s/i;

/** Who or what a concluding sentence without numbers says is or has more than others: `Therefore, Sarah scored the most points.` */
export function comparedName(text: string): string | undefined {
  const sentence = text.slice(lastSentenceStart(text, LONGEST));
  if (/\d/.test(sentence) || !CONCLUDING.test(sentence)) return undefined;
  return COMPARED.exec(conclusion(text) ?? '')?.groups?.words?.replace(/^the\s/i, '');
}

const VERDICT = /(?:^|[,;:.]\s+)(?:(?:so|thus|hence|therefore|then|and so),?\s+)?(yes|no)(?=\s?[,;.!–—]|\s?$)/gi;

/** The yes or no of a last sentence that says one of them behind its reasons; undefined for any other text. */
export function concludedVerdict(text: string): string | undefined {
  if (/\\f?boxed|#{4}|\banswers?\b/i.test(text)) return undefined;
  const sentence = text.slice(lastSentenceStart(text, LONGEST)).replace(/\*\*|__/g, '');
  const verdicts = [...sentence.matchAll(VERDICT)];
  const [first, ...others] = verdicts;
  if (first === undefined || others.length > 0 || sentence.includes('?')) return undefined;
  const before = sentence.slice(0, first.index);
  return /\d/.test(before) && !/\b(?:yes|no|not|actually|wait)\b/i.test(before) ? first[1]?.toLowerCase() : undefined;
}
