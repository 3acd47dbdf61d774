// The tokenizers of the models that score.py makes, written by our own trainer: `npm run build`, then
//
//     node scripts/goldens/score-tokenizers.mjs
//
// teacher and student share one, whose special tokens hold the tags; the other student's has fewer merges, and no tags.
import { allTags, PAPER_FORMAT } from '../../dist/text/formats.js';
import { trainTokenizer, writeTokenizer } from '../../dist/text/tokenizer/trainer.js';

const CHAT = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
const TEXTS = [
  'Anna has 3 apples and buys 4 more apples, so she has 3 + 4 = 7 apples. Then she gives 2 apples away: 7 - 2 = 5.',
  'First think about what is asked. Then take small steps, and check each of the steps before the answer is given.',
  'The answer is 5. The answer is 12. The answer is 30. So the answer is the sum of both numbers.',
];
const MODELS = {
  teacher: { vocabularySize: 320, specialTokens: [...CHAT, ...allTags(PAPER_FORMAT)] },
  student: { vocabularySize: 320, specialTokens: [...CHAT, ...allTags(PAPER_FORMAT)] },
  'other-student': { vocabularySize: 280, specialTokens: CHAT },
};

for (const [name, settings] of Object.entries(MODELS)) {
  const directory = new URL(`../../src/stages/rewards/goldens/${name}/`, import.meta.url).pathname;
  const made = trainTokenizer({
    texts: TEXTS,
    ...settings,
    eosToken: '<|im_end|>',
    padToken: '<|endoftext|>',
    contextTokens: 256,
  });
  await writeTokenizer(directory, made);
}
