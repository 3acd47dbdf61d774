/** Replies that check or explain their answer by an equation behind it, for the graders `math` and `integer`. */
import type { Kind } from './kinds/kind.js';
import { none, told } from './told.js';

export const CHECKED_VALUES: readonly Kind[] = [
  told('a check of a result', '17', '20', [
    '20 - 3 = 17\n\nDouble-check: 17 + 3 = 20 ✅',
    '20 - 3 = 17\n\nCheck: 17 + 3 = 20',
    '20 - 3 = 17.\nTo verify, 17 + 3 = 20, which matches the 20 he started with.',
    '20 - 3 = 17. Let me verify: 17 + 3 = 20, which is the number of cards.',
    '20 - 3 = 17\nVerification: 17 + 3 = 20 ✓',
  ]),
  told('a check by division', '30', '5', ['5 * 6 = 30. Check: 30 / 6 = 5.', '5 * 6 = 30\n\n**Check:** 30 / 6 = 5']),
  told('a reason that begins with the answer', '6', '24', [
    '6 trays are needed because 6 × 4 = 24.',
    'She needs 6 trays, since 6 * 4 = 24.',
    'So she needs 6 trays, as 6 * 4 = 24.',
    'Each tray holds four cookies. She needs 6 trays because 6 * 4 = 24.',
  ]),
  told('a reason that ends in the answer', '24', '4', [
    'He pays $24 because 6 * 4 = 24.',
    'They have 24 in total, since 6 * 4 = 24.',
    'She has 24 because 20 + 4 = 24.',
  ]),
  none('a sum that goes on', ['17'], ['20 - 3 = 17, and then 17 + 3 = 20', '20 - 3 = 17. Then 17 + 3 = 20.']),
];
