/** What stands behind an answer in form, and is the answer. */
import { expect, test } from 'vitest';
import { graderNamed } from '../../../../registry.js';

test.each([
  ['The number 12 has 6 divisors; 4 of them are even.', '4', '6'],
  ['The box has 20 balls; so 8 of them are red.', '8', '20'],
  ['There are 8 possible outcomes; exactly 3 of these have two heads.', '3', '8'],
  ['The number is 128. The digits add up to 1 + 2 + 8 = 11.', '11', '128'],
  ['The resulting integer is 144. Its digits sum to 9.', '9', '144'],
  ['They need 4 buses to carry 150 students, not 120 students.', '4', '150'],
  ['The trip takes 2 hours at 60 mph rather than 50 mph.', '2', '60'],
  ['The loan costs $300 at 5% instead of 6%.', '300', '5'],
  ['The amplitude is 3, since the function is 3 sin(2x).', '3', '3\\sin(2x)'],
  ['The growth rate is 3, since y is e^(3t).', '3', 'e^{3t}'],
  ['Elle atteindra les 240 € en 8 semaines.', '8', '240'],
  ['Also hat er die 90 € in 6 Tagen verdient.', '6', '90'],
  ['Elle peut rembourser 600 € en 12 mois.', '12', '600'],
  ['Compounding yearly gives:\n1. $110\n2. $121\n3. $133.10', '133.10', '110, 121, 133.10'],
  ['Applying the rule three times gives:\n- 5\n- 11\n- 23', '23', '5, 11, 23'],
  ['The answer is 5. If it were a leap year, the answer would be 6.', '5', '6'],
  ['Answer: 24. If order mattered, the answer would be 144.', '24', '144'],
  ['The ball costs $0.05, not $0.10.', '0.05', '0.10'],
  ['The rod is 2.5 m long rather than 3.5 m.', '2.5', '3.5'],
  ['The fee is 1,200 euros, not 1,500 euros.', '1200', '1500'],
  ['The ratio is $\\frac{3}{4}$, not $\\frac{4}{3}$.', '\\frac{3}{4}', '\\frac{4}{3}'],
  ['So the length is \\(\\sqrt{2}\\) rather than \\(2\\).', '\\sqrt{2}', '2'],
  ['The perimeter is unchanged at 20, while the area is now 24.', '24', '20'],
])('%s', (reply, right, wrong) => {
  const verdict = (gold: string) => graderNamed('math').grade(gold, reply).verdict;
  expect([verdict(right), verdict(wrong)]).toEqual(['correct', 'wrong']);
});
