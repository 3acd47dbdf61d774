import { describe, expect, it } from 'vitest';
import { mathGrader } from '../../math.js';

const TeX = String.raw;
const verdict = (gold: string, reply: string) => mathGrader.grade(gold, reply).verdict;

describe('ranges', () => {
  it.each([
    ['6-8', '6 to 8'],
    ['6-8', '6–8'],
    ['6-8', '6 - 8'],
    ['6-8', 'between 6 and 8'],
    ['6-8', 'The range is 6 to 8.'],
    ['6-8', 'about 6 to 8'],
    ['6-8', TeX`\boxed{6\text{ to }8}`],
    ['6 to 8', 'between 6 and 8'],
    ['6-8 hours', '6 hours to 8 hours'],
    ['6-8 hours', '6–8'],
    ['380 to 750 nm', '380-750 nm'],
    ['10–20 °C', '10 to 20 °C'],
    ['10–20 °C', '10°C to 20°C'],
    ['10–20 °C', 'The temperature is 10–20 °C.'],
    ['$3-$5', '$3 to $5'],
    ['8:30 - 9:15', '8:30 to 9:15'],
  ])('%s is also %s', (gold, reply) => {
    expect(verdict(gold, reply)).toBe('correct');
  });

  it.each([
    ['6-8', '-2'],
    ['6-8', '6 to 9'],
    ['6-8', '8-6'],
    ['6-8', '7'],
    ['6-8', '8'],
    ['6-8', '6 or 8'],
    ['6-8', '3 to 4'],
    ['6.0-7.6', '-1.6'],
    ['2-3 m', '-1 m'],
    ['2-3 m', '2-3 s'],
    ['10–20 °C', '10–20 °F'],
    ['380-750 nm', '380-750 mm'],
    ['0.5–1.5 kg', '-1 kg'],
    ['8:30 - 9:15', '8:30 to 9:45'],
    ['8-6', '6-8'],
    ['1.5e-3', '1.5 to 3'],
  ])('%s is not %s', (gold, reply) => {
    expect(verdict(gold, reply)).not.toBe('correct');
  });

  it.each([
    ['3 - 5', '-2'],
    ['8-6', '2'],
    ['2-3m', '-3m+2'],
    ['2 x - 3 y', '-3y + 2x'],
    [TeX`$3-5$`, '-2'],
  ])('differences stay differences: %s is %s', (gold, reply) => {
    expect(verdict(gold, reply)).toBe('correct');
  });
});
