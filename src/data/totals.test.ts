import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProblems } from './problem-file.js';
import { readQuestions } from './question-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-totals-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function wrote(content: string, ending = 'csv'): Promise<string> {
  const file = join(folder, `rows.${ending}`);
  await writeFile(file, content);
  return file;
}

const ROWS = 'id,question,answer\n1,What is 2+3?,5\n2,What is 3+3?,6\n';

describe('a row of totals at the end', () => {
  it.each([
    'Total,,11',
    'Summe:,,"12,5"',
    ',Total,12345',
    'Grand Total,2 questions,€ 11',
    'Итого,,11',
    '合计,,',
    'TOTAL,,',
  ])('is refused with its line: %s', async (row) => {
    const file = await wrote(`${ROWS}${row}\n`);
    const refused = /the last row is one of totals, and no problem \(.*rows\.csv:4\)\n {2}Delete it/;
    await expect(readProblems(file, { needs: 'answers' })).rejects.toThrow(refused);
    await expect(readQuestions(file)).rejects.toThrow(refused);
  });

  it('is refused in other formats, too', async () => {
    const file = await wrote('{"question":"2+3","answer":5}\n{"question":"Total","answer":5}\n', 'jsonl');
    await expect(readProblems(file, { needs: 'answers' })).rejects.toThrow(/one of totals.*:2\)/);
  });

  it('is a problem where it has words, or others stand below', async () => {
    const words = await wrote(`${ROWS}3,Total,It is a sum.\n`);
    expect(await readProblems(words, { needs: 'answers' })).toHaveLength(3);
    const above = await wrote('id,question,answer\n,Total,5\n2,What is 3+3?,6\n');
    expect(await readProblems(above, { needs: 'answers' })).toHaveLength(2);
  });

  it('is not looked for behind the rows that are read', async () => {
    const file = await wrote(`${ROWS}Total,,11\n`);
    expect(await readProblems(file, { needs: 'answers', first: 2 })).toHaveLength(2);
  });
});
