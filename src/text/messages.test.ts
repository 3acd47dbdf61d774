import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { FORMATS, studentSystemPrompt } from './formats.js';
import { studentMessages } from './messages.js';
import { studentLayout } from './sequences.js';
import { chatTemplateOf, compileChatTemplate } from './templates/chat-template.js';
import { loadTokenizer } from './tokenizer/tokenizer.js';

const goldens = fileURLToPath(new URL('../../src/text/goldens/', import.meta.url));
const trace = {
  question: 'What is 2 + 3?',
  explanation: 'Two and three.\n\nThat is 5.',
  solution: 'It is \\boxed{5}.',
};

const families = ['llama-3.2', 'qwen-2.5', 'qwen-3', 'smollm2'];
const cases = families.flatMap((family) => Object.values(FORMATS).map((format) => ({ family, format })));

describe.each(cases)('the messages of a trace for $family in the format $format.name', ({ family, format }) => {
  it('are the texts of the ids that a student is distilled on', async () => {
    const tokenizer = await loadTokenizer(join(goldens, family));
    const chat = chatTemplateOf(tokenizer);
    const student = studentLayout({ tokenizer, chat, format, systemPrompt: 'Think.' });
    const messages = studentMessages(trace, format, 'Think.');
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant']);
    const { ids, promptLength } = student.sequence(trace.question, trace.explanation, trace.solution);
    expect(tokenizer.decode(ids.slice(0, promptLength))).toBe(
      chat.render(messages.slice(0, 2), { addGenerationPrompt: true }),
    );
    const turn = ids.slice(promptLength, ids.lastIndexOf(student.endId));
    expect(messages[2]?.content).toBe(tokenizer.decode(turn));
  });
});

it('hold the whole turn where a chat template opens the thought itself', async () => {
  const tokenizer = await loadTokenizer(join(goldens, 'qwen-3'));
  const chat = compileChatTemplate(
    '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}',
    { eosToken: '<|im_end|>' },
  );
  const student = studentLayout({ tokenizer, chat, format: FORMATS.think });
  expect(student.opening).toBe('<think>\n');
  const messages = studentMessages(trace, FORMATS.think);
  const { ids } = student.sequence(trace.question, trace.explanation, trace.solution);
  expect(`${tokenizer.decode(ids)}\n`).toBe(chat.render(messages, { addGenerationPrompt: false }));
});

it("begin with the format's own system message where none is given, and need a trace and tags", () => {
  for (const systemPrompt of [undefined, null])
    expect(studentMessages(trace, FORMATS.paper, systemPrompt)[0]).toEqual({
      role: 'system',
      content: studentSystemPrompt(FORMATS.paper),
    });
  const { solution: _, ...unsolved } = trace;
  const call = studentMessages as (...given: readonly unknown[]) => unknown;
  expect(() => call(unsolved, FORMATS.paper)).toThrow(UsageError);
  expect(() => call(trace, 'paper')).toThrow('studentMessages: format: expected tags, such as FORMATS.paper');
});
