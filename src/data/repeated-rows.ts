/** Rows of a data file that repeat a problem: one problem with several traces, under one id. */
import { InputError, type Place } from '../errors.js';
import { type Problem, problemHash, questionKey, type UnnamedProblem } from './problem.js';

interface Found {
  problem: UnnamedProblem;
  readonly place: Place;
  readonly question: string;
  readonly solution: string;
}

/** The value that both have, or that one of them has; undefined where they differ. */
function agreed(
  one: string | undefined,
  other: string | undefined,
): { readonly value: string | undefined } | undefined {
  if (one !== undefined && other !== undefined && questionKey(one) !== questionKey(other)) return undefined;
  return { value: one ?? other };
}

/**
 * Collects the rows of a file as problems. Rows with the same question, the same solution and no contradicting answer are
 * one problem, with the id of the first row that has one and the distinct traces of all of them.
 */
export class ProblemCollector {
  /** In the order of the file. */
  readonly #found: Found[] = [];
  readonly #byQuestion = new Map<string, Found[]>();
  /** Where each id of the file stands first, and the question that has it. */
  readonly #ids = new Map<string, { readonly place: Place; readonly question: string }>();
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  get size(): number {
    return this.#found.length;
  }

  /** @throws {InputError} when an earlier row has the same id and another question */
  add(problem: UnnamedProblem, place: Place): void {
    this.#rows++;
    const question = questionKey(problem.question);
    const solution = questionKey(problem.solution);
    this.#checkId(problem.id, question, place);
    const same = this.#byQuestion.get(question) ?? [];
    this.#byQuestion.set(question, same);
    for (const earlier of same) {
      if (earlier.solution !== solution) continue;
      const answer = agreed(earlier.problem.answer, problem.answer);
      if (answer === undefined) continue;
      earlier.problem = merged(earlier.problem, problem, answer.value);
      return;
    }
    const found = { problem, place, question, solution };
    same.push(found);
    this.#found.push(found);
  }

  #checkId(id: string | undefined, question: string, place: Place): void {
    if (id === undefined) return;
    const before = this.#ids.get(id);
    if (before === undefined) this.#ids.set(id, { place, question });
    else if (before.question !== question) {
      throw new InputError(
        `the id ${id} occurs twice, first at line ${before.place.line ?? 'unknown'} with another question`,
        {
          ...place,
          field: 'id',
          remedy: 'Give every problem its own id, or leave the column out.',
        },
      );
    }
  }

  /**
   * The problems, each with an id of its own: that of the file, else the hash of question and solution. Where it is
   * taken (other solutions of the question under the same id), -2, -3, ... is appended.
   */
  problems(): Problem[] {
    const taken = new Set<string>();
    return this.#found.map(({ problem }) => {
      const wanted = problem.id ?? problemHash(problem);
      let id = wanted;
      // Ids that the file states are reserved, so a derived id cannot clash with a later explicit one.
      for (let again = 2; taken.has(id) || (id !== problem.id && this.#ids.has(id)); again++) id = `${wanted}-${again}`;
      taken.add(id);
      return { ...problem, id };
    });
  }
}

function merged(one: UnnamedProblem, other: UnnamedProblem, answer: string | undefined): UnnamedProblem {
  const traces = new Map<string, string>();
  for (const trace of [...(one.reasoningTraces ?? []), ...(other.reasoningTraces ?? [])]) {
    const key = questionKey(trace);
    if (!traces.has(key)) traces.set(key, trace);
  }
  return {
    ...other,
    ...one,
    ...(answer === undefined ? {} : { answer }),
    ...(traces.size === 0 ? {} : { reasoningTraces: [...traces.values()] }),
  };
}
