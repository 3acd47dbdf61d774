import { describe, expect, it, test } from 'vitest';
import { graderNamed } from '../registry.js';
import { judgedOption } from './judged-options.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

describe('the only option that a reply speaks for', () => {
  it.each([
    ['choice', 'C', 'My initial thought was B, however on reflection C fits the data better.'],
    ['choice', 'D', 'At first I thought A, but on closer inspection D matches the description better.'],
    ['choice', 'B', 'My first guess was C; however, on second thought B is the better answer.'],
    [
      'choice',
      'C',
      "Let's go through the options.\n\nA) 12 — too small.\nB) 15 — doesn't satisfy the second condition.\nC) 18 — satisfies both conditions.\nD) 21 — too large.",
    ],
    [
      'choice',
      'C',
      'A) 12 — fails the second condition. B) 15 — fails the first condition. C) 18 — satisfies both conditions. D) 20 — fails both.',
    ],
    ['choice', 'B', 'A. 4 - too low\nB. 6 - meets all the requirements\nC. 8 - too high\nD. 10 - too high'],
    ['choice', 'A', '(A) 9 – works for both equations\n(B) 10 – does not work\n(C) 11 – violates the second equation'],
    [
      'choice',
      'D',
      "Checking each option:\n- A: 3, fails\n- B: 5, fails\n- C: 7, doesn't work\n- D: 9, satisfies all conditions",
    ],
    ['choice', 'B', '(A) is a common misconception. (B) matches the data. (C) and (D) contradict it.'],
    ['choice', 'D', '(A) and (B) contradict the text. (C) is wrong. (D) matches the text.'],
    ['choice', 'A', '(A) fits the observations. (B) is false. (C) is irrelevant. (D) contradicts them.'],
    ['choice', 'A', 'Antwort A ist richtig, Antwort C falsch.'],
    ['choice', 'B', 'Antwort B ist korrekt, Antworten A und C sind falsch.'],
    ['choice', 'C', 'Antwort A ist falsch, Antwort C ist richtig.'],
    ['choice', 'B', 'La respuesta B es correcta, la A es incorrecta.'],
    ['choice', 'C', 'As respostas B e D são falsas, a C é correta.'],
    ['choice', 'B', 'Initially I considered A, but after checking the units B fits better.'],
    ['choice', 'C', 'I first thought B. However, on reflection, C fits the data better.'],
    ['choice', 'C', 'My gut says B, but on reflection C is correct.'],
    ['choice', 'C', 'Option A: 12 — fails. Option B: 15 — fails. Option C: 18 — works. Option D: 20 — fails.'],
    ['choice', 'C', '**A)** 12 ✗\n**B)** 15 ✗\n**C)** 18 ✓\n**D)** 21 ✗'],
    [
      'choice',
      'C',
      'A) 12 -> not divisible by 9\nB) 15 -> not divisible by 9\nC) 18 -> satisfies both\nD) 21 -> not divisible by 9',
    ],
    ['choice', 'D', 'A is too small, B is too small, C is too large, and D fits both conditions.'],
    ['choice', 'B', '(A) contradicts the graph, (C) is irrelevant, and (D) is false. (B) matches the graph.'],
    [
      'choice',
      'C',
      'A) x = 1 gives 5, not 7.\nB) x = 2 gives 6, not 7.\nC) x = 3 gives 7, which matches.\nD) x = 4 gives 8, not 7.',
    ],
    ['choice', 'B', 'La réponse B est correcte, les réponses A et C sont fausses.'],
    ['choice', 'B', 'La opción B es correcta; las opciones A y C son incorrectas.'],
    ['choice', 'D', 'Antwort A ist falsch, Antwort B ist falsch, Antwort C ist falsch, Antwort D ist richtig.'],
    ['choice', 'D', 'Die Antworten A, B und C sind falsch, D ist richtig.'],
  ])('%s, %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).toBe('correct'));

  it.each([
    ['choice', 'B', 'My initial thought was B, however on reflection C fits the data better.'],
    ['choice', 'C', 'My initial thought was B, however C fits the data worse.'],
    [
      'choice',
      'C',
      'A) 12 — fails. B) 15 — satisfies both conditions. C) 18 — satisfies both conditions. D) 20 — fails both.',
    ],
    ['choice', 'C', 'A) 12 — fails the second condition. C) 18 — does not satisfy both conditions.'],
    ['choice', 'C', 'A) 12 — fails.\nB) 15 — fails.\nC) 18 — satisfies only one condition.\nD) 21 — fails.'],
    ['choice', 'C', 'A) 12 — maybe.\nB) 15 — fails.\nC) 18 — satisfies both.\nD) 21 — fails.'],
    [
      'choice',
      'C',
      'Which option is not a solution?\nA) 12 — satisfies it.\nB) 15 — satisfies it.\nC) 18 — satisfies it.\nD) 21 — fails.',
    ],
    [
      'choice',
      'D',
      'Which option is not a solution?\nA) 12 — satisfies it.\nB) 15 — fails.\nC) 18 — fails.\nD) 21 — fails.',
    ],
    ['choice', 'A', 'Which option does NOT hold?\nA) 12 — satisfies both.\nB) 15 — fails.\nC) 18 — fails.'],
    [
      'choice',
      'B',
      '(A) is a common misconception. (B) matches the data. (C) matches the data too. (D) contradicts it.',
    ],
    ['choice', 'B', '(A) is a common misconception. (B) does not match the data. (C) and (D) contradict it.'],
    ['choice', 'A', '(A) is a common misconception. (B) matches the data. (C) and (D) contradict it.'],
    ['choice', 'B', '(A) might work. (B) matches the data. (C) and (D) contradict it.'],
    ['choice', 'A', 'Antwort A ist nicht richtig, Antwort C falsch.'],
    ['choice', 'A', 'Antwort A ist richtig, Antwort C auch.'],
    ['choice', 'C', 'Antwort A ist richtig, Antwort C falsch.'],
    ['choice', 'A', 'Wenn Antwort A richtig ist, ist Antwort C falsch.'],
    ['choice', 'B', 'The table shows (A) a misconception. (B) matches (C).'],
    [
      'choice',
      'B',
      'Only one is wrong: (A) contradicts the data. (B) matches the data. (C) contradicts it. Find the wrong one.',
    ],
    ['choice', 'B', 'My initial thought was B, however on reflection C is not better.'],
    ['choice', 'B', '(A) fails. (B) satisfies the first but not the second. (C) fails.'],
    ['choice', 'A', '(A) is false. (B) is false. (C) is false.'],
    ['choice', 'A', 'Antwort A ist richtig, Antwort B ist richtig, Antwort C falsch.'],
    [
      'choice',
      'C',
      'A) 12 — fails.\nB) 15 — fails.\nC) 18 — satisfies both.\nD) 21 — fails.\nSo none of them works for x = 0, and B is what the key says.',
    ],
    ['choice', 'C', 'Suppose x > 0. (A) fails. (B) fails. (C) works if x is even.'],
    ['choice', 'C', 'A) fits in 12 hours.\nB) not in time.\nC) not relevant.'],
    ['choice', 'C', 'A) fails.\nB) fails.\nC) works for x = 2 but not for x = 3.\nD) fails.'],
    ['choice', 'C', 'Eliminate the options that work: A) fails. B) fails. C) works. D) fails.'],
    ['choice', 'C', 'We need the statement that is not correct.\nA) not correct\nB) correct\nC) correct'],
    [
      'choice',
      'A',
      'A) A claim that works in theory.\nB) A claim that is not sound.\nC) A claim that is wrong.\nWhich one is it?',
    ],
    ['choice', 'A', 'My initial thought was B, but A is not better.'],
    ['choice', 'B', 'My gut says B, but on reflection C is correct.'],
    [
      'choice',
      'B',
      '(A) contradicts the graph, (C) is irrelevant, and (D) is false, as it seems. (B) might match the graph.',
    ],
    ['choice', 'A', 'Die Antworten A, B und C sind richtig, D ist falsch.'],
    ['choice', 'D', 'Die Antworten A, B und C sind richtig, D ist falsch.'],
  ])('%s, not %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).not.toBe('correct'));
});

test('an option whose verdict is followed by a conclusion is not decided by it', () => {
  expect(judgedOption('A) fits the data. B) is contradicted. C) is contradicted.')).toBe('A');
  const but = 'A) fits the data. B) is contradicted. C) is contradicted. However, A fails for small n, so none: D.';
  expect(judgedOption(but)).toBeUndefined();
});
