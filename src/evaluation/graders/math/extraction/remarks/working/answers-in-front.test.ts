import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../../registry.js';

const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('the answer in front of another quantity', () => {
  it.each([
    ['math', '16', '18 − 2 = 16. So 16 of 18 students are present.'],
    ['integer', '16', '18 − 2 = 16. So 16 of 18 students are present.'],
    ['math', '16', '18 − 2 = 16. So 16 students out of 18 are present.'],
    ['integer', '16', '18 − 2 = 16. So 16 students out of 18 are present.'],
    ['math', '16', '18 − 2 = 16. Es sind also 16 von 18 Schülern da.'],
    ['integer', '16', '18 − 2 = 16. Es sind also 16 von 18 Schülern da.'],
    ['math', '16', '18 − 2 = 16. Il y a donc 16 élèves présents sur 18.'],
    ['integer', '16', '18 − 2 = 16. Il y a donc 16 élèves présents sur 18.'],
    ['math', '16', '18 − 2 = 16. Hay 16 alumnos de 18.'],
    ['integer', '16', '18 − 2 = 16. Hay 16 alumnos de 18.'],
    ['math', '7', 'The number is 7, because 5 + 2 = 7 and 7 + 2 = 9.'],
    ['integer', '7', 'The number is 7, because 5 + 2 = 7 and 7 + 2 = 9.'],
    ['math', '7', "The number we're looking for is 7, because 7² = 49."],
    ['integer', '7', "The number we're looking for is 7, because 7² = 49."],
    ['math', '7', "The number we're looking for is 7, because 7² = 49 and 7 + 2 = 9."],
    ['integer', '7', "The number we're looking for is 7, because 7² = 49 and 7 + 2 = 9."],
    ['math', '721', '**721.** The identity is one; the remaining 6! = 720.'],
    ['integer', '721', '**721.** The identity is one; the remaining 6! = 720.'],
    [
      'math',
      '721',
      '**721.** One arrangement is the identity-fixed configuration, and the remaining 6! = 720 come from permuting the labels.',
    ],
    [
      'integer',
      '721',
      '**721.** One arrangement is the identity-fixed configuration, and the remaining 6! = 720 come from permuting the labels.',
    ],
    [
      'math',
      '\\frac{11}{15}',
      'So they ate $\\dfrac{11}{15}$ of the pizza, leaving $\\dfrac{4}{15}$. The question asked how much they ate.',
    ],
    ['math', '4', 'There were 15 slices. They ate 11 slices, leaving 4.'],
    ['integer', '4', 'There were 15 slices. They ate 11 slices, leaving 4.'],
    ['math', '40%', '4 of 10 students are present, that is 40%.'],
    ['math', '28', 'There were 7 people at 4 tables of 7 chairs. So 7 × 4 = 28.'],
    ['integer', '28', 'There were 7 people at 4 tables of 7 chairs. So 7 × 4 = 28.'],
    ['math', '9', 'The square of 3 is 9, because 3 · 3 = 9.'],
    ['integer', '9', 'The square of 3 is 9, because 3 · 3 = 9.'],
    ['math', '3', '**2** of the 5 balls are red. So 5 − 2 = 3 are not red.'],
    ['integer', '3', '**2** of the 5 balls are red. So 5 − 2 = 3 are not red.'],
    ['math', '7', 'She is 7 because 3 + 4 = 7.'],
    ['integer', '7', 'She is 7 because 3 + 4 = 7.'],
    ['math', '9', 'He has 7, because 3 + 4 = 7, and with 2 more he gets 9.'],
    ['integer', '9', 'He has 7, because 3 + 4 = 7, and with 2 more he gets 9.'],
    ['math', '14', 'There are 7 because 3 + 4 = 7, so 14 in all.'],
    ['integer', '14', 'There are 7 because 3 + 4 = 7, so 14 in all.'],
    ['math', '20', '**12.** Compute 4 · 5 = 20.'],
    ['integer', '20', '**12.** Compute 4 · 5 = 20.'],
    ['math', '200', '**100.** We have 100 · 2, so the answer is 200.'],
    ['integer', '200', '**100.** We have 100 · 2, so the answer is 200.'],
    ['math', '4', 'Es bleiben also 12 von 16 weg, das heißt 4.'],
    ['integer', '4', 'Es bleiben also 12 von 16 weg, das heißt 4.'],
    ['math', '36', 'Hay 3 cajas de 12 huevos. 3 × 12 = 36.'],
    ['integer', '36', 'Hay 3 cajas de 12 huevos. 3 × 12 = 36.'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['math', '18', '18 − 2 = 16. So 16 of 18 students are present.'],
    ['integer', '18', '18 − 2 = 16. So 16 of 18 students are present.'],
    ['math', '18', '18 − 2 = 16. So 16 students out of 18 are present.'],
    ['integer', '18', '18 − 2 = 16. So 16 students out of 18 are present.'],
    ['math', '18', '18 − 2 = 16. Es sind also 16 von 18 Schülern da.'],
    ['integer', '18', '18 − 2 = 16. Es sind also 16 von 18 Schülern da.'],
    ['math', '18', '18 − 2 = 16. Il y a donc 16 élèves présents sur 18.'],
    ['integer', '18', '18 − 2 = 16. Il y a donc 16 élèves présents sur 18.'],
    ['math', '18', '18 − 2 = 16. Hay 16 alumnos de 18.'],
    ['integer', '18', '18 − 2 = 16. Hay 16 alumnos de 18.'],
    ['math', '9', 'The number is 7, because 5 + 2 = 7 and 7 + 2 = 9.'],
    ['integer', '9', 'The number is 7, because 5 + 2 = 7 and 7 + 2 = 9.'],
    ['math', '49', "The number we're looking for is 7, because 7² = 49."],
    ['integer', '49', "The number we're looking for is 7, because 7² = 49."],
    ['math', '9', "The number we're looking for is 7, because 7² = 49 and 7 + 2 = 9."],
    ['integer', '9', "The number we're looking for is 7, because 7² = 49 and 7 + 2 = 9."],
    ['math', '720', '**721.** The identity is one; the remaining 6! = 720.'],
    ['integer', '720', '**721.** The identity is one; the remaining 6! = 720.'],
    [
      'math',
      '720',
      '**721.** One arrangement is the identity-fixed configuration, and the remaining 6! = 720 come from permuting the labels.',
    ],
    [
      'integer',
      '720',
      '**721.** One arrangement is the identity-fixed configuration, and the remaining 6! = 720 come from permuting the labels.',
    ],
    ['math', '11', 'They ate 11 slices, leaving 4.'],
    ['integer', '11', 'They ate 11 slices, leaving 4.'],
    ['math', '2', '**2** of the 5 balls are red. So 5 − 2 = 3 are not red.'],
    ['integer', '2', '**2** of the 5 balls are red. So 5 − 2 = 3 are not red.'],
    ['math', '7', 'There are 7 because 3 + 4 = 7, so 14 in all.'],
    ['integer', '7', 'There are 7 because 3 + 4 = 7, so 14 in all.'],
    ['math', '12', '**12.** Compute 4 · 5 = 20.'],
    ['integer', '12', '**12.** Compute 4 · 5 = 20.'],
    ['math', '100', '**100.** We have 100 · 2, so the answer is 200.'],
    ['integer', '100', '**100.** We have 100 · 2, so the answer is 200.'],
    ['math', '12', 'Es bleiben also 12 von 16 weg, das heißt 4.'],
    ['integer', '12', 'Es bleiben also 12 von 16 weg, das heißt 4.'],
    ['math', '3', 'Hay 3 cajas de 12 huevos. 3 × 12 = 36.'],
    ['integer', '3', 'Hay 3 cajas de 12 huevos. 3 × 12 = 36.'],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});

describe('words in bold type behind a longer text', () => {
  it.each([
    [
      'math',
      '\\text{Evelyn}',
      "Compare the slopes on the graph: Carla covers a greater distance but over much more time, while Evelyn's point has the steepest slope from the origin. So the student with the greatest average speed is **Evelyn**.",
    ],
    [
      'math',
      '\\text{odd}',
      'We compute f(-x). It equals -f(x) for every x. So the graph is symmetric about the origin. The function is **odd**.',
    ],
    [
      'math',
      '\\text{Tuesday}',
      'There are 100 days in this period. 100 mod 7 = 2, so we count two days on from Sunday and arrive at the day we want. The day of the week is **Tuesday**.',
    ],
    [
      'math',
      '\\text{even}',
      'We compute f(-x). It equals f(x) for every x. So the graph is symmetric about the y-axis. The function is **even**.',
    ],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    [
      'math',
      '\\text{Evelyn}',
      "Compare the slopes on the graph: Carla covers a greater distance but over much more time, while Evelyn's point has the steepest slope from the origin. So the student with the greatest average speed is not **Evelyn**.",
    ],
    [
      'math',
      '\\text{odd}',
      'We compute f(-x). It equals f(x) for every x. So the graph is symmetric about the y-axis. The function is **even**.',
    ],
    [
      'math',
      '\\text{Bob}',
      'We compare all of the speeds of these people over the whole of the day, and we see that Ann is slower than Bob, and that Carl is slower than Ann as well, at every moment of the trip. It is not clear whether the fastest one is **Bob** or **Carl**.',
    ],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});
