/** Adapters in every form that peft writes: scripts/goldens/adapters.py made them, with their log-probs in float64. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { UnsupportedError } from '../../errors.js';
import { farthest, goldenDirectory, openPolicy, testRuntime } from '../../testing/goldens.js';
import { tokenIds } from '../../text/tokens.js';
import { readAdapter, writeAdapter } from './files/adapter.js';
import { LocalModel } from './run/local-model.js';
import { linearLayersOf } from './weights/parameters.js';
import { loadWeights } from './weights/weights-source.js';

const ADAPTERS = fileURLToPath(new URL('../../../src/engine/local/files/goldens/', import.meta.url));

interface AdapterGolden {
  readonly ids: readonly number[];
  readonly logProbs: Readonly<Record<string, readonly number[]>>;
  /** By adapter, the field to be refused. */
  readonly refused: Readonly<Record<string, string>>;
}
const golden: AdapterGolden = JSON.parse(readFileSync(join(ADAPTERS, 'golden.json'), 'utf8'));
const directory = goldenDirectory('llama-untied');
const source = (name: string) => ({ kind: 'directory', directory, adapter: join(ADAPTERS, name) }) as const;

const scratch = mkdtempSync(join(tmpdir(), 'rlt-adapters-'));
const runtime = testRuntime();
afterAll(async () => {
  await runtime.close();
  rmSync(scratch, { recursive: true, force: true });
});

test.each(Object.entries(golden.logProbs))(
  '%s gives the log-probs of peft, adapted and merged',
  async (name, wanted) => {
    const ids = tokenIds(golden.ids);
    const request = { ids, positions: golden.ids.slice(1).map((_, i) => i + 1), temperature: 1 };
    const { form } = await loadWeights(source(name));
    const adapted = new LocalModel(runtime, await loadWeights(source(name)));
    expect(form.adapter?.layers.length).toBeGreaterThan(0);
    const [values = []] = await adapted.logProbs([request]);
    expect(farthest(values, wanted)).toBeLessThan(1e-4);
    const merged = await openPolicy(runtime, source(name));
    expect(merged.isAdapter).toBe(false);
    const [again = []] = await merged.logProbs([request]);
    expect(farthest(again, wanted)).toBeLessThan(1e-4);
  },
);

test.each(Object.keys(golden.logProbs))('%s is written as it was read', async (name) => {
  const layers = linearLayersOf((await loadWeights({ kind: 'directory', directory })).form.architecture);
  const adapter = await readAdapter(join(ADAPTERS, name), layers);
  await writeAdapter(join(scratch, name), { ...adapter, base: directory });
  expect(await readAdapter(join(scratch, name), layers)).toEqual(adapter);
});

test.each(Object.entries(golden.refused))('%s is refused by its field %s', async (name, field) => {
  const opened = loadWeights(source(name));
  await expect(opened).rejects.toBeInstanceOf(UnsupportedError);
  await expect(opened).rejects.toThrow(new RegExp(`field ${field}\\b`));
});
