import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, RltError } from '../../errors.js';
import { loadTokenizer } from '../tokenizer/tokenizer.js';
import {
  type ChatMessage,
  type ChatOptions,
  chatTemplateOf,
  compileChatTemplate,
  encodeChat,
  endOfTurn,
  type TemplateVariables,
} from './chat-template.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const goldens = join(root, 'src/text/goldens');
/** The models' own templates, which are not ours to publish; scripts/goldens/chat_templates.py says what they are. */
const originals = join(root, 'models/chat-templates');

interface Chat {
  readonly kind: 'ordinary' | 'hostile';
  readonly messages: readonly ChatMessage[];
  readonly addGenerationPrompt: boolean;
  readonly variables: TemplateVariables;
  readonly text: string;
  readonly ids: number[];
}

interface Golden {
  readonly templateSha256: string;
  readonly date: string;
  readonly chats: readonly Chat[];
}

function user(content: string): ChatMessage[] {
  return [{ role: 'user', content }];
}

describe.each(['llama-3.2', 'qwen-2.5', 'qwen-3', 'smollm2'])('conversations of %s', async (family) => {
  const golden = JSON.parse(readFileSync(join(goldens, `${family}.json`), 'utf8')) as Golden;
  const tokenizer = await loadTokenizer(join(goldens, family));
  const rewritten = chatTemplateOf(tokenizer);
  const controlTexts = Array.from({ length: tokenizer.vocabularySize }, (_, id) => id)
    .filter((id) => tokenizer.isControl(id))
    .map((id) => tokenizer.decode([id]));
  const file = join(originals, `${family}.jinja`);
  const source = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (source === undefined) console.warn(`skipped: the original template of ${family} is not at models/chat-templates`);

  it.each(golden.chats.map((chat, i) => [i, chat] as const))(
    'number %i: text and ids equal those of transformers',
    (_, chat) => {
      const options = { ...chat, date: golden.date };
      expect(rewritten.render(chat.messages, options)).toBe(chat.text);
      const ids = encodeChat(tokenizer, rewritten, chat.messages, options);
      const said = chat.messages.map((message) => message.content).join('\n');
      // There, transformers makes control tokens of the user's words.
      if (controlTexts.some((control) => said.includes(control))) expect(ids).not.toEqual(chat.ids);
      else expect(ids).toEqual(chat.ids);
    },
  );

  it.skipIf(source === undefined)('with the original template: text and ids equal those of transformers', () => {
    const original = compileChatTemplate(source ?? '', tokenizer.templateTokens);
    expect(
      createHash('sha256')
        .update(source ?? '')
        .digest('hex'),
    ).toBe(golden.templateSha256);
    for (const chat of golden.chats) {
      const options = { ...chat, date: golden.date };
      expect(original.render(chat.messages, options)).toBe(chat.text);
      if (chat.kind === 'ordinary') expect(encodeChat(tokenizer, original, chat.messages, options)).toEqual(chat.ids);
    }
  });

  it('holds the same control tokens whatever the user says', () => {
    const controls = (text: string): number[] => {
      const ids = encodeChat(tokenizer, rewritten, user(text), { addGenerationPrompt: true, date: golden.date });
      return ids.filter((id) => tokenizer.isControl(id));
    };
    const expected = controls('Hello');
    const parts = ['<|im_end|>', '<|im_start|>', '<|eot_id|>', '<|start_header_id|>', '<think>', '{{ x }}', '\n', 'a'];
    const words = fc.array(fc.oneof(fc.constantFrom(...parts), fc.string({ unit: 'binary' })), { maxLength: 6 });
    fc.assert(
      fc.property(words, (said) => {
        expect(controls(said.join(''))).toEqual(expected);
      }),
    );
  });

  it('end with the control token of the template', () => {
    const expected = family.startsWith('llama') ? '<|eot_id|>' : '<|im_end|>';
    expect(endOfTurn(tokenizer, rewritten).id).toBe(tokenizer.idOf(expected));
  });
});

describe('pieces', () => {
  const options = { addGenerationPrompt: false };

  it('keep messages apart from the template', () => {
    const chat = compileChatTemplate('{% for m in messages %}[{{ m.content | trim }}]{% endfor %}', {});
    expect(chat.pieces(user(' \n x [y] '), options)).toEqual([
      { text: '[', control: true },
      { text: 'x [y]', control: false },
      { text: ']', control: true },
    ]);
  });

  it('trim as Python does', () => {
    const chat = compileChatTemplate('<{{ messages[0].content | trim }}>', {});
    expect(chat.render(user('\u0085\u001c\ufeff x\u3000\n'), options)).toBe('<\ufeff x>');
  });

  it('follow a template that strips newlines, as far as they can', () => {
    const chat = compileChatTemplate("<{{ messages[0].content.lstrip('\\n') }}>", {});
    expect(chat.render(user('\n\nx \n'), options)).toBe('<x \n>');
    expect(() => chat.render(user('\n \nx'), options)).toThrow(/strips other white space/);
  });

  it('stay exact when a message holds what stands in for messages', () => {
    const chat = compileChatTemplate('<{{ messages[0].content }}>', {});
    for (const text of ['\uE000', '\uE000\uE0020;', '\uE000\uE001\uE0020;']) {
      expect(chat.render(user(text), options)).toBe(`<${text}>`);
    }
  });

  it('read line ends of a template as Jinja does', () => {
    expect(compileChatTemplate('a\r\n{{ messages[0].content }}\r\n', {}).render(user('x\r\ny'), options)).toBe(
      'a\nx\r\ny',
    );
  });
});

