// What the tinker engine finds on a server of the protocol, and whether it learns there:
//   node scripts/interop/tinker-server.mjs URL MODEL TOKENIZER WORK
// MODEL is the server's name for the base, TOKENIZER a folder with its tokenizer and config.json. Into WORK goes
// gradients.json, which scripts/interop/autograd.py compares with PyTorch.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readKey } from '../../dist/engine/remote/credentials.js';
import { Session } from '../../dist/engine/tinker/client/session.js';
import { TIMES } from '../../dist/engine/tinker/client/times.js';
import { Transport } from '../../dist/engine/tinker/client/transport.js';
import { probe } from '../../dist/engine/tinker/probe/probe.js';
import { readWeightsPath } from '../../dist/engine/tinker/protocol/storage.js';
import { openTinkerEngine } from '../../dist/engine/tinker/tinker-engine.js';
import { randomKey } from '../../dist/random.js';
import { tokenIds } from '../../dist/text/tokens.js';

const [url, name, tokenizer, work] = process.argv.slice(2);
if (work === undefined) {
  console.error('usage: node scripts/interop/tinker-server.mjs URL MODEL TOKENIZER WORK');
  process.exit(2);
}

const began = Date.now();
const say = (text) => console.log(`[${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s] ${text}`);
let failures = 0;
function report(what, holds, shown) {
  if (!holds) failures += 1;
  say(`${holds ? 'ok    ' : 'FAILED'} ${what}: ${shown}`);
}

const settings = {
  url,
  apiKeyVariable: 'TINKER_API_KEY',
  apiKeyFile: null,
  probe: true,
  probeModel: null,
  scoring: 'trainer',
  contextTokens: null,
};
const key = await readKey(settings);
const transport = new Transport({ url, keys: settings, key, agent: 'rlt', times: TIMES });
const session = await Session.open(transport, 'rlt');
say(`the probe finds ${JSON.stringify(await probe(session, null), null, 2)}`);
await session.close('success');

const engine = await openTinkerEngine(settings);
say(`the engine's profile is ${JSON.stringify(engine.profile, null, 2)}`);
const samples = engine.profile.sampledLogProbs !== 'none';
const source = { kind: 'served', name, tokenizer };
const targets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
const lora = { rank: 8, alpha: 32, targets, seed: 7 };
const sequence = (ids, weights) => ({
  ids: tokenIds(ids),
  positions: weights.map((_, i) => i + 1),
  weights,
  temperature: 1,
});

// An epsilon far above every gradient makes a step of Adam one along the gradient: what it adds to the adapter is the
// gradient times the scale.
const SCALE = 0.01;
const ALONG = { learningRate: 1e8 * SCALE, beta1: 0, beta2: 0, epsilon: 1e8, weightDecay: 0 };
const ONES = [sequence([5, 17, 9, 33, 12, 28], [1, 1, 1, 1, 1]), sequence([40, 7, 301, 22], [1, 1, 1])];
const SIGNED = [sequence([5, 17, 9, 33, 12, 28], [1, -0.5, 0, 2, -1]), sequence([40, 7, 301, 22], [0.5, 1, -0.25])];
const NEGATIVE = SIGNED.map(({ ids, weights }) =>
  sequence(
    [...ids],
    weights.map((weight) => -weight),
  ),
);

