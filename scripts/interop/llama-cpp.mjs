// Samples on llama.cpp's server and compares with the local engine on the same weights:
//   node scripts/interop/llama-cpp.mjs URL DIRECTORY [SAMPLES]
// scripts/interop/llama-cpp.py starts the server; DIRECTORY is what scripts/smollm2.py makes of the same GGUF file.
// SAMPLES (200) is how many tokens are drawn for each comparison of distributions.
import { openLocalEngine } from '../../dist/engine/local/local-engine.js';
import { openCompletionsEngine } from '../../dist/engine/openai/completions-engine.js';
import { randomKey } from '../../dist/random.js';
import { loadTokenizer } from '../../dist/text/tokenizer/tokenizer.js';
import { concatIds, tokenIds } from '../../dist/text/tokens.js';
import { distanceOfSamples } from './samples.mjs';

const [url, directory, samplesGiven] = process.argv.slice(2);
const count = Number(samplesGiven ?? 200);
if (directory === undefined) {
  console.error('usage: node scripts/interop/llama-cpp.mjs URL DIRECTORY [SAMPLES]');
  process.exit(2);
}

const tokenizer = await loadTokenizer(directory);
const local = await openLocalEngine({ threads: 1 });
const exact = await local.open({ kind: 'directory', directory });
const engine = await openCompletionsEngine({
  url,
  apiKeyVariable: 'OPENAI_API_KEY',
  apiKeyFile: null,
  model: null,
  requestsInFlight: 4,
  timeoutSeconds: 600,
});
let failures = 0;
function report(what, holds, shown) {
  if (!holds) failures += 1;
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}: ${shown}`);
}
const most = (what, value, limit) => report(what, value <= limit, value.toPrecision(3));

/** Asks the server itself, with its own defaults for what is not said. */
const ask = async (body) => {
  const response = await fetch(new URL('/completion', url), { method: 'POST', body: JSON.stringify(body) });
  return response.json();
};

try {
  console.log(JSON.stringify(engine.profile, null, 2));
  const { data } = await (await fetch(new URL('/v1/models', url))).json();
  const model = await engine.open({ kind: 'served', name: data[0].id, tokenizer: directory });
  console.log(`context ${model.facts.contextTokens}, vocabulary ${model.facts.vocabularySize}`);

  const prompt = tokenizer.encode('The most beautiful word of the English language is');
  const settings = (more) => ({ temperature: 1, maxTokens: 6, stopIds: tokenIds([]), ...more });
  const key = randomKey(1);
  const scored = (completions) =>
    exact.logProbs(
      completions.map(({ ids }) => ({
        ids: concatIds(prompt, ids),
        positions: ids.map((_, i) => prompt.length + i),
        temperature: 1,
      })),
    );
  for (const temperature of [1, 0.7]) {
    const [completions] = await model.sample([{ prompt, count: 4, key, settings: settings({ temperature }) }]);
    const rows = await scored(completions);
    const apart = completions.flatMap(({ logProbs }, i) =>
      Array.from(logProbs.values, (value, t) => value - rows[i][t]),
    );
    most(`log-probs at temperature ${temperature} are those of the model`, Math.max(...apart.map(Math.abs)), 1e-2);
  }

  // Tokens that the server's defaults (top-k 40, top-p 0.95, min-p 0.05) would never give.
  const first = await ask({ prompt, n_predict: 1, n_probs: 40, temperature: 1, seed: 1 });
  const likeliest = first.completion_probabilities[0].top_logprobs.map(({ id, logprob }) => ({ id, logprob }));
  const within = new Set(likeliest.map(({ id }) => id));
  const beyond = 1 - likeliest.reduce((total, { logprob }) => total + Math.exp(logprob), 0);
  const shareBeyond = (ids) => ids.filter((id) => !within.has(id)).length / ids.length;
  const [samples] = await model.sample([{ prompt, count, key, settings: settings({ maxTokens: 1 }) }]);
  const found = shareBeyond(samples.map(({ ids }) => ids[0]));
  const deviation = Math.sqrt((beyond * (1 - beyond)) / count);
  report(
    `samples beyond the 40 likeliest tokens, of ${count}`,
    Math.abs(found - beyond) < 4 * deviation,
    `${(100 * found).toFixed(1)} %, expected ${(100 * beyond).toFixed(1)} +- ${(100 * deviation).toFixed(1)} %`,
  );
  const defaults = [];
  for (let seed = 0; seed < count / 4; seed++)
    defaults.push((await ask({ prompt, n_predict: 1, temperature: 1, seed, return_tokens: true })).tokens[0]);
  console.log(
    `       the same without our settings, of ${defaults.length}: ${(100 * shareBeyond(defaults)).toFixed(1)} %`,
  );
  for (const temperature of [1, 0.7])
    most(
      `mean log-prob of samples at ${temperature}, standard errors from the local engine's`,
      await distanceOfSamples(model, exact, prompt, { temperature }, count),
      4,
    );

  const top5 = new Set(likeliest.slice(0, 5).map(({ id }) => id));
  const [cut] = await model.sample([{ prompt, count: 20, key, settings: settings({ topK: 5, maxTokens: 1 }) }]);
  const seen = new Set(cut.map(({ ids }) => ids[0]));
  report('top-k 5 gives the five likeliest only', [...seen].every((id) => top5.has(id)) && seen.size > 2, seen.size);

  const [greedy] = await model.sample([{ prompt, count: 1, key, settings: settings({ temperature: 0 }) }]);
  const [expected] = await exact.sample([{ prompt, count: 1, key, settings: settings({ temperature: 0 }) }]);
  report('greedy text', String(greedy[0].ids) === String(expected[0].ids), tokenizer.decode(greedy[0].ids));
  const again = await model.sample([{ prompt, count: 2, key, settings: settings() }]);
  const once = await model.sample([{ prompt, count: 2, key, settings: settings() }]);
  const same = again[0].every(({ ids }, i) => String(ids) === String(once[0][i].ids));
  console.log(`       equal seeds give ${same ? 'equal' : 'different'} samples`);

  const stop = greedy[0].ids[3];
  const stopped = { temperature: 0, stopIds: tokenIds([stop]) };
  const [[short]] = await model.sample([{ prompt, count: 1, key, settings: settings(stopped) }]);
  report(
    'a stop id, which the server ignores, is the last one',
    short.ended === 'stop' && short.ids.at(-1) === stop && short.ids.indexOf(stop) === short.ids.length - 1,
    `${short.ids.length} tokens, ended by ${short.ended}`,
  );
  const refusal = await model.logProbs([{ ids: prompt, positions: [1], temperature: 1 }]).then(
    () => undefined,
    (error) => error,
  );
  report('scoring is refused', refusal?.code === 'unsupported', refusal?.message);
} finally {
  await engine.close();
  await local.close();
}
console.log(failures === 0 ? 'all agree' : `${failures} differ`);
process.exitCode = failures === 0 ? 0 : 1;
