/** Whole numbers as programs write them to another base: `0x1F`, `0b101`, `0o17`. Read as products they would all be 0. */

const MAY_HAVE = /0[xbo][\da-f]/i;
/** Digits of the base alone, and nothing that makes a formula of them: `0x^2`, `10x20`, `0x + 1`, `0b102`, `0x5 = 0`. */
const LITERAL = /(?<![\w.,\\])0(?:x[\da-f]{1,64}|b[01]{1,256}|o[0-7]{1,80})(?![\w^(\\{]|\.\d|\s?=\s?0(?![x\d.]))/gi;

/** The text with such numbers to base ten. Linear in its length. */
export const withoutLiterals = (text: string): string =>
  MAY_HAVE.test(text) ? text.replace(LITERAL, (literal) => BigInt(literal.toLowerCase()).toString()) : text;
