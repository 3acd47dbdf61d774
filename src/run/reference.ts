/** How people name something in a run: `RUN`, `RUN:NAME` or `RUN:STAGE:NAME`. */
import { existsSync } from 'node:fs';
import { UsageError } from '../errors.js';
import { suggestion } from '../suggestion.js';

/** The path in front, and the names behind it. */
interface Reference {
  readonly path: string;
  readonly names: readonly string[];
}

/** A path may hold a colon itself: it is the longest that is there. Where none is, all of the text is taken for it. */
export function splitReference(reference: string): Reference {
  for (let path = reference; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf(':')))) {
    if (existsSync(path)) return { path, names: reference.slice(path.length).split(':').slice(1) };
    if (!path.includes(':')) break;
  }
  return { path: reference, names: [] };
}

/**
 * The evaluate stage and its student that `RUN:STAGE:STUDENT` names. `evaluations` has the students of each evaluate stage
 * that the run has.
 * @throws {UsageError} when the names are of another form, or in the wrong order, or name nothing
 */
export function namedStudent(
  run: string,
  names: readonly string[],
  evaluations: ReadonlyMap<string, readonly string[]>,
): { readonly stage: string; readonly student: string } {
  const [stage = '', student = ''] = names;
  if (names.length !== 2)
    throw new UsageError(`"${names.join(':')}" is not of the form STAGE:STUDENT`, {
      file: run,
      remedy: 'Write RUN:NAME, or RUN:STAGE:STUDENT with an evaluate stage and one of its students.',
    });
  const students = evaluations.get(stage);
  if (students?.includes(student) === true) return { stage, student };
  if (evaluations.get(student)?.includes(stage) === true)
    throw new UsageError(`"${stage}:${student}" has the student before its stage`, {
      file: run,
      remedy: `Write ${run}:${student}:${stage}.`,
    });
  if (students === undefined)
    throw new UsageError(`the run has no evaluate stage "${stage}"`, {
      file: run,
      remedy: suggestion(stage, [...evaluations.keys()], 'evaluate stages'),
    });
  throw new UsageError(`the stage ${stage} has no student "${student}"`, {
    file: run,
    remedy: suggestion(student, students, 'students'),
  });
}
