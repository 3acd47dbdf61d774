/** Text of files and of users for a terminal, which would obey control sequences in it. */

/** Control characters, and those that change the direction of text or break lines elsewhere than at a line break. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

const escaped = (character: string): string =>
  character === '\n' || character === '\t' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The text with control characters written as JSON writes them: `\u001b`. Line breaks and tabs stay. */
export const printable = (text: string): string => text.replace(CONTROLS, escaped);

/** As `printable`, on one line: for names. */
export const printableName = (text: string): string => printable(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');

/** `a, b and c` */
export const namesText = (names: readonly string[]): string => names.join(', ').replace(/, ([^,]*)$/, ' and $1');

/** `1 row`, `3 rows`; `several` where the plural is more than an s. */
export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;

/** A step for people, who count from 1, as progress does; programs and files count from 0. */
export const stepText = (step: number): string => `step ${step + 1}`;

const PLAIN_WORD = /^[\w@%+=:,./\\-]+$/;
const IN_DOUBLE_QUOTES = /^[^"$`\\!]*$/;

function shellWord(word: string): string {
  if (PLAIN_WORD.test(word)) return word;
  return IN_DOUBLE_QUOTES.test(word) ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Words as a line to be copied into a shell: in quotes where one would take them apart. */
export const commandLine = (...words: readonly string[]): string => words.map(shellWord).join(' ');
