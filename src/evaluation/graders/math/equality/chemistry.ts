/** Whether two formulas or equations of chemistry are the same: element by element, and not as products. */
import { type Reaction, reactionOf } from '../reading/chemistry/reactions.js';
import type { Species } from '../reading/chemistry/species.js';

/** Elements and groups, in one order where each element stands only once: `CaCO3` and `CCaO3`, but no isomers. */
function ordered({ units, atoms, isNumbered }: Species): string {
  const names = units.join(' ').match(/[A-Z][a-z]?/g) ?? [];
  const isFree = isNumbered && names.length === atoms.size && !units.some((unit) => unit.startsWith('·'));
  return (isFree ? units.toSorted() : units).join(' ');
}

function sameSpecies(gold: Species, reply: Species): boolean {
  return (
    gold.coefficient === reply.coefficient &&
    gold.charge === reply.charge &&
    (gold.state === undefined || reply.state === undefined || gold.state === reply.state) &&
    ordered(gold) === ordered(reply)
  );
}

/** Of the reference the most likely reading counts, of a reply any that its writing allows. */
function sameSide(gold: readonly (readonly Species[])[], reply: readonly (readonly Species[])[]): boolean {
  if (gold.length !== reply.length) return false;
  const left = [...reply];
  return gold.every(([wanted]) => {
    const index = left.findIndex((readings) =>
      readings.some((given) => wanted !== undefined && sameSpecies(wanted, given)),
    );
    if (index >= 0) left.splice(index, 1);
    return index >= 0;
  });
}

/** Whether both sides have the same atoms, of two elements at least. `P1V1 = P2V2` is an equation of algebra. */
function isBalanced({ sides }: Reaction): boolean {
  const [left, right] = sides.map((side) => {
    const atoms = new Map<string, number>();
    for (const [species] of side) {
      for (const [name, count] of species?.atoms ?? [])
        atoms.set(name, (atoms.get(name) ?? 0) + count * (species?.coefficient ?? 1));
    }
    return atoms;
  });
  if (left === undefined || right === undefined || left.size < 2 || left.size !== right.size) return false;
  return [...left].every(([name, count]) => Math.abs(count - (right.get(name) ?? 0)) < 1e-9);
}

/** Whether a difference is one of chemistry. Letters without numbers behind them, and numbered names, may be algebra. */
function isCertain(gold: Reaction, reply: Reaction): boolean {
  if (gold.hasArrow) return true;
  if (gold.sides.length > 1) return isBalanced(gold);
  const substances = [gold, reply].flatMap(({ sides }) => sides.flat(2));
  if (substances.some(({ charge }) => charge !== 0)) return true;
  return (gold.isOnLine || reply.isOnLine) && substances.some(({ isNumbered }) => isNumbered);
}

/** Words of a name, which say nothing against the formula beside them. */
const DOUBTED =
  /\b(?:not|no|or|wrong|incorrect|instead|maybe|perhaps|never|could|might|but|except|than|if|unless)\b|n['’]t\b/i;
const NAME_BEHIND = /^(\S{1,60})\s\(([a-z][a-z, -]{2,60})\)\.?$/i;
const NAME_IN_FRONT = /^([a-z][a-z, -]{2,60})\s\((\S{1,60})\)\.?$/i;
const SENTENCE = /^([A-Z][A-Za-z,' -]{1,80}(?: is|:))\s+(?:[a-z][a-z -]{2,40}, )?(?=[A-Z\d$\\([])/;

/** A reply without the name of the substance beside its formula, and without what only announces an equation. */
function withoutNames(reply: string): string {
  const text = reply.trim();
  const [, formula, name = ''] = NAME_BEHIND.exec(text) ?? [];
  if (formula !== undefined && /[A-Z]/.test(formula)) return DOUBTED.test(name) ? text : formula;
  const [, called = '', behind] = NAME_IN_FRONT.exec(text) ?? [];
  if (behind !== undefined) return DOUBTED.test(called) ? text : behind;
  const [said = ''] = SENTENCE.exec(text.slice(0, 120)) ?? [];
  return said === '' || DOUBTED.test(said) ? text : text.slice(said.length);
}

/** What stands in front of the formula that a sentence states, and the name that may stand behind it. */
const STATED = /(?:\b(?:is|are|was|be|called)|[,:=]|['’]s)\s(\S{2,60}?)(?:\s\([a-z][a-z ,-]{2,60}\))?[.!]?$/i;

/** A formula that cannot be algebra: of several elements, with numbers on the line. */
function isFormulaAlone({ sides, isOnLine }: Reaction): boolean {
  const [substance, ...others] = sides.length === 1 ? (sides[0] ?? []) : [];
  const species = substance?.[0];
  return isOnLine && species?.isNumbered === true && others.length === 0 && species.atoms.size > 1;
}

/** Whether words state the formula of a reference. Wherever others stand among them, letters and numbers are no product. */
function sameInWords(gold: Reaction, reply: string): boolean | undefined {
  const formulas = reply.split(/[\s,;:=]+/).flatMap((word) => {
    const read = /[A-Z].*[\d₀-₉]/.test(word) ? reactionOf(word) : undefined;
    return read !== undefined && read.sides.length === 1 && read.sides[0]?.some(([one]) => one?.isNumbered)
      ? [read]
      : [];
  });
  if (formulas.length === 0) return undefined;
  const isSame = formulas.every((formula) => sameSide(gold.sides[0] ?? [], formula.sides[0] ?? []));
  if (!isSame) return false;
  const stated = DOUBTED.test(reply) ? undefined : STATED.exec(reply)?.[1];
  return stated !== undefined && reactionOf(stated) !== undefined ? true : undefined;
}

const MAX_LENGTH = 400;

/** Whether a reply is the formula or equation of a reference; undefined where one of them may be something else. */
export function sameChemistry(gold: string, reply: string): boolean | undefined {
  if (gold.length > MAX_LENGTH || reply.length > MAX_LENGTH) return undefined;
  const wanted = reactionOf(gold);
  if (wanted === undefined) return undefined;
  const given = reactionOf(withoutNames(reply));
  if (given === undefined || wanted.sides.length !== given.sides.length) {
    // `x = N2O`, `the oxide is N2O`; numbered names, such as `P_1V_1`, may be factors there.
    const same = wanted.sides.length === 1 ? sameInWords(wanted, reply.trim()) : undefined;
    return same === true || isFormulaAlone(wanted) ? same : undefined;
  }
  if (wanted.sides.every((side, index) => sameSide(side, given.sides[index] ?? []))) return true;
  return isCertain(wanted, given) ? false : undefined;
}

/** Whether the last line of a reply says the formula or equation of a reference, which rules for values cut apart. */
export function concludesChemistry(gold: string, reply: string): boolean {
  const line = reply.slice(-MAX_LENGTH).trim().split('\n').at(-1) ?? '';
  const last = /^(?:so|thus|hence|therefore),?\s/i.exec(line)?.[0] ?? '';
  return sameChemistry(gold, line.slice(last.length)) === true;
}
