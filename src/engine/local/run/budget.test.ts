import { describe, expect, it } from 'vitest';
import { localSettings } from '../settings.js';
import { llamaArchitecture } from '../testing/llama.js';
import { blocksOf, budgetOf, rowCountOf } from './budget.js';

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

describe('in how many blocks of queries sequences attend to themselves', () => {
  const [cpu, webgpu] = [localSettings({}), { ...localSettings({}), provider: 'webgpu' as const }];
  const windows = { ...large.architecture, window: { tokens: 64, layers: [true, false] } };

  it.each([
    ['short ones', cpu, large.architecture, 0, 255, [0, 1]],
    ['of 256 tokens', cpu, large.architecture, 0, 256, [0, 2]],
    ['of 1,023 tokens', cpu, large.architecture, 0, 1023, [0, 2]],
    ['of 1,024 tokens', cpu, large.architecture, 0, 1024, [0, 4]],
    ['of very many tokens', cpu, large.architecture, 0, 65_536, [0, 8]],
    ['behind a short prefix', cpu, large.architecture, 40, 512, [1, 2]],
    ['behind a long prefix', cpu, large.architecture, 512, 40, [2, 1]],
    ['windows', cpu, windows, 0, 512, [0, 2]],
    ['windows behind a prefix', cpu, windows, 512, 512, [2, 1]],
    ['on another provider', webgpu, large.architecture, 0, 512, [0, 1]],
  ] as const)('%s', (_, settings, architecture, prefix, own, [prefixBlocks, blocks]) => {
    expect(blocksOf(settings, architecture, { prefix, own })).toEqual({ prefixBlocks, blocks });
  });
});
