import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AMENDED_REPLIES, SEVERAL_BOXES } from '../../testing/amended-replies.js';
import { KINDS } from '../../testing/answer-kinds.js';
import { DIFFERENT, EQUAL } from '../../testing/answer-pairs.js';
import { CHECKED_VALUES } from '../../testing/checked-values.js';
import { CONCLUDING_SENTENCES, CONCLUSIONS_WITH_SIGNS } from '../../testing/concluding-sentences.js';
import { FINAL_FORMS } from '../../testing/final-forms.js';
import { PASSING_VALUES } from '../../testing/passing-values.js';
import { REFERENCE_KINDS } from '../../testing/reference-kinds.js';
import { NAMED_REPLY_KINDS, REPLY_KINDS } from '../../testing/reply-kinds.js';
import { SENTENCE_ANSWERS } from '../../testing/sentence-answers.js';
import { RESULTS_IN_WORDS, TRAILING_PHRASES } from '../../testing/trailing-phrases.js';
import { UNSETTLED_REPLIES } from '../../testing/unsettled-replies.js';
import { mathGrader, readMathAnswer, readSolution } from './math.js';

const TeX = String.raw;
const verdict = (gold: string, prediction: string) => mathGrader.grade(gold, prediction).verdict;

describe('the math grader', () => {
  it.each(EQUAL)('takes %s and %s as the same answer', (gold, prediction) => {
    expect(mathGrader.grade(gold, prediction)).toMatchObject({ verdict: 'correct' });
  });

  it.each(DIFFERENT)('tells %s and %s apart', (gold, prediction) => {
    expect(mathGrader.grade(gold, prediction)).not.toMatchObject({ verdict: 'correct' });
  });

  describe.each([
    ...KINDS,
    ...REFERENCE_KINDS,
    ...REPLY_KINDS,
    ...NAMED_REPLY_KINDS,
    ...PASSING_VALUES,
    ...CHECKED_VALUES,
    ...AMENDED_REPLIES,
    ...UNSETTLED_REPLIES,
    ...TRAILING_PHRASES,
    ...RESULTS_IN_WORDS,
    ...SEVERAL_BOXES,
    ...CONCLUDING_SENTENCES,
    ...CONCLUSIONS_WITH_SIGNS,
    ...SENTENCE_ANSWERS,
    ...FINAL_FORMS,
  ])('$kind', ({ equal, different }) => {
    it.each(equal)('%s is %s', (gold, prediction) => {
      expect(mathGrader.grade(gold, prediction)).toMatchObject({ verdict: 'correct' });
    });
    it.each(different)('%s is not %s', (gold, prediction) => {
      expect(mathGrader.grade(gold, prediction)).not.toMatchObject({ verdict: 'correct' });
    });
  });

  it('says what it compared', () => {
    expect(mathGrader.grade('5', TeX`so \boxed{6}`)).toEqual({
      verdict: 'wrong',
      reason: '6 (boxed) against 5: not equal',
      answer: '6',
    });
  });

  it('tells "no answer" from a wrong one', () => {
    expect(verdict('5', '')).toBe('unparsable');
    expect(verdict('5', '   \n')).toBe('unparsable');
    expect(verdict('5', 'It goes on and on and it never says what comes out. '.repeat(20))).toBe('unparsable');
    expect(verdict('', '5')).toBe('unparsable');
  });

  it('votes alike for answers that are equal', () => {
    expect(mathGrader.same(TeX`\frac12`, '0.5')).toBe(true);
    expect(mathGrader.same('1/2', '1/3')).toBe(false);
  });
});

