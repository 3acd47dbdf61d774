import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokenIds } from '../../../text/tokens.js';
import { microBatches } from './batches.js';
import { microBatchOf, shorterCalls, withinContext } from './call-shapes.js';

test('the largest micro-batch is that of sequences which are packed', () => {
  const shapes = fc.record({
    groups: fc.integer({ min: 1, max: 5 }),
    rows: fc.integer({ min: 1, max: 6 }),
    promptTokens: fc.integer({ min: 10, max: 30 }),
    ownTokens: fc.integer({ min: 1, max: 20 }),
    tokens: fc.integer({ min: 64, max: 400 }),
    positions: fc.integer({ min: 16, max: 200 }),
  });
  fc.assert(
    fc.property(shapes, ({ tokens, positions: most, ...call }) => {
      const { groups, rows, promptTokens, ownTokens } = call;
      let next = 1000;
      const requests = Array.from({ length: groups }, (_, group) => {
        const prompt = Array.from({ length: promptTokens }, () => group);
        return Array.from({ length: rows }, () => {
          const own = Array.from({ length: ownTokens + 1 }, () => next++);
          const positions = own.slice(1).map((_, i) => promptTokens + 1 + i);
          return { ids: tokenIds([...prompt, ...own]), positions, temperature: 1 };
        });
      }).flat();
      const packed = microBatches(requests, { tokens, positions: most });
      const computed = packed.map(
        (batch) => batch.groups.length * (batch.prefixTokens + batch.rowsPerGroup * batch.ownTokens),
      );
      const shape = microBatchOf(call, { tokens, positions: most });
      const predicted = shape.groups * (shape.prefix + shape.rows * shape.own);
      expect(predicted).toBe(Math.max(...computed));
    }),
  );
});

test('calls are cut to the context; where prompts alone fill it, both of its divisions count', () => {
  const call = { kind: 'sample', groups: 2, rows: 3 } as const;
  const tokens = (promptTokens: number, ownTokens: number) =>
    withinContext({ ...call, promptTokens, ownTokens }, 512).map((cut) => [cut.promptTokens, cut.ownTokens]);
  expect(tokens(100, 412)).toEqual([[100, 412]]);
  expect(tokens(100, 413)).toEqual([[100, 412]]);
  expect(tokens(511, 9)).toEqual([[511, 1]]);
  for (const prompt of [512, 32_768])
    expect(tokens(prompt, 32_768)).toEqual([
      [511, 1],
      [1, 511],
    ]);
});

test('shorter sequences are those of each number of blocks below, alone and behind a shared prompt', () => {
  const call = { kind: 'train', groups: 2, rows: 1 } as const;
  const shorter = (promptTokens: number, ownTokens: number, rows = 1) =>
    shorterCalls({ ...call, rows, promptTokens, ownTokens }).map((cut) => [cut.promptTokens, cut.ownTokens]);
  expect(shorter(200, 55)).toEqual([]);
  expect(shorter(200, 56)).toEqual([[199, 56]]);
  expect(shorter(6, 506)).toEqual([[6, 249]]);
  expect(shorter(511, 1)).toEqual([[254, 1]]);
  expect(shorter(1000, 24)).toEqual([
    [231, 24],
    [999, 24],
  ]);
  expect(shorter(320, 96, 16)).toEqual([[255, 96]]);
  expect(shorter(320, 300, 16)).toEqual([[255, 255]]);
  expect(shorter(200, 100, 16)).toEqual([]);
});
