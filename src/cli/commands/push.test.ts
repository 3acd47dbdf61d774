import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { FakeHub, TOKEN } from '../../data/hub/testing/fake-hub.js';
import { HOSTILE, writeRun } from '../../views/testing/recorded-run.js';
import { runCommandLine } from '../testing/run-command.js';

const BASE = fileURLToPath(new URL('../../../models/base/', import.meta.url));

let folder: string;
let hub: FakeHub;
const at = (name: string): string => join(folder, name);
const model = (): string => at('run/stages/04-student/model');

const RECIPE = `name: mine
seed: 1
models: { start: { source: "hf:Somebody/Start@v1" } }
data:
  train: { source: ${join(homedir(), 'private/mine.jsonl')}, count: 12 }
  more: { source: "hf:open/problems/train" }
stages:
  - { stage: teach, name: teach, teacher: start, steps: 8 }
  - { stage: explain, name: explain, student: null }
  - { stage: evaluate, name: evaluate, students: { rlt: student, base: start } }
  - { stage: distill, name: student, student: start }
`;

/** A file of weights without any: the length of its header, and the header. */
const NO_TENSORS = Buffer.from('\x02\0\0\0\0\0\0\0{}');

const rlt = (...argv: readonly string[]) => runCommandLine(argv);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-push-'));
  await writeRun(at('run'));
  writeFileSync(at('run/recipe.yaml'), RECIPE);
  mkdirSync(at('run/stages/04-student'));
  cpSync(BASE, model(), { recursive: true });
});
beforeEach(async () => {
  hub = new FakeHub();
  hub.partBytes = 1e6;
  await hub.open();
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('HF_TOKEN', TOKEN);
});
afterEach(() => {
  hub.close();
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('--dry-run shows the card and the files, sends nothing, and needs no token', async () => {
  vi.stubEnv('HF_TOKEN', '');
  vi.stubEnv('HF_TOKEN_PATH', at('none'));
  const { code, stdout, stderr } = await rlt('push', model(), 'hf:me/mine', '--dry-run', '--license', 'mit');
  expect([code, stderr]).toEqual([0, '']);
  expect(hub.requests).toEqual([]);
  expect(stdout).toMatch(/^---\nlibrary_name: transformers\n/);
  expect(stdout).toContain('license: mit\nbase_model: Somebody/Start\ndatasets:\n  - open/problems\n');
  // What the student reads, by the layout that it was trained in.
  expect(stdout).toContain('Solve the problem.');
  expect(stdout).toContain('What is 17 + 25?');
  expect(stdout).toContain('vllm serve me/mine');
  expect(stdout).toContain('convert_hf_to_gguf.py');
  expect(stdout).toContain('This model is the student rlt.');
  expect(stdout).toMatch(/\| rlt \| held-out \| 66\.7 % \| 56\.7 to 76\.7 % \|/);
  expect(stdout).toMatch(/\nmodel\.safetensors +\d\.\d MB\n/);
  expect(stdout).toContain('Nothing was sent.');
  // Neither paths of this machine, nor texts of data.
  expect(stdout).toContain('.../mine.jsonl');
  expect(stdout).not.toContain(folder);
  if (homedir().length > 1) expect(stdout).not.toContain(homedir());
  for (const text of ['toys', HOSTILE[1]]) expect(stdout).not.toContain(text);
});

test('the card says how many problems the run read and held out, and no count that is of generated problems only', async () => {
  const dataOf = async (name: string, ...events: readonly object[]) => {
    cpSync(at('run'), at(name), { recursive: true });
    const lines = events.map((event) =>
      JSON.stringify({ time: '2026-01-01T00:00:00.000Z', event: 'data read', ...event }),
    );
    appendFileSync(at(`${name}/events.jsonl`), lines.map((line) => `${line}\n`).join(''));
    const { stdout } = await rlt('push', at(`${name}/stages/04-student/model`), 'hf:me/mine', '--dry-run');
    return /^## Data\n\n(.*?)\n\n/ms.exec(stdout)?.[1]?.split('\n');
  };
  expect(await dataOf('unrecorded')).toEqual(['- train: .../mine.jsonl', '- more: hf:open/problems/train']);
  expect(
    await dataOf(
      'recorded',
      { data: 'train', rows: 9, problems: 9, used: 9, heldOut: 0 },
      { data: 'train', rows: 85, problems: 82, used: 66, heldOut: 16 },
      { data: 'more', rows: 1, problems: 1, used: 1, heldOut: 0 },
    ),
  ).toEqual([
    '- train: .../mine.jsonl, 82 problems in 85 rows, 66 used and 16 held out',
    '- more: hf:open/problems/train, 1 problem',
  ]);
  expect(await dataOf('limited', { data: 'train', rows: 40, problems: 40, used: 10, heldOut: 0 })).toContain(
    '- train: .../mine.jsonl, 40 problems, 10 used',
  );
});

test('sends the model with its card; a second time there is nothing to send', async () => {
  const first = await rlt('push', model(), 'hf:me/mine', '--private');
  expect([first.code, first.stdout]).toEqual([0, `${hub.url}/me/mine: 6 files sent\n`]);
  const repository = hub.repositories.get('me/mine');
  expect(repository?.private).toBe(true);
  expect([...(repository?.files.keys() ?? [])].sort()).toEqual([
    'README.md',
    'config.json',
    'model.safetensors',
    'rlt.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  expect(repository?.files.get('model.safetensors')?.bytes.equals(readFileSync(join(BASE, 'model.safetensors')))).toBe(
    true,
  );
  const second = await rlt('push', model(), 'hf:me/mine', '--private');
  expect([second.code, second.stdout]).toEqual([0, `${hub.url}/me/mine: everything is there already\n`]);
});

test('data stay here unless they are named', async () => {
  cpSync(model(), at('mixed'), { recursive: true });
  mkdirSync(at('mixed/rollouts'));
  writeFileSync(at('mixed/rollouts/step-000000.parquet'), 'x');
  writeFileSync(at('mixed/notes.txt'), 'x');
  writeFileSync(at('mixed/.DS_Store'), 'x');
  const refused = await rlt('push', at('mixed'), 'hf:me/mine');
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('not of a model: notes.txt, rollouts/step-000000.parquet'),
  ]);
  expect(hub.requests).toEqual([]);
  const named = await rlt('push', at('mixed'), 'hf:me/mine', '--include', 'notes.txt', 'rollouts/step-000000.parquet');
  expect(named.code, named.stderr).toBe(0);
  expect([...(hub.repositories.get('me/mine')?.files.keys() ?? [])]).toContain('rollouts/step-000000.parquet');
  expect([...(hub.repositories.get('me/mine')?.files.keys() ?? [])]).not.toContain('.DS_Store');
  const unknown = await rlt('push', at('mixed'), 'hf:me/mine', '--include', 'nothing');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('no such file to include')]);
});

