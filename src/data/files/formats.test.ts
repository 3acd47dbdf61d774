import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../errors.js';
import { checkTexts } from './record.js';
import { failureOf, rowsOf, TestFiles } from './testing/test-files.js';

let files: TestFiles;
let directory: string;
beforeAll(async () => {
  files = await TestFiles.make();
  directory = files.directory;
});
afterAll(() => files.remove());

const wrote = (name: string, content: string | Uint8Array): Promise<string> => files.write(name, content);

describe('tables', () => {
  it('detects semicolons, tabs and bars in the header, and follows sep=', async () => {
    const rows = [{ question: 'a, b', solution: 'x' }];
    const contents = [
      'question;solution\na, b;x\n',
      '\ufeff"question";"solution"\r\n"a, b";"x"\r\n',
      'question|solution\na, b|x\n',
      'question\tsolution\na, b\tx\n',
      'sep=;\nquestion;solution\na, b;x\n',
      '\ufeffsep=^\r\nquestion^solution\r\na, b^x\r\n',
      'question;solution\ra, b;x\r',
      '"question, or task";solution\n"a, b";x\n',
    ];
    for (const content of contents) {
      const read = (await rowsOf(await wrote('delimited.csv', content))).map((row) => Object.values(row.value));
      expect(read, content).toEqual(rows.map((row) => Object.values(row)));
    }
    const unknown = await failureOf(await wrote('unknown.csv', 'question^solution\na^b\n'));
    expect(unknown.message).toMatch(/the header line "question\^solution" has no known delimiter .*unknown\.csv:1\)/);
    expect(unknown.facts.remedy).toMatch(/sep=/);
  });

  it('reads tab-separated values, with quotes as text and as quotes', async () => {
    const file = await wrote('a.tsv', 'question\tsolution\nHe said "no", why?\t1\n"a\tb"\t"2, ""so"""\n');
    expect((await rowsOf(file)).map((row) => row.value)).toEqual([
      { question: 'He said "no", why?', solution: '1' },
      { question: 'a\tb', solution: '2, "so"' },
    ]);
  });

  it('leaves out columns without a name and rows without a value', async () => {
    const file = await wrote('excel.csv', ',question,solution,,\n0,q,s,,\n,,,,\n1,r,t,,\n');
    expect((await rowsOf(file)).map((row) => row.value)).toEqual([
      { question: 'q', solution: 's' },
      { question: 'r', solution: 't' },
    ]);
  });

  it('gives the line at which a row begins, whatever ends lines and whatever stands before', async () => {
    const rows = 'q,s\n\n"one\ntwo","a\nb"\n,\n \n3,4\n';
    for (const [name, content, first] of [
      ['unix', rows, 3],
      ['windows', rows.replaceAll('\n', '\r\n'), 3],
      ['mac', rows.replaceAll('\n', '\r'), 3],
      ['both', rows.replace('q,s\n\n', 'q,s\n\r\n').replace('3,4\n', '3,4\r\n'), 3],
      ['sep', `\ufeffsep=,\n${rows}`, 4],
    ] as const) {
      const found = (await rowsOf(await wrote(`${name}.csv`, content))).map(({ place }) => place.line);
      expect(found, name).toEqual([first, first + 5]);
    }
  });

  it.each([
    ['LF, then CRLF', 'q,s\n"1","2"\r\n"a\nb",4\r\n5,6\n'],
    ['CRLF, then LF', 'q,s\r\n"1","2"\n"a\nb",4\n5,6\r\n'],
    ['CRLF, then LF, behind a quoted name', '"q",s\r\n"1","2"\n"a\nb",4\r\n5,6'],
  ])('reads rows whose line ends differ: %s', async (_name, content) => {
    const rows = await rowsOf(await wrote('mixed.csv', content));
    expect(rows.map(({ value }) => Object.values(value))).toEqual([
      ['1', '2'],
      ['a\nb', '4'],
      ['5', '6'],
    ]);
    expect(rows.map(({ place }) => place.line)).toEqual([2, 3, 5]);
    const tabs = await rowsOf(await wrote('mixed.tsv', content.replaceAll(',', '\t')));
    expect(tabs.map(({ value }) => value)).toEqual(rows.map(({ value }) => value));
  });

  it.each([
    ['number of fields', '"1\n2","3\n4",5\n', 2, /a row has 3 fields, and the header has 2/],
    ['number of fields in a short row', '\n"1\r\n2"\n3,4\n', 3, /a row has 1 field, and the header has 2/],
    ['quote that stays open', `${'1,"2"\n'.repeat(20)}5,"6\n${'7,8\n'.repeat(20)}`, 22, /never closed/],
    ['quote that stays open behind many rows', `${'é,"2\n"\n'.repeat(40_000)}5,"6\n7,8\n`, 80_002, /never closed/],
    ['quote that stays open in a row of many lines', '1,2\n"3\n4","5\n6,7\n', 4, /never closed/],
    ['quote that stays open in the first field', '1,2\n\n"3,4\n5,6\n', 4, /never closed/],
    ['quote that another row closes', '1,"2\n3,4\n5,"6"\n', 2, /a quote within a field is followed by more of it/],
    ['quote within', '1,2\n"3\n4",5"6\n', 4, /a field has a quote in its middle/],
    ['earlier of two faults', '1\n2,"3\n', 2, /a row has 1 field/],
  ])('names the line at which what is wrong begins: a %s', async (_name, rows, line, message) => {
    const error = await failureOf(await wrote('wrong.csv', `q,s\n${rows}`));
    expect(error.message).toMatch(message);
    expect(error.facts.line).toBe(line);
  });

  it('names the row that is too long, and a header with an open quote behind sep=', async () => {
    const long = await failureOf(await wrote('long.csv', `q,s\n1,2\n3,"4\n${'5\n'.repeat(99)}`), { lineBytes: 50 });
    expect(long.message).toMatch(/a row is longer than the limit of 50 bytes .*long\.csv:3\)/);
    expect((await failureOf(await wrote('header.csv', 'sep=;\n"q;s\n1;2\n'))).facts.line).toBe(2);
  });

  it('keeps long numbers, and names the line that is not UTF-8', async () => {
    const file = await wrote('long.csv', 'id,x\n6150769120280496265,1.10\n');
    expect((await rowsOf(file)).map((row) => row.value)).toEqual([{ id: '6150769120280496265', x: '1.10' }]);
    const latin = await wrote('latin.csv', Buffer.from('a,b,c\n1,2,3\n"3,4",x\xe9,5\n', 'latin1'));
    expect((await failureOf(latin)).facts).toMatchObject({ file: latin, line: 3, field: 'b' });
  });
});

