import { describe, expect, it } from 'vitest';
import { mathGrader } from '../math.js';

const TeX = String.raw;
const verdict = (gold: string, reply: string) => mathGrader.grade(gold, reply).verdict;

describe('formulas of chemistry', () => {
  it.each([
    ['H2O', 'H₂O'],
    ['H₂O', 'H2O'],
    ['H2O', TeX`$H_2O$`],
    ['H_2O', 'H2O'],
    ['H2O', TeX`\boxed{\text{H}_2\text{O}}`],
    ['H2O', 'water (H2O)'],
    ['H2O', 'It is H2O.'],
    ['CO2', 'carbon dioxide, CO₂'],
    ['CO2', 'The gas is CO₂ (carbon dioxide).'],
    ['CaCO3', 'CaCO₃'],
    ['H2SO4', TeX`$\mathrm{H_2SO_4}$`],
    ['H2SO4', TeX`\boxed{\ce{H2SO4}}`],
    ['NaCl', 'NaCl (sodium chloride)'],
    ['Ca(OH)2', 'Ca(OH)₂'],
    ['K4[Fe(CN)6]', TeX`K_4[Fe(CN)_6]`],
    ['CuSO4·5H2O', TeX`CuSO_4 \cdot 5H_2O`],
    ['Na+', 'Na⁺'],
    ['Na+', 'Na^+'],
    ['OH-', TeX`$\mathrm{OH^-}$`],
    ['Fe3+', 'Fe^{3+}'],
    ['NO3-', 'NO₃⁻'],
    ['SO4^2-', 'SO₄²⁻'],
    ['SO4^2-', 'SO42-'],
    ['NO2', 'NO2(g)'],
  ])('%s is also %s', (gold, reply) => {
    expect(verdict(gold, reply)).toBe('correct');
  });

  it.each([
    ['NO2', 'N2O'],
    ['NO2', 'The formula is N2O.'],
    ['NO2', 'Hence the compound must be N2O.'],
    ['NO2', 'x = N2O'],
    ['NO2', 'NO2 or N2O'],
    ['CO2', '2CO'],
    ['CO2', 'C2O'],
    ['H2O', 'HO2'],
    ['CH4', 'C4H'],
    ['Fe2O3', 'Fe3O2'],
    ['C6H12O6', 'C6H6O12'],
    ['CH3CH2OH', 'CH3OCH3'],
    ['Ca(OH)2', 'CaOH2'],
    ['O2', '2O'],
    ['Co', 'CO'],
    ['NaCl', 'KCl (potassium chloride)'],
    ['Fe3+', 'Fe2+'],
    ['OH-', 'OH'],
    ['SO4^2-', 'SO3^2-'],
    ['CuSO4·5H2O', 'CuSO4·4H2O'],
    ['NO', 'ON'],
  ])('%s is not %s', (gold, reply) => {
    expect(verdict(gold, reply)).not.toBe('correct');
  });
});

describe('equations of chemistry', () => {
  it.each([
    ['2 H2 + O2 -> 2 H2O', '2 H2 + O2 → 2 H2O'],
    ['2 H2 + O2 -> 2 H2O', 'O2 + 2H2 -> 2H2O'],
    ['2 H2 + O2 -> 2 H2O', TeX`\boxed{2H_2 + O_2 \rightarrow 2H_2O}`],
    ['2 H2 + O2 -> 2 H2O', 'The balanced equation is 2 H2 + O2 -> 2 H2O.'],
    ['N2 + 3 H2 -> 2 NH3', 'N2(g) + 3 H2(g) ⇌ 2 NH3(g)'],
    ['Zn -> Zn^2+ + 2e-', 'Zn → Zn²⁺ + 2e⁻'],
    ['Na+ + Cl- -> NaCl', TeX`$\mathrm{Na^+ + Cl^- \to NaCl}$`],
  ])('%s is also %s', (gold, reply) => {
    expect(verdict(gold, reply)).toBe('correct');
  });

  it.each([
    ['2 H2 + O2 = 2 H2O', '2 H2O = 2 H2 + O2'],
    ['2 H2 + O2 -> 2 H2O', '2 H2O -> 2 H2 + O2'],
    ['2 H2 + O2 -> 2 H2O', 'H2 + O2 -> H2O'],
    ['2 H2 + O2 -> 2 H2O', '2 H2 + O2'],
    ['N2 + 3 H2 -> 2 NH3', 'N2 + 3 H2 -> NH3'],
    ['Zn -> Zn^2+ + 2e-', 'Zn -> Zn^2+ + e-'],
  ])('%s is not %s', (gold, reply) => {
    expect(verdict(gold, reply)).not.toBe('correct');
  });
});

describe('letters that are symbols of elements, too', () => {
  it.each([
    ['AB', 'BA'],
    ['2AB', '2BA'],
    ['2CV', '2VC'],
    ['C_1C_2', 'C_2 C_1'],
    ['P_1V_1 = P_2V_2', 'P_2V_2 = P_1V_1'],
    ['x2', '2x'],
    ['C4', 'C4'],
    ['P(B)', 'P(B)'],
  ])('stay algebra: %s is %s', (gold, reply) => {
    expect(verdict(gold, reply)).toBe('correct');
  });
});
