import { beforeAll, describe, expect, it } from 'vitest';
import { InputError, UnsupportedError } from '../../errors.js';
import { farthest } from '../../testing/goldens.js';
import type { LoraSettings, Model, Policy } from '../engine.js';
import { ADAM, type Bench, request, sequencesOf } from './bench.js';

const LORA: LoraSettings = { rank: 2, alpha: 4, targets: ['q_proj', 'down_proj'], seed: 4 };

export function trainingTests(bench: Bench): void {
  const { engine, source, golden, place } = bench;
  const { training, anyTemperature } = engine.profile;
  const sequences = sequencesOf(bench);
  const scores = (model: Model) => model.logProbs(sequences);

  const train = (lora: LoraSettings | undefined) => engine.train(source('smollm2'), lora === undefined ? {} : { lora });

  /** Steps as PyTorch took them, but for the temperature and the learning rate. */
  async function steps(policy: Policy, from: number, to: number): Promise<void> {
    for (let step = from; step < to; step++) {
      const weights = golden.adamw.weights[step % 5] ?? [];
      await policy.accumulate(sequences.map((one, s) => ({ ...one, weights: weights[s] ?? [] })));
      await policy.step(ADAM);
    }
  }

  it.skipIf(anyTemperature)('refuses temperatures that it does not compute', async () => {
    const policy = await train(undefined);
    const tempered = sequences.map((one) => ({ ...one, temperature: 0.7 }));
    await expect(policy.logProbs(tempered)).rejects.toThrow(UnsupportedError);
    await expect(policy.accumulate(tempered)).rejects.toThrow(UnsupportedError);
  });

  it.skipIf(!anyTemperature || training?.full !== true)(
    'the gradient norms and steps of torch.optim.AdamW',
    async () => {
      const policy = await train(undefined);
      const { adamw, temperature } = golden;
      for (const [step, weights] of adamw.weights.entries()) {
        await policy.accumulate(golden.sequences.map((one, s) => ({ ...one, temperature, weights: weights[s] ?? [] })));
        const { gradientNorm } = await policy.step(adamw.settings);
        if (gradientNorm !== undefined)
          expect(Math.abs(gradientNorm / (adamw.gradientNorms[step] ?? Number.NaN) - 1)).toBeLessThan(1e-4);
      }
      await policy.close();
    },
  );

  const forms = [
    ['all weights', undefined, training?.full],
    ['an adapter', LORA, training?.lora],
  ] as const;
  describe.each(forms.filter(([, , can]) => can === true))('%s', (_, lora) => {
    it('accumulate returns the log-probs, and its parts add up', async () => {
      const [whole, parts] = [await train(lora), await train(lora)];
      expect(await whole.accumulate(sequences)).toEqual(await scores(parts));
      await parts.accumulate(sequences.slice(0, 2));
      await parts.accumulate(sequences.slice(2));
      const norms = [await whole.step(ADAM), await parts.step(ADAM)].map(({ gradientNorm = 1 }) => gradientNorm);
      expect((norms[0] ?? 0) / (norms[1] ?? 1)).toBeCloseTo(1, 4);
      expect((await scores(whole)).every((row) => row.every(Number.isFinite))).toBe(true);
    });

    it('a step increases the objective', async () => {
      const policy = await train(lora);
      const total = async () => (await scores(policy)).reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0);
      const before = await total();
      for (let step = 0; step < 4; step++) {
        await policy.accumulate(sequences.map((one) => ({ ...one, weights: one.positions.map(() => 1) })));
        await policy.step({ ...ADAM, learningRate: 0.002 });
      }
      expect(await total()).toBeGreaterThan(before);
    });

    it('a saved model, opened again, is the trained one, and can be trained further', async () => {
      const policy = await train(lora);
      await steps(policy, 0, 3);
      const saved = await policy.save(place('model'));
      const opened = await engine.open(saved);
      for (const [s, row] of (await scores(opened)).entries())
        expect(farthest(row, (await scores(policy))[s] ?? [])).toBeLessThan(1e-4);
      const completions = await opened.sample([request({ count: 2 })]);
      expect(completions[0]).toHaveLength(2);
      const further = await engine.train(saved, lora === undefined ? {} : { lora });
      await steps(further, 0, 1);
      expect(await scores(further)).not.toEqual(await scores(opened));
    });

    it('a restored state continues in the same bits', async () => {
      const policy = await train(lora);
      await steps(policy, 0, 3);
      const state = await policy.saveState(place('state'));
      const before = await scores(policy);
      await steps(policy, 3, 7);
      const uninterrupted = await scores(policy);
      expect(uninterrupted).not.toEqual(before);
      const fresh = await train(lora);
      await fresh.restoreState(state);
      expect(await scores(fresh)).toEqual(before);
      await steps(fresh, 3, 7);
      expect(await scores(fresh)).toEqual(uninterrupted);
      // The policy that went on can go back as well, and what it had accumulated is discarded.
      await policy.accumulate(sequences);
      await policy.restoreState(state);
      await steps(policy, 3, 7);
      expect(await scores(policy)).toEqual(uninterrupted);
      await expect(fresh.restoreState({ kind: 'directory', directory: place('none') })).rejects.toThrow();
      await expect(fresh.restoreState({ kind: 'served', path: 'none' })).rejects.toThrow();
      expect(await scores(fresh)).toEqual(uninterrupted);
    });

    it('a state is not saved between accumulate and step', async () => {
      const policy = await train(lora);
      await policy.accumulate(sequences);
      await expect(policy.saveState(place('state'))).rejects.toThrow(InputError);
      await policy.step(ADAM);
      await policy.saveState(place('state'));
    });

    describe.skipIf(training?.frozenCopies !== true)('a frozen copy', () => {
      it('stays as it was while the policy learns, and is restored in the same bits', async () => {
        const policy = await train(lora);
        await steps(policy, 0, 2);
        const copy = await policy.freeze();
        const frozen = await scores(copy);
        expect(frozen).toEqual(await scores(policy));
        const state = await copy.saveState(place('copy'));
        await steps(policy, 2, 4);
        expect(await scores(policy)).not.toEqual(frozen);
        expect(await scores(copy)).toEqual(frozen);
        const later = await policy.freeze();
        await later.restoreState(state);
        expect(await scores(later)).toEqual(frozen);
      });

      it.skipIf(training?.blending === true)('is not blended where the profile says so', async () => {
        const policy = await train(lora);
        await expect(policy.blendInto(await policy.freeze(), 0.5)).rejects.toThrow(UnsupportedError);
      });

      it.skipIf(training?.blending !== true)('moves by the share that is blended in', async () => {
        const policy = await train(lora);
        await steps(policy, 0, 2);
        const [none, half, whole] = await Promise.all([policy.freeze(), policy.freeze(), policy.freeze()]);
        const other = await policy.freeze();
        const before = await scores(none);
        await steps(policy, 2, 5);
        const after = await scores(policy);
        await policy.blendInto(none, 0);
        await policy.blendInto(whole, 1);
        await policy.blendInto(half, 0.5);
        const close = (a: Float32Array[], b: Float32Array[]) => {
          for (const [s, row] of a.entries()) expect(farthest(row, b[s] ?? [])).toBeLessThan(5e-5);
        };
        close(await scores(none), before);
        close(await scores(whole), after);
        expect(await scores(half)).not.toEqual(before);
        // Blending half twice is blending three quarters.
        await policy.blendInto(other, 0.75);
        await policy.blendInto(half, 0.5);
        close(await scores(half), await scores(other));
        const restored = await policy.freeze();
        await restored.restoreState(await half.saveState(place('blended')));
        expect(await scores(restored)).toEqual(await scores(half));
        // And it can be blended again, as a run that resumes does.
        await policy.blendInto(restored, 0.1);
        await policy.blendInto(half, 0.1);
        expect(await scores(restored)).toEqual(await scores(half));
      });
    });
  });

  describe.skipIf(training?.lora !== true)('adapters', () => {
    let policy: Policy;
    beforeAll(async () => {
      policy = await train(LORA);
    });

    it('change nothing before they learn', async () => {
      const model = await engine.open(source('smollm2'));
      for (const [s, row] of (await scores(model)).entries())
        expect(farthest(row, (await scores(policy))[s] ?? [])).toBeLessThan(1e-5);
    });

    it('of no rank, of unknown layers or of none are refused', async () => {
      const refused = (lora: LoraSettings) => engine.train(source('smollm2'), { lora });
      await expect(refused({ ...LORA, rank: 0 })).rejects.toThrow(InputError);
      await expect(refused({ ...LORA, targets: [] })).rejects.toThrow(UnsupportedError);
      await expect(refused({ ...LORA, targets: ['lm_head' as never] })).rejects.toThrow(/lm_head[\s\S]*q_proj/);
    });
  });
}
