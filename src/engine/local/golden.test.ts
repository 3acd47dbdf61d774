/** The engine against PyTorch on the CPU, in both dialects of its graphs. */
import { expect, it, vi } from 'vitest';
import { randomKey } from '../../random.js';
import { goldenSuite } from '../../testing/golden-suite.js';
import {
  EVERY_OPERATION,
  GOLDEN_MODELS,
  type GoldenModel,
  goldenSource,
  openPolicy,
  readGolden,
  testRuntime,
} from '../../testing/goldens.js';
import { tokenIds } from '../../text/tokens.js';
import { Session } from './graph/session.js';

goldenSuite('the CPU', () => testRuntime(), GOLDEN_MODELS);
// Dialects and checkpoints differ by operation, not by family.
goldenSuite('the CPU, in the portable dialect', () => testRuntime({}, { dialect: 'portable' }), EVERY_OPERATION);
goldenSuite(
  'the CPU, with gradient checkpointing',
  () => testRuntime({ gradientCheckpointing: true }),
  EVERY_OPERATION,
);

it.each(EVERY_OPERATION)('gradient checkpointing changes no bit of the gradients of %s', async (name) => {
  const { lora, sequences, temperature } = await readGolden(name);
  const weighted = sequences.map((sequence) => ({ ...sequence, temperature }));
  for (const adapter of [undefined, { ...lora, seed: 0 }]) {
    const gradients = [];
    for (const gradientCheckpointing of [false, true]) {
      const runtime = testRuntime({ gradientCheckpointing });
      const policy = await openPolicy(runtime, goldenSource(name), adapter);
      await policy.accumulate(weighted);
      gradients.push(await policy.gradients());
      await runtime.close();
    }
    expect(gradients[0]?.size).toBeGreaterThan(0);
    expect(gradients[1]).toEqual(gradients[0]);
  }
});

/** Names of the operations with which a model is scored, trained and sampled. */
async function operationsOf(name: GoldenModel): Promise<ReadonlySet<string>> {
  const create = vi.spyOn(Session, 'create');
  const runtime = testRuntime();
  try {
    const { lora, sequences, temperature, greedy, adamw } = await readGolden(name);
    for (const adapter of [undefined, { ...lora, seed: 0 }]) {
      const policy = await openPolicy(runtime, goldenSource(name), adapter);
      const weighted = sequences.map((sequence) => ({ ...sequence, temperature }));
      await policy.logProbs(weighted);
      await policy.accumulate(weighted);
      await policy.step(adamw.settings);
      const settings = { temperature: 0, maxTokens: 2, stopIds: tokenIds([]) };
      await policy.sample([{ prompt: greedy.prompt, count: 1, settings, key: randomKey(1) }]);
    }
    return new Set(create.mock.calls.flatMap(([graph]) => graph.nodes.map(({ operation }) => operation.name)));
  } finally {
    create.mockRestore();
    await runtime.close();
  }
}

it('these models need every operation that a model needs', async () => {
  const needed = new Map<GoldenModel, ReadonlySet<string>>();
  for (const name of GOLDEN_MODELS) needed.set(name, await operationsOf(name));
  const all = new Set([...needed.values()].flatMap((own) => [...own]));
  const chosen = new Set(EVERY_OPERATION.flatMap((name) => [...(needed.get(name) ?? [])]));
  expect(all.size).toBeGreaterThan(20);
  expect([...all].filter((operation) => !chosen.has(operation))).toEqual([]);
});
