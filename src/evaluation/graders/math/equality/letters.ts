/** Letters that the writer of an answer chooses: the constant of integration, and a parameter that is any integer. */

const MAX_LENGTH = 400;
const CONSTANT = /\+\s*(C|c|K|k|[Cc]_\{?[01]\}?|\\text\s*\{\s*const(?:ant|\.)?\s*\})\s*[.$]*\s*$/;
/** What an antiderivative has besides its constant, and `2x + C` of a line has not. */
const ANTIDERIVATIVE =
  /\^|\/|\\(?:frac|dfrac|tfrac|ln|log|sin|cos|tan|sec|arctan|arcsin|sqrt)|\b(?:ln|log|sin|cos|tan|exp|sqrt|arctan)\b/;
const INTEGER = /(?<![A-Za-z\\])([a-z])\s*(?:\\in|∈)\s*(?:\\mathbb\s*\{?\s*Z\s*\}?|ℤ|\\mathbf\s*\{?\s*Z\s*\}?)/;

function occurs(letter: string, text: string): boolean {
  return text.replace(/\\[A-Za-z]+|\b(?:sin|cos|tan|sec|log|ln|exp|arctan|sqrt)\b/g, ' ').includes(letter);
}

function swapped(text: string, from: string, to: string): string {
  return text.replace(/\\[A-Za-z]+|[A-Za-z]/g, (piece) => (piece === from ? to : piece));
}

/** The reply with the letters of the reference where both have such a letter; undefined where they have not. */
export function withLettersOf(gold: string, reply: string): string | undefined {
  if (gold.length > MAX_LENGTH || reply.length > MAX_LENGTH) return undefined;
  const [wanted, given] = [INTEGER.exec(gold)?.[1], INTEGER.exec(reply)?.[1]];
  if (wanted !== undefined && given !== undefined)
    return wanted === given || occurs(wanted, reply) || occurs(given, gold) ? undefined : swapped(reply, given, wanted);
  const [constant, other] = [CONSTANT.exec(gold), CONSTANT.exec(reply)];
  if (constant?.[1] !== 'C' || other?.[1] === undefined || other[1] === 'C') return undefined;
  const [left, right] = [gold.slice(0, constant.index), reply.slice(0, other.index)];
  const free = !occurs('C', left) && !occurs('C', right) && !occurs(other[1].charAt(0), left + right);
  return free && ANTIDERIVATIVE.test(left) && /[a-z]/.test(left.replace(/\\[A-Za-z]+/g, ''))
    ? `${right}+ C`
    : undefined;
}
