/** What the last sentence or lines of a reply state as a whole, of which its last number is only a part. */
import { fractionSaid } from './fractions-in-words.js';
import { namedRoots } from './named-roots.js';
import { formulaAtEnd } from './plain-formulas.js';
import { amountBesideDigits } from './words-beside-digits.js';

/** The formula, roots, amount or fraction; undefined for any other text. */
export const statedAsWhole = (text: string): string | undefined =>
  formulaAtEnd(text) ?? namedRoots(text) ?? amountBesideDigits(text) ?? fractionSaid(text);
