import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { thisMachine } from '../../machine.js';
import { parseRecipe } from '../../recipe/load.js';
import { EVENTS_FILE, RUN_BEGINS } from '../../run/directory.js';
import { aboutOtherMachine } from './other-machine.js';

const recipe = (engine: unknown) =>
  parseRecipe({
    name: 'two',
    engine,
    models: { base: 'builtin:base' },
    data: { mine: { source: 'mine.jsonl' } },
    stages: [{ stage: 'warm-up', teacher: 'base', data: 'mine' }],
  });

test('a run that was begun on more cores says so where it computes in as many threads', async () => {
  const run = mkdtempSync(join(tmpdir(), 'rlt-other-machine-'));
  const here = thisMachine();
  const toldOf = async (engine: unknown) => {
    const written = recipe(engine);
    return aboutOtherMachine(written, written.stages, run);
  };
  const begun = (machine: object) =>
    writeFileSync(
      join(run, EVENTS_FILE),
      `${JSON.stringify({ event: RUN_BEGINS, machine })}\n${JSON.stringify({ event: 'step', stage: 'warm-up' })}\n`,
    );
  expect(await toldOf({ kind: 'local' })).toEqual([]);
  begun(here);
  expect(await toldOf({ kind: 'local' })).toEqual([]);
  begun({ ...here, cores: here.cores + 1 });
  expect(await toldOf({ kind: 'local' })).toEqual([
    expect.stringMatching(/^warning: this run was last computed in \d+ threads, as many as cores,/),
  ]);
  expect(await toldOf({ kind: 'local', threads: 2 })).toEqual([]);
  begun({ ...here, onnxruntime: '1.0.0' });
  expect(await toldOf({ kind: 'local', threads: 2 })).toHaveLength(1);
  expect(await toldOf({ kind: 'tinker', url: 'http://127.0.0.1:1', probe: false })).toEqual([]);
  expect(await toldOf({ kind: 'local', provider: 'webgpu' })).toEqual([]);
  const written = recipe({ kind: 'local' });
  expect(await aboutOtherMachine(written, [], run)).toEqual([]);
});
