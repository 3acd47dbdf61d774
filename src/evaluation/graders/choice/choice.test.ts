import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHOICES, NO_CHOICES } from '../../testing/choice-forms.js';
import { NO_OPTED_CHOICES, OPTED_CHOICES } from '../../testing/opted-choices.js';
import {
  CLAIMED_CHOICES,
  NAMED_CHOICES,
  NO_CLAIMED_CHOICES,
  NO_WEIGHED_CHOICES,
  ONLY_NAMED,
  WEIGHED_CHOICES,
} from '../../testing/weighed-choices.js';
import { choiceGrader, readChoice } from './choice.js';

const TeX = String.raw;

describe('the choice grader', () => {
  it.each([
    'The worst option is C.',
    'I doubt it is C.',
    'I doubt that it is C.',
    "I don't think it is C.",
    'I do not believe that it is (C).',
    'It is unlikely that it is C.',
  ])('takes %s for no answer', (prediction) => {
    expect(readChoice(prediction)).toBeUndefined();
  });

  it.each([
    ['C', 'C'],
    ['(C)', 'C'],
    ['c', 'C'],
    ['C.', 'C'],
    ['C) 42 km', 'C'],
    ['**B**', 'B'],
    ['The answer is (D).', 'D'],
    ['The answer is D', 'D'],
    ['the correct answer is **A**.', 'A'],
    ['The correct option is B because the mass is larger.', 'B'],
    ['Answer: C', 'C'],
    ['**Answer: C**', 'C'],
    ['ANSWER: (B)', 'B'],
    ['Answer: $\\boxed{C}$', 'C'],
    [TeX`A is tempting, B too. \boxed{\text{(D)}}`, 'D'],
    [TeX`\boxed{C: 12 m}`, 'C'],
    [TeX`\boxed C.`, 'C'],
    [TeX`\boxed (C)`, 'C'],
    ['The answer is A? No: the answer is B.', 'B'],
    ['I weigh A against C.\n\nC', 'C'],
    ['The correct choice is option C.', 'C'],
    ['<think>the answer is A</think>The answer is B.', 'B'],
    ['The answer is A.\nIt follows from the second law.', 'A'],
    // After a box that holds a formula.
    [`${TeX`The force is \boxed{F = 3\ \text{N}}.`}\n\nAnswer: D`, 'D'],
    [`${TeX`\boxed{12.5}`}\nSo the answer is (B).`, 'B'],
    [TeX`The answer is B, because \boxed{E = 4}.`, 'B'],
    [TeX`\boxed{C}. On reflection, the final answer is D.`, 'D'],
    [TeX`\boxed{\text{Option C}}`, 'C'],
    // Less formal statements.
    ["I think it's (D).", 'D'],
    ['I would go with B.', 'B'],
    ['So it must be (C).', 'C'],
    ['My guess: that leaves (A).', 'A'],
    ['Answer - B', 'B'],
    ['Answer (B)', 'B'],
    ['The answer is therefore option C.', 'C'],
    ['The correct answer to this question is (A).', 'A'],
    ['The answer, I am sure, is C. Answer: C', 'C'],
    // Small letters.
    ['The correct answer is d.', 'D'],
    ['answer: (b)', 'B'],
    ['Answer: b', 'B'],
    ['the answer is **c**', 'C'],
    // What is said of a letter.
    ['Therefore, option B is correct.', 'B'],
    ['Option (B) is the right one.', 'B'],
    ['Hence, B is the correct answer.', 'B'],
    ['C (the mitochondrion) is the best answer.', 'C'],
    ['Option A is wrong. Option D is correct.', 'D'],
    ['A. one\nB. two\nC. three\nThus: C', 'C'],
    ['C, not A', 'C'],
    ['Die Antwort ist C, nicht A.', 'C'],
    ['C。因为质量更大', 'C'],
    // Headings, tags and lines of their own.
    ['## Answer\n\nC', 'C'],
    ['### Final Answer\n**C**', 'C'],
    ['**Answer**\n(C)', 'C'],
    ['It is the second law. <answer>C</answer>', 'C'],
    ['<answer> (C) 42 km </answer>', 'C'],
    ['It is the second law. <answer>C', 'C'],
    ['It is the second law. <answer>C</ans', 'C'],
    ['B\n\nThe mass is larger, so the force is.', 'B'],
    // Other languages.
    ['答案是C。', 'C'],
    ['综上所述,故选B', 'B'],
    ['正确答案：（A）', 'A'],
    ['La bonne réponse est la (B). Réponse : B', 'B'],
    ['Die richtige Antwort ist C.', 'C'],
    ['Antwort: C', 'C'],
    ['La respuesta correcta es D.', 'D'],
    ['A resposta correta é B.', 'B'],
    ['La risposta è A.', 'A'],
    ['Правильный ответ: C', 'C'],
    ['答えはDです。', 'D'],
    ['정답: B', 'B'],
    ['정답은 B입니다.', 'B'],
    ['الإجابة: ب', 'B'],
    ['Jawaban: D', 'D'],
    ['Đáp án: A', 'A'],
  ])('reads %j', (text, letter) => {
    expect(readChoice(text)?.letter).toBe(letter);
  });

  it.each([
    '',
    'A stray letter at the start of a sentence.',
    'A ball is thrown. I think that B and C are close, but who knows',
    'The answer is a matter of taste.',
    'The answer is A or B.',
    'The answer is between A and C',
    'The answer is Always.',
    'no idea',
    '<answer></ans',
    'I have no idea.',
    '?',
    TeX`\boxed{?}`,
    TeX`\boxed{A, C}`,
    TeX`\boxed{A \text{ or } C}`,
    TeX`\boxed{a + b}`,
    TeX`\boxed{12}`,
    'the answer is a good question',
    'Option A is not correct.',
    'Option A is incorrect.',
    'Option A seems right, but I cannot tell.',
    'Statement A is true.',
    'If option A is correct, the mass would be negative.',
    'A and B are both options here, and I cannot tell.',
    'I think I need more information.',
    '答案是A或B。',
    'Respuesta: A o B',
  ])('finds no answer in %j', (text) => {
    expect(choiceGrader.grade('A', text).verdict).toBe('unparsable');
  });

  it.each([...CHOICES, ...WEIGHED_CHOICES, ...NAMED_CHOICES, ...CLAIMED_CHOICES, ...OPTED_CHOICES])(
    'reads the letter of %j',
    (text, letter) => {
      expect(readChoice(text)?.letter).toBe(letter);
    },
  );

  it.each([...NO_CHOICES, ...NO_WEIGHED_CHOICES, ...ONLY_NAMED, ...NO_CLAIMED_CHOICES, ...NO_OPTED_CHOICES])(
    'finds no letter in %j',
    (text) => {
      expect(choiceGrader.grade('A', text).verdict).toBe('unparsable');
    },
  );

  it('tells right from wrong, and says why', () => {
    expect(choiceGrader.grade('B', 'The answer is (B).')).toEqual({
      verdict: 'correct',
      reason: 'B (stated)',
      answer: 'B',
    });
    expect(choiceGrader.grade('(B)', 'Answer: A')).toEqual({
      verdict: 'wrong',
      reason: 'A (stated) against B',
      answer: 'A',
    });
    expect(choiceGrader.grade('what', 'Answer: A').verdict).toBe('unparsable');
  });

  it('gives any text a verdict', () => {
    const hostile = [
      'answer is '.repeat(100_000),
      '\\boxed{'.repeat(100_000),
      '\\text{'.repeat(100_000),
      ' '.repeat(1_000_000),
      'wait, no, '.repeat(100_000),
      'not B but '.repeat(100_000),
      '*'.repeat(200_000),
    ];
    for (const text of hostile) expect(choiceGrader.grade('A', text).verdict).toBe('unparsable');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(['correct', 'wrong', 'unparsable']).toContain(choiceGrader.grade('A', text).verdict);
      }),
    );
  });
});
