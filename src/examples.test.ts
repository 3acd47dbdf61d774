/** The examples compile against the package as its users see it, run, and print what they promise. */
import { exec, execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EXAMPLES = join(ROOT, 'examples');
const MINUTES = 60_000;

let folder = '';

/** Runs Node in the root of the package; rejects with what the program wrote to standard error when it fails. */
async function node(...argv: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd: ROOT });
  return stdout;
}

/** What `npm run example NAME ...` prints, without building first. */
const example = (...argv: readonly string[]): Promise<string> => node(join(EXAMPLES, 'run.mjs'), ...argv);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-examples-'));
  await promisify(exec)('npx --no-install tsc -p examples', { cwd: ROOT });
}, 5 * MINUTES);
afterAll(() => rm(folder, { recursive: true, force: true }));

const files = async () => (await readdir(EXAMPLES)).filter((file) => file.endsWith('.ts'));

test('every example imports from the package alone, says how it is run, and is in the README', async () => {
  const readme = await readFile(join(EXAMPLES, 'README.md'), 'utf8');
  for (const file of await files()) {
    const text = await readFile(join(EXAMPLES, file), 'utf8');
    const modules = [...text.matchAll(/ from '([^']+)'/g)].map(([, module = '']) => module);
    expect(modules.filter((module) => module !== 'rlt' && !module.startsWith('node:'))).toEqual([]);
    const command = `npm run example ${file.replace(/\.ts$/, '')}`;
    expect(text.slice(0, text.indexOf('*/'))).toContain(command);
    expect(readme).toContain(`\`${command}\``);
  }
});

test(
  'rl-loop warms up teacher and student, and prints the reward with its two terms at each step',
  async () => {
    const out = await example('rl-loop', '2', '1');
    expect(out).toMatch(/^teacher step +1 +loss +\d/m);
    expect(out).toMatch(/^student step +1 +loss +\d/m);
    const [, reward, solution, kl, reference] =
      /^step +0 +reward +(\S+) +r_SS +(\S+) +r_KL +(\S+) +KL to reference +(\S+) +calculating/m.exec(out) ?? [];
    // Penalties are all that the reward has beside its terms, and the policy has not left the reference yet.
    expect(Number(reward)).toBeLessThanOrEqual(Number(solution) - Number(kl) + 0.002);
    expect(Number(solution)).toBeLessThan(0);
    expect(Number(reference)).toBe(0);
    expect(out.match(/^explanation /gm)).toHaveLength(8);
  },
  5 * MINUTES,
);

test(
  'own-reward prints the mean of its reward at each step and leaves a model, which own-benchmark measures',
  async () => {
    const model = join(folder, 'own-reward');
    const out = await example('own-reward', '2', model);
    for (const [, reward] of out.matchAll(/^step +\d +reward (\S+)/gm)) {
      expect(Number(reward)).toBeGreaterThanOrEqual(0);
      expect(Number(reward)).toBeLessThanOrEqual(1.5);
    }
    expect(out.match(/^step /gm)).toHaveLength(2);
    expect(await readdir(model)).toEqual(
      expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']),
    );

    const measured = await example('own-benchmark', model, '1');
    const accuracies = [...measured.matchAll(/^(\w+) +accuracy (\S+) % \(95 % interval (\S+) to (\S+)\)/gm)];
    expect(accuracies.map(([, grader]) => grader)).toEqual(['integer', 'nearly']);
    for (const [, , value, low, high] of accuracies) {
      expect(Number(low)).toBeLessThanOrEqual(Number(value));
      expect(Number(high)).toBeGreaterThanOrEqual(Number(value));
    }
    // A grader that lets one-off answers pass finds no fewer right ones.
    expect(Number(accuracies[1]?.[2])).toBeGreaterThanOrEqual(Number(accuracies[0]?.[2]));
  },
  5 * MINUTES,
);

test(
  'own-task writes distinct problems with true traces, and a recipe runs on them',
  async () => {
    const out = await example('own-task', join(folder, 'own-task'), '2');
    const [training, heldOut] = await Promise.all(
      ['train', 'held-out'].map(async (name) =>
        (await readFile(join(folder, 'own-task', `${name}.jsonl`), 'utf8'))
          .trimEnd()
          .split('\n')
          .map((line): { question: string; answer: string; reasoning_trace: string } => JSON.parse(line)),
      ),
    );
    const questions = [...(training ?? []), ...(heldOut ?? [])].map(({ question }) => question);
    expect([questions.length, new Set(questions).size]).toEqual([140, 140]);
    for (const { question, answer } of training ?? []) {
      const [hour = 0, hours = 0] = (question.match(/\d+/g) ?? []).map(Number);
      expect((hour + hours - Number(answer)) % 12).toBe(0);
    }
    expect(training?.every(({ reasoning_trace: trace }) => trace.includes(' = '))).toBe(true);
    expect(out).toMatch(/^before +accuracy \S+ % \(95 % interval \S+ to \S+\)$/m);
    expect(out).toMatch(/^after +accuracy \S+ %/m);
  },
  5 * MINUTES,
);

test(
  'own-engine runs a recipe on an engine that the program brings, and counts its calls and tokens',
  async () => {
    const out = await example('own-engine', join(folder, 'own-engine'));
    const counts = Object.fromEntries(
      [...out.matchAll(/^(\w+) +(\d+) +(\d+)$/gm)].map(([, method = '', calls, tokens]) => [
        method,
        { calls: Number(calls), tokens: Number(tokens) },
      ]),
    );
    // 16 steps of warm-up and two of GRPO; the reference is frozen once and follows after the second.
    expect(counts).toMatchObject({ accumulate: { calls: 18 }, step: { calls: 18 }, sample: { calls: 2 } });
    expect(counts).toMatchObject({ freeze: { calls: 1 }, blendInto: { calls: 1 }, save: { calls: 2 } });
    expect(counts.sample?.tokens).toBeGreaterThan(0);
    expect(counts.logProbs?.tokens).toBeGreaterThan(0);
    expect(await example('own-engine', join(folder, 'own-engine'))).toContain('nothing was left to do');
  },
  5 * MINUTES,
);

test('a name that is not an example is answered with those that are', async () => {
  const run = example('own-benchmrk');
  await expect(run).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('own-benchmark, own-engine') });
});
