import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('numbers in words alone, dates, and values beside names', () => {
  it.each([
    ['math', '36', 'There are thirty-six of them.'],
    ['integer', '17', 'She has seventeen stickers left.'],
    ['math', '240', 'They drove two hundred and forty miles.'],
    ['integer', '15', 'He needs fifteen more.'],
    ['math', '28', 'That makes twenty-eight students altogether.'],
    ['integer', '105', 'It would be one hundred and five.'],
    ['math', '63', 'In total, sixty-three people came.'],
    ['integer', '11', 'Mia ends up with eleven cookies.'],
    ['math', '14', 'The report is due on May 14.'],
    ['integer', '3', 'So it falls on March 3rd.'],
    ['math', '19', 'The library book must be back by 19 October.'],
    ['math', '144', 'The program prints 144'],
    ['integer', '55', 'The code outputs 55'],
    ['math', '89', 'Output: 89'],
    ['integer', '377', 'Running it prints:\n\n```\n377\n```'],
    ['math', '55', '```python\nprint(sum(range(1, 11)))\n```\nThe output is 55.'],
    ['math', '21', '```python\na = 3\nprint(a * 7)\n```\n\nThis prints `21`.'],
    ['math', '11', 'One of the 12 is broken, so eleven are left.'],
    ['math', 'May 14', 'The report is due on May 14.'],
    [
      'integer',
      '9',
      'A team needs fourteen players and Lee has five so far. Fourteen minus five is nine, so he needs nine more players.',
    ],
    ['math', '25', 'Thirty seats less five broken ones leaves twenty-five seats.'],
    ['math', 'red', 'The two balls are red.'],
    ['math', '50', 'Forty plus ten makes fifty.'],
    ['math', 'April 9', 'Ten days after March 30 comes April 9.'],
    ['math', '9', 'The party is on April 9.'],
    ['integer', '28', 'This script outputs 28, which is the value of $T_7$.'],
    ['math', '6', 'There are 6 possible values of $n$.'],
    ['math', '14', 'The loop prints 14 for $S_2$.'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['math', '30', 'There are thirty-six of them.'],
    ['integer', '7', 'She has seventeen stickers left.'],
    ['math', '40', 'They drove two hundred and forty miles.'],
    ['integer', '5', 'He needs fifteen more.'],
    ['math', '20', 'That makes twenty-eight students altogether.'],
    ['integer', '5', 'It would be one hundred and five.'],
    ['math', '60', 'In total, sixty-three people came.'],
    ['integer', '10', 'Mia ends up with eleven cookies.'],
    ['math', '5', 'The report is due on May 14.'],
    ['integer', '2', 'So it falls on March 3rd.'],
    ['math', '10', 'The library book must be back by 19 October.'],
    ['math', '12', 'The program prints 144'],
    ['integer', '10', 'The code outputs 55'],
    ['math', '8', 'Output: 89'],
    ['integer', '233', 'Running it prints:\n\n```\n377\n```'],
    ['math', '11', '```python\nprint(sum(range(1, 11)))\n```\nThe output is 55.'],
    ['math', '7', '```python\na = 3\nprint(a * 7)\n```\n\nThis prints `21`.'],
    ['math', '42', 'There are not forty-two of them.'],
    ['math', '12', 'One of the 12 is broken, so eleven are left.'],
    ['integer', '2', 'She has two bags with seven apples in each.'],
    ['math', '15', 'The report is due on May 14.'],
    ['math', '5', 'The five friends share them, but I cannot tell how.'],
    [
      'integer',
      '14',
      'A team needs fourteen players and Lee has five so far. Fourteen minus five is nine, so he needs nine more players.',
    ],
    ['math', '30', 'Thirty seats less five broken ones leaves twenty-five seats.'],
    ['math', '7', "All seven apples are red, so I can't tell them apart."],
    ['math', '2', 'The two balls are red.'],
    ['math', '40', 'Forty plus ten makes fifty.'],
    ['math', '9.5', 'Ten days after March 30 comes April 9.'],
    ['math', '4', 'The party is on April 9.'],
    ['integer', '7', 'This script outputs 28, which is the value of $T_7$.'],
    ['math', '5', 'There are 6 possible values of $n$.'],
    ['math', '2', 'The loop prints 14 for $S_2$.'],
    ['math', '3', 'So $x$ is 3 more than $y$.'],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});
