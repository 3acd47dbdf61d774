/** What saving may replace: nothing that is not itself what saving left. */
import { spawnSync } from 'node:child_process';
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.js';
import { goldenDirectory } from '../../testing/goldens.js';
import type { FrozenCopy, Policy } from '../engine.js';
import { openLocalEngine } from './local-engine.js';

const root = await realpath(await mkdtemp(join(tmpdir(), 'rlt-saving-')));
const engine = await openLocalEngine({ threads: 1 });
const base = join(root, 'base');
let policy: Policy;
let adapted: Policy;
let copy: FrozenCopy;
let scratch: string;
let places = 0;

beforeAll(async () => {
  await mkdir(base);
  for (const file of ['config.json', 'model.safetensors'])
    await cp(join(goldenDirectory('smollm2'), file), join(base, file));
  const source = { kind: 'directory', directory: base } as const;
  policy = await engine.train(source);
  adapted = await engine.train(source, { lora: { rank: 2, alpha: 4, targets: ['q_proj'], seed: 4 } });
  copy = await policy.freeze();
});
beforeEach(async () => {
  scratch = join(root, `test-${places++}`);
  await mkdir(scratch);
});
afterAll(async () => {
  await engine.close();
  await rm(root, { recursive: true, force: true });
});

const MODEL = ['config.json', 'model.safetensors'];
const ADAPTER = ['adapter_config.json', 'adapter_model.safetensors'];
const STATE = ['manifest.json', 'state.json', 'state.safetensors'];
const COPY = ['manifest.json', 'state.safetensors'];

const namesIn = async (directory: string) => (await readdir(directory)).sort();

/** Every file and folder below a directory, with what the files hold. */
async function contents(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    found[path] = entry.isFile() ? await readFile(path, 'latin1') : 'no file';
  }
  return found;
}

/** The error of a save, which must have changed nothing. */
async function refusal(save: () => Promise<unknown>): Promise<UsageError> {
  const before = await contents(scratch);
  const error: unknown = await save().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UsageError);
  expect(await contents(scratch)).toEqual(before);
  return error as UsageError;
}

describe.each([
  ['a model', (place: string) => policy.save(place), MODEL],
  ['an adapter', (place: string) => adapted.save(place), ADAPTER],
  ['a state', (place: string) => policy.saveState(place), STATE],
  ['the state of a copy', (place: string) => copy.saveState(place), COPY],
] as const)('saving %s', (_, save, names) => {
  it('goes into a new folder, into an empty one, and into the place of what it left', async () => {
    await mkdir(join(scratch, 'empty'));
    for (const place of ['new', 'empty', 'new', 'empty', 'above/below']) {
      await save(join(scratch, place));
      expect(await namesIn(join(scratch, place))).toEqual(names);
    }
    expect(await namesIn(scratch)).toEqual(['above', 'empty', 'new']);
  });

  it('refuses a folder with anything else in it, and names what stands in the way', async () => {
    const place = join(scratch, 'thesis');
    await mkdir(join(place, '.git'), { recursive: true });
    await mkdir(join(place, 'sub'));
    await writeFile(join(place, '.git', 'HEAD'), 'ref');
    for (const file of ['thesis.docx', 'u.txt', 'v.txt']) await writeFile(join(place, file), file);
    const error = await refusal(() => save(place));
    expect(error.summary).toContain('would delete .git/, sub/, thesis.docx and 2 more');
    expect(error.facts).toMatchObject({ file: place });
    expect(error.facts.remedy).toMatch(/^Name an empty or a new folder/);
  });

  it('refuses what it left once other files are there, but not for what file managers leave', async () => {
    const place = join(scratch, 'mine');
    await save(place);
    await writeFile(join(place, '.DS_Store'), '');
    await save(place);
    await writeFile(join(place, 'README.md'), 'notes');
    const error = await refusal(() => save(place));
    expect(error.summary).toMatch(/would delete README\.md$/);
  });

  it('refuses a folder in which another was saved', async () => {
    const place = join(scratch, 'outer');
    await save(place);
    await save(join(place, 'inner'));
    expect((await refusal(() => save(place))).summary).toMatch(/would delete inner\/$/);
  });

  it('refuses files with the right names that are not a save', async () => {
    const place = join(scratch, 'site');
    await mkdir(place);
    for (const file of ['config.json', 'manifest.json', 'LICENSE']) await writeFile(join(place, file), '{}');
    await refusal(() => save(place));
    // Only the names that this kind of save knows are there now, but no weights.
    await rm(join(place, names.includes('manifest.json') ? 'config.json' : 'manifest.json'));
    await refusal(() => save(place));
  });

  it('refuses a file', async () => {
    const place = join(scratch, 'afile');
    await writeFile(place, 'precious');
    const error = await refusal(() => save(place));
    expect(error.message).toMatch(/not a folder[\s\S]*afile[\s\S]*new folder/);
    await symlink(place, join(scratch, 'link'));
    await refusal(() => save(join(scratch, 'link')));
  });

  it('follows links to folders, by the same rule', async () => {
    const link = join(scratch, 'link');
    const place = join(scratch, 'elsewhere', 'place');
    // Relative, and to nothing yet.
    await symlink(join('elsewhere', 'place'), link);
    await save(link);
    await save(link);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await namesIn(place)).toEqual(names);
    expect(await namesIn(join(scratch, 'elsewhere'))).toEqual(['place']);
    await writeFile(join(place, 'notes.txt'), '');
    await refusal(() => save(link));
    await rm(join(place, 'notes.txt'));
    await symlink('circle', join(scratch, 'circle'));
    await expect(save(join(scratch, 'circle'))).rejects.toThrow('symbolic links lead in a circle');
  });

  it('refuses a folder with links among its files', async () => {
    const place = join(scratch, 'linked');
    await save(place);
    const file = join(place, names[0] ?? '');
    await rm(file);
    await symlink(join(base, 'config.json'), file);
    await refusal(() => save(place));
  });
});

