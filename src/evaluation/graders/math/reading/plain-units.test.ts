import { describe, expect, it } from 'vitest';
import { mathGrader } from '../math.js';

const TeX = String.raw;
const verdict = (gold: string, reply: string) => mathGrader.grade(gold, reply).verdict;

describe('units as they are written', () => {
  it.each([
    ['5 Ω', '5 \u2126'],
    ['5 Ω', '5 ohms'],
    ['5 Ω', TeX`$5\,\Omega$`],
    ['5 kΩ', '5000 Ω'],
    ['5 kΩ', '5 kilohms'],
    ['5 kΩ', TeX`\boxed{R = 5\ \text{k}\Omega}`],
    ['5 \u00b5F', '5 \u03bcF'],
    ['5 µF', '5 uF'],
    ['5 µF', TeX`$5\,\mu F$`],
    ['5 µF', 'The capacitance is 5 μF.'],
    ['2 µg', '0.002 mg'],
    ['5 m/s', '5 m s⁻¹'],
    ['9.8 m/s^2', 'The acceleration is 9.8 m s⁻².'],
    ['8.314 J/(mol K)', '8.314 J mol⁻¹ K⁻¹'],
    ['8.314 J/(mol K)', 'R = 8.314 J·mol⁻¹·K⁻¹'],
    ['5 N', '5 kg m s⁻²'],
    ['6.02e23 1/mol', '6.02 × 10²³ mol⁻¹'],
    ['6.02e23 1/mol', '6.02e23 mol^-1'],
    ['3x10^8 m/s', '3e8 m/s'],
    ['3e8 m/s', 'The speed is 3x10^8 m/s.'],
    ['5 1/s', '5 Hz'],
    ['5 Nm', '5 N·m'],
    ['5 Ws', '5 J'],
    ['2 Ah', '7200 C'],
    ['5 V/A', '5 Ω'],
    ['5 J/C', '5 V'],
    ['20 °C', '20 ºC'],
    ['5 ‰', '0.5 %'],
    ['5 ‰', '0.005'],
    ['5 ‰', 'The salinity is 5 ‰.'],
  ])('%s is also %s', (gold, reply) => {
    expect(verdict(gold, reply)).toBe('correct');
  });

  it.each([
    ['5 %', '5 ‰'],
    ['5 ‰', '5 %'],
    ['5 ‰', '0.05'],
    ['5 %', 'The level is 5 ‰.'],
    ['5 kΩ', '5 Ω'],
    ['5 kΩ', 'The resistance is 5 Ω.'],
    ['5 Ω', '5 V'],
    ['5 µF', '5 mF'],
    ['5 µF', 'The capacitance is 5 F.'],
    ['5 m/s', '5 m s⁻²'],
    ['5 m/s', '5 m·s'],
    ['9.8 m', 'The acceleration is 9.8 m s⁻².'],
    ['6.02e23 1/mol', '6.02e22 1/mol'],
    ['6.02e23 1/mol', '6.02e23 mol'],
    ['3x10^8 m/s', '3x10^7 m/s'],
    ['5 Hz', '5 s'],
    ['5 Ah', '5 Wh'],
    ['20 °C', '20 ºF'],
  ])('%s is not %s', (gold, reply) => {
    expect(verdict(gold, reply)).not.toBe('correct');
  });
});

describe('letters that may be units or variables', () => {
  it.each([
    ['5/s', TeX`\frac{5}{s}`],
    ['1/m', TeX`m^{-1}`],
    ['5V^2A', '5AV^2'],
    ['2\u03a9', TeX`2\Omega`],
    ['3x10', '30x'],
  ])('stay variables: %s is %s', (gold, reply) => {
    expect(verdict(gold, reply)).toBe('correct');
  });
});
