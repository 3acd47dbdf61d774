/** The text of a reply or reference as all rules read it: what is not seen left out, numbers and operators in one form. */
import { withPlainNumbers } from '../replies/plain-numbers.js';
import { withoutProperties } from './extraction/values/properties.js';
import { withoutLiterals } from './reading/tokens/literals.js';
import { withIntervals } from './reading/words/intervals.js';
import { withOperatorSigns } from './reading/words/operator-words.js';
import { withoutUnseen } from './reading/words/unseen.js';

export const plainText = (text: string): string =>
  withIntervals(withOperatorSigns(withPlainNumbers(withoutLiterals(withoutProperties(withoutUnseen(text))))));
