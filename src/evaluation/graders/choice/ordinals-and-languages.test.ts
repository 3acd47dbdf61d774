import { describe, expect, it } from 'vitest';
import { graderNamed } from '../registry.js';

const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('options by their place, and in Turkish, Bulgarian and Italian', () => {
  it.each([
    ['choice', 'C', 'The third option (C) is correct.'],
    ['choice', 'B', "I'd choose the second option (B)."],
    ['choice', 'B', 'So it has to be the second option (B).'],
    ['choice', 'A', 'The first option, (A), is the right one.'],
    ['choice', 'C', 'This corresponds exactly to choice C.'],
    ['choice', 'D', 'This matches choice D exactly.'],
    ['choice', 'B', 'The result agrees perfectly with option B.'],
    ['choice', 'E', 'Doğru cevap E şıkkı.'],
    ['choice', 'D', 'Cevap: D şıkkıdır.'],
    ['choice', 'B', 'Bu nedenle B şıkkı doğrudur.'],
    ['choice', 'C', 'Yanıt C seçeneğidir.'],
    ['choice', 'A', 'Bu yüzden doğru seçenek A.'],
    ['choice', 'C', 'Правилният отговор е C, защото масата се запазва.'],
    ['choice', 'D', 'Отговорът е D.'],
    ['choice', 'B', 'La risposta corretta è la B.'],
    ['choice', 'C', "Quindi l'opzione giusta è la C."],
    ['choice', 'D', 'La lettera corretta è D, perché la massa si conserva.'],
    ['choice', 'B', 'Bence doğru şık B.'],
    ['choice', 'D', "Doğru yanıt D'dir, çünkü kütle korunur."],
    ['choice', 'B', 'Верен е отговор B.'],
    ['choice', 'A', 'Верният отговор е (A).'],
    ['choice', 'B', 'Direi la B.'],
    ['choice', 'C', 'Scelgo la C perché le altre sono false.'],
    ['choice', 'A', 'I would pick the first option (A), not the last.'],
    ['choice', 'C', 'Our value fits option C precisely; option E is its double.'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['choice', 'B', 'The third option (C) is correct.'],
    ['choice', 'C', "I'd choose the second option (B)."],
    ['choice', 'A', 'So it has to be the second option (B).'],
    ['choice', 'B', 'The first option, (A), is the right one.'],
    ['choice', 'B', 'This corresponds exactly to choice C.'],
    ['choice', 'A', 'This matches choice D exactly.'],
    ['choice', 'D', 'The result agrees perfectly with option B.'],
    ['choice', 'A', 'Doğru cevap E şıkkı.'],
    ['choice', 'C', 'Cevap: D şıkkıdır.'],
    ['choice', 'E', 'Bu nedenle B şıkkı doğrudur.'],
    ['choice', 'B', 'Yanıt C seçeneğidir.'],
    ['choice', 'D', 'Bu yüzden doğru seçenek A.'],
    ['choice', 'B', 'Правилният отговор е C, защото масата се запазва.'],
    ['choice', 'A', 'Отговорът е D.'],
    ['choice', 'C', 'La risposta corretta è la B.'],
    ['choice', 'A', "Quindi l'opzione giusta è la C."],
    ['choice', 'B', 'La lettera corretta è D, perché la massa si conserva.'],
    ['choice', 'B', 'The second option (B) is wrong.'],
    ['choice', 'B', 'B şıkkı yanlıştır.'],
    ['choice', 'B', "L'opzione B non è corretta."],
    ['choice', 'D', 'This does not match choice D exactly.'],
    ['choice', 'C', 'The third option (C) would be correct if the tax were included.'],
    ['choice', 'A', 'Bence doğru şık B.'],
    ['choice', 'B', "Doğru yanıt D'dir, çünkü kütle korunur."],
    ['choice', 'C', 'C seçeneği doğru değildir.'],
    ['choice', 'D', 'Верен е отговор B.'],
    ['choice', 'C', 'Верният отговор е (A).'],
    ['choice', 'C', 'Direi la B.'],
    ['choice', 'D', 'Scelgo la C perché le altre sono false.'],
    ['choice', 'C', 'La risposta C non corrisponde ai dati.'],
    ['choice', 'D', 'I would pick the first option (A), not the last.'],
    ['choice', 'E', 'Our value fits option C precisely; option E is its double.'],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});
