import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FORMATS } from './formats.js';
import { studentLayout, teacherLayout } from './sequences.js';
import { chatTemplateOf } from './templates/chat-template.js';
import { loadTokenizer } from './tokenizer/tokenizer.js';
import type { TokenIds } from './tokens.js';

const goldens = fileURLToPath(new URL('../../src/text/goldens/', import.meta.url));

interface Side {
  /** The first 16 hexadecimal digits of the SHA-256 of the ids as a JSON list. */
  readonly ids: string;
  readonly length: number;
  readonly explanation: readonly [number, number];
}
interface Golden {
  readonly systemPrompts: { readonly teacher: string; readonly student: string };
  readonly problems: readonly (readonly [question: string, solution: string, explanation: string])[];
  readonly layouts: readonly {
    readonly family: string;
    readonly format: 'paper' | 'think';
    readonly rows: readonly {
      readonly teacher: Side;
      readonly student: Side & { readonly solution: readonly [number, number] };
    }[];
  }[];
}

/** What transformers makes of the same texts, each encoded as a whole (scripts/goldens/layouts.py). */
const golden: Golden = JSON.parse(readFileSync(join(goldens, 'layouts.json'), 'utf8'));

const digest = (ids: TokenIds): string => createHash('sha256').update(JSON.stringify(ids)).digest('hex').slice(0, 16);

describe.each(golden.layouts)('the layouts of $family in the format $format', async ({ family, format, rows }) => {
  const tokenizer = await loadTokenizer(join(goldens, family));
  const chat = chatTemplateOf(tokenizer);
  const settings = { tokenizer, chat, format: FORMATS[format], chatSettings: { date: '2024-07-26' } };
  const teacher = teacherLayout({ ...settings, systemPrompt: golden.systemPrompts.teacher });
  const student = studentLayout({ ...settings, systemPrompt: golden.systemPrompts.student });

  it.each(rows.map((row, i) => [golden.problems[i] as Golden['problems'][number], row] as const))(
    '%j are the ids that the tokenizer gives the whole text',
    ([question, solution, explanation], row) => {
      const taught = teacher.sequence(question, solution, explanation, true);
      const { start, end } = taught.explanationSpan;
      // All but the end of the turn.
      const text = (ids: TokenIds) => ids.slice(0, -1) as unknown as TokenIds;
      expect([start, end]).toEqual(row.teacher.explanation);
      expect(taught.ids.length - 1).toBe(row.teacher.length);
      expect(digest(text(taught.ids))).toBe(row.teacher.ids);

      const read = student.sequence(question, explanation, solution);
      expect([read.thoughtSpan.start, read.thoughtSpan.end]).toEqual(row.student.explanation);
      expect([read.solutionSpan.start, read.solutionSpan.end]).toEqual(row.student.solution);
      expect(digest(text(read.ids))).toBe(row.student.ids);
    },
  );
});