describe('JSON', () => {
  it.each([
    ['a list', '[\n  {"a": 1},\n  {"a": 12345678901234567890}\n]\n', [2, 3]],
    ['a list under a key', '{"version": 1, "data": [{"a": 1},\n{"a": 12345678901234567890}]}', [1, 2]],
    ['lines', '{"a": 1}\n\n{"a": 12345678901234567890}\n', [1, 3]],
    ['lines that end as on old Macs', '{"a": 1}\r{"a": 12345678901234567890}\r', [1, 2]],
  ])('reads %s, with the line of each record', async (_, content, lines) => {
    const file = await wrote('records.json', content);
    expect(await rowsOf(file)).toEqual([
      { value: { a: 1 }, place: { file, line: lines[0] } },
      { value: { a: '12345678901234567890' }, place: { file, line: lines[1] } },
    ]);
  });

  it('places the records of a list in one line, past a byte order mark, by their numbers', async () => {
    const file = await wrote('line.json', '\ufeff[{"a": 1}, {"a": 12345678901234567890}]');
    expect(await rowsOf(file)).toEqual([
      { value: { a: 1 }, place: { file, record: 1 } },
      { value: { a: '12345678901234567890' }, place: { file, record: 2 } },
    ]);
    const error = await failureOf(await wrote('element.json', '[{},\n{}, 5]'));
    expect(error.message).toMatch(/is not an object \(.*element\.json, record 3\)/);
  });

  it('reads one record, whose turns are not records', async () => {
    const record = { messages: [{ role: 'user', content: 'q' }], id: 5 };
    const file = await wrote('one.json', JSON.stringify(record, null, 2));
    expect((await rowsOf(file)).map((row) => row.value)).toEqual([record]);
    expect(await rowsOf(await wrote('none.json', '[]'))).toEqual([]);
    expect(await rowsOf(await wrote('blank.json', ' \n'))).toEqual([]);
  });

  it.each([
    ['[{"a": 1},\n{"a": }]', /the file is not JSON/, 2],
    ['[{"a": 1},\n 5]', /an element of the list is not an object/, 2],
    ['{"train": [{"a": 1}], "test": [{"a": 2}]}', /several lists of records: train, test/, undefined],
    ['"text"', /neither a list of objects nor an object/, undefined],
    ['{"a": 1}\n{"a": ]\n', /the line is not JSON/, 2],
  ])('refuses %j', async (content, message, line) => {
    const error = await failureOf(await wrote('bad.json', content));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(error.facts.line).toBe(line);
    expect(error.facts.remedy).toBeDefined();
  });

  it('keeps to its limit on rows', async () => {
    expect((await failureOf(await wrote('rows.json', '[{},\n{},\n{}]'), { rows: 2 })).facts).toMatchObject({ line: 3 });
  });
});

