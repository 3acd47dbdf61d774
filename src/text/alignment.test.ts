import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignTokens, sharesTokens } from './alignment.js';
import { loadTokenizer } from './tokenizer/tokenizer.js';
import { tokenIds } from './tokens.js';

const goldens = fileURLToPath(new URL('../../src/text/goldens/', import.meta.url));
const llama = await loadTokenizer(join(goldens, 'llama-3.2'));
const smol = await loadTokenizer(join(goldens, 'smollm2'));
const qwen = await loadTokenizer(join(goldens, 'qwen-2.5'));

describe('two tokenizations', () => {
  it('of one tokenizer align token by token', () => {
    const ids = llama.encode('The answer is 42.');
    const expected = ids.map((_, i) => ({ teacher: { start: i, end: i + 1 }, student: { start: i, end: i + 1 } }));
    expect(alignTokens(llama, ids, llama, ids)).toEqual(expected);
    expect(sharesTokens(llama, llama)).toBe(true);
    expect(sharesTokens(llama, smol)).toBe(false);
  });

  it('align where both have a border', () => {
    // Llama takes three digits as one piece, of which the small vocabulary merges "42"; SmolLM2 takes one at a time.
    const teacher = llama.encode('x 42 y');
    const student = smol.encode('x 42 y');
    expect(teacher.map((id) => llama.decode([id]))).toEqual(['x', ' ', '42', ' ', 'y']);
    expect(student.map((id) => smol.decode([id]))).toEqual(['x', ' ', '4', '2', ' ', 'y']);
    expect(alignTokens(llama, teacher, smol, student)).toEqual([
      { teacher: { start: 0, end: 1 }, student: { start: 0, end: 1 } },
      { teacher: { start: 1, end: 2 }, student: { start: 1, end: 2 } },
      { teacher: { start: 2, end: 3 }, student: { start: 2, end: 4 } },
      { teacher: { start: 3, end: 4 }, student: { start: 4, end: 5 } },
      { teacher: { start: 4, end: 5 }, student: { start: 5, end: 6 } },
    ]);
  });

  it('of nothing have no pieces', () => {
    expect(alignTokens(llama, tokenIds([]), smol, tokenIds([]))).toEqual([]);
  });

  it('cover every token of both, in order, each piece the same text', () => {
    const corpus = fc.constantFrom('The answer is 42', ' step by step', '12 apples', '\n\n', 'é', '🙂', ' ', '.');
    const text = fc
      .array(fc.oneof(corpus, fc.string({ unit: 'grapheme' })), { maxLength: 8 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(text, (written) => {
        const teacher = llama.encode(written);
        const student = smol.encode(written);
        const pieces = alignTokens(llama, teacher, smol, student);
        let [t, s] = [0, 0];
        for (const piece of pieces) {
          expect([piece.teacher.start, piece.student.start]).toEqual([t, s]);
          expect(piece.teacher.end).toBeGreaterThan(t);
          expect(piece.student.end).toBeGreaterThan(s);
          const bytes = Buffer.concat(teacher.slice(t, piece.teacher.end).map((id) => llama.bytesOf(id)));
          expect(Buffer.concat(student.slice(s, piece.student.end).map((id) => smol.bytesOf(id)))).toEqual(bytes);
          [t, s] = [piece.teacher.end, piece.student.end];
        }
        expect([t, s]).toEqual([teacher.length, student.length]);
        const reversed = alignTokens(smol, student, llama, teacher);
        expect(reversed).toEqual(pieces.map((piece) => ({ teacher: piece.student, student: piece.teacher })));
      }),
    );
  });

  it('keep what differs in one piece when the student normalises', () => {
    const text = 'a cafe\u0301 b';
    const teacher = llama.encode(text);
    const student = qwen.encode(text);
    expect(qwen.decode(student)).not.toBe(text);
    const pieces = alignTokens(llama, teacher, qwen, student);
    const texts = pieces.map(({ teacher: t, student: s }) => [
      llama.decode(teacher.slice(t.start, t.end)),
      qwen.decode(student.slice(s.start, s.end)),
    ]);
    expect(texts.map(([t]) => t).join('')).toBe(text);
    expect(texts.at(0)).toEqual(['a', 'a']);
    expect(texts.at(-1)?.[0]).toBe(texts.at(-1)?.[1]);
    expect(texts.filter(([t, s]) => t !== s)).toHaveLength(1);
  });

  it('may begin or end differently', () => {
    for (const text of ['e\u0301', 'e\u0301x', 'xe\u0301']) {
      const pieces = alignTokens(llama, llama.encode(text), qwen, qwen.encode(text));
      expect(pieces.at(-1)?.teacher.end).toBe(llama.encode(text).length);
      expect(pieces.at(-1)?.student.end).toBe(qwen.encode(text).length);
      for (const piece of pieces) {
        expect(piece.teacher.end).toBeGreaterThan(piece.teacher.start);
        expect(piece.student.end).toBeGreaterThan(piece.student.start);
      }
    }
  });
});

describe('two different texts', () => {
  it('align at their equal ends, and no piece is without tokens of one side', () => {
    expect(alignTokens(llama, llama.encode('a!b'), smol, smol.encode('ab'))).toEqual([
      { teacher: { start: 0, end: 1 }, student: { start: 0, end: 1 } },
      { teacher: { start: 1, end: 3 }, student: { start: 1, end: 2 } },
    ]);
  });
});
