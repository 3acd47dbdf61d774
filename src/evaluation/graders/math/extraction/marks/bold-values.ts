/** Values in bold type: one that ends a reply whose working is in dollars, and the only one of a sentence with other values behind it. */
import { lastSentenceStart } from '../../../replies/sentences.js';

const LONGEST = 120;
const LONGEST_SENTENCE = 300;
const BOLD_END = /(?:^|[.!?:\n]\s)[^*]{0,200}\*\*(?<value>[^*\n]{1,80})\*\*[.!]?\s*$/;
/** Values of names, points, intervals and sets; a number alone is found without the bold type. */
const IS_VALUE = /^(?:[a-z](?:_?\d)?\s?=\s?[^=]*\d|[([{][^a-z]*\d)/i;

/** `… $y = -1$. So the solution is **(3, -1)**.`: the value, where `tail` is what stands behind the last formula. */
export function boldValueAtEnd(tail: string): string | undefined {
  const value = BOLD_END.exec(tail.slice(-4 * LONGEST))?.groups?.value?.trim();
  return value !== undefined && IS_VALUE.test(value) ? value : undefined;
}

const NUMBER_IN_BOLD =
  /\*\*(?<value>[-−]?[$€£]?\d(?:[\d.,/]*\d)?(?:\s?[%°])?(?:\s\p{L}+){0,3})\*\*(?<behind>(?:\s\p{L}+){0,4}(?:,\s(?:and|while|with|whereas)\b|\sand\b)[^*]*\d[^*]*)$/u;
/** In front of what a clause states. */
const STATED =
  /\b(?:is|are|was|were|measures?|equals?|needs?|costs?|takes?|gets?|has|have|had|leaves?|earns?|pays?|weighs?)\s(?:only\s|exactly\s|about\s|now\s)?[$€£]?$/iu;
const GIVEN = /^\W*(?:since|because|if|when|with|as|for|given|suppose|let)\b/iu;
/** What is said behind it is a result of its own. */
const CONCLUDES =
  /=|\b(?:so|thus|hence|therefore|then|total\w*|giv\w+|leav\w+|mak\w+|not(?!\s\p{L}+ing\b)|no|but|which|answer|altogether|in all)\b|\?/iu;

/** `The area is **48**, and the perimeter is 28.`: the value that the last sentence alone has in bold type, in front of others. */
export function onlyBoldValue(text: string): string | undefined {
  if (!text.slice(-LONGEST_SENTENCE).includes('**')) return undefined;
  const sentence = text.slice(lastSentenceStart(text, LONGEST_SENTENCE)).trim();
  if (sentence.length >= LONGEST_SENTENCE || GIVEN.test(sentence)) return undefined;
  const found = NUMBER_IN_BOLD.exec(sentence);
  const { value, behind } = found?.groups ?? {};
  if (found === null || value === undefined || behind === undefined) return undefined;
  const before = sentence.slice(0, found.index);
  return !before.includes('**') && STATED.test(before) && !CONCLUDES.test(behind) ? value : undefined;
}

const WORDS_IN_BOLD =
  /(?<before>[^*.!?\n]{0,200})\*\*(?<words>\p{L}[\p{L}'’-]*(?:\s[\p{L}'’-]+){0,5})[.!]?\*\*[.!]?\s*$/u;

/** `The equation has **no real solutions**.`: the words in bold type with which a reply ends, unless they are denied. */
export function boldWordsAtEnd(text: string): string | undefined {
  if (!text.slice(-20).includes('**')) return undefined;
  const { before = '', words } = WORDS_IN_BOLD.exec(text.slice(-LONGEST_SENTENCE))?.groups ?? {};
  return words === undefined || /\b(?:not|never|if|whether|or)\b|n['’]t\b/i.test(before) ? undefined : words;
}
