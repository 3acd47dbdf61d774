/** The problems of a data set: each is made when it is asked for, and what is asked of all of them is at hand. */
import { type Problem, questionKey } from '../problem.js';
import { NumberList, RecordStore } from './record-store.js';
import { Lazy, type Sequence } from './sequence.js';
import { TextIndex } from './text-index.js';

/** What is known of each problem of a list without making it. */
export interface ProblemFacts {
  /** The numbers of the problems' questions, which count from 0 as they first appear: equal for equal questions. */
  readonly question: NumberList;
  /** How many traces of its own each problem has. */
  readonly traces: NumberList;
  /** The first row of each problem, from 0. */
  readonly row: NumberList;
  /** The line at which that row begins, or 0; absent where problems were not read from a text file. */
  readonly line?: NumberList;
  /** The file that all of them are from. */
  readonly file?: string;
  /** How many rows repeat another's problem, and are no problems of their own; absent: none. */
  readonly repeats?: number;
}

export class ProblemList extends Lazy<Problem> {
  /** How many different questions there are. */
  readonly questions: number;
  /** How many rows of the file repeat one of these problems. */
  readonly repeats: number;
  readonly #facts: ProblemFacts;

  constructor(facts: ProblemFacts, questions: number, problemAt: (index: number) => Problem) {
    super(facts.question.length, problemAt, (index) => {
      const [row, line] = [facts.row.at(index) + 1, facts.line?.at(index) ?? 0];
      const { file } = facts;
      return { row, ...(line === 0 ? {} : { line }), ...(file === undefined ? {} : { file }) };
    });
    this.questions = questions;
    this.repeats = facts.repeats ?? 0;
    this.#facts = facts;
  }

  questionOf(index: number): number {
    return this.#facts.question.at(index);
  }

  tracesOf(index: number): number {
    return this.#facts.traces.at(index);
  }
}

/** Holds problems that have ids of their own. `rows`: the row of each, from 0; absent: each is a row. */
export function problemList(problems: Iterable<Problem>, rows?: Iterable<number>): ProblemList {
  const store = new RecordStore<Problem>();
  const questions = new QuestionIndex();
  const facts = { question: new NumberList(), traces: new NumberList(), row: new NumberList() };
  const row = rows?.[Symbol.iterator]();
  for (const problem of problems) {
    facts.row.push(row?.next().value ?? facts.row.length);
    store.add(problem);
    facts.question.push(questions.add(problem.question, (other) => store.at(other).question));
    facts.traces.push(problem.reasoningTraces?.length ?? 0);
  }
  return new ProblemList(facts, questions.length, (index) => store.at(index));
}

/** Numbers questions, and finds them again, by `questionKey`; texts stay where they are. */
export class QuestionIndex {
  readonly #index = new TextIndex();
  /** The first text of each question, by the number that its holder has for it. */
  readonly #first = new NumberList();
  #added = 0;

  /** How many different questions there are. */
  get length(): number {
    return this.#index.length;
  }

  /** The number of a question; undefined where it is none of these. `textOf` says what was added as the n-th text. */
  find(question: string, textOf: (added: number) => string): number | undefined {
    const key = questionKey(question);
    return this.#index.find(key, (number) => questionKey(textOf(this.#first.at(number))) === key);
  }

  /** Adds a text, and returns the number of its question. */
  add(question: string, textOf: (added: number) => string): number {
    const added = this.#added++;
    const known = this.find(question, textOf);
    if (known !== undefined) return known;
    this.#first.push(added);
    return this.#index.add(questionKey(question));
  }
}

/** The questions of several lists. */
export class QuestionSet {
  readonly #questions = new QuestionIndex();
  /** What was added: the problems of each list follow those of the one before. */
  readonly #lists: { readonly from: number; readonly problems: Sequence<Problem> }[] = [];
  #size = 0;

  addAll(problems: Sequence<Problem>): void {
    this.#lists.push({ from: this.#size, problems });
    this.#size += problems.length;
    for (const { question } of problems) this.#questions.add(question, this.#textOf);
  }

  has(question: string): boolean {
    return this.#questions.find(question, this.#textOf) !== undefined;
  }

  readonly #textOf = (added: number): string => {
    const list = this.#lists.findLast(({ from }) => from <= added);
    const problem = list?.problems.at(added - list.from);
    if (problem === undefined) throw new RangeError(`no question was added as number ${added}`);
    return problem.question;
  };
}
