/** Units in the one form that the reader knows: `m s⁻¹` as `m*s^-1`, `kΩ` as `kiloohm`, `5 1/s` as `5 s^-1`, `3x10^8` as `3*10^8`. */
import { isUnitSymbol } from '../tree/units.js';
import { RAISED, SUPERSCRIPTS } from './tokens/characters.js';

const MAX_LENGTH = 120;
const POWER_OF_TEN = String.raw`\s?(?:[x×*·]|\\times(?![A-Za-z])|\\cdot(?![A-Za-z]))\s?10(?:\^\{?[-−+]?\d{1,3}\}?|[⁻⁺]?[⁰¹²³⁴-⁹]{1,3})`;
const AMOUNT = new RegExp(
  String.raw`^(\s*\$?\s*(?:[A-Za-z]\w{0,3}\s?=\s?|[A-Z][a-z]{0,20}(?:\s[a-z]{1,20}){0,5}\sis\s)?[-−+]?(?:\d[\d.,]{0,30}|\.\d{1,20})(?:\s?\/\s?\d{1,9}(?![\d.]))?(?:[eE][-−+]?\d{1,3}(?!\d)|${POWER_OF_TEN})?)((?:\s|~|\\[,;: ]|\$)*)(.*)$`,
  's',
);
/** Writings that the reader does not know; letters in other ones may be variables. */
const UNUSUAL = /[µμΩ\u2126⁻]|\\mu(?![A-Za-z])|\\Omega|\^\{?[-−]|^u[AFLVgm]\b|^\(?1\s?\//;
const EXPONENT = /[eE]\+?([-−]?\d+)$/;

const LONG_PREFIX: Readonly<Record<string, string>> = {
  '': '',
  G: 'giga',
  M: 'mega',
  k: 'kilo',
  m: 'milli',
  n: 'nano',
  µ: 'micro',
};
const LONG_NAME: Readonly<Record<string, string>> = {
  m: 'meter',
  s: 'second',
  g: 'gram',
  L: 'liter',
  l: 'liter',
  N: 'newton',
  J: 'joule',
  W: 'watt',
  Pa: 'pascal',
  Hz: 'hertz',
  V: 'volt',
  A: 'ampere',
  C: 'coulomb',
  F: 'farad',
  T: 'tesla',
  Ω: 'ohm',
  K: 'kelvin',
  mol: 'mole',
  eV: 'electronvolt',
};

/** The name of a unit with a sign that is no letter of a word, or with `u` for micro; other symbols as they are. */
function named(symbol: string): string | undefined {
  const [, prefix = '', unit = ''] =
    /^([GMkmnµ]?)(Ω)$|^(µ)(\w+)$/.exec(symbol)?.filter((part) => part !== undefined) ?? [];
  if (unit !== '') {
    const name = LONG_NAME[unit];
    return name === undefined ? undefined : `${LONG_PREFIX[prefix]}${name}`;
  }
  const ascii = /^u(m|g|F|A|V|L)$/.exec(symbol)?.[1];
  if (ascii !== undefined) return `micro${LONG_NAME[ascii]}`;
  return isUnitSymbol(symbol) ? symbol : undefined;
}

/** The text of a unit without LaTeX and with its powers on the line. */
function plainUnit(text: string): string {
  return text
    .replace(/\\(?:text|mathrm|textrm|mbox|rm|,|;|:|!| )|~/g, (command) => (/[a-z]/.test(command) ? '' : ' '))
    .replace(/\\mu(?![A-Za-z])\s*/g, 'µ')
    .replace(/\\Omega(?![A-Za-z])|\u2126/g, 'Ω')
    .replace(/\\cdot(?![A-Za-z])\s*|[⋅*]/g, '·')
    .replace(/μ/g, 'µ')
    .replace(
      /[⁰¹²³⁴-⁹⁺⁻]+/g,
      (run) => `^${[...run].map((mark) => RAISED[mark] ?? SUPERSCRIPTS.indexOf(mark)).join('')}`,
    )
    .replace(/−/g, '-')
    .replace(/[{}$]/g, '')
    .replace(/\s?([/·])\s?/g, '$1')
    .replace(/[.\s]+$/, '')
    .trim();
}

/** `mol⁻¹` and `1/mol` as `mol^-1`; undefined where something in it is no unit. */
function unitIn(source: string): string | undefined {
  // Letters beside `\mu` are a product, unless they are set as text or measure nothing that rubs.
  if (/\\mu\s*[gN](?![A-Za-z])/.test(source)) return undefined;
  const text = plainUnit(source);
  const inverse = /^\(?1\/\(?([A-Za-zµΩ]+)(?:\^(\d))?\)?$/.exec(text);
  const parts =
    inverse === null ? text.split(/(?<=[A-Za-zΩ\d])([/· ])(?=[A-Za-zµΩ])/) : [`${inverse[1]}^-${inverse[2] ?? 1}`];
  if (parts.length > 11) return undefined;
  const read = parts.map((part, index) => {
    if (index % 2 === 1) return part === '/' ? '/' : '*';
    const [, symbol = '', power = ''] = /^([A-Za-zµΩ]+)((?:\^-?\d)?)$/.exec(part) ?? [];
    const name = named(symbol);
    return name === undefined ? undefined : name + power;
  });
  return read.every((part) => part !== undefined) ? read.join('') : undefined;
}

/** A number with its unit in the form that the reader knows; any other text as it is. */
export function withPlainUnits(text: string): string {
  if (text.length > MAX_LENGTH || !/\d/.test(text)) return text;
  const degrees = text.replace(/(?<=\d\s?)º(?=\s?(?:[CF]\b|[.\s]*$))/g, '°');
  const [, amount = '', gap = '', rest = ''] = AMOUNT.exec(degrees) ?? [];
  if (amount === '') return degrees;
  const value = amount.replace(/(?<=\d)\s?x\s?(?=10[\^⁰¹²³⁴-⁹⁻⁺])/, '*');
  const isUnusual = UNUSUAL.test(rest) || EXPONENT.test(amount);
  const unit = isUnusual && rest !== '' ? unitIn(rest) : undefined;
  if (unit === undefined) return value + gap + rest;
  return `${value.replace(/[$]/g, '').replace(EXPONENT, '*10^$1')} ${unit}`;
}
