import { expect, test } from 'vitest';
import { graderNamed } from '../../registry.js';

const verdict = (gold: string, reply: string) => graderNamed('math').grade(gold, reply).verdict;

test.each([
  ['KB-3-5', 'KB-3-5'],
  ['KB-3-5', 'The article is KB-3-5.'],
  ['1-3-2', '1-3-2'],
  ['version 2.10', 'Version 2.10'],
  ['v2.13.4', '2.13.4'],
  ['2.13.4', 'v2.13.4'],
  ['version 1.2', 'v1.2'],
  ['2024-05-06', 'May 6, 2024'],
  // Sums and differences of other forms stay what they are.
  ['5 - 3', '2'],
  ['10-4', '6'],
  ['2.10', '2.1'],
])('%s is %s', (gold, reply) => expect(verdict(gold, reply)).toBe('correct'));

test.each([
  ['KB-3-5', 'KB-5-3'],
  ['1-3-2', '1-2-3'],
  ['1-1-0', '2-1-1'],
  ['version 2.10', 'version 2.1'],
  ['v2.13.4', '2.13.5'],
  ['v1.20', 'v1.2'],
])('%s is not %s', (gold, reply) => expect(verdict(gold, reply)).not.toBe('correct'));
