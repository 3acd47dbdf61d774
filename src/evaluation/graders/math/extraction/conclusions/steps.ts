/**
 * Equations solved step by step: `2x + 3 = 11`, `2x = 8`, `x = 4`. The last step is the answer; lines that are all solved
 * (`x = 1`, `y = 2`) are an answer of several parts.
 */

const MAX_LENGTH = 4_000;
const MAX_STEPS = 60;
const MAX_ONE_FORMULA = 1_000;
const SEPARATED = /[,;]|\\\\|\\(?:Rightarrow|implies|therefore|to)|=>|[⟹⇒→∴]/;
const SIGN = String.raw`(?:[=<>≤≥≠≈]|\\(?:leq?|geq?|neq?|approx)(?![a-z]))`;
const RELATION = new RegExp(SIGN);
const GOES_ON = new RegExp(String.raw`^\s*&?\s*${SIGN}`);
const ARROW = /=>|⟹|⇒|→|∴|\\(?:Rightarrow|implies|therefore|to)(?![A-Za-z])/;
const NAME = String.raw`[A-Za-z](?:_\{?\w{1,3}\}?|\d)?`;
/** A name alone on one side. */
const SOLVED = new RegExp(
  String.raw`^\s*(?:(${NAME})\s*&?\s*${SIGN}|[-−\d./\s]{1,30}${SIGN}\s*(${NAME})\s*(?:$|${SIGN}))`,
);
/** Something that is still to be worked out: `x = 3 + 4`. */
const OPEN = /^[^A-Za-z\\]*\d\s*[-−+*×·÷]\s*\d[^A-Za-z\\]*$/;
const QUOTIENT = /^\s*(\d{1,15})\s*\/\s*(\d{1,15})\s*$/;

function bare(line: string): string {
  return line.replace(/\\[A-Za-z]+/g, ' ');
}

function lettersOf(line: string): ReadonlySet<string> {
  return new Set(bare(line).match(/[A-Za-z]/g));
}

function nameOf(line: string): string | undefined {
  const [, left, right] = SOLVED.exec(line) ?? [];
  return left ?? right;
}

/** Whether the value of a solved line is a calculation whose result the next line may be. */
function isOpen(line: string): boolean {
  const value = line.slice(line.lastIndexOf('=') + 1).slice(0, 100);
  const [, above, below] = QUOTIENT.exec(value) ?? [];
  return OPEN.test(value) || (above !== undefined && below !== undefined && Number(above) % Number(below) === 0);
}

/** How many lines at the end are the answer of the steps; undefined where the lines are no steps. */
export function answeringSteps(lines: readonly string[]): number | undefined {
  if (lines.length < 2 || lines.length > MAX_STEPS) return undefined;
  const steps: { text: string; lines: number }[] = [];
  for (const line of lines) {
    const last = steps.at(-1);
    if (last !== undefined && GOES_ON.test(line)) {
      last.text += line;
      last.lines++;
    } else steps.push({ text: line, lines: 1 });
  }
  if (steps.length < 2) return undefined;
  if (!steps.every(({ text }) => RELATION.test(text) && !/[A-Za-z]{3}/.test(bare(text)))) return undefined;
  const names = steps.map(({ text }) => nameOf(text));
  const name = names.at(-1);
  const isUnsolved = names.includes(undefined);
  let from = steps.length - 1;
  if (name === undefined) {
    const letters = new Set(steps.flatMap(({ text }) => [...lettersOf(text)]));
    const last = steps[from]?.text ?? '';
    const isCounted = names.slice(0, -1).every((other) => other !== undefined) && /[=≈]\s*[-−]?[\d.]+\s*$/.test(last);
    if (letters.size !== 1 && !isCounted) return undefined;
  } else {
    while (from > 0 && names[from - 1] !== undefined) {
      const before = steps[from - 1]?.text ?? '';
      if (names[from - 1] === name && isOpen(before) && !isOpen(steps[from]?.text ?? '')) break;
      from--;
    }
    if (from === 0 && !isUnsolved) return undefined;
  }
  return steps.slice(from).reduce((count, step) => count + step.lines, 0);
}

