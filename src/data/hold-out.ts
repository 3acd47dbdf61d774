/** How many questions of a data set are held out. */

/**
 * The number of questions to hold out of `questions`. `asked` below 1 is a share, rounded, of at least one question; a
 * whole number is taken up to half of the questions, rounded down, so that a setting for many problems leaves something
 * to train on when there are few.
 */
export function heldOutCount(asked: number, questions: number): number {
  if (asked === 0) return 0;
  if (asked < 1) return Math.max(1, Math.round(asked * questions));
  return Math.min(asked, Math.floor(questions / 2));
}
