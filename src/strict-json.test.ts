import { expect, it } from 'vitest';
import { InputError } from './errors.js';
import { parseStrictJson } from './strict-json.js';

const parse = (text: string): unknown => parseStrictJson(text, 'file.json');

it('reads what JSON.parse reads', () => {
  for (const text of [
    '{"a":{"a":1},"b":[{"a":2},"[[[\\"{"]}',
    '[]',
    '"x\\\\"',
    '3',
    '{"":1," ":2}',
    `${'['.repeat(99)}${']'.repeat(99)}`,
  ])
    expect(parse(text)).toEqual(JSON.parse(text));
});

it.each([
  ['a key twice', '{"a":1,"b":2,"a":1}', /key "a" occurs twice/],
  ['a key twice, written otherwise', '{"a":1,"\\u0061":2}', /key "a" occurs twice/],
  ['a key twice, deep inside', '[{"x":{"<|end|>":1,"<|end|>":2}}]', /key "<\|end\|>" occurs twice/],
  ['brackets nested a hundred thousand deep', '['.repeat(100_000), /nested more than 100 levels/],
  ['objects nested', '{"a":'.repeat(101), /nested more than 100 levels/],
  ['a string without an end', '{"a', /not valid JSON/],
  ['a string that ends in a backslash', '{"a":"\\', /not valid JSON/],
  ['nothing', '', /not valid JSON/],
])('refuses %s, naming the file', (_, text, message) => {
  expect(() => parse(text)).toThrow(InputError);
  expect(() => parse(text)).toThrow(message);
  expect(() => parse(text)).toThrow('file.json');
});

it('takes linear time on hostile text', () => {
  const before = performance.now();
  for (const unit of ['[', '"', '\\', '"\\', '{"', '\\"'])
    expect(() => parse(unit.repeat(3_000_000))).toThrow(InputError);
  expect(performance.now() - before).toBeLessThan(20_000);
});
