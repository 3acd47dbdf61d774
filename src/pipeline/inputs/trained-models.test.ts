import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SUMS, temporaryFolder } from '../testing/rlt.js';
import { namedModel } from './trained-models.js';
import { roleWarning, trainedRoleOf } from './training-record.js';

/** A run with the folders that its stages left. */
function runOf(stages: readonly object[], folders: readonly string[]): string {
  const run = temporaryFolder();
  const recipe = { name: 'named', models: { base: 'builtin:base' }, data: { sums: SUMS }, stages };
  writeFileSync(join(run, 'recipe.yaml'), JSON.stringify(recipe));
  for (const folder of folders) {
    mkdirSync(join(run, 'stages', folder, 'model'), { recursive: true });
    writeFileSync(join(run, 'stages', folder, 'model', 'config.json'), '{}');
  }
  return run;
}

const distill = (name: string) => ({ stage: 'distill', name, student: 'base', traces: 'sums' });
const evaluate = (name: string, students: object) => ({
  stage: 'evaluate',
  name,
  students,
  problems: { sums: 'sums' },
});

test('a name of two models is refused with what names each, and what names each is taken', async () => {
  const run = runOf(
    [
      distill('first'),
      distill('second'),
      evaluate('early', { own: 'first', both: 'first', start: 'base' }),
      evaluate('late', { own: 'second', both: 'first', first: 'second', start: 'base', early: 'base' }),
    ],
    ['01-first', '02-second'],
  );
  const [first, second] = [join(run, 'stages/01-first'), join(run, 'stages/02-second')];
  for (const name of ['own', 'first']) {
    await expect(namedModel(run, name, false)).rejects.toThrow(
      `the run has 2 models of the name "${name}" (${run})\n  Name the one that you mean in place of the run: ` +
        `${first} (the stage first), ${second} (the stage second).`,
    );
  }
  expect(await namedModel(first, undefined, false)).toBe(join(first, 'model'));
  expect(await namedModel(second, undefined, true)).toBe(join(second, 'model'));
  // Two labels of one model, and one label of one model in two stages.
  expect(await namedModel(run, 'both', false)).toBe(join(first, 'model'));
  expect(await namedModel(run, 'second', false)).toBe(join(second, 'model'));
  expect(await namedModel(run, 'start', false)).toBe('builtin:base');
  // Those that name one model are what a person is told.
  await expect(namedModel(run, undefined, false)).rejects.toThrow(
    /Name one behind it: both, second, base, start, early\./,
  );
});

test('a model that is asked in another role than it was trained for is warned of', async () => {
  const run = runOf([distill('student')], ['01-warm-up', '02-teach', '03-student', '04-reinforce', '05-pretrain']);
  const roles = { '01-warm-up': 'teacher', '02-teach': 'teacher', '03-student': 'student', '04-reinforce': 'student' };
  for (const folder of [...Object.keys(roles), '05-pretrain']) {
    const kind = folder === '03-student' ? 'distill' : folder.slice(3);
    writeFileSync(join(run, 'stages', folder, 'stage.json'), JSON.stringify({ name: folder, kind, fingerprint: 'f' }));
  }
  const roleOf = (folder: string) => trainedRoleOf(join(run, 'stages', folder, 'model'));
  for (const [folder, role] of Object.entries(roles)) expect(await roleOf(folder)).toBe(role);
  expect(await roleOf('05-pretrain')).toBeUndefined();
  expect(await trainedRoleOf('builtin:base')).toBeUndefined();
  expect(await trainedRoleOf('hf:owner/name')).toBeUndefined();
  const student = join(run, 'stages/03-student/model');
  expect(await roleWarning(student, false)).toBeUndefined();
  expect(await roleWarning(student, true)).toMatch(/was trained as a student: .*leave --teacher out/);
  expect(await roleWarning(join(run, 'stages/02-teach/model'), false)).toMatch(/as a teacher: .*add --teacher/);
  // A teacher that was copied elsewhere remembers its reward.
  const copy = temporaryFolder();
  writeFileSync(join(copy, 'rlt.json'), JSON.stringify({ format: 'paper', prompts: {}, reward: {} }));
  expect(await trainedRoleOf(copy)).toBe('teacher');
});
