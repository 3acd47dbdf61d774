import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { distinctProblems, taskNamed } from '../../data/tasks/index.js';
import { countdownGold, countdownGrader, readCountdownGold } from './countdown.js';
import { goldOf } from './registry.js';

const TeX = String.raw;
const gold = countdownGold([3, 5, 2, 8], 13);
const verdict = (prediction: string) => countdownGrader.grade(gold, prediction).verdict;

describe('equations', () => {
  it.each([
    ['5*2+3=13', 'correct'],
    ['13 = 5*2+3', 'correct'],
    ['(5*2)+3 = 13 (done)', 'correct'],
    ['5*2+3=14', 'wrong'],
    ['14 = 5*2+3', 'wrong'],
    ['The answer is 5*2+3 = 12.', 'wrong'],
    [String.raw`\boxed{5*2+3=14}`, 'wrong'],
    ['5*2+3 = -13', 'wrong'],
  ])('%s is %s', (prediction, verdict) => {
    expect(countdownGrader.grade('3 5 2 -> 13', prediction)).toMatchObject({ verdict });
  });
});

describe('expressions that a reply denies', () => {
  it.each([
    '5 * 2 + 3 is wrong.',
    '5 * 2 + 3 = 13 is wrong.',
    '5 × 2 + 3 does not work.',
    TeX`\boxed{5*2+3} is wrong.`,
    '<answer>5*2+3</answer> is wrong',
    'It is not 5 * 2 + 3.',
    "It isn't 5 * 2 + 3.",
    'The answer is 5*3+2, not 5*2+3.',
    'The answer is 5*3+2 instead of 5*2+3.',
    'The answer is not 5*2+3.',
    'Answer: 5*3+2 (not 5*2+3)',
  ])('%s', (prediction) => {
    expect(countdownGrader.grade('3 5 2 -> 13', prediction)).not.toMatchObject({ verdict: 'correct' });
  });

  it.each([
    'It is not 5*3+2 but 5*2+3.',
    '5*3+2 is wrong. 5*2+3 works.',
    'The answer is 5*2+3, not 5*3+2.',
    '5*3+2 = 17 is wrong, so 5*2+3',
  ])('%s gives another', (prediction) => {
    expect(countdownGrader.grade('3 5 2 -> 13', prediction)).toMatchObject({ verdict: 'correct' });
  });
});

test('the reason names the value and what the reply says of it', () => {
  const reason = (prediction: string) => countdownGrader.grade('3 5 2 -> 13', prediction).reason;
  expect(reason('5*2+3 = 14')).toBe('5*2+3 is 13, not 14 as it says');
  expect(reason('5*2 = 10, 10 + 3 = 13')).toBe('5*2 is 10, not 13');
  expect(reason('5*2 = 13')).toBe('5*2 is 10, not 13');
});

describe('one expression, not a chain of steps', () => {
  const numbers = countdownGold([25, 4, 3, 50], 97);
  it.each([
    '25 * 4 - 3',
    '25 x 4 - 3',
    '25 X 4 − 3 = 97',
    '25x4-3',
    '25 × 4 – 3 = 97',
    '25 · 4 - 3 = 97.',
    '97 = 25 × 4 - 3',
    '50 × 4 ÷ 2 - 3 is off, so the answer is 25 × 4 - 3 = 97',
    '25 * 4 - 3 = 100 - 3 = 97',
    TeX`\boxed{25 \times 4 - 3 = 97}`,
  ])('%s is right', (prediction) => {
    expect(countdownGrader.grade(numbers, prediction)).toMatchObject({ verdict: 'correct' });
  });

  it.each([
    '25 * 4 = 100, 100 - 3 = 97',
    '25 × 4 = 100; 100 − 3 = 97',
    '25 * 4 = 100\n100 - 3 = 97',
    'First 25 * 4 = 100. Then 100 - 3 = 97.',
    '25 * 4 = 100 - 3 = 97',
    '<answer>25 * 4 = 100, 100 - 3 = 97</answer>',
    '100 - 3 = 97',
    '25 * 4 = 97',
    '50 × 4 ÷ 25 = 97',
    '25 x 4 - 3 = 98',
  ])('%s is wrong', (prediction) => {
    expect(countdownGrader.grade(numbers, prediction)).toMatchObject({ verdict: 'wrong' });
  });
});

test('a target may be negative in a text, too', () => {
  for (const reference of ['3 5 2 -> -4', 'Use 3, 5 and 2 to make −4.', '{"numbers": [3, 5, 2], "target": -4}']) {
    expect(readCountdownGold(reference)).toEqual({ numbers: [3n, 5n, 2n], target: -4n });
    expect(countdownGrader.grade(reference, '3 - 5 - 2').verdict).toBe('correct');
    expect(countdownGrader.grade(reference, '2 + 5 - 3').verdict).toBe('wrong');
  }
});

test('an unfinished thought gives no expression', () => {
  const numbers = countdownGold([3, 5, 2], 13);
  for (const cut of ['<think>3 + 5 * 2', '<think>\\boxed{3 + 5 * 2}', '<reasoning>The answer is 3 + 5 * 2'])
    expect(countdownGrader.grade(numbers, cut).verdict).toBe('unparsable');
  for (const reply of ['<think>3 * 5</think>3 + 5 * 2', '3 + 5 * 2 <think>or 3 * 5', '<thinking>2</thinking>3 + 5 * 2'])
    expect(countdownGrader.grade(numbers, reply).verdict).toBe('correct');
});

