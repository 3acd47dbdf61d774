import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NumericError, UsageError } from '../errors.js';
import { RELEASED } from './released.js';
import { selectTraces, type TraceFacts } from './selection.js';

const trace = (tokens: number, reward: number, ended = true): TraceFacts => ({ tokens, reward, ended });
const traces = [trace(30, -1), trace(10, -3), trace(20, -2, false), trace(20, -2)];

describe('the choice of traces', () => {
  test('the best reward of those that fit', () => {
    const selection = selectTraces(traces, { ...RELEASED.explainSeveral, contextTokens: 20 });
    expect(selection.kept).toEqual([2]); // -2 before the equal fourth
    expect(selection.keptOverContext).toEqual([]);
    expect(selection.dropped).toEqual([
      { index: 0, reason: 'over context' },
      { index: 1, reason: 'not chosen' },
      { index: 3, reason: 'not chosen' },
    ]);
  });

  test('the first, or all, that fit and ended', () => {
    const settings = { contextTokens: 20, unended: 'drop', whenNoneFits: 'drop' } as const;
    expect(selectTraces(traces, { ...settings, keep: 'first' }).kept).toEqual([1]);
    const all = selectTraces(traces, { ...settings, keep: 'all' });
    expect(all.kept).toEqual([1, 3]);
    expect(all.dropped).toContainEqual({ index: 2, reason: 'unended' });
    expect(selectTraces(traces, { unended: 'keep', keep: 'all', whenNoneFits: 'drop' }).kept).toEqual([0, 1, 2, 3]);
  });

  test('when none fits, one is chosen all the same, or the problem left out', () => {
    const chosen = selectTraces(traces, { ...RELEASED.explainSeveral, contextTokens: 5 });
    expect(chosen).toMatchObject({ kept: [0], keptOverContext: [0] });
    expect(selectTraces(traces, { ...RELEASED.explainSeveral, keep: 'all', contextTokens: 5 }).kept).toEqual([0]);
    const left = selectTraces(traces, { ...RELEASED.explainSeveral, contextTokens: 5, whenNoneFits: 'drop' });
    expect(left.kept).toEqual([]);
    expect(left.dropped.map(({ reason }) => reason)).toEqual(Array(4).fill('over context'));
  });

  test('an explanation that says nothing is kept only where no other can be', () => {
    const empty = (reward: number): TraceFacts => ({ ...trace(1, reward), empty: true });
    const best = (...given: TraceFacts[]) => selectTraces(given, RELEASED.explainSeveral).kept;
    expect(best(empty(17), trace(1, -3), trace(1, -2))).toEqual([2]);
    expect(best(empty(-1), empty(2))).toEqual([1]);
    // One that does not fit is no choice.
    const settings = { ...RELEASED.explainSeveral, contextTokens: 5 };
    expect(selectTraces([empty(1), trace(9, 0)], settings).kept).toEqual([0]);
  });

  test('a reward of 0 is a reward; a missing one is not', () => {
    expect(selectTraces([trace(1, -1), trace(1, 0), trace(1, -2)], RELEASED.explainSeveral).kept).toEqual([1]);
    const unscored = [{ tokens: 1, ended: true }];
    expect(() => selectTraces(unscored, RELEASED.explainSeveral)).toThrow(UsageError);
    expect(selectTraces(unscored, { ...RELEASED.explainSeveral, keep: 'first' }).kept).toEqual([0]);
    expect(() => selectTraces([trace(1, Number.NaN)], RELEASED.explainSeveral)).toThrow(NumericError);
  });

  test('no traces, no choice', () => {
    expect(selectTraces([], RELEASED.explainSeveral)).toEqual({ kept: [], keptOverContext: [], dropped: [] });
  });

  test('every trace is either kept or dropped, in order', () => {
    const facts = fc.record({
      tokens: fc.integer({ min: 0, max: 40 }),
      ended: fc.boolean(),
      reward: fc.integer({ min: -5, max: 0 }),
    });
    const settings = fc.record({
      contextTokens: fc.integer({ min: 0, max: 40 }),
      unended: fc.constantFrom('keep' as const, 'drop' as const),
      keep: fc.constantFrom('reward' as const, 'first' as const, 'all' as const),
      whenNoneFits: fc.constantFrom('drop' as const, 'choose' as const),
    });
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 8 }), settings, (some, how) => {
        const { kept, keptOverContext, dropped } = selectTraces(some, how);
        const seen = [...kept, ...dropped.map(({ index }) => index)].sort((a, b) => a - b);
        expect(seen).toEqual([...some.keys()]);
        if (how.keep !== 'all') expect(kept.length).toBeLessThanOrEqual(1);
        for (const index of kept) {
          expect((some[index]?.tokens ?? 0) > how.contextTokens).toBe(keptOverContext.includes(index));
        }
        if (how.whenNoneFits === 'drop') expect(keptOverContext).toEqual([]);
      }),
    );
  });
});
