/** What a grader is and what it returns. */

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

/** Judges answers against references. */
export interface Grader {
  readonly name: string;
  /** Changed whenever a verdict can change for the same texts. Stored with every score. */
  readonly version: string;
  /** Pure, and its work is bounded for any text. */
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

function messageOf(error: unknown): string {
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
