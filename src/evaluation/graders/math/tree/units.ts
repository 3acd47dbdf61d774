/** Units of measurement: what they measure, and how much one of them is. */

/** A unit read from words: `m/s^2`, `square feet`, `dollars per hour`, `apples`. */
export interface Unit {
  /** Powers of what is measured, in a fixed order: `length^1 time^-2`; empty when nothing known is. */
  readonly dimension: string;
  /** How much one of it is of the base units of its dimension. */
  readonly scale: number;
  /** Words that are not known units, in the singular: what was counted. */
  readonly counted: readonly string[];
}

type Powers = Readonly<Record<string, number>>;

interface Known {
  readonly powers: Powers;
  readonly scale: number;
}

const LENGTH = { length: 1 };
const AREA = { length: 2 };
const VOLUME = { length: 3 };
const TIME = { time: 1 };
const MASS = { mass: 1 };
const SPEED = { length: 1, time: -1 };
const FORCE = { mass: 1, length: 1, time: -2 };
const ENERGY = { mass: 1, length: 2, time: -2 };
const POWER = { mass: 1, length: 2, time: -3 };
const RESISTANCE = { ...POWER, current: -2 };
const FREQUENCY = { time: -1 };
const CHARGE = { current: 1, time: 1 };
const PRESSURE = { mass: 1, length: -1, time: -2 };

/** Powers, then names by scale. Masses are in grams. */
const TABLE: readonly (readonly [Powers, Readonly<Record<string, number>>])[] = [
  [
    LENGTH,
    { 'in inch inches': 0.0254, 'ft foot feet': 0.3048, 'yd yds yard yards': 0.9144, 'mi mile miles': 1609.344 },
  ],
  [LENGTH, { 'nmi nautical_mile nautical_miles': 1852, 'lightyear ly': 9.4607304725808e15 }],
  [TIME, { 'sec secs second seconds': 1, 'min mins minute minutes': 60, 'h hr hrs hour hours': 3600 }],
  [TIME, { 'day days': 86400, 'week weeks': 604800 }],
  [{ month: 1 }, { 'month months': 1, 'yr yrs year years': 12, 'decade decades': 120, 'century centuries': 1200 }],
  [MASS, { 'oz ounce ounces': 28.349523125, 'lb lbs pound pounds': 453.59237, 'ton tons tonne tonnes': 1e6 }],
  [VOLUME, { 'gal gallon gallons': 0.003785411784, 'qt quart quarts': 0.000946352946, cc: 1e-6 }],
  [VOLUME, { 'hl hL hectoliter hectoliters hectolitre hectolitres': 0.1 }],
  [VOLUME, { 'pt pint pints': 0.000473176473, 'cup cups': 0.0002365882365 }],
  [AREA, { 'sqft sq_ft': 0.09290304, 'sqm sq_m': 1, 'sqin sq_in': 0.00064516, 'sqmi sq_mi': 2_589_988.110336 }],
  [AREA, { 'acre acres': 4046.8564224, 'ha hectare hectares': 10_000 }],
  [SPEED, { mph: 0.44704, 'kph kmh kmph': 1 / 3.6, 'knot knots': 1852 / 3600 }],
  [FORCE, { lbf: 4448.2216152605 }],
  [ENERGY, { kWh: 3.6e9 }],
  [RESISTANCE, { 'kilohm kilohms': 1e6, 'megohm megohms': 1e9 }],
  [PRESSURE, { 'bar bars': 1e8, hPa: 100_000, 'atm atmospheres': 101_325_000, mmHg: 133_322.387415 }],
  [FREQUENCY, { rpm: 1 / 60 }],
  [{ money: 1 }, { '$ dollar dollars USD usd buck bucks': 1, 'cent cents ¢': 0.01 }],
  [{ euro: 1 }, { '€ euro euros EUR': 1, 'eurocent eurocents': 0.01 }],
  [{ sterling: 1 }, { '£ GBP quid': 1, 'p pence penny pennies': 0.01 }],
  [{ rupee: 1 }, { '₹ rupee rupees Rs INR': 1 }],
  [{ yuan: 1 }, { '¥ yuan RMB CNY': 1 }],
  [{ yen: 1 }, { 'yen JPY': 1 }],
  [{ angle: 1 }, { 'degree degrees deg °': Math.PI / 180, 'rad rads radian radians': 1 }],
  [{ celsius: 1 }, { 'celsius degC': 1 }],
  [{ fahrenheit: 1 }, { 'fahrenheit degF': 1 }],
];

