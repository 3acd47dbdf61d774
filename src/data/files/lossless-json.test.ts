import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { jsonParts, losslessNumber, parseJson } from './lossless-json.js';

test.each([
  ['5', 5],
  ['-0', -0],
  ['1.0', 1],
  ['1e3', 1000],
  ['9007199254740991', 9007199254740991],
  ['9007199254740993', '9007199254740993'],
  ['-9007199254740993', '-9007199254740993'],
  ['6150769120280496265', '6150769120280496265'],
  ['123456789012345678901', '123456789012345678901'],
  // 10^21 is a double, but String would write it as 1e+21.
  ['1000000000000000000000', '1000000000000000000000'],
  ['0.1', 0.1],
  ['0.30000000000000004', 0.30000000000000004],
  ['0.1000000000000000055', '0.1000000000000000055'],
  ['3.14159265358979323846', '3.14159265358979323846'],
  ['12345678.123456789012', '12345678.123456789012'],
  ['1.50000000000000000000', 1.5],
  ['1e400', '1e400'],
  ['1e-400', '1e-400'],
  ['0e999', 0],
])('the number %s is read as %j', (text, expected) => {
  expect(losslessNumber(text)).toBe(expected);
});

describe('parseJson', () => {
  it('keeps long numbers wherever they are, and nothing inside strings is touched', () => {
    const text = String.raw`{"a": 123456789012345678901, "b": [{"c": -0.1000000000000000055}, 7], "123456789012345678901": "x \" 123456789012345678901 \\", "d": true}`;
    expect(parseJson(text)).toEqual({
      a: '123456789012345678901',
      b: [{ c: '-0.1000000000000000055' }, 7],
      '123456789012345678901': 'x " 123456789012345678901 \\',
      d: true,
    });
    expect(parseJson('12345678901234567890')).toBe('12345678901234567890');
    expect(() => parseJson('{"a": 012345678901234567890}')).toThrow(SyntaxError);
  });

  it('gives what JSON.parse gives for anything that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, null, 1);
        const parsed: unknown = JSON.parse(text, (_, item) =>
          Number.isInteger(item) && !Number.isSafeInteger(item) ? losslessNumber(String(item)) : item,
        );
        // Beyond 10^21 JSON.stringify writes an exponent, which stays a number.
        if (!/\de\+/.test(text)) expect(parseJson(text)).toEqual(parsed);
      }),
      { numRuns: 500 },
    );
  });

  it('is linear in the length of strings and of runs of backslashes', () => {
    const long = JSON.stringify({ text: `${'\\'.repeat(2_000_000)}${'"'.repeat(1_000_000)}`, n: 1 }).replace(
      '"n":1',
      '"n":12345678901234567890',
    );
    expect(parseJson(long)).toMatchObject({ n: '12345678901234567890' });
  });
});

test('the parts of a list or object are found, whatever strings hold', () => {
  const partsOf = (text: string) => [...jsonParts(text, 0)].map(({ key, start, end }) => [key, text.slice(start, end)]);
  expect(partsOf('[ {"a": "]}\\""} ,[1, [2]],\n-5.5e3,"x,y" , null]')).toEqual([
    [undefined, '{"a": "]}\\""}'],
    [undefined, '[1, [2]]'],
    [undefined, '-5.5e3'],
    [undefined, '"x,y"'],
    [undefined, 'null'],
  ]);
  expect(partsOf('{"a\\"": [{}], "b": {"c": [] }\n, "d": 5}')).toEqual([
    ['a"', '[{}]'],
    ['b', '{"c": [] }'],
    ['d', '5'],
  ]);
  expect(partsOf('[]')).toEqual([]);
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (values) => {
      const text = JSON.stringify(values, null, 2);
      expect([...jsonParts(text, 0)].map(({ start, end }) => JSON.parse(text.slice(start, end)))).toEqual(
        JSON.parse(text),
      );
    }),
  );
});
