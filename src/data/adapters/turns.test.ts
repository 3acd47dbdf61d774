import { describe, expect, it } from 'vitest';
import { InputError } from '../../errors.js';
import { turnsIn } from './turns.js';

const user = { role: 'user', content: '2+2?' };

describe('turns', () => {
  it('of parts are read under the types of text that interfaces give them', () => {
    const turns = turnsIn(
      [
        { role: 'user', content: [{ type: 'input_text', text: '2+' }, { text: '2?' }] },
        { role: 'assistant', content: [{ type: 'output_text', text: '4' }] },
      ],
      'messages',
      {},
    );
    expect(turns.map(({ text }) => text)).toEqual(['2+2?', '4']);
  });

  const call = [{ id: '1', type: 'function', function: { name: 'sum', arguments: '{}' } }];
  it.each<[string, object, string]>([
    ['a call without text', { role: 'assistant', content: null, tool_calls: call }, 'messages.1.tool_calls'],
    ['a call beside text', { role: 'assistant', content: 'Let me see.', tool_calls: call }, 'messages.1.tool_calls'],
    ['an old call', { role: 'assistant', content: null, function_call: { name: 'sum' } }, 'messages.1.function_call'],
    ['a part', { role: 'assistant', content: [{ type: 'tool_use', name: 'sum' }] }, 'messages.1.content.0'],
    ['an answer', { role: 'tool', content: '4' }, 'messages.1'],
    ['an old answer', { role: 'function', name: 'sum', content: '4' }, 'messages.1'],
  ])('that call tools are refused by that: %s', (_, turn, field) => {
    const read = () => turnsIn([user, turn], 'messages', { file: 'chat.jsonl', line: 3 });
    expect(read).toThrow(InputError);
    expect(read).toThrow(`the conversation calls a tool, and only text can be read (chat.jsonl:3, field ${field})`);
  });

  it('with an empty list of calls are turns as all others', () => {
    const [, reply] = turnsIn([user, { role: 'assistant', content: '4', tool_calls: [] }], 'messages', {});
    expect(reply?.text).toBe('4');
  });

  it('without content are told of', () => {
    expect(() => turnsIn([{ role: 'user', content: null }], 'messages', {})).toThrow(/a turn has no content/);
  });
});
