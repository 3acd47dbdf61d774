import { describe, expect, it } from 'vitest';
import { graderNamed } from '../registry.js';

const verdict = (gold: string, reply: string): string => graderNamed('math').grade(gold, reply).verdict;

describe('what is only said of an answer, or of another case, does not take its place', () => {
  it.each([
    ['8', 'The answer is 8. I checked it, and the answer is correct.'],
    ['8', 'Answer: 8. After checking, the answer is correct.'],
    ['8', '**8**. So the answer is correct.'],
    ['8', 'The answer is 8. The answer should be even.'],
    ['8', 'Answer: 8 (the answer should be even)'],
    ['8', 'The answer is 8. The answer is a whole number.'],
    ['8', 'The answer is 8. The answer is reasonable since it is small.'],
    ['8', '4 + 4 = 8.\n\nTherefore the answer is correct.'],
    ['8', 'Die Antwort ist 8. Die Antwort ist richtig.'],
    ['8', 'La réponse est 8. La réponse est correcte.'],
    ['12', 'She needs 12 eggs; otherwise, she could bake only 3 cakes.'],
    ['15', 'It takes 15 minutes. Otherwise she is 5 minutes late.'],
    ['15', 'Es sind 15. Sonst blieben 3 übrig.'],
    ['90 minutes', '90 minutes. Or 1.5 hours.'],
    ['3', 'Les 12 biscuits sont finis après 3 jours.'],
    ['3', 'Die 12 Kekse sind nach 3 Tagen weg.'],
    ['even', '8 is divisible by 2. The answer is even.'],
    ['valid', 'The argument has 2 premises. The answer is valid.'],
    ['a prime number', '7 has 2 divisors. The answer is a prime number.'],
    ['€20', 'EUR 20'],
    ['20', 'CHF 20'],
    ['$20', 'Price: 20'],
  ])('%j: %j', (gold, reply) => expect(verdict(gold, reply)).toBe('correct'));

  it.each([
    ['9', 'The answer is 8. I checked it, and the answer is correct.'],
    ['8', 'The answer is 8. I am not sure the answer is correct.'],
    ['5', 'She needs 12 eggs; otherwise, she could bake only 3 cakes.'],
    ['12', 'If we count the driver 13, otherwise 12.'],
    ['6', 'The answer is 6. Or 8.'],
    ['$20', 'EUR 20'],
    ['12', 'Nein 12'],
  ])('not %j: %j', (gold, reply) => expect(verdict(gold, reply)).not.toBe('correct'));
});
