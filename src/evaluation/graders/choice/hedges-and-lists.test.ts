import { expect, test } from 'vitest';
import { graderNamed } from '../registry.js';

const verdict = (gold: string, reply: string) => graderNamed('choice').grade(gold, reply).verdict;

test.each([
  ['C', "My answer is C and I'm confident that A is incorrect."],
  ['B', 'My answer is B and I am sure.'],
  ['B', 'Option two, i.e. B.'],
  ['C', 'Everything but C can be ruled out.'],
  ['B', 'Response: b'],
  ['B', 'The answer is B and not D.'],
  ['B', 'My answer is B and I would bet on it.'],
  ['B', 'The answer is B and I am certain that D is wrong.'],
  ['C', 'Option three, i.e. C.'],
  ['A', 'The first option, that is, A.'],
  ['C', 'Everything except C is impossible.'],
  ['C', 'All except C can be eliminated.'],
  ['B', 'Response: B'],
  ['B', 'Response: (b)'],
  ['B', 'response: b.'],
  ['A', 'A: 30 percent of all cases'],
  ['A', 'A: 30%'],
  ['B', 'B - 12 apples'],
  ['A', 'A: no'],
  ['B', 'Answer: B, possibly the easiest question here.'],
  ['A', 'The answer is A, maybe because of friction.'],
  ['B', 'The correct response: B.'],
  ['B', '### Response:\nThe answer is B.'],
  ['A', 'Response: A. It is perhaps the best one.'],
  ['C', 'C: it could be B, but no.'],
])('%s: %s', (gold, reply) => expect(verdict(gold, reply)).toBe('correct'));

test.each([
  ['A', 'A: 30%, B: 70%'],
  ['A', 'A - no, B - yes'],
  ['B', 'Answer: B, or possibly D'],
  ['A', 'A: 30%\nB: 70%'],
  ['A', 'A: false, B: true'],
  ['A', 'A - wrong, B - right'],
  ['A', 'A: no; B: yes'],
  ['B', 'Answer: B or maybe D'],
  ['B', 'The answer is B, perhaps C.'],
  ['B', 'The answer is B (or maybe D).'],
  ['B', 'The answer is B, though it could be D.'],
  ['B', 'The answer is B and D.'],
  ['D', 'The answer is B and D.'],
  ['C', 'Everything but C is right.'],
  ['C', 'Everything but C fits.'],
  ['B', 'The response: both are wrong.'],
  ['A', 'Response: a plant grows toward light.'],
  ['A', 'Response:\nA) foo\nB) bar'],
])('not %s: %s', (gold, reply) => expect(verdict(gold, reply)).not.toBe('correct'));
