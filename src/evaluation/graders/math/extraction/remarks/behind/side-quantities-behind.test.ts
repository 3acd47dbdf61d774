import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../../registry.js';

const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('a side quantity behind the answer', () => {
  it.each([
    ['math', '41', 'That leaves Ben with 41 cards, 7 more than Zoe has.'],
    ['integer', '96', 'So the bakery sells 96 rolls, 12 fewer than on Monday.'],
    ['math', '3.5', 'The train takes 3.5 hours, 40 minutes longer than the bus.'],
    ['math', '\\frac{7}{8}', 'The ratio is $\\frac{7}{8}$. (Equivalently, 87.5 %.)'],
    ['math', '\\ln 3', 'The solution is $x = \\ln 3$ (roughly 1.0986).'],
    ['math', '\\frac{\\sqrt{2}}{2}', 'So the sine is $\\frac{\\sqrt2}{2}$ (about 0.707).'],
    ['math', '3/8', 'So the probability is 3/8 (that is, 37.5%).'],
    ['math', '84', '**Total: 84 tickets**\n\n| Day | Tickets |\n|---|---|\n| Mon | 30 |\n| Tue | 54 |'],
    ['math', '57', 'She spends $57 in all:\n- shoes $40\n- socks $17'],
    ['integer', '26', 'There are 26 legs in the yard.\n\n- 4 dogs: 16\n- 5 hens: 10'],
    ['math', '63', 'Altogether 63 chairs are needed. Breakdown:\n* hall: 45\n* stage: 18'],
    ['math', '28', 'The class has 28 pupils. That is 4 more than last year.'],
    ['integer', '54', 'The area is 54 square meters, which is 6 square meters less than planned.'],
    ['math', '14', 'Lena is 14 years old, twice as old as Max, who is 7.'],
    ['math', '36', 'In the end it costs $36 (or $3 per ticket).'],
    ['integer', '12', 'So x = 12 (and y = 5, though that is not asked for).'],
    ['math', '36', 'There are 3 shelves.\n- books per shelf: 12\n- books in total: 36'],
    ['math', '12', 'Ann has 20, 8 more than Tom. So Tom has 12.'],
    ['integer', '29', 'Steps:\n- 4 × 6 = 24\n- 24 + 5 = 29'],
    ['math', '30', 'There are 12 red ones:\n\n- 12 red\n- 18 blue\n\nTotal 30.'],
    ['math', '7', 'Ben has 41 cards and Zoe has 34, so Ben has 7 more.'],
    ['math', '11', '| item | number |\n|---|---|\n| cats | 4 |\n| dogs | 7 |\n| total | 11 |'],
    [
      'math',
      '75%',
      'Old length 40 cm, new length 10 cm.\n\n(In other words, 25% of the rope is left.) The rope lost 75% of its length.',
    ],
    ['integer', '45', 'She sold 45 tickets. (Both days together bring in $90.) So the number of tickets is 45.'],
    ['math', '\\log_2 5', 'Hence $x = \\log_2 5$ (approximately $2.32$).'],
    ['math', '\\tan 20^\\circ', 'The slope is $\\tan 20^\\circ$, about 0.364.'],
    ['math', '2.32', 'Hence $x = \\log_2 5$ (approximately $2.32$).'],
    [
      'integer',
      '58',
      'In total, Nina swam 58 laps. By day:\n\n| Day | Laps |\n|---|---|\n| 1 | 15 |\n| 2 | 20 |\n| 3 | 23 |\n\nHer sister swam 40.',
    ],
    ['integer', '40', 'Nina swam 58 laps:\n\n- Mon: 35\n- Tue: 23\n\nSo her sister, with 18 fewer, swam 40.'],
    ['math', '9', 'This leaves Omar with 9 cookies, 4 fewer than his sister baked.'],
    ['math', '36', 'Of his 60 marbles, Leo gave 24 to Sam, so he has 36 left, 12 more than Sam has now.'],
    [
      'math',
      '14',
      'Out of 23 pupils 9 are absent, which means that there are 14 pupils here, 5 more than those who are away.',
    ],
    ['integer', '22', 'The farm has 22 hens, 8 fewer than the 30 of last year.'],
    ['math', '5', 'Ann ran 17 km, 5 km more than Ben.\n\nThe answer is 5.'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['math', '7', 'That leaves Ben with 41 cards, 7 more than Zoe has.'],
    ['integer', '12', 'So the bakery sells 96 rolls, 12 fewer than on Monday.'],
    ['math', '40', 'The train takes 3.5 hours, 40 minutes longer than the bus.'],
    ['math', '8.75', 'The ratio is $\\frac{7}{8}$. (Equivalently, 87.5 %.)'],
    ['math', '3', 'The solution is $x = \\ln 3$ (roughly 1.0986).'],
    ['math', '\\sqrt{2}', 'So the sine is $\\frac{\\sqrt2}{2}$ (about 0.707).'],
    ['math', '5/8', 'So the probability is 3/8 (that is, 37.5%).'],
    ['math', '54', '**Total: 84 tickets**\n\n| Day | Tickets |\n|---|---|\n| Mon | 30 |\n| Tue | 54 |'],
    ['math', '17', 'She spends $57 in all:\n- shoes $40\n- socks $17'],
    ['integer', '10', 'There are 26 legs in the yard.\n\n- 4 dogs: 16\n- 5 hens: 10'],
    ['math', '18', 'Altogether 63 chairs are needed. Breakdown:\n* hall: 45\n* stage: 18'],
    ['math', '4', 'The class has 28 pupils. That is 4 more than last year.'],
    ['integer', '6', 'The area is 54 square meters, which is 6 square meters less than planned.'],
    ['math', '7', 'Lena is 14 years old, twice as old as Max, who is 7.'],
    ['math', '3', 'In the end it costs $36 (or $3 per ticket).'],
    ['integer', '5', 'So x = 12 (and y = 5, though that is not asked for).'],
    ['math', '12', 'There are 3 shelves.\n- books per shelf: 12\n- books in total: 36'],
    ['math', '20', 'Ann has 20, 8 more than Tom. So Tom has 12.'],
    ['integer', '24', 'Steps:\n- 4 × 6 = 24\n- 24 + 5 = 29'],
    ['math', '12', 'There are 12 red ones:\n\n- 12 red\n- 18 blue\n\nTotal 30.'],
    ['math', '41', 'Ben has 41 cards and Zoe has 34, so Ben has 7 more.'],
    ['math', '4', '| item | number |\n|---|---|\n| cats | 4 |\n| dogs | 7 |\n| total | 11 |'],
    [
      'math',
      '25%',
      'Old length 40 cm, new length 10 cm.\n\n(In other words, 25% of the rope is left.) The rope lost 75% of its length.',
    ],
    ['integer', '90', 'She sold 45 tickets. (Both days together bring in $90.) So the number of tickets is 45.'],
    ['math', '2', 'Hence $x = \\log_2 5$ (approximately $2.32$).'],
    ['math', '20', 'The slope is $\\tan 20^\\circ$, about 0.364.'],
    ['math', '5', 'Hence $x = \\log_2 5$ (approximately $2.32$).'],
    [
      'integer',
      '23',
      'In total, Nina swam 58 laps. By day:\n\n| Day | Laps |\n|---|---|\n| 1 | 15 |\n| 2 | 20 |\n| 3 | 23 |\n\nHer sister swam 40.',
    ],
    ['integer', '58', 'Nina swam 58 laps:\n\n- Mon: 35\n- Tue: 23\n\nSo her sister, with 18 fewer, swam 40.'],
    ['math', '4', 'This leaves Omar with 9 cookies, 4 fewer than his sister baked.'],
    ['math', '12', 'Of his 60 marbles, Leo gave 24 to Sam, so he has 36 left, 12 more than Sam has now.'],
    [
      'math',
      '9',
      'Out of 23 pupils 9 are absent, which means that there are 14 pupils here, 5 more than those who are away.',
    ],
    ['integer', '30', 'The farm has 22 hens, 8 fewer than the 30 of last year.'],
    ['math', '17', 'Ann ran 17 km, 5 km more than Ben.\n\nThe answer is 5.'],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});
