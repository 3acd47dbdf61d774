import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SUMS, temporaryFolder } from '../testing/rlt.js';
import { studentsOfRun } from './run-students.js';
import { namedModel } from './trained-models.js';
import { roleWarning, trainedRoleOf } from './training-record.js';

/** A run with the folders that its stages left. */
function runOf(stages: readonly object[], folders: readonly string[], others: object = {}): string {
  const run = temporaryFolder();
  const recipe = { name: 'named', models: { base: 'builtin:base' }, data: { sums: SUMS }, stages, ...others };
  writeFileSync(join(run, 'recipe.yaml'), JSON.stringify(recipe));
  for (const folder of folders) {
    mkdirSync(join(run, 'stages', folder, 'model'), { recursive: true });
    writeFileSync(join(run, 'stages', folder, 'model', 'config.json'), '{}');
  }
  return run;
}

/** What a stage leaves whose model is on a server. */
function serve(run: string, folder: string, name: string): string {
  const stage = join(run, 'stages', folder);
  mkdirSync(stage, { recursive: true });
  writeFileSync(join(stage, 'model.json'), JSON.stringify({ kind: 'served', name, tokenizer: '.' }));
  return stage;
}

const here = (folder: string, name: string | undefined) => ({ source: folder, home: folder, name, held: {} });

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
    await expect(namedModel(run, name)).rejects.toThrow(
      `the run has 2 models of the name "${name}" (${run})\n  Name the one that you mean in place of the run: ` +
        `${first} (the stage first), ${second} (the stage second).`,
    );
  }
  expect((await namedModel(first, undefined)).source).toBe(join(first, 'model'));
  expect((await namedModel(second, undefined, { asTeacher: true })).source).toBe(join(second, 'model'));
  // Two labels of one model, and one label of one model in two stages.
  expect((await namedModel(run, 'both')).source).toBe(join(first, 'model'));
  expect((await namedModel(run, 'second')).source).toBe(join(second, 'model'));
  expect((await namedModel(run, 'start')).source).toBe('builtin:base');
  // As `rlt compare` takes them: the student of an evaluate stage.
  for (const [name, model] of [
    ['early:own', first],
    ['late:own', second],
    ['late:first', second],
  ] as const)
    expect(await namedModel(`${run}:${name}`, undefined)).toEqual(here(join(model, 'model'), name.split(':')[1]));
  expect((await namedModel(`${run}:late:early`, undefined)).source).toBe('builtin:base');
  for (const [name, refusal] of [
    ['erly:own', /the run has no evaluate stage "erly".*\n {2}Did you mean "early"/],
    ['first:own', /the run has no evaluate stage "first"/],
    ['early:first', /the stage early has no student "first".*\n.*own, both, start/],
    ['early:constructor', /has no student "constructor"/],
    ['early:own:x', /"early:own:x" is not of the form STAGE:STUDENT .*\n {2}Write RUN:NAME, or RUN:STAGE:STUDENT/],
    ['own:early', /"own:early" has the student before its stage .*\n {2}Write .*:early:own\./],
  ] as const)
    await expect(namedModel(`${run}:${name}`, undefined)).rejects.toThrow(refusal);
  // Names that need more are names too.
  await expect(namedModel(run, undefined)).rejects.toThrow(
    /Name one behind it: first, own, both, second, base, start, early\./,
  );
  await expect(namedModel(run, 'thirty')).rejects.toThrow(/The models: first, own, both, second, base, start, early\./);
});

test('of a teacher and a student of one name, the role decides, which is said; without a role both are named', async () => {
  const run = runOf(
    [
      { stage: 'warm-up', teacher: 'base', data: 'sums' },
      { stage: 'teach', teacher: 'warm-up', student: 'base', data: 'sums' },
      distill('student-warm-up'),
      distill('student-late'),
      evaluate('evaluate', { 'warm-up': 'student-warm-up', late: 'student-late', base: 'base' }),
    ],
    ['01-warm-up', '02-teach', '03-student-warm-up'],
  );
  const place = (folder: string) => join(run, 'stages', folder, 'model');
  const asTeacher = true;
  expect(await namedModel(run, 'warm-up', { asTeacher })).toEqual(here(place('01-warm-up'), 'warm-up'));
  const asStudent = { asTeacher: false };
  const [teacher, student] = [join(run, 'stages', '01-warm-up'), join(run, 'stages', '03-student-warm-up')];
  expect(await namedModel(run, 'warm-up', asStudent)).toEqual({
    ...here(place('03-student-warm-up'), 'warm-up'),
    chosen: `"warm-up" is the model of the stage student-warm-up; the teacher of this name is in ${teacher}`,
  });
  expect(await namedModel(`${run}:warm-up`, undefined, asStudent)).toEqual(await namedModel(run, 'warm-up', asStudent));
  await expect(namedModel(`${run}:warm-up`, undefined)).rejects.toThrow(
    `the run has 2 models of the name "warm-up" (${run})\n  Name the one that you mean in place of the run: ` +
      `${teacher} (the stage warm-up), ${student} (the stage student-warm-up).`,
  );
  // Where only one model has the name, it is taken in either role.
  expect((await namedModel(run, 'teach')).source).toBe(place('02-teach'));
  expect(await namedModel(run, undefined, { asTeacher })).toEqual(here(place('02-teach'), 'teach'));
  await expect(namedModel(run, undefined)).rejects.toThrow(/: warm-up, teach, student-warm-up, base\./);
  await expect(namedModel(`${run}:other`, undefined)).rejects.toThrow('the run has no model "other"');
  for (const name of ['late', 'student-late'])
    await expect(namedModel(`${run}:${name}`, undefined)).rejects.toThrow(
      `the run has not made "${name}" yet, the model of its stage student-late`,
    );
});

