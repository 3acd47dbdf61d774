/** RLT with a server of the completions API beside the local engine: as frozen student, and as sampler of the policy. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeServer, fakeCompletions } from '../engine/testing/fake-completions.js';
import { RecipeError } from '../errors.js';
import { loadRecipe, parseRecipe } from '../recipe/load.js';
import type { Recipe } from '../recipe/schema.js';
import { quietProgress } from '../run/progress.js';
import { runRecipe } from './run-recipe.js';
import { linesOf, SUMS, TINY } from './testing/rlt.js';

const quiet = { resume: false, progress: quietProgress, signal: new AbortController().signal };
const threads = { kind: 'local', threads: 1, activationMiB: 16, cacheMiB: 16 };

let folder: string;
/** A teacher that ends its explanations, and the model from which it was tuned. */
let base: string;
let plain: string;
const servers: FakeServer[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-completions-run-'));
  const runDirectory = join(folder, 'base');
  await runRecipe(await loadRecipe(TINY), { ...quiet, runDirectory, only: ['base', 'warm-up'] });
  plain = join(runDirectory, 'stages', '01-base', 'model');
  base = join(runDirectory, 'stages', '02-warm-up', 'model');
}, 240_000);
afterAll(async () => {
  for (const server of servers) await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(settings: Partial<Parameters<typeof fakeCompletions>[0]> = {}): Promise<FakeServer> {
  const server = await fakeCompletions({ models: { base }, ...settings });
  servers.push(server);
  return server;
}

/** Teacher on the local engine; student and sampler where they are given. */
function method(student: FakeServer | undefined, sampler: FakeServer | undefined, lora: object | null): Recipe {
  const engine = ({ url }: FakeServer) => ({ kind: 'openai', url, requestsInFlight: 8 });
  const samplerName = sampler === student ? 'judge' : 'sampler';
  return parseRecipe({
    name: 'method',
    seed: 3,
    engine: threads,
    engines: {
      ...(student && { judge: engine(student) }),
      ...(sampler && { [samplerName]: engine(sampler) }),
    },
    prompts: { teacher: 'Explain.', student: 'Solve.' },
    models: {
      base: { source: base, ...(sampler && { sampler: samplerName }) },
      frozen: student ? { source: 'served:base', tokenizer: base, engine: 'judge' } : { source: base },
    },
    data: { sums: { source: SUMS, heldOut: 4 } },
    stages: [
      {
        stage: 'teach',
        teacher: 'base',
        student: 'frozen',
        data: 'sums',
        steps: 3,
        prompts: 2,
        samples: 8,
        sampling: { maxTokens: 12 },
        reference: { everySteps: 2 },
        reward: { temperature: 1 },
        optimiser: { learningRate: 0.001 },
        lora,
      },
      {
        stage: 'evaluate',
        students: { base: 'frozen' },
        problems: { sums: 'sums.held-out' },
        grader: 'integer',
        sampling: { maxTokens: 12, temperature: 1 },
      },
    ],
  });
}

const metric = (run: string, name: string): readonly number[] =>
  linesOf(join(run, 'metrics.jsonl')).flatMap((line) => (line.stage === 'teach' ? [Number(line[name])] : []));
const calls = ({ seen }: FakeServer, call: string) => seen.filter((one) => one.call === call);

test('a frozen student on the server gives the rewards of the local one', async () => {
  const [here, there] = [join(folder, 'here'), join(folder, 'there')];
  await runRecipe(method(undefined, undefined, null), { ...quiet, runDirectory: here });
  const student = await serve();
  const { results } = await runRecipe(method(student, undefined, null), { ...quiet, runDirectory: there });
  expect(metric(there, 'reward')).toHaveLength(3);
  expect(metric(there, 'reward')[0]).toBeCloseTo(metric(here, 'reward')[0] ?? Number.NaN, 3);
  expect(results[0]).toMatchObject({ student: 'base', problems: 4 });
  expect(calls(student, 'POST /collective_rpc')).toEqual([]);
}, 240_000);

test('a sampler beside the trainer gets all weights after each step, and its own in the end', async () => {
  const [student, sampler] = [await serve(), await serve()];
  const run = join(folder, 'weights');
  await runRecipe(method(student, sampler, null), { ...quiet, runDirectory: run });
  expect(metric(run, 'reward').every(Number.isFinite)).toBe(true);
  const reloaded = calls(sampler, 'POST /collective_rpc').map(
    ({ body }) => (body.kwargs as { weights_path: string }).weights_path,
  );
  expect(reloaded).toHaveLength(4);
  expect(reloaded.at(-1)).toBe(base);
  expect(calls(sampler, 'POST /update_weight_version').at(-1)?.body).toEqual({ new_version: 'default' });
  expect(calls(sampler, 'POST /v1/completions').length).toBeGreaterThanOrEqual(3 * 2 * 8);
}, 240_000);

test('one server is both frozen student and sampler of an adapter; of all weights it refuses to be', async () => {
  const server = await serve();
  const run = join(folder, 'adapter');
  await runRecipe(method(server, server, { rank: 2, alpha: 4 }), { ...quiet, runDirectory: run });
  expect(metric(run, 'reward')).toHaveLength(3);
  // At the start each engine asks for an adapter that is not there, to see whether the server takes any.
  const loads = calls(server, 'POST /v1/load_lora_adapter').filter(
    ({ body }) => !String(body.lora_path).startsWith('/rlt-'),
  );
  expect(loads).toHaveLength(3);
  expect(calls(server, 'POST /v1/unload_lora_adapter')).toHaveLength(loads.length);
  expect(calls(server, 'POST /collective_rpc')).toEqual([]);
  // An adapter is right only on the weights on which it learnt.
  const other = await serve({ models: { base: plain } });
  await expect(
    runRecipe(method(undefined, other, { rank: 2, alpha: 4 }), { ...quiet, runDirectory: join(folder, 'other') }),
  ).rejects.toThrow(/the adapter is on the weights in .*, and base on the server is from/);
  await expect(
    runRecipe(method(server, server, null), { ...quiet, runDirectory: join(folder, 'both') }),
  ).rejects.toThrow(/two servers/);
}, 240_000);

test("a student on llama.cpp's server is refused before anything runs: it scores nothing", async () => {
  const server = await serve({ kind: 'llamacpp' });
  const run = runRecipe(method(server, undefined, null), { ...quiet, runDirectory: join(folder, 'llama') });
  await expect(run).rejects.toThrow(RecipeError);
  await expect(run).rejects.toThrow(/computes no log-probs of given texts/);
}, 120_000);
