import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readParquet } from './parquet.js';
import { type ParquetColumn, parquetBytes, writeParquet } from './parquet-writer.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rlt-parquet-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const COLUMNS = [
  { name: 'text', type: 'text' },
  { name: 'integer', type: 'integer' },
  { name: 'number', type: 'number' },
  { name: 'json', type: 'json' },
  { name: 'floats', type: 'floats' },
  { name: 'integers', type: 'integers' },
  { name: 'texts', type: 'texts' },
] as const satisfies readonly ParquetColumn[];

async function writtenAndRead(
  columns: readonly ParquetColumn[],
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<Record<string, unknown>[]> {
  const file = join(directory, 'rows.parquet');
  await writeParquet(file, columns, rows);
  const read: Record<string, unknown>[] = [];
  for await (const { value } of readParquet(file)) read.push(value);
  return read;
}

/** Values that repeat and values that do not, none and empty ones. The reader gives null for an infinity, as JSON does. */
const few = <Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 5, arbitrary: values });
const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'the', 'x', '\u{1f600}', '\0'));
const integer = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 3 }));
const float = fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, -0, -1.5));
const row = fc.record({
  text: few(text),
  integer: few(fc.maxSafeInteger()),
  number: few(fc.double({ noNaN: true, noDefaultInfinity: true })),
  json: few(fc.dictionary(fc.oneof(text, fc.constant('__proto__')), fc.oneof(text, integer))),
  floats: few(fc.oneof(fc.array(float), fc.float32Array({ noNaN: true, noDefaultInfinity: true }))),
  integers: few(fc.array(integer)),
  texts: few(fc.array(text)),
});

test('what was written is read back: any values, none of them, and lists of any length', async () => {
  const plain = ({ floats, json, ...others }: Readonly<Record<string, unknown>>) => ({
    ...others,
    json: json === null ? null : JSON.parse(JSON.stringify(json)),
    floats: floats === null ? null : Array.from(floats as Float32Array),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
      expect(await writtenAndRead(COLUMNS, rows)).toEqual(rows.map(plain));
    }),
    { numRuns: 200 },
  );
});

test('a file of several pages and row groups is read back, a row longer than a page included', async () => {
  const list = (length: number, from: number) => Array.from({ length }, (_, i) => (from + i) % 50_000);
  const rows = Array.from({ length: 10_050 }, (_, i) => ({
    text: i === 7 ? 'long '.repeat(300_000) : `row ${i} `.repeat(20),
    integers: list(i % 80, i),
    texts: i === 10_007 ? list(70_000, 0).map(String) : i % 5 === 0 ? [] : ['a', `b${i % 3}`],
    floats: Float32Array.from(list(i === 3 ? 300_000 : 60, i)),
  }));
  const columns = COLUMNS.filter(({ name }) => name in (rows[0] ?? {}));
  const read = await writtenAndRead(columns, rows);
  expect(read).toHaveLength(rows.length);
  for (const i of [0, 3, 7, 8, 79, 9_999, 10_000, 10_007, 10_008, 10_049]) {
    const { floats, ...others } = rows[i] ?? {};
    expect(read[i]).toEqual({ ...others, floats: Array.from(floats ?? []) });
  }
  const { row_groups: groups } = await parquetMetadataAsync(await asyncBufferFromFile(join(directory, 'rows.parquet')));
  expect(groups.map(({ num_rows: count }) => Number(count))).toEqual([10_000, 50]);
});

test('values that repeat take the space of one', async () => {
  const file = join(directory, 'rows.parquet');
  const sizeOf = async (texts: readonly string[]): Promise<number> => {
    await writeParquet(
      file,
      [{ name: 'text', type: 'text' }],
      texts.map((own) => ({ text: own })),
    );
    return statSync(file).size;
  };
  const texts = Array.from({ length: 1000 }, (_, i) =>
    Array.from({ length: 20 }, (_, k) => (i * 7919 * (k + 1)) % 9973).join(' '),
  );
  expect(await sizeOf(texts.map((_, i) => texts[i % 4] ?? ''))).toBeLessThan((await sizeOf(texts)) / 50);
});

test.each([
  ['text', 1],
  ['text', ['a']],
  ['integer', 1.5],
  ['integer', '1'],
  ['number', Number.NaN],
  ['number', Number.POSITIVE_INFINITY],
  ['json', 'text'],
  ['floats', 1],
  ['floats', [1, '2']],
  ['integers', [1.5]],
  ['integers', [2 ** 31]],
  ['integers', Float32Array.of(1)],
  ['texts', 'a'],
  ['texts', ['a', 1]],
  ['texts', ['a', null]],
] as const)('a column of type %s refuses %j, and names the row', (type, value) => {
  const columns = [{ name: 'own', type }];
  expect(() => parquetBytes(columns, [{ own: null }, { own: value }], { file: 'a.parquet' })).toThrow(
    new RegExp(`does not fit a column of type ${type} .*a\\.parquet:2.*own`),
  );
});
