/** The words and commands that an answer may be written with. */

/** Functions of one argument that are written without brackets, too. */
export const FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth sech csch arcsinh arccosh ' +
    'arctanh log ln lg exp'
  ).split(' '),
);

/** Functions whose arguments stand in brackets. */
export const BRACKET_FUNCTIONS: ReadonlySet<string> = new Set('max min gcd lcm det sgn sign'.split(' '));

const GREEK =
  'alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho varrho sigma tau ' +
  'upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar';

export const SYMBOL_COMMANDS: ReadonlySet<string> = new Set(GREEK.split(' '));

/** Commands that change only the look; what they apply to is read as if they were not there. */
export const LOOKS: ReadonlySet<string> = new Set(
  (
    'left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle scriptstyle ' +
    'limits nolimits quad qquad enspace thinspace space nobreak allowbreak break newline hfill noindent centering ' +
    'boxed fbox bf it rm large Large tiny small normalsize not_used'
  ).split(' '),
);

/** Commands with one group that holds words. */
export const WORDS: ReadonlySet<string> = new Set(
  (
    'text textbf textit textrm textsf texttt textnormal textup textsc emph mbox hbox mathrm mathbf mathit mathsf mathtt operatorname ' +
    'boldsymbol bm mathcal mathscr mathfrak'
  ).split(' '),
);

/** Marks put on a symbol; they belong to its name. */
export const ACCENTS: ReadonlySet<string> = new Set(
  'vec overrightarrow hat widehat bar overline underline tilde widetilde dot ddot'.split(' '),
);

/** Commands that stand for the operators of the second column. */
export const OPERATORS: Readonly<Record<string, string>> = {
  cdot: '*',
  times: '*',
  ast: '*',
  star: '*',
  bullet: '*',
  div: '/',
  over: 'over',
  le: '<=',
  leq: '<=',
  leqslant: '<=',
  leqq: '<=',
  ge: '>=',
  geq: '>=',
  geqslant: '>=',
  geqq: '>=',
  lt: '<',
  gt: '>',
  ne: '!=',
  neq: '!=',
  approx: '~',
  simeq: '~',
  sim: '~',
  cong: '=',
  doteq: '~',
  equiv: '=',
  pm: 'pm',
  mp: 'mp',
  cup: 'cup',
  bigcup: 'cup',
  cap: 'cap',
  bigcap: 'cap',
  setminus: 'setminus',
  smallsetminus: 'setminus',
  backslash: 'setminus',
  in: 'in',
  mid: '|',
  vert: '|',
  lvert: '|',
  rvert: '|',
  Vert: '|',
  lVert: '|',
  rVert: '|',
  colon: ':',
  lbrace: '\\{',
  rbrace: '\\}',
  lbrack: '[',
  rbrack: ']',
  langle: '<(',
  rangle: ')>',
  lfloor: 'lfloor',
  rfloor: 'rfloor',
  lceil: 'lceil',
  rceil: 'rceil',
  circ: 'degree',
  degree: 'degree',
  prime: "'",
  to: 'to',
  rightarrow: 'to',
  Rightarrow: 'to',
  implies: 'to',
  mapsto: 'to',
  land: 'and',
  wedge: 'and',
  lor: 'or',
  vee: 'or',
  colon_equals: '=',
};

export const SETS: ReadonlySet<string> = new Set(['R', 'Z', 'N', 'Q', 'C']);

/** Plain words that are not names. */
export const WORD_OPERATORS: Readonly<Record<string, string>> = {
  and: 'and',
  or: 'or',
  percent: '%',
  percents: '%',
  percentage: '%',
  pct: '%',
  degrees: 'degree',
  degree: 'degree',
  deg: 'degree',
  equals: '=',
  union: 'cup',
  intersect: 'cap',
  times: '*',
};

interface Unit {
  readonly dimension: string;
  readonly scale: number;
}

function unitsOf(dimension: string, table: Readonly<Record<string, number>>): [string, Unit][] {
  return Object.entries(table).flatMap(([names, scale]) =>
    names.split(' ').map((name): [string, Unit] => [name, { dimension, scale }]),
  );
}

/** Units that are converted into each other. Any other word after a value is taken for a unit that says nothing. */
export const UNITS: ReadonlyMap<string, Unit> = new Map([
  ...unitsOf('length', {
    'mm millimeter millimeters millimetre millimetres': 0.001,
    'cm centimeter centimeters centimetre centimetres': 0.01,
    'dm decimeter decimeters': 0.1,
    'm meter meters metre metres': 1,
    'km kilometer kilometers kilometre kilometres': 1000,
    'inch inches': 0.0254,
    'ft foot feet': 0.3048,
    'yd yard yards': 0.9144,
    'mi mile miles': 1609.344,
  }),
  ...unitsOf('time', {
    's sec secs second seconds': 1,
    'min mins minute minutes': 60,
    'h hr hrs hour hours': 3600,
    'day days': 86400,
    'week weeks': 604800,
  }),
  ...unitsOf('mass', {
    'mg milligram milligrams': 0.001,
    'g gram grams': 1,
    'kg kilogram kilograms': 1000,
    'oz ounce ounces': 28.349523125,
    'lb lbs pound pounds': 453.59237,
  }),
  ...unitsOf('volume', { 'ml mL milliliter milliliters': 0.001, 'L liter liters litre litres': 1 }),
  ...unitsOf('money', { '$ dollar dollars USD usd': 1, 'cent cents ¢': 0.01 }),
  ...unitsOf('euro', { '€ euro euros EUR': 1 }),
  ...unitsOf('pound sterling', { '£': 1 }),
  ...unitsOf('angle', { 'degree degrees °': Math.PI / 180, 'rad rads radian radians': 1 }),
]);

/**
 * Short words that are units when they directly follow a value in plain text (`5 cm`), where letters else are
 * variables.
 */
export const SHORT_UNITS: ReadonlySet<string> = new Set(
  'mm cm dm km ft yd mi kg mg oz lb lbs ml mL hr hrs min sec mph kph sq rad rads USD per'.split(' '),
);

/** All command names that mean something here, for telling a doubled backslash before a command from a row end. */
export const KNOWN_COMMANDS: ReadonlySet<string> = new Set([
  ...FUNCTIONS,
  ...BRACKET_FUNCTIONS,
  ...SYMBOL_COMMANDS,
  ...LOOKS,
  ...WORDS,
  ...ACCENTS,
  ...Object.keys(OPERATORS),
  ...(
    'frac dfrac tfrac cfrac sqrt binom dbinom tbinom choose top pi infty emptyset varnothing mathbb pmod bmod mod begin end angle triangle ' +
    'sum prod int lim hspace vspace phantom not item hline cdots ldots dots vdots operatorname'
  ).split(' '),
]);

/** Words of plain mathematics, as opposed to words of a language. */
export function isVocabulary(word: string): boolean {
  return KNOWN_COMMANDS.has(word) || WORD_OPERATORS[word] !== undefined || /^inf(?:inity)?$/.test(word);
}
