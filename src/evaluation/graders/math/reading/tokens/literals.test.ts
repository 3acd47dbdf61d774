import { expect, test } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

test.each([
  ['math', '0xFF', '255'],
  ['math', '0x2A', '42'],
  ['math', '255', '0xFF'],
  ['math', '0xff', '0xFF'],
  ['math', '0b101', '5'],
  ['math', '0o17', '15'],
  ['math', '0x1F', 'The answer is 0x1F.'],
  ['math', '31', 'The answer is 0x1F.'],
  ['math', '31', '\\boxed{0x1F}'],
  ['math', '0x', '0'],
  ['math', '0x + 3', '3'],
  ['math', '0 x 5', '0'],
  ['math', '10x20', '10x20'],
  ['math', 'x^2+0x+1', 'x^2+1'],
  ['math', '0xDEADBEEF', '3735928559'],
  ['integer', '255', 'The answer is 0xFF.'],
  ['integer', '5', '\\boxed{0b101}'],
  ['math', '0x10', '\\boxed{\\texttt{0x10}}'],
  ['math', '1A_{16}', '1A_{16}'],
  ['math', '0X2a', '42'],
  ['math', '0x1A', 'So the value in hexadecimal is 0x1A.'],
  ['math', '0', '0x5 = 0'],
  ['math', '0', '5x0 = 0 and 0x5 = 0'],
])('%s, %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).toBe('correct'));

test.each([
  ['math', '0x10', '0x20'],
  ['math', '0x1A', '0x1B'],
  ['math', '0x1F', '0'],
  ['math', '0b101', '0b110'],
  ['math', '0', 'The answer is 0x1F.'],
  ['math', '0', '0x5'],
  ['math', '0x10', '10'],
  ['math', '10x20', '32'],
  ['math', '0xDEADBEEF', '0xDEADBEEE'],
  ['integer', '0', '0xFF'],
  ['math', '0x10', '\\boxed{\\texttt{0x11}}'],
  ['math', '101_2', '5'],
  ['math', '5', '101_2'],
  ['math', '1A_{16}', '26'],
  ['math', '26', '1A_{16}'],
  ['math', '1A_{16}', '1B_{16}'],
  ['math', '1A_{16}', 'A1_{16}'],
  ['math', '101_2', '101_3'],
  ['math', '52_8', '52'],
  ['math', '0x2A', '2A'],
  ['math', '0x1A', 'So the value in hexadecimal is 0x1B.'],
])('%s, not %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).not.toBe('correct'));
