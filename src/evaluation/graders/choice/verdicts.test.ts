import { describe, expect, it } from 'vitest';
import { graderNamed } from '../registry.js';

const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('verdicts on options', () => {
  it.each([
    ['choice', 'C', "Let's check.\nA) Incorrect. x\nB) Incorrect. y\nC) Correct. z\nD) Incorrect. w"],
    ['choice', 'C', '- A: false, x\n- B: false, y\n- C: true, z\n- D: false, w'],
    ['choice', 'C', '**A.** Incorrect – x\n**B.** Incorrect – y\n**C.** Correct – z\n**D.** Incorrect – w'],
    ['choice', 'C', 'A ❌\nB ❌\nC ✅\nD ❌'],
    ['choice', 'C', '(A) Wrong: x.\n(B) Wrong: y.\n(C) Correct: z.\n(D) Wrong: w.'],
    [
      'choice',
      'C',
      "Let's go through the choices.\n(A) Wrong: mitosis does not halve the chromosome number.\n(B) Wrong: that happens in G1.\n(C) Correct: crossing over occurs in prophase I.\n(D) Wrong: this describes telophase II.",
    ],
    ['choice', 'A', '正确答案是A。选项B不对。'],
    ['choice', 'A', '选A，因为选项B错误。'],
    ['choice', 'A', '正确答案是A。选项B虽然接近，但忽略了自旋。'],
    ['choice', 'C', '答案选C。选项A和选项B都不符合题意。'],
    ['choice', 'B', "Let's check.\nA) Correct. x\nB) Incorrect. y\nC) Correct. z\nSo the answer is B."],
    ['choice', 'B', 'A) No – it is too small.\nB) Yes – it is 12.\nC) No – it is too large.'],
    ['choice', 'B', '正确答案是B，而不是选项A。'],
    ['choice', 'C', 'Let us look at each.\n**A.** Incorrect – x\n**B.** Incorrect – y\n**C.** Correct – z'],
    ['choice', 'B', 'Correct: B'],
    ['choice', 'C', 'Correct answer: C'],
    ['choice', 'C', '**Correct: (C)**'],
    ['choice', 'B', '答案不是A，而是B。'],
    ['choice', 'B', '正确答案是B。选项A不完整，选项B正确。'],
    ['choice', 'B', '选项A不对，正确答案是B。'],
    ['choice', 'B', '我先选A。不对，应该选B。'],
    ['choice', 'D', '选D。'],
    ['choice', 'C', 'A ✗\nB ✗\nC ✓\nD ✗'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['choice', 'A', "Let's check.\nA) Incorrect. x\nB) Incorrect. y\nC) Correct. z\nD) Incorrect. w"],
    ['choice', 'Z', "Let's check.\nA) Incorrect. x\nB) Incorrect. y\nC) Correct. z\nD) Incorrect. w"],
    ['choice', 'X', "Let's check.\nA) Incorrect. x\nB) Incorrect. y\nC) Correct. z\nD) Incorrect. w"],
    ['choice', 'A', '- A: false, x\n- B: false, y\n- C: true, z\n- D: false, w'],
    ['choice', 'A', '**A.** Incorrect – x\n**B.** Incorrect – y\n**C.** Correct – z\n**D.** Incorrect – w'],
    ['choice', 'A', 'A ❌\nB ❌\nC ✅\nD ❌'],
    ['choice', 'D', 'A ❌\nB ❌\nC ✅\nD ❌'],
    ['choice', 'Z', '(A) Wrong: x.\n(B) Wrong: y.\n(C) Correct: z.\n(D) Wrong: w.'],
    ['choice', 'W', '(A) Wrong: x.\n(B) Wrong: y.\n(C) Correct: z.\n(D) Wrong: w.'],
    [
      'choice',
      'D',
      "Let's go through the choices.\n(A) Wrong: mitosis does not halve the chromosome number.\n(B) Wrong: that happens in G1.\n(C) Correct: crossing over occurs in prophase I.\n(D) Wrong: this describes telophase II.",
    ],
    ['choice', 'B', '正确答案是A。选项B不对。'],
    ['choice', 'B', '选A，因为选项B错误。'],
    ['choice', 'B', '正确答案是A。选项B虽然接近，但忽略了自旋。'],
    ['choice', 'A', '答案选C。选项A和选项B都不符合题意。'],
    ['choice', 'B', '答案选C。选项A和选项B都不符合题意。'],
    ['choice', 'A', 'A) Correct. x\nB) Correct. y\nC) Incorrect. z'],
    ['choice', 'B', 'A) Correct. x\nB) Correct. y\nC) Incorrect. z'],
    ['choice', 'C', 'A) Correct. x\nB) Correct. y\nC) Incorrect. z'],
    ['choice', 'A', 'The question asks which is incorrect.\nA) Correct. x\nB) Incorrect. y\nC) Correct. z'],
    ['choice', 'C', 'The question asks which is incorrect.\nA) Correct. x\nB) Incorrect. y\nC) Correct. z'],
    ['choice', 'A', "Let's check.\nA) Correct. x\nB) Incorrect. y\nC) Correct. z\nSo the answer is B."],
    ['choice', 'C', "Let's check.\nA) Correct. x\nB) Incorrect. y\nC) Correct. z\nSo the answer is B."],
    ['choice', 'A', 'A) No – it is too small.\nB) Yes – it is 12.\nC) No – it is too large.'],
    ['choice', 'C', 'A) No – it is too small.\nB) Yes – it is 12.\nC) No – it is too large.'],
    ['choice', 'B', 'A: true\nB: false'],
    ['choice', 'A', '正确答案是B，而不是选项A。'],
    ['choice', 'A', 'Which is not true?\nA) Correct. x\nB) Incorrect. y\nC) Incorrect. z'],
    ['choice', 'X', '(A) Correct: x.\n(B) Correct: y.\n(C) Wrong: z.'],
    ['choice', 'Y', '(A) Correct: x.\n(B) Correct: y.\n(C) Wrong: z.'],
    ['choice', 'Z', '(A) Correct: x.\n(B) Correct: y.\n(C) Wrong: z.'],
    ['choice', 'A', '(A) Correct: x.\n(B) Correct: y.\n(C) Wrong: z.'],
    ['choice', 'B', '(A) Correct: x.\n(B) Correct: y.\n(C) Wrong: z.'],
    ['choice', 'A', '答案不是A，而是B。'],
    ['choice', 'A', '正确答案是B。选项A不完整，选项B正确。'],
    ['choice', 'A', '选项A不对，正确答案是B。'],
    ['choice', 'A', '我先选A。不对，应该选B。'],
    ['choice', 'A', '选D。'],
    ['choice', 'D', 'D is the one that fails.'],
    ['choice', 'A', 'A) Correct? Maybe.\nB) Incorrect.\nC) Incorrect.'],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});

describe('options that are the one', () => {
  it.each([
    ['choice', 'D', 'The molecule in B has a plane of symmetry. Option D is the one.'],
    ['choice', 'D', 'B has a plane of symmetry. D is the one we want.'],
    ['choice', 'D', 'Hence choice D is chiral and is the one we want.'],
    [
      'choice',
      'D',
      'The molecule in choice B has a plane of symmetry, whereas the molecule in choice D does not; it is chiral. Hence choice D is chiral and is the one we want.',
    ],
    ['choice', 'A', '答えは A です。'],
    ['choice', 'C', '答えは C です。B は温度に依存するため不適切です。'],
    ['choice', 'A', 'सही उत्तर A है।'],
    ['choice', 'A', 'Правильный ответ — А.'],
    ['choice', 'B', 'Ответ: В.'],
    ['choice', 'C', 'Правильный ответ — С.'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['choice', 'B', 'The molecule in B has a plane of symmetry. Option D is the one.'],
    ['choice', 'B', 'B has a plane of symmetry. D is the one we want.'],
    [
      'choice',
      'B',
      'The molecule in choice B has a plane of symmetry, whereas the molecule in choice D does not; it is chiral. Hence choice D is chiral and is the one we want.',
    ],
    ['choice', 'B', '答えは C です。B は温度に依存するため不適切です。'],
    ['choice', 'D', 'Option D is the one that is wrong.'],
    ['choice', 'D', 'D is the one we want to exclude.'],
    ['choice', 'D', 'Option D is the one to avoid.'],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});
