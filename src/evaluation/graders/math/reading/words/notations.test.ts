import { describe, expect, it } from 'vitest';
import { mathGrader } from '../../math.js';

const math = (gold: string, reply: string) => mathGrader.grade(gold, reply).verdict;

describe('notations of one value', () => {
  it.each([
    ['2\\sqrt{3}', '2 times the square root of 3', 'The answer is 2 times the square root of 5.'],
    ['1+\\sqrt{5}', '1 plus the square root of 5', 'the square root of 5'],
    ['0.0015', '1.5 times 10 to the power of -3', '1.5 times 10 to the power of 3'],
    ['0.0015', '1.5 times ten to the minus three', '1.5'],
    ['2', '4 to the power of 1/2', '4'],
    ['x^2+1', 'x squared plus 1', 'x cubed plus 1'],
    ['(x+1)^2', '(x+1) squared', '(x+1) cubed'],
    ['3\\times10^8', '3 X 10^8', '3 X 10^7'],
    ['\\frac{11}{8}', '1 and 3/8 inches', '1 and 5/8 inches'],
    ['\\binom{10}{3}', '10 choose 3', '10 choose 4'],
    ['H_2O', 'H2O', 'HO2'],
    ['C_6H_{12}O_6', 'C6H12O6', 'C6H6O12'],
    ['\\text{CO}_2', 'CO₂', 'CO'],
    ['\\frac{1}{2}', '\\boxed{\\textcolor{blue}{\\frac{1}{2}}}', '\\boxed{\\textcolor{blue}{\\frac{1}{3}}}'],
    ['2\\pi r', '2\\pi\\textcolor{red}{r}', '2\\pi\\textcolor{red}{s}'],
    ['5', '\\boxed{\\color{red}{5}}', '\\boxed{\\color{red}{6}}'],
    ['\\begin{pmatrix}2\\\\3\\end{pmatrix}', '[2, 3]^T', '[3, 2]^T'],
    ['\\emptyset', '{}', '{0}'],
    ['(1,-2,3)', '\\mathbf{i} - 2\\mathbf{j} + 3\\mathbf{k}', '\\mathbf{i} + 2\\mathbf{j} + 3\\mathbf{k}'],
    ['(1,-2,3)', '1\\hat{i} - 2\\hat{j} + 3\\hat{k}', '1\\hat{i} - 2\\hat{j}'],
    ['(0,-2)', '-2\\mathbf{j}', '-2\\mathbf{i}'],
    ['\\begin{pmatrix}1\\\\-2\\end{pmatrix}', '\\vec{i} - 2\\vec{j}', '\\vec{i} - 2\\vec{k}'],
    ['48 \\text{ square feet}', '48 sqft', '48 ft'],
    ['10 \\mu m', '10 µm', '10 mm'],
    ['10 \\mu\\text{m}', '10 micrometers', '10 m'],
    ['10\\ \\mu C', '10 µC', '10 C'],
    ['10 µm', '0.01 mm', '10 nm'],
    ['9.8 m/s^2', '9.8 meters per second squared', '9.8 meters per second'],
    ['0.5 mol/L', '0.5 M', '0.5 mol'],
    ['$2.5 million', '$2.5M', '$2.5K'],
    ['(0,1)', '{x | 0 < x < 1}', '{x | 0 <= x < 1}'],
    ['[1,3]', 'All real numbers between 1 and 3, inclusive.', 'All real numbers strictly between 1 and 3.'],
    ['14:30', 'Le train arrive à 14 h 30.', 'Le train arrive à 15 h 30.'],
    ['2 hours 30 minutes', 'Le trajet dure 2 h 30.', 'Le trajet dure 3 h 30.'],
    ['none', 'None of them are left.', 'Two of them are left.'],
  ])('%s: %s, and not %s', (gold, right, wrong) => {
    expect(math(gold, right)).toBe('correct');
    expect(math(gold, wrong)).not.toBe('correct');
  });

  it.each([
    ['\\sqrt{3}', '2 times the square root of 3'],
    ['-3', '1.5 times 10 to the power of -3'],
    ['1.5', 'The answer is 1.5 times ten to the minus three.'],
    ['7\\%', 'The answer is 7 percent of 300, that is 21.'],
    ['7.5', '7.5 rounds to 8'],
    ['x', 'The answer is x cubed.'],
    ['\\frac{11}{8}', '1 and 3/8'],
    ['x_2', 'x2'],
    ['(1,2)', '\\mathbf{k}'],
    ['(0,1)', '{0, 1}'],
    ['$2.5', '$2.5M'],
    ['16331239353195370', '\\tan 90^\\circ'],
    ['\\tan 90^\\circ', '16331239353195370'],
    ['-8165619676597685', '\\cot 180^\\circ'],
  ])('%s is not said by: %s', (gold, reply) => {
    expect(math(gold, reply)).not.toBe('correct');
  });

  it.each([
    ['1', '\\tan 45^\\circ'],
    ['0', '\\tan 180^\\circ'],
    ['2', '\\sec 60^\\circ'],
    ['1, \\frac{3}{8}', 'The answers are 1 and 3/8.'],
    ['12, 34, 567', '12,34,567'],
  ])('%s stays what is said by: %s', (gold, reply) => {
    expect(math(gold, reply)).toBe('correct');
  });
});

describe('a list that is too long to be read', () => {
  it('is no reference, and none of its members stands for it', () => {
    const set = `{${[...new Array(5_000).keys()].join(', ')}}`;
    expect(mathGrader.unusable?.(set)).toBeDefined();
    for (const gold of [set, set.slice(0, 9_000).replace(/,[^,]*$/, '}')])
      for (const reply of ['4999', '3000,3001', '1,2']) expect(math(gold, reply)).not.toBe('correct');
    expect(math('4999', set)).not.toBe('correct');
  });
});
