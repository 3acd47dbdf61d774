import { describe, expect, it } from 'vitest';
import { localSettings } from '../settings.js';
import { llamaArchitecture } from '../testing/llama.js';
import { rowCountOf } from './budget.js';

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
