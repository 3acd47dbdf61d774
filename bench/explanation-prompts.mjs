/** Prompts that ask a model to explain generated word problems, whose solutions they hold: explanations copy from them. */
import { distinctProblems, taskNamed } from '../dist/data/tasks/index.js';
import { chatTemplateOf, encodeChat, loadTokenizer } from '../dist/index.js';

/** Ids of so many different prompts, in the chat template of the model, and what ends its turn. */
export async function explanationPrompts(directory, count) {
  const tokenizer = await loadTokenizer(directory);
  const template = chatTemplateOf(tokenizer, directory);
  const problems = distinctProblems(taskNamed('word-problems'), { count, seed: 1, purpose: 'evaluation' });
  const prompts = problems.map(({ question, solution }) => {
    const content = `${question}\n\nSolution: ${solution}\n\nExplain step by step how the question leads to this solution.`;
    return [...encodeChat(tokenizer, template, [{ role: 'user', content }], { addGenerationPrompt: true })];
  });
  return { prompts, stopIds: [...tokenizer.eosIds] };
}
