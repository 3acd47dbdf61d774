import { cpSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openLocalEngine } from '../../engine/local/local-engine.js';
import { StorageError } from '../../errors.js';
import { modelHash } from '../../evaluation/model-hash.js';
import { REWARD_GOLDENS } from '../../testing/reward-goldens.js';
import { temporaryFolder } from '../testing/rlt.js';
import { locateModel, modelIn, writeModelArtifact } from './models.js';
import { writeTrainingRecord } from './training-record.js';

function adapterIn(folder: string, config: Readonly<Record<string, unknown>>): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify({ peft_type: 'LORA', ...config }));
  return folder;
}

test('an adapter finds its base from its own folder, wherever both were moved, and by an absolute path', async () => {
  const folder = temporaryFolder();
  const base = join(folder, 'run', 'base', 'model');
  cpSync(join(REWARD_GOLDENS, 'student'), base, { recursive: true });
  const adapter = adapterIn(join(folder, 'run', 'tuned', 'model'), { base_model_name_or_path: '../../base/model' });
  expect(await modelIn(adapter)).toEqual({ kind: 'directory', directory: base, adapter });
  const hash = await modelHash(await modelIn(adapter));
  renameSync(join(folder, 'run'), join(folder, 'moved'));
  const moved = (stage: string) => join(folder, 'moved', stage, 'model');
  expect(await modelIn(moved('tuned'))).toEqual({
    kind: 'directory',
    directory: moved('base'),
    adapter: moved('tuned'),
  });
  // The path to the base is not part of the model's identity.
  adapterIn(moved('tuned'), { base_model_name_or_path: moved('base'), revision: 'main' });
  expect(await modelIn(moved('tuned'))).toEqual({
    kind: 'directory',
    directory: moved('base'),
    adapter: moved('tuned'),
  });
  expect(await modelHash(await modelIn(moved('tuned')))).toBe(hash);

  rmSync(moved('base'), { recursive: true });
  await expect(modelIn(moved('tuned'))).rejects.toThrow(
    /base model of the adapter was not found.*\n.*Set the source of the model to its base/s,
  );
});

test('the library takes the folder of a stage, as every command does', async () => {
  const stage = join(temporaryFolder(), 'stages', '06-student');
  cpSync(join(REWARD_GOLDENS, 'student'), join(stage, 'model'), { recursive: true });
  expect(await locateModel(stage)).toEqual({ kind: 'directory', directory: join(stage, 'model') });
  const remote = join(temporaryFolder(), 'stages', '02-teach');
  mkdirSync(remote, { recursive: true });
  writeFileSync(join(remote, 'model.json'), JSON.stringify({ kind: 'served', name: 'x', tokenizer: '../tokens' }));
  expect(await locateModel(remote)).toEqual({ kind: 'served', name: 'x', tokenizer: join(remote, '../tokens') });
  // A run has several, and a folder of nothing none.
  await expect(locateModel(join(stage, '..', '..'))).rejects.toThrow(/Did you mean/);
  const run = join(stage, '..', '..');
  await expect(locateModel(`${run}:${basename(stage)}`)).rejects.toThrow(/\(await openRun\('.*'\)\)\.model\('/);
  await expect(locateModel(temporaryFolder())).rejects.toThrow(StorageError);
});

test('an adapter finds its base from its real place, by whatever link it was reached', async () => {
  const folder = realpathSync(temporaryFolder());
  const base = join(folder, 'project', 'base');
  cpSync(join(REWARD_GOLDENS, 'student'), base, { recursive: true });
  const adapter = adapterIn(join(folder, 'disk', 'deep', 'runs', 'x', 'model'), {
    base_model_name_or_path: '../../../../../project/base',
  });
  symlinkSync(join(folder, 'disk', 'deep', 'runs'), join(folder, 'project', 'runs'));
  expect(await modelIn(adapter)).toEqual({ kind: 'directory', directory: base, adapter });
  const linked = join(folder, 'project', 'runs', 'x', 'model');
  expect(await modelIn(linked)).toEqual({ kind: 'directory', directory: base, adapter: linked });
});

test('an adapter whose base is on the hub asks the hub for the revision that it names', async () => {
  const folder = temporaryFolder();
  // Nobody listens there: the address that was asked for stands in the error.
  vi.stubEnv('RLT_HUB_URL', 'http://127.0.0.1:9');
  vi.stubEnv('RLT_CACHE', join(folder, 'cache'));
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const [revision, asked] of [
    [null, 'main'],
    ['v1.0', 'v1.0'],
  ]) {
    const adapter = adapterIn(join(folder, 'adapter'), { base_model_name_or_path: 'owner/name', revision });
    const error: unknown = await modelIn(adapter).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StorageError);
    expect((error as StorageError).message).toContain(`/api/models/owner/name/revision/${asked} could not be reached`);
  }
});

test('the folder of a stage or of a run is told which models lie below it', async () => {
  const folder = temporaryFolder();
  const [run, below] = [join(folder, 'run'), (stage: string) => join(folder, 'run', 'stages', stage)];
  for (const stage of ['01-warm-up', '02-teach']) {
    mkdirSync(join(below(stage), 'model'), { recursive: true });
    writeFileSync(join(below(stage), 'model', 'config.json'), '{}');
  }
  mkdirSync(below('03-explain'));
  const [first, second] = [join(below('01-warm-up'), 'model'), join(below('02-teach'), 'model')];
  await expect(modelIn(below('02-teach'))).rejects.toThrow(`Did you mean ${second}? Give a folder`);
  await expect(modelIn(run)).rejects.toThrow(`The models of this run: ${first}, ${second}. Give a folder`);
  await expect(modelIn(below('03-explain'))).rejects.toThrow(/\n {2}Give a folder with config\.json/);
});

test('a stage that was killed after it saved its model saves it again, with what stands beside it', async () => {
  const stage = temporaryFolder();
  const engine = await openLocalEngine({ threads: 1 });
  onTestFinished(() => engine.close());
  const policy = await engine.train({ kind: 'directory', directory: join(REWARD_GOLDENS, 'student') });
  const record = { format: 'paper', prompts: {} } as unknown as Parameters<typeof writeTrainingRecord>[1];
  for (const left of ['rlt.json', '.partial-rlt.json.1-2']) {
    await writeModelArtifact(stage, policy, (folder) => writeTrainingRecord(folder, record));
    writeFileSync(join(stage, 'model', left), '');
  }
  await writeModelArtifact(stage, policy, (folder) => writeTrainingRecord(folder, record));
  expect(readdirSync(join(stage, 'model'))).toContain('rlt.json');
  expect(readdirSync(join(stage, 'model'))).not.toContain('.partial-rlt.json.1-2');
});
