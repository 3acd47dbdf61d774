import { parse, tokenize } from '@huggingface/jinja';
import { expect, it } from 'vitest';
import { InputError } from '../../errors.js';
import { compileChatTemplate } from './chat-template.js';
import { isPlainTemplate } from './plain-template.js';

const isPlain = (source: string): boolean => isPlainTemplate(parse(tokenize(source)));
const CHAT_ML =
  "{% for m in messages %}{% if loop.first and m['role'] != 'system' %}{{ '<|im_start|>system\\nHelp.<|im_end|>\\n' }}{% endif %}" +
  "{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] | trim + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

it.each([
  CHAT_ML,
  "{% set first = messages[0] %}{% if first.role == 'system' %}{{ first.content.strip() }}{% endif %}",
  "{{ raise_exception('no') if messages | length == 0 else bos_token }}{% for m in messages[1:] %}{{ m.content }}{% endfor %}",
  "{% for m in messages %}{% if (m.role == 'user') == (loop.index0 % 2 == 0) %}{{ m.content }}{% endif %}{% endfor %}",
])('plain: %s', (source) => {
  expect(isPlain(source)).toBe(true);
});

it.each([
  '{% set l = [1, 2] %}{{ l }}',
  "{% set o = {'a': messages} %}{{ o }}",
  '{{ messages | tojson }}',
  "{% set n = namespace(s='') %}",
  '{% macro f() %}{{ f() }}{% endmacro %}',
  '{% for i in range(10) %}{% endfor %}',
  "{{ 'a' * 1000000 }}",
  "{{ bos_token.replace('a', 'aa') }}",
  "{{ messages[0].content.split('<') }}",
  '{% set t = (1, 2) %}',
  '{{ messages | map(attribute="content") | join }}',
  '{% filter indent(900) %}a{% endfilter %}',
  '{% for m in messages if [m] %}{% endfor %}',
])('not plain: %s', (source) => {
  expect(isPlain(source)).toBe(false);
});

it('renders the same with and without the watch over time', () => {
  const watched = `{% if false %}{{ [] | tojson }}{% endif %}${CHAT_ML}`;
  expect(isPlain(watched)).toBe(false);
  const options = { addGenerationPrompt: true };
  // Below and above the length up to which a plain template is rendered without it.
  for (const length of [0, 1, 100, 3900, 4100, 30_000]) {
    const messages = [{ role: 'user', content: ` x${'y z'.repeat(length)}\n` }] as const;
    expect(compileChatTemplate(CHAT_ML, {}).render(messages, options)).toBe(
      compileChatTemplate(watched, {}).render(messages, options),
    );
  }
});

it('a plain template may need more than the narrow bounds, and is refused beyond the wide ones', () => {
  const doubled = (times: number): string =>
    `{% set s = 'ab' %}${Array.from({ length: times }, () => '{% set s = s + s %}').join('')}{{ s }}` +
    '{% for m in messages %}{{ m.content }}{% endfor %}';
  const messages = [{ role: 'user', content: 'Hello.' }] as const;
  const render = (source: string): string =>
    compileChatTemplate(source, {}).render(messages, { addGenerationPrompt: true });
  expect(isPlain(doubled(15))).toBe(true);
  expect(render(doubled(15))).toBe(`${'ab'.repeat(2 ** 15)}Hello.`);
  expect(() => render(doubled(30))).toThrow(InputError);
});
