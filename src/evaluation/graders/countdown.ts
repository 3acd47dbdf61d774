/**
 * The grader for Countdown: one expression that makes the target from the given numbers, each used at most once, in exact rational
 * arithmetic. A chain of steps (`25 * 4 = 100, 100 - 3 = 97`) is none.
 */
import { isObject } from '../../json.js';
import { combine, integer, type Rational, rationalText, ZERO } from '../../rational.js';
import { boxesIn } from '../../text/boxed.js';
import { withoutThoughts } from './replies/thoughts.js';
import { excerpt, type Grade, type Grader, noReference } from './verdict.js';

interface CountdownGold {
  readonly numbers: readonly bigint[];
  readonly target: bigint;
}

/** The reference text of a Countdown problem. */
export function countdownGold(numbers: readonly number[], target: number): string {
  return JSON.stringify({ numbers, target });
}

/** Whether a reference is one that `countdownGold` wrote. */
export const isCountdownGold = (gold: string): boolean =>
  gold.trimStart().startsWith('{') && readCountdownGold(gold) !== undefined;

const MAX_OPERANDS = 64;
const MAX_LENGTH = 1_000;
const TAIL = 20_000;

interface Computed {
  readonly value: Rational;
  readonly used: readonly bigint[];
}

type Outcome = Computed | { readonly failed: string };

