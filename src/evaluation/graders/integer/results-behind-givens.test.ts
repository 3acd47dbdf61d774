import { expect, test } from 'vitest';
import { graderNamed } from '../registry.js';

const verdicts = (gold: string, reply: string) =>
  ['math', 'integer'].map((name) => graderNamed(name).grade(gold, reply).verdict);

test.each([
  ['4', '5 + 3 = 8. Let h be half of it, h = 4.'],
  ['5', '2 + 2 = 4. We are told tax is 1, total 5.'],
  ['5', '2 + 2 = 4. Notice that adding 1 makes 5.'],
  ['8', '2 + 2 = 4. The question asks for the double, 8.'],
  ['7', '1 + 1 = 2. We are told he has 5 more, making 7.'],
  ['7', '1 + 1 = 2. Let x = 5; the total is 7.'],
  ['4', 'Let x be the number of cats, x + 3 = 7, x = 4.'],
  ['15', 'Start with 20, subtract 5, get 15.'],
  ['7', 'Note that there are 7 dots.'],
  ['10', 'Let me explain: half of 20 is 10.'],
])('a sentence that opens as what is given or noted, and comes to %s, answers: %s', (gold, reply) => {
  expect(verdicts(gold, reply)).toEqual(['correct', 'correct']);
});

test.each([
  'Let a = 3, b = 7.',
  'Let n be 7.',
  'To solve this, I would first subtract 7.',
  'Hint: think of 7.',
  'First, note that there are 7 days in a week.',
])('one that comes to nothing does not: %s', (reply) => expect(verdicts('7', reply)).not.toContain('correct'));

test.each([
  '12 people came in',
  '12 is what it comes to',
  'She has 12 to choose from',
  '12 is the number she started with',
  'The total is 12 people that came in',
])('a short reply without a full stop is not cut: %s', (reply) => expect(verdicts('12', reply)).toContain('correct'));

test('an A behind a number is a unit, and no article', () => {
  expect(graderNamed('math').grade('12 A', 'The current is 12 A').verdict).toBe('correct');
});

test.each([
  ['F(s)', 'F', false],
  ['2F(s)', '2F', false],
  ['V1V2', 'V2V1', true],
  ['2C1', 'C1 + C1', true],
  ['H2O(l)', 'H2O', true],
  ['NO2', 'N2O', false],
])('algebra is no chemistry: %s and %s', (gold, reply, isSame) => {
  expect(graderNamed('math').grade(gold, reply).verdict === 'correct').toBe(isSame);
});
