import { describe, expect, it } from 'vitest';
import { InputError } from '../../errors.js';
import { withTimeLimit } from '../time-limit.js';
import { compileChatTemplate } from './chat-template.js';

const PRINT = "{% for m in messages %}{{ '<' + m['role'] + '>' + m['content'] }}{% endfor %}";
const messages = [{ role: 'user', content: 'What is 2 + 3?' }] as const;
const options = { addGenerationPrompt: true };
const repeat = (count: number, text: string): string => Array.from({ length: count }, () => text).join('');

/** What templates of a downloaded model may do to a process; each must end in an error that names the template. */
const HOSTILE: Readonly<Record<string, string>> = {
  'nested loops': '{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}',
  'nested loops over one list':
    '{% set r = range(100000) %}{% for i in r %}{% for j in r %}{% for k in r %}{% endfor %}{% endfor %}{% endfor %}',
  'nested filtered loops':
    '{% set r = range(99999) %}{% for i in r if false %}{% endfor %}' +
    '{% for i in r %}{% for j in r if i > 1 %}{% endfor %}{% endfor %}',
  'loops over an object':
    "{% set o = dict() if dict is defined else {'a': 1, 'b': 2} %}{% for i in range(1000) %}{% for j in range(1000) %}" +
    '{% for k in o %}{% endfor %}{% endfor %}{% endfor %}',
  'a list that doubles': `{% set l = [1, 2] %}${repeat(60, '{% set l = l + l %}')}`,
  'a text that doubles': `{% set s = 'ab' %}${repeat(60, '{% set s = s ~ s %}')}`,
  'a text that doubles in a loop':
    "{% set n = namespace(s='ab') %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}",
  'JSON of JSON': `{% set s = '"' %}{{ s${repeat(60, ' | tojson')} }}`,
  'JSON of lists that hold each other': `{% set l = [1] %}${repeat(50, '{% set l = [l, l] %}')}{{ l | tojson | length }}`,
  'JSON of namespaces that hold each other': `{% set a = namespace(x=1) %}${repeat(
    50,
    '{% set a = namespace(x=a, y=a) %}',
  )}{{ (a | tojson)[:3] }}`,
  'a macro that calls itself twice':
    '{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}',
  'a macro without an end': '{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}',
  'replacements that grow': `{% set s = 'aaaaaaaa' %}${repeat(20, "{% set s = s.replace('a', 'aaaaaaaa') %}")}`,
  'a search that takes quadratic time':
    `{% set s = 'aaaaaaaaaaaaaaaa' %}${repeat(15, '{% set s = s + s %}')}` +
    "{% set t = s[:250000] + 'b' %}{% for i in range(99999) %}{% if t in s %}x{% endif %}{% endfor %}",
  'a wide indentation': "{{ ('a\\n' * 2 if false else 'a\\nb\\nc') | indent(500000000) }}",
  'a range of every number': '{% for i in range(0, 1, 0.000000001) %}{% endfor %}',
};

describe('templates that would not end', () => {
  it.each(Object.entries(HOSTILE))('%s is refused in seconds', { timeout: 60_000 }, (_, hostile) => {
    const before = performance.now();
    let error: unknown;
    try {
      compileChatTemplate(hostile + PRINT, {}, 'model/tokenizer_config.json').render(messages, options);
    } catch (cause) {
      error = cause;
    }
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toMatch(/chat template .*model\/tokenizer_config\.json, field chat_template/s);
    expect(performance.now() - before).toBeLessThan(20_000);
  });

  it('does not refuse what real templates do, with long conversations', () => {
    const long = Array.from({ length: 2000 }, (_, i) => ({
      role: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content: `turn ${i}: ${'word '.repeat(100)}`.trim(),
    }));
    const template = compileChatTemplate(
      "{% for m in messages %}{% if loop.first and messages[0]['role'] != 'system' %}<s>{% endif %}" +
        "{{ '<' + m['role'] + '>' + m['content'] }}{% endfor %}",
      {},
    );
    expect(template.render(long, options)).toBe(`<s>${long.map((m) => `<${m.role}>${m.content}`).join('')}`);
  });
});

describe('a time limit', () => {
  it('ends a regular expression that backtracks', { timeout: 60_000 }, () => {
    const hang = () => /^(a+)+$/u.test(`${'a'.repeat(60)}b`);
    expect(() => withTimeLimit(0, hang, (seconds) => new InputError(`not within ${seconds} s`))).toThrow(
      'not within 2 s',
    );
  });

  it('passes on results and errors, and may be nested', () => {
    const fail = () => new InputError('too long');
    expect(withTimeLimit(0, () => withTimeLimit(0, () => undefined, fail) ?? 7, fail)).toBe(7);
    expect(() =>
      withTimeLimit(
        0,
        () => {
          throw new RangeError('own');
        },
        fail,
      ),
    ).toThrow(RangeError);
  });
});
