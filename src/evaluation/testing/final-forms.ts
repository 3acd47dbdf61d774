/** Replies whose last sentence has a form that says which of its values, or none of them, is meant; for `math`. */
import type { Kind } from './kinds/kind.js';
import { none, told } from './told.js';

const TeX = String.raw;

export const FINAL_FORMS: readonly Kind[] = [
  told('a value in bold type behind formulas', '(3, -1)', '-1', [
    TeX`Plugging $x = 3$ into the first equation gives $y = -1$.${'\n\n'}So the solution to the system is **(3, -1)**.`,
    TeX`From $2(3) + y = 5$ we get $y = -1$. The solution is **x = 3, y = -1**.`,
    TeX`We get $y = -1$.${'\n\n'}**(3, -1)**`,
  ]),
  told('a share of a number', '45', '300', [
    '15% of 300 is **45**.',
    'Therefore, 15% of 300 is 45.',
    '10% is 30 and 5% is 15.\n\nSo 15% of 300 equals 45.',
    TeX`Hence $15\%$ of $300$ is $45$.`,
    '15% of 300 is 0.15 × 300 = 45.',
    '15 percent of 300 is 45!',
    '15% of the 300 students is 45 students.',
    'We get 3/20 of 300 = 45.',
  ]),
  told('a fraction of a number', '20', '80', [
    '25% of 80 is 20.',
    '1/4 of 80 is 20.',
    'A quarter of 80 is 20.',
    'So one-fourth of 80 is 20.',
    '25% of $80 is $20.',
  ]),
  none('a share alone', ['25', '15', '0.15'], ['15% of 300 is 45.', '25% of 80 is 20.']),
  told('a fraction of a thing', '1/6', '5/6', [
    'She used 1/2 and 1/3, i.e. 5/6. So **one-sixth** of the tank remains.',
    'She used 5/6, so one sixth of the tank is left.',
    'Five sixths is gone, so she has one sixth of the tank left.',
  ]),
  told('two thirds', '2/3', '1/3', [
    'If one third of the pizza was eaten, then two thirds of the pizza is left.',
    'So two-thirds of the cake remains.',
    'Therefore, two thirds of the students are still here.',
    'Therefore, two-thirds of the class is absent.',
  ]),
  told('a chance', '3/10', '3', [
    'There are 10 marbles and 3 of them are blue, so the chance of picking a blue one is 3 in 10.',
    'So the probability is 3 in 10.',
    'The probability of drawing a blue one is 3 out of 10.',
  ]),
  told('a combination of values that are given', '23', '18', [
    'So (a, b) = (5, 18) and a + b = 23.',
    'So a = 5, b = 18 and a + b = 23.',
    'Thus $a = 5$, $b = 18$, so $a + b = 23$.',
    'So (a, b) = (5, 18), giving a + b = 23.',
    'Therefore $(a, b) = (5, 18)$ and $a + b = 5 + 18 = 23$.',
  ]),
  {
    kind: 'roots on lines of their own',
    equal: [
      ['x = 2, x = -3', 'The solutions are:\n- $x_1 = 2$\n- $x_2 = -3$'],
      ['2, -3', 'The solutions are:\n- $x_1 = 2$\n- $x_2 = -3$'],
      ['x = 2, x = -3', 'So x₁ = 2 and x₂ = −3.'],
      ['2, -3', 'So x₁ = 2 and x₂ = −3.'],
      ['x = 2, x = -3', 'x_1 = 2\nx_2 = -3'],
      ['2, -3', 'x_1 = 2\nx_2 = -3'],
      ['2, -3', 'Solving, we find:\n* x = 2\n* x = -3'],
      ['x = 2, x = -3', 'The roots are:\n1. $x = 2$\n2. $x = -3$'],
      ['(2, -3)', 'The solution is:\n- $x = 2$\n- $y = -3$'],
      ['x_1 = 2, x_2 = -3', 'The solutions are:\n- $x_1 = 2$\n- $x_2 = -3$'],
    ],
    different: [
      ['2', 'The solutions are:\n- $x_1 = 2$\n- $x_2 = -3$'],
      ['-3', 'The solutions are:\n- $x_1 = 2$\n- $x_2 = -3$'],
      ['-3', 'So x₁ = 2 and x₂ = −3.'],
      ['2', 'x_1 = 2\nx_2 = -3'],
      ['x = 2, x = 3', 'x_1 = 2\nx_2 = -3'],
      ['-3', 'Solving, we find:\n* x = 2\n* x = -3'],
    ],
  },
  {
    kind: 'values found one after the other',
    equal: [
      ['(2, 5)', 'Adding gives $2y = 10$, so $y = 5$ and hence $x = 2$.'],
      ['x = 2, y = 5', 'Adding gives 2y = 10, so y = 5 and thus x = 2.'],
      ['(2, 5)', 'So $y = 5$, which gives $x = 2$.'],
    ],
    different: [
      ['(5, 2)', 'Adding gives $2y = 10$, so $y = 5$ and hence $x = 2$.'],
      ['5', 'Adding gives $2y = 10$, so $y = 5$ and hence $x = 2$.'],
    ],
  },
  told('it is', '(4, 0)', '0', [
    "The x-intercept is the point where y = 0, so it's (4, 0).",
    'The x-intercept is the point where y = 0, so it’s (4, 0).',
    "On the x-axis y = 0. That's (4, 0).",
  ]),
  told('a limit that does not exist', 'does not exist', '1', [
    'The left-hand limit is -1 while the right-hand limit is 1, so the limit does not exist.',
    'Since -1 ≠ 1, the limit does not exist (DNE).',
    'From the left we get -1, from the right 1. Therefore, the limit is undefined.',
  ]),
  told('an infinite limit', TeX`\infty`, '0', [
    'As x → 0⁺, the function grows without bound, so the limit is +∞.',
    'As x → 0, 1/x^2 grows without bound. So the limit is infinity.',
    'Near 0 it grows without bound, hence the limit is infinite.',
  ]),
  told('a negative infinite limit', TeX`-\infty`, TeX`\infty`, [
    'As x → 0⁺, ln x falls without bound, so the limit is −∞.',
    'So the limit is negative infinity.',
  ]),
  told('who has most', 'Sarah', '25', [
    'Tom scored 23 points and Sarah scored 25 points. Therefore, Sarah scored the most points.',
    'Tom has 23 and Sarah 25. So Sarah has more points.',
    'Tom has 23 and Sarah 25. Thus Sarah is the oldest.',
  ]),
  told('all reals but some', TeX`(-\infty, 2) \cup (2, \infty)`, '2', [
    "The denominator can't be zero, so the domain is all real numbers except $x = 2$.",
    'So the domain is all real numbers except 2.',
    'The domain is the set of all reals except x = 2.',
  ]),
  told('all reals but two', TeX`(-\infty, -2) \cup (-2, 2) \cup (2, \infty)`, '-2', [
    'So the domain is all real numbers except 2 and -2.',
    'Hence the domain is all real numbers except x = 2 and x = −2.',
  ]),
  told('all reals', TeX`(-\infty, \infty)`, 'x', [
    'Since the discriminant is negative and the parabola opens upward, the inequality holds for all real numbers $x$.',
    'The discriminant is -7, so the inequality is true for all real numbers.',
    'So the domain is all real numbers.',
  ]),
  {
    kind: 'several values of a name',
    equal: [
      [TeX`30^\circ, 150^\circ`, 'In the interval 0° ≤ θ < 360°, sin θ = 1/2 when θ = 30° or θ = 150°.'],
      [TeX`30^\circ, 150^\circ`, 'The solutions are θ = 30° or θ = 150°.'],
      [TeX`30^\circ, 150^\circ`, 'So sin θ = 1/2 for θ = 30° and θ = 150°.'],
      ['30, 150', 'The solutions are θ = 30° or θ = 150°.'],
    ],
    different: [
      [TeX`150^\circ`, 'In the interval 0° ≤ θ < 360°, sin θ = 1/2 when θ = 30° or θ = 150°.'],
      [TeX`30^\circ`, 'The solutions are θ = 30° or θ = 150°.'],
      [TeX`150^\circ`, 'The solutions are θ = 30° or θ = 150°.'],
    ],
  },
  {
    kind: 'equations of curves, vectors and sets',
    equal: [
      ['(x - 2)^2 + (y + 1)^2 = 9', 'The circle has equation $(x - 2)^2 + (y + 1)^2 = 9$.'],
      ['2x + 3y = 12', 'The line is $2x + 3y = 12$.'],
      ['12', 'x + y = 12'],
      ['25', 'x^2 + y^2 = 25'],
      [TeX`\begin{pmatrix} 3 \\ -1 \\ 2 \end{pmatrix}`, 'The sum of the vectors is ⟨3, -1, 2⟩.'],
      ['(3, -1, 2)', 'The sum of the vectors is ⟨3, -1, 2⟩.'],
      [TeX`\{2, 4\}`, 'A ∩ B = {2, 4}'],
      ['(2, 4)', '(2, 4)'],
    ],
    different: [
      ['9', 'So the circle with center (2, -1) and radius 3 has equation $(x - 2)^2 + (y + 1)^2 = 9$.'],
      ['9', '(x-2)^2+(y+1)^2=9'],
      ['12', 'The line is $2x + 3y = 12$.'],
      ['2', 'The sum of the vectors is ⟨3, -1, 2⟩.'],
      ['(2, 4)', 'A ∩ B = {2, 4}'],
      ['(2, 4)', TeX`\{2, 4\}`],
    ],
  },
  told('a bound of a count', '4', '5', [
    'He can afford at most 4 tickets with his $20, as 5 tickets would cost $25.',
    'So he can buy at most 4 tickets.',
    'She needs at least 4 boxes, since 3 boxes only hold 24 cookies.',
    'Therefore, they must rent at least 4 vans.',
  ]),
  none('a bound that is an inequality', ['4'], ['at most 4', TeX`x \le 4`, 'So x is at most 4.', 'x ≤ 4']),
  told('what has an ordinal', 'blue', '2', [
    'The pattern repeats every 4 beads. 50 mod 4 = 2, and the second bead is blue, so the 50th bead is blue.',
    '50 mod 4 = 2. Therefore, the 50th bead is blue.',
  ]),
  told('a name behind an equals sign', 'Thursday', '2', [
    '100 = 14 × 7 + 2, hmm, but starting from Tuesday, 100 days later is Tuesday + 2 days = Thursday.',
    'Tuesday + 2 days = Thursday',
  ]),
  told('whether a statement is true', 'false', 'true', [
    'The statement is **False**: the sum of two odd numbers is always even.',
    'The statement is false, because 1 + 1 = 2 is even.',
    'So the claim is false since 2 is prime.',
  ]),
  told('what a thing is, with more about it', 'parabola', 'circle', [
    'The graph of this equation is a parabola opening upward.',
    'The graph is a parabola with vertex (0, 2).',
    'So the curve is a parabola, because x is squared.',
  ]),
  told('a kind of triangle', 'isosceles', 'equilateral', [
    'The triangle is isosceles because two of its sides are 5.',
    'So the triangle is isosceles, since AB = AC.',
  ]),
  told('neither', 'neither', 'even', ['So the function is neither even nor odd.']),
  told('neither, in full', 'neither even nor odd', 'odd', [
    'Since f(-x) is not f(x) and not -f(x), the function is neither even nor odd.',
  ]),
  told('what is given', '70', '50', [
    'The third angle measures 70 degrees, given the other two are 60 and 50 degrees.',
    'The angle is 70°, given that the others are 60° and 50°.',
  ]),
  told('a number of places', '2.24', '2', [
    '√5 ≈ 2.24 (to 2 decimal places)',
    '√5 ≈ 2.24 (rounded to 2 decimal places).',
  ]),
  told('where a form holds', 'x + 3', 'x - 3', [
    '(x² − 9)/(x − 3) simplifies to x + 3 (for x ≠ 3).',
    TeX`$x + 3$, where $x \ne 3$`,
    TeX`The expression simplifies to $x + 3$, where $x \neq 3$.`,
    'x + 3 for x ≠ 3',
  ]),
  told('digits that go on', TeX`0.\overline{3}`, '0.3', ['1 ÷ 3 = 0.333...', 'The answer is 0.333...', '0.333…']),
  told('digits that go on as a fraction', '1/3', '0.3', ['1 ÷ 3 = 0.333...', 'The answer is 0.333...']),
  told('digits that go on in a block', '5/11', '0.45', ['The answer is 0.4545...', TeX`So it is $0.4545\ldots$`]),
  told('a circle in words', 'center (2, -1), radius 3', 'center (2, 1), radius 3', [
    'So the circle has its center at (2, −1) and a radius of 3.',
    'The circle has center (2, -1) and radius 3.',
    'The center is (2, -1) and the radius is 3.',
  ]),
  told('a thought that is all of the reply', '29', '8', [
    "<think>If k = 8 then it's not prime. So the answer is 29.</think>",
    '<think>8 is even.\nThe answer is 29.</think>\n',
    '<thinking>With k = 8 we get 29.</thinking>',
  ]),
];
