/** Values with units: the unit dropped where one side has none, converted where both measure the same. */
import { NotUnderstood, type WorkBudget } from '../tree/budget.js';
import { contains, type Expression, numberOf, product, sum } from '../tree/expression.js';
import { beside, conversion, type Unit, unitOf } from '../tree/units.js';
import { isNumber } from './arithmetic.js';
import { sameNumber, symbolsOf } from './probing.js';
import type { Same } from './several.js';
import { evaluate, NO_SYMBOLS } from './value.js';

interface Measured {
  readonly value: Expression;
  readonly unit: string | undefined;
}

/** Whether the expression as a whole, not only a part of it such as an angle in a sine, has a unit. */
export function hasUnit(node: Expression): boolean {
  if (node.kind === 'quantity') return true;
  if (node.kind === 'product') return node.factors.some(hasUnit);
  return node.kind === 'sum' && node.terms.every(hasUnit);
}

/** The number and the unit of `-30°`, `2 * 5 cm`, `5 ft 6 in`. */
function measured(node: Expression): Measured {
  if (node.kind === 'quantity') {
    const inner = measured(node.value);
    return { value: inner.value, unit: inner.unit === undefined ? node.unit : `${inner.unit}*${node.unit}` };
  }
  if (node.kind === 'product') {
    const parts = node.factors.map(measured);
    const units = parts.flatMap(({ unit }) => unit ?? []);
    if (units.length > 0) return { value: product(parts.map(({ value }) => value)), unit: units.join('*') };
  }
  if (node.kind === 'sum') {
    const parts = together(node.terms.map(measured));
    const [first] = parts;
    if (first?.unit !== undefined) {
      const unit = unitOf(first.unit);
      const terms = parts.map((part) => (part.unit === first.unit ? part.value : converted(part, unit)));
      if (terms.every((term) => term !== undefined)) return { value: sum(terms), unit: first.unit };
    }
  }
  return { value: node, unit: undefined };
}

/** Units of one sum, or of two sides, as they are meant beside one another. */
function together(parts: readonly Measured[]): readonly Measured[] {
  const units = parts.flatMap(({ unit }) => unit ?? []);
  const meant = beside(units);
  return meant === units
    ? parts
    : parts.map((part) => (part.unit === undefined ? part : { ...part, unit: meant[units.indexOf(part.unit)] }));
}

/** The number of another unit, where one holds a whole number of the other. */
function converted(part: Measured, to: Unit): Expression | undefined {
  const factor = part.unit === undefined ? undefined : conversion(unitOf(part.unit), to);
  if (factor === undefined) return undefined;
  const whole = Math.round(factor >= 1 ? factor : 1 / factor);
  if (!Number.isSafeInteger(whole) || Math.abs((factor >= 1 ? factor : 1 / factor) / whole - 1) > 1e-12)
    return undefined;
  return product([part.value, factor >= 1 ? numberOf(BigInt(whole)) : numberOf(1n, BigInt(whole))]);
}

/** `10 \mu m` and `10 \mu\text{m}` as millionths of the unit. */
function microUnit(factors: readonly Expression[]): Expression | undefined {
  const [prefix, unit] = factors.slice(-2);
  const value = factors.slice(0, -2);
  if (prefix?.kind !== 'symbol' || prefix.name !== 'mu' || unit?.kind !== 'symbol') return undefined;
  if (value.length === 0 || symbolsOf(value).length > 0 || unitOf(`μ${unit.name}`).dimension === '') return undefined;
  return { kind: 'quantity', value: product(value), unit: `μ${unit.name}` };
}

/** `1 m` beside `100 cm`: a letter after a number is a unit when the other side has a unit. */
function asQuantity(node: Expression, other: Expression): Expression {
  if (node.kind !== 'product' || !hasUnit(other)) return node;
  const micro = microUnit(node.factors);
  if (micro !== undefined) return micro;
  const unit = node.factors.at(-1);
  const value = node.factors.slice(0, -1);
  if (unit?.kind !== 'symbol' || value.length === 0 || value.some((factor) => symbolsOf([factor]).length > 0)) {
    return node;
  }
  return unitOf(unit.name).dimension === '' ? node : { kind: 'quantity', value: product(value), unit: unit.name };
}

/** Percent or per mille. */
const isShare = (unit: string | undefined): boolean => unit === '%' || unit === '‰';

const ANGLE = unitOf('degree').dimension;

/** @throws {NotUnderstood} when something has no value */
export function sameQuantity(gold: Expression, prediction: Expression, same: Same, budget: WorkBudget): boolean {
  const g = asQuantity(gold, prediction);
  const p = asQuantity(prediction, gold);
  const [left, right] = together([measured(g), measured(p)]);
  if (left === undefined || right === undefined) throw new NotUnderstood('one side alone');
  const units = [left.unit, right.unit];
  if (left.unit === undefined && right.unit === undefined) throw new NotUnderstood('units that do not agree');
  if (units.every((unit) => unit?.startsWith('mod '))) {
    return left.unit === right.unit && same(left.value, right.value, budget);
  }
  if (units.some(isShare)) {
    if (units.some((unit) => !isShare(unit) && unit !== undefined && unitOf(unit).dimension !== '')) return false;
    if (units.every(isShare) && left.unit !== right.unit) return sameNumber(g, p, budget);
    if (same(left.value, right.value, budget)) return true;
    return units.includes(undefined) && sameNumber(g, p, budget);
  }
  if (left.unit === undefined || right.unit === undefined || left.unit === right.unit) {
    if (same(left.value, right.value, budget)) return true;
    // An angle in degrees beside the same angle in radians.
    const angle = units.some((unit) => unit !== undefined && unitOf(unit).dimension === ANGLE);
    const isPi = (node: Expression) => contains(node, (part) => part.kind === 'constant' && part.name === 'pi');
    return angle && units.includes(undefined) && isPi(left.unit === undefined ? g : p) && sameNumber(g, p, budget);
  }
  const temperatures = units.filter((unit) => unit === 'degC' || unit === 'degF').length;
  const factor = temperatures === 1 && units.includes('degree') ? 1 : conversion(unitOf(left.unit), unitOf(right.unit));
  if (factor === undefined) return false;
  if (factor === 1) return same(left.value, right.value, budget);
  const a = evaluate(left.value, NO_SYMBOLS, budget);
  const b = evaluate(right.value, NO_SYMBOLS, budget);
  if (!isNumber(a) || !isNumber(b)) return false;
  return Math.abs(a.re * factor - b.re) <= 1e-9 * Math.max(Math.abs(a.re * factor), Math.abs(b.re));
}
