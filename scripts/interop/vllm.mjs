// Compares a real vLLM server with the local engine on the same model: node scripts/interop/vllm.mjs URL DIRECTORY
// docs/engines.md has the command that starts the server. Everything is float32; log-probs must agree to 1e-4.
import { cp, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalEngine } from '../../dist/engine/local/local-engine.js';
import { openCompletionsEngine } from '../../dist/engine/openai/completions-engine.js';
import { sampledOn } from '../../dist/engine/sampler.js';
import { randomKey } from '../../dist/random.js';
import { loadTokenizer } from '../../dist/text/tokenizer/tokenizer.js';
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
/** Copies a model, with one tensor as it is in another of the same form. */
async function writeTensor(from, to, name, other) {
  await cp(from, to, { recursive: true });
  const place = async (folder, flags) => {
    const file = await open(join(folder, 'model.safetensors'), flags);
    const length = Buffer.alloc(8);
    await file.read(length, 0, 8, 0);
    const header = Buffer.alloc(Number(length.readBigUInt64LE()));
    await file.read(header, 0, header.length, 8);
    const [start, end] = JSON.parse(header.toString())[name].data_offsets;
    return { file, start: 8 + header.length + start, size: end - start };
  };
  const [source, target] = [await place(other, 'r'), await place(to, 'r+')];
  const bytes = Buffer.alloc(source.size);
  await source.file.read(bytes, 0, source.size, source.start);
  await target.file.write(bytes, 0, source.size, target.start);
  await Promise.all([source.file.close(), target.file.close()]);
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
  const { adapters, weights } = vllm.profile.policies;
  if (adapters) {
    const adapted = await local.train({ kind: 'directory', directory }, { lora });
    await learn(adapted);
    const onServer = await vllm.open(await adapted.save(join(scratch, 'adapter')));
    await compare('an adapter after a step', adapted, onServer);
    await onServer.close();
  } else console.log('       the server takes no adapters');
  await student.close();
  if (weights) {
    const policy = await local.train({ kind: 'directory', directory });
    for (let step = 0; step < 3; step++) await learn(policy);
    const saved = join(scratch, 'weights');
    await policy.save(saved);
    // What a step does to the embedding is left out here, and in the comparison after it is not.
    await writeTensor(saved, join(scratch, 'body'), 'model.embed_tokens.weight', directory);
    const body = { kind: 'directory', directory: join(scratch, 'body') };
    const replaced = await vllm.open(body);
    await compare('all weights but the tied embedding after three steps', await local.open(body), replaced);
    await replaced.close();
    const onServer = await vllm.open({ kind: 'directory', directory: saved });
    const [a, b] = [await onServer.logProbs(sequences), await policy.logProbs(sequences)];
    await onServer.close();
    const apart = a.flatMap((row, i) => Array.from(row, (value, t) => Math.abs(value - b[i][t])));
    const mean = apart.reduce((total, value) => total + value, 0) / apart.length;
    console.log(
      `       all weights after three steps: ${Math.max(...apart).toExponential(2)}, mean ${mean.toExponential(2)}`,
    );
    // Where the server keeps the old output head, a policy that samples there is refused.
    const policyThere = sampledOn(policy, vllm, join(scratch, 'handed-over'));
    const outcome = await policyThere.sample([request(1)]).catch((error) => error.message);
    const isRefused = typeof outcome === 'string';
    report(
      isRefused ? `a policy that samples there is refused: ${outcome}` : 'a policy samples there',
      isRefused === mean > 0.1 ? 0 : 1,
    );
    await policyThere.close();
    const own = await vllm.open({ kind: 'served', name: name ?? list.data[0].id, tokenizer: directory });
    await compare("the server's own weights again", here, own);
  }
} finally {
  await vllm.close();
  await local.close();
  await rm(scratch, { recursive: true, force: true });
}
console.log(failures === 0 ? 'all agree' : `${failures} differ`);
process.exitCode = failures === 0 ? 0 : 1;