const SERVER = { engine: { kind: 'tinker', url: 'http://127.0.0.1:9' } };
const reached = { engine: { kind: 'tinker', url: 'http://127.0.0.1:9', probe: false } };

test('a model that a run left on a server is reached there, with the engine of the run, unmeasured', async () => {
  const run = runOf([distill('student-rlt'), evaluate('late', { rlt: 'student-rlt' })], [], SERVER);
  const folder = serve(run, '01-student-rlt', 'tinker://session/weights/1');
  const found = {
    source: 'served:tinker://session/weights/1',
    home: folder,
    server: { ...reached, tokenizer: folder },
  };
  for (const given of [`${run}:late:rlt`, `${run}:rlt`, `${run}:student-rlt`, folder]) {
    expect(await namedModel(given, undefined, { reach: 'servers' })).toMatchObject(found);
    await expect(namedModel(given, undefined)).rejects.toThrow(
      /on the server at 127\.0\.0\.1:9, and this takes the files .*\n {2}rlt chat, .*models: \{ NAME: \{ source: "served:tinker:\/\/session\/weights\/1", tokenizer/,
    );
  }
  // What the run was given is where the run has it: the server's own.
  const base = await namedModel(run, 'base', { reach: 'servers' });
  expect(base).toMatchObject({ source: 'builtin:base', server: { ...reached, tokenizer: null } });
});

test('who names a run gets what it trained, on a server too, and the base only by its name', async () => {
  const run = runOf([{ stage: 'warm-up', teacher: 'base', data: 'sums' }, distill('first')], [], SERVER);
  for (const folder of ['01-warm-up', '02-first']) serve(run, folder, `tinker://${folder}`);
  await expect(namedModel(run, undefined, { reach: 'servers' })).rejects.toThrow(
    `the run has several models (${run})\n  Name one behind it: warm-up, first, base.`,
  );
  const teacher = await namedModel(run, undefined, { asTeacher: true, reach: 'servers' });
  expect(teacher).toMatchObject({ source: 'served:tinker://01-warm-up', name: 'warm-up' });
});

test('what a run was given is not taken for what it is still to train', async () => {
  const early = runOf([distill('student')], []);
  await expect(namedModel(early, undefined)).rejects.toThrow(
    `the run has trained no model yet (${early})\n  Run its recipe first, or name one that it was given: base.`,
  );
  expect((await namedModel(runOf([evaluate('evaluate', { base: 'base' })], []), undefined)).source).toBe(
    'builtin:base',
  );
});

test('students of a run are here or on a server, and those to come are left out', async () => {
  const engines = { engines: { far: SERVER.engine } };
  const models = { base: 'builtin:base', other: { source: 'served:tiny', tokenizer: '.', engine: 'far' } };
  const stages = [distill('here'), { ...distill('served'), student: 'other' }, distill('to-come')];
  const run = runOf(stages, ['01-here'], { ...engines, models });
  serve(run, '02-served', 'tinker://a/b');
  const { students, absent } = await studentsOfRun(run);
  expect(absent).toEqual(['to-come']);
  expect(students).toMatchObject({
    base: { source: 'builtin:base' },
    here: { source: join(run, 'stages/01-here/model') },
    other: { source: 'served:tiny', server: reached },
    served: { source: 'served:tinker://a/b', server: reached },
  });
  expect(['base', 'here'].map((label) => students[label]?.server)).toEqual([undefined, undefined]);
});

test('what is not there is answered with what can be named', async () => {
  const gone = join(temporaryFolder(), 'gone');
  for (const [given, name] of [
    [gone, undefined],
    [gone, 'rlt'],
    [`${gone}:rlt`, undefined],
  ] as const) {
    await expect(namedModel(given, name)).rejects.toThrow(
      `there is no such model or run (${given})\n  Name the folder of a model or of a stage, a run directory with the name ` +
        'of a model in it, builtin:base, or hf:owner/name.',
    );
  }
  expect((await namedModel(gone, undefined, { mayBeGone: true })).source).toBe(gone);
  for (const source of ['hf:owner/name', 'builtin:base'])
    expect((await namedModel(source, undefined)).source).toBe(source);
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
  expect(await trainedRoleOf('builtin:base')).toBe('student');
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
