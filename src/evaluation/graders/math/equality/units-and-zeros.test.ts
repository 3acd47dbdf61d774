import { expect, test } from 'vitest';
import { graderNamed } from '../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

// Zeros behind a comma, with units of which one is a thousand of the other.
test.each([
  ['math', '5,000 m', '5 km'],
  ['math', '1,2,3', '1, 2, 3'],
  ['math', '(100,200)', '(100, 200)'],
  ['math', '(1,000,2)', '(1000, 2)'],
  ['math', '[0,100]', '[0, 100]'],
  ['math', '[5,100]', '[5, 100]'],
])('%s: %s is said by %j', (grader, gold, reply) => expect(verdict(grader, gold, reply)).toBe('correct'));

test.each([
  ['math', '5.000 m', '5.000 km'],
  ['math', '5,000 m', '5.000 m'],
  ['math', '1,000 g and 2', '1,000 kg and 2'],
  ['math', '20,000 Hz', '20,000 kHz'],
  ['math', '$1,000', '$1,000,000'],
  ['math', '1,000 mg', '1,000 μg'],
  ['math', '1,000 hours', '1,000 minutes'],
  ['math', '\\frac{1,000}{3} m', '\\frac{1,000}{3} km'],
  ['math', '(5,000 m, 2)', '(5,000 km, 2)'],
  ['math', '3,007', '3, 7'],
  ['math', '10,500 m', '10,500 km'],
  ['math', '1,500,000 m', '1,500,000 km'],
  ['math', '0.5 m', '0,5 km'],
  ['math', '0,005 m', '0,005 km'],
  ['math', '5,00 m', '5,00 km'],
  ['math', '5,0000 m', '5,0000 km'],
  ['math', '12,50 m', '12,50 km'],
  ['math', 'about 5,000 m', 'about 5,000 km'],
  ['math', "5'000 m", "5'000 km"],
  ['math', '5_000 m', '5_000 km'],
  ['math', '5000,0 m', '5000,0 km'],
  ['math', '1,0 m', '1,0 km'],
  ['math', '-5,000 m', '-5,000 km'],
  ['math', '2 x 5,000 m', '2 x 5,000 km'],
  ['math', '5,000 meters', '5,000 kilometers'],
  ['math', '5,000 m', 'five thousand km'],
  ['math', '0 m, 3', '3, 5 m'],
  ['math', '(100,200)', '100200'],
  ['math', '[0,100]', '[0,1000]'],
])('%s: %s is not said by %j', (grader, gold, reply) => expect(verdict(grader, gold, reply)).not.toBe('correct'));
