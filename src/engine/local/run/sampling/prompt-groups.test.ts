import { describe, expect, it } from 'vitest';
import { randomKey } from '../../../../random.js';
import { tokenIds } from '../../../../text/tokens.js';
import type { Architecture } from '../../files/architecture.js';
import { longestFirst, samplingBatches } from './prompt-groups.js';

/** 48 KiB of keys and values a token, and room for a million of them. */
const a = { layers: 32, keyValueHeads: 3, headSize: 64, contextTokens: 8192, vocabularySize: 50_000 } as Architecture;
const ROOM = 48 * 2 ** 30;

const ofLengths = (lengths: readonly number[], count = 1) =>
  lengths.map((length, i) => ({
    prompt: tokenIds(Array.from({ length }, () => 1)),
    count,
    settings: { temperature: 1, maxTokens: 8, stopIds: tokenIds([]) },
    key: randomKey(1, 'groups', i),
  }));
const batches = (lengths: readonly number[], architecture = a, room = ROOM) =>
  samplingBatches(architecture, ofLengths(lengths), room).map((groups) =>
    groups.map(({ request }) => request.prompt.length),
  );

describe('prompts of unequal length', () => {
  it('are apart where a batch would be mostly padding', () => {
    expect(batches([12, 4000, 20])).toEqual([[4000], [20, 12]]);
    expect(batches([2000, 4000])).toEqual([[4000, 2000]]);
    expect(batches([900, 4000])).toEqual([[4000], [900]]);
  });

  it('are together where padding is little memory', () => {
    expect(batches([12, 700])).toEqual([[700, 12]]);
    expect(batches([12, 4000], { ...a, layers: 4 })).toEqual([[4000, 12]]);
  });

  it('are as many as fit', () => {
    const a8 = { ...a, vocabularySize: 1000 };
    expect(batches([100, 100, 100], a8, 2 * 108 * 48 * 2 ** 10)).toEqual([[100, 100], [100]]);
    // 8 tokens of 48 KiB each are less than two rows of 50,000 probabilities in four bytes each.
    const groups = samplingBatches(a, ofLengths([1], 5), 2 * 448 * 2 ** 10).flat();
    expect(groups.map(({ rows }) => rows.length)).toEqual([2, 2, 1]);
  });

  it('can begin with the longest, in the order of requests where lengths are equal', () => {
    const groups = samplingBatches(a, ofLengths([5, 9, 5]), ROOM).flat();
    expect(longestFirst(groups).map(({ rows }) => rows[0]?.request)).toEqual([1, 0, 2]);
  });
});