test('weights that were cut short, and shards that are missing, are refused before anything is sent', async () => {
  cpSync(model(), at('cut'), { recursive: true });
  const whole = readFileSync(at('cut/model.safetensors'));
  writeFileSync(at('cut/model.safetensors'), whole.subarray(0, whole.length - 4));
  for (const argv of [[], ['--dry-run']]) {
    const cut = await rlt('push', at('cut'), 'hf:me/mine', ...argv);
    expect([cut.code, cut.stdout]).toEqual([1, '']);
    expect(cut.stderr).toMatch(
      /^input: the tensors need \d+ bytes, but \d+ follow the header \(.*model\.safetensors\)\n {2}The file is damaged or was cut/,
    );
  }
  writeFileSync(at('cut/model.safetensors'), whole.subarray(0, 4));
  expect((await rlt('push', at('cut'), 'hf:me/mine')).stderr).toMatch(/4 bytes are too few/);
  writeFileSync(at('cut/model.safetensors'), whole);
  const index = { weight_map: { a: 'model.safetensors', b: 'model-00002-of-00002.safetensors' } };
  writeFileSync(at('cut/model.safetensors.index.json'), JSON.stringify(index));
  const missing = await rlt('push', at('cut'), 'hf:me/mine');
  expect([missing.code, missing.stderr]).toEqual([
    1,
    expect.stringMatching(/the shard model-00002-of-00002\.safetensors that the index names is missing/),
  ]);
  expect(hub.requests).toEqual([]);
});

