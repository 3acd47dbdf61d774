/** Replies that check or explain their answer behind it, or set it beside other values, for the graders `math` and `integer`. */
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
  told('a check in a sentence', '36', '24', [
    "Sam is 36 now. Check: in 12 years he will be 48, twice his son's 24. ✔",
    "Sam is 36 now. Check: in 12 years he will be 48, twice his son's 24.",
    'There are 36 chairs.\n\nCheck: 12 rows of 2 chairs are 24, and 12 more were brought.\n\n',
    'She has 36 left. Verification: 60 less 24 ✓',
    'x = 36. Double-check: 36 less 12 is 24.',
    "So she paid $36. Let's check: 3 tickets at $4 and a meal of 24.",
  ]),
  told('a result behind a variable', '12', '8', [
    'x = 8, so the larger number is 12. Check: 8 + 12 = 20.',
    'x = 8, so the larger number is 12.',
    'n = 8, so there are 12 pens. Check: 8 + 12 = 20.',
    'x = 8, so Anna has 12 apples.',
    'x = 8; so her brother is 12.',
  ]),
  told('a check that refutes, or is followed by the answer', '12', '8', [
    'He has 8. Check: 8 and 4 are 12. So he has 12.',
    'He has 8 boxes. Check: 2 boxes of 6. The answer is 12.',
  ]),
  told('what is compared with the answer', '15', '10', [
    "Tom has 15 apples, which is 5 more than Anna's 10.",
    'Tom has 15 apples, which is more than 10.',
    'Tom has 15 apples while Anna has only 10.',
    'Tom has 15 apples, whereas his sister has just 10 apples.',
    'Her income is 15 dollars, which is 10 less than before.',
    'The tower is 15 meters, which is 10 meters shorter than the bridge.',
    'There were 15 guests, which was 10 fewer than expected.',
    'So Tom sold 15 cakes, while Ben sold only 10.',
  ]),
  told('what it was before', '$15', '$20', [
    'The price fell to $15 from $20.',
    'The price was reduced to $15 from $20.',
    'Her pay dropped to $15 from $20.',
    'So the cost went down to $15 from $20.',
    'The fare rose to $15 from $20.',
  ]),
  told('the time of a speed', '60', '3', [
    'So the train travels at 60 km/h for 3 hours.',
    'The train travels at 60 mph for 3 hours.',
    'It moves at a speed of 60 miles per hour for 3 hours.',
  ]),
  told('what holds too few', '6', '20', [
    'She needs 6 trays. 5 would give only 20 cookies.',
    'She needs 6 trays. Five would give only 20 cookies.',
    'She needs 6 trays; 5 trays would only hold 20.',
    'He needs 6 buses (5 buses hold only 20 of the 24 pupils).',
    'He needs 6 buses. 5 could carry just 20 pupils.',
    'So 6 jars are needed, since 5 would fill only 20 cups.',
  ]),
  told('what is not meant', '7', '5', [
    'So he has 7 apples. (Not 8, as the 5 includes the one he ate.)',
    'He has 7 (not 8, since 5 are gone).',
    'So he has 7 apples. (Not 5, because he ate one.)',
  ]),
  told('what another case would give', '$18', '$32', [
    'She makes $18. If she sold all 16, she would make $32 instead.',
    'The answer is $18. If she sold all 16, she would make $32 instead.',
    'So she makes $18 a day.\n\nIf she kept none, she would earn $32 instead.',
  ]),
  told('a value that goes on', '12', '8', [
    'Tom has 8 apples, which is 4 less than Anna, so Anna has 12.',
    'He walks for 8 hours and so for 12 miles.',
    'A bag of 8 gives only 4. The number of bags is 12.',
    'If she sold 8 more, she would have 12.',
  ]),
  none('a sum that goes on', ['17'], ['20 - 3 = 17, and then 17 + 3 = 20', '20 - 3 = 17. Then 17 + 3 = 20.']),
];
