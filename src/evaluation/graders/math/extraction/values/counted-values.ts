/** Numbers as sentences name them, with what they count: `$12`, `-3`, `12 red apples`. Sources of patterns. */

/** Digits with a currency in front, and no full stop behind. */
export const PLAIN_NUMBER = String.raw`[$€£]?\d(?:[\d.,]*\d)?`;
/** Also as a formula, negative, as a fraction or a percentage. */
export const NUMBER = String.raw`(?:\$\d(?:[\d.,]*\d)?\$|[-−]?[$€£]?\d(?:[\d.,/]*\d)?%?)`;
/** What is counted or measured; a verb or a preposition goes on with the sentence. */
export const COUNTED = String.raw`(?:\s(?!(?:is|are|was|were|be|would|will|do|does|did|can|cannot|could|have|has|had|of|out|in|on|at|for|from|to|by|and|or|but|so|not|too|with|after|before|than|less|fewer|left|remain\w*|each|minus|plus|times)\b)[a-z]+){0,3}`;
export const VALUE = NUMBER + COUNTED;

/** The amount of a number that is written so. */
export const amountOf = (written = ''): number => Number(/\d(?:[\d.,]*\d)?/.exec(written)?.[0].replaceAll(',', ''));
