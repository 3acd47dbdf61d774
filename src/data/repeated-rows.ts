/** Rows of a data file that repeat a problem: one problem with several traces, under one id. */
import { InputError, type Place } from '../errors.js';
import { Turns } from '../stopping.js';
import { isText } from './files/records.js';
import { problemHash, questionKey, type UnnamedProblem } from './problem.js';
import { type ProblemFacts, ProblemList, QuestionIndex } from './sequences/problem-list.js';
import { NumberList, RecordStore } from './sequences/record-store.js';
import { TextIndex, textHash } from './sequences/text-index.js';

/** In lists of numbers: there is none. */
const NONE = 0xffffffff;

/** The line of a row, or 0 where its file is no text. */
const lineIn = ({ file, line = 0 }: Place): number => (file !== undefined && !isText(file) ? 0 : line);

/** The value that both have, or that one of them has; undefined where they differ. */
function agreed(
  one: string | undefined,
  other: string | undefined,
): { readonly value: string | undefined } | undefined {
  if (one !== undefined && other !== undefined && questionKey(one) !== questionKey(other)) return undefined;
  return { value: one ?? other };
}

/** Rows that repeat a problem. */
interface Repeats {
  /** The answer that the problem and these rows agree on. */
  answer: string | undefined;
  /** In the order of the file. */
  readonly rows: number[];
}

/**
 * Collects the rows of a file as problems. Rows with the same question, the same solution and no contradicting answer are
 * one problem, with the id of the first row that has one and the distinct traces of all of them.
 */
