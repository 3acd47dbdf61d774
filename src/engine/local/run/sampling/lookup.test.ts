import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guessesFor, lookUp } from './lookup.js';

describe('lookUp', () => {
  it.each([
    ['what followed the last token where it stood last', [5, 1, 6, 1, 7, 8], [9, 1], 2, [7, 8]],
    ['a longer run of tokens before a later, shorter one', [1, 2, 3, 4, 5, 3, 9], [2, 3], 2, [4, 5]],
    ['the latest among runs of three and more', [0, 1, 2, 3, 7, 9, 1, 2, 3, 8, 0], [1, 2, 3], 1, [8]],
    ['from the completion as from the prompt', [4, 4], [1, 2, 3, 1], 3, [2, 3, 1]],
    ['over the border of the two', [7, 8], [9, 5, 8], 3, [9, 5, 8]],
    ['on through what it guessed, where the text repeats itself', [3], [1, 2, 1, 2], 5, [1, 2, 1, 2, 1]],
    ['one token again and again', [6], [6], 4, [6, 6, 6, 6]],
    ['nothing after a token that is new', [1, 2, 3], [4], 4, []],
    ['nothing where nothing is wanted', [1, 1], [1], 0, []],
    ['nothing of a text of one token', [], [1], 4, []],
  ])('guesses %s', (_, prompt, ids, most, expected) => {
    expect(lookUp(prompt, ids, most)).toEqual(expected);
  });

  it('guesses what follows an earlier run that is as long as any, or nothing', () => {
    const token = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 12 }),
        fc.array(token, { minLength: 1, maxLength: 12 }),
        (prompt, ids) => {
          const text = [...prompt, ...ids];
          const same = (place: number) => {
            let length = 0;
            while (length < 3 && length <= place && text[place - length] === text[text.length - 1 - length])
              length += 1;
            return length;
          };
          const runs = text.slice(0, -1).map((_, place) => same(place));
          const longest = Math.max(0, ...runs);
          const [guess] = lookUp(prompt, ids, 1);
          expect(guess).toBe(longest === 0 ? undefined : text[runs.lastIndexOf(longest) + 1]);
        },
      ),
    );
  });
});

describe('guessesFor', () => {
  it.each([
    [1, 7],
    [2, 3],
    [3, 1],
    [4, 1],
    [5, 0],
    [64, 0],
  ])('of %s sequences guesses %s tokens each', (sequences, expected) => {
    expect(guessesFor(sequences, 7)).toBe(expected);
  });

  it('guesses no more than wanted', () => {
    expect([guessesFor(1, 3), guessesFor(1, 0), guessesFor(4, 0)]).toEqual([3, 0, 0]);
  });
});
