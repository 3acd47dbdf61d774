/** Words between formulas that are signs. */
import { at } from './numbers.js';

/** Words between formulas that are signs: of approximation, of a case, of order. */
export const WORD_SIGNS: readonly (readonly [RegExp, string])[] = [
  [/^\(?(?:is )?(?:or )?(?:approximately|approx\.?|about|roughly|around|nearly|almost)(?: equal to)?$/i, '~'],
  [/^,?\s*(?:if|when|for|where|whenever)$/i, 'if'],
  [/^,?\s*(?:otherwise|else|elsewhere)$/i, 'otherwise'],
  [/^(?:is )?(?:strictly )?(?:greater|larger|more|bigger) than$/i, '>'],
  [/^(?:is )?(?:strictly )?(?:less|fewer|smaller) than$/i, '<'],
  [/^(?:is )?(?:at least|no (?:less|fewer|smaller) than|(?:greater|more) than or equal to)$/i, '>='],
  [/^(?:is )?(?:at most|no (?:more|greater|larger) than|(?:less|fewer) than or equal to)$/i, '<='],
  [/^(?:is |are )?(?:equal to|equals)$/i, '='],
  [/^(?:minus|negative)$/i, '-'],
  [/^plus$/i, '+'],
  [/^divided by$/i, '/'],
];

export const PHRASE =
  /(?:is )?(?:or )?(?:(?:approximately|about|roughly|around|nearly|almost)(?: equal to)?|(?:if|when|otherwise)(?=[\s,]|$)|(?:strictly )?(?:greater|larger|more|bigger|less|fewer|smaller) than(?: or equal to)?|at (?:least|most)|no (?:more|less|fewer) than|(?:is |are )?equal to|minus|negative|plus|divided by)(?![A-Za-z])/iy;

export const ROOT = /(?:(?:the )?(?:square |cube )root(?: of)?|root(?: of)?(?=\s*\d))(?![A-Za-z])/iy;

/** A sign in words that begins at a position of plain text. */
export function wordSign(
  text: string,
  start: number,
): { readonly operator: string; readonly length: number } | undefined {
  const phrase = at(PHRASE, text, start);
  if (phrase === undefined) return undefined;
  const operator = WORD_SIGNS.find(([pattern]) => pattern.test(phrase))?.[1];
  return operator === undefined ? undefined : { operator, length: phrase.length };
}