const call = async (path, body) => {
  const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'x-api-key': key }) };
  const response = await fetch(new URL(`/api/v1/${path}`, url), {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const reply = await response.json();
  if (response.ok) return reply;
  throw new Error(`${path}: ${response.status} ${JSON.stringify(reply)}`);
};
async function later(path, body) {
  const { request_id } = await call(path, body);
  for (;;) {
    const reply = await call('retrieve_future', { request_id, allow_metadata_only: false });
    if (reply.type !== 'try_again') return reply;
  }
}

try {
  // The last step of each list is compared, from the adapter that the step before it left; the first one of all is from
  // an adapter whose B is 0.
  const exported = [];
  for (const [what, steps] of Object.entries({ ones: [ONES], signed: [ONES, SIGNED], negative: [ONES, NEGATIVE] })) {
    const policy = await engine.train(source, { lora });
    const adapters = [];
    let logProbs = [];
    for (const [i, batch] of steps.entries()) {
      const [rows] = await Promise.all([policy.accumulate(batch), policy.step(ALONG)]);
      logProbs = rows.map((row) => [...row]);
      const saved = await policy.save('gradient');
      const { run, name: file } = readWeightsPath(saved.name);
      // TuFT writes a PEFT folder whenever it saves; SkyRL packs one for its sampler alone.
      const packed = `${what}-${i}`;
      if (samples) await later('save_weights_for_sampler', { model_id: run, path: packed });
      adapters.push({ run, file: samples ? packed : file });
    }
    const batch = steps.at(-1).map(({ ids, weights }) => ({ ids: [...ids], weights }));
    exported.push({ what, adapters, scale: SCALE, batch, logProbs });
    await policy.close();
    say(`gradient ${what}: adapter saved`);
  }
  await mkdir(work, { recursive: true });
  await writeFile(join(work, 'gradients.json'), JSON.stringify(exported, null, 1));

  const adam = { learningRate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 };
  const sft = await engine.train(source, { lora });
  const losses = [];
  for (let step = 0; step < 8; step++) {
    const [rows] = await Promise.all([sft.accumulate(ONES), sft.step(adam)]);
    losses.push(-rows.reduce((total, row) => total + row.reduce((sum, value) => sum + value, 0), 0));
  }
  await sft.close();
  report('SFT lowers the loss', losses.at(-1) < losses[0] - 1, losses.map((loss) => loss.toFixed(2)).join(' '));

  if (!samples) {
    const policy = await engine.train(source, { lora });
    const settings = { temperature: 1, maxTokens: 4, stopIds: tokenIds([]) };
    const request = { prompt: tokenIds([5, 17, 9]), count: 1, key: randomKey(1), settings };
    const refusal = await policy.sample([request]).then(
      () => undefined,
      (error) => error,
    );
    await policy.close();
    report('GRPO needs samples, which are refused', refusal?.code === 'unsupported', refusal?.message);
  } else {
    // The reward is the share of tokens from the upper half of the vocabulary, of which the base samples a fifth.
    const policy = await engine.train(source, { lora });
    const prompts = [tokenIds([5, 17, 9]), tokenIds([40, 7, 301])];
    const [count, maxTokens] = [16, 8];
    const rewards = [];
    for (let step = 0; step < 16; step++) {
      const groups = await policy.sample(
        prompts.map((prompt, p) => ({
          prompt,
          count,
          key: randomKey(3, step, p),
          settings: { temperature: 1, maxTokens, stopIds: tokenIds([]) },
        })),
      );
      const batch = groups.flatMap((completions, p) => {
        const scores = completions.map(({ ids }) => ids.filter((id) => id >= 320).length / ids.length);
        const mean = scores.reduce((total, score) => total + score, 0) / count;
        const deviation = Math.sqrt(scores.reduce((total, score) => total + (score - mean) ** 2, 0) / count);
        rewards.push(mean);
        return completions.map(({ ids }, i) => ({
          ids: tokenIds([...prompts[p], ...ids]),
          positions: ids.map((_, t) => prompts[p].length + t),
          weights: ids.map(() => (scores[i] - mean) / (deviation + 1e-6) / (2 * count * maxTokens)),
          temperature: 1,
        }));
      });
      await Promise.all([policy.accumulate(batch), policy.step(adam)]);
    }
    await policy.close();
    const means = Array.from({ length: 16 }, (_, step) => (rewards[2 * step] + rewards[2 * step + 1]) / 2);
    const [before, after] = [means.slice(0, 3), means.slice(-3)].map((all) => all.reduce((a, b) => a + b) / 3);
    report('GRPO raises the reward', after > before + 0.2, means.map((mean) => mean.toFixed(2)).join(' '));
  }
} finally {
  await engine.close();
}
say(failures === 0 ? 'all hold' : `${failures} do not hold`);
process.exitCode = failures === 0 ? 0 : 1;
