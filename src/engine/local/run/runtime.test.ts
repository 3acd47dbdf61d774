import { afterEach, expect, test, vi } from 'vitest';
import { Session } from '../graph/session.js';
import { localSettings } from '../settings.js';
import { llamaArchitecture } from '../testing/llama.js';
import type { ModelForm } from '../weights/model-form.js';
import type { QuantisedValues } from '../weights/quantised.js';
import type { SessionKind } from './kept-memory.js';
import { Runtime } from './runtime.js';

const formOf = (hidden: number): ModelForm => ({
  adapter: undefined,
  architecture: llamaArchitecture({ hidden, feedForward: 4 * hidden, layers: 4 }),
});
const [small, large] = [formOf(64), formOf(768)];

afterEach(() => vi.restoreAllMocks());

const graph = () => ({}) as Parameters<typeof Session.create>[0];

/** Which of the sessions that are made keep their memory. */
async function keepingIn(use: (runtime: Runtime) => Promise<void>, settings = localSettings()) {
  const kept: boolean[] = [];
  vi.spyOn(Session, 'create').mockImplementation((_, __, ___, keepMemory) => {
    kept.push(keepMemory === true);
    return Promise.resolve({ close: () => Promise.resolve() } as Session);
  });
  const runtime = new Runtime(settings);
  await use(runtime);
  await runtime.close();
  return kept;
}

const keeping = (programs: readonly (readonly [ModelForm, string, SessionKind])[], settings = localSettings()) =>
  keepingIn(async (runtime) => {
    for (const [form, program, kind] of programs) await runtime.session(form, program, graph, { kind, read: [] });
  }, settings);

test('of each form of large models, one session of each kind keeps the memory of a run', async () => {
  const inBits = { ...large, bits: 4 } as const;
  expect(
    await keeping([
      [large, 'prefill', 'prefill'],
      [large, 'decode', 'decoding'],
      [large, 'decode few', 'decoding'],
      [large, 'train', 'training'],
      [large, 'train in chunks', 'training'],
      [large, 'score', 'scoring'],
      [large, 'score in chunks', 'scoring'],
      [large, 'train', 'training'],
      [inBits, 'score', 'scoring'],
      [inBits, 'score in chunks', 'scoring'],
    ]),
  ).toEqual([true, true, false, true, false, true, false, true, false]);
});

test('with gradient checkpointing as without, a small model keeps all', async () => {
  const settings = localSettings({ gradientCheckpointing: true });
  expect(
    await keeping(
      [
        [large, 'train', 'training'],
        [small, 'train', 'training'],
        [small, 'decode', 'decoding'],
        [small, 'decode few', 'decoding'],
      ],
      settings,
    ),
  ).toEqual([true, true, true, true]);
});

test('when the session that keeps its memory goes with its model, the next one of its kind keeps it', async () => {
  const [first, second, third]: readonly QuantisedValues[] = [new Map(), new Map(), new Map()];
  const kept = await keepingIn(async (runtime) => {
    for (const held of [first, second, third]) runtime.hold(held);
    const decode = (held: QuantisedValues | undefined) =>
      runtime.session(large, 'decode', graph, { held, kind: 'decoding', read: [] });
    await decode(first);
    await decode(second);
    await runtime.release(first);
    await decode(third);
  });
  expect(kept).toEqual([true, false, true]);
});
