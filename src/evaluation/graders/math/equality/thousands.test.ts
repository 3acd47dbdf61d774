import { expect, test } from 'vitest';
import { graderNamed } from '../../registry.js';

const TeX = String.raw;
const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

test.each([
  ['5,000 m', '5 km'],
  ['5,000 m', '5000 m'],
  ['5,000 m', '5.0 km'],
  ['5 km', '5,000 m'],
  ['2,000 g', 'The answer is 2 kg.'],
  ['2,000 kg', 'The answer is 2,000,000 g.'],
  ['12,000 W', '12 kW'],
  ['300,000 m/s', TeX`\boxed{300\text{ km/s}}`],
  ['300,000 km/s', TeX`\boxed{300{,}000\text{ km/s}}`],
  ['1,000,000 W', '1,000 kW'],
  ['5,000 cm^2', '0.5 m^2'],
  ['1,500 m', '1.5 km'],
  ['1,234', '1, 234'],
  ['(1,234)', '(1, 234)'],
  ['\\{1,000, 2,000\\}', '\\{1000, 2000\\}'],
  ['2,5 km', '2.5 km'],
  ['1.234,5 km', '1234.5 km'],
  ['x = 5,000 m', 'x = 5 km'],
  ['12,005 g', '12.005 kg'],
  ['5 000 m', '5 km'],
])('%s is %s', (gold, reply) => expect(verdict('math', gold, reply)).toBe('correct'));

test.each([
  ['5,000 m', '5,000 km'],
  ['5,000 km', '5,000 m'],
  ['5000 m', '5,000 km'],
  ['5,000 m', '5000 km'],
  ['5 km', '5,000 km'],
  ['2,000 g', 'The answer is 2,000 kg.'],
  ['12,000 W', '12,000 kW'],
  ['300,000 m/s', TeX`\boxed{300{,}000\text{ km/s}}`],
  ['300,000 m/s', TeX`\boxed{300,000\text{ km/s}}`],
  ['1,000,000 W', '1,000,000 kW'],
  ['5,000 cm^2', '5,000 m^2'],
  ['3,000 mL', '3,000 L'],
  ['3,000 ‰', '3,000%'],
  ['{1,000 m, 2}', '{1,000 km, 2}'],
  ['x = 5,000 m', 'x = 5,000 km'],
  ['5,050 m', '5,050 km'],
  ['5,250 m', '5,250 km'],
  ['10,000 J', 'So the energy is 10,000 kJ.'],
  ['5,000', '0, 5'],
  ['5,000 m', '5 m, 0 km'],
  ['(1,000)', '(1, 0)'],
  ['5 000 m', '5 000 km'],
  ['2,000', '2'],
])('%s is not %s', (gold, reply) => expect(verdict('math', gold, reply)).not.toBe('correct'));