/** Units that take decimal prefixes: symbol, names, powers, scale. */
const PREFIXED: readonly (readonly [symbol: string, names: string, powers: Powers, scale: number])[] = [
  ['m', 'meter metre', LENGTH, 1],
  ['s', 'second', TIME, 1],
  ['g', 'gram gramme', MASS, 1],
  ['L', 'liter litre', VOLUME, 0.001],
  ['l', '', VOLUME, 0.001],
  ['N', 'newton', FORCE, 1000],
  ['J', 'joule', ENERGY, 1000],
  ['W', 'watt', POWER, 1000],
  ['Pa', 'pascal', PRESSURE, 1000],
  ['Hz', 'hertz', FREQUENCY, 1],
  ['V', 'volt', { ...POWER, current: -1 }, 1000],
  ['A', 'amp ampere', { current: 1 }, 1],
  ['C', 'coulomb', CHARGE, 1],
  ['F', 'farad', { mass: -1, length: -2, time: 4, current: 2 }, 0.001],
  ['T', 'tesla', { mass: 1, time: -2, current: -1 }, 1000],
  ['Ω', 'ohm', RESISTANCE, 1000],
  ['K', 'kelvin', { kelvin: 1 }, 1],
  ['mol', 'mole', { amount: 1 }, 1],
  ['M', 'molar', { amount: 1, length: -3 }, 1000],
  ['eV', 'electronvolt', ENERGY, 1.602176634e-16],
  ['cal', 'calorie', ENERGY, 4184],
  ['B', 'byte', { information: 1 }, 8],
  ['bit', 'bit', { information: 1 }, 1],
  // Products that are written as one word.
  ['Nm', '', ENERGY, 1000],
  ['Ws', '', ENERGY, 1000],
  ['Wh', '', ENERGY, 3.6e6],
  ['Ah', '', CHARGE, 3600],
];

const PREFIXES: readonly (readonly [symbol: string, name: string, scale: number])[] = [
  ['T', 'tera', 1e12],
  ['G', 'giga', 1e9],
  ['M', 'mega', 1e6],
  ['k', 'kilo', 1e3],
  ['d', 'deci', 0.1],
  ['c', 'centi', 0.01],
  ['m', 'milli', 1e-3],
  ['μ', 'micro', 1e-6],
  ['µ', 'micro', 1e-6],
  ['n', 'nano', 1e-9],
  ['p', 'pico', 1e-12],
];

function knownUnits(): ReadonlyMap<string, Known> {
  const units = new Map<string, Known>();
  for (const [powers, table] of TABLE) {
    for (const [names, scale] of Object.entries(table)) {
      for (const name of names.split(' ')) units.set(name.replaceAll('_', ' '), { powers, scale });
    }
  }
  for (const [symbol, names, powers, scale] of PREFIXED) {
    for (const [prefix, long, factor] of [['', '', 1] as const, ...PREFIXES]) {
      const unit = { powers, scale: scale * factor };
      if (!units.has(prefix + symbol)) units.set(prefix + symbol, unit);
      for (const name of names.split(' ').filter((each) => each !== '')) {
        for (const form of [name, `${name}s`]) if (!units.has(long + form)) units.set(long + form, unit);
      }
    }
  }
  return units;
}

const UNITS = knownUnits();

function knownUnit(word: string): Known | undefined {
  return UNITS.get(word) ?? (word.length > 3 ? UNITS.get(word.toLowerCase()) : undefined);
}

/** Whether two texts are the same unit, by one name or another; undefined where one of them is no known unit by itself. */
export function isSameUnit(left: string, right: string): boolean | undefined {
  const [one, other] = [left, right].map((text) => knownUnit(text.trim()));
  if (one === undefined || other === undefined) return undefined;
  const powers = ({ powers }: Known): string => JSON.stringify(Object.entries(powers).sort());
  return one.scale === other.scale && powers(one) === powers(other);
}

/** Whether letters that follow a number and a space are a unit there, where they could be variables. */
export function isUnitSymbol(text: string): boolean {
  return UNITS.has(text) && !/^(?:in|deg|degrees?|p)$/.test(text);
}

/** Words that say nothing about what is measured. */
const GENERIC =
  /^(?:units?|a|an|the|of|in|total|altogether|approximately|exactly|about|different|more|and|for|each|possible|left|remaining|together|all|long|tall|wide|high|deep|away|apart|old|only|was|were|are|is|it|he|she|they|to|on|at|by)$/;
