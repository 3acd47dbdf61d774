import { expect, test } from 'vitest';
import { textPieces } from './formulas.js';

const formulas = (text: string): string[] =>
  textPieces(text).flatMap((piece) => (piece.kind === 'formula' ? [`${piece.display ? '#' : ''}${piece.tex}`] : []));

test('formulas are found by the marks of LaTeX', () => {
  expect(formulas('Let $x$ be $\\frac{1}{2}$, so $$x^2 = 1$$ and \\[y\\] or \\(z+1\\).')).toEqual([
    'x',
    '\\frac{1}{2}',
    '#x^2 = 1',
    '#y',
    'z+1',
  ]);
  expect(textPieces('a $x$ b')).toEqual([
    { kind: 'text', text: 'a ' },
    { kind: 'formula', tex: 'x', display: false },
    { kind: 'text', text: ' b' },
  ]);
});

test('prices and lone dollars stay text', () => {
  for (const text of ['It costs $5 and $6.', 'from $20 to $30', '$', 'a $ b $ c', '\\$5 = \\$5', 'no $end'])
    expect(textPieces(text)).toEqual([{ kind: 'text', text }]);
  expect(textPieces('')).toEqual([]);
});

test('a long text of dollars takes no long time', () => {
  const began = performance.now();
  textPieces('$a '.repeat(10_000));
  textPieces('\\('.repeat(5_000));
  textPieces(`$${'a'.repeat(100_000)}`);
  expect(performance.now() - began).toBeLessThan(5000);
});
