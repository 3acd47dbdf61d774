import { describe, expect, it } from 'vitest';
import { mathGrader } from '../../math.js';

const TeX = String.raw;

describe('an antiderivative in prose', () => {
  it.each([
    [TeX`\frac{x^3}{3}+C`, '3 + C', 'So the antiderivative is x³/3 + C, where C is a constant.'],
    ['x^3/3 + C', 'x^3/2 + C', '∫ x² dx = x³/3 + C'],
    [TeX`\frac{x^4}{4}+x^2+C`, 'x^4/4 + C', 'Integrating term by term gives x⁴/4 + x² + c.'],
    ['x^3+C', '3x^2', 'So the integral of 3x^2 is x^3 + C.'],
    ['x^3/3+C', '1/3', 'By the power rule, we get (1/3)x³ + C.'],
    [TeX`F(x)=\frac{x^5}{5}+C`, '5 + C', 'The general antiderivative is F(x) = x⁵/5 + C.'],
    [TeX`x\ln x - x + C`, TeX`x\ln x + C`, 'We get x ln x − x + C.'],
    ['2x^2-3x+C', '2x^2+3x+C', 'The result is 2x² − 3x + K.'],
    ['2', '-1/x + C', 'The integral of x⁻² is −1/x + C, so at x = 1 with C = 3 it is 2.'],
  ])('is %s and not %s: %s', (gold, other, reply) => {
    expect(mathGrader.grade(gold, reply).verdict).toBe('correct');
    expect(mathGrader.grade(other, reply).verdict).not.toBe('correct');
  });
});
