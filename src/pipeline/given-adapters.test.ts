/** Models that come with an adapter: what does not fit is refused before a run, by a dry run too. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRecipe } from '../recipe/load.js';
import { dryRun } from './dry-run.js';
import { runRecipe } from './run-recipe.js';

let folder: string;
let adapter: string;

const recipe = (base: object | string, lora: object) =>
  parseRecipe({
    name: 'adapted',
    engine: { kind: 'local', threads: 1 },
    prompts: { teacher: 'Explain the solution.', student: 'Solve the problem.' },
    models: { base },
    data: { train: { source: 'task:word-problems', count: 4 } },
    stages: [
      {
        stage: 'distill',
        name: 'learnt',
        student: 'base',
        traces: 'train',
        learn: 'solution',
        steps: 1,
        batch: 2,
        maxTokens: 200,
        lora,
      },
    ],
  });
const KINDS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-given-adapters-'));
  await runRecipe(recipe('builtin:base', { rank: 4 }), { runDirectory: join(folder, 'run') });
  adapter = join(folder, 'run', 'stages', '01-learnt', 'model');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the adapter with other words in its settings. */
function copied(name: string, ...changes: readonly (readonly [string, string])[]): string {
  const copy = join(folder, name);
  cpSync(adapter, copy, { recursive: true });
  const file = join(copy, 'adapter_config.json');
  writeFileSync(
    file,
    changes.reduce((text, [from, to]) => text.replace(from, to), readFileSync(file, 'utf8')),
  );
  return copy;
}

const out = () => join(folder, 'out');
const planned = (base: object, lora: object) =>
  dryRun(recipe(base, lora), { runDirectory: out(), only: undefined, resume: false });
const ran = (base: object, lora: object) => runRecipe(recipe(base, lora), { runDirectory: out() });

describe('the adapter of a model in few bits', () => {
  test.each([
    ['of another rank', { rank: 8 }],
    ['of another alpha', { rank: 4, alpha: 8 }],
    ['on other layers', { rank: 4, targets: ['q_proj'] }],
  ])('is not merged to train one %s, which is refused before anything runs', async (_, lora) => {
    const message = /the adapter of models\.base cannot be merged into weights of 8 bits .*field stages\.learnt\.lora/;
    for (const base of [
      { source: 'builtin:base', adapter, bits: 8 },
      { source: adapter, bits: 8 },
    ]) {
      await expect(planned(base, lora)).rejects.toThrow(message);
      await expect(ran(base, lora)).rejects.toThrow(message);
      await expect(planned(base, lora)).rejects.toThrow(`{ rank: 4, alpha: 32, targets: [${KINDS.join(', ')}] }`);
    }
    expect(existsSync(out())).toBe(false);
  });

  test('is trained further where its form is that of the settings, which the refusal says', async () => {
    const scaled = copied('scaled', ['"use_rslora": false', '"use_rslora": true']);
    const base = { source: 'builtin:base', adapter: scaled, bits: 4 };
    await expect(planned(base, { rank: 4 })).rejects.toThrow('{ rank: 4, alpha: 64, targets');
    await planned(base, { rank: 4, alpha: 64, targets: KINDS });
    await planned({ source: adapter, bits: 8 }, { rank: 4, targets: KINDS.toReversed() });
    const uneven = copied('uneven', ['"use_rslora": false', '"alpha_pattern": { "q_proj": 7 }']);
    const none = planned({ source: 'builtin:base', adapter: uneven, bits: 8 }, { rank: 4 });
    await expect(none).rejects.toThrow('No lora has its form');
  });

  test('is merged in float32', async () => {
    await planned({ source: 'builtin:base', adapter }, { rank: 8 });
  });
});

test.each([
  ['settings of another rank', () => undefined, [['"r": 4', '"r": 5']], 'where rank and layer give [5,'],
  ['layers of another model', () => undefined, [['"q_proj"', '"c_attn"']], 'belongs to no targeted layer'],
  ['another kind', () => undefined, [['"LORA"', '"IA3"']], 'an adapter of type "IA3"'],
  [
    'a file that was cut short',
    (copy: string) => truncateSync(join(copy, 'adapter_model.safetensors'), 4000),
    [],
    'but the file ends after 4000',
  ],
  [
    'no weights',
    (copy: string) => rmSync(join(copy, 'adapter_model.safetensors')),
    [],
    'there is no such file or directory',
  ],
] as const)('an adapter with %s is refused before the run', async (name, damage, changes, message) => {
  const copy = copied(name.replaceAll(' ', '-'), ...changes);
  damage(copy);
  await expect(planned({ source: 'builtin:base', adapter: copy }, { rank: 4 })).rejects.toThrow(message);
});
