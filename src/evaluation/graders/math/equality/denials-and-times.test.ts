import { describe, expect, it } from 'vitest';
import { mathGrader } from '../math.js';

const verdict = (gold: string, reply: string) => mathGrader.grade(gold, reply).verdict;

describe('a statement that is denied', () => {
  it.each([
    ['odd', 'It is odd? No: it is not odd.'],
    ['odd', 'It is not odd.'],
    ['prime', 'Is it prime? No, it is not prime.'],
    ['continuous', 'The function is not continuous.'],
    ['isosceles', "The triangle isn't isosceles."],
    ['yes', 'Is 21 a prime number? No, 21 is not a prime number.'],
    ['not odd', 'It is odd.'],
    ['odd', 'So the function is **even**. It is not odd, because f(-1) ≠ -f(1).'],
    ['square', 'It is a square. It is not correct.'],
    ['Bob', 'Bob ran 3 km and Ann 4 km. Bob is not our answer.'],
  ])('is not %s: %s', (gold, reply) => {
    expect(verdict(gold, reply)).not.toBe('correct');
  });

  it.each([
    ['not odd', 'It is odd? No: it is not odd.'],
    ['not continuous', 'The function is not continuous.'],
    ['no', 'Is 21 a prime number? No, 21 is not a prime number.'],
    ['odd', 'It is odd, not even.'],
    ['even', 'So the function is **even**. It is not odd, because f(-1) ≠ -f(1).'],
    ['Friday', 'It will be a Friday. Not Saturday, since the first day is not counted.'],
    ['Ann', 'Bob ran 3 km and Ann 4 km. Therefore, Ann is our answer.'],
  ])('is %s: %s', (gold, reply) => {
    expect(verdict(gold, reply)).toBe('correct');
  });
});

describe('a time whose half of the day the reference leaves open', () => {
  it.each([
    ['7:45', '7:45 PM'],
    ['7:45', 'The film ends at 7:45 p.m.'],
    ['10:30', '10:30 AM'],
  ])('%s is %s', (gold, reply) => {
    expect(verdict(gold, reply)).toBe('correct');
  });

  it.each([
    ['7:45 AM', '7:45 PM'],
    ['7:45 PM', '7:45'],
    ['7:54', '7:45 PM'],
    ['15:30', '3:30'],
  ])('%s is not %s', (gold, reply) => {
    expect(verdict(gold, reply)).not.toBe('correct');
  });
});
