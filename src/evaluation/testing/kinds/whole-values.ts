/** Values of several parts that stay whole where a text states them, and steps of which the last one counts. */
import type { Kind } from './kind.js';

export const WHOLE_VALUES: readonly Kind[] = [
  {
    kind: 'intervals, points and sets in a sentence',
    equal: [
      ['[2,5]', 'So the interval is [2, 5].'],
      ['[2,7]', 'Thus x is in the interval [2, 7].'],
      ['[2,7)', 'Therefore x lies in [2, 7).'],
      ['(2,5)', 'So the point is (2, 5).'],
      ['(2,5)', 'So they meet at (2, 5).'],
      ['(2,5,-1)', 'We get the point (2, 5, -1), which lies on the plane.'],
      ['{2,5}', 'So the set of solutions is {2, 5}.'],
      ['(-∞, 1) ∪ (3, ∞)', 'Hence the solution is (-∞, 1) ∪ (3, ∞).'],
      ['(1,2), (3,4)', 'So the points are (1, 2) and (3, 4).'],
      ['Hence the set is {2, 5}.', '2, 5'],
      ['Hence the set is {2, 5}.', '{5, 2}'],
      ['So the interval is [2, 5].', '[2,5]'],
      ['We get x + y = 7. So the point is (2, 5).', '(2,5)'],
      ['12', 'So she needs 12 pencils (3, 4, 5).'],
      ['5', 'So the distance from (0, 0) to (3, 4) is 5.'],
      ['4', 'So gcd(12, 8) is 4.'],
    ],
    different: [
      ['2', 'So the interval is [2, 5].'],
      ['5', 'So the interval is [2, 5].'],
      ['7', 'Thus x is in the interval [2, 7].'],
      ['5', 'So the point is (2, 5).'],
      ['5', 'So the set of solutions is {2, 5}.'],
      ['(5,2)', 'So the point is (2, 5).'],
      ['(2,5)', 'So the interval is [2, 5].'],
      ['Hence the set is {2, 5}.', '5'],
      ['So the interval is [2, 5].', '2'],
      ['So the interval is [2, 5].', '5'],
    ],
  },
];
