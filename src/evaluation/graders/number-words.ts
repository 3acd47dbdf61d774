/** The words of whole numbers in English. */

export const UNITS = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen'
).split(' ');
export const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
export const SCALES: ReadonlyMap<string, number> = new Map([
  ['hundred', 100],
  ['thousand', 1_000],
  ['million', 1_000_000],
  ['billion', 1_000_000_000],
]);

/** One word of a number. Source of a pattern; longer words first, as `six` begins `sixteen`. */
export const NUMBER_WORD = `(?:${[...UNITS, ...TENS, ...SCALES.keys()].sort((a, b) => b.length - a.length).join('|')})`;
