/** JSON whose numbers keep their value: those that a double would change are read as the text that is written. */

/** Significant digits without leading and trailing zeros, and the power of ten of the last one. */
function canonical(text: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (parts === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}

/**
 * The number that `text` (in JSON's syntax) stands for; the text itself where a double has another value, as
 * 123456789012345678901 or 0.1000000000000000055, and for whole numbers beyond 2^53.
 */
export function losslessNumber(text: string): number | string {
  const number = Number(text);
  if (/^-?\d+$/.test(text) && !Number.isSafeInteger(number)) return text;
  return canonical(String(number)) === canonical(text) ? number : text;
}

/** Numbers of up to 15 digits and two of exponent are never changed by a double, so most text is parsed only once. */
const MAY_LOSE = /[\d.]{16}|\d[eE][+-]?\d{3}/;

/**
 * `JSON.parse`, but numbers that a double would change become strings, see `losslessNumber`.
 * @throws {SyntaxError} when the text is not JSON
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return MAY_LOSE.test(text) ? JSON.parse(withLongNumbersQuoted(text)) : value;
}

/** Valid JSON with the numbers in quotes that a double would change. */
function withLongNumbersQuoted(json: string): string {
  const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
  let quoted = '';
  let copied = 0;
  for (let at = 0; at < json.length; ) {
    if (json[at] === '"') {
      at = endOfString(json, at);
      continue;
    }
    number.lastIndex = at;
    const [found] = number.exec(json) ?? [];
    if (found === undefined) {
      at++;
      continue;
    }
    if (typeof losslessNumber(found) === 'string') {
      quoted += `${json.slice(copied, at)}"${found}"`;
      copied = at + found.length;
    }
    at += found.length;
  }
  return quoted + json.slice(copied);
}

/** The position after the string that begins at `start`, in valid JSON. */
function endOfString(json: string, start: number): number {
  let end = start;
  for (;;) {
    end = json.indexOf('"', end + 1);
    if (end === -1) return json.length;
    let backslashes = 0;
    while (json[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
}

/** A member of an object or an element of a list, as the part of the text that it is. */
export interface JsonPart {
  /** Of a member of an object. */
  readonly key?: string;
  readonly start: number;
  readonly end: number;
}

/** The members or elements of the object or list that begins at `start`, in valid JSON. */
export function* jsonParts(json: string, start: number): Generator<JsonPart> {
  const isObject = json[start] === '{';
  const next = /[^\s,:]/g;
  const token = (from: number): number => {
    next.lastIndex = from;
    return next.exec(json)?.index ?? json.length;
  };
  let at = token(start + 1);
  while (at < json.length && json[at] !== (isObject ? '}' : ']')) {
    let key: string | undefined;
    if (isObject) {
      const end = endOfString(json, at);
      key = String(JSON.parse(json.slice(at, end)));
      at = token(end);
    }
    const end = endOfValue(json, at);
    yield { ...(key === undefined ? {} : { key }), start: at, end };
    // In text that is not JSON a value may have no length.
    at = token(Math.max(end, at + 1));
  }
}

function endOfValue(json: string, start: number): number {
  if (json[start] === '"') return endOfString(json, start);
  const stop = json[start] === '{' || json[start] === '[' ? /["{}[\]]/g : /[,\]}\s]|$/g;
  let depth = 0;
  stop.lastIndex = start;
  for (;;) {
    const found = stop.exec(json);
    if (found === null) return json.length;
    const [character] = found;
    if (character === '"') stop.lastIndex = endOfString(json, found.index);
    else if (character === '{' || character === '[') depth++;
    else if (depth <= 1) return depth === 0 ? found.index : found.index + 1;
    else depth--;
  }
}