test('a bare number is the reference of another kind of problem', () => {
  for (const reference of ['12', 'The answer is 12.', '#### 12', '-3']) {
    expect(countdownGrader.unusable?.(reference)?.reason).toMatch(/has no numbers and target|is empty/);
    expect(countdownGrader.grade(reference, '12').verdict).toBe('unparsable');
  }
  expect(readCountdownGold('7 + 5')).toEqual({ numbers: [7n, 5n], target: 12n });
});

describe('the countdown grader', () => {
  it.each([
    '3 + 5 * 2',
    '8 + 5',
    '8 + 3 + 2',
    '3+5*2 = 13',
    '13 = 3+5*2',
    'I try some. The answer is 3 + 5 * 2.',
    '<answer>8 + 5</answer>',
    TeX`\boxed{3 + 5 \times 2}`,
    TeX`\boxed 3+5\times2.`,
    TeX`\boxed{3 + 5 \times 2`,
    '[3 + 5 · 2]',
    '3 + 5 × 2',
    'First 5 * 2 = 10.\nThen\n3 + 5 * 2 = 13',
  ])('accepts %s', (prediction) => {
    expect(countdownGrader.grade(gold, prediction)).toMatchObject({ verdict: 'correct' });
  });

  it.each([
    ['3 + 5', /is 8, not 13/],
    ['5 + 5 + 3', /5 is used too often/],
    ['6 + 7', /6 is not one of the numbers/],
    ['13', /13 is not one of the numbers/],
    ['35 - 22', /35 is not one of the numbers/],
    ['8 / 3', TeX`is 8/3, not 13`],
  ])('refuses %s', (prediction, reason) => {
    const grade = countdownGrader.grade(gold, prediction);
    expect(grade.verdict).toBe('wrong');
    expect(grade.reason).toMatch(reason);
  });

  it('computes with fractions exactly: 8 / (3 - 8 / 3) is 24', () => {
    expect(countdownGrader.grade(countdownGold([3, 3, 8, 8], 24), '8 / (3 - 8 / 3)').verdict).toBe('correct');
    expect(countdownGrader.grade(countdownGold([3, 3, 8, 8], 24), TeX`\boxed{\frac{8}{3 - \frac{8}{3}}}`).verdict).toBe(
      'correct',
    );
  });

  it.each(['', 'no idea', '3 +', '(3 + 5', '3 + x', '5 / (3 - 3)', '3 ^ 2', '2.5 * 2'])('cannot read %j', (text) => {
    expect(verdict(text)).toBe('unparsable');
  });

  it('reads references in each of their forms', () => {
    const expected = { numbers: [3n, 5n, 2n], target: 13n };
    for (const text of [
      '{"numbers": [3, 5, 2], "target": 13}',
      '{"nums": [3, 5, 2], "target": 13}',
      'Use 3, 5 and 2 to make 13.',
      '3 5 2 -> 13',
      'The answer is 3 + 5 * 2.',
    ]) {
      expect(readCountdownGold(text)).toEqual(expected);
    }
    for (const text of ['', 'x', '{"numbers": [3]}', '{"numbers": ["3"], "target": 3}', '{', '1/2']) {
      expect(readCountdownGold(text)).toBeUndefined();
      expect(countdownGrader.grade(text, '3').verdict).toBe('unparsable');
    }
  });

  it('takes a sign in front of a value', () => {
    expect(verdict('-2 + 3 * 5')).toBe('correct');
    expect(verdict('3 * 5 + (-2)')).toBe('correct');
    expect(verdict('-3 + 8')).toBe('wrong');
  });

  it.each([
    '3 + 5 x 2',
    '3 + 5(2)',
    '**3 + 5 * 2**',
    'We can use 3 + 5 * 2 to get 13.',
    'First 5 * 2 = 10. Then 10 + 3 = 13. So it is 3 + 5 * 2.',
    'the answer is 3 + 5 * 2, which is 13',
    'Solution: 3 + 5 * 2',
    '3 + 5 * 2 → 13',
    '<answer>3 + 5 * 2 = 13</answer>',
    String.raw`\boxed{\text{3 + 5 * 2}}`,
  ])('finds the expression in %j', (text) => {
    expect(countdownGrader.grade('{"numbers":[3,5,2],"target":13}', text).verdict).toBe('correct');
  });

  it('reads a target of hundreds of digits', () => {
    const target = '9'.repeat(400);
    expect(countdownGrader.grade(`Use 3, 5 and 2 to make ${target}.`, '3 + 5').verdict).toBe('wrong');
    expect(countdownGrader.grade(`Use 3 and 5 to make ${target}.`, target).verdict).toBe('unparsable');
  });

  it('finds the solution of every generated problem right, and that of another wrong', () => {
    const problems = distinctProblems(taskNamed('countdown'), { count: 60, seed: 5 });
    for (const [i, problem] of problems.entries()) {
      expect(countdownGrader.grade(goldOf(problem, countdownGrader), problem.solution).verdict).toBe('correct');
      const other = problems[(i + 1) % problems.length];
      if (other !== undefined && other.target !== problem.target) {
        expect(countdownGrader.grade(goldOf(problem, countdownGrader), other.solution).verdict).toBe('wrong');
      }
    }
  });

  it('gives any text a verdict', () => {
    const hostile = [
      '('.repeat(1_000_000),
      '1+'.repeat(500_000),
      '9'.repeat(1_000_000),
      '\\frac{'.repeat(100_000),
      '='.repeat(1e6),
    ];
    for (const text of hostile) expect(['wrong', 'unparsable']).toContain(verdict(text));
    const pieces = fc.array(
      fc.constantFrom('(', ')', '+', '-', '*', '/', '3', '5', '2', '8', ' ', '=', '\\boxed{', '}', 'x'),
      {
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        expect(['correct', 'wrong', 'unparsable']).toContain(verdict(parts.join('')));
      }),
      { numRuns: 2_000 },
    );
  });
});