it('a model takes the place of an adapter, and an adapter that of none but adapters; neither that of a state', async () => {
  const place = join(scratch, 'place');
  await adapted.save(place);
  await adapted.save(place);
  expect(await namesIn(place)).toEqual(ADAPTER);
  await policy.save(place);
  // What a run writes beside its models.
  await writeFile(join(place, 'rlt.json'), '{}');
  expect(await namesIn(place)).toEqual([...MODEL, 'rlt.json']);
  expect((await refusal(() => adapted.save(place))).summary).toContain('would delete config.json');
  expect(await namesIn(place)).toEqual([...MODEL, 'rlt.json']);
  await refusal(() => policy.saveState(place));
  await policy.saveState(join(scratch, 'state'));
  await refusal(() => policy.save(join(scratch, 'state')));
  await copy.saveState(join(scratch, 'state'));
  expect(await namesIn(join(scratch, 'state'))).toEqual(COPY);
});

it('refuses a folder that holds a model and an adapter: no save leaves both', async () => {
  const place = join(scratch, 'both');
  await policy.save(place);
  await adapted.save(join(scratch, 'adapter'));
  for (const file of ADAPTER) await cp(join(scratch, 'adapter', file), join(place, file));
  expect((await refusal(() => policy.save(place))).summary).toContain(`would delete ${ADAPTER.join(', ')}`);
});

it('an adapter does not take the place of its base, which it is nothing without', async () => {
  const own = join(scratch, 'own');
  await cp(base, own, { recursive: true });
  await symlink('own', join(scratch, 'link'));
  const lora = { rank: 2, alpha: 4, targets: ['q_proj'], seed: 4 } as const;
  const onOwn = await engine.train({ kind: 'directory', directory: own }, { lora });
  for (const place of [own, join(scratch, 'link')])
    expect((await refusal(() => onOwn.save(place))).message).toMatch(/base[\s\S]*another folder/);
  const whole = await engine.train({ kind: 'directory', directory: own });
  await whole.save(own);
  expect(await namesIn(own)).toEqual(MODEL);
});

it('a folder that someone writes into meanwhile is left as it is', async () => {
  const { writeSavedFolder } = await import('./files/saved-folder.js');
  const place = join(scratch, 'place');
  await policy.save(place);
  const saving = writeSavedFolder('model', place, async () => writeFile(join(place, 'notes.txt'), ''));
  await expect(saving).rejects.toThrow('would delete notes.txt');
  expect(await namesIn(place)).toEqual([...MODEL, 'notes.txt']);
  expect(await namesIn(scratch)).toEqual(['place']);
});

it.each(['with files', 'empty'])('refuses the working directory: one %s', async (how) => {
  const place = join(scratch, 'here');
  await mkdir(place);
  if (how !== 'empty') await writeFile(join(place, 'package.json'), '{}');
  const program = `
    import { openLocalEngine } from ${JSON.stringify(new URL('./local-engine.js', import.meta.url).href)};
    const engine = await openLocalEngine({ threads: 1 });
    const policy = await engine.train({ kind: 'directory', directory: ${JSON.stringify(base)} });
    for (const save of ['save', 'saveState']) console.log(await policy[save]('.').catch((error) => error.code));
    await policy.save('new');
    await engine.close();`;
  const command = ['--input-type=module', '-e', program];
  const { stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', cwd: place });
  expect([stdout, stderr]).toEqual(['usage\nusage\n', '']);
  expect(await namesIn(place)).toEqual(how === 'empty' ? ['new'] : ['new', 'package.json']);
});