const POWER_WORDS: Readonly<Record<string, number>> = { square: 2, sq: 2, squared: 2, cubic: 3, cu: 3, cubed: 3 };

/** In the singular, for words that are counted: `apples`, `boxes`, `berries`. */
function singular(word: string): string {
  const lower = word.toLowerCase();
  if (lower === 'people') return 'person';
  if (lower.length > 4 && lower.endsWith('ies')) return `${lower.slice(0, -3)}y`;
  if (/(?:ss|x|ch|sh)es$/.test(lower)) return lower.slice(0, -2);
  return lower.length > 2 && lower.endsWith('s') && !lower.endsWith('ss') ? lower.slice(0, -1) : lower;
}

const PIECES = /[A-Za-zμµΩ°$€£¥¢₹]+\.?|\^?-?\d+|[/*·()]/g;
const MAX_UNIT = 120;

/** Reads a unit. Words after a known one (`5 cm long`, `5 hours later`) are not part of it. */
export function unitOf(text: string): Unit {
  const powers = new Map<string, number>();
  const counted: string[] = [];
  let scale = 1;
  /** -1 after a slash or `per`, for the unit that follows. */
  let sign = 1;
  /** 2 after `square`. */
  let degree = 1;
  let last: { readonly unit: Known; readonly sign: number } | undefined;
  const apply = (unit: Known, times: number): void => {
    scale *= unit.scale ** times;
    for (const [name, power] of Object.entries(unit.powers)) powers.set(name, (powers.get(name) ?? 0) + power * times);
  };
  /** In brackets behind a slash, all units are below it: `J/(kg K)`. */
  let below = false;
  const plain = text
    .slice(0, MAX_UNIT)
    .replace(/light[- ]years?/gi, 'lightyear')
    .replace(/nautical[- ]miles?/gi, 'nmi');
  for (const piece of plain.match(PIECES) ?? []) {
    const word = piece.replace(/\.$/, '');
    const power = POWER_WORDS[word.toLowerCase()];
    if (word === '(' || word === ')') {
      below = word === '(' && sign < 0;
      sign = below ? -1 : 1;
    } else if (word === '/' || word === 'per') sign = -1;
    else if (word === '*' || word === '·') sign = below ? -1 : 1;
    else if (/\d$/.test(word) || power !== undefined) {
      const exponent = power ?? Number(word.replace('^', ''));
      // Written after its unit, which has been counted once already.
      if (power !== undefined && !/ed$/i.test(word)) degree = power;
      else if (last !== undefined) apply(last.unit, (exponent - 1) * last.sign);
    } else {
      const unit = knownUnit(word);
      if (unit !== undefined) {
        apply(unit, sign * degree);
        last = { unit, sign };
      } else if (sign < 0) powers.set(`#${singular(word)}`, -1);
      else if (powers.size > 0) break;
      else if (!GENERIC.test(word.toLowerCase())) counted.push(singular(word));
      sign = below ? -1 : 1;
      degree = 1;
    }
  }
  const dimension = [...powers]
    .filter(([, power]) => power !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, power]) => `${name}^${power}`)
    .join(' ');
  return { dimension, scale, counted: dimension === '' ? counted : [] };
}

/** Names of money that mean something else without it, by what stands beside them. */
const BESIDE: readonly (readonly [currency: string, name: RegExp, meaning: string])[] = [
  ['sterling', /\bpounds?(?: sterling)?\b/gi, '£'],
  ['euro', /\bcents?\b|¢/gi, 'eurocent'],
  ['money', /\b(?:penny|pennies)\b/gi, 'cent'],
  ['yen', /¥/g, 'yen'],
];

/** Units as they are meant beside one another: `pounds` beside `£` or `pence` is money, and `cents` beside `€` are of a euro. */
export function beside(units: readonly string[]): readonly string[] {
  // Sums of money alone need this.
  if (!units.some((unit) => /[£€¢¥]|\b(?:p|pence|penny|pennies|pounds?|cents?|yen|GBP|quid)\b/i.test(unit)))
    return units;
  const said = units.map((unit) => unitOf(unit.replace(/\bpounds? sterling\b/gi, '£')).dimension).join(' ');
  return BESIDE.reduce(
    (texts, [currency, name, meaning]) =>
      said.includes(`${currency}^`) ? texts.map((text) => text.replace(name, meaning)) : texts,
    units,
  );
}

