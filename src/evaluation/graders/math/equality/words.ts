/** Text answers. */
import { TWO_LETTER_WORDS } from '../tree/vocabulary.js';

const ARTICLES = /\b(?:the|a|an|is|are|it|answer|option|choice)\b/g;

/** A symbol as chemistry writes it, `Co`, which is not `CO`. */
const ELEMENT = /^[A-Z][a-z]$/;

/** Words without case, punctuation, articles and spaces. */
export function wordsOf(text: string): string {
  // In formulas that are compared as words, capitals are other names.
  const isFormula = /\p{Sm}/u.test(text) || (ELEMENT.test(text) && !TWO_LETTER_WORDS.has(text.toLowerCase()));
  const joined = (isFormula ? text : text.toLowerCase())
    .replace(/\\(?:text(?:bf|it|rm|normal)?|mathrm|mathit|mbox)\b/g, ' ')
    .replace(/[^\p{L}\p{N}\p{Sm}<>=*/^]+/gu, ' ')
    .trim();
  // `red, blue and green` as `red, blue, green`
  const bare = isFormula ? joined : joined.replace(/ and(?= )/g, '');
  const short = bare.replace(ARTICLES, ' ').replace(/\s+/g, '');
  return short === '' ? bare.replace(/\s+/g, '') : short;
}

/** What a sentence says of its subject: `even` in `The function is even`. */
const PREDICATE =
  /^(?:(?:so|thus|hence|therefore|then),?\s+)?(?:(?:it|that|he|she)['’]s|(?:the|this|that|it|they|he|she|[A-Z]\w*)\b.*\b(?:is|are|was|were|(?:will|would|must|should) be))\s+(?!not\b)(.+)$/is;
/** What a sentence says that its subject is not: `The function is not continuous`, also behind the question that it answers. */
const DENIES =
  /^(?:[^.!?\n]{1,120}\?\s{1,3}no\s?[,:;—–-]\s?)?(?:(?:so|thus|hence|therefore),?\s)?(?:it|that|this|they|(?:the|these|this)\s[^.,;:!?]{1,60}?)\s(?:(?:is|are|was|were)\snot|(?:is|are|was|were)n['’]t)\s(?:an?\s)?(?<what>(?!(?:only|just|that|so|always|necessarily)\b)[a-z]+(?:[\s-][a-z]+)?)[.!]?$/i;
/** When or where something is: `They meet on Tuesday`. */
const PLACED =
  /^(?:(?:so|thus|hence|therefore|then),?\s+)?(?:(?:the|his|her|their|our)\s+[a-z]+|[a-z]+)\s+(?:(?:will|would|must|should)\s+)?(?:meets?|met|falls?|fell|lands?|landed|happens?|happened|occurs?|occurred|begins?|began|starts?|started|arrives?|arrived|ends?|ended|comes?|came|lives?|lived|takes? place|took place)\s+((?:on|in|at)\s+[^,;:.!?]+)[.!]?$/i;
/** `Tom is the winner.` */
const SUBJECT =
  /^(?:(?:so|thus|hence|therefore|then),?\s+)?([^,;:.!?]{1,60}?)\s+(?:is|was|are|were)\s+(?:the|my)\s+(?:(?:correct|right|final)\s+)?(?:answer|solution|winner)[.!]?$/i;
const PREPOSITION = /^(?:on|in|at|to (?=the\b))\s*/i;
/** Words that deny or doubt what they stand before, or say whose opinion it is. */
const DENIED =
  /\b(?:not|never|no|nobody|none|neither|nor|cannot|hardly|unlike|wrong|false|incorrect|untrue|unless|if|whether|but|doubts?|says?|said|thinks?|thought|claims?)\b|n['’]t\b/i;
const MAX_SENTENCE = 300;

/** The words, and where they are a sentence, those of its predicate, with or without a preposition, or its subject. */
export function saidIn(text: string): readonly string[] {
  // A question, whose auxiliary is no part of the words: `Is it Tuesday?`
  if (/^\s*(?:is|are|was|were|could|would|should|does|do)\s.{0,300}\?\s*$/i.test(text)) return [];
  const all = [wordsOf(text)];
  if (text.length > MAX_SENTENCE) return all;
  const plain = text.replace(/\\text\s*\{|[{}$]/g, ' ').trim();
  const denied = DENIES.exec(plain)?.groups?.what;
  if (denied !== undefined) all.push(wordsOf(`not ${denied}`));
  const placed = PREPOSITION.test(plain) ? plain : PLACED.exec(plain)?.[1];
  const said = PREDICATE.exec(plain)?.[1];
  if (said !== undefined) {
    const clause = plain.slice(0, -said.length).split(/[.,;:!?]|\b(?:but|and|so)\b/);
    if (/\b(?:wrong|false|incorrect|untrue|not|never)\b/i.test(clause.at(-1) ?? '')) return all;
    all.push(wordsOf(said));
  }
  // What is denied or asked is not said.
  if (DENIED.test(plain) || plain.endsWith('?')) return all;
  const bare = [placed, said].flatMap((part) => part?.replace(PREPOSITION, '') ?? []);
  const subject = SUBJECT.exec(plain)?.[1];
  return [...all, ...(subject === undefined ? bare : [...bare, subject]).map(wordsOf)];
}

export function sameWords(a: string, b: string): boolean {
  const left = wordsOf(a);
  return left !== '' && left === wordsOf(b);
}

/** Words that are listed, `red, blue and green`, one by one; undefined for one alone. */
export function listedWords(text: string): readonly string[] | undefined {
  const words = text.split(/\s*,\s*(?:and\s+)?|\s+and\s+/).map(wordsOf);
  return words.length < 2 || words.includes('') ? undefined : words;
}

/** Whether words without other signs are the same; names in capitals alone (`HH, HT, TH`) have no order. */
export function sameShortWords(gold: string, reply: string): boolean {
  const [wanted, given] = [gold, reply].map((text) => text.replace(/&/g, ' and '));
  if (wanted === undefined || given === undefined) return false;
  const [left, right] = [wanted, given].map((text) => listedWords(text.replace(/;/g, ',')));
  // Item by item, as `A` in `A, Tom` is no article.
  const isList = left !== undefined && right !== undefined && left.length === right.length;
  if (saidIn(given).includes(wordsOf(wanted)) && !(isList && left.toSorted().join() === right.toSorted().join()))
    return true;
  if (isList && left.join() === right.join()) return true;
  const isCapitals = [wanted, given].every((text) => /^[A-Z]{2,}(?:(?:[\s,;]|and)+[A-Z]{2,})*[.\s]*$/.test(text));
  return isCapitals && isList && left.toSorted().join() === right.toSorted().join();
}
