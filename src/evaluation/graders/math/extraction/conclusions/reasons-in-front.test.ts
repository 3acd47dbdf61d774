import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('a reason in front, and sentences with formulas in other languages', () => {
  it.each([
    ['math', '4', 'Restando 3 obtenemos $2x = 8$; por tanto la solución que buscamos es $x = 4$.'],
    ['math', '4', 'En soustrayant 3, on obtient $5x = 20$ ; on en déduit que la solution est $x = 4$.'],
    ['math', '6', 'Umstellen ergibt $3x = 18$; daraus folgt, dass die Lösung $x = 6$ ist.'],
    ['math', '5', 'Somando 1 obtemos $2x = 10$; conclui-se que a solução é $x = 5$.'],
    [
      'math',
      '\\frac{9}{4}',
      'Spostando il 9 a destra si ottiene $4y = 9$; dividendo per 4 si trova che la soluzione è $y = \\frac{9}{4}$.',
    ],
    ['math', '5', 'Because 4 boxes hold only 48 eggs and she has 50, she needs 5 boxes.'],
    ['integer', '8', 'As 7 tables would not seat the last 3 guests, they have to rent 8 tables.'],
    ['integer', '6', "Since half a ticket can't be bought and 6 tickets cost $54, he can buy **6** tickets."],
    ['integer', '14', 'Since 13 boxes would leave 5 books over, the library must order **14** boxes.'],
    ['math', '9', 'As there are 6 rows of 9 seats, each row has 9 seats.'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['math', '8', 'Restando 3 obtenemos $2x = 8$; por tanto la solución que buscamos es $x = 4$.'],
    ['math', '20', 'En soustrayant 3, on obtient $5x = 20$ ; on en déduit que la solution est $x = 4$.'],
    ['math', '18', 'Umstellen ergibt $3x = 18$; daraus folgt, dass die Lösung $x = 6$ ist.'],
    ['math', '10', 'Somando 1 obtemos $2x = 10$; conclui-se que a solução é $x = 5$.'],
    [
      'math',
      '9',
      'Spostando il 9 a destra si ottiene $4y = 9$; dividendo per 4 si trova che la soluzione è $y = \\frac{9}{4}$.',
    ],
    ['math', '50', 'Because 4 boxes hold only 48 eggs and she has 50, she needs 5 boxes.'],
    ['integer', '3', 'As 7 tables would not seat the last 3 guests, they have to rent 8 tables.'],
    ['integer', '54', "Since half a ticket can't be bought and 6 tickets cost $54, he can buy **6** tickets."],
    ['integer', '13', 'Since 13 boxes would leave 5 books over, the library must order **14** boxes.'],
    ['math', '6', 'As there are 6 rows of 9 seats, each row has 9 seats.'],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});
