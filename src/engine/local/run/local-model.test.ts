import { afterAll, expect, test } from 'vitest';
import { goldenSource, openPolicy, readGolden, testRuntime } from '../../../testing/goldens.js';
import { merged } from '../weights/model-weights.js';

const runtime = testRuntime();
afterAll(() => runtime.close());
const golden = await readGolden('smollm2');
const source = goldenSource('smollm2');
const sequences = golden.sequences.map((sequence) => ({ ...sequence, temperature: 0.7 }));
const ADAM = { ...golden.adamw.settings, learningRate: 0.02 };

test.each([
  ['an adapter', { rank: 2, alpha: 4, targets: ['q_proj', 'down_proj'], seed: 4 } as const],
  ['all weights', undefined],
])('a reference that is blended again and again is the sum of what both were, with %s', async (_, lora) => {
  const policy = await openPolicy(runtime, source, lora);
  const copy = await policy.freeze();
  const learn = async () => {
    await policy.accumulate(sequences);
    await policy.step(ADAM);
  };
  await learn();
  const under = new Map([...policy.weights.base].map(([name, values]) => [name, values.slice()]));
  for (const share of [0.25, 0.5]) {
    const [before, theirs] = [merged(copy.weights).base, merged(policy.weights).base];
    const wanted = new Map(
      [...before].map(([name, own]) => {
        const their = theirs.get(name) ?? own;
        return [name, their === own ? own : own.map((value, i) => share * (their[i] ?? 0) + (1 - share) * value)];
      }),
    );
    await policy.blendInto(copy, share);
    expect(copy.weights.base).toEqual(wanted);
    // What the policy computes with is as it was.
    expect(policy.weights.base).toEqual(under);
    if (lora !== undefined) await learn();
  }
  await policy.close();
  await copy.close();
});
