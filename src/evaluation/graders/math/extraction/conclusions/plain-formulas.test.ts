import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

describe('formulas with functions in plain text', () => {
  it.each([
    ['math', '2x\\cos x - x^2\\sin x', "So f'(x) = 2x cos(x) - x^2 sin(x)."],
    ['math', '3x^2 \\ln x + x^2', 'So the derivative is 3x^2 ln(x) + x^2.'],
    ['math', 'e^x \\sin x + e^x\\cos x', 'The derivative is e^x sin(x) + e^x cos(x).'],
    ['math', '2x e^x + x^2 e^x', "We get f'(x) = 2x e^x + x^2 e^x."],
    ['math', '2x\\sin x + x^2\\cos x', 'By the product rule, the derivative is 2x sin(x) + x^2 cos(x).'],
    ['math', '-x\\cos x + \\sin x + C', 'Integrating by parts, the integral is -x cos(x) + sin(x) + C.'],
    ['math', '4\\cos(2x)', 'The derivative is 4 cos(2x).'],
    ['math', '6x\\cos(3x^2)', 'So dy/dx = 6x cos(3x^2).'],
    ['math', '2\\sin x\\cos x', 'Therefore the answer simplifies to 2 sin(x) cos(x).'],
    ['math', 'x\\ln x - x + C', 'The antiderivative is x ln(x) - x + C.'],
    ['math', '2x\\sin(x) + x^2\\cos(x)', 'The derivative is 2x*sin(x) + x^2*cos(x).'],
    ['math', '3\\sqrt{x} + 2', 'The derivative is 3 sqrt(x) + 2.'],
    ['math', '2x\\cos x - x^2\\sin x', "f'(x) = 2x cos x - x^2 sin x."],
    ['math', '2x\\sin x', 'Therefore y = 2x sin x.'],
    ['math', '\\frac{\\cos x}{x}', 'So the derivative is cos(x)/x.'],
    ['math', 'e^{2x}(2\\sin x+\\cos x)', "So f'(x) = e^(2x)(2 sin(x) + cos(x))."],
    ['math', '2x', 'The derivative is 2x, which is positive for x > 0.'],
    ['math', '3', 'The value of 2x sin(x) at 0 is 3.'],
    ['math', '2', "f(x) = 2x cos(x), so f'(0) = 2."],
    ['math', '12', 'He walks 12 miles in sin city.'],
    ['integer', '12', 'He walks 12 miles in sin city.'],
  ])('%s, %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).toBe('correct'));

  it.each([
    ['math', '2x', "So f'(x) = 2x cos(x) - x^2 sin(x)."],
    ['math', '2x', 'The derivative is 2x sin(x) + x^2 cos(x).'],
    ['math', '2x\\sin x - x^2\\cos x', 'The derivative is 2x sin(x) + x^2 cos(x).'],
    ['math', '4', 'The derivative is 4 cos(2x).'],
    ['math', '2x\\sin x + x^2\\cos x', 'The derivative is not 2x sin(x) + x^2 cos(x).'],
    ['math', '\\sin x', "If f(x) = x^2, then f'(x) = 2x sin(x)."],
    ['math', '2x\\cos x', "f(x) = 2x cos(x), so f'(0) = 2."],
    ['math', 'x^2\\sin x', 'Is the derivative 2x + x^2 sin(x)?'],
    ['math', '2x\\sin x', 'The derivative of x^2 is 2x sin(x) + 1.'],
    ['math', 'e^x', 'The derivative is e^x sin(x) + e^x cos(x).'],
    ['math', 'x^2', 'The derivative is 3x^2 ln(x) + x^2.'],
  ])('%s, not %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).not.toBe('correct'));
});
