/**
 * The local engine against PyTorch, on any provider: scripts/goldens/models.py made the numbers with transformers, peft
 * and torch.optim.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { LocalPolicy } from '../engine/local/run/local-model.js';
import type { Runtime } from '../engine/local/run/runtime.js';
import { randomKey } from '../random.js';
import { tokenIds } from '../text/tokens.js';
import {
  distribution,
  farthest,
  type GoldenModel,
  goldenDirectory,
  goldenSource,
  logSoftmax,
  openPolicy,
  readGolden,
  readTensors,
  relativeError,
} from './goldens.js';

const scratch = await mkdtemp(join(tmpdir(), 'rlt-golden-'));
afterAll(() => rm(scratch, { recursive: true, force: true }));

const TEMPERATURES = [1, 0.7];
// The tolerance of 1e-4 is one for all providers: against PyTorch's float64, the rounding of float32 was at most 2.2e-5
// in log-probs and 1.4e-5 in gradients on WebGPU, 1.4e-5 and 8.2e-6 on the CPU.

let saved = 0;
/** What a policy holds, by way of its saved files. */
async function learnt(policy: LocalPolicy): Promise<{ directory: string; values: Map<string, Float32Array> }> {
  const directory = join(scratch, `saved-${saved++}`);
  await policy.save(directory);
  const file = policy.isAdapter ? 'adapter_model.safetensors' : 'model.safetensors';
  const tensors = await readTensors(join(directory, file));
  const values = new Map(
    [...tensors].map(([name, array]) => [
      name.replace(/^base_model\.model\./, '').replace(/(lora_[AB])\.weight$/, '$1'),
      array,
    ]),
  );
  return { directory, values };
}

/** Tests that the engine computes on `label` what PyTorch does. */
export function goldenSuite(label: string, makeRuntime: () => Runtime, models: readonly GoldenModel[]): void {
  describe.each(models)(`on ${label}: %s`, async (name) => {
    const golden = await readGolden(name);
    const directory = goldenDirectory(name);
    const runtime = makeRuntime();
    afterAll(() => runtime.close());
    const forms = {
      'the model': { source: goldenSource(name), prefix: '', golden },
      'the model with an adapter': {
        source: { ...goldenSource(name), adapter: `${directory}/adapter` },
        prefix: 'lora/',
        golden: golden.lora,
      },
    };

    describe.each(Object.entries(forms))('%s', (form, { source, prefix, golden: expected }) => {
      const lora = form === 'the model' ? undefined : { ...golden.lora, seed: 0 };
      const open = () => openPolicy(runtime, source, lora);
      const weighted = golden.sequences.map((sequence) => ({ ...sequence, temperature: golden.temperature }));

      it('gives the logits of transformers', async () => {
        const ids = golden.sequences[0]?.ids ?? [];
        const policy = await open();
        const { vocabularySize } = policy.facts;
        // Up to the constant that the softmax removes, which no sampler and no loss can see.
        const reference = logSoftmax(golden.arrays.get(`${prefix}logits`) ?? new Float32Array(), vocabularySize);
        expect(reference).toHaveLength(ids.length);
        for (const t of [0, 1, Math.floor(ids.length / 2), ids.length - 1]) {
          const row = await distribution(policy, ids.slice(0, t + 1));
          expect(farthest(row, reference[t] ?? []), `position ${t}`).toBeLessThan(1e-4);
        }
      });

      it('gives the log-probs of transformers', async () => {
        const policy = await open();
        for (const temperature of TEMPERATURES) {
          const requests = golden.sequences.map(({ ids }) => ({
            ids,
            positions: ids.slice(1).map((_, i) => i + 1),
            temperature,
          }));
          const scored = await policy.logProbs(requests);
          const reference = expected.logProbs[`${temperature}`] ?? [];
          expect(reference).toHaveLength(scored.length);
          for (const [s, row] of reference.entries()) expect(farthest(scored[s] ?? [], row)).toBeLessThan(1e-4);
        }
      });

      it('gives the gradient of transformers for signed weights', async () => {
        const policy = await open();
        const scored = await policy.accumulate(weighted);
        weighted.forEach(({ positions }, s) => {
          const all = expected.logProbs[`${golden.temperature}`]?.[s] ?? [];
          const reference = positions.map((position) => all[position - 1] ?? Number.NaN);
          expect(farthest(scored[s] ?? [], reference)).toBeLessThan(1e-4);
        });
        const mine = (await policy.gradients()) ?? new Map<string, Float32Array>();
        const reference = [...golden.arrays].filter(([key]) => key.startsWith(`${prefix}gradient/`));
        expect(mine.size).toBe(reference.length);
        for (const [key, gradient] of reference) {
          const tensor = key.slice(`${prefix}gradient/`.length);
          expect(relativeError(mine.get(tensor) ?? [], gradient), tensor).toBeLessThan(1e-4);
        }
      });

      it('takes five steps as torch.optim.AdamW, and saves what transformers would', async () => {
        const policy = await open();
        for (const [step, weights] of expected.adamw.weights.entries()) {
          await policy.accumulate(weighted.map((sequence, s) => ({ ...sequence, weights: weights[s] ?? [] })));
          const { gradientNorm } = await policy.step(expected.adamw.settings);
          const norm = expected.adamw.gradientNorms[step] ?? Number.NaN;
          expect(Math.abs((gradientNorm ?? Number.NaN) / norm - 1)).toBeLessThan(1e-4);
        }
        const { directory: target, values } = await learnt(policy);
        const reference = [...golden.arrays].filter(([key]) => key.startsWith(`${prefix}adamw/`));
        expect(values.size).toBe(reference.length);
        for (const [key, array] of reference) {
          const tensor = key.slice(`${prefix}adamw/`.length);
          expect(farthest(values.get(tensor) ?? [], array), tensor).toBeLessThan(1e-4);
        }
        // What was saved is what was trained.
        const again = await openPolicy(
          runtime,
          lora === undefined ? { kind: 'directory', directory: target } : { ...goldenSource(name), adapter: target },
          lora,
        );
        expect(await again.logProbs(weighted)).toEqual(await policy.logProbs(weighted));
      });
    });

    it('decodes greedily as transformers', async () => {
      const policy = await openPolicy(runtime, goldenSource(name));
      const { prompt, ids } = golden.greedy;
      const settings = { temperature: 0, maxTokens: ids.length, stopIds: tokenIds([]) };
      const key = randomKey(1);
      // With others beside it, shorter and longer, so that padding is there.
      const others = golden.sequences.map((sequence) => ({ prompt: sequence.ids, count: 2, settings, key }));
      const [[completion] = []] = await policy.sample([{ prompt, count: 1, settings, key }, ...others]);
      expect(completion?.ids).toEqual(ids);
      expect(completion?.ended).toBe('length');
    });
  });
}
