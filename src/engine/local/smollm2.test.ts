/** A real pretrained model: SmolLM2-135M-Instruct, as scripts/smollm2.py makes it, against transformers. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { randomKey } from '../../random.js';
import { farthest, logSoftmax, testRuntime } from '../../testing/goldens.js';
import { chatTemplateOf, encodeChat, endOfTurn } from '../../text/templates/chat-template.js';
import { loadTokenizer } from '../../text/tokenizer/tokenizer.js';
import { concatIds, sliceIds, type TokenIds, tokenIds } from '../../text/tokens.js';
import { LocalModel } from './run/local-model.js';
import { loadWeights } from './weights/weights-source.js';

const directory = fileURLToPath(new URL('../../../models/SmolLM2-135M-Instruct', import.meta.url));
const present = existsSync(`${directory}/reference.json`);
if (!present) console.warn('skipped: the tests of SmolLM2-135M-Instruct, since scripts/smollm2.py was not run here');

interface Reference {
  readonly ids: TokenIds;
  /** By position: the logits of the token after it. */
  readonly logits: Readonly<Record<string, readonly number[]>>;
  readonly greedy: TokenIds;
  readonly greedyText: string;
  readonly greedyLogProbs: Readonly<Record<string, readonly number[]>>;
}

describe.skipIf(!present)('SmolLM2-135M-Instruct', async () => {
  if (!present) return;
  const runtime = testRuntime({ threads: 2 });
  afterAll(() => runtime.close());
  const reference = JSON.parse(await readFile(`${directory}/reference.json`, 'utf8')) as Reference;
  const model = new LocalModel(runtime, await loadWeights({ kind: 'directory', directory }));
  const tokenizer = await loadTokenizer(directory);
  const greedy = { temperature: 0, maxTokens: reference.greedy.length, stopIds: tokenIds([]) };

  it('gives the logits of transformers for tokens likely and unlikely', async () => {
    for (const [position, logits] of Object.entries(reference.logits)) {
      const [expected = new Float64Array()] = logSoftmax(Float32Array.from(logits), logits.length);
      const ranked = expected.map((_, id) => id).sort((a, b) => (expected[b] ?? 0) - (expected[a] ?? 0));
      // Every 97th token by rank: the likeliest, the least likely, and 500 between.
      const ids = [...ranked.filter((_, rank) => rank % 97 === 0), ranked.at(-1) ?? 0];
      const prompt = sliceIds(reference.ids, 0, Number(position) + 1);
      const sequences = ids.map((id) => ({
        ids: concatIds(prompt, tokenIds([id])),
        positions: [prompt.length],
        temperature: 1,
      }));
      const scored = (await model.logProbs(sequences)).map(([logProb]) => logProb ?? Number.NaN);
      expect(
        farthest(
          scored,
          ids.map((id) => expected[id] ?? Number.NaN),
        ),
      ).toBeLessThan(5e-4);
    }
  });

  it('gives the log-probs of transformers for a reply', async () => {
    const ids = concatIds(reference.ids, reference.greedy);
    const positions = reference.greedy.map((_, i) => reference.ids.length + i);
    for (const [temperature, expected] of Object.entries(reference.greedyLogProbs)) {
      const [scored = []] = await model.logProbs([{ ids, positions, temperature: Number(temperature) }]);
      expect(farthest(scored, expected)).toBeLessThan(2e-4);
    }
  });

  it('replies greedily as transformers, in English', async () => {
    const [[reply] = []] = await model.sample([
      { prompt: reference.ids, count: 1, settings: greedy, key: randomKey(1) },
    ]);
    expect(reply?.ids).toEqual(reference.greedy);
    expect(tokenizer.decode(reply?.ids ?? [])).toBe(reference.greedyText);
  });

  it('replies to a chat prompt with what a question asks for', async () => {
    const chat = chatTemplateOf(tokenizer);
    const question = 'What is the capital of France? Answer with one sentence.';
    const prompt = encodeChat(tokenizer, chat, [{ role: 'user', content: question }], { addGenerationPrompt: true });
    const stop = endOfTurn(tokenizer, chat).id;
    const settings = { temperature: 0.2, maxTokens: 40, stopIds: tokenIds([stop]) };
    const [replies = []] = await model.sample([{ prompt, count: 4, settings, key: randomKey(2) }]);
    for (const { ids, ended } of replies) {
      expect(ended).toBe('stop');
      expect(tokenizer.decode(ids.slice(0, -1))).toMatch(/capital of France is Paris/);
    }
  });
});
