/** Characters that stand for operators, commands and numbers. */

/** Single characters that stand for a command. */
export const CHARACTERS: Readonly<Record<string, string>> = {
  '−': '-',
  '–': '-',
  '—': '-',
  '×': '*',
  '·': '*',
  '⋅': '*',
  '∗': '*',
  '÷': '/',
  '∕': '/',
  '⁄': '/',
  '≤': '<=',
  '⩽': '<=',
  '≥': '>=',
  '⩾': '>=',
  '≠': '!=',
  '≈': '~',
  '±': 'pm',
  '∓': 'mp',
  '∪': 'cup',
  '∩': 'cap',
  '∈': 'in',
  '∉': '∉',
  '⊂': '⊂',
  '⊃': '⊃',
  '⊆': '⊆',
  '⊇': '⊇',
  '⊄': '⊄',
  '⊈': '⊄',
  '∥': '∥',
  '⊥': '⊥',
  '⟂': '⊥',
  '∖': 'setminus',
  '°': 'degree',
  '‰': '‰',
  '∣': '|',
  '⌊': 'lfloor',
  '⌋': 'rfloor',
  '⌈': 'lceil',
  '⌉': 'rceil',
  '⟨': '<(',
  '⟩': ')>',
  '′': "'",
  '’': "'",
  '→': 'to',
  '⇒': 'to',
  '∧': 'and',
  '∨': 'or',
  '（': '(',
  '）': ')',
  '，': ',',
  '、': ',',
  '；': ';',
  '：': ':',
  '＝': '=',
};

/** Signs of money, in front of a number or behind it. */
export const MONEY: ReadonlySet<string> = new Set('$€£¢¥₹');

export const COMMAND_CHARACTERS: Readonly<Record<string, string>> = {
  '√': 'sqrt',
  π: 'pi',
  '∞': 'infty',
  '∅': 'emptyset',
  ℝ: 'reals',
  '∑': 'sum',
  '∏': 'prod',
  '∫': 'int',
};

export const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** Signs and letters above the line: `10⁻³`, `2ⁿ`. */
export const RAISED: Readonly<Record<string, string>> = { '⁻': '-', '⁺': '+', ⁿ: 'n', ˣ: 'x' };

export const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';

export const VULGAR: Readonly<Record<string, string>> = {
  '½': '1/2',
  '⅓': '1/3',
  '⅔': '2/3',
  '¼': '1/4',
  '¾': '3/4',
  '⅕': '1/5',
  '⅖': '2/5',
  '⅗': '3/5',
  '⅘': '4/5',
  '⅙': '1/6',
  '⅚': '5/6',
  '⅛': '1/8',
  '⅜': '3/8',
  '⅝': '5/8',
  '⅞': '7/8',
};

const GREEK_LETTERS = 'αβγδεζηθικλμνξρστυφχψωΓΔΘΛΞΣΦΨΩϕϵ';
const GREEK_NAMES =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega ' +
  'Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega phi epsilon';

/** The names of Greek letters, as LaTeX has them. */
export const GREEK: ReadonlyMap<string, string> = new Map(
  [...GREEK_LETTERS].map((letter, index): [string, string] => [letter, GREEK_NAMES.split(' ')[index] ?? letter]),
);

/** Letters of number sets. */
export const SET_LETTERS: Readonly<Record<string, string>> = { ℤ: 'Z', ℕ: 'N', ℚ: 'Q', ℂ: 'C' };

/** Operators of two characters. */
export const DOUBLE: Readonly<Record<string, string>> = {
  '<=': '<=',
  '=<': '<=',
  '>=': '>=',
  '!=': '!=',
  '/=': '!=',
  '==': '=',
  '**': '^',
};