export class ProblemCollector {
  /** The first row of each problem, and of those that repeat it what they add. */
  readonly #kept = new RecordStore<UnnamedProblem>();
  readonly #questions = new QuestionIndex();
  /** Of each question: its first and its last problem. */
  readonly #first = new NumberList();
  readonly #last = new NumberList();
  /** Of each problem, in the order of the file: its first row, its id, and the next problem of its question. */
  readonly #row = new NumberList();
  readonly #id = new NumberList();
  readonly #next = new NumberList();
  /** The hash of each problem's solution: a question may have thousands, which are not compared in full. */
  readonly #solution = new NumberList();
  readonly #facts = {
    question: new NumberList(),
    traces: new NumberList(),
    row: this.#row,
    line: new NumberList(),
  } satisfies ProblemFacts;
  readonly #repeats = new Map<number, Repeats>();
  readonly #ids = new StatedIds(this.#kept);
  readonly #files = new Set<string | undefined>();
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  get size(): number {
    return this.#row.length;
  }

  /** @throws {InputError} when an earlier row has the same id and another question */
  add(problem: UnnamedProblem, place: Place): void {
    this.#rows++;
    this.#files.add(place.file);
    const known = this.#questions.find(problem.question, this.#questionAt);
    const stated = this.#ids.find(problem.id);
    if (stated !== undefined) this.#ids.check(stated, known, place);
    const same = known === undefined ? undefined : this.#sameProblem(known, problem);
    const question = known ?? this.#questions.add(problem.question, this.#questionAt);
    // The question and the solution of a row that repeats a problem are in its first row.
    const row = this.#kept.add(same === undefined ? problem : { ...problem, question: '', solution: '' });
    const id = problem.id === undefined ? NONE : (stated ?? this.#ids.add(problem.id, { row, question, place }));
    if (same === undefined) this.#addProblem(problem, { row, id, question, line: lineIn(place) });
    else this.#addRepeat(same, problem, { row, id });
  }

  readonly #questionAt = (added: number): string => this.#firstRow(this.#first.at(added)).question;

  #firstRow(problem: number): UnnamedProblem {
    return this.#kept.at(this.#row.at(problem));
  }

  /** The problem that a row repeats, among those of its question. */
  #sameProblem(question: number, { solution, answer }: UnnamedProblem): number | undefined {
    const key = questionKey(solution);
    const hash = textHash(key);
    for (let problem = this.#first.at(question); problem !== NONE; problem = this.#next.at(problem)) {
      if (this.#solution.at(problem) !== hash) continue;
      const first = this.#firstRow(problem);
      if (questionKey(first.solution) !== key) continue;
      const repeats = this.#repeats.get(problem);
      if (agreed(repeats === undefined ? first.answer : repeats.answer, answer) !== undefined) return problem;
    }
    return undefined;
  }

  #addProblem(
    { solution, reasoningTraces = [] }: UnnamedProblem,
    {
      row,
      id,
      question,
      line,
    }: { readonly row: number; readonly id: number; readonly question: number; readonly line: number },
  ): void {
    const problem = this.size;
    this.#row.push(row);
    this.#id.push(id);
    this.#next.push(NONE);
    this.#solution.push(textHash(questionKey(solution)));
    this.#facts.question.push(question);
    this.#facts.traces.push(reasoningTraces.length);
    this.#facts.line.push(line);
    if (question === this.#first.length) {
      this.#first.push(problem);
      this.#last.push(problem);
      return;
    }
    this.#next.set(this.#last.at(question), problem);
    this.#last.set(question, problem);
  }

  #addRepeat(
    problem: number,
    { answer }: UnnamedProblem,
    { row, id }: { readonly row: number; readonly id: number },
  ): void {
    const repeats = this.#repeats.get(problem) ?? { answer: this.#firstRow(problem).answer, rows: [] };
    this.#repeats.set(problem, repeats);
    repeats.answer ??= answer;
    repeats.rows.push(row);
    if (this.#id.at(problem) === NONE) this.#id.set(problem, id);
  }

  /**
   * The problems, each with an id of its own: that of the file, else the hash of question and solution. Where it is
   * taken (other solutions of the question under the same id), -2, -3, ... is appended.
   */
  async problems(): Promise<ProblemList> {
    for (const problem of this.#repeats.keys())
      this.#facts.traces.set(problem, this.#whole(problem).reasoningTraces?.length ?? 0);
    const names = await this.#names();
    const [file, ...others] = this.#files;
    const facts = {
      ...this.#facts,
      ...(file === undefined || others.length > 0 ? {} : { file }),
      repeats: this.#rows - this.size,
    };
    return new ProblemList(facts, this.#questions.length, (index) => {
      const problem = this.#whole(index);
      return { ...problem, id: names.get(index) ?? problem.id ?? '' };
    });
  }

  /** A problem with what its rows say together. */
  #whole(problem: number): UnnamedProblem {
    const first = this.#firstRow(problem);
    const repeats = this.#repeats.get(problem);
    return repeats === undefined
      ? first
      : merged([first, ...repeats.rows.map((row) => this.#kept.at(row))], repeats.answer);
  }

  /** The ids of problems that do not have one of the file for themselves. */
  async #names(): Promise<Names> {
    const names = new Names(this.size);
    const isTaken = new Uint8Array(this.#ids.length);
    const turns = new Turns();
    for (let problem = 0; problem < this.size; problem++) {
      if (turns.isDue) await turns.give(() => `naming problems: ${problem} of ${this.size}`);
      const own = this.#id.at(problem);
      if (own !== NONE && isTaken[own] === 0) {
        isTaken[own] = 1;
        continue;
      }
      const wanted = own === NONE ? problemHash(this.#firstRow(problem)) : this.#ids.textOf(own);
      let id = wanted;
      // Ids that the file states are reserved, so a derived id cannot clash with a later explicit one.
      for (let again = 2; names.has(id) || this.#ids.find(id) !== undefined; again++) id = `${wanted}-${again}`;
      names.set(problem, id);
    }
    return names;
  }
}

/** The ids that a file states, and where each stands first. */
class StatedIds {
  readonly #kept: RecordStore<UnnamedProblem>;
  readonly #index = new TextIndex();
  /** Of each id: the row that has it first, the line and the question of that row. A line of 0 is not known. */
  readonly #row = new NumberList();
  readonly #line = new NumberList();
  readonly #question = new NumberList();
  /** What the numbers of lines count; of a file whose records share lines, records. */
  #unit: 'line' | 'record' = 'line';

  constructor(kept: RecordStore<UnnamedProblem>) {
    this.#kept = kept;
  }

  get length(): number {
    return this.#index.length;
  }

  find(id: string | undefined): number | undefined {
    return id === undefined ? undefined : this.#index.find(id, (number) => this.textOf(number) === id);
  }

  textOf(number: number): string {
    return this.#kept.at(this.#row.at(number)).id ?? '';
  }

  add(id: string, first: { readonly row: number; readonly question: number; readonly place: Place }): number {
    this.#row.push(first.row);
    if (first.place.record !== undefined) this.#unit = 'record';
    this.#line.push(first.place.line ?? first.place.record ?? 0);
    this.#question.push(first.question);
    return this.#index.add(id);
  }

  /** @throws {InputError} when the id stands for another question than this one; undefined is a new one */
  check(number: number, question: number | undefined, place: Place): void {
    if (this.#question.at(number) === question) return;
    throw new InputError(
      `the id ${this.textOf(number)} occurs twice, first at ${this.#unit} ${this.#line.at(number) || 'unknown'} with another question`,
      {
        ...place,
        field: 'id',
        remedy: 'Give every problem its own id, or leave the column out.',
      },
    );
  }
}

/** Ids that no row states. */
class Names {
  readonly #index = new TextIndex();
  readonly #texts = new RecordStore<string>();
  /** The name of each problem; made with the first name, since most files state all ids or none. */
  #name: Uint32Array | undefined;
  readonly #problems: number;

  constructor(problems: number) {
    this.#problems = problems;
  }

  has(name: string): boolean {
    return this.#index.find(name, (number) => this.#texts.at(number) === name) !== undefined;
  }

  set(problem: number, name: string): void {
    this.#name ??= new Uint32Array(this.#problems).fill(NONE);
    this.#name[problem] = this.#texts.add(name);
    this.#index.add(name);
  }

  get(problem: number): string | undefined {
    const number = this.#name?.[problem] ?? NONE;
    return number === NONE ? undefined : this.#texts.at(number);
  }
}

/** What the rows of one problem say together: of each field what the first says that has it, and all distinct traces. */
function merged(
  [first, ...others]: readonly [UnnamedProblem, ...UnnamedProblem[]],
  answer: string | undefined,
): UnnamedProblem {
  const traces = new Map<string, string>();
  for (const trace of [first, ...others].flatMap(({ reasoningTraces = [] }) => reasoningTraces)) {
    const key = questionKey(trace);
    if (!traces.has(key)) traces.set(key, trace);
  }
  return {
    ...Object.assign({}, ...others.toReversed(), first),
    ...(answer === undefined ? {} : { answer }),
    ...(traces.size === 0 ? {} : { reasoningTraces: [...traces.values()] }),
  };
}