describe('files of another kind', () => {
  const zip = (name: string) => Buffer.from(`PK\x03\x04............${name}`, 'latin1');
  it.each([
    ['a.jsonl', Buffer.from('\x1f\x8b\x08\0', 'latin1'), /this is gzip-compressed .*\n {2}Decompress it first/],
    ['a.jsonl.gz', Buffer.from('\x1f\x8b\x08\0', 'latin1'), /this is gzip-compressed/],
    ['a.csv', zip('xl/workbook.xml'), /this is an Excel workbook .*\n {2}Save the sheet as CSV/],
    [
      'a.xlsx',
      zip('[Content_Types].xml'),
      /this is an Excel workbook .*Its first row names the columns, such as question/s,
    ],
    ['a.jsonl', zip('mimetypeapplication/vnd.oasis.opendocument.spreadsheet'), /an OpenDocument spreadsheet .*as CSV/s],
    ['a.numbers', zip('Index/Document.iwa'), /this is a document of Numbers.*as CSV/s],
    ['a.docx', zip('[Content_Types].xml'), /this is a Word document .*Write its problems into a CSV file .*JSONL/s],
    ['a.csv', zip('[Content_Types].xml word/document.xml'), /this is a Word document/],
    ['a.odt', zip('mimetypeapplication/vnd.oasis.opendocument.text'), /an OpenDocument text .*JSONL/s],
    ['a.pptx', zip('ppt/presentation.xml'), /this is a presentation .*JSONL/s],
    ['a.xls', Buffer.from('\xd0\xcf\x11\xe0\0', 'latin1'), /this is an old Excel workbook .*as CSV/s],
    ['a.doc', Buffer.from('\xd0\xcf\x11\xe0\0', 'latin1'), /this is an old Word or PowerPoint document .*JSONL/s],
    ['a.pdf', '%PDF-1.7\n', /this is a PDF document .*JSONL/s],
    ['a.rtf', '{\\rtf1 Hello}', /this is an RTF document .*JSONL/s],
    ['a.json', zip('train.json'), /this is a ZIP archive/],
    ['c.csv', Buffer.from('a,b\n1,2 €\n', 'utf16le'), /this is UTF-16 text .*iconv -f utf-16le -t utf-8 /s],
    ['d.jsonl', Buffer.from('{"a":1}\n', 'utf16le').swap16(), /this is UTF-16 text .*iconv -f utf-16be -t utf-8 /s],
    [
      'b.csv',
      Buffer.from('\ufeffa,b\n', 'utf16le'),
      /this is UTF-16 text .*\n {2}Save the file as UTF-8 .*iconv -f utf-16 -t utf-8 .*b\.csv > new\.csv converts it/,
    ],
    [
      'misread.csv',
      'Frage;LÃ¶sung\nWas ist 1 + 1?;2\n',
      /read in another encoding .* \(a column is named "LÃ¶sung" instead of "Lösung"\).*\n {2}.*iconv -f utf-8 -t windows-1252 .* > new\.csv/,
    ],
    ['marked.jsonl', 'ï»¿{"question":"q","solution":"s"}\n', /begins with "ï»¿", which is the mark of UTF-8/],
    ['b.jsonl', '<!DOCTYPE html>\n<html></html>', /this is a web page/],
    ['b.parquet', '<html>', /this is a web page/],
    ['empty.parquet', '', /^the file is empty/],
    ['marker.parquet', 'PAR1', /this is not a readable Parquet file \(its metadata are damaged\)/],
    ['zeros.parquet', `PAR1${'\0'.repeat(64)}PAR1`, /this is not a readable Parquet file \((?!Cannot).*\)/],
    ['c.parquet', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n', /this is a Git LFS pointer/],
    ['c.jsonl', Buffer.from('PAR1....', 'latin1'), /this is a Parquet file .*\n {2}Rename it/],
    ['c.tsv', Buffer.from('a\tb\0\x01\x02', 'latin1'), /this is a binary file/],
    [
      'nul.jsonl',
      `${'{"question":"Wie heißt er?","solution":"b"}\n'.repeat(6)}{"question":"a\0"}\n`,
      /this is a text with a NUL character \(.*nul\.jsonl:7\)/,
    ],
  ])('%s is refused by what it is', async (name, content, message) => {
    const error = await failureOf(await wrote(name, content));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
  });

  it('a folder is refused with the files in it', async () => {
    const folder = join(directory, 'folder.jsonl');
    await mkdir(folder);
    expect((await failureOf(folder)).message).toMatch(
      /this is a folder, not a data file .*\n {2}Name a file that ends in/,
    );
    await writeFile(join(folder, 'train.jsonl'), '{}\n');
    expect((await failureOf(folder)).message).toMatch(/such as \S*folder\.jsonl\/train\.jsonl/);
  });

  it.skipIf(process.platform === 'win32')('a pipe, a socket and a device are refused, and never opened', async () => {
    const pipe = 'Write what comes out of it to a file first, and name that file.';
    for (const ending of ['jsonl', 'json', 'csv', 'tsv', 'parquet', 'txt']) {
      const file = join(directory, `pipe.${ending}`);
      execFileSync('mkfifo', [file]);
      expect((await failureOf(file)).message).toBe(`this is a pipe, not a file (${file})\n  ${pipe}`);
    }
    const socket = join(directory, 'socket.jsonl');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    expect((await failureOf(socket)).message).toBe(`this is a socket, not a file (${socket})\n  Name a file.`);
    server.close();
    expect((await failureOf('/dev/null')).message).toBe('this is a device, not a file (/dev/null)\n  Name a file.');
  });
});

describe('text that has no UTF-8 form', () => {
  it('in a line is named with its field', async () => {
    const file = await wrote(
      'bytes.jsonl',
      Buffer.from('{"a":"x"}\n{"a":"x","meta":{"b":["y","\xed\xa0\x80"]}}\n', 'latin1'),
    );
    expect((await failureOf(file)).facts).toMatchObject({ file, line: 2, field: 'meta.b.1' });
    const list = await wrote('bytes.json', Buffer.from('[{"a":"x"},\n{"a":"x","b":"\xe9"}]', 'latin1'));
    expect((await failureOf(list)).facts).toMatchObject({ file: list, line: 2, field: 'b' });
  });
});

describe('Parquet', () => {
  it('keeps decimals and 64-bit integers, and refuses bytes that are not UTF-8 where they are used', async () => {
    const writer = new ByteWriter();
    parquetWrite({
      writer,
      schema: [
        { name: 'root', num_children: 5 },
        { name: 'id', type: 'INT64', repetition_type: 'REQUIRED' },
        {
          name: 'price',
          type: 'FIXED_LEN_BYTE_ARRAY',
          type_length: 16,
          converted_type: 'DECIMAL',
          scale: 2,
          precision: 38,
          repetition_type: 'OPTIONAL',
        },
        {
          name: 'rate',
          type: 'INT64',
          converted_type: 'DECIMAL',
          scale: 3,
          precision: 18,
          repetition_type: 'REQUIRED',
        },
        { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
        { name: 'day', type: 'INT32', converted_type: 'DATE', repetition_type: 'REQUIRED' },
      ],
      columnData: [
        { name: 'id', data: [6150769120280496265n, 5n, -6n] },
        { name: 'price', data: [12345678901234567890123n, null, -5n] },
        { name: 'rate', data: [123450n, -1n, 9007199254740993n] },
        { name: 'text', data: ['é', Uint8Array.from([0x61, 0xed, 0xa0, 0x80]) as unknown as string, 'b'] },
        { name: 'day', data: [18_262, 2_000_000_000, -1] },
      ],
    });
    const file = await wrote('decimals.parquet', new Uint8Array(writer.getBytes()));
    const rows = await rowsOf(file);
    expect(rows.map(({ value: { day } }) => day)).toEqual(['2020-01-01', null, '1969-12-31']);
    expect(rows.map(({ value: { id, price, rate } }) => [id, price, rate])).toEqual([
      ['6150769120280496265', '123456789012345678901.23', 123.45],
      [5, null, -0.001],
      [-6, -0.05, '9007199254740.993'],
    ]);
    const [first, second] = rows;
    if (first === undefined || second === undefined) throw new Error('there are no rows');
    checkTexts([String(first.value.text)], first);
    expect(() => checkTexts([String(second.value.text)], second)).toThrow(/half of a surrogate pair.*:2, field text/);
    checkTexts(['another column'], second);
  });

  it('reads times of the day as times, in every unit', async () => {
    const writer = new ByteWriter();
    const time = (name: string, unit: 'MILLIS' | 'MICROS' | 'NANOS') => ({
      name,
      type: unit === 'MILLIS' ? ('INT32' as const) : ('INT64' as const),
      logical_type: { type: 'TIME' as const, isAdjustedToUTC: false, unit },
      repetition_type: 'OPTIONAL' as const,
    });
    const old = (name: string, converted_type: 'TIME_MILLIS' | 'TIME_MICROS') => ({
      name,
      type: converted_type === 'TIME_MILLIS' ? ('INT32' as const) : ('INT64' as const),
      converted_type,
      repetition_type: 'OPTIONAL' as const,
    });
    parquetWrite({
      writer,
      schema: [
        { name: 'root', num_children: 5 },
        time('ms', 'MILLIS'),
        time('us', 'MICROS'),
        time('ns', 'NANOS'),
        old('oldMs', 'TIME_MILLIS'),
        old('oldUs', 'TIME_MICROS'),
      ],
      columnData: [
        { name: 'ms', data: [34_200_000, 86_399_999, -1, null] },
        { name: 'us', data: [34_200_000_000n, 1n, 86_400_000_000n, null] },
        { name: 'ns', data: [34_200_250_000_000n, 86_399_999_999_999n, 0n, null] },
        { name: 'oldMs', data: [34_200_000, 250, 0, null] },
        { name: 'oldUs', data: [34_200_000_000n, 250_000n, 0n, null] },
      ],
    });
    const file = await wrote('times.parquet', new Uint8Array(writer.getBytes()));
    expect((await rowsOf(file)).map(({ value }) => Object.values(value))).toEqual([
      ['09:30:00', '09:30:00', '09:30:00.250', '09:30:00', '09:30:00'],
      ['23:59:59.999', '00:00:00.000001', '23:59:59.999999999', '00:00:00.250', '00:00:00.250'],
      [null, null, '00:00:00', '00:00:00', '00:00:00'],
      [null, null, null, null, null],
    ]);
  });

  it('keeps a key __proto__: of a column, of a struct, of a map, in JSON and as a text', async () => {
    // The library that writes loses the key as well: it is put in afterwards, in place of another of its length.
    const writer = new ByteWriter();
    const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' } as const;
    parquetWrite({
      writer,
      codec: 'UNCOMPRESSED',
      schema: [
        { name: 'root', num_children: 4 },
        { ...text, name: '__prot0__' },
        { ...text, name: 'json', converted_type: 'JSON' },
        { name: 'struct', num_children: 2, repetition_type: 'REQUIRED' },
        { ...text, name: '__prot0__' },
        { ...text, name: 'a' },
        { name: 'map', num_children: 1, converted_type: 'MAP', repetition_type: 'REQUIRED' },
        { name: 'key_value', num_children: 2, repetition_type: 'REPEATED' },
        { ...text, name: 'key' },
        { ...text, name: 'value' },
      ],
      columnData: [
        { name: '__prot0__', data: ['__prot0__', 'x'] },
        { name: 'json', data: [{ __prot0__: 1 }, {}] },
        {
          name: 'struct',
          data: [
            { __prot0__: 's', a: 'b' },
            { __prot0__: 't', a: 'c' },
          ],
        },
        {
          name: 'map',
          data: [{ __prot0__: 'm' }, { a: '__prot0__' }],
        },
      ],
    });
    const bytes = Buffer.from(writer.getBytes()).toString('latin1').replaceAll('__prot0__', '__proto__');
    const file = await wrote('proto.parquet', Buffer.from(bytes, 'latin1'));
    expect((await rowsOf(file)).map(({ value }) => JSON.stringify(value))).toEqual([
      '{"__proto__":"__proto__","json":{"__proto__":1},"struct":{"__proto__":"s","a":"b"},"map":{"__proto__":"m"}}',
      '{"__proto__":"x","json":{},"struct":{"__proto__":"t","a":"c"},"map":{"a":"__proto__"}}',
    ]);
  });

  it.each([
    ['jsonl', '{"a":"b","__proto__":{"x":1}}\n'],
    ['json', '[{"a":"b","__proto__":{"x":1}}]'],
    ['csv', 'a,__proto__\nb,c\n'],
  ])('a key __proto__ in %s is kept as a key like any other', async (format, content) => {
    const [row] = await rowsOf(await wrote(`proto.${format}`, content));
    expect(Object.keys(row?.value ?? {})).toEqual(['a', '__proto__']);
    expect(Object.getPrototypeOf(row?.value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});
