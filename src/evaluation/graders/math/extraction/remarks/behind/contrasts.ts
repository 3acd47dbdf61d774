/**
 * What a last sentence says that its result is not: `So 100 machines make 100 widgets in 5 minutes, not 100 minutes.` The result is what it
 * says of the same thing, or directly in front where it would otherwise be the number that is refused. Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../../replies/sentences.js';
import { amountOf } from '../../values/counted-values.js';

const LONGEST = 300;
const AMOUNT = String.raw`[$€£]?\d(?:[\d.,]*\d)?(?:\s?(?:%|°C?)|\s\p{L}+(?:\/\p{L}+)?[²³]?)?`;
const CONTRAST = new RegExp(
  String.raw`^(?<said>[^\n?]*\d[^\n?]*?)(?:,?\s(?:and\s)?|\s[–—-]\s|\s\()(?:not|rather than|instead of)\s(?:just\s|only\s|in\s|after\s)?(?<refused>${AMOUNT})\)?[.!]?[*_]{0,2}\s*$`,
  'iu',
);
const AMOUNTS = new RegExp(String.raw`(?<![\p{L}\d.,])${AMOUNT}`, 'giu');
const CONCLUDED = /^.*(?:\b(?:so|thus|hence|therefore)\b|[.…:]\s)/iu;
const DEPENDS = /\b(?:if|unless|suppose|not|never|either|or)\b|n['’]t\b/i;
/** What stands behind these is the whole, what it is for, or what is given. */
const OF_WHOLE = /\b(?:of|from|among|for|to(?:\s[a-z]+)?|at|with|by|on)\s(?:(?:the|all|his|her|their|its|these)\s)*$/i;

const FORMULA = String.raw`(?:\$[^$\n]{1,80}\$|\\\([^\n]{1,80}?\\\))`;
/** `The ratio is $\frac{3}{4}$, not $\frac{4}{3}$.` */
const OF_FORMULAS = new RegExp(
  String.raw`(?<=${FORMULA})(?:,?\s(?:and\s)?|\s[–—-]\s|\s\()(?:not|rather than|instead of)\s${FORMULA}\)?[.!]?\s*$`,
);

/** What an amount counts or measures. */
const unitOf = (amount: string): string =>
  /^[$€£]/.exec(amount)?.[0] ??
  /[^\d.,\s].*$/u
    .exec(amount)?.[0]
    .toLowerCase()
    .replace(/(?<=\p{L}{2})s$/u, '') ??
  '';

/** A reply whose last sentence states its result without what it is not. */
export function withoutContrast(text: string): string {
  const tail = text.slice(-LONGEST);
  if (!/\b(?:not|rather than|instead of)\s[^\n]{0,20}\d/i.test(tail) || tail.includes('\\boxed')) return text;
  const start = lastSentenceStart(text, LONGEST);
  const refusedAt = text.slice(start).search(OF_FORMULAS);
  if (refusedAt >= 0 && !DEPENDS.test(text.slice(start, start + refusedAt)))
    return `${text.slice(0, start + refusedAt)}.`;
  const sentence = text.slice(start).replace(/\*\*/g, '').trim();
  const { said = '', refused = '' } = sentence.length >= LONGEST - 1 ? {} : (CONTRAST.exec(sentence)?.groups ?? {});
  if (said === '') return text;
  const clause = said.replace(CONCLUDED, '');
  if (DEPENDS.test(said)) return text;
  const unit = unitOf(refused);
  const amounts = [...clause.matchAll(AMOUNTS)].map((found) => ({
    amount: found[0],
    isWhole: OF_WHOLE.test(clause.slice(0, found.index)),
  }));
  const alike = amounts.filter(({ amount, isWhole }) => unit !== '' && !isWhole && unitOf(amount) === unit);
  const last = amounts.at(-1);
  const isConfused = unit === '' && amounts.slice(0, -1).some(({ amount }) => amountOf(amount) === amountOf(refused));
  const isBeside = last !== undefined && clause.endsWith(last.amount) && alike.includes(last);
  const direct = isBeside || (isConfused && last?.isWhole === false) ? last : undefined;
  const found = alike.length === 1 ? alike[0] : direct;
  // One value alone is read by the usual rules.
  if (found === undefined || amounts.length < 2 || amountOf(found.amount) === amountOf(refused)) return text;
  return `${text.slice(0, start)}So it is ${found.amount}.`;
}
