import { afterEach, expect, test, vi } from 'vitest';
import { Session } from '../graph/session.js';
import { localSettings } from '../settings.js';
import { llamaArchitecture } from '../testing/llama.js';
import type { ModelForm } from '../weights/model-form.js';
import { Runtime, type SessionKind } from './runtime.js';

const formOf = (hidden: number): ModelForm => ({
  adapter: undefined,
  architecture: llamaArchitecture({ hidden, feedForward: 4 * hidden, layers: 4 }),
});
const [small, large] = [formOf(64), formOf(768)];

afterEach(() => vi.restoreAllMocks());

/** Which of the sessions keep their memory, by program. */
async function keeping(
  programs: readonly (readonly [ModelForm, string, SessionKind?])[],
  settings = localSettings(),
): Promise<readonly boolean[]> {
  const kept: boolean[] = [];
  vi.spyOn(Session, 'create').mockImplementation((_, __, ___, keepMemory) => {
    kept.push(keepMemory === true);
    return Promise.resolve({ close: () => Promise.resolve() } as Session);
  });
  const runtime = new Runtime(settings);
  const graph = () => ({}) as Parameters<typeof Session.create>[0];
  for (const [form, program, kind] of programs) {
    await runtime.session(form, program, graph, kind === undefined ? {} : { kind });
  }
  await runtime.close();
  return kept;
}

test('of large models, one session for training and one for scoring keep the memory of a run', async () => {
  expect(
    await keeping([
      [large, 'decode'],
      [large, 'train', 'training'],
      [large, 'train in chunks', 'training'],
      [large, 'score', 'scoring'],
      [large, 'score in chunks', 'scoring'],
      [large, 'train', 'training'],
    ]),
  ).toEqual([false, true, false, true, false]);
});

test('with gradient checkpointing as without, a small model keeps all', async () => {
  const settings = localSettings({ gradientCheckpointing: true });
  expect(
    await keeping(
      [
        [large, 'train', 'training'],
        [small, 'train', 'training'],
        [small, 'decode'],
      ],
      settings,
    ),
  ).toEqual([true, true, true]);
});
