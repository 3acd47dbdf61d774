/** Formulas and equations of chemistry: the substances on each side of an arrow, or one side alone. */
import { ARROW, plainNotation } from './notation.js';
import { type Species, speciesOf } from './species.js';

export interface Reaction {
  /** One side, or what reacts and what comes of it; of each substance its readings, most likely first. */
  readonly sides: readonly (readonly (readonly Species[])[])[];
  /** Whether an arrow stands between the sides, not a sign of equality. */
  readonly hasArrow: boolean;
  /** Whether numbers of atoms stand on the line, as the numbers of algebra do. */
  readonly isOnLine: boolean;
}

/** A plus between two substances, and not the charge of the first. */
const PLUS = /\+(?=\s*[A-Z\d([e])/;

/** `F(s)` is a function as well, and `V2V3` a product of two of the same name; nobody writes an atom's number where it is 1. */
const mayBeAlgebra = ({ state, charge, atoms, units }: Species): boolean =>
  charge === 0 && atoms.size === 1 && (state !== undefined || units.length > 1);

/** The formula or equation that a text is; undefined where it is none. */
export function reactionOf(source: string): Reaction | undefined {
  const text = plainNotation(source);
  if (text === undefined) return undefined;
  const hasArrow = text.includes(ARROW);
  const sides = text.split(hasArrow ? ARROW : '=');
  if (sides.length > 2) return undefined;
  const isLatex = /[\\_]/.test(source);
  const read = sides.map((side) => side.split(PLUS).map((substance) => speciesOf(substance, isLatex)));
  if (read.some((side) => side.some((readings) => readings.length === 0))) return undefined;
  if (!hasArrow && (/[A-Za-z]1(?!\d)/.test(text) || read.flat(2).some(mayBeAlgebra))) return undefined;
  return { sides: read, hasArrow, isOnLine: /[A-Za-z)\]]\d/.test(source) };
}
