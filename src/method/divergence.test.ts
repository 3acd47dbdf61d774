import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { k1, k3 } from './divergence.js';
import { sum } from './statistics.js';

describe('estimators of a KL divergence', () => {
  test('by hand', () => {
    expect(k1(-1, -3)).toBe(2);
    expect(k3(-1, -3)).toBeCloseTo(Math.exp(-2) + 1, 15); // exp(-2) - 1 + 2
    expect(k3(-3, -1)).toBeCloseTo(Math.exp(2) - 3, 14); // exp(2) - 1 - 2
    expect(k3(-0.7, -0.7)).toBe(0);
  });

  test('k3 keeps its digits where the two models agree: x^2/2 + x^3/6 + ...', () => {
    const x = 1e-6;
    expect(k3(0, x) / (x ** 2 / 2 + x ** 3 / 6)).toBeCloseTo(1, 12);
    // Both sides of the border between series and difference, where either still has about 13 digits.
    for (const edge of [0.0499999, 0.0500001, -0.0499999, -0.0500001]) {
      const direct = Math.exp(edge) - 1 - edge;
      expect(k3(0, edge) / direct).toBeCloseTo(1, 11);
    }
  });

  test('k3 is never negative, and 0 only where both agree', () => {
    const logProb = fc.double({ min: -50, max: 0, noNaN: true });
    fc.assert(
      fc.property(logProb, logProb, (logP, logQ) => {
        expect(k3(logP, logQ)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('both have the divergence as their expectation', () => {
    const p = [0.5, 0.3, 0.2];
    const q = [0.1, 0.6, 0.3];
    const divergence = sum(p.map((value, i) => value * Math.log(value / (q[i] as number))));
    for (const estimator of [k1, k3]) {
      const expectation = sum(p.map((value, i) => value * estimator(Math.log(value), Math.log(q[i] as number))));
      expect(expectation).toBeCloseTo(divergence, 14);
    }
  });

  test('only k1 of the tokens that were sampled, under both models, has a bound below', () => {
    // One text, "ab", which a vocabulary of a, b and ab spells as [ab], the tokenizer's own, or as [a, b].
    const student = { own: 0.5, letters: 0.01 };
    const expectations = (letters: number) => {
      const teacher = { own: 1 - letters, letters };
      const mean = (own: number, spelt: number) => teacher.own * own + teacher.letters * spelt;
      const own = k1(Math.log(teacher.own), Math.log(student.own));
      return {
        both: mean(own, k1(Math.log(teacher.letters), Math.log(student.letters))),
        teacherOnly: mean(own, k1(Math.log(teacher.letters), Math.log(student.own))),
        neither: mean(own, own),
      };
    };
    // By hand: 0.1 ln(0.1 / 0.5) + 0.9 ln(0.9 / 0.01); 0.1 ln(0.1 / 0.5) + 0.9 ln(0.9 / 0.5); ln(0.1 / 0.5).
    const spelt = expectations(0.9);
    expect(spelt.both).toBeCloseTo(3.888_885, 6);
    expect(spelt.teacherOnly).toBeCloseTo(0.368_064, 6);
    expect(spelt.neither).toBeCloseTo(-1.609_438, 6);
    // A teacher that gives the student's text all its probability and writes letters gains without end by the last, and
    // the entropy of the choice by the second: -ln 2 for two spellings, of which the student knows one.
    expect(expectations(1 - 1e-12).neither).toBeLessThan(-26);
    expect(expectations(0.5).teacherOnly).toBeCloseTo(Math.log(1 / 0.5) - Math.log(2), 12);
    for (let letters = 0.01; letters < 1; letters += 0.01)
      expect(expectations(letters).both).toBeGreaterThan(-Math.log(student.own + student.letters) - 1e-12);
  });
});