describe('where the answer is looked for', () => {
  it.each([
    ['the last box', TeX`\boxed{1} was wrong, it is \boxed{2}`, '2'],
    [
      'a final statement after the last box',
      TeX`\boxed{200} is interest. Final Answer: The final answer is $10,455$. I hope it is correct.`,
      '10,455',
    ],
    ['neighbouring boxes together', TeX`$\boxed{1}$ and $\boxed{2}$`, '1, 2'],
    ['not boxes with words between them', TeX`\boxed{1} no no no no no \boxed{2}`, '2'],
    ['the last statement', 'The answer is 4. Wait, the answer is 5.', '5'],
    ['after ####', 'He has 3 + 4 = 7 left.\n#### 7', '7'],
    ['a statement in bold', '**Answer:** 12', '12'],
    ['the last number when nothing is stated', 'So there are 12 ways to do that in this case.', '12'],
    ['after the thinking', '<think>it may be \\boxed{3}</think>It is \\boxed{4}', '4'],
    ['a box that is never closed', TeX`so \boxed{\frac{1}{2}`, TeX`\frac{1}{2}`],
    ['a box with escapes damaged on the way', 'so \boxed{7}', '7'],
    ['a box with doubled backslashes', TeX`so \\boxed{\\frac{1}{2}}`, TeX`\frac{1}{2}`],
    ['a box without braces', TeX`so \boxed 12.`, '12'],
    ['a decimal in a box without braces', TeX`so \boxed 1.25.`, '1.25'],
    ['a fraction in a box without braces', TeX`\boxed\frac12`, TeX`\frac12`],
    ['an empty box', TeX`The answer is 5. In a box: \boxed{}`, '5'],
    ['the box in a box', TeX`\boxed{Thus \boxed{42}.}`, '42'],
    ['an empty box alone', TeX`\boxed{ }`, undefined],
    ['tags without an answer', '<answer></answer>', undefined],
    ['a tag alone', '<|begin_of_solution|>', undefined],
    ['a piece of a tag', '<|begin_of_solution|>\n\n<|end_of_solution', undefined],
    ['a tag in tags', '<|begin_of_solution|>\n\n<|begin_of_solution|>', undefined],
    ['a percent sign behind the box', TeX`it is \boxed{20}\%`, '20 %'],
  ])('%s', (_, text, answer) => {
    expect(readMathAnswer(text)?.text).toBe(answer);
  });

  it('does not take digits out of words', () => {
    expect(verdict('2', 'AZYUK2A')).toBe('wrong');
  });
});

describe('solutions without an answer beside them', () => {
  it.each([
    ['a box', TeX`so \boxed{5}`, 'boxed', TeX`so \boxed{5}`],
    ['a statement', 'The answer is 6.', 'stated', 'The answer is 6.'],
    ['the answer alone', '3/4', 'alone', '3/4'],
    ['words alone', 'Paris', 'alone', 'Paris'],
    ['several parts', 'The slope is 3. The intercept is 4.', 'alone', 'The slope is 3. The intercept is 4.'],
    ['a calculation', 'Ann has 19 + 5 = 24 stones.', 'result', 'Ann has 19 + 5 = 24 stones.'],
    ['the last number of prose', 'Tom starts with 3. Tom finds 1 more. Tom has 4.', 'result', '4'],
    ['a sentence with one result', 'He needs 4 boxes to pack 24 stones.', 'result', '4'],
    ['a number in words', 'So there are twelve stones.', 'result', 'twelve'],
    ['an answer in words', 'The capital of France is Paris.', 'text', 'The capital of France is Paris.'],
    [
      'words after the last number',
      'Ann has 5 stones and Bob has 3. Ann has more stones.',
      'text',
      'Ann has 5 stones and Bob has 3. Ann has more stones.',
    ],
  ])('%s', (_, solution, how, reference) => {
    expect(readSolution(solution)).toEqual({ how, reference });
  });
});

