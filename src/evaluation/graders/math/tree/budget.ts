/** Bounded work: hostile answers (deep nesting, huge powers) must end, and in the same way on every machine. */

/** Thrown inside the math grader only; the grader turns it into a verdict. */
export class NotUnderstood extends Error {}

/**
 * Counts units of work (about one node visited or 64 bits multiplied) and gives up at a fixed number, never by the
 * clock.
 */
export class WorkBudget {
  #left: number;

  constructor(units: number) {
    this.#left = units;
  }

  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new NotUnderstood('too much work to compare');
  }
}
