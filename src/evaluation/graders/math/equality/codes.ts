/** Names of things that look like sums: codes with numbers between hyphens, and versions. */

/** `KB-3-5`, `E-10-42`, and three numbers or more: `1-2-3`. */
const CODE = /^(?:[A-Z]{1,10}\d{0,4}(?:-\d{1,6}){2,5}|\d{1,6}(?:-\d{1,6}){2,5})$/;
/** Three numbers with a year, which may be written in other orders. */
const DATE = /^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-\d{4})$/;
/** `version 2.10`, `v2.10`, `2.13.4` */
const VERSION = /^(?:v(?:ersion)?\.?\s?)(\d{1,5}(?:\.\d{1,5}){1,3})$/i;
const NUMBERS_OF_VERSION = /^\d{1,5}(?:\.\d{1,5}){2,3}$/;

const numbersOf = (text: string): string | undefined =>
  VERSION.exec(text)?.[1] ?? (NUMBERS_OF_VERSION.test(text) ? text : undefined);

/** Whether two codes or two versions are the same, digit for digit; undefined where one of them is something else. */
export function sameCode(gold: string, reply: string): boolean | undefined {
  const [wanted, given] = [gold, reply].map((text) => text.trim().replace(/[−–]/g, '-').replace(/\.$/, ''));
  if (wanted === undefined || given === undefined) return undefined;
  if ([wanted, given].every((text) => CODE.test(text) && !DATE.test(text))) return wanted === given;
  const [version, other] = [numbersOf(wanted), numbersOf(given)];
  return version === undefined || other === undefined ? undefined : version === other;
}
