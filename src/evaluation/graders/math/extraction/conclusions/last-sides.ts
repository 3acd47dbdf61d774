/**
 * The side of a chain that is its answer: the last of `\int_0^1 x^2\,dx = [...] = \frac13`, the residue of `7^3 \equiv 3 \pmod{10}`,
 * and either side of `\sqrt{2} \approx 1.414`, of which the reference says whether it is exact. Linear in the length of the text.
 */
const LONGEST = 2_000;

/** What an integral, sum, limit or member of a sequence is equal to; an equation between other things is not its right side. */
const NAMED =
  /^\s*(?:\$\s*)?(?:\\displaystyle\s*)?(?:[-\d]*\\(?:i{1,3}nt|oint|sum|prod|lim|limsup|liminf|d?binom|log|ln|lg|det|gcd|max|min|sup|inf)(?![A-Za-z])|[∫∑∏]|\\[dt]?frac\s*\{d\}|[A-Za-z]_(?:[a-z]|\d|\{[^{}]{1,12}\})\s*=)/;
/** A number in a base. */
const IN_BASE = /^\s*\(?[\dA-F]+\)?_(?:\d|\{\d{1,2}\})\s*$/;
const RESIDUE =
  /(?:\\equiv|≡)\s*([-−]?\d+)\s*(?:\\pmod\s*(?:\d|\{[^{}]*\})|\\?\(?\s*\\?(?:bmod|mod|text\s*\{\s*mod\s*\})\s*\d+\s*\)?)\s*\.?\s*$/;

/** The places of `=` that stand in no brackets. */
function equalsIn(formula: string): readonly number[] {
  const places: number[] = [];
  let depth = 0;
  for (let at = 0; at < formula.length; at++) {
    const character = formula.charAt(at);
    if ('{(['.includes(character)) depth++;
    else if ('})]'.includes(character)) depth--;
    else if (character === '=' && depth <= 0) places.push(at);
  }
  return places;
}

/** The side of a chain of equations or congruences that is its answer; undefined for any other formula. */
export function lastSide(source: string): string | undefined {
  if (source.length > LONGEST || !/[=≡]|\\equiv/.test(source)) return undefined;
  const residue = RESIDUE.exec(source)?.[1];
  if (residue !== undefined) return residue;
  const formula = source.replace(/,?\s+(?:for (?:all|every|each|any)|where)\b.*$|,\\?\s*(?:\\text\s*\{.*)$/s, '');
  const places = equalsIn(formula);
  const [first] = places;
  const last = places.at(-1);
  if (
    first === undefined ||
    last === undefined ||
    /[<>≤≥]|\\(?:le|ge|ne|in)q?(?![a-z])|(?<!\\)[,;]\s*[A-Za-z][\w{}]*\s*=/.test(formula)
  )
    return undefined;
  const isBase = places.length === 1 && IN_BASE.test(formula.slice(0, first)) && IN_BASE.test(formula.slice(last + 1));
  if (!isBase && !NAMED.test(formula.slice(0, first + 1))) return undefined;
  const side = formula
    .slice(last + 1)
    .replace(/\\?[$\s.]+$/, '')
    .trim();
  return side === '' ? undefined : side;
}

const DECIMAL = String.raw`[-−]?[$€£]?\d[\d,]*(?:\.\d+)?\s?(?:\\?%)?`;
const ABOUT = String.raw`(?:about|approximately|approx\.?|roughly|around|nearly|≈|\\approx)`;
const EXACT_FIRST = new RegExp(
  String.raw`^(?<exact>.*(?:[\d}π)%$]|\\pi))(?:\s?\$?\s?(?:≈|\\approx)\s?|\s?,?\s(?:or|which is|that is|i\.e\.,?)\s\$?${ABOUT}\s?|\s?,?\s?\(?\s?(?:or\s|which is\s)?\$?${ABOUT}\s?)\$?(?<about>${DECIMAL})\$?(?:\s(?:\p{L}+[²³]?)(?:\s\p{L}+)?)?\)?\$?\s?[.!]?$`,
  'su',
);
const EXACT_LAST = new RegExp(
  String.raw`^(?<before>.*\s)${ABOUT}\s\$?(?<about>${DECIMAL})\$?,?\s\(?(?:i\.e\.,?|that is,?|or|which is)\s(?:exactly\s)?(?<exact>[^\s]+?)\)?[.!]?$`,
  'su',
);
/** A fraction, root, function or constant; a decimal in front of another is no exact value. */
const EXACT =
  /(?:\d\s?\/\s?\d+|\\[dt]?frac\s?\{.*|\\?sqrt\s?[({].*|√\S+|π|\\pi|\be|[\w)]\^\{?[\w./-]{1,6}\}?|(?:\\|\b)(?:ln|log|lg|sin|cos|tan|arctan)(?:_\{?\d{1,2}\}?)?\s?[({]?\d[^\s=]{0,20})[\s$})]*$/;

/** A reply with an exact value beside its approximation: the reply without it, and the approximation; undefined for any other text. */
export function besideApproximation(
  text: string,
): { readonly exact: string; readonly approximation: string } | undefined {
  if (text.length > LONGEST || !/≈|\\approx|\b(?:about|approx|roughly|around|nearly)/.test(text)) return undefined;
  const last = EXACT_LAST.exec(text)?.groups;
  if (last?.exact !== undefined && last.about !== undefined && EXACT.test(last.exact))
    return { exact: `${last.before}${last.exact}`, approximation: last.about };
  const { exact, about } = EXACT_FIRST.exec(text)?.groups ?? {};
  if (exact === undefined || about === undefined || !EXACT.test(exact)) return undefined;
  // A formula that was opened in front of the approximation ends with it.
  const isOpen = (exact.match(/(?<!\\)\$(?!\d)/g)?.length ?? 0) % 2 === 1;
  return { exact: isOpen ? `${exact}$` : exact, approximation: about };
}
