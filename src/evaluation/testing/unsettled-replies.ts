/** Replies that were cut, given up or left open; for `math` and `integer`. */
import type { Kind } from './kinds/kind.js';
import { none, told } from './told.js';

const TeX = String.raw;

export const UNSETTLED_REPLIES: readonly Kind[] = [
  told('a check that was cut', '45', '30', [
    'So she pays 45 in total. To double-check, we can compute 300 * 0.15, which equals 30 +',
    'So she pays 45 in total. We can also write 45 = 15 + 30 ×',
  ]),
  none(
    'a case that was cut',
    ['17', '4', '289'],
    [
      'Let me consider the case n = 17. Then n^2 = 289 and the number of divisors is 4, which',
      'Suppose n = 17. Then n^2 = 289 and',
    ],
  ),
  none(
    'one case after the other',
    ['7', '8', '29', '31'],
    [
      'If k = 7 then we get 29. If k = 8 then',
      'If k = 7 then we get 29. If k = 8 then we get 31. Wait, let me recount. If k = 7 then we get 29. If k = 8 then',
    ],
  ),
  none(
    'a case that is looked at',
    ['17'],
    ['Suppose n = 17.', 'Suppose that n = 17.', "Let's try $n = 17$.", 'Let me consider the case n = 17.'],
  ),
  told('a case behind the answer, or no case', '17', '5', [
    'The answer is 17. Suppose n = 5.',
    'So n = 17.',
    'Consider the equation: n = 17',
    'Let me check n = 17. It works, so n = 17.',
  ]),
  none(
    'a calculation that is announced',
    ['108', '9', '12'],
    ['Let me compute 9 × 12 first.', 'We need to multiply 9 × 12.'],
  ),
  told('a calculation that is done', '108', '9', [
    'Let me compute: 9 × 12 = 108.',
    'Let me compute 9 × 12 = 108.',
    "Let's compute the total first. 9 × 12 = 108.",
  ]),
  none(
    'a reply that gives up',
    ['4', '100'],
    [
      "I was unable to find the answer for n = 100, but I verified that n = 4 doesn't work.",
      'I was not able to determine the value, but 4 does not satisfy the equation.',
    ],
  ),
  none(
    'an answer that is left open',
    ['385', '384'],
    [
      "It's 385 or 384, depending on whether the empty set counts.",
      'The answer is either 385 or 384, depending on the convention.',
    ],
  ),
  none(
    'a box that was cut',
    ['12', '6', '1'],
    [
      TeX`Therefore the total number of paths is \boxed{12`,
      TeX`We add 5 and 6, so the area is $\boxed{12`,
      TeX`So the fraction is \boxed{12/`,
    ],
  ),
  told('a box that lacks only its brace', '12', '1', [
    TeX`\boxed{12`,
    TeX`So the total is $\boxed{12$.`,
    TeX`So \boxed{12}. Once more, it is \boxed{1`,
  ]),
];