/** `3 * (5 + 2)`, with ×, ÷, \times, \div, \cdot, \frac{a}{b}; a trailing `= 21` is allowed and ignored. */
function plainText(source: string): string {
  let text = source
    .normalize('NFKC')
    .replace(/\\text\w*\s*\{([^{}]{0,200})\}/g, ' $1 ')
    .replace(/\\(?:times|cdot|ast)(?![A-Za-z])|[×·⋅∗⁎]|(?<=[\d)]\s*)[xX](?=\s*[\d(])/g, '*')
    .replace(/\\div(?![A-Za-z])|[÷∕]/g, '/')
    .replace(/[−–—]/g, '-')
    .replace(/\\(?:left|right|displaystyle|quad)|\\[,;!]/g, ' ')
    .replace(/\\[()[\]]/g, ' ');
  for (let i = 0; i < 16 && /\\[dt]?frac/.test(text); i++) {
    text = text.replace(/\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, '(($1)/($2))');
  }
  return (
    text
      .replace(/\[/g, '(')
      .replace(/\]/g, ')')
      .replace(/[{}]/g, ' ')
      .replace(/[$"'`✓]|\*\*+|(?:→|->|=>)[^\n]*/g, ' ')
      // A product without its sign: 5(2), (5)(2).
      .replace(/(?<=[\d)])\s*(?=\()|(?<=\))\s*(?=\d)/g, '*')
      .trim()
  );
}

/** Evaluates an expression of whole numbers, + - * / and brackets. */
function compute(text: string): Outcome {
  const tokens = text.match(/\d+(?:\.\d+)?|[-+*/()]|\S/g) ?? [];
  let position = 0;
  let depth = 0;
  const used: bigint[] = [];
  let failed: string | undefined;
  const fail = (reason: string): Rational => {
    failed ??= reason;
    position = tokens.length;
    return ZERO;
  };
  const atom = (): Rational => {
    const token = tokens[position++];
    if (token === undefined) return fail('the expression is incomplete');
    if (token === '(') {
      if (++depth > 100) return fail('nested too deeply');
      const inner = sum();
      depth--;
      if (tokens[position++] !== ')') return fail('a bracket is not closed');
      return inner;
    }
    if (!/^\d/.test(token)) return fail(`"${excerpt(token, 10)}" is not part of an expression`);
    if (token.includes('.') || token.length > 15)
      return fail(`${excerpt(token, 20)} is not a whole number of the problem`);
    used.push(BigInt(token));
    if (used.length > MAX_OPERANDS) return fail(`more than ${MAX_OPERANDS} numbers`);
    return integer(BigInt(token));
  };
  /** A sign in front of a value: `-5 + 3 * 6`. */
  const signed = (): Rational => {
    let sign = 1n;
    for (; tokens[position] === '-' || tokens[position] === '+'; position++) if (tokens[position] === '-') sign = -sign;
    const { numerator, denominator } = atom();
    return { numerator: sign * numerator, denominator };
  };
  const product = (): Rational => {
    let value = signed();
    for (let operator = tokens[position]; operator === '*' || operator === '/'; operator = tokens[position]) {
      position++;
      value = combine(value, operator, signed()) ?? fail('a division by zero');
    }
    return value;
  };
  const sum = (): Rational => {
    let value = product();
    for (let operator = tokens[position]; operator === '+' || operator === '-'; operator = tokens[position]) {
      position++;
      value = combine(value, operator, product()) ?? ZERO;
    }
    return value;
  };
  const value = sum();
  if (failed === undefined && position < tokens.length)
    failed = `"${excerpt(tokens[position] ?? '', 10)}" was not expected`;
  return failed === undefined ? { value, used } : { failed };
}

const STATED = /answer[\s*]*(?:is|:|=)[\s*:]*|####|<answer>/gi;
const LOOKS_LIKE = /[\d)]\s*[-−–—+*/×÷∗⁎·⋅＋－＊／xX]\s*[\d(]|\\frac|\\times|\\div|\\cdot/;

/** Where an expression may be stated as the answer, most likely first. */
function candidates(text: string): string[] {
  const box = boxesIn(text).at(-1);
  if (box !== undefined) return [box.content];
  let stated = -1;
  for (const match of text.matchAll(STATED)) stated = match.index + match[0].length;
  if (stated >= 0) {
    const rest = text.slice(stated, stated + MAX_LENGTH);
    const [line = ''] = rest.replace(/^\s+/, '').split(/<\/answer>|\n/);
    return [line.replace(/\.(?!\d)[\s\S]*$/, '').trim()];
  }
  const lines = text.split('\n').filter((line) => LOOKS_LIKE.test(line) || /^\s*\d+\s*$/.test(line));
  const last = lines.at(-1)?.trim();
  return last === undefined ? [] : [last.replace(/\.$/, '')];
}

/** The end of a text without the arithmetic that it denies; a number alone is no expression. */
const withoutDenied = (text: string): string =>
  text.slice(-TAIL).replace(DENIED, (denied) => (LOOKS_LIKE.test(denied) ? ' ' : denied));

interface Stated {
  readonly expression: string;
  /** The whole number on the other side of an equation. */
  readonly claimed: bigint | undefined;
}

const ARITHMETIC = String.raw`(?<![-+*/×÷·()\d=]\s{0,3})[-(\d][-−–+*/×÷·xX()\d\s$]{0,200}[\d)]\$?`;
const REFUSED = String.raw`(?:(?:is|was) (?:wrong|incorrect|not (?:right|correct|valid|it\b|the (?:right |correct )?(?:answer|solution)))|(?:is|was)n['’]t (?:right|correct|valid|the answer)|(?:does not|doesn['’]t) (?:work|fit|make|give|equal|reach)|fails)`;
/** `5 * 2 + 3 is wrong`, `not 5 * 2 + 3` */
const DENIED = new RegExp(
  String.raw`${ARITHMETIC}(?:\s?=\s?-?\d{1,15})?(?:\}\$?|<\/answer>|\*{1,2}|\\\))?\s${REFUSED}|(?:\b(?:not|never|rather than|instead of)|n['’]t)(?: be| equal to)?\s\$?[-(\d][-−–+*/×÷·xX()\d\s]{0,200}[\d)]\$?`,
  'giu',
);

/** The expression that a text states, and the value it claims. */
function expressionIn(prediction: string): Stated | undefined {
  for (const candidate of candidates(withoutDenied(withoutThoughts(prediction).answer))) {
    if (candidate.length > MAX_LENGTH) continue;
    // In `24 = 4 * 6` and `4 * 6 = 24`, the side with the arithmetic counts.
    const text = plainText(candidate);
    const last = text.split(/\.(?:\s|$)/).findLast((sentence) => LOOKS_LIKE.test(sentence));
    const sides = (/[A-Za-z]{2}/.test(text) ? (last ?? text) : text)
      .split('=')
      .map((side) => side.trim())
      .filter((side) => side !== '');
    const [first] = sides.filter((side) => LOOKS_LIKE.test(side));
    const side = first ?? sides[0];
    if (side !== undefined && /\d/.test(side)) {
      const worded = /[A-Za-z]{2}|,/.test(side) && !/[\^!√%]/.test(side);
      const claim = sides.length < 2 ? undefined : claimIn(sides.at(-1) === side ? sides[0] : sides.at(-1));
      return { expression: worded ? arithmeticIn(side) : side, claimed: claim };
    }
  }
  return undefined;
}

/** The whole number that one side of an equation begins or, behind words, ends with. */
function claimIn(side: string | undefined): bigint | undefined {
  const [, number] =
    /^\(?\s*(-?\d{1,15})(?![\d.,]*\d)\s*\)?(?=[\s.,;!]|$)(?!\s*[-+*/(])/.exec(side?.trim() ?? '') ?? [];
  return number === undefined ? undefined : BigInt(number);
}

/** The arithmetic in a sentence: its last piece with an operator, or the text itself when there is none. */
function arithmeticIn(text: string): string {
  const pieces = text.match(/[-(\d][-+*/()\d\s.]*/g) ?? [];
  const last = pieces.findLast((piece) => LOOKS_LIKE.test(piece));
  if (last === undefined) return text;
  // A bracket that was opened for a remark: `3 + 5 * 2 (`.
  return last
    .replace(/[-+*/\s.]*(?:\(\s*)?$/, '')
    .replace(/[*]$/, '')
    .trim();
}

/** Reads a reference: JSON with numbers and target, `3 5 2 -> 13`, `Use 3, 5 and 2 to make 13.`, or a solution. */
export function readCountdownGold(text: string): CountdownGold | undefined {
  const source = text.slice(0, 10_000).trim();
  if (source.startsWith('{')) {
    try {
      const value: unknown = JSON.parse(source);
      if (!isObject(value)) return undefined;
      const numbers = 'numbers' in value ? value.numbers : value.nums;
      const { target } = value;
      const whole = (n: unknown): n is number => Number.isSafeInteger(n);
      return Array.isArray(numbers) && numbers.every(whole) && whole(target)
        ? { numbers: numbers.map(BigInt), target: BigInt(target) }
        : undefined;
    } catch {
      return undefined;
    }
  }
  const listed = /^(?:use\s+)?([\d\s,and[\]]+?)\s*(?:->|to make|make|:)\s*([-−]?\d+)\.?$/i.exec(source.slice(0, 500));
  if (listed?.[1] !== undefined && listed[2] !== undefined) {
    return { numbers: (listed[1].match(/\d+/g) ?? []).map(BigInt), target: BigInt(listed[2].replace('−', '-')) };
  }
  const stated = expressionIn(source);
  const solved = stated === undefined ? undefined : compute(stated.expression);
  if (solved === undefined || 'failed' in solved || solved.value.denominator !== 1n) return undefined;
  // A bare number is the answer of some other kind of problem.
  if (solved.used.length < 2) return undefined;
  return { numbers: solved.used, target: solved.value.numerator };
}

const withoutReference = (goldText: string): string => noReference(goldText, 'has no numbers and target');

/** What a reference that cannot be read lacks. */
function unusable(goldText: string): ReturnType<NonNullable<Grader['unusable']>> {
  if (readCountdownGold(goldText) !== undefined) return undefined;
  return {
    reason: withoutReference(goldText),
    remedy: 'A reference is {"numbers": [3, 5, 2], "target": 13}, "3 5 2 -> 13" or a solution such as "3 + 5 * 2".',
  };
}

function grade(goldText: string, prediction: string): Grade {
  const gold = readCountdownGold(goldText);
  if (gold === undefined) {
    return { verdict: 'unparsable', reason: withoutReference(goldText) };
  }
  const stated = expressionIn(prediction);
  if (stated === undefined) return { verdict: 'unparsable', reason: 'no expression found' };
  const { expression, claimed } = stated;
  const computed = compute(expression);
  if ('failed' in computed) return { verdict: 'unparsable', reason: `${excerpt(expression)}: ${computed.failed}` };
  const answer = expression.replace(/\s+/g, '');
  const rest = [...gold.numbers];
  for (const number of computed.used) {
    const index = rest.indexOf(number);
    if (index < 0) {
      const given = gold.numbers.includes(number);
      const reason = `${excerpt(expression)}: ${number} is ${given ? 'used too often' : 'not one of the numbers'}`;
      return { verdict: 'wrong', reason, answer };
    }
    rest.splice(index, 1);
  }
  const { value } = computed;
  const isTarget = value.denominator === 1n && value.numerator === gold.target;
  // What another expression is said to be (`5*2 = 10, 10 + 3 = 13`) is no claim on this one.
  if (isTarget && claimed !== undefined && claimed !== gold.target) {
    const reason = `${excerpt(expression)} is ${excerpt(rationalText(value), 30)}, not ${claimed} as it says`;
    return { verdict: 'wrong', reason, answer };
  }
  return isTarget
    ? { verdict: 'correct', reason: `${excerpt(expression)} = ${excerpt(String(gold.target), 30)}`, answer }
    : {
        verdict: 'wrong',
        reason: `${excerpt(expression)} is ${excerpt(rationalText(value), 30)}, not ${excerpt(String(gold.target), 30)}`,
        answer,
      };
}

export const countdownGrader: Grader = {
  name: 'countdown',
  version: 'countdown/7',
  grade,
  unusable,
  same: (left, right) => left === right,
};
