import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scanProblemFile } from '../../data/problem-file.js';
import { temporaryFolder } from '../testing/rlt.js';
import { contradictionsIn, contradictionsText } from './contradictions.js';

async function textOf(...rows: readonly object[]): Promise<string | undefined> {
  const file = join(temporaryFolder(), 'rows.jsonl');
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const { problems } = await scanProblemFile(file, { needs: 'answers' });
  const found = await contradictionsIn(problems);
  return found === undefined ? undefined : contradictionsText(found);
}
const row = (question: string, solution: string, answer?: string) => ({ question, solution, answer });

test('rows with the same question and different answers are counted, with their lines', async () => {
  expect(
    await textOf(
      row('2 + 2?', '4'),
      row('3 + 2?', '5'),
      row('2  + 2?', 'The answer is 5.'),
      row('2 + 2?', '2 + 2 = 6'),
    ),
  ).toBe('1 question has rows with different answers (lines 1 and 3: "4" and "The answer is 5.")');
  const worked = 'The boxes cost 9 * 7 = 63 dollars. After the discount that is 62 dollars. The answer is 62.';
  expect(await textOf(row('q', worked), row('q', 'The answer is 9999.'))).toContain('"62" and "The answer is 9999."');
  expect(await textOf(row('q', 'a way', '4'), row('q', 'a way', '5'))).toBe(
    '1 question has rows with different answers (lines 1 and 2: "4" and "5")',
  );
  expect(await textOf({ question: 'q', answer: 1 }, { question: 'q', answer: 2 })).toContain(
    'lines 1 and 2: "1" and "2"',
  );
});

test('of many, the first are shown', async () => {
  const rows = Array.from({ length: 10 }, (_, i) => row(`${i % 5}?`, String(i)));
  expect(await textOf(...rows)).toBe(
    '5 questions have rows with different answers (lines 1 and 6: "0" and "5"; lines 2 and 7: "1" and "6"; lines 3 and 8: "2" and "7"; …)',
  );
});

test.each([
  ['the same answer in other words', row('q', '0.5'), row('q', 'It is 1 / 2 = 0.5 of them.')],
  ['solutions of which one gives no answer', row('q', 'That depends on what she wants.'), row('q', '5')],
  ['an answer beside its solution', row('q', 'One way to 4', '4'), row('q', 'Another way to 4', '4')],
  ['other questions', row('q', '4'), row('Q', '5')],
])('%s are no contradiction', async (_, one, other) => {
  expect(await textOf(one, other)).toBeUndefined();
});
