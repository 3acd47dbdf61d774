/**
 * What a last sentence adds to an equation of numbers that says its result: a reason (`log₁₀(100) = 2 because 10² = 100.`, `47 mod 8 = 7,
 * since 47 = 5 × 8 + 7.`), where that comes from (`5! = 120 by definition.`), or that it was to be expected. A reason counts as one where
 * its last equation comes to a number of the first: what else is worked out behind a result may be the answer. Linear in the length of the
 * text.
 */
import { lastSentenceStart } from '../../../../replies/sentences.js';

const LONGEST = 300;
/** Where a sentence ends; the sign of a factorial ends none. */
const BORDER = /(?:[.?…]|!(?!\s*[-−+*/×·=≈]))[*_"”)]{0,3}\s+|\n\s*/g;
const MAY_ADD = /\b(?:because|since|as|for|by|from|exactly|definition|convention)\b|\s\(/i;

const FUNCTION = String.raw`(?<!\p{L})(?:log|ln|lg|sin|cos|tan|cot|sec|csc|arcsin|arccos|arctan|exp|sqrt|cbrt|gcd|hcf|gcf|lcm|max|min|abs|floor|ceil|mod)(?!\p{L})`;
/** Numbers, signs and functions of them; no unknown, which would leave the equation to be solved. */
const NUMERIC = String.raw`(?:[-−+*/×·÷^=≈()[\]{},;:!|⌊⌋⌈⌉√∛∜π%°_$\s\d.]|[²³⁰¹⁴-⁹⁺⁻₀-₉]|${FUNCTION}|(?<!\p{L})(?:[fghCPFGTφσ]\s?(?=\()|[ei](?=[\^²³⁴-⁹]))|\\(?:log|ln|lg|sin|cos|tan|gcd|lcm|sqrt|[dt]?frac|d?binom|cdot|times|div|bmod|pmod|lfloor|rfloor|left|right|pi|[,;! ()])(?![a-z]))`;
const RESULT = String.raw`[-−]?[$€£]?(?:\d(?:[\d.,]*\d)?(?:\s?\/\s?\d+)?|\d*√\d+(?:\s?\/\s?\d+)?|\\[dt]?frac\s?\{-?\d+\}\s?\{\d+\})\s?[%°]?`;
/** `So`, `The value is`; also nothing. */
const LEAD = String.raw`\W{0,3}(?:[\p{L}'’-]+[,:]?\s){0,8}?`;
/** What is worked out in words: `the cube root of 64 is` */
const SUBJECT = String.raw`[^=≈\n]{1,80}?\d[^=≈\n]{0,60}?\s(?:is|equals)\s`;
const MARK = String.raw`[*_$]{0,3}(?:\\\))?`;
const EQUATION = new RegExp(
  String.raw`^(?<lead>${LEAD})(?<left>${NUMERIC}{2,}=\s?[*_]{0,2})(?<result>${RESULT})${MARK}(?<rest>(?:,?\s|\s[–—-]\s)[^\n]*)$`,
  'iu',
);
const STATEMENT = new RegExp(
  String.raw`^(?<left>${SUBJECT})[*_$]{0,3}(?<result>${RESULT})${MARK}(?<rest>,?\s(?:because|since)\s[^\n]*)$`,
  'iu',
);
const DOUBTS =
  /\b(?:if|not|when|unless|suppose|assuming|given|since|because|as|let|never|wrong|incorrect|whether|would|might|maybe|perhaps|although|while|but)\b|n['’]t\b/i;
const BEHIND = String.raw`^,?\s(?:[–—-]\s)?`;
const END = String.raw`[.!]?[*_]{0,2}\s*$`;
/** What follows from the reason is another result. */
const GOES_ON =
  /\b(?:so|thus|hence|therefore|then|but|however|answer|total|another|leaving|giving|which|making|need|wait|actually|not|instead|finally|whereas|while|next|also)\b|n['’]t\b|[?;→⇒]|=>/i;
const REASON = new RegExp(String.raw`${BEHIND}(?:because|since|as|for)\s(?<reason>[^\n]*\S)\s*$`, 'iu');
/** `(14 = 3 × 4 + 2)` */
const IN_BRACKETS = /(?<=\d)\s\((?:because |since |as )?([^()\n]*=[^()\n]*)\)[.!]?$/i;
/** Without numbers of its own. */
const SOURCE = new RegExp(
  String.raw`${BEHIND}(?:(?:(?:and\s)?(?:this|that|which) (?:is|holds|follows)\s)?(?:by|from|per|using|due to|according to)\s(?:(?:the|our|its|an?)\s)?(?:[\p{L}'’-]+\s){0,3}?(?:definitions?|conventions?|theorem|identity|identities|formula|rule|laws?|symmetry|inspection|construction|axioms?|lemma|propert(?:y|ies)|unit circle|table|triangle)(?:\sof\s(?:[\p{L}'’-]+\s?){1,4})?|as (?:is )?(?:expected|required|claimed|desired|given|stated|wanted|usual|well known)|exactly|as we (?:wanted|expected)|for (?:any|every|all)\s[\p{L}\s-]{1,60})${END}`,
  'iu',
);
/** `By definition,` in front. */
const SOURCE_IN_FRONT =
  /^\W{0,3}(?:by (?:the )?(?:definition|convention)|by the [\p{L}'’ -]{1,40} (?:theorem|identity|formula|rule|law)),\s/iu;

/** `The remainder when 23 is divided by 5 is 3` depends on nothing. */
const REMAINDER = /\bremainder (?:when|if|of)\b/gi;

/** Numbers, and the two of a fraction. */
const numbersIn = (text: string): readonly string[] =>
  (text.match(/\d(?:[\d.,/]*\d)?/g) ?? []).flatMap((number) =>
    number.includes('/') ? [number, ...number.split('/')] : [number],
  );
const LAST_EQUATION = /(?<left>[^=,;:]+)=\s?(?<right>[^=,;:]+)$/;

/** Whether the last equation of a reason comes to a number of what it is the reason for. */
function comesTo(reason: string, known: readonly string[]): boolean {
  const plain = reason.replace(/[$*_]|\\[()]|[.!]+\s*$/g, '').trim();
  const bounds = plain.split(/[<≤>≥]/);
  // `since 4 ≤ 4.7 < 5`
  if (bounds.length > 2) return bounds.filter((bound) => known.includes(bound.trim())).length > 1;
  const { left, right } = LAST_EQUATION.exec(plain)?.groups ?? {};
  if (left === undefined || right === undefined) return false;
  const first = /(?:^|\s(?:and|that|have)\s)\s*(\d(?:[\d.,/]*\d)?)\s*$/.exec(left)?.[1];
  return [first, right.trim()].some((side) => side !== undefined && known.includes(side));
}

/** Whether what stands behind an equation only says why it holds. */
function saysWhy(rest: string, known: readonly string[]): boolean {
  if (SOURCE.test(rest)) return true;
  const reason = REASON.exec(rest)?.groups?.reason;
  if (reason === undefined || GOES_ON.test(reason)) return false;
  if (/[=<>≤≥]/.test(reason)) return comesTo(reason, known);
  // `because 12 is the smallest number divisible by both 4 and 6`
  return /\p{L}{2}/u.test(reason) && numbersIn(reason).every((number) => known.includes(number));
}

/** A reply whose last sentence is the result of its equation, where it adds only why that holds. */
export function withoutEquationReason(text: string): string {
  const tail = text.slice(-LONGEST);
  if (!/\d/.test(tail) || !MAY_ADD.test(tail) || tail.includes('\\boxed')) return text;
  const start = lastSentenceStart(text, LONGEST, BORDER);
  const sentence = text.slice(start).trim();
  if (sentence.length >= LONGEST - 1) return text;
  const inFront = sentence.replace(SOURCE_IN_FRONT, '');
  if (inFront !== sentence && /=/.test(inFront)) return text.slice(0, start) + inFront;
  const stated = sentence.replace(IN_BRACKETS, ', since $1');
  const found = (EQUATION.exec(stated) ?? STATEMENT.exec(stated))?.groups;
  if (found === undefined) return text;
  const { lead = '', left = '', result = '', rest = '' } = found;
  // `is 8 (8 + 13 = 21, as required)`: an equation in brackets is none of the sentence.
  const isWhole = left.split('(').length === left.split(')').length;
  const isSure = isWhole && !DOUBTS.test(lead) && !DOUBTS.test(left.replace(REMAINDER, ''));
  return isSure && saysWhy(rest, [...numbersIn(left), ...numbersIn(result), result.trim()])
    ? `${text.slice(0, start)}So it is ${result}.`
    : text;
}
