import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../errors.js';
import { type GradedPair, gradeFile, Totals } from './grade-file.js';
import { graderNamed } from './registry.js';
import { guarded } from './verdict.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlt-grade-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function graded(grader: string, name: string, content: string): Promise<GradedPair[]> {
  const file = join(directory, name);
  await writeFile(file, content);
  const pairs: GradedPair[] = [];
  for await (const pair of gradeFile(file, graderNamed(grader))) pairs.push(pair);
  return pairs;
}

describe('grading a file', () => {
  it('grades the others where a model gave no answer, and reads no digits of escape sequences', async () => {
    const rows = [
      null,
      '12 \u001b[31m',
      '\u001b[1m12\u001b[0m',
      '\u001b]0;title 7\u0007The answer is 12.',
      '\u009b31m',
    ];
    const lines = rows.map((prediction) => `${JSON.stringify({ gold: '12', prediction })}\n`).join('');
    for (const grader of ['integer', 'math']) {
      const pairs = await graded(grader, `${grader}-escapes.jsonl`, lines);
      const verdicts = ['unparsable', 'correct', 'correct', 'correct', 'unparsable'];
      expect(pairs.map(({ verdict }) => verdict)).toEqual(verdicts);
      expect(pairs[0]).toMatchObject({ prediction: null, correct: false, reason: 'there is no prediction' });
    }
  });

  it('gives every pair a verdict and its reason, in order', async () => {
    const pairs = await graded(
      'math',
      'pairs.jsonl',
      '{"gold": "1/2", "prediction": "\\\\boxed{0.5}"}\n{"gold": 7, "prediction": "8", "other": 1}\n{"gold": "7", "prediction": ""}\n',
    );
    expect(pairs.map(({ gold, correct, verdict }) => ({ gold, correct, verdict }))).toEqual([
      { gold: '1/2', correct: true, verdict: 'correct' },
      { gold: 7, correct: false, verdict: 'wrong' },
      { gold: '7', correct: false, verdict: 'unparsable' },
    ]);
    for (const { reason } of pairs) expect(reason).not.toBe('');
    expect(pairs[1]).toHaveProperty('other', 1);
    const counter = new Totals();
    const counted: GradedPair[] = [];
    async function* again() {
      yield* pairs;
    }
    for await (const pair of counter.counted(again())) counted.push(pair);
    expect(counted).toEqual(pairs);
    expect(counter.totals).toEqual({ pairs: 3, correct: 1, wrong: 1, unparsable: 1 });
  });

  it('takes the numbers and the target of Countdown as an object', async () => {
    const [pair] = await graded(
      'countdown',
      'countdown.jsonl',
      '{"gold": {"numbers": [3, 5, 2], "target": 13}, "prediction": "3 + 5 * 2"}\n',
    );
    expect(pair).toMatchObject({ correct: true, gold: { numbers: [3, 5, 2], target: 13 } });
  });

  it.each([
    ['{"numbers": [3, 5, 2]}', /the reference \{"numbers":\[3,5,2\]\} has no numbers and target/],
    ['{"target": 13}', /has no numbers and target/],
    ['{"numbers": "3 5 2", "target": 13}', /has no numbers and target/],
    ['{"numbers": [3, 5, 2], "target": "many"}', /has no numbers and target/],
    ['"{\\"numbers\\": [3,"', /has no numbers and target/],
    ['""', /the reference is empty/],
    ['[3, 5, 2]', /has no numbers and target/],
    ['"Use your numbers."', /has no numbers and target/],
  ])('names the line of a Countdown reference that cannot be read: %s', async (gold, message) => {
    const fine = '{"gold": "3 5 2 -> 13", "prediction": "no idea"}';
    const attempt = graded('countdown', 'unusable.jsonl', `${fine}\n{"gold": ${gold}, "prediction": "3 + 5 * 2"}\n`);
    await expect(attempt).rejects.toThrow(InputError);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({
      facts: { file: join(directory, 'unusable.jsonl'), line: 2, field: 'gold' },
    });
  });

  it.each([
    ['choice', '1', 'the reference 1 names no option, so choice cannot grade with it', /letter of an option/],
    ['choice', '', 'the reference is empty, so choice cannot grade with it', /letter of an option/],
    ['integer', 'abc', 'the reference abc is not a whole number, so integer cannot grade with it', /grader math/],
    ['integer', '1/2', 'the reference 1/2 is not a whole number, so integer cannot grade with it', /grader math/],
    ['math', ' ', 'the reference is empty, so math cannot grade with it', /an answer/],
  ])('names the line of a reference that %s cannot read: "%s"', async (grader, gold, message, remedy) => {
    const fine = JSON.stringify({ gold: grader === 'choice' ? 'B' : '7', prediction: 'no idea' });
    for (const prediction of ['7', null]) {
      const attempt = graded(grader, 'unusable.jsonl', `${fine}\n${JSON.stringify({ gold, prediction })}\n`);
      await expect(attempt).rejects.toThrow(message);
      await expect(attempt).rejects.toMatchObject({
        facts: { line: 2, field: 'gold', remedy: expect.stringMatching(remedy) },
      });
    }
  });

  it('makes an error of a grader a verdict, with the error as the reason', async () => {
    const file = join(directory, 'failing.jsonl');
    await writeFile(file, '{"gold": "1", "prediction": "2"}\n{"gold": "1", "prediction": "1"}\n');
    const failing = guarded({
      name: 'failing',
      version: 'failing/1',
      grade: (_, prediction) => {
        if (prediction === '2') throw new RangeError('Maximum call stack size exceeded');
        return { verdict: 'correct', reason: 'alike' };
      },
      same: () => {
        throw new RangeError('Maximum call stack size exceeded');
      },
    });
    const pairs: GradedPair[] = [];
    for await (const pair of gradeFile(file, failing)) pairs.push(pair);
    expect(pairs.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ['unparsable', 'the grader failed: Maximum call stack size exceeded'],
      ['correct', 'alike'],
    ]);
    expect([failing.same('1', '1'), failing.same('1', '2')]).toEqual([true, false]);
  });

  it('reads CSV, too', async () => {
    const pairs = await graded('choice', 'pairs.csv', 'gold,prediction\nB,"The answer is (B)."\nB,(C)\n');
    expect(pairs.map(({ verdict }) => verdict)).toEqual(['correct', 'wrong']);
  });

  it.each([
    ['{"gold": "1"}', /prediction is missing/, 'prediction'],
    ['{"prediction": "1"}', /gold is missing/, 'gold'],
    ['{"gold": null, "prediction": "1"}', /gold is not a string/, 'gold'],
    ['{"gold": "1", "prediction": ["1"]}', /prediction is not a string/, 'prediction'],
  ])('names line and column of %s', async (line, message, field) => {
    const attempt = graded('math', 'bad.jsonl', `{"gold": "1", "prediction": "1"}\n${line}\n`);
    await expect(attempt).rejects.toThrow(InputError);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ facts: { line: 2, field } });
  });

  it('names both of two missing columns, and what the file calls its own', async () => {
    await expect(graded('math', 'other.csv', 'reference,reply\n1,2\n')).rejects.toMatchObject({
      summary: 'gold and prediction are missing',
      facts: {
        line: 2,
        remedy:
          'The file needs two columns: gold, with the references, and prediction, with the replies. ' +
          'The columns here are reference and reply: rename what holds these.',
      },
    });
    await expect(graded('math', 'other.tsv', 'gold\treply\n1\t2\n')).rejects.toThrow(
      /^prediction is missing .*The columns here are reply: rename/s,
    );
    await expect(graded('math', 'other.jsonl', '{"reference": "1", "reply": "2"}\n')).rejects.toThrow(
      /^gold and prediction are missing .*Each pair is an object .* The keys here are reference and reply/s,
    );
  });

  it('tells of all invalid pairs together', async () => {
    const lines = ['{"gold": "1"}', '{"gold": "1", "prediction": "1"}', '{"prediction": "1"}', '{"gold": "2"}'];
    await expect(graded('math', 'several.jsonl', `${lines.join('\n')}\n`)).rejects.toThrow(
      /^prediction is missing .*several\.jsonl:1, .* 2 more rows are invalid\. Line 3: gold is missing; line 4: prediction is missing\./s,
    );
  });

  it('refuses an empty file and one that is not there', async () => {
    await expect(graded('math', 'empty.jsonl', '')).rejects.toThrow(/no pair/);
    const missing = gradeFile(join(directory, 'none.jsonl'), graderNamed('math')).next();
    await expect(missing).rejects.toThrow(UsageError);
  });
});
