/** Files as people and other programs leave them: titles above the header, other encodings, numbers of Python, cells without end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../errors.js';
import { failureOf, rowsOf, TestFiles } from './testing/test-files.js';

let files: TestFiles;
beforeAll(async () => {
  files = await TestFiles.make();
});
afterAll(() => files.remove());

const wrote = (name: string, content: string | Uint8Array): Promise<string> => files.write(name, content);

const TABLE = 'question;solution;answer\n2+3;It is 5.;5\n3+3;It is 6.;6\n';
const withCommas = TABLE.replaceAll(';', ',');

describe('a title above the names of the columns', () => {
  it.each([
    ['padded.csv', `Export of 12 March 2026;;\n${TABLE}`, 2, /^Delete line 1,/],
    ['alone.csv', `Export of 12 March 2026\n${TABLE}`, 2, /^Delete line 1,/],
    ['comma.csv', `Export of 12 March 2026\n${withCommas}`, 2, /^Delete line 1,/],
    ['word.csv', `Export,,\n${withCommas}`, 2, /^Delete line 1,/],
    ['quoted.csv', `"Export, made by hand",,\n${withCommas}`, 2, /^Delete line 1,/],
    ['two.csv', `Sums;;\nExport of 12 March 2026;;\n\n${TABLE}`, 4, /^Delete lines 1 to 3,/],
    ['blank-first.csv', `\n;;\nSums;;\n${TABLE}`, 4, /^Delete line 3,/],
    ['remark.csv', `# exported\n${withCommas}`, 2, /^Delete line 1,/],
    ['stated.csv', `sep=;\nSums;;\n${TABLE}`, 3, /^Delete line 2,/],
    ['padded.tsv', `Sums\t\t\n${TABLE.replaceAll(';', '\t')}`, 2, /^Delete line 1,/],
    ['alone.tsv', `Export of 12 March\n${TABLE.replaceAll(';', '\t')}`, 2, /^Delete line 1,/],
  ])('is told of, with the line of the names: %s', async (name, content, line, remedy) => {
    const file = await wrote(name, content);
    const error = await failureOf(file);
    expect(error).toBeInstanceOf(InputError);
    expect(error.summary).toBe('the names of the columns (question, solution, answer) seem to stand below a title');
    expect(error.facts).toMatchObject({ file, line, remedy: expect.stringMatching(remedy) });
  });

  it('is named as a reason where the first row has another length than the header', async () => {
    const error = await failureOf(await wrote('two-cells.csv', `Export, made by hand\n${withCommas}`));
    expect(error.message).toMatch(
      /a row has 3 fields, and the header has 2 .*:2\)\n.*If line 1 is a title or a remark, delete it/,
    );
    const later = await failureOf(await wrote('later.csv', 'a,b\n1,2\n1\n'));
    expect(later.message).not.toContain('title');
  });

  it.each([
    ['one.csv', 'question\nWhat is 2; 3?\nWhat is 4; 5?\n', ['question']],
    ['words.csv', 'word\nred; green\nblue; black\n', ['word']],
    ['empty-columns.csv', 'question,,\nred,,\ngreen,,\n', ['question']],
    ['unnamed.csv', ',question,answer\n0,2+3,5\n', ['question', 'answer']],
    ['sentences.csv', 'Question asked,,\nHow are you?,Well,\nAnd now?,Ill,\n', ['Question asked']],
  ])('is not seen in a table of one column, or with empty ones: %s', async (name, content, columns) => {
    const [first] = await rowsOf(await wrote(name, content));
    expect(Object.keys(first?.value ?? {})).toEqual(columns);
  });

  it.each([
    ['lines.csv', `\n\n${TABLE}`],
    ['cells.csv', `;;\n${TABLE}`],
    ['stated.csv', `sep=;\n\n${TABLE}`],
  ])('may be blank: %s', async (name, content) => {
    const rows = await rowsOf(await wrote(`blank-${name}`, content));
    expect(rows.map(({ value }) => value.answer)).toEqual(['5', '6']);
  });
});

it('two names that differ in their form of Unicode alone are one name twice', async () => {
  const error = await failureOf(await wrote('forms.csv', `a,Lösung,${'Lösung'.normalize('NFD')}\n1,2,3\n`));
  expect(error.message).toMatch(/two columns have the same name .*:1, field Lösung\)/);
});

describe('text in another encoding', () => {
  const bytes = (text: string, letters: Readonly<Record<string, number>>): Buffer =>
    Buffer.concat(
      [...text].map((letter) => (letters[letter] === undefined ? Buffer.from(letter) : Buffer.from([letters[letter]]))),
    );
  const cyrillic = (text: string): Buffer =>
    Buffer.from([...text].map((letter) => (letter > '\u0400' ? letter.charCodeAt(0) - 0x350 : letter.charCodeAt(0))));
  const hex = (digits: string): Buffer => Buffer.from(`612c620a${digits}0a`, 'hex');
  const japanese = hex('82e882f182b282cd82a282ad82c28e6382e882dc82b582bd82a981422c8cdc82c2');
  const chinese = hex('bbb9caa3b6e0c9d9b8f6c6bbb9fba3bf2cd2bbb9b2bbb9caa3cee5b8f6c6bbb9fba1a3');
  it.each([
    ['western.csv', Buffer.from('Frage,L\xf6sung\n1,2\n', 'latin1'), 'windows-1252', 'Lösung', 1],
    ['adjacent.csv', Buffer.from('Frage,Gr\xf6\xdfe\n1,2\n', 'latin1'), 'windows-1252', 'Größe', 1],
    ['french.csv', Buffer.from('question,r\xe9ponse\ncr\xe9\xe9e,1\n', 'latin1'), 'windows-1252', 'réponse', 1],
    ['quoted.csv', Buffer.from('Frage,Antwort\n\x84Wie viel\x93 \x96 \x80?,1\n', 'latin1'), 'windows-1252', '„Wie', 2],
    ['turkish.csv', bytes('soru,cevap\nAyşe,ı\n', { ş: 0xfe, ı: 0xfd }), 'windows-1254', 'Ayşe', 2],
    ['polish.csv', bytes('a,b\nbył,1\nmiała,2\n', { ł: 0xb3 }), 'windows-1250', 'był', 2],
    ['mac.csv', bytes('a,b\nfür,1\n', { ü: 0x9f }), 'macintosh', 'für', 2],
    ['dos.csv', bytes('a,b\nsolución,1\nniñas,2\n', { ó: 0xa2, ñ: 0xa4 }), 'cp850', 'solución', 2],
    ['french-dos.csv', bytes('a,b\nAndré achète une fête,1\n', { é: 0x82, è: 0x8a, ê: 0x88 }), 'cp850', 'André', 2],
    ['end-dos.csv', bytes('a,b\nZoé has 3,1\n', { é: 0x82 }), 'cp850', 'Zoé', 2],
    ['lodz.csv', bytes('a,b\nŁukasz,1\n', { Ł: 0xa3 }), 'windows-1250', 'Łukasz', 2],
    ['german-dos.csv', bytes('a,b\nLösung,für\n', { ö: 0x94, ü: 0x81 }), 'cp850', 'Lösung', 2],
    ['russian.csv', cyrillic('вопрос,ответ\nДа,1\n'), 'windows-1251', 'вопрос', 1],
    // "решение" and "яблоко" in KOI8-R and code page 866, "ερώτηση" in windows-1253, "שאלה" and "תשובה" in windows-1255.
    ['koi8.csv', Buffer.from('d2c5dbc5cec9c52cd1c2cccfcbcf0a312c320a', 'hex'), 'koi8-r', 'решение', 1],
    ['cyrillic-dos.csv', Buffer.from('e0a5e8a5ada8a52cefa1abaeaaae0a312c320a', 'hex'), 'ibm866', 'решение', 1],
    ['greek.csv', Buffer.from('e5f1fef4e7f3e72ccbfdf3e70a312c320a', 'hex'), 'windows-1253', 'ερώτηση', 1],
    ['hebrew.csv', Buffer.from('f9e0ece42cfaf9e5e1e40a312c320a', 'hex'), 'windows-1255', 'שאלה', 1],
    // "りんごはいくつ残りましたか。" in Shift JIS, "还剩多少个苹果？" and "一共还剩五个苹果。" in GB 18030.
    ['japanese.csv', japanese, 'shift_jis', 'りんごはいくつ残りましたか。', 2],
    ['chinese.csv', chinese, 'gb18030', '还剩多少个苹果？', 2],
    ['lines.jsonl', Buffer.from('{"a":"caf\xe9s"}\n', 'latin1'), 'windows-1252', 'cafés', 1],
    ['list.json', Buffer.from('[\n{"a":"caf\xe9s"}]\n', 'latin1'), 'windows-1252', 'cafés', 2],
  ])('is guessed, and shown: %s', async (name, content, encoding, shown, line) => {
    const file = await wrote(name, content);
    const { facts } = await failureOf(file);
    expect(facts.line).toBe(line);
    expect(facts.field ?? '').not.toContain('\ufffd');
    expect(facts.remedy).toContain(`It may be ${encoding}: then the first such word is "`);
    expect(facts.remedy).toContain(shown);
    const program = { shift_jis: 'cp932', 'euc-kr': 'cp949' }[encoding] ?? encoding;
    expect(facts.remedy).toContain(`iconv -f ${program} -t utf-8 ${file}`);
    expect(facts.remedy?.includes('Excel')).toBe(name.endsWith('.csv'));
  });
});

describe('lines in another encoding', () => {
  const umlauts = (count: number) => Buffer.from('Wie viele Äpfel hat Jürgen?,1\n'.repeat(count));
  const plain = (count: number) => Buffer.from('How many are there?,1\n'.repeat(count));
  const latin = (count: number) => Buffer.from('Stra\xdfe mit B\xe4umen?,1\n'.repeat(count), 'latin1');
  const header = Buffer.from('question,answer\n');
  it.each([
    ['last', [umlauts(9), latin(1)], '1 line is', '11', 9],
    ['first, and others far behind', [latin(1), plain(300_000), umlauts(2)], '1 line is', '2', 2],
    ['most', [latin(30), umlauts(1)], '30 lines are', '2, 3, 4, 5, 6, ...', 1],
  ] as const)('are told from a whole file: %s', async (name, parts, said, lines, others) => {
    const { facts } = await failureOf(await wrote(`mixed-${name}.csv`, Buffer.concat([header, ...parts])));
    expect(facts.remedy).toContain(
      `${said} not UTF-8 (${lines}), and may be windows-1252: then the first such word is "Straße"`,
    );
    expect(facts.remedy).toContain(`would spoil ${others} of the others`);
    expect(facts.remedy).not.toContain('iconv');
  });
});

describe('UTF-8 of which something is missing', () => {
  const text = Buffer.from('Frage,Antwort\nWie viele Äpfel hat Jörg?,1\nSchöne Äpfel für Jürgen,2\n');
  const at = text.lastIndexOf(Buffer.from('ü'));

  it('at the end of a file is said, and no other encoding named', async () => {
    const { facts } = await failureOf(await wrote('cut.csv', text.subarray(0, at + 1)));
    expect(facts.remedy).toContain('The last line ends in the middle of a character');
    expect(facts.remedy).not.toContain('iconv');
  });

  it('of the only letter beyond ASCII is said', async () => {
    const { facts } = await failureOf(await wrote('zoe.csv', Buffer.from('a,b\nZo\xc3,1\nTom,2\n', 'latin1')));
    expect(facts.remedy).toContain('1 line is not UTF-8 (2), though most letters in it are');
  });

  it('within a line is said, with the word', async () => {
    const damaged = Buffer.concat([text.subarray(0, at + 1), text.subarray(at + 2)]);
    const { facts } = await failureOf(await wrote('damaged.csv', damaged));
    expect(facts.remedy).toContain('1 line is not UTF-8 (3), though most letters in it are');
    expect(facts.remedy).toContain('first in "J\ufffdrgen"');
    expect(facts.remedy).not.toContain('iconv');
  });
});

describe('what Python writes in place of JSON', () => {
  it.each([
    ['a.jsonl', '{"question":"q","score":1}\n{"question":"q NaN","score":NaN}\n', 'NaN', 2, 'score'],
    ['b.jsonl', '{"a":{"b":[1,Infinity]}}\n', 'Infinity', 1, 'a.b.1'],
    ['c.jsonl', '{"a":-Infinity}\n', '-Infinity', 1, 'a'],
    ['d.json', '[\n{"a":1},\n{"a":NaN}\n]\n', 'NaN', 3, 'a'],
  ])('is a number that JSON does not have: %s', async (name, content, number, line, field) => {
    const file = await wrote(`number-${name}`, content);
    const error = await failureOf(file);
    expect(error.summary).toBe(`the number ${number} is not JSON, though Python writes it`);
    expect(error.facts).toMatchObject({ file, line, remedy: expect.stringContaining('Write null in its place') });
    if (name.endsWith('l')) expect(error.facts.field).toBe(field);
  });

  it('is a dictionary as it prints it', async () => {
    const error = await failureOf(await wrote('printed.jsonl', "{'question': 'q', 'answer': None}\n"));
    expect(error.message).toMatch(/a dictionary as Python prints it.*:1\)\n.*json\.dumps/);
  });

  it('is not named where something else is wrong', async () => {
    const error = await failureOf(await wrote('cut.jsonl', '{"a":"NaN","b":\n'));
    expect(error.message).toMatch(/the line is not JSON: /);
    expect((await failureOf(await wrote('both.jsonl', '{"a":NaN,"b":\n'))).message).toMatch(/the line is not JSON: /);
    expect((await failureOf(await wrote('commas.jsonl', '{"a": 1},\n{"a": 2}\n'))).message).toMatch(
      /a comma stands behind the JSON object of the line \(.*commas\.jsonl:1\)\n.*Remove the commas/,
    );
  });
});

describe('a row without end', () => {
  const limits = { lineBytes: 1000 };
  it.each([
    [
      'long.csv',
      `a,b\n1,2\n"${'x'.repeat(2000)}",3\n`,
      /a double quote there that is never closed.*written twice.*shorten it, or leave the row out/,
    ],
    ['long.tsv', `a\tb\n1\t2\n${'x'.repeat(2000)}\t3\n`, /never closed.*shorten it/],
    [
      'long.jsonl',
      `{"a":1}\n\n{"a":"${'x'.repeat(2000)}"}\n`,
      /one JSON object on each line.*shorten it, or leave the row out/,
    ],
  ])('is told of with what may be wrong: %s', async (name, content, remedy) => {
    const error = await failureOf(await wrote(name, content), limits);
    expect(error.summary).toContain('longer than the limit of 1000 bytes');
    expect(error.facts).toMatchObject({ line: 3, remedy: expect.stringMatching(remedy) });
  });
});
