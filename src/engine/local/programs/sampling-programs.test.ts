import { afterAll, describe, expect, it } from 'vitest';
import { farthest, GOLDEN_MODELS, goldenSource, testRuntime } from '../../../testing/goldens.js';
import { Session } from '../graph/session.js';
import { floats, integers } from '../graph/tensors.js';
import { rowCountOf } from '../run/budget.js';
import { localSettings } from '../settings.js';
import { llamaArchitecture } from '../testing/llama.js';
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
      const session = await Session.create(prefillProgram(weights.form, rows), runtime.settings);
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

describe('how a program multiplies', () => {
  const form = (hidden: number) => ({
    architecture: llamaArchitecture({ hidden, feedForward: 4 * hidden, layers: 2, vocabulary: 20_000 }),
    adapter: undefined,
  });
  const [small, large] = [form(128), form(768)];
  const [cpu, webgpu] = [localSettings({}), { ...localSettings({}), provider: 'webgpu' as const }];

  it.each([
    ['one row of a large model', cpu, large, 1, 'one'],
    ['one row of a small model', cpu, small, 1, 'few'],
    ['two rows', cpu, large, 2, 'few'],
    ['64 rows', cpu, large, 64, 'few'],
    ['65 rows', cpu, large, 65, 'many'],
    ['one row on another provider', webgpu, large, 1, 'many'],
  ] as const)('%s', (_, settings, form, rows, count) => {
    expect(rowCountOf(settings, form, rows)).toBe(count);
  });
});
