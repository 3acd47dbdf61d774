import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MANIFEST } from '../../manifest.js';
import { readAnswerSet } from './answer-files.js';

let folder: string;

/** What the results say of a student: only `rlt` was trained on problems that it is asked. */
const rowOf = (student: string): object => ({
  ...{ student, level: 'sums', problems: 1, samples: 1, accuracy: 1, interval: [0.2, 1] },
  ...{ passAtK: [], unparsable: 0, cut: 0, levels: [] },
  ...(student === 'rlt' ? { trainedOn: { problems: 1, rows: [4] } } : {}),
});

/** A finished evaluate stage of a run, with an answer of each student. */
function evaluation(run: string, name: string, students: readonly string[]): string {
  const stage = join(folder, run, 'stages', name);
  mkdirSync(stage, { recursive: true });
  const lines = students.map((student) =>
    JSON.stringify({
      ...{ student, level: 'sums', id: 'p', sample: 0, verdict: 'correct', reason: name, answer: '7', gold: '7' },
      ...{ grader: 'math/5', ended: 'stop', tokens: 1, text: '7' },
    }),
  );
  writeFileSync(join(stage, 'answers.jsonl'), `${lines.join('\n')}\n`);
  const models = Object.fromEntries(students.map((student) => [student, 'checksum']));
  const asked = { seed: 1, samples: 1, sampling: { temperature: 1, maxTokens: 9 }, graders: ['math/5'] };
  writeFileSync(join(stage, 'results.json'), JSON.stringify({ ...asked, models, rows: students.map(rowOf) }));
  writeFileSync(join(stage, MANIFEST), '{}');
  return stage;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-answer-files-'));
  evaluation('one', '03-evaluate', ['base', 'rlt']);
  evaluation('two', '03-early', ['base', 'half']);
  evaluation('same', '03-base', ['base', 'rlt']);
  evaluation('same', '04-rlt', ['rlt']);
  evaluation('own', '03-rlt', ['rlt']);
  evaluation('two', '05-late', ['base', 'rlt']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The stage and the student that a reference leads to. */
async function found(reference: string): Promise<string> {
  const { answers } = await readAnswerSet(join(folder, reference));
  return answers.map(({ reason, student }) => `${reason} ${student}`).join();
}

test('answers are named by run and student, or by run, stage and student', async () => {
  for (const [reference, what] of [
    ['one:rlt', '03-evaluate rlt'],
    ['one:evaluate:rlt', '03-evaluate rlt'],
    ['one/stages/03-evaluate:rlt', '03-evaluate rlt'],
    ['one/stages/03-evaluate/answers.jsonl:rlt', '03-evaluate rlt'],
    ['two:half', '03-early half'],
    ['two:rlt', '05-late rlt'],
    ['two:late:base', '05-late base'],
    ['same:rlt:rlt', '04-rlt rlt'],
    ['own:rlt', '03-rlt rlt'],
  ] as const)
    expect(await found(reference), reference).toBe(what);
});

test('what has to be known of the figures of a student comes with its answers', async () => {
  const remarks = async (reference: string) => (await readAnswerSet(join(folder, reference))).remarks;
  expect(await remarks('one:rlt')).toEqual([
    'on sums: trained on 1 of 1 problems (row 4), so the accuracy says little of new ones',
  ]);
  expect(await remarks('one:base')).toEqual([]);
});

test('names that lead nowhere, or stand in another order, are refused with what does work', async () => {
  const run = (name: string): string => join(folder, name);
  for (const [reference, message, remedy] of [
    ['one', 'the answers are of several students', `Name one: ${run('one:base')}, ${run('one:rlt')}.`],
    ['one:evaluate', 'the answers are of several students', `Name one: ${run('one:evaluate:base')}`],
    ['one:evaluat', 'neither an evaluate stage nor a student "evaluat"', 'Did you mean "evaluate"?'],
    ['one:rtl', 'neither an evaluate stage nor a student "rtl"', 'Did you mean "rlt"?'],
    ['one:nothing', 'nor a student "nothing"', 'The stages and students: evaluate, base, rlt.'],
    ['one:', 'nor a student ""', 'The stages and students: evaluate, base, rlt.'],
    ['one:evaluat:rlt', 'the run has no evaluate stage "evaluat"', 'Did you mean "evaluate"?'],
    ['one:evaluate:rtl', 'the stage evaluate has no student "rtl"', 'Did you mean "rlt"?'],
    ['one:evaluate:', 'the stage evaluate has no student ""', 'The students: base, rlt.'],
    ['one:rlt:evaluate', '"rlt:evaluate" has the student before its stage', `Write ${run('one:evaluate:rlt')}.`],
    ['one:evaluate:rlt:x', '"evaluate:rlt:x" is not of the form STAGE:STUDENT', 'Write RUN:NAME, or RUN:STAGE:STUDENT'],
    ['two', 'the run has several evaluate stages', `Name one: ${run('two:early')}, ${run('two:late')}.`],
    ['two:base', 'several evaluate stages with a student "base"', `${run('two:early:base')}, ${run('two:late:base')}.`],
    ['two:early:rlt', 'the stage early has no student "rlt"', 'The students: base, half.'],
    ['one/stages/03-evaluate:rlt:x', '"rlt:x" is not the name of a student', 'only behind a run'],
    [
      'same:base',
      '"base" is both an evaluate stage and a student of the run',
      `Name one, with its stage in front: ${run('same:base:base')}, ${run('same:base:rlt')}.`,
    ],
    ['same:rlt', '"rlt" is both an evaluate stage', `${run('same:base:rlt')}, ${run('same:rlt:rlt')}.`],
    ['one/stages', 'no answers of a finished evaluation', 'Name the run directory'],
  ] as const) {
    const error = await readAnswerSet(join(folder, reference)).catch((reason: unknown) => String(reason));
    expect(error, reference).toContain(message);
    expect(error, reference).toContain(remedy);
  }
});

test('a workbook in the place of answers is called what it is', async () => {
  const file = join(folder, 'answers.xlsx');
  writeFileSync(file, 'PK\x03\x04......xl/workbook.xml');
  await expect(readAnswerSet(file)).rejects.toThrow(/this is an Excel workbook .*Save the sheet as CSV/s);
});

describe('a damaged file of an evaluation', () => {
  const answersOf = (stage: string): string => join(stage, 'answers.jsonl');
  const DAMAGES: readonly (readonly [what: string, damage: (stage: string) => void, place: string, summary: string])[] =
    [
      [
        'a line that is cut',
        (stage) => truncateSync(answersOf(stage), readFileSync(answersOf(stage)).length - 9),
        'answers.jsonl:2',
        'damaged: the line is not JSON',
      ],
      [
        'answers of a student that are cut away',
        (stage) => writeFileSync(answersOf(stage), readFileSync(answersOf(stage), 'utf8').replace(/.*"rlt".*\n/, '')),
        'answers.jsonl',
        'damaged: answers are missing: 0 of 1 of rlt on sums are there',
      ],
      [
        'an answer that is there twice',
        (stage) => {
          const text = readFileSync(answersOf(stage), 'utf8');
          writeFileSync(answersOf(stage), `${text}${text.split('\n').find((line) => line.includes('"rlt"'))}\n`);
        },
        'answers.jsonl',
        'damaged: sample 0 of problem sums/',
      ],
      ['another line', (stage) => writeFileSync(answersOf(stage), '[1]\n'), 'answers.jsonl:1', 'damaged: the line is'],
      [
        'a field of another kind',
        (stage) =>
          writeFileSync(answersOf(stage), readFileSync(answersOf(stage), 'utf8').replace('"tokens":1', '"tokens":"1"')),
        'answers.jsonl:1, field tokens',
        'damaged: expected a number, not "1"',
      ],
      ['no line', (stage) => writeFileSync(answersOf(stage), ''), 'answers.jsonl', 'damaged: it is empty'],
      ['no answers', (stage) => rmSync(answersOf(stage)), 'answers.jsonl', 'is missing'],
      [
        'results of another kind',
        (stage) => writeFileSync(join(stage, 'results.json'), '{}'),
        'results.json, field seed',
        'damaged: expected a number, but it is missing',
      ],
      [
        'a problem that is cut',
        (stage) => writeFileSync(join(stage, 'problems.jsonl'), '{"id":'),
        'problems.jsonl:1',
        'damaged: the line is not JSON',
      ],
    ];
  test.each(DAMAGES)('%s is called that, with how to go on', async (what, damage, place, summary) => {
    const run = join(folder, what.replaceAll(' ', '-'));
    const stage = evaluation(what.replaceAll(' ', '-'), '03-evaluate', ['base', 'rlt']);
    writeFileSync(join(run, 'recipe.yaml'), '');
    damage(stage);
    const error = await readAnswerSet(`${run}:rlt`).catch((reason: unknown) => String(reason));
    expect(error).toContain(`this file of an evaluation ${summary.startsWith('is') ? '' : 'is '}${summary}`);
    expect(error).toContain(join(stage, place));
    expect(error).toContain(
      `estore it, or delete the folder ${stage} and let the models answer again: rlt evaluate ${join(run, 'recipe.yaml')}`,
    );
    expect(error).not.toContain('Put one JSON object on each line');
  });

  test('answers that lie elsewhere are told of as any file', async () => {
    const file = join(folder, 'mine.jsonl');
    writeFileSync(file, '{"question":"1 + 1?"}\n');
    await expect(readAnswerSet(file)).rejects.toThrow(/but it is missing .*does not belong to an answers file/s);
  });
});
