/** Checks behind an answer: `x = 5. Check: 5 - 3 = 2.` Their results are not the answer. Linear in the length of the text. */

const TAIL = 600;

/** What a check begins with, at the beginning of a sentence or line. */
const CHECK = String.raw`(?:(?:to |we |let us |let['’]s |let me )?(?:double[- ]?)?(?:check|verify)(?:ing)?(?: (?:it|this|that|the answer|the solution))?|check(?:ing)?|verif(?:ication|ying)|proof|test)[*_]{0,2}\s*[:,.][*_]{0,2}`;
/** The same in words that may go on with the solution as well. */
const SUBSTITUTES = String.raw`(?:indeed|plug(?:ging)?|substitut(?:ing|e)|insert(?:ing)?)(?:\s(?:it|this|that|the value|\$?[a-z]\s?=\s?-?\d+\$?))?(?:\s(?:back|in|into)){0,2}(?:\s(?:the )?(?:original )?equation)?[:,]?`;
/** Equations of numbers and names, and words that only confirm. */
const EQUATIONS = String.raw`\s*(?:[-−+*/×·÷^=().,;!\s\d$[\]{}✓✔✅☑️]|\\(?:cdot|times|div|d?frac|left|right|checkmark|quad|[()[\],;! ])(?![A-Za-z])|(?<![A-Za-z])[a-z](?![A-Za-z])(?!\s*=)|\b(?:and|so|which|is|this|that|it|true|correct|right|works|holds|checks out|matches|as (?:required|expected|given|desired))\b){3,}`;
const CHECKED = new RegExp(
  String.raw`(?:[.!;]\**\s{1,3}|\n\s{0,3})[*_#]{0,4}\s?(?:(${CHECK})|${SUBSTITUTES})(?=${EQUATIONS}$)(?=[^=]{0,200}\d[^=]{0,200}=\s?[$(]?[-−]?\d)`,
  'iu',
);
/** `x = 5` at the end of a sentence. */
const NAMED = /(?<![\p{L}\\])[A-Za-z](?:_\w)?\s?=\s?[^=\n,;]{1,40}$/u;
/** A sentence with its value. */
const SAID = /(?:^|[\s*$])(?:\p{L}{2,}|[a-z]\s?=)[^=\n]{0,200}\d[^=\n]{0,60}$/u;

/** A reply without the check at its end, where it states what it checks in front of it. */
export function withoutCheck(text: string): string {
  const from = Math.max(0, text.length - TAIL);
  const tail = text.slice(from);
  if (!/check|verif|proof|test|indeed|plug|substitut|insert/i.test(tail)) return text;
  const found = CHECKED.exec(tail);
  if (found === null) return text;
  const before = text.slice(0, from + found.index).trimEnd();
  const line = before.slice(before.lastIndexOf('\n') + 1).replace(/[$*\s.\])\\]+$/, '');
  const stated = line.slice(-300);
  return NAMED.test(stated) || (found[1] !== undefined && SAID.test(stated)) ? before : text;
}
