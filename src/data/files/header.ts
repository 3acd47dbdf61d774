/** Tables without a header: their first row is taken for the names of columns. */

const NUMBER = /^[-+]?[$€£]?\d+(?:[.,]\d+)*\s*%?$/;
/** Four words or more that end as a sentence does. */
const SENTENCE = /^(?:\S+\s+){3,}\S*[.?!。？！]["')]*$/u;
/** No name of a column is that long. */
const LONGEST_NAME = 80;

/** Whether names of columns look like the cells of a row: numbers, and sentences. */
export const looksLikeCells = (names: readonly string[]): boolean =>
  names.some((name) => SENTENCE.test(name) || name.length > LONGEST_NAME) ||
  // Tables of figures by years have numbers as names of columns, beside words.
  names.filter((name) => NUMBER.test(name)).length * 2 > names.length;

/** What to do with such a table. */
export const headerRemedy = (columns: number): string =>
  `The first line looks like a row, not like the names of columns. Write a line with a name for each of the ${columns} columns in front of it, such as ${columns < 3 ? 'question,answer' : 'question,solution,answer'}, with the delimiter of the rows in place of the comma if they have another.`;
