/** Names of things that look like sums, products or decimals: codes with numbers between hyphens, letters among digits, and versions. */

/** `KB-3-5`, `E-10-42`, and three numbers or more: `1-2-3`. */
const CODE = /^(?:[A-Z]{1,10}\d{0,4}(?:-\d{1,6}){2,5}|\d{1,6}(?:-\d{1,6}){2,5})$/;
/** Three numbers with a year, which may be written in other orders. */
const DATE = /^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-\d{4})$/;
/** `version 2.10`, `v2.10`, `2.13.4` */
const VERSION = /^(?:v(?:ersion)?\.?\s?)(\d{1,5}(?:\.\d{1,5}){1,3})$/i;
const NUMBERS_OF_VERSION = /^\d{1,5}(?:\.\d{1,5}){2,3}$/;

const numbersOf = (text: string): string | undefined =>
  VERSION.exec(text)?.[1] ?? (NUMBERS_OF_VERSION.test(text) ? text : undefined);

/** What is numbered in parts (`Section 2.10`, `Python 3.10`), where `length 3.10` is measured. */
const NUMBERED = new RegExp(
  `^(?<name>${[
    'section|sec\\.?|subsection|chapter|ch\\.?|figure|fig\\.?|table|diagram|theorem|lemma|proposition|corollary|definition|remark|example',
    'exercise|problem|question|algorithm|listing|appendix|clause|article|paragraph|rule|lesson|unit|module|part|item|release|build|revision|rev\\.?|edition',
    'python|java|ruby|perl|php|rust|golang|go|swift|kotlin|scala|julia|lua|dart|node(?:\\.?js)?|typescript|ecmascript|react|angular|vue|django|flask|rails|spring',
    'ubuntu|debian|fedora|centos|linux|kernel|ios|ipados|macos|os x|android|windows|firefox|chrome|safari|bluetooth|usb|hdmi|http|tls|opengl|vulkan|cuda',
    'gcc|clang|llvm|cmake|git|docker|kubernetes|postgres(?:ql)?|mysql|mariadb|sqlite|redis|nginx|apache|pytorch|tensorflow|numpy|pandas',
  ].join('|')})\\s(?<numbers>\\d{1,5}(?:\\.\\d{1,5}){1,3})$`,
  'i',
);
const DECIMAL = /^\d{1,5}(?:\.\d{1,5}){1,3}$/;

/** Whether two names are one, perhaps cut short: `Fig.` and `Figure`. */
function isOneName(left: string | undefined, right: string | undefined): boolean {
  if (left === undefined || right === undefined) return true;
  const [a, b] = [left, right].map((name) => name.toLowerCase().replace(/\.$/, '')) as [string, string];
  return a.startsWith(b) || b.startsWith(a);
}

/** Whether two versions are the same, of which one at least has the name of what it numbers. */
function sameNumbered(wanted: string, given: string): boolean | undefined {
  const [left, right] = [NUMBERED.exec(wanted)?.groups, NUMBERED.exec(given)?.groups];
  if (left === undefined && right === undefined) return undefined;
  const numbers = [left?.numbers ?? wanted, right?.numbers ?? given];
  if (!numbers.every((text) => DECIMAL.test(text))) return undefined;
  const isSame = numbers[0] === numbers[1];
  // `Section 2.1` is not `Figure 2.1`, but in words.
  return isSame && !isOneName(left?.name, right?.name) ? undefined : isSame;
}

/** Letters and digits without a sign or space between them, in whatever order. */
const MIXED = /^(?=[a-z\d]{2,24}$)(?=\d*[a-z])(?=[a-z]*\d)[a-z\d]+$/i;
/** No product begins with capitals that a number follows, as `A4` does; `x2`, `ab2` and `sin2x` may be formulas. */
const NO_PRODUCT = /^[A-Z]{1,8}\d+(?:[A-Z]+\d*)*$/;
/** `a1b2`: each letter with its number, which are `b2a1` as well where they are names or powers that lost their form. */
const PAIRS = /^(?:[a-z]\d{1,3}){2,6}$/i;
const pairsOf = (code: string): string => (code.match(/[a-z]\d+/gi) ?? []).toSorted().join();
/** The code behind a name: `room 3A`. */
const NAMED = /^(?<name>[a-z]{3,20}(?:\s[a-z]{3,20})?)\s(?<code>[a-z\d]{2,24})$/i;

/** Whether two codes of letters and digits are the same; undefined where one of them is something else. */
export function sameLetterCode(gold: string, reply: string): boolean | undefined {
  const [left, right] = [gold, reply].map((text) => {
    const plain = text.trim().replace(/\.$/, '');
    const named = NAMED.exec(plain)?.groups;
    return named?.name === undefined ? { name: '', code: plain } : { name: named.name.toLowerCase(), code: named.code };
  });
  const [wanted = '', given = ''] = [left?.code, right?.code];
  if (!MIXED.test(wanted) || !MIXED.test(given)) return undefined;
  if (left?.name !== '' && right?.name !== '') {
    if (left?.name !== right?.name) return undefined;
    if (wanted.toLowerCase() === given.toLowerCase()) return true;
  }
  if (PAIRS.test(wanted) && PAIRS.test(given)) return pairsOf(wanted) === pairsOf(given) ? undefined : false;
  if (!NO_PRODUCT.test(wanted) && !NO_PRODUCT.test(given)) return undefined;
  return wanted.toLowerCase() === given.toLowerCase();
}

/** Whether two codes or two versions are the same, digit for digit; undefined where one of them is something else. */
export function sameCode(gold: string, reply: string): boolean | undefined {
  const [wanted, given] = [gold, reply].map((text) => text.trim().replace(/[−–]/g, '-').replace(/\.$/, ''));
  if (wanted === undefined || given === undefined) return undefined;
  if ([wanted, given].every((text) => CODE.test(text) && !DATE.test(text))) return wanted === given;
  const [version, other] = [numbersOf(wanted), numbersOf(given)];
  if (version !== undefined && other !== undefined) return version === other;
  const isNumbered = /[a-z]\s\d+\.\d/i;
  return isNumbered.test(wanted) || isNumbered.test(given) ? sameNumbered(wanted, given) : undefined;
}
