// Compares a real vLLM server with the local engine on the same model: node scripts/interop/vllm.mjs URL DIRECTORY
// docs/engines.md has the command that starts the server. Everything is float32; log-probs must agree to 1e-4.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalEngine } from '../../dist/engine/local/local-engine.js';
import { openCompletionsEngine } from '../../dist/engine/openai/completions-engine.js';
import { randomKey } from '../../dist/random.js';
import { loadTokenizer } from '../../dist/text/tokenizer.js';
import { concatIds, tokenIds } from '../../dist/text/tokens.js';

const [url, directory, name] = process.argv.slice(2);
if (directory === undefined) {
  console.error('usage: node scripts/interop/vllm.mjs URL DIRECTORY [NAME OF THE MODEL ON THE SERVER]');
  process.exit(2);
}

const settings = {
  url,
  apiKeyVariable: 'OPENAI_API_KEY',
  apiKeyFile: null,
  model: null,
  requestsInFlight: 16,
  timeoutSeconds: 600,
};
const tokenizer = await loadTokenizer(directory);
const prompt = tokenizer.encode('The capital of Italy is Rome, and that of France is');
const local = await openLocalEngine({ threads: 1 });
const vllm = await openCompletionsEngine(settings);
const scratch = await mkdtemp(join(tmpdir(), 'rlt-vllm-'));
let failures = 0;

const farthest = (a, b) => Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
function report(what, distance, limit = 1e-4) {
  const holds = distance <= limit;
  if (!holds) failures += 1;
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}: ${distance.toExponential(2)}`);
}
const whole = (ids) => ({ ids, positions: ids.slice(1).map((_, i) => i + 1), temperature: 1 });
const request = (temperature, count = 4) => ({
  prompt,
  count,
  key: randomKey(1),
  settings: { temperature, maxTokens: 16, stopIds: tokenIds([]) },
});

try {
  console.log(JSON.stringify(vllm.profile, null, 2));
  const here = await local.open({ kind: 'directory', directory });
  const list = await (await fetch(new URL('/v1/models', url))).json();
  const student = await vllm.open({ kind: 'served', name: name ?? list.data[0].id, tokenizer: directory });
  console.log(`context ${student.facts.contextTokens}, vocabulary ${student.facts.vocabularySize}`);

  const sampled = await student.sample([request(0.7), request(0)]);
  const sequences = sampled.flat().map(({ ids }) => whole(concatIds(prompt, ids)));
  const [there, exact] = [await student.logProbs(sequences), await here.logProbs(sequences)];
  report('scoring, vLLM against the local engine', Math.max(...there.map((row, i) => farthest(row, exact[i]))));
  for (const [i, { logProbs }] of sampled[0].entries()) {
    if (logProbs.of === 'none') continue;
    const temperature = logProbs.of === 'raw' ? 1 : 0.7;
    const [expected] = await here.logProbs([{ ...sequences[i], temperature }]);
    report(`sampled log-probs (${logProbs.of})`, farthest(logProbs.values, expected.slice(prompt.length - 1)));
  }
  const again = await student.sample([request(0.7)]);
  const same = again[0].every(({ ids }, i) => String(ids) === String(sampled[0][i].ids));
  console.log(`equal seeds give ${same ? 'equal' : 'DIFFERENT'} samples`);
  const [greedy] = await here.sample([request(0, 1)]);
  console.log(`greedy: ${String(greedy[0].ids) === String(sampled[1][0].ids) ? 'equal' : 'DIFFERENT'}`);

  const adam = { learningRate: 1e-3, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 };
  const lora = { rank: 8, alpha: 16, targets: ['q_proj', 'v_proj', 'down_proj'], seed: 1 };
  const learn = async (policy) => {
    const [first] = sequences;
    await policy.accumulate([{ ...first, weights: first.positions.map(() => 1) }]);
    await policy.step(adam);
  };
  const compare = async (what, policy, model) => {
    const [a, b] = [await model.logProbs(sequences), await policy.logProbs(sequences)];
    report(what, Math.max(...a.map((row, i) => farthest(row, b[i]))));
  };
  if (vllm.profile.sources.includes('directory')) {
    const adapted = await local.train({ kind: 'directory', directory }, { lora });
    await learn(adapted);
    const onServer = await vllm.open(await adapted.save(join(scratch, 'adapter')));
    await compare('an adapter after a step', adapted, onServer);
    await onServer.close();
    await student.close();
    const policy = await local.train({ kind: 'directory', directory });
    await learn(policy);
    const replaced = await vllm.open(await policy.save(join(scratch, 'weights')));
    await compare('all weights after a step', policy, replaced);
    await replaced.close();
    const restored = await vllm.open({ kind: 'served', name: name ?? list.data[0].id, tokenizer: directory });
    await compare("the server's own weights again", here, restored);
  }
} finally {
  await vllm.close();
  await local.close();
  await rm(scratch, { recursive: true, force: true });
}
console.log(failures === 0 ? 'all agree' : `${failures} differ`);
process.exitCode = failures === 0 ? 0 : 1;