describe('invariances', () => {
  const whole = fc.integer({ min: -999, max: 999 });
  const leaf = fc.oneof(whole.map(String), fc.constantFrom('x', 'y', TeX`\pi`, TeX`\sqrt{2}`, '0.25'));
  const expression = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a}) + (${b})`),
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => TeX`(${a}) \cdot (${b})`),
      fc.tuple(tie('node'), fc.integer({ min: 1, max: 99 })).map(([a, b]) => TeX`\frac{${a}}{${b}}`),
      fc.tuple(tie('node'), fc.integer({ min: 2, max: 4 })).map(([a, n]) => TeX`\left(${a}\right)^{${n}}`),
    ),
  })).node;
  const answer = fc.oneof(
    expression,
    fc.array(expression, { minLength: 2, maxLength: 4 }).map((items) => TeX`\left( ${items.join(', ')} \right)`),
    fc.array(whole, { minLength: 1, maxLength: 4 }).map((items) => TeX`\{${items.join(', ')}\}`),
    fc.tuple(whole, fc.integer({ min: 1, max: 99 })).map(([low, width]) => TeX`[${low}, ${low + width})`),
    expression.map((text) => `x = ${text}`),
  );

  const changes: readonly (readonly [string, (text: string) => string])[] = [
    ['itself', (text) => text],
    ['more spaces', (text) => text.replace(/([+=,()])/g, ' $1  ')],
    ['spacing commands', (text) => text.replace(/([+=])/g, TeX`\,$1\;`)],
    ['no \\left and \\right', (text) => text.replace(/\\(?:left|right)/g, '')],
    [
      '\\left and \\right',
      (text) => text.replace(/(?<!\\left)\(/g, TeX`\left(`).replace(/(?<!\\right)\)/g, TeX`\right)`),
    ],
    ['\\dfrac', (text) => text.replaceAll(TeX`\frac`, TeX`\dfrac`)],
    ['\\tfrac', (text) => text.replaceAll(TeX`\frac`, TeX`\tfrac`)],
    ['a full stop', (text) => `${text}.`],
    ['dollars', (text) => `$${text}$`],
    ['a box in a sentence', (text) => TeX`Therefore the result is $\boxed{${text}}$, as was to be shown.`],
    ['a statement', (text) => TeX`Final Answer: The final answer is $${text}$. I hope it is correct.`],
    ['empty text commands', (text) => `${text}\\text{ }`],
  ];

  it.each(changes)('an answer equals itself with %s, either way round', (_, change) => {
    fc.assert(
      fc.property(answer, (text) => {
        expect(mathGrader.grade(text, change(text))).toMatchObject({ verdict: 'correct' });
        expect(mathGrader.grade(change(text), text)).toMatchObject({ verdict: 'correct' });
      }),
      { numRuns: 60 },
    );
  });

  it('is symmetric on values, points, sets and intervals', () => {
    const value = fc.oneof(
      expression,
      fc.tuple(whole, whole).map(([a, b]) => `(${a}, ${b})`),
    );
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(verdict(a, b)).toBe(verdict(b, a));
      }),
      { numRuns: 200 },
    );
  });

  it('compares rational numbers exactly', () => {
    const fraction = fc.tuple(fc.integer({ min: -60, max: 60 }), fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(fraction, fraction, ([a, b], [c, d]) => {
        expect(verdict(`${a}/${b}`, TeX`\frac{${c}}{${d}}`)).toBe(a * d === b * c ? 'correct' : 'wrong');
      }),
    );
  });

  it('sees polynomials as functions: expanded equals factored, a changed coefficient does not', () => {
    const small = fc.integer({ min: -9, max: 9 });
    fc.assert(
      fc.property(small, small, small, (a, b, c) => {
        const factored = `(x + ${a})(x - ${b})`;
        const expanded = `x^2 + ${a - b}x - ${a * b}`.replaceAll('+ -', '- ').replaceAll('- -', '+ ');
        expect(verdict(factored.replaceAll('+ -', '- ').replaceAll('- -', '+ '), expanded)).toBe('correct');
        const shifted = `${expanded} + ${Math.abs(c)}`;
        expect(verdict(expanded, shifted)).toBe(c === 0 ? 'correct' : 'wrong');
      }),
    );
  });
});

describe('hostile texts', () => {
  const hostile: Readonly<Record<string, string>> = {
    'deep brackets': `${'('.repeat(100_000)}1${')'.repeat(100_000)}`,
    'deep fractions': TeX`\frac{`.repeat(50_000),
    'open braces': '{'.repeat(1_000_000),
    'open boxes': TeX`\boxed{`.repeat(150_000),
    dollars: '$'.repeat(1_000_000),
    'a million digits': '9'.repeat(1_000_000),
    'a tower of powers': '9^9^9^9',
    'a tower in braces': TeX`\boxed{9^{9^{9^{9}}}}`,
    'a large factorial': '99999999!',
    'a factorial of a factorial': '((20!)!)!',
    'a large binomial': TeX`\binom{100000}{50000}`,
    'nested sums': TeX`\sum_{k=1}^{1000}\sum_{j=1}^{1000}\sum_{i=1}^{1000} ijk`,
    'a root of high degree': TeX`\sqrt[99999]{2}`,
    'a large power of a fraction': TeX`\left(\frac13\right)^{99999}`,
    commas: '1,'.repeat(500_000),
    letters: 'a'.repeat(1_000_000),
    spaces: `${' '.repeat(1_000_000)}x`,
    newlines: '\n'.repeat(1_000_000),
    'spaces between numbers': `1${' '.repeat(140_000)}2`,
    'remarks of confidence': 'I am 100% sure, '.repeat(10_000),
    'answers taken back': 'The answer is 9. No, wait, actually '.repeat(4_000),
    'spaces before a denial': `9${' '.repeat(140_000)}is not 9`,
    'steps in one formula': 'x = 1, 2x = 2, '.repeat(10_000),
    'amounts in words': 'She has a dozen '.repeat(10_000),
    backslashes: '\\'.repeat(1_000_000),
    statements: 'the answer is '.repeat(80_000),
    'spaces after "answer"': `answer${' '.repeat(1_000_000)}`,
    'plus-minus': TeX`\pm 1`.repeat(1_000),
    bars: '|'.repeat(100_000),
    'nested groups of formulas': TeX`$\(\[`.repeat(200_000),
    'a long list': Array.from({ length: 3_000 }, (_, i) => `x^{${i}}`).join(', '),
    'a long division': `${'1/'.repeat(400_000)}1`,
    'a wide matrix': TeX`\begin{pmatrix}${'1 & '.repeat(100_000)}1\end{pmatrix}`,
    'control characters': '\u0000\b\f\u000b\u2028'.repeat(100_000),
    'unpaired surrogates': '\ud800'.repeat(100_000),
    'factorials of factorials': `5${'!'.repeat(1_221)}`,
    'exclamations after a statement': `The answer is 5${'!'.repeat(5_000)}`,
    'signs of money': '$'.repeat(5_000),
    primes: `f${"'".repeat(5_000)}`,
    quotes: '"'.repeat(5_000),
    'roots without braces': TeX`\sqrt`.repeat(2_000),
    'texts in texts': TeX`\text{1`.repeat(1_400),
    'a long union': TeX`[1,2]\cup`.repeat(1_300),
    'millions of millions': `1${' million'.repeat(1_000)}`,
    'roots in words': 'square root of '.repeat(5_000),
    'a unit over units': `5 m${'/s'.repeat(3_000)}`,
    'cases in a row': '1 if x>0, '.repeat(1_500),
    'solutions in a row': 'x=1, y=2 or '.repeat(1_500),
    'a calculation without an end': '3 + '.repeat(5_000),
    'matrices to the power of powers': TeX`\det((((\begin{pmatrix}1&x\\x&1\end{pmatrix}^8)^8)^8)^8)`,
    'prototype names': '__proto__ constructor toString',
  };

  it.each(Object.entries(hostile))('%s get a verdict', (_, text) => {
    for (const [gold, prediction] of [
      ['5', text],
      [text, '5'],
      [text, `${text} `],
      [TeX`x^2+\frac13`, text],
    ] as const) {
      expect(['correct', 'wrong', 'unparsable']).toContain(verdict(gold, prediction));
    }
  });

  it.each([TeX`\boxed{is}\boxed{and`, TeX`\boxed{\sqrt}\boxed{9`])('%s is itself', (text) => {
    expect(verdict(text, text)).toBe('correct');
    expect(verdict(text, `${text}\n`)).toBe('correct');
  });

  it('any text gets a verdict', () => {
    const pieces = fc.constantFrom(
      ...'{ } ( ) [ ] $ \\ ^ _ | , . = < > & % ! + - * / 0 1 9 x y i e \\frac \\sqrt \\boxed{ \\left( \\right) \\begin{pmatrix} \\\\ \\pm \\cup \\in \\text{ \\{ \\} \\sin \\sum_{ \\infty ° √ ½ and or answer is'.split(
        ' ',
      ),
      ' ',
      '\n',
    );
    const soup = fc.oneof(
      fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(soup, soup, (gold, prediction) => {
        expect(['correct', 'wrong', 'unparsable']).toContain(verdict(gold, prediction));
        if (readMathAnswer(gold) !== undefined) expect(verdict(gold, gold)).not.toBe('wrong');
      }),
      { numRuns: 3_000 },
    );
  });
});
