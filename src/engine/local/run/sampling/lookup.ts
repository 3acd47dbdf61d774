/**
 * Prompt lookup decoding: the next tokens of a text are guessed by what followed its last tokens where these stood
 * before, and the model reads all guesses in one step (Saxena 2023; Leviathan et al. 2022, arXiv 2211.17192, for guesses
 * of a model). A guess counts where it is the token that would have been drawn, so it changes no distribution.
 * Explanations copy from their question and their solution.
 */

/** The longest run of last tokens that is looked for. */
const LONGEST_MATCH = 3;

/** Tokens that are read in one step, of all sequences together: up to here it takes hardly longer than with one token. */
const CHEAP_TOKENS = 8;

/** How many tokens are worth guessing for each of so many sequences, where at most `most` are wanted. */
export const guessesFor = (sequences: number, most: number): number =>
  Math.max(0, Math.min(most, Math.floor(CHEAP_TOKENS / sequences) - 1));

/**
 * At most `most` guesses for what follows `prompt` and `ids`: what followed the longest run of last tokens, up to three,
 * where it stood last. None where the last token is new.
 */
export function lookUp(prompt: ArrayLike<number>, ids: readonly number[], most: number): number[] {
  const end = prompt.length + ids.length;
  const guesses: number[] = [];
  // What is guessed may be repeated by further guesses, as in a text that has begun to repeat itself.
  const tokenAt = (place: number): number | undefined =>
    place < prompt.length ? prompt[place] : place < end ? ids[place - prompt.length] : guesses[place - end];
  let best = 0;
  let follows = 0;
  for (let place = end - 2; place >= 0 && best < LONGEST_MATCH; place--) {
    let same = 0;
    while (same < LONGEST_MATCH && same <= place && tokenAt(place - same) === tokenAt(end - 1 - same)) same += 1;
    if (same > best) {
      best = same;
      follows = place + 1;
    }
  }
  if (best === 0) return guesses;
  while (guesses.length < most) guesses.push(tokenAt(follows + guesses.length) as number);
  return guesses;
}
