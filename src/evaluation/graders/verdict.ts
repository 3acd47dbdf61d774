/** What a grader is and what it returns. */
import { UsageError } from '../../errors.js';
import { isObject } from '../../json.js';
import { kindOf } from '../../schema-issue.js';

/** `unparsable` is not `wrong`: no answer in the required form was found, so nothing could be compared. */
export type GraderVerdict = 'correct' | 'wrong' | 'unparsable';

/** The verdict on an answer, with its reason. */
export interface Grade {
  readonly verdict: GraderVerdict;
  /** One clause for people: what was compared, and with what result. */
  readonly reason: string;
  /** The answer that was read in the prediction, shortened; absent when none was found. */
  readonly answer?: string;
}

/** Judges answers against references, synchronously. */
export interface Grader {
  readonly name: string;
  /** Changed whenever a verdict can change for the same texts. Stored with every score. */
  readonly version: string;
  /** Pure and synchronous: a Promise is no grade. Its work is bounded for any text. */
  grade(gold: string, prediction: string): Grade;
  /** Why nothing can be compared with a text, whatever the answer, and what a reference looks like; undefined for a reference. Absent where every text is one. */
  unusable?(gold: string): { readonly reason: string; readonly remedy: string } | undefined;
  /** Whether two answers that `grade` reported count as the same vote in majority voting. */
  same(left: string, right: string): boolean;
}

/**
 * A grader whose failures are verdicts: one answer that it cannot deal with must not end an evaluation of thousands.
 * The guards against such answers are in the graders; this is for what they do not foresee.
 */
export function guarded(grader: Grader): Grader {
  return {
    name: grader.name,
    version: grader.version,
    grade(gold, prediction) {
      requireTexts('grade', grader, { gold, prediction });
      try {
        return grader.grade(gold, prediction);
      } catch (error) {
        return { verdict: 'unparsable', reason: `the grader failed: ${excerpt(messageOf(error), 120)}` };
      }
    },
    ...(grader.unusable === undefined ? {} : { unusable: (gold) => grader.unusable?.(gold) }),
    same(left, right) {
      try {
        return grader.same(left, right);
      } catch {
        return left === right;
      }
    },
  };
}

function requireTexts(call: string, { name }: Grader, given: Readonly<Record<string, unknown>>): void {
  for (const [field, value] of Object.entries(given)) {
    if (typeof value === 'string') continue;
    throw new UsageError(`${name}.${call}: ${field}: expected a string, not ${kindOf(value)}`, {
      field,
      remedy: `Call it as ${call}(${Object.keys(given).join(', ')}), both of them texts.`,
    });
  }
}

const VERDICTS: readonly unknown[] = ['correct', 'wrong', 'unparsable'] satisfies GraderVerdict[];

/**
 * What a grader of the caller's own returned, if it is a grade.
 * @throws {UsageError} when it is none: counted as a verdict, it would be one that nobody gave
 */
export function requireGrade({ name }: Grader, returned: unknown): Grade {
  const isThenable = isObject(returned) && typeof returned.then === 'function';
  const wrong = isThenable
    ? 'a Promise, but graders are synchronous'
    : !isObject(returned)
      ? kindOf(returned)
      : !VERDICTS.includes(returned.verdict)
        ? `the verdict ${kindOf(returned.verdict)}`
        : typeof returned.reason !== 'string'
          ? `the reason ${kindOf(returned.reason)}`
          : returned.answer !== undefined && typeof returned.answer !== 'string'
            ? `the answer ${kindOf(returned.answer)}`
            : undefined;
  // Its own failure would end the process.
  if (isThenable) Promise.resolve(returned).catch(() => undefined);
  if (wrong === undefined) return returned as unknown as Grade;
  throw new UsageError(`the grader ${kindOf(name)} returned ${wrong}`, {
    field: 'grade',
    remedy: `Return { verdict, reason, answer? } with a verdict of correct, wrong or unparsable${
      isThenable ? '; what takes time, do before, and let grade look it up' : ''
    }.`,
  });
}

/** What was thrown, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a text is no reference: `the reference abc is not a whole number`. */
export function noReference(gold: string, lack: string): string {
  return gold.trim() === '' ? 'the reference is empty' : `the reference ${excerpt(gold)} ${lack}`;
}

/** At most `limit` characters of a text on one line, for reasons. */
export function excerpt(text: string, limit = 60): string {
  const line = text
    .slice(0, limit * 4)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= limit && text.length <= limit * 4 ? line : `${line.slice(0, limit - 1)}…`;
}
