/** How much of the data does not fit the models: said by the check before a run, and by the stage when it begins. */
import { picked, type Sequence } from '../data/sequences/sequence.js';
import { isFarLonger } from '../text/far-longer.js';
import type { Tokenizer } from '../text/tokenizer/tokenizer.js';

/** Texts of which a stage makes what a model reads. */
interface Texts {
  readonly question: string;
  readonly solution?: string;
  readonly explanation?: string;
}

/** Whether one of the texts alone is far longer than a model reads: then it is not encoded whole to find that out. */
export function isBeyond(
  {
    contextTokens,
    layouts,
  }: { readonly contextTokens: number; readonly layouts: { readonly tokenizer: Pick<Tokenizer, 'encode'> } },
  texts: Partial<Texts>,
): boolean {
  const { question = '', solution = '', explanation = '' } = texts;
  return [question, solution, explanation].some((text) => isFarLonger(layouts.tokenizer, text, contextTokens));
}

export interface Fitting {
  readonly of: number;
  readonly tooLong: number;
  /** Whether more may be too long than were counted. */
  readonly atLeast?: boolean;
}

/** Items in a row that fit, after which all shorter ones are taken to fit: tokens grow with characters, if not strictly. */
const ENOUGH = 32;
/** Most items that are encoded where some fit. */
const MOST_ENCODED = 1000;

/** The order of sequences that were counted: several stages read one data set. */
const orders = new WeakMap<Sequence<Texts>, Uint32Array>();

/** The indices of items by their length in characters, the longest first; of equal ones the first. */
function longestFirst(items: Sequence<Texts>): Uint32Array {
  const known = orders.get(items);
  if (known !== undefined) return known;
  const sizes = new Float64Array(items.length);
  let index = 0;
  for (const { question, solution = '', explanation = '' } of items)
    sizes[index++] = question.length + solution.length + explanation.length;
  const order = Uint32Array.from(sizes, (_, item) => item).sort(
    (a, b) => (sizes[b] as number) - (sizes[a] as number) || a - b,
  );
  orders.set(items, order);
  return order;
}

/** Whether one of the items passes a test; the last are tested first. */
function isSome<Item>(items: Sequence<Item>, test: (item: Item) => boolean): boolean {
  for (let index = items.length - 1; index >= 0; index--) if (test(items.at(index) as Item)) return true;
  return false;
}

/**
 * Counts the items that do not fit without encoding all: the longest texts come first, until some in a row fit. That
 * none fits is never guessed.
 */
export function countFitting<Item extends Texts>(items: Sequence<Item>, isFitting: (item: Item) => boolean): Fitting {
  const order = picked(items, longestFirst(items));
  let tooLong = 0;
  let inARow = 0;
  for (const item of order.slice(0, MOST_ENCODED)) {
    if (isFitting(item)) inARow += 1;
    else {
      tooLong += 1;
      inARow = 0;
    }
    if (inARow === ENOUGH) return { of: items.length, tooLong };
  }
  const rest = order.slice(MOST_ENCODED);
  const isSomeFitting = tooLong < order.length - rest.length || isSome(rest, isFitting);
  if (rest.length === 0 || !isSomeFitting) return { of: items.length, tooLong: tooLong + rest.length };
  return { of: items.length, tooLong, atLeast: true };
}

/** `left out 2 of 10 problems: too long`; none where all fit. */
export function leftOutNotes({ of, tooLong, atLeast }: Fitting, items: string, why: string): readonly string[] {
  return tooLong === 0 ? [] : [`left out ${atLeast === true ? 'at least ' : ''}${tooLong} of ${of} ${items}: ${why}`];
}