describe('a template that cannot be followed', () => {
  const options = { addGenerationPrompt: false };
  const cases: [string, string, RegExp][] = [
    ['changes the words', '{{ messages[0].content | upper }}', /does more with the messages/],
    ['leaves a message out', '{{ messages[0].role }}', /does not print the user message/],
    [
      'looks into the words',
      "{{ messages[0].content }}{% if 'x' in messages[0].content %}!{% endif %}",
      /does more with the messages/,
    ],
    ['asks for the clock', "{{ strftime_now('%d') }}{{ messages[0].content }}", /set a date/],
    ['raises an exception', "{{ raise_exception('no system role') }}", /refuses these messages: no system role/],
    ['loops without end', '{% for i in range(10000000000) %}x{% endfor %}', /a range of/],
    ['uses what is not there', '{{ messages[0].content | nosuchfilter }}', /fails/],
  ];

  it.each(cases)('because it %s is refused', (_, source, message) => {
    const chat = compileChatTemplate(source, {}, 'tokenizer_config.json');
    expect(() => chat.render(user('box'), options)).toThrow(InputError);
    expect(() => chat.render(user('box'), options)).toThrow(message);
  });

  it('because it is no template is refused on loading', () => {
    expect(() => compileChatTemplate('{% if %}', {}, 'c.json')).toThrow(/cannot be read.*c\.json/s);
  });

  it('only ever raises errors of ours', () => {
    const parts = [
      '{{',
      '}}',
      '{%',
      '%}',
      ' if ',
      ' for m in messages ',
      'messages',
      '[0]',
      '.content',
      '|',
      'trim',
      "'",
      'x',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 12 }), (source) => {
        try {
          compileChatTemplate(source.join(''), {}).render(user('a'), options);
        } catch (error) {
          expect(error).toBeInstanceOf(RltError);
        }
      }),
    );
  });

  it('with a thought in an earlier answer of Qwen 3 is refused, because the template cuts it out', () => {
    const source = "{{ messages[0].content.split('</think>')[-1] }}";
    expect(() => compileChatTemplate(source, {}).render(user('a</think>b'), options)).toThrow(InputError);
  });
});

describe('a template that is rendered again', () => {
  const source =
    '{% if shout is defined %}!{% endif %}{% set shout = messages[0].role %}{{ shout }}{% for m in messages %}' +
    '[{{ m.role }}{% if m.content %}:{{ m.content if loop.first else m.content | trim }}{% endif %}]{% endfor %}' +
    '{{ mood }}{% if add_generation_prompt %}>{% endif %}';
  const conversations: ChatMessage[][] = [
    user('one'),
    user(' two '),
    user(''),
    user('\uE000\uE0020;'),
    [{ role: 'system', content: ' be kind ' }, ...user(' three ')],
    [{ role: 'system', content: '' }, ...user(' four ')],
    [...user('five'), { role: 'assistant', content: ' six ' }],
  ];
  const settings: ChatOptions[] = [
    { addGenerationPrompt: true },
    { addGenerationPrompt: false },
    { addGenerationPrompt: true, variables: { mood: 'glad' } },
    { addGenerationPrompt: true, variables: { shout: true, mood: null } },
  ];

  it('says the same as at the first time, whatever came before', () => {
    const once = (messages: readonly ChatMessage[], chosen: ChatOptions) =>
      compileChatTemplate(source, {}).pieces(messages, chosen);
    const chat = compileChatTemplate(source, {});
    for (let round = 0; round < 2; round++)
      for (const messages of conversations)
        for (const chosen of settings) expect(chat.pieces(messages, chosen)).toEqual(once(messages, chosen));
    for (const chosen of settings)
      for (const messages of conversations) expect(chat.pieces(messages, chosen)).toEqual(once(messages, chosen));
  });

  it('is refused for a content that it alters, though it printed others', () => {
    const options = { addGenerationPrompt: false };
    const chat = compileChatTemplate("{{ messages[0].content.split('</think>')[-1] }}", {});
    expect(chat.render(user('good'), options)).toBe('good');
    expect(() => chat.render(user('a</think>b'), options)).toThrow(InputError);
    expect(chat.render(user('good again'), options)).toBe('good again');
  });
});

it('a date is left to the template without a setting', async () => {
  const tokenizer = await loadTokenizer(join(goldens, 'llama-3.2'));
  const text = chatTemplateOf(tokenizer).render(user('x'), { addGenerationPrompt: false });
  expect(text).toContain('Today Date: 26 Jul 2024');
});
