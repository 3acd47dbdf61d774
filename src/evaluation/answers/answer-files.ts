/** The answers of one model, from a run directory or from one of its evaluate stages. */
import { existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { refuseForeign } from '../../data/files/opening.js';
import { InputError, UsageError } from '../../errors.js';
import { MANIFEST } from '../../manifest.js';
import { runRemedy } from '../../run/near-run.js';
import { namedStudent, splitReference } from '../../run/reference.js';
import { suggestion } from '../../suggestion.js';
import { storageError } from '../../system-errors.js';
import type { Answer } from './answer.js';
import type { AskedSettings } from './asked.js';
import { remarks, unreadText } from './report.js';
import { readResults } from './result-files.js';
import { ANSWERS_FILE, type HeldInBits, PROBLEMS_FILE, problemsName, RESULTS_FILE, type ResultRow } from './results.js';
import { damagedEvaluation, requireAllAnswers, storedAnswers, storedRecords, whole } from './stored-answers.js';
import { byProblem } from './summary.js';

export interface AnswerSet {
  /** The file that the answers are from, and the student; absent where a program made them. */
  readonly origin?: { readonly file: string; readonly student: string | undefined };
  /** What reports call it. */
  readonly name: string;
  readonly answers: readonly Answer[];
  /** Questions by problem id, where they were stored. */
  readonly questions: ReadonlyMap<string, string>;
  /** How the weights of the student were held: in few bits, or else in float32; absent where nobody recorded it. */
  readonly held?: HeldInBits | 'float32';
  /** How the answers were asked for; absent where nobody recorded it. */
  readonly asked?: AskedSettings;
  /** What has to be known of its figures, such as that the student was trained on some of the problems. */
  readonly remarks: readonly string[];
}

interface Evaluation {
  readonly folder: string;
  readonly students: readonly string[];
}

/** The finished evaluate stages of a run directory by their names; none where it is another folder. */
async function evaluationsIn(directory: string): Promise<ReadonlyMap<string, Evaluation>> {
  const stages = join(directory, 'stages');
  const found = new Map<string, Evaluation>();
  if (!existsSync(stages)) return found;
  for (const name of (await readdir(stages)).sort()) {
    const folder = join(stages, name);
    // One that has lost a file is named as that when it is read.
    const isEvaluation = [ANSWERS_FILE, RESULTS_FILE].some((file) => existsSync(join(folder, file)));
    if (!isEvaluation || !existsSync(join(folder, MANIFEST))) continue;
    found.set(name.replace(/^\d+-/, ''), { folder, students: Object.keys((await readResults(folder)).models) });
  }
  return found;
}

/** Where answers are, the student that is named, and what the answers are called where none is. */
interface AnswerPlace {
  readonly file: string;
  readonly student: string | undefined;
  readonly name: string | undefined;
}

/** The answers of a run, by the names behind it. */
async function placeInRun(run: string, names: readonly string[]): Promise<AnswerPlace> {
  const evaluations = await evaluationsIn(run);
  const place = ({ folder }: Evaluation, student?: string): AnswerPlace => ({
    file: join(folder, ANSWERS_FILE),
    student,
    name: basename(resolve(run)),
  });
  if (evaluations.size === 0) {
    throw new UsageError('there are no answers of a finished evaluation in it', {
      file: run,
      remedy: 'Name the run directory or the folder of an evaluate stage that is done.',
    });
  }
  const students = new Map([...evaluations].map(([stage, own]) => [stage, own.students]));
  const [word, ...others] = names;
  const chosen = others.length > 0 ? namedStudent(run, names, students) : { stage: word ?? '', student: undefined };
  const named = evaluations.get(chosen.stage);
  const having = [...evaluations].filter(([, own]) => word === undefined || own.students.includes(word));
  if (named !== undefined && word !== undefined && chosen.student === undefined && having.length > 0) {
    const both = [...having.map(([stage]) => `${stage}:${word}`), ...named.students.map((own) => `${word}:${own}`)];
    const meant = [...new Set(both)].map((form) => `${run}:${form}`);
    if (meant.length > 1)
      throw new UsageError(`"${word}" is both an evaluate stage and a student of the run`, {
        file: run,
        remedy: `Name one, with its stage in front: ${meant.join(', ')}.`,
      });
  }
  if (named !== undefined) return place(named, chosen.student);
  const [[, only] = [], ...more] = having;
  if (only !== undefined && more.length === 0) return place(only, word);
  if (only === undefined) {
    throw new UsageError(`the run has neither an evaluate stage nor a student "${word}"`, {
      file: run,
      remedy: suggestion(
        word ?? '',
        [...new Set([...evaluations.keys(), ...[...students.values()].flat()])],
        'stages and students',
      ),
    });
  }
  throw new UsageError(`the run has several evaluate stages${word === undefined ? '' : ` with a student "${word}"`}`, {
    file: run,
    remedy: `Name one: ${having.map(([stage]) => [run, stage, ...(word === undefined ? [] : [word])].join(':')).join(', ')}.`,
  });
}

async function placeOf(reference: string): Promise<AnswerPlace> {
  const { path, names } = splitReference(reference);
  if (!existsSync(path))
    throw new UsageError(path === '' ? 'the name of an evaluation is empty' : 'there is no such run or evaluation', {
      ...(path === '' ? {} : { file: path }),
      remedy: runRemedy(
        path,
        'Name a run directory, or the folder of an evaluate stage; a student of it as RUN:STUDENT.',
      ),
    });
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(path)).isDirectory();
  } catch (cause) {
    throw storageError('read', path, cause);
  }
  const file = isDirectory ? join(path, ANSWERS_FILE) : path;
  if (!existsSync(file)) return placeInRun(path, names);
  const [student, ...others] = names;
  if (others.length === 0) return { file, student, name: undefined };
  throw new UsageError(`"${names.join(':')}" is not the name of a student`, {
    file: path,
    remedy: `Write ${path}:STUDENT; only behind a run stands the name of a stage.`,
  });
}

