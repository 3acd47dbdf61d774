import { describe, expect, it } from 'vitest';
import { localSettings } from '../settings.js';
import { llamaArchitecture } from '../testing/llama.js';
import { budgetOf, rowCountOf } from './budget.js';

const form = (hidden: number) => ({
  architecture: llamaArchitecture({ hidden, feedForward: 4 * hidden, layers: 2, vocabulary: 20_000 }),
  adapter: undefined,
});
const [small, large] = [form(128), form(768)];

describe('what a micro-batch may take', () => {
  const mebibytes = (mib: number, rest = {}) => localSettings({ activationBytes: mib * 2 ** 20, ...rest });
  it.each([
    ['training of a large model', large, true, {}, 1024],
    ['with checkpoints', large, true, { gradientCheckpointing: true }, 256],
    ['scoring with a large model', large, false, {}, 256],
    ['training of a small model', small, true, {}, 256],
  ] as const)('%s', (_, { architecture }, training, settings, mib) => {
    expect(budgetOf(localSettings(settings), architecture, training)).toEqual(
      budgetOf(mebibytes(mib, settings), architecture, training),
    );
  });

  it('what settings say counts', () => {
    const tokens = (mib: number) => budgetOf(mebibytes(mib), large.architecture, true).tokens;
    expect(tokens(512) / tokens(256)).toBeCloseTo(2, 2);
  });
});

describe('how a program multiplies', () => {
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
