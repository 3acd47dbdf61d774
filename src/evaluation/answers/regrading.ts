/** Grades the stored answers of an evaluation again; nothing is sampled. */
import { join } from 'node:path';
import { InputError, type Place } from '../../errors.js';
import { isCountdownGold } from '../graders/countdown.js';
import { GRADERS } from '../graders/registry.js';
import type { Grader } from '../graders/verdict.js';
import { type Answer, answerLine, gradeReply } from './answer.js';
import { answerReader, type PromptStyle } from './prompt.js';
import { readResults, resultRows } from './result-files.js';
import { ANSWERS_FILE, type EvaluationResults } from './results.js';
import { requireAllAnswers, storedAnswers, whole } from './stored-answers.js';

/** `math` of `math/13`. */
export const graderName = (version: string): string => version.replace(/\/.*$/, '');

/** The present version of the grader of a stored answer. */
function ownGrader({ grader }: Answer, place: Place): Grader {
  const found = GRADERS.find(({ name }) => name === graderName(grader));
  if (found === undefined) throw new InputError(`there is no grader "${grader}"`, { ...place, field: 'grader' });
  return found;
}

/** Why a grader cannot compare with a stored reference; undefined where it can. */
function unusableBecause(gold: string, grader: Grader): string | undefined {
  // Another grader may take the JSON for an answer in words.
  if (grader.name !== 'countdown' && isCountdownGold(gold)) return `the reference ${gold} is of another grader`;
  return grader.unusable?.(gold)?.reason;
}

/** A reference that cannot be read would count every answer to it as unparsable: an evaluation refuses it before it asks. */
function requireUsable(gold: string, grader: Grader, place: Place): void {
  const reason = unusableBecause(gold, grader);
  if (reason === undefined) return;
  const others = GRADERS.filter((other) => unusableBecause(gold, other) === undefined);
  const flags = others.map(({ name }) => `--grader ${name}`).join(' or ');
  throw new InputError(`${reason}, so ${grader.name} cannot grade with it`, {
    ...place,
    field: 'gold',
    remedy: `${flags === '' ? 'Correct' : `Name a grader that can read it (${flags}), or correct`} "gold" in this line.`,
  });
}

/** What grading again comes to, before it is written. */
export interface Regraded {
  readonly before: EvaluationResults;
  readonly results: EvaluationResults;
  readonly answers: readonly Answer[];
}

/**
 * Grades the answers of an evaluation with the present graders, or the one that is named.
 * @throws {InputError | StorageError} when a file is missing or damaged, or a grader cannot read a reference
 */
export async function regraded(directory: string, own: PromptStyle, named?: Grader): Promise<Regraded> {
  const before = await readResults(directory);
  const file = join(directory, ANSWERS_FILE);
  const answers: Answer[] = [];
  const usable = new Set<string>();
  for await (const { answer: line, place } of storedAnswers(file)) {
    const grader = named ?? whole(file, () => ownGrader(line, place));
    const { gold } = line;
    if (!usable.has(`${grader.name} ${gold}`)) requireUsable(gold, grader, place);
    usable.add(`${grader.name} ${gold}`);
    const read = answerReader(before.prompts?.[line.level ?? ''] ?? own);
    const grade = line.ended === 'no-room' ? line : gradeReply(grader, gold, read(line.text, line.ended === 'stop'));
    answers.push(answerLine({ ...line, grader: grader.version }, grade));
  }
  const graders = [...new Set(answers.map(({ grader }) => grader))].sort();
  const rows = whole(file, () => {
    requireAllAnswers(answers, before.rows);
    return resultRows(answers, before.rows);
  });
  return { before, results: { ...before, graders, rows }, answers };
}
