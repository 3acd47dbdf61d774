/** One substance as a formula of chemistry has it: `2 H2O`, `SO4^2-`, `Ca(OH)2(aq)`, `CuSO4·5H2O`, `e-`. */
import { ELEMENTS } from './elements.js';

export interface Species {
  readonly coefficient: number;
  /** Elements and groups with their numbers, `Ca1`, `(O1 H1)2`; in order, since isomers have the same elements. */
  readonly units: readonly string[];
  readonly charge: number;
  /** `s`, `l`, `g` or `aq`, where it is said. */
  readonly state: string | undefined;
  /** Whether a number stands behind an element or a group. */
  readonly isNumbered: boolean;
  /** How many atoms of each element. */
  readonly atoms: ReadonlyMap<string, number>;
}

type Body = Pick<Species, 'units' | 'isNumbered' | 'atoms'>;

const MAX_DEPTH = 4;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']' };

/** Reads elements and groups one after the other. */
class BodyReader {
  position = 0;
  isNumbered = false;

  constructor(readonly text: string) {}

  /** How many there are of what stands in front; undefined for a number that none has. */
  #count(): number | undefined {
    const digits = /^\d+/.exec(this.text.slice(this.position, this.position + 5))?.[0];
    if (digits === undefined) return 1;
    if (digits.length > 3 || digits.startsWith('0')) return undefined;
    this.position += digits.length;
    this.isNumbered = true;
    return Number(digits);
  }

  #element(): string | undefined {
    const [, first, second = ''] = /^([A-Z])([a-z])?/.exec(this.text.slice(this.position, this.position + 2)) ?? [];
    const symbol = first === undefined ? '' : first + second;
    if (!ELEMENTS.has(symbol)) return undefined;
    this.position += symbol.length;
    return symbol;
  }

  read(depth: number, close: string): Body | undefined {
    const units: string[] = [];
    const atoms = new Map<string, number>();
    const start = this.position;
    while (this.position < this.text.length && this.text[this.position] !== close) {
      const closing = CLOSING[this.text[this.position] ?? ''];
      let group: Body | undefined;
      let symbol: string | undefined;
      if (closing !== undefined) {
        this.position++;
        group = depth < MAX_DEPTH ? this.read(depth + 1, closing) : undefined;
        if (group === undefined || this.text[this.position] !== closing) return undefined;
        this.position++;
      } else symbol = this.#element();
      const count = this.#count();
      if (count === undefined || (group === undefined && symbol === undefined)) return undefined;
      units.push(group === undefined ? `${symbol}${count}` : `(${group.units.join(' ')})${count}`);
      for (const [name, number] of group?.atoms ?? [[symbol ?? '', 1]])
        atoms.set(name, (atoms.get(name) ?? 0) + number * count);
    }
    return this.position === start ? undefined : { units, atoms, isNumbered: this.isNumbered };
  }
}

function bodyOf(text: string): Body | undefined {
  const units: string[] = [];
  const atoms = new Map<string, number>();
  let isNumbered = false;
  for (const [index, part] of text.split('·').entries()) {
    // The water of a crystal: `CuSO4·5H2O`.
    const [, times = '', formula = ''] = (index === 0 ? /^()(.*)$/ : /^\s?(\d{0,2})\s?(.*)$/).exec(part) ?? [];
    const reader = new BodyReader(formula.trim());
    const body = reader.read(0, '');
    if (body === undefined || reader.position < reader.text.length) return undefined;
    if (index === 0) units.push(...body.units);
    else units.push(`·${times || '1'}(${body.units.join(' ')})`);
    for (const [name, number] of body.atoms) atoms.set(name, (atoms.get(name) ?? 0) + number * Number(times || 1));
    isNumbered ||= body.isNumbered;
  }
  return { units, atoms, isNumbered };
}

const COEFFICIENT = /^(\d{1,4}(?:\.\d{1,3})?)(?:\/(\d{1,2}))?\s?(?=[A-Z([e])/;
const STATE = /\s?\((s|l|g|aq)\)$/;
const EXPLICIT = /^(.*?)\s?⟦(\d)([+-])⟧$/;
const ON_LINE = /^(.*?)(\d{0,3})([+-]{1,4})$/;

/** The formula and its charge, in each way to read it: `Fe3+` has a charge of three, `NO3-` three atoms of oxygen. */
function charged(text: string): readonly (readonly [formula: string, charge: number])[] {
  const signed = (size: number, sign: string): number => (sign === '-' ? -size : size);
  const [, formula, size, sign = ''] = EXPLICIT.exec(text) ?? [];
  if (formula !== undefined) return [[formula, signed(Number(size), sign)]];
  const [, body = '', digits = '', signs = ''] = ON_LINE.exec(text) ?? [];
  if (signs === '') return [[text, 0]];
  const first = signs[0] ?? '';
  if (new Set(signs).size > 1) return [];
  if (signs.length > 1 || digits === '') return [[body + digits, signed(signs.length, first)]];
  const counted = [body + digits, signed(1, first)] as const;
  const last = Number(digits.at(-1));
  const raised = last === 0 ? [] : ([[body + digits.slice(0, -1), signed(last, first)]] as const);
  const isRaised = digits.length > 1 || body.endsWith(']') || ELEMENTS.has(body);
  return isRaised ? [...raised, counted] : [counted, ...raised];
}

/** The readings of a substance, most likely first; none where it is no formula. */
export function speciesOf(source: string, isSpaced: boolean): readonly Species[] {
  const text = source.trim();
  const [before = '', top, bottom = '1'] = COEFFICIENT.exec(text) ?? [];
  const rest = text.slice(before.length);
  const [behind = '', state] = STATE.exec(rest) ?? [];
  const whole = rest.slice(0, rest.length - behind.length);
  const coefficient = Number(top ?? 1) / Number(bottom);
  if (/^e(?:-|⟦1-⟧)$/.test(whole))
    return [{ coefficient, units: ['e'], charge: -1, state, isNumbered: false, atoms: new Map() }];
  return charged(whole).flatMap(([formula, charge]) => {
    // Spaces say nothing in LaTeX.
    const body = bodyOf(isSpaced ? formula.replace(/\s+/g, '') : formula);
    return body === undefined ? [] : [{ coefficient, charge, state, ...body }];
  });
}
