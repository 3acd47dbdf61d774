import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError, UnsupportedError } from '../errors.js';
import { FORMATS } from '../text/formats.js';
import { layoutsOf } from './layouts.js';

const goldens = fileURLToPath(new URL('../../src/text/goldens/', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'rlt-layouts-'));
afterAll(() => rmSync(directory, { recursive: true }));
const source = { kind: 'directory' as const, directory };

/** A model whose template needs a date, opens a thought unless told not to, and names its user. */
cpSync(join(goldens, 'qwen-3'), directory, { recursive: true });
const template = [
  "{{- '[' + strftime_now('%d %B %Y') + '] ' }}",
  "{%- for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}",
  "{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}",
  "{%- if enable_thinking %}{{ '<think>\\n' }}{% else %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}{% endif %}",
].join('');
writeFileSync(join(directory, 'chat_template.jinja'), template);
const config = JSON.parse(readFileSync(join(directory, 'tokenizer_config.json'), 'utf8'));
writeFileSync(join(directory, 'tokenizer_config.json'), JSON.stringify({ ...config, chat_template: template }));

describe('a chat template that asks for values', () => {
  it('gets the date and the variables of the recipe', async () => {
    const prompts = { student: 'S', date: '2026-02-28', variables: { enable_thinking: true } };
    const { student, tokenizer } = await layoutsOf(source, FORMATS.think, prompts);
    const asked = tokenizer.decode(student.prompt('Q?'));
    expect(asked).toMatch(/^\[28 February 2026\] <\|im_start\|>system\nS<\|im_end\|>/);
    expect(asked.endsWith('<|im_start|>assistant\n<think>\n')).toBe(true);
    expect(tokenizer.decode(student.sequence('Q?', 'T.', 'A.').ids)).toBe(`${asked}T.\n</think>\n\nA.<|im_end|>`);
  });

  it('and none is refused by the name of the setting', async () => {
    await expect(layoutsOf(source, FORMATS.think)).rejects.toThrow(InputError);
    await expect(layoutsOf(source, FORMATS.think)).rejects.toMatchObject({
      facts: { remedy: expect.stringContaining('prompts.date') },
    });
    const date = '2026-02-28';
    await expect(layoutsOf(source, FORMATS.think, { date })).rejects.toThrow(UnsupportedError);
    await expect(layoutsOf(source, FORMATS.think, { date })).rejects.toMatchObject({
      facts: { remedy: expect.stringContaining('prompts.variables') },
    });
  });
});
