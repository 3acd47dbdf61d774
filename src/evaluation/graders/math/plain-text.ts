/** The text of a reply or reference as all rules read it: what is not seen left out, numbers and operators in one form. */
import { withPlainNumbers } from '../replies/plain-numbers.js';
import { withoutProperties } from './extraction/values/properties.js';
import { withoutLiterals } from './reading/tokens/literals.js';
import { withIntervals } from './reading/words/intervals.js';
import { withEnglishDates } from './reading/words/month-names.js';
import { withOperatorSigns } from './reading/words/operator-words.js';
import { withoutUnseen } from './reading/words/unseen.js';

export function plainText(text: string): string {
  const seen = withEnglishDates(withoutProperties(withoutUnseen(text)));
  return withIntervals(withOperatorSigns(withPlainNumbers(withoutLiterals(seen))));
}
