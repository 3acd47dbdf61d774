import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommandLine } from './testing/run-command.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-free-text-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a run says in its table and its reports that problems state no answer', async () => {
  const text = 'The account was locked after failed logins. Unlock it in the console and reset the password.';
  // Longer than answers are.
  const long = `${text} ${'Then tell the caller, write it into the log of the day, and close the ticket. '.repeat(5)}`;
  const rows = [
    { question: 'How many licenses are left?', solution: 'The answer is 12.' },
    { question: 'Why does the login fail?', solution: text },
    { question: 'What can I do about error 403?', solution: long },
  ];
  writeFileSync(join(folder, 'tickets.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const recipe = {
    name: 'tickets',
    engine: { kind: 'local', threads: 1 },
    models: { base: 'builtin:base' },
    data: { tickets: 'tickets.jsonl' },
    stages: [
      {
        stage: 'evaluate',
        students: { one: 'base', two: 'base' },
        problems: { support: 'tickets' },
        sampling: { maxTokens: 4 },
      },
    ],
  };
  writeFileSync(join(folder, 'recipe.yaml'), JSON.stringify(recipe));
  const out = join(folder, 'run');
  const { code, stdout, stderr } = await runCommandLine(['run', join(folder, 'recipe.yaml'), '--out', out]);
  expect(code, stderr).toBe(0);
  const remark =
    '2 of 3 problems have neither an answer nor a solution that states one (lines 2 and 3), so a reply to them counts as right only if it is the solution word for word.';
  // Once, not for every student.
  expect(stdout.split(`Note on support: ${remark}`)).toHaveLength(2);
  expect(readFileSync(join(out, 'stages/01-evaluate/report.md'), 'utf8')).toContain(`Note: ${remark}`);
  expect((await runCommandLine(['report', out])).stdout).toContain(remark);
});
