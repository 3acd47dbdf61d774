/** The words and commands that an answer may be written with. */

/** Functions with an inverse that is written with the exponent -1. */
export const INVERTIBLE: ReadonlySet<string> = new Set(
  'sin cos tan cot sec csc sinh cosh tanh coth sech csch'.split(' '),
);

/** Functions of one argument that are written without brackets, too. */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  ...INVERTIBLE,
  ...[...INVERTIBLE].map((name) => `arc${name}`),
  ...['log', 'ln', 'lg', 'exp', 'cis'],
]);

/** Functions whose arguments stand in brackets. */
export const BRACKET_FUNCTIONS: ReadonlySet<string> = new Set(
  'max min gcd lcm det sgn abs floor ceil round re im conj arg mod cbrt binomial permutations atan2 nthroot'.split(' '),
);

/** Names of functions that are letters side by side without a bracket: `re^{it}`. */
export const NEEDS_BRACKET: ReadonlySet<string> = new Set(['re', 'im', 'arg', 'mod', 'conj', 'round']);

/** Other names of functions: `asin`, `arsinh` and `tg` are `arcsin`, `arcsinh` and `tan`. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ...['sin', 'cos', 'tan', 'cot', 'sec', 'csc'].map((name): [string, string] => [`a${name}`, `arc${name}`]),
  ...['sinh', 'cosh', 'tanh', 'coth', 'sech', 'csch'].flatMap((name): [string, string][] => [
    [`a${name}`, `arc${name}`],
    [`ar${name}`, `arc${name}`],
  ]),
  ['tg', 'tan'],
  ['ctg', 'cot'],
  ['cotg', 'cot'],
  ['cosec', 'csc'],
  ['arctg', 'arctan'],
  ['arcctg', 'arccot'],
  ['arccosec', 'arccsc'],
  ['ceiling', 'ceil'],
  ['signum', 'sgn'],
  ['sign', 'sgn'],
  ['hcf', 'gcd'],
  ['binom', 'binomial'],
  ['root', 'nthroot'],
  ['conjugate', 'conj'],
  ['nCr', 'binomial'],
  ['nPr', 'permutations'],
]);

/** The usual name of a function, or undefined for words that name none. */
export function functionNamed(name: string): string | undefined {
  // `Arctan`, `Ln`, `Abs`; capitals alone are names.
  const small = /^[A-Z][a-z]{1,6}$/.test(name) ? name.toLowerCase() : name;
  const usual = ALIASES.get(small) ?? small;
  return FUNCTIONS.has(usual) || BRACKET_FUNCTIONS.has(usual) ? usual : undefined;
}

const GREEK =
  'alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho varrho sigma tau ' +
  'upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar';

export const SYMBOL_COMMANDS: ReadonlySet<string> = new Set(GREEK.split(' '));

/** Commands that change only the look; what they apply to is read as if they were not there. */
export const LOOKS: ReadonlySet<string> = new Set(
  (
    'left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle scriptstyle ' +
    'limits nolimits quad qquad enspace thinspace medspace thickspace negthinspace negmedspace negthickspace enskip space nobreak allowbreak break newline hfill noindent centering ' +
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
  notin: '∉',
  subset: '⊂',
  subsetneq: '⊂',
  supset: '⊃',
  subseteq: '⊆',
  supseteq: '⊇',
  nsubseteq: '⊄',
  parallel: '∥',
  perp: '⊥',
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
  und: 'and',
  oder: 'or',
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

/** All command names that mean something here, for telling a doubled backslash before a command from a row end. */
export const KNOWN_COMMANDS: ReadonlySet<string> = new Set([
  ...FUNCTIONS,
  ...BRACKET_FUNCTIONS,
  ...ALIASES.keys(),
  ...SYMBOL_COMMANDS,
  ...LOOKS,
  ...WORDS,
  ...ACCENTS,
  ...Object.keys(OPERATORS),
  ...(
    'frac dfrac tfrac cfrac sqrt binom dbinom tbinom choose top pi infty emptyset varnothing oslash mathbb pmod bmod mod begin end angle triangle ' +
    'sum prod int lim hspace vspace phantom not item hline cdots ldots dots vdots operatorname'
  ).split(' '),
]);

/** Words of plain mathematics, as opposed to words of a language. */
export function isVocabulary(word: string): boolean {
  return KNOWN_COMMANDS.has(word) || WORD_OPERATORS[word] !== undefined || /^inf(?:inity)?$/.test(word);
}

/** `ab` and `ax` are products; so few words have two letters that they can be listed. */
export const TWO_LETTER_WORDS: ReadonlySet<string> = new Set(
  'am an as at be by do go he hi if in is it me my no of oh ok on or ox so to up us we'.split(' '),
);
