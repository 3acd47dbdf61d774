/** The benchmarks of the package, in the form of a user's YAML file. */
import type { BenchmarkSettings } from './schema.js';

const STEPS = 'Reason step by step, and put the final answer inside \\boxed{}.';

export const SHIPPED_BENCHMARKS: readonly BenchmarkSettings[] = [
  {
    name: 'aime24',
    summary: 'the 30 problems of the American Invitational Mathematics Examination 2024; answers are whole numbers',
    source: 'hf:HuggingFaceH4/aime_2024/train',
    adapter: 'math',
    grader: 'integer',
    prompt: `{question}\n\nThe answer is a whole number from 0 to 999. ${STEPS}`,
    samples: 16,
    sampling: { maxTokens: 32_768 },
  },
  {
    name: 'math500',
    summary: '500 problems of the MATH test set, in five levels',
    source: 'hf:HuggingFaceH4/MATH-500/test.jsonl',
    adapter: 'math',
    grader: 'math',
    prompt: `{question}\n\n${STEPS}`,
    samples: 4,
    sampling: { maxTokens: 32_768 },
  },
  {
    name: 'gpqa-diamond',
    summary: '198 multiple-choice questions in biology, chemistry and physics; gated on the hub',
    source: 'hf:Idavidrein/gpqa/gpqa_diamond.csv',
    columns: {
      question: 'Question',
      id: 'Record ID',
      level: 'High-level domain',
      choices: {
        correct: 'Correct Answer',
        wrong: ['Incorrect Answer 1', 'Incorrect Answer 2', 'Incorrect Answer 3'],
      },
    },
    grader: 'choice',
    prompt:
      '{question}\n\nExactly one option is right. Reason step by step, then end with a line of the form "Answer: X", where X is the letter of the option.',
    samples: 4,
    sampling: { maxTokens: 32_768 },
  },
  {
    name: 'gsm8k',
    summary: '1,319 word problems of the GSM8K test set',
    source: 'hf:openai/gsm8k/main/test',
    adapter: 'gsm8k',
    grader: 'math',
    prompt: `{question}\n\n${STEPS}`,
    samples: 4,
    sampling: { maxTokens: 1024 },
  },
  {
    name: 'countdown',
    summary: 'generated: make a target from three or four numbers, each used at most once',
    source: { task: 'countdown', levels: ['three-numbers', 'four-numbers'], count: 200 },
    grader: 'countdown',
    prompt: '{question}\n\nReason step by step, and put the expression, such as (1 + 2) * 3, inside \\boxed{}.',
    samples: 4,
    sampling: { maxTokens: 1024 },
  },
  {
    name: 'word-problems',
    summary: "generated stories of two to four steps, in the format of the bundled model's students",
    source: { task: 'word-problems', levels: ['basic', 'larger-numbers', 'more-steps'], count: 200 },
    grader: 'integer',
    format: 'paper',
    // The system prompt that the bundled model and the quickstart's students were trained with.
    system: 'Solve the problem.',
    samples: 4,
    sampling: { maxTokens: 128 },
  },
];

export const BENCHMARK_NAMES: readonly string[] = SHIPPED_BENCHMARKS.map(({ name }) => name);