test('a license is one that the hub knows', async () => {
  const typo = await rlt('push', model(), 'hf:me/mine', '--license', 'apache2.0');
  expect([typo.code, typo.stdout]).toEqual([2, '']);
  expect(typo.stderr).toMatch(/the hub knows no license "apache2\.0"\n {2}Did you mean "apache-2\.0"\?/);
  const unknown = await rlt('push', model(), 'hf:me/mine', '--license', 'of my own');
  expect(unknown.stderr).toMatch(/knows no license "of my own"\n {2}The identifiers are at https:/);
  const other = await rlt('push', model(), 'hf:me/mine', '--license', 'other', '--dry-run');
  expect([other.code, other.stderr]).toEqual([0, expect.stringContaining('put its text into a file LICENSE')]);
  expect(other.stdout).toContain('license: other\n');
  cpSync(model(), at('licensed'), { recursive: true });
  writeFileSync(at('licensed/LICENSE.txt'), 'Do what you like.');
  const told = await rlt('push', at('licensed'), 'hf:me/mine', '--license', 'other', '--dry-run');
  expect([told.code, told.stderr]).toEqual([0, '']);
  expect(hub.requests).toEqual([]);
});

test('links that leave the directory are refused, those within it are followed', async () => {
  cpSync(model(), at('linked'), { recursive: true });
  writeFileSync(at('secret.json'), '{}');
  rmSync(at('linked/rlt.json'));
  symlinkSync(at('secret.json'), at('linked/rlt.json'));
  const refused = await rlt('push', at('linked'), 'hf:me/mine');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('leads out of the directory')]);
  expect(hub.requests).toEqual([]);
  rmSync(at('linked/rlt.json'));
  symlinkSync('config.json', at('linked/generation_config.json'));
  expect((await rlt('push', at('linked'), 'hf:me/mine')).code).toBe(0);
  expect(hub.text('me/mine', 'generation_config.json')).toBe(readFileSync(at('linked/config.json'), 'utf8'));
});

test('configurations lose paths of this machine; an adapter needs a base that others have', async () => {
  cpSync(model(), at('pathed'), { recursive: true });
  const config = JSON.parse(readFileSync(at('pathed/config.json'), 'utf8'));
  writeFileSync(at('pathed/config.json'), JSON.stringify({ ...config, _name_or_path: '/home/me/model' }));
  expect((await rlt('push', at('pathed'), 'hf:me/mine')).code).toBe(0);
  expect(JSON.parse(hub.text('me/mine', 'config.json') ?? '')).toEqual(config);

  mkdirSync(at('adapter'));
  writeFileSync(
    at('adapter/adapter_config.json'),
    JSON.stringify({ base_model_name_or_path: `../pathed`, peft_type: 'LORA' }),
  );
  writeFileSync(at('adapter/adapter_model.safetensors'), NO_TENSORS);
  cpSync(join(BASE, 'rlt.json'), at('adapter/rlt.json'));
  const refused = await rlt('push', at('adapter'), 'hf:me/adapter');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--base-model owner/name')]);
  expect((await rlt('push', at('adapter'), 'hf:me/adapter', '--base-model', 'me/mine')).code).toBe(0);
  expect(JSON.parse(hub.text('me/adapter', 'adapter_config.json') ?? '')).toEqual({
    base_model_name_or_path: 'me/mine',
    peft_type: 'LORA',
  });
  const card = hub.text('me/adapter', 'README.md') ?? '';
  expect(card).toContain('library_name: peft');
  expect(card).toContain('base_model: me/mine');
  expect(card).toContain('--lora-modules');
  expect(card).toContain('What is 17 + 25?');
});

test('a card of your own is sent as it is, unless it holds the token', async () => {
  cpSync(model(), at('own'), { recursive: true });
  writeFileSync(at('own/README.md'), '# Mine\n');
  expect((await rlt('push', at('own'), 'hf:me/own')).code).toBe(0);
  expect(hub.text('me/own', 'README.md')).toBe('# Mine\n');
  writeFileSync(at('own/README.md'), `use ${TOKEN}`);
  const refused = await rlt('push', at('own'), 'hf:me/other');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('holds your token')]);
  expect(refused.stderr).not.toContain(TOKEN);
  expect(hub.repositories.has('me/other')).toBe(false);
});

test('what cannot be sent says why', async () => {
  const name = await rlt('push', model(), 'me/mine');
  expect([name.code, name.stderr]).toEqual([2, expect.stringContaining('Write hf:owner/name')]);
  const none = await rlt('push', at('run'), 'hf:me/mine');
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('stages/04-student/model')]);
  const absent = await rlt('push', at('nowhere'), 'hf:me/mine');
  expect([absent.code, absent.stderr]).toEqual([2, expect.stringContaining('there is no such model or run')]);
  const run = await rlt('push', model(), 'hf:me/mine', '--run', at('nowhere'));
  expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('there is no run here')]);
  expect(hub.requests).toEqual([]);
  expect(existsSync(at('run/recipe.yaml'))).toBe(true);
});
