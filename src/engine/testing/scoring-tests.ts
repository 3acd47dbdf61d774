import { expect, it } from 'vitest';
import { farthest } from '../../testing/goldens.js';
import type { Model } from '../engine.js';
import { type Bench, sequencesOf } from './bench.js';

export function scoringTests(bench: Bench): void {
  const { engine, source, golden } = bench;
  const sequences = sequencesOf(bench);
  const scores = (model: Model) => model.logProbs(sequences);

  it('the log-probs of PyTorch', async () => {
    const model = await engine.open(source('smollm2'));
    const found = await scores(model);
    for (const [s, { positions }] of sequences.entries()) {
      const all = golden.logProbs['1']?.[s] ?? [];
      const expected = positions.map((position) => all[position - 1] ?? Number.NaN);
      expect(farthest(found[s] ?? [], expected)).toBeLessThan(1e-4);
    }
    await model.close();
  });

  it('what a model is, as its files say', async () => {
    const model = await engine.open(source('smollm2'));
    const parameters = [...golden.arrays]
      .filter(([name]) => name.startsWith('adamw/'))
      .reduce((sum, [, { length }]) => sum + length, 0);
    expect(model.facts).toMatchObject({ vocabularySize: 49, contextTokens: 64 });
    expect([parameters, undefined]).toContain(model.facts.parameters);
    expect(model.profile.name).toBe(engine.profile.name);
    await model.close();
  });
}
