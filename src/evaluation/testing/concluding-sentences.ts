/** Replies whose last sentence states its value in its main clause, and others in phrases behind it; for `math` and `integer`. */
import type { Kind } from './kinds/kind.js';
import { none, told } from './told.js';

const TeX = String.raw;

export const CONCLUDING_SENTENCES: readonly Kind[] = [
  told('what the value is of', '10', '50', [
    'He has $10 left out of $50.',
    'So he has $10 left from the original $50.',
    'Therefore she saved $10 of her $50.',
    'Only 3 of them are gone, so she has 10 of the 50 cards.',
    'It costs $10 for a ticket at a price of $50 per family.',
  ]),
  told('what it holds for', '36', '10', [
    'The perimeter is 36 for a rectangle with sides 8 and 10.',
    'The farmer needs 36 metres of fence for the 10 metre wide field.',
    'She spends 36 dollars on average in each of the 10 weeks.',
    'The class has 36 students in 10 groups.',
    'He paid $36 in total for 2 dozen eggs, 3 loaves and 10 apples.',
  ]),
  told('how it comes about', '230', '5', [
    'The bakery made $230 in profit from selling 46 cakes at $5 profit each.',
    'She earned $230 by working for 46 hours at $5 an hour.',
    'Janet makes **$230** every day from selling the remaining 46 eggs at $5 each.',
    'He gets $230 after he pays back $5.',
    'He will have $230 once he has sold the other 5.',
  ]),
  told('until or before when', '2', '30', [
    'So, in order to afford the bike, Dan will need to mow 2 lawns at $30 apiece.',
    'Peter can watch 2 movies this weekend with the $30 he was given.',
    'Mark still owes his sister 2 dollars, having paid back 30 of what he borrowed.',
    "She has 2 stickers left. I'm fairly confident in this answer.",
    "She has 2 stickers left. I'm fairly confident in this answer (about 30%).",
    'She will need 2 buses.\n\n(We took the 30 pupils together.)',
    'It will take 2 more years until he is 30.',
    'She needs 2 days before the 30 guests arrive.',
    'He must work 2 more hours to earn the remaining $30.',
    'There were 2 people on the bus when the other 30 got on.',
    'So it takes 2 hours at 30 miles per hour.',
  ]),
  told('a comparison', '13', '9', [
    'Tim is 13 years old now, while his sister is 9 years old.',
    'The second friend is 13 years older than the first, who is 9.',
    'He read 13 pages more than the 9 pages he read yesterday.',
    'Hence the length of the rope is 13 meters, longer than the 9 meter pole.',
    'She is 13 dollars richer than before, when she had $9.',
  ]),
  told('a calculation in brackets', '4', '5', [
    'On average each child ate 4 cookies (20 ÷ 5).',
    'It will take him 4 years (3 years to break even, in a loan of 5).',
    'The total is 4 (not counting the 5 oranges).',
  ]),
  told('another measure of the same', '230', '23', [
    'The profit is $230, or about 23% of the revenue.',
    'She walked 230 meters, or roughly 23 percent of the way.',
  ]),
  told('what follows in a clause of its own', '6', '12', [
    'She has 12 apples in the bag, so she can give 6 away.',
    'He has 12 stamps of 2 kinds, and his sister has 6.',
    'There were 12 men at the start, but only 6 of them stayed.',
    'There are 12 days in the plan, leaving 6 days.',
    'It has 12 boxes of 2, which makes 6.',
    'The work that has 12 parts is done in 6 days.',
    'She has 12 books to read in 6 days.',
    'He spends 12 of his 18 coins and keeps 6.',
    'He buys 12 apples for $6.',
  ]),
  told('an explanation behind the answer', '42', '7', [
    '42. This is because 6 baskets hold 7 apples each.',
    'There are **42 apples** in total.\n\nHere is the breakdown:\n- Baskets 1 to 5: 35\n- Basket 6: 7',
    'Total apples: **42**\n\n*Note: this assumes that there are 7 in each basket.*',
    'So the total is **42**.\n\nIf you need help with problems 6 and 7, just ask!',
    '6 * 7 = **42**\n\n---\n*Difficulty: 1/7*',
    '**42**\n\nExplanation: there are 6 baskets, and each holds 7',
    'So there are 42 apples. You might be tempted to say 7, but that is one basket.',
    'The total is 42. Note that the other 7 apples are not counted.',
    'The answer is 42.\n\nQ: Sam has 3 dogs. How many legs?\nA: The answer is 7.',
    '42 apples.\n\nI multiplied 6 by 7.',
  ]),
  told('a check that ends by saying that it holds', '5', '13', [
    "x = 5\n\nLet's verify by substituting back into the equation:\n2(5) + 3 = 10 + 3 = 13\nSince both sides are equal to 13, our solution is correct.",
    'x = 5\n\nTo verify, plug in: 2(5) + 3 = 13 ✓.',
    'So $x = 5$.\n\nTo check, substitute $x = 5$ into the equation:\n$$2(5) + 3 = 13$$\n$$13 = 13$$\nThe equation holds true.',
    'Each child gets 5 sweets. (5 + 8 = 13, so this checks out.)',
  ]),
  told('what remains, as the subject', '250', '1', [
    '250 milliliters of juice remain in the 1 liter bottle.',
    'So 250 tickets were sold for the first 1 of the shows.',
  ]),
  told('a rate', '12', '5', [
    'Lisa must read 12 pages each day to finish the book in 5 days.',
    'He has to save 12 dollars per week to have enough in 5 weeks.',
  ]),
  told('a second amount behind a comma', '40', '10', [
    'John is 40 years old, 10 years older than his wife.',
    'Maria needs to save for 40 more days in order to afford the 10 tickets.',
    'Ann has 40 apples left. That is 10 fewer than she started with.',
  ]),
  none(
    'a calculation that is cut before its result',
    ['72', '24', '48'],
    ['48 / 2 = 24 clips in May. 48 + 24 =', 'Let me compute. 48 + 24 ='],
  ),
  told('what a remark concludes', '9', '12', [
    'There are 12 apples. Note that 3 of them are bad, so 9 are left.',
    'There are 12 apples.\n\nNote: 12 - 3 = 9.',
    'He has 12. This is because he forgot 3, so the answer is 9.',
  ]),
  told('where an extremum is reached', '6', '3', [
    'Therefore, the minimum value is $6$, attained when $x = y = 3$.',
    'The maximum is 6 at x = 3.',
    'Thus the minimum value is $6$ (when $x = 3$).',
    'The largest area is 6, which occurs when x = 3.',
  ]),
];

/** For `math` alone. */
export const CONCLUSIONS_WITH_SIGNS: readonly Kind[] = [
  told('an option in front of its value', '9', '8', [
    TeX`\boxed{\textbf{(C) } 9}`,
    TeX`\boxed{\text{(C)}\ 9}`,
    TeX`\boxed{(C)\ 9}`,
    'The answer is (C) 9.',
  ]),
  told('fractions of one sign', '1.5', '1', ['Each kid drinks 1½ liters.', 'So each of them gets 1½ of the pies.']),
];
