/** What every grader returns and what a grader is. */

/** `unparsable` is not `wrong`: no answer in the required form was found, so nothing could be compared. */
export type GraderVerdict = 'correct' | 'wrong' | 'unparsable';

export interface Grade {
  readonly verdict: GraderVerdict;
  /** One clause for people: what was compared and what decided. */
  readonly reason: string;
  /** The answer that was read in the prediction, in a short form; absent when none was found. */
  readonly answer?: string;
}

export interface Grader {
  readonly name: string;
  /** Raised whenever a verdict can change for the same texts; stored beside every score. */
  readonly version: string;
  /** Never throws; its work is bounded whatever the texts hold. */
  grade(gold: string, prediction: string): Grade;
  /** Whether two answers that `grade` reported are the same vote (for majority voting). */
  same(left: string, right: string): boolean;
}

/** At most `limit` characters of a text on one line, for reasons. */
export function excerpt(text: string, limit = 60): string {
  const line = text
    .slice(0, limit * 4)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= limit && text.length <= limit * 4 ? line : `${line.slice(0, limit - 1)}…`;
}