/** Whether all units measure the same, each less than the one before, as in `3 hours 20 minutes` and `2 pounds 50 pence`. */
export function areDescending(names: readonly string[]): boolean {
  const units = beside(names).map(unitOf);
  return units.every((unit, index) => {
    const before = units[index - 1];
    if (unit.dimension === '') return false;
    return before === undefined || (before.dimension === unit.dimension && before.scale > unit.scale);
  });
}

/** What one unit is of the other where both measure the same; undefined where they do not. */
export function conversion(from: Unit, to: Unit): number | undefined {
  const vague = (unit: Unit) => unit.dimension === '' && unit.counted.length === 0;
  if (vague(from) || vague(to)) return 1;
  if (from.dimension !== to.dimension) return undefined;
  if (from.counted.length > 0 && to.counted.length > 0) {
    const missing = (words: readonly string[], others: readonly string[]) =>
      words.filter((word) => !others.includes(word));
    const [here, there] = [missing(from.counted, to.counted), missing(to.counted, from.counted)];
    // `red balls` are balls, but not blue ones.
    if (here.length === from.counted.length || (here.length > 0 && there.length > 0)) return undefined;
  }
  return from.scale / to.scale;
}

const MULTIPLIERS: Readonly<Record<string, bigint>> = {
  百: 100n,
  千: 1_000n,
  천: 1_000n,
  hundred: 100n,
  thousand: 1_000n,
  million: 1_000_000n,
  billion: 1_000_000_000n,
  trillion: 1_000_000_000_000n,
  dozen: 12n,
  万: 10_000n,
  萬: 10_000n,
  만: 10_000n,
  亿: 100_000_000n,
  億: 100_000_000n,
  억: 100_000_000n,
};

/** `million dollars` as 1,000,000 and `dollars`; undefined where the words begin otherwise. */
export function multiplierOf(words: string): { readonly factor: bigint; readonly rest: string } | undefined {
  const [, first = '', rest = ''] =
    /^\s*([万萬만亿億억]|[百千천](?![克米瓦卡赫帕伏焦分])|[A-Za-z]+)\s*(.*)$/s.exec(words) ?? [];
  const name = first.toLowerCase();
  const factor = MULTIPLIERS[name] ?? MULTIPLIERS[name.replace(/s$/, '')];
  return factor === undefined ? undefined : { factor, rest };
}

const WRITTEN_POWER = String.raw`(?:\^\{?-?\d\}?|[²³])?`;
const SYMBOL = `[A-Za-zμµΩ]+${WRITTEN_POWER}`;
const WRITTEN = new RegExp(
  `${SYMBOL}(?:\\s?[/*·]\\s?${SYMBOL})*(?:\\s?/\\s?\\(${SYMBOL}(?:(?:\\s?[*·]\\s?|\\s{1,3})${SYMBOL})+\\))?`,
  'y',
);

/**
 * The unit in symbols that begins at a position: `kJ`, `m/s^2`, `N*m`. Undefined where letters are not all units, or
 * where the text goes on as a formula does.
 */
export function writtenUnit(
  text: string,
  position: number,
): { readonly text: string; readonly length: number } | undefined {
  WRITTEN.lastIndex = position;
  const found = WRITTEN.exec(text)?.[0];
  if (found === undefined || found.length > 40) return undefined;
  const next = text.slice(position + found.length, position + found.length + 8);
  if (!/^\s*(?:$|[.,;)\]}$]|\s[A-Za-z(\d])/.test(next)) return undefined;
  const names = found.match(/[A-Za-zμµΩ]+/g) ?? [];
  if (!names.every(isUnitSymbol)) return undefined;
  const plain = found
    .replace(/[{}]/g, '')
    .replace(/\s+(?![A-Za-zμµΩ])|(?<![A-Za-zμµΩ²³\d])\s+/g, '')
    .replace(/²/g, '^2')
    .replace(/³/g, '^3');
  return { text: plain, length: found.length };
}

/** A unit in a command for text, as plain text; undefined when it is none that is known. */
export function unitText(text: string): string | undefined {
  if (text.length > 60) return undefined;
  const plain = text
    .replace(/\\cdot(?![A-Za-z])/g, '*')
    .replace(/\\(?:Omega|ohm)(?![A-Za-z])/g, 'Ω')
    .replace(/\\mu(?![A-Za-z])\s?/g, 'μ')
    .replace(/\\[,;:! ]|[~{}$]/g, (match) => (/[{}$]/.test(match) ? '' : ' '))
    .trim();
  if (!/^[A-Za-zμµΩ°][A-Za-zμµΩ°/*^. \d()-]*$/.test(plain)) return undefined;
  return unitOf(plain).dimension === '' ? undefined : plain;
}
