import fc from 'fast-check';
import { expect, it } from 'vitest';
import { float32Tensor, int64Tensor } from '../../engine/tinker/protocol/arrays.js';
import { datum } from '../../engine/tinker/protocol/text.js';
import { InputError } from '../../errors.js';
import { asLogProbs } from '../../method/statistics.js';
import { tokenIds } from '../../text/tokens.js';
import { examplesOf, gather, partsOf, rowsByExample, targetsOf } from './datums.js';
import { chooseLoss } from './losses.js';

/** A model whose log-probs are told apart by what they are of. */
const logProbOf = (before: readonly number[], target: number): number =>
  -((before.reduce((hash, id) => (hash * 31 + id) % 9973, 7) * 31 + target) % 9973) / 1000;

it('the log-prob of each target is that of the target after the ids up to its place', () => {
  const id = fc.integer({ min: 0, max: 5 });
  const sequences = fc.array(
    fc
      .record({ input: fc.array(id, { minLength: 1, maxLength: 8 }), width: fc.integer({ min: 1, max: 3 }) })
      .chain(({ input, width }) =>
        fc.record({
          input: fc.constant(tokenIds(input)),
          width: fc.constant(width),
          targets: fc.array(fc.integer({ min: -1, max: 5 }), {
            minLength: input.length * width,
            maxLength: input.length * width,
          }),
        }),
      ),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(sequences, (all) => {
      const targets = all.map(({ input, targets: own, width }) => targetsOf(input, own, width, 1));
      const { requests, owners } = partsOf(targets);
      const rows = requests.map(({ ids, positions }) => {
        // What the engine asks of positions.
        positions.forEach((position, k) => {
          expect(position).toBeGreaterThan(positions[k - 1] ?? 0);
          expect(position).toBeLessThan(ids.length);
        });
        return asLogProbs(Float32Array.from(positions, (at) => logProbOf(ids.slice(0, at), ids[at] ?? -1)));
      });
      expect(owners).toEqual([...owners].sort((a, b) => a - b));
      const byExample = rowsByExample(targets, rows);
      all.forEach(({ input, targets: own, width }, i) => {
        const one = targets[i];
        if (one === undefined) throw new Error('no targets');
        const expected = own.map((target, cell) =>
          target === -1 ? Number.NaN : Math.fround(logProbOf(input.slice(0, Math.floor(cell / width) + 1), target)),
        );
        expect([...gather(one, byExample[i] ?? [])]).toEqual(expected);
      });
    }),
  );
});

it('targets that are the next ids take one sequence', () => {
  const { parts } = targetsOf(tokenIds([5, 6, 7]), [6, 7, 8], 1, 1);
  expect(parts).toEqual([{ request: { ids: [5, 6, 7, 8], positions: [1, 2, 3], temperature: 1 }, cells: [0, 1, 2] }]);
});

it.each([
  [datum([], {}), /empty sequence/],
  [datum([5], {}), /without target_tokens/],
  [datum([5, 6], { target_tokens: int64Tensor([6]) }), /shape \[1\] for 2 ids/],
  [datum([5, 6], { target_tokens: { ...int64Tensor([6, 7]), shape: [1, 2] } }), /shape \[1,2\] for 2 ids/],
  [datum([5], { target_tokens: int64Tensor([-1]) }), /target_tokens\[0\] is -1/],
  [datum([5], { target_tokens: float32Tensor([0.5]) }), /target_tokens\[0\] is 0.5/],
  [datum([5], { target_tokens: int64Tensor([6]), weights: float32Tensor([1, 2]) }), /2 weights for 1 target/],
])('what is refused: %#', (one, message) => {
  const good = datum([5], { target_tokens: int64Tensor([6]), weights: float32Tensor([1]) });
  const read = () => examplesOf([good, one], chooseLoss('cross_entropy', new Map()));
  expect(read).toThrow(InputError);
  expect(read).toThrow(message);
  expect(read).toThrow(/sample 1/);
});
