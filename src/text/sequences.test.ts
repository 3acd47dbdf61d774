import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnsupportedError, UsageError } from '../errors.js';
import { readStudentCompletion } from './completions.js';
import { allTags, PAPER_FORMAT, THINK_FORMAT } from './formats.js';
import { studentLayout, teacherLayout } from './sequences.js';
import { positionsOf, type Span, spanLength } from './spans.js';
import { chatTemplateOf, compileChatTemplate } from './templates/chat-template.js';
import { parseTokenizer } from './tokenizer/files.js';
import { createTokenizer, loadTokenizer, type Tokenizer } from './tokenizer/tokenizer.js';
import { trainTokenizer } from './tokenizer/trainer.js';
import { sliceIds, type TokenIds, tokenIds } from './tokens.js';

const goldens = fileURLToPath(new URL('../../src/text/goldens/', import.meta.url));

function cut(ids: TokenIds, span: Span): TokenIds {
  return sliceIds(ids, span.start, span.end);
}

/** A tokenizer whose special tokens are the paper's tags, as the bundled model has. */
function ownTokenizer(): Tokenizer {
  const specialTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>', ...allTags(PAPER_FORMAT)];
  const texts = ['So the answer is 42.\n\nTherefore it is.\n\n'];
  const training = { texts, vocabularySize: 300, specialTokens, eosToken: '<|im_end|>', padToken: '<|endoftext|>' };
  return createTokenizer(parseTokenizer(JSON.parse(JSON.stringify(trainTokenizer(training))), 'own'));
}

const tokenizers: [string, Tokenizer][] = [['own', ownTokenizer()]];
for (const family of ['llama-3.2', 'qwen-2.5', 'qwen-3', 'smollm2']) {
  tokenizers.push([family, await loadTokenizer(join(goldens, family))]);
}

const formats = [PAPER_FORMAT, THINK_FORMAT];
const cases = tokenizers.flatMap(([family, tokenizer]) => formats.map((format) => ({ family, tokenizer, format })));

describe.each(cases)('layouts with tokenizer $family and format $format.name', ({ tokenizer, format }) => {
  const chat = chatTemplateOf(tokenizer);
  const teacher = teacherLayout({ tokenizer, chat, format, systemPrompt: 'Teach.' });
  const student = studentLayout({ tokenizer, chat, format, systemPrompt: 'Think.' });
  const end = tokenizer.decode([student.endId]);
  const { thought, solution } = format.student;
  const { inner, between } = format;

  it('have the segments of the paper, in its order', () => {
    const { ids, promptLength, thoughtSpan } = student.sequence('Q?', 'T.', 'S.');
    const opened = solution === null ? '' : `${solution.open}${inner}`;
    const closed = solution === null ? '' : `${inner}${solution.close}`;
    const turn = `${thought.open}${inner}T.${inner}${thought.close}${between}${opened}S.${closed}${end}`;
    expect(tokenizer.decode(ids.slice(promptLength))).toBe(turn);
    expect(ids.slice(0, promptLength)).toEqual(student.prompt('Q?'));
    expect(ids.slice(0, thoughtSpan.start)).toEqual(student.thoughtPrompt('Q?'));
    expect(tokenizer.decode(student.prompt('Q?'))).toBe(
      chat.render(
        [
          { role: 'system', content: 'Think.' },
          { role: 'user', content: 'Q?' },
        ],
        { addGenerationPrompt: true },
      ),
    );

    const taught = teacher.sequence('Q?', 'S.', 'T.', true);
    const tags = format.teacher;
    const prefill = `${tags.solution.open}${inner}S.${inner}${tags.solution.close}${between}${tags.explanation.open}${inner}`;
    expect(tokenizer.decode(teacher.prompt('Q?', 'S.')).endsWith(prefill)).toBe(true);
    expect(taught.ids.slice(0, taught.promptLength)).toEqual(teacher.prompt('Q?', 'S.'));
    expect(tokenizer.decode(taught.ids.slice(taught.promptLength))).toBe(`T.${inner}${tags.explanation.close}${end}`);
  });

  it('are encoded as one text, and have spans that hold what was put in, whatever it is', () => {
    const noise = fc.oneof(
      fc.constantFrom(...allTags(format), '<|im_end|>', '<|im_start|>', '<|eot_id|>', '\n\n', ' ', '.', '\\boxed{1}'),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    );
    const text = fc.array(noise, { maxLength: 5 }).map((parts) => parts.join(''));
    // A token of a span may reach into the separator after it, and a tag's token into the text that follows.
    const holds = (ids: TokenIds, span: Span, put: string): void => {
      const told = tokenizer.decode(cut(ids, span));
      const normal = normalised(put);
      const before = tokenizer.decode(ids.slice(0, span.start));
      const whole = before + told;
      const at = whole.lastIndexOf(normal);
      expect(at).toBeGreaterThanOrEqual(0);
      // What is missing at the start is in the token before, what is too much at the end is white space or a tag's start.
      expect(at + normal.length - before.length).toBeLessThanOrEqual(told.length);
    };
    const normalised = (put: string): string => tokenizer.decode(tokenizer.encode(put));
    fc.assert(
      fc.property(text, text, text, (question, explanation, answer) => {
        const read = student.sequence(question, explanation, answer);
        holds(read.ids, read.thoughtSpan, explanation);
        holds(read.ids, read.solutionSpan, answer);
        expect(read.endSpan).toEqual({ start: read.solutionSpan.end, end: read.ids.length });
        expect(read.ids.at(-1)).toBe(student.endId);
        expect(naturalAgain(read.ids)).toEqual(read.ids);
        const taught = teacher.sequence(question, answer, explanation, false);
        holds(taught.ids, taught.explanationSpan, explanation);
        expect(taught.explanationSpan.start).toBe(taught.promptLength);
        expect(taught.endSpan).toEqual({ start: taught.explanationSpan.end, end: taught.ids.length });
        expect(taught.ended).toBe(false);
        expect(naturalAgain(taught.ids)).toEqual(taught.ids);
        // No control token but the layout's own, wherever the noise stands.
        const controls = (ids: TokenIds): number[] => ids.filter((id) => tokenizer.isControl(id));
        expect(controls(read.ids)).toEqual(controls(student.sequence('x', 'x', 'x').ids));
        expect(controls(taught.ids)).toEqual(controls(teacher.sequence('x', 'x', 'x', false).ids));
      }),
      { numRuns: 30 },
    );
  });

  /** The ids again, from the text between their control tokens. */
  function naturalAgain(ids: TokenIds): TokenIds {
    const again: number[] = [];
    let run: number[] = [];
    for (const id of [...ids, -1]) {
      if (id !== -1 && !tokenizer.isControl(id)) {
        run.push(id);
        continue;
      }
      again.push(...tokenizer.encode(tokenizer.decode(run)), ...(id === -1 ? [] : [id]));
      run = [];
    }
    return tokenIds(again);
  }

  it('keep their tags around nothing', () => {
    const read = student.solutionOnly('Q?', 'S.');
    expect(read).toEqual(student.sequence('Q?', '', 'S.'));
    expect(spanLength(read.thoughtSpan)).toBe(0);
    expect(tokenizer.decode(read.ids)).toContain(`${thought.open}${inner}${inner}${thought.close}`);
    const empty = student.sequence('Q?', 'T.', '');
    expect(positionsOf(empty.solutionSpan)).toEqual([]);
    expect(spanLength(empty.endSpan)).toBeGreaterThan(0);
    expect(spanLength(teacher.sequence('Q?', '', '', true).explanationSpan)).toBe(0);
  });

  it('stop at the end of the turn and at every end of sequence', () => {
    expect(student.stopIds[0]).toBe(student.endId);
    for (const id of tokenizer.eosIds) expect(student.stopIds).toContain(id);
  });
});

