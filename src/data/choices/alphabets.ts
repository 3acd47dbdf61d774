/** Letters by which options are called, in the order of their scripts. */

/** As questions list their options. */
export const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A text with the forms of its characters taken as one: fullwidth letters, digits in circles, accents apart. */
export const plainForm = (text: string): string => text.normalize('NFKC');

/** The first letters of alphabets in which tests letter their options; Latin first. */
const ALPHABETS: readonly string[] = [
  LETTERS,
  'АБВГДЕЖЗ',
  'ΑΒΓΔΕΖΗΘ',
  'אבגדהוזח',
  'أبجدهوزح',
  'ابجدهوزح',
  'アイウエオカキク',
  '가나다라마바사아',
  'ㄱㄴㄷㄹㅁㅂㅅㅇ',
  '甲乙丙丁戊己庚辛',
].map(plainForm);

/** Cyrillic and Greek capitals that look like these Latin ones: a keyboard in another layout gives them. */
const LOOK_ALIKES: Readonly<Record<string, string>> = { A: 'АΑ', B: 'ВΒ', C: 'С', E: 'ЕΕ', H: 'НΗ' };

/** The Latin capital that a letter is or looks like; another letter as a capital. */
export function looksLike(letter: string): string {
  const capital = letter.toUpperCase();
  return Object.entries(LOOK_ALIKES).find(([, others]) => others.includes(capital))?.[0] ?? capital;
}

/** A way of lettering options. */
export interface Lettering {
  readonly letters: string;
  /** Whether letters that look like these count as these. */
  readonly isLoose: boolean;
}

/** The ways, of which the first that fits is meant: letters of one script before a mixture that looks like one. */
export const LETTERINGS: readonly Lettering[] = [
  ...ALPHABETS.map((letters) => ({ letters, isLoose: false })),
  { letters: LETTERS, isLoose: true },
];

/** The place of a letter in a way of lettering, from 0; -1 where it is not of it. */
export const placeIn = ({ letters, isLoose }: Lettering, letter: string): number =>
  letter.length === 1 ? letters.indexOf(isLoose ? looksLike(letter) : letter.toUpperCase()) : -1;

/** What matches the letter at a place. */
export function letterPattern({ letters, isLoose }: Lettering, place: number): string {
  const letter = letters.charAt(place);
  return isLoose ? `[${letter}${LOOK_ALIKES[letter] ?? ''}]` : letter;
}

/** Columns of options: `A`, `option_a`, `Choice B`, `option1`, by what is in front of the letter or number. */
const OPTION_NAME = /^((?:options?|choices?|answers?|opt?|вариант|ответ)?[\s_.-]*)(\p{L}|\p{N})$/iu;

/** The letter or number by which a column of an option is called, and what is in front of it. */
export function optionName(name: string): { readonly before: string; readonly mark: string } | undefined {
  const [, before = '', mark] = OPTION_NAME.exec(plainForm(name)) ?? [];
  return mark === undefined ? undefined : { before, mark };
}
