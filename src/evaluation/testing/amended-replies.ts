/** Replies that amend their answer behind its box, reject a root that they found, or put their answer into several boxes; for `math` and `integer`. */
import type { Kind } from './kinds/kind.js';
import { none, told } from './told.js';

const TeX = String.raw;

export const AMENDED_REPLIES: readonly Kind[] = [
  told('a correction behind a box', '468', '469', [
    '\\boxed{469}\n\nHmm, I overcounted the empty set, so the correct count is 468.',
    '\\boxed{469}\n\nWait, the empty set was counted twice, so the answer is 468.',
    TeX`$\boxed{469}$. Wait, the empty set was counted twice, so the answer is 468.`,
    TeX`The answer is $\boxed{469}$. Actually, the correct count is 468.`,
    TeX`\boxed{469}. Oops, I counted one set twice, so there are 468.`,
  ]),
  told('a remark behind a box', '469', '468', [
    '\\boxed{469}\n\nNote that the number of nonempty sets is 468.',
    '\\boxed{469}\n\nActually, this can be checked: 468 + 1 = 469.',
    '\\boxed{469}\n\nTo check, the sum is 468 + 1, so the total is 469.',
    '\\boxed{469}\n\nSo the number of steps was 468.',
    '\\boxed{469}\n\nWait, let me double-check: there are 468 cases of one kind, so the total is 468.',
    '\\boxed{469}\n\nHmm, that was a long way.',
    TeX`\boxed{469}. Wait, if the empty set is left out, then the answer is 468.`,
  ]),
  told('a root that is rejected', '4', '1', [
    'We get x = 4 or x = 1. However, x = 1 must be discarded since it makes the left side negative.',
    'We get x = 4 or x = 1. But x = 1 does not check.',
    'We get x = 1 or x = 4. But x = 1 does not check.',
    'We get $x = 1$ or $x = 4$. But $x = 1$ does not work.',
    'So x = 4 or x = 1. We reject x = 1 because it does not satisfy the equation.',
    'The roots are x = 4 and x = 1. Since x = 1 makes the denominator zero, it is extraneous.',
    'x = 4, 1. But x = 1 is extraneous.',
    'x = 4 or x = 1. We discard x = 1, so x = 4.',
    'x = 4 or x = 1. Since x must be even, x = 1 is impossible.',
    'x = 4, x = 2 or x = 1. But x = 1 does not check. Also, x = 2 is extraneous.',
  ]),
  told('a negative root that is rejected', '4', '-1', [
    'So x = 4 or x = -1. Since lengths are positive, we discard x = -1.',
    '$x = 4$ or $x = -1$. Since lengths are positive, we discard $x = -1$.',
    'n = 4 or n = -1. Since n is positive, n = -1 is impossible.',
  ]),
  none('only one root is rejected', ['4', '2'], ['x = 2, x = 4 or x = 1. But x = 1 does not check.']),
  none('the answer is rejected', ['4'], ['We get x = 4 or x = 1. But x = 4 does not check.']),
  none(
    'one of several boxes',
    ['3', '5'],
    [TeX`The two numbers are $\boxed{3}$ and $\boxed{5}$.`, TeX`\boxed{3}, \boxed{5}`, TeX`$\boxed{3}$ or $\boxed{5}$`],
  ),
  none(
    'the boxes of parts with letters',
    ['12', '30'],
    [
      TeX`(a) \boxed{12} (b) \boxed{30}`,
      '(a) The width is \\boxed{12}.\n\n(b) The length is \\boxed{30}.',
      '(a) $\\boxed{12}$ (b) $\\boxed{30}$',
    ],
  ),
  told('a box that follows another', '5', '3', [TeX`First \boxed{3} is found. Then the answer is \boxed{5}.`]),
];

/** Several values, which `integer` does not compare. */
export const SEVERAL_BOXES: readonly Kind[] = [
  {
    kind: 'the boxes of several parts together',
    equal: [
      ['5', '$\\boxed{5}$\n\n$\\boxed{5}$'],
      ['3, 5', TeX`The two numbers are $\boxed{3}$ and $\boxed{5}$.`],
      ['12, 30', TeX`(a) \boxed{12} (b) \boxed{30}`],
      ['12, 30', '(a) The width is \\boxed{12}.\n\n(b) The length is \\boxed{30}.'],
      ['(a) 12 (b) 30', TeX`(a) \boxed{12} (b) \boxed{30}`],
    ],
    different: [['12, 31', TeX`(a) \boxed{12} (b) \boxed{30}`]],
  },
];