/** What has to be known of a student's figures. */
const remarksOn = (rows: readonly ResultRow[]): readonly string[] =>
  rows.flatMap((row) => {
    const unread = unreadText(row);
    const told = [...remarks(row), ...(unread === undefined ? [] : [`replies: ${unread}`])];
    return told.map((remark) => `on ${problemsName(row)}: ${remark}`);
  });

/**
 * Reads `DIR`, `DIR:STUDENT` or the path of an answers file, where the folder is that of an evaluate stage; or `RUN`,
 * `RUN:STAGE`, `RUN:STUDENT`, `RUN:STAGE:STUDENT`, where it is a run directory. A problem's id gets its label of
 * problems in front, since two sets may use one id.
 * @throws {UsageError} when several stages or students are there and none is named
 * @throws {InputError} when lines are not answers
 */
export async function readAnswerSet(reference: string): Promise<AnswerSet> {
  const { file, student, name } = await placeOf(reference);
  const folder = dirname(file);
  if (existsSync(file)) await refuseForeign(file, false);
  const all: Answer[] = [];
  for await (const { answer } of storedAnswers(file)) all.push(answer);
  // Answers may lie without results.
  const results = existsSync(join(folder, RESULTS_FILE)) ? await readResults(folder) : undefined;
  const rows = results?.rows;
  whole(file, () => requireAllAnswers(all, rows ?? [], { file }));
  if (all.length === 0) throw damagedEvaluation(new InputError('it is empty', { file }), file);
  const students = [...new Set(all.flatMap((answer) => answer.student ?? []))];
  const chosen = student ?? (students.length === 1 ? students[0] : undefined);
  if (students.length > 0 && (chosen === undefined || !students.includes(chosen))) {
    throw new UsageError(
      chosen === undefined ? 'the answers are of several students' : `there are no answers of the student "${chosen}"`,
      {
        file,
        remedy:
          chosen === undefined
            ? `Name one: ${students.map((name) => `${reference}:${name}`).join(', ')}.`
            : suggestion(chosen, students, 'students'),
      },
    );
  }
  if (students.length === 0 && student !== undefined) {
    throw new UsageError('the answers are of one model without a name', {
      file,
      remedy: `Write ${reference.slice(0, -student.length - 1)}.`,
    });
  }
  const answers = all
    .filter((answer) => answer.student === chosen)
    .map((answer) => (answer.level === undefined ? answer : { ...answer, id: `${answer.level}/${answer.id}` }));
  whole(file, () => byProblem(answers, { file }));
  const questions = new Map<string, string>();
  const problems = join(folder, PROBLEMS_FILE);
  if (existsSync(problems)) {
    for await (const { value } of storedRecords(problems)) {
      if (typeof value.id === 'string' && typeof value.question === 'string') questions.set(value.id, value.question);
    }
  }
  const own = rows?.filter((row) => chosen === undefined || row.student === chosen);
  // One model of a run is known by the run: its label in the recipe may be that of any other.
  return {
    origin: { file: await realpath(file), student: chosen },
    name: (student === undefined ? name : undefined) ?? chosen ?? basename(folder),
    answers,
    questions,
    ...(own === undefined ? {} : { held: own[0]?.held ?? 'float32' }),
    ...(results === undefined || own === undefined
      ? {}
      : {
          asked: {
            sampling: results.sampling,
            prompts: results.prompts ?? {},
            levels: [...new Set(own.map(({ level }) => level))],
          },
        }),
    remarks: remarksOn(own ?? []),
  };
}
