import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scanProblemFile } from '../../data/problem-file.js';
import { temporaryFolder } from '../testing/rlt.js';
import { misreadIn, misreadText } from './misread.js';

async function textOf(...questions: readonly string[]): Promise<string | undefined> {
  const file = join(temporaryFolder(), 'rows.jsonl');
  writeFileSync(file, questions.map((question) => `${JSON.stringify({ question, solution: '4' })}\n`).join(''));
  const { problems } = await scanProblemFile(file, { needs: 'answers' });
  const found = await misreadIn(problems);
  return found === undefined ? undefined : misreadText('mine', found);
}

test('rows that were misread are counted, with their lines and a word of the first', async () => {
  expect(await textOf('FÃ¼r wen?', 'Für wen?', 'Itâ€™s 4 â‚¬?')).toBe(
    '2 rows of mine were read in another encoding than they were written in, before they were saved (lines 1 and 3: "FÃ¼r" instead of "Für"), and models take the letters as they stand. Save them anew as UTF-8 where they were made.',
  );
});

test('one row alone may be about encodings', async () => {
  expect(await textOf('Why is "FÃ¼r" shown for "Für"?', '2 + 2?')).toBeUndefined();
});