/** The answer of a text that is nothing but steps, on lines of their own or with arrows between them. */
export function lastStep(text: string): string | undefined {
  if (text.length > MAX_LENGTH || !RELATION.test(text)) return undefined;
  const lines = text
    .split(/\n/)
    .flatMap((line) => line.split(ARROW))
    .map((line) => line.trim().replace(/[.,;]$/, ''))
    .filter((line) => line !== '');
  const count = answeringSteps(lines);
  if (count === undefined) return undefined;
  const answer = lines.slice(-count);
  return answer
    .map((line, index) => (index > 0 && !GOES_ON.test(line) ? `, ${line}` : ` ${line}`))
    .join('')
    .trim();
}

const ALIGNED = /\\(?:begin|end)\s*\{(?:aligned|align\*?|gathered|split)\}/g;
const OTHER_RELATION = /[<>≤≥≠∈]|\\(?:leq?|geq?|neq?|in|pm|mp|equiv|pmod|bmod)(?![a-z])/;

/** The pieces of a formula between commas, semicolons, row ends and arrows that stand in no brackets. */
function piecesOf(formula: string): readonly string[] {
  const pieces: string[] = [];
  let depth = 0;
  let from = 0;
  const cut = (end: number, next: number): void => {
    pieces.push(formula.slice(from, end));
    from = next;
  };
  for (let at = 0; at < formula.length; at++) {
    const character = formula.charAt(at);
    if (character === '\\' && formula[at + 1] === '\\') {
      if (depth === 0) cut(at, at + 2);
      at++;
    } else if (character === '\\' && /[,;:! ]/.test(formula[at + 1] ?? '')) at++;
    else if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    // `1,234` is one number.
    else if (depth === 0 && (character === ';' || (character === ',' && !/^\d{3}(?!\d)/.test(formula.slice(at + 1)))))
      cut(at, at + 1);
  }
  cut(formula.length, formula.length);
  return pieces
    .flatMap((piece) => piece.split(ARROW))
    .map((piece) => piece.replace(/&|\\(?:quad|qquad)(?![a-z])/g, ' ').trim())
    .map((piece) => piece.replace(/[.,;]$/, ''))
    .filter((piece) => piece !== '');
}

/** What the last of several calculations comes to, where each goes on with the result of one before: `3 * 4 = 12, 12 * 2 = 24`. */
function lastResult(pieces: readonly string[]): string | undefined {
  const sides = pieces.map((piece) => piece.replace(/\\(?:cdot|times|div)(?![a-z])/g, '*').split('='));
  if (sides.some((parts) => parts.length < 2 || /[A-Za-z\\]/.test(parts.join('')))) return undefined;
  const results = sides.map((parts) => parts.at(-1)?.trim() ?? '');
  const isUsed = results
    .slice(0, -1)
    .every((result, index) =>
      sides.slice(index + 1).some((parts) => (parts[0] ?? '').match(/[\d.]+/g)?.includes(result) === true),
    );
  return isUsed && results.length > 1 ? results.at(-1) : undefined;
}

/**
 * The answer of steps within one formula: `2x + 3 = 11, 2x = 8, x = 4`. Only where all that is still to be solved is about the names
 * that the last steps give; anything else is a list, as `x^2 + y^2 = 4, z = 0` is a circle.
 */
export function answerOfSteps(source: string): string | undefined {
  if (source.length > MAX_ONE_FORMULA || source.indexOf('=') === source.lastIndexOf('=')) return undefined;
  if (!SEPARATED.test(source)) return undefined;
  const formula = source.replace(ALIGNED, ' ').replace(/^[\s$]+|[\s$]+$/g, '');
  if (formula.includes('\\begin') || formula.includes('$') || OTHER_RELATION.test(formula)) return undefined;
  const pieces = piecesOf(formula);
  if (pieces.length < 2 || !pieces.every((piece) => piece.includes('='))) return undefined;
  const result = lastResult(pieces);
  if (result !== undefined) return result;
  const count = answeringSteps(pieces);
  if (count === undefined) return undefined;
  const answer = pieces.slice(-count);
  const names = answer.map(nameOf);
  const solved = new Set(names.join('').replace(/[^A-Za-z]/g, ''));
  const isAbout = pieces.slice(0, -count).every((piece) => {
    // Derivatives, values of functions, indices, Greek letters and words name other things.
    if (/['′_]|[A-Za-z]\s*\(|\\(?!(?:[dt]?frac|sqrt|cdot|times|div|left|right|pi)(?![A-Za-z])|[,;:! ])/.test(piece))
      return false;
    const letters = [...lettersOf(piece)];
    return letters.length > 0 && letters.every((letter) => solved.has(letter));
  });
  return isAbout && names.every((name) => name !== undefined) ? answer.join(', ') : undefined;
}
