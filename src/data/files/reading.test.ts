import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError, RltError, StorageError, UsageError } from '../../errors.js';
import { JsonlAppender, readJsonl, writeJsonl } from './jsonl.js';
import { writeParquet } from './parquet-writer.js';
import { readRecords } from './records.js';
import { failureOf, rowsOf, TestFiles } from './testing/test-files.js';

let files: TestFiles;
let directory: string;
beforeAll(async () => {
  files = await TestFiles.make();
  directory = files.directory;
});
afterAll(() => files.remove());

const wrote = (name: string, content: string | Uint8Array): Promise<string> => files.write(name, content);

describe('a file that Git LFS left a pointer for', () => {
  it.each(['pointer.jsonl', 'pointer.parquet', 'pointer.csv'])('is called by name: %s', async (name) => {
    const file = await wrote(name, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n');
    const error = await failureOf(file);
    expect(error.message).toMatch(/Git LFS pointer/);
    expect(error.facts).toMatchObject({ file, remedy: expect.stringContaining('git lfs pull') });
  });
});

describe('JSONL', () => {
  it('reads objects with their line numbers past a byte order mark, carriage returns, blank lines and a missing last newline', async () => {
    const file = await wrote('a.jsonl', '\ufeff{"a":1}\r\n\n  \n{"b":"é"}');
    expect(await rowsOf(file)).toEqual([
      { value: { a: 1 }, place: { file, line: 1 } },
      { value: { b: 'é' }, place: { file, line: 4 } },
    ]);
  });

  it.each([
    ['{"a":1}\n{"a":', /not JSON/, 2],
    ['{"a":1}\n\n[1]\n', /array but not an object/, 3],
    ['null\n', /not an object/, 1],
    ['{"a":1}\n{"a":1,"b":2,"a":3}\n', /the key "a" occurs twice/, 2],
    ['{"question" :1, "\\u0071uestion": 2}\n', /the key "question" occurs twice/, 1],
    ['{"a":{"a":1},"b":[{"c":1},{"d":{"e":1},"d":{}}]}', /the key "d" occurs twice/, 1],
    ['{"a":": \\"a\\": ","a":1}', /the key "a" occurs twice/, 1],
  ])('names file and line of the bad line in %j', async (content, message, line) => {
    const file = await wrote('bad.jsonl', content);
    const error = await failureOf(file);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(error.facts).toMatchObject({ file, line });
    expect(error.facts.remedy).toBeDefined();
  });

  it('takes text that only looks like a key that occurs twice', async () => {
    const rows = [
      { a: '"a": 1, "a": 2', b: { a: 1 } },
      { a: ': b', b: ':a', c: [':', '":', '\\":'] },
      { a: [{ a: 1 }, { a: 2 }], '\\': 1, '"': 2, '\\"': 3, ':': 4, '': 5, __proto__x: 6 },
    ];
    const file = await wrote('keys.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
    expect((await rowsOf(file)).map(({ value }) => value)).toEqual(rows);
  });

  it('refuses a key exactly where it occurs twice in one object', async () => {
    const key = fc.constantFrom('a', 'b', ':', '"', '\\', '":', 'a\\');
    const written = (text: string): fc.Arbitrary<string> =>
      fc.constantFrom(
        JSON.stringify(text),
        `"${[...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`,
      );
    const space = fc.constantFrom('', ' ', '\t ');
    const { object } = fc.letrec<{ object: [string, boolean]; value: [string, boolean] }>((tie) => ({
      object: fc
        .array(
          key.chain((name) =>
            fc
              .tuple(fc.constant(name), written(name), space, tie('value'))
              .map(([own, text, gap, [value, isRepeated]]) => ({
                own,
                text: `${gap}${text}${gap}:${gap}${value}`,
                isRepeated,
              })),
          ),
          { maxLength: 4 },
        )
        .map((members) => [
          `{${members.map(({ text }) => text).join()}}`,
          members.some(({ isRepeated }) => isRepeated) || new Set(members.map(({ own }) => own)).size < members.length,
        ]),
      value: fc.oneof(
        { maxDepth: 3 },
        fc.tuple(key.chain(written), fc.constant(false)),
        tie('object'),
        fc
          .array(tie('value'), { maxLength: 3 })
          .map((items): [string, boolean] => [
            `[${items.map(([text]) => text).join()}]`,
            items.some(([, isRepeated]) => isRepeated),
          ]),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(object, async ([text, isRepeated]) => {
        const file = await wrote('any.jsonl', text);
        const refused = await rowsOf(file).then(
          () => false,
          (error: unknown) => error instanceof InputError && error.message.includes('occurs twice'),
        );
        expect(refused).toBe(isRepeated);
      }),
    );
  });

  it('refuses bytes that are not UTF-8, by line', async () => {
    const file = await wrote('latin.jsonl', Buffer.from('{"a":1}\n{"a":"\xe9"}\n', 'latin1'));
    expect((await failureOf(file)).facts).toMatchObject({ file, line: 2 });
  });

  it('keeps to its limits on line length, file size and rows', async () => {
    const file = await wrote('long.jsonl', `{"a":1}\n{"a":"${'x'.repeat(600_000)}"}\n{"a":2}\n`);
    expect((await rowsOf(file)).length).toBe(3);
    expect((await failureOf(file, { lineBytes: 500_000 })).facts).toMatchObject({ line: 2 });
    expect((await failureOf(file, { rows: 2 })).facts).toMatchObject({ line: 3 });
    expect((await failureOf(file, { fileBytes: 1000 })).message).toMatch(/more than the limit of 1000/);
  });

  it('splits lines rightly wherever the chunks of the stream end', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => ({ i, text: 'é'.repeat(i % 23) }));
    const file = join(directory, 'chunks.jsonl');
    await writeJsonl(file, rows);
    expect((await rowsOf(file)).map((row) => row.value)).toEqual(rows);
  });

  it('says so when the file is missing or a directory', async () => {
    expect(await failureOf(join(directory, 'none.jsonl'))).toBeInstanceOf(UsageError);
    expect((await failureOf(join(directory, 'none'))).message).toMatch(/cannot be opened/);
    expect((await failureOf(await wrote('x.txt', '{"a":1}'))).message).toMatch(/extension/);
  });

  it('drops an unfinished last line when it goes on appending, and only that', async () => {
    const file = await wrote('torn.jsonl', '{"a":1}\n{"a":2}\n{"a":');
    const appender = await JsonlAppender.open(file);
    expect(appender.droppedBytes).toBe(5);
    await appender.append({ a: 3 }, { a: 4 });
    await appender.sync();
    await appender.close();
    expect(await readFile(file, 'utf8')).toBe('{"a":1}\n{"a":2}\n{"a":3}\n{"a":4}\n');
  });

  it('drops a torn line longer than its reading window', async () => {
    const file = await wrote('torn2.jsonl', `{"a":1}\n{"a":"${'x'.repeat(200_000)}`);
    const appender = await JsonlAppender.open(file);
    await appender.close();
    expect(await readFile(file, 'utf8')).toBe('{"a":1}\n');
    const only = await wrote('torn3.jsonl', 'x'.repeat(200_000));
    await (await JsonlAppender.open(only)).close();
    expect(await readFile(only, 'utf8')).toBe('');
  });

  it('refuses to write numbers that JSON cannot hold, and leaves the old file', async () => {
    const file = await wrote('kept.jsonl', '{"a":1}\n');
    await expect(writeJsonl(file, [{ a: Number.NaN }])).rejects.toThrow(StorageError);
    expect(await readFile(file, 'utf8')).toBe('{"a":1}\n');
  });

  it('gives objects or typed errors for any bytes', async () => {
    const file = join(directory, 'fuzz.jsonl');
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(text)),
      fc.array(fc.json(), { maxLength: 4 }).map((texts) => Buffer.from(texts.join('\n'))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        await writeFile(file, content);
        try {
          for await (const row of readJsonl(file)) expect(typeof row.value).toBe('object');
        } catch (error) {
          expect(error).toBeInstanceOf(RltError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('CSV', () => {
  it('reads quoted fields with commas, quotes and line breaks under the header, past a byte order mark', async () => {
    const file = await wrote('a.csv', '\ufeffQuestion, Correct Answer\n"What, is ""2""?\nSay.",two\nq,\n');
    expect((await rowsOf(file)).map((row) => row.value)).toEqual([
      { Question: 'What, is "2"?\nSay.', 'Correct Answer': 'two' },
      { Question: 'q', 'Correct Answer': '' },
    ]);
  });

  it('names the line of a row with too few fields, of an open quote, and of a column given twice', async () => {
    const short = await failureOf(await wrote('short.csv', 'a,b\n1,2\n3\n'));
    expect(short).toBeInstanceOf(InputError);
    expect(short.facts).toMatchObject({ line: 3 });
    expect((await failureOf(await wrote('open.csv', 'a,b\n1,"2\n'))).facts.line).toBeGreaterThan(1);
    expect((await failureOf(await wrote('twice.csv', 'a,a\n1,2\n'))).facts).toMatchObject({ line: 1, field: 'a' });
  });

  it('refuses what is not UTF-8 and a record above the limit', async () => {
    expect((await failureOf(await wrote('latin.csv', Buffer.from('a\n\xe9\n', 'latin1')))).message).toMatch(/UTF-8/);
    const long = await wrote('long.csv', `a,b\n1,${'x'.repeat(5000)}\n`);
    expect(await failureOf(long, { lineBytes: 1000 })).toBeInstanceOf(InputError);
    expect(await failureOf(long, { rows: 0 })).toBeInstanceOf(InputError);
  });

  it('can be left in the middle of a file larger than its buffers', async () => {
    const file = await wrote('large.csv', `a,b\n${'1,2\n'.repeat(100_000)}`);
    let rows = 0;
    for await (const _ of readRecords(file)) if (++rows === 10) break;
    expect(rows).toBe(10);
    expect((await rowsOf(file)).length).toBe(100_000);
  });

  it('gives rows or typed errors for any bytes', async () => {
    const file = join(directory, 'fuzz.csv');
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' '), maxLength: 60 })
        .map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        await writeFile(file, content);
        try {
          for await (const row of readRecords(file)) expect(typeof row.value).toBe('object');
        } catch (error) {
          expect(error).toBeInstanceOf(RltError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('Parquet', () => {
  const columns = [
    { name: 'id', type: 'text' },
    { name: 'tokens', type: 'integer' },
    { name: 'score', type: 'number' },
    { name: 'reward', type: 'json' },
  ] as const;

  it('reads back what was written, nulls and nested values too, over several row groups and reading windows', async () => {
    const file = join(directory, 'a.parquet');
    const rows = Array.from({ length: 25_000 }, (_, i) => ({
      id: `é${i}`,
      tokens: i % 7 === 0 ? null : i,
      score: i / 3,
      reward: i % 2 === 0 ? null : { total: i, parts: [i] },
    }));
    await writeParquet(file, columns, rows);
    const read = await rowsOf(file);
    expect(read.map((row) => row.value)).toEqual(rows);
    expect(read[24_999]?.place).toEqual({ file, line: 25_000 });
  });

  it('refuses more columns than can be read in seconds', async () => {
    const file = join(directory, 'wide.parquet');
    const wide = Array.from({ length: 5001 }, (_, i) => ({ name: `c${i}`, type: 'text' as const }));
    await writeParquet(file, wide, [{ c0: 'x' }]);
    await expect(rowsOf(file)).rejects.toThrow(/columns, more than the limit of 5000.*wide\.parquet/s);
  });

  it('refuses values that do not fit their column', async () => {
    const file = join(directory, 'unfit.parquet');
    await expect(writeParquet(file, columns, [{ tokens: 1.5 }])).rejects.toThrow(/does not fit.*tokens/);
  });

  it('refuses a file that states more rows or bytes than the limits, before reading them', async () => {
    const file = join(directory, 'limits.parquet');
    await writeParquet(
      file,
      columns,
      Array.from({ length: 100 }, (_, i) => ({ id: `row ${i}` })),
    );
    expect((await failureOf(file, { rows: 99 })).message).toMatch(/100 rows/);
    expect((await failureOf(file, { fileBytes: 200 })).message).toMatch(/limit of 200/);
  });

  it('gives rows or typed errors for damaged files', async () => {
    const whole = join(directory, 'whole.parquet');
    await writeParquet(
      whole,
      columns,
      Array.from({ length: 20 }, (_, i) => ({ id: `row ${i}`, tokens: i, score: i, reward: { total: i } })),
    );
    const bytes = await readFile(whole);
    const file = join(directory, 'fuzz.parquet');
    const damage = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.nat(bytes.length).map((length) => bytes.subarray(0, length)),
      fc
        .array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 })
        .map((edits) => {
          const copy = Buffer.from(bytes);
          for (const [at, value] of edits) copy[at] = value;
          return copy;
        }),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (content) => {
        await writeFile(file, content);
        try {
          for await (const row of readRecords(file)) expect(typeof row.value).toBe('object');
        } catch (error) {
          expect(error).toBeInstanceOf(RltError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
