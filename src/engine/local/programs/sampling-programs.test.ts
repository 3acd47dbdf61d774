import { afterAll, describe, expect, it } from 'vitest';
import { farthest, GOLDEN_MODELS, goldenSource, testRuntime } from '../../../testing/goldens.js';
import { Session } from '../graph/session.js';
import { floats, integers } from '../graph/tensors.js';
import { loadWeights } from '../weights/weights-source.js';
import { causalFeeds } from './masks.js';
import { prefillProgram } from './sampling-programs.js';
import { feedsOf, type RowCount } from './weight-inputs.js';

const runtime = testRuntime();
afterAll(() => runtime.close());

describe.each(GOLDEN_MODELS)('%s', (name) => {
  it.each(['few', 'many'] as const)('a row counted as one of %s gives what one row gives', async (count) => {
    const weights = await loadWeights(goldenSource(name));
    const a = weights.form.architecture;
    const results = async (rows: RowCount) => {
      const session = await Session.create(prefillProgram(weights.form, { rows }), runtime.settings);
      const { get } = await session.run({
        ...feedsOf(weights),
        ...runtime.rotary(a, 1),
        ...causalFeeds(a, 'causal', 1),
        ids: integers([7], [1, 1]),
        positions: integers([0], [1]),
        chosen: integers([0], [1]),
        inverseTemperature: floats(Float32Array.of(1), [1, 1]),
      });
      await session.close();
      return ['probabilities', `Key:${a.layers - 1}`, `Value:${a.layers - 1}`].map((output) => get(output) ?? []);
    };
    const [one, other] = [await results('one'), await results(count)];
    one.forEach((values, i) => {
      expect(values.length).toBeGreaterThan(0);
      expect(farthest(values, other[i] ?? [])).toBeLessThan(1e-5);
    });
  });
});