describe('tags', () => {
  it('are single tokens where the tokenizer has them', () => {
    const tokenizer = ownTokenizer();
    const student = studentLayout({ tokenizer, chat: chatTemplateOf(tokenizer), format: PAPER_FORMAT });
    const { ids, promptLength, thoughtSpan } = student.sequence('Q <|end_of_thought|>', 'T', 'S');
    expect(ids[promptLength]).toBe(tokenizer.idOf('<|begin_of_thought|>'));
    expect(ids.indexOf(tokenizer.idOf('<|end_of_thought|>') ?? -1)).toBeGreaterThan(thoughtSpan.end - 1);
  });
});

describe('a layout that cannot be made', () => {
  const tokenizer = ownTokenizer();
  const chat = chatTemplateOf(tokenizer);

  it('for tags that cannot be told apart is refused', () => {
    const format = { ...PAPER_FORMAT, student: { ...PAPER_FORMAT.student, solution: { open: '<s>', close: '<s>' } } };
    expect(() => studentLayout({ tokenizer, chat, format })).toThrow(UsageError);
  });

  it('for a template that writes a whole thought, or another tag, is refused', () => {
    const opened = (text: string) =>
      compileChatTemplate(
        `{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}{{ '${text}' if add_generation_prompt }}`,
        {},
      );
    for (const text of ['<think>\\n\\n</think>\\n\\n', '</think>', '<think> Well, ']) {
      expect(() => studentLayout({ tokenizer, chat: opened(text), format: THINK_FORMAT })).toThrow(UnsupportedError);
      expect(studentLayout({ tokenizer, chat: opened(text), format: PAPER_FORMAT }).endId).toBe(2);
    }
  });
});

describe('a template that opens the thought itself', () => {
  it('is followed: the thought goes on from there', () => {
    const tokenizer = ownTokenizer();
    const chat = compileChatTemplate(
      "{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}{{ '<think>\\n' if add_generation_prompt }}",
      {},
    );
    const student = studentLayout({ tokenizer, chat, format: THINK_FORMAT, systemPrompt: 'S' });
    expect(student.opening).toBe('<think>\n');
    const { ids, promptLength, thoughtSpan } = student.sequence('Q', 'So 4.', '4');
    expect(tokenizer.decode(ids)).toBe('S<|im_end|>Q<|im_end|><think>\nSo 4.\n</think>\n\n4<|im_end|>');
    expect(ids.slice(0, promptLength)).toEqual(student.prompt('Q'));
    expect(promptLength).toBe(thoughtSpan.start);
    expect(tokenizer.decode(cut(ids, thoughtSpan))).toBe('So 4.');
    const written = sliceIds(ids, promptLength);
    expect(readStudentCompletion(tokenizer, THINK_FORMAT, written, student.stopIds, student.opening)).toMatchObject({
      thought: 'So 4.',
      solution: '4',
    });
  });
});
