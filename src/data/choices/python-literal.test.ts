import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pythonLiteral } from './python-literal.js';

// What Python 3 and NumPy print; `text` and `label` as pandas writes a column of ARC.
it.each<[string, unknown]>([
  ["['x', 'y']", ['x', 'y']],
  [`["it's", 'y']`, ["it's", 'y']],
  [`['it\\'s "so"', 'y']`, [`it's "so"`, 'y']],
  ["['x' 'y']", ['x', 'y']],
  ["['x'\n 'y']", ['x', 'y']],
  ["('x', 'y')", ['x', 'y']],
  ['[1 2 3]', ['1', '2', '3']],
  ['[1. 2.5]', ['1', '2.5']],
  ["['\\\\frac{1}{2}', '\\xe9', '\\u03b1']", ['\\frac{1}{2}', 'é', 'α']],
  ["[np.str_('x'), np.str_('y')]", ['x', 'y']],
  ["array(['x', 'y'], dtype=object)", ['x', 'y']],
  [
    "{'text': array(['x', 'y'], dtype=object), 'label': array(['A', 'B'], dtype='<U1')}",
    { text: ['x', 'y'], label: ['A', 'B'] },
  ],
  ['[True, None]', [true, null]],
])('%j', (text, value) => {
  expect(pythonLiteral(text)).toEqual(value);
});

it.each([
  "['x', 'y' 'z']",
  "['x''y']",
  "['x', 'y'",
  "['x', y]",
  "['x', 'y'] and more",
  "['x' ... 'y']",
  'red; green',
  "['\\q', 'y']",
  '[__import__("os")]',
  `${'['.repeat(5000)}`,
])('is not guessed: %j', (text) => {
  expect(pythonLiteral(text)).toBeUndefined();
});

it('never throws', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...`[](){}'",: \\xa1np.array`) }),
      (text) => void pythonLiteral(text),
    ),
  );
});
