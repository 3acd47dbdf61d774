/** A model of a few thousand parameters that has learnt some sums by heart, and a benchmark that asks for them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { architectureOf } from '../../engine/local/files/config.js';
import { openLocalEngine } from '../../engine/local/local-engine.js';
import { writeRandomModel } from '../../engine/local/weights/initial.js';
import { loadTokenizer } from '../../text/tokenizer/tokenizer.js';
import { trainTokenizer, writeTokenizer } from '../../text/tokenizer/trainer.js';
import { tokenIds } from '../../text/tokens.js';
import { promptBuilderFor } from '../answers/prompt.js';

const SPECIAL = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

/** Twelve sums; the last four were not learnt. */
export const SUMS: readonly { readonly id: string; readonly question: string; readonly answer: string }[] = Array.from(
  { length: 12 },
  (_, i) => ({ id: `sum-${i}`, question: `${i} + ${(i * 7) % 5} = ?`, answer: String(i + ((i * 7) % 5)) }),
);

export const SUMS_PROMPT = '{question}';

/** Writes the model into `directory`/model and the benchmark into `directory`/sums.yaml with its problems. */
export async function writeSumsModel(
  directory: string,
): Promise<{ readonly model: string; readonly benchmark: string }> {
  const [tokenizerFiles, initial, model] = ['tokenizer', 'initial', 'model'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(directory, { recursive: true });
  await writeTokenizer(
    tokenizerFiles,
    trainTokenizer({
      texts: SUMS.map(({ question, answer }) => `${question}\\boxed{${answer}}`),
      vocabularySize: 280,
      specialTokens: SPECIAL,
      eosToken: '<|im_end|>',
      padToken: '<|endoftext|>',
      contextTokens: 64,
    }),
  );
  const tokenizer = await loadTokenizer(tokenizerFiles);
  const config = {
    model_type: 'llama',
    vocab_size: tokenizer.vocabularySize,
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    max_position_embeddings: 64,
    rope_theta: 10_000,
    rms_norm_eps: 1e-5,
    hidden_act: 'silu',
    tie_word_embeddings: true,
    eos_token_id: [2, 0],
  };
  await writeRandomModel(initial, architectureOf(config, 'config.json'), 5, tokenizerFiles);
  const prompts = promptBuilderFor(tokenizer, initial, { kind: 'plain', system: null, template: SUMS_PROMPT });
  const engine = await openLocalEngine({ threads: 1 });
  try {
    const policy = await engine.train({ kind: 'directory', directory: initial });
    const learnt = SUMS.slice(0, 8).map(({ question, answer }) => {
      const prompt = prompts.prompt(question);
      const reply = [...tokenizer.encode(`\\boxed{${answer}}`), prompts.stopIds[0] as number];
      return {
        ids: tokenIds([...prompt, ...reply]),
        positions: reply.map((_, t) => prompt.length + t),
        weights: reply.map(() => 1 / (8 * reply.length)),
        temperature: 1,
      };
    });
    for (let step = 0; step < 250; step++) {
      await policy.accumulate(learnt);
      await policy.step({ learningRate: 1e-2, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 });
    }
    await policy.save(model);
    await policy.close();
  } finally {
    await engine.close();
  }
  await writeFile(
    join(directory, 'sums.jsonl'),
    SUMS.map(({ id, question, answer }, i) => {
      const level = i < 8 ? 'learnt' : 'new';
      return `${JSON.stringify({ uid: id, ask: question, result: answer, kind: level })}\n`;
    }).join(''),
  );
  const benchmark = join(directory, 'sums.yaml');
  await writeFile(
    benchmark,
    `name: sums
source: sums.jsonl
columns: { id: uid, question: ask, answer: result, level: kind }
grader: integer
prompt: "{question}"
samples: 3
sampling: { temperature: 1, maxTokens: 12 }
`,
  );
  return { model, benchmark };
}
