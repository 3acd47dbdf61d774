import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

describe('dates beside other numbers and in front of more words', () => {
  it.each([
    ['math', 'July 20, 1969', 'Apollo 11 landed on the Moon on July 20, 1969.'],
    ['math', 'June 4, 1944', 'Rome fell on June 4, 1944, after months of fighting.'],
    ['math', '2024-03-15', 'The invoice is due on 15 March 2024, ten days after it was issued on 5 March.'],
    ['math', '9 November 1989', 'The Berlin Wall fell on 9 November 1989, during a time of great change.'],
    ['math', 'May 8, 1945', 'World War II ended in Europe on May 8, 1945, when Germany surrendered.'],
    ['math', '12 April 1961', 'Vostok 1 was launched on 12 April 1961.'],
    ['math', 'April 15, 1912', 'The Titanic sank on April 15, 1912 in the Atlantic.'],
    ['math', '1969', 'Apollo 11 landed on the Moon on July 20, 1969.'],
    ['integer', '1969', 'Apollo 11 landed on the Moon on July 20, 1969.'],
    ['math', '1944', 'Rome fell on June 4, 1944, after months of fighting.'],
    ['math', '14 July 1789', 'So the Bastille was stormed on 14 July 1789, two weeks after 30 June 1789.'],
    ['math', '3 April 2024', '30 days after 4 March 2024 is 3 April 2024.'],
  ])('%s, %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).toBe('correct'));

  it.each([
    ['math', 'July 21, 1969', 'Apollo 11 landed on the Moon on July 20, 1969.'],
    ['math', 'July 16, 1969', 'Apollo 11 landed on July 20, 1969, four days after its launch on July 16, 1969.'],
    ['math', '2024-03-05', 'The invoice is due on 15 March 2024, ten days after it was issued on 5 March 2024.'],
    ['math', 'June 4, 1944', 'Rome did not fall on June 4, 1944, but later.'],
    ['math', 'June 4, 1944', 'Rome fell on June 5, 1944, a day after June 4, 1944.'],
    ['math', 'June 4, 1944', 'If Rome fell on June 4, 1944, the war was nearly over.'],
    ['math', 'June 4, 1944', 'Rome fell before June 4, 1944, in spring.'],
    ['math', 'June 4, 1944', 'Some say that Rome fell on June 4, 1944, after months of fighting.'],
    ['math', 'June 4, 1944', 'Rome fell on June 4, 1944, or on June 5, 1944.'],
    ['math', '4 March 2024', '30 days after 4 March 2024 is 3 April 2024.'],
    ['math', '4 March 2024', 'From 4 March 2024, counting 30 days, we get 3 April 2024.'],
    ['math', '4 March 2024', 'It was ordered on 4 March 2024, so it arrives on 8 March 2024.'],
    ['math', 'July 20', 'Apollo 11 landed on the Moon on July 2, 1969.'],
  ])('%s, not %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).not.toBe('correct'));
});
