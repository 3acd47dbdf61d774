/** Which problems of an evaluation a student was also trained on: its accuracy on these says little of new ones. */
import { type Problem, questionKey } from '../data/problem.js';
import type { Sequence } from '../data/sequences/sequence.js';
import { TextIndex } from '../data/sequences/text-index.js';
import { placesText, someOf } from '../evaluation/answers/results.js';
import { benchmarkIn, dataSetIn, HELD_OUT_SUFFIX } from './definition/settings.js';

/** Questions that a stage on the way to a model trains on. */
export interface TrainingQuestions {
  /** The data set that has them, with its run where that is another. */
  readonly data: string;
  /** Whether that is the data set of another run. */
  readonly isElsewhere?: boolean;
  /** Equal for equal questions. */
  readonly key: string;
  questions(): Iterable<string>;
}

/** The problems of a set that are trained on. */
export interface Overlap {
  /** In order. */
  readonly indices: readonly number[];
  /** The data sets that have them. */
  readonly data: readonly string[];
  /** Whether all of them differ from what is trained on in upper and lower case, which `except` tells apart. */
  readonly isByCaseOnly: boolean;
  /** Whether some of the data sets are those of another run. */
  readonly isElsewhere: boolean;
}

const caseless = (question: string): string => questionKey(question).toLowerCase();

/** Finds the problems of one set among what is trained on; equal lists of questions are gone through once. */
export class OverlapFinder {
  readonly #problems: Sequence<Problem>;
  /** An entry for each problem: of two with one question, the later is found first. */
  readonly #index = new TextIndex();
  readonly #found = new Map<string, { readonly hits: Uint8Array; readonly isExact: boolean }>();

  constructor(problems: Sequence<Problem>) {
    this.#problems = problems;
    for (const { question } of problems) this.#index.add(caseless(question));
  }

  #search(questions: Iterable<string>): { readonly hits: Uint8Array; readonly isExact: boolean } {
    const hits = new Uint8Array(this.#problems.length);
    let isExact = false;
    for (const question of questions) {
      const key = caseless(question);
      this.#index.find(key, (place) => {
        const own = (this.#problems.at(place) as Problem).question;
        if (caseless(own) === key) {
          hits[place] = 1;
          isExact ||= questionKey(own) === questionKey(question);
        }
        // A question may have several problems: all of them are visited.
        return false;
      });
    }
    return { hits, isExact };
  }

  among(trained: readonly TrainingQuestions[]): Overlap {
    const all = new Set<number>();
    const data = new Set<string>();
    let isExact = false;
    let isFoundElsewhere = false;
    for (const { data: name, key, questions, isElsewhere = false } of trained) {
      const found = this.#found.get(key) ?? this.#search(questions());
      this.#found.set(key, found);
      isExact ||= found.isExact;
      for (const [place, isHit] of found.hits.entries()) {
        if (isHit === 0) continue;
        all.add(place);
        data.add(name);
        isFoundElsewhere ||= isElsewhere;
      }
    }
    return {
      indices: [...all].sort((a, b) => a - b),
      data: [...data],
      isByCaseOnly: !isExact,
      isElsewhere: isFoundElsewhere,
    };
  }
}

/** A set of problems that is evaluated on. */
interface EvaluatedSet {
  readonly level: string;
  /** What messages call it. */
  readonly name: string;
  readonly reference: string;
  /** As they are in the order of their file. */
  readonly asked: Sequence<Problem>;
}

export interface StudentOverlap extends Overlap {
  readonly student: string;
  readonly level: string;
}

type TrainedOn = (model: string) => Promise<readonly TrainingQuestions[]>;

/** For each student and set: which of the problems it is trained on. Where there are none, there is no entry. */
export async function overlapsOf(
  students: Readonly<Record<string, string>>,
  sets: readonly EvaluatedSet[],
  trainedOn: TrainedOn,
): Promise<readonly StudentOverlap[]> {
  const trained: (readonly [student: string, questions: readonly TrainingQuestions[]])[] = [];
  for (const [student, model] of Object.entries(students)) {
    const questions = await trainedOn(model);
    if (questions.length > 0) trained.push([student, questions]);
  }
  if (trained.length === 0) return [];
  return sets.flatMap(({ level, asked }) => {
    const finder = new OverlapFinder(asked);
    return trained.flatMap(([student, questions]) => {
      const overlap = finder.among(questions);
      return overlap.indices.length === 0 ? [] : [{ student, level, ...overlap }];
    });
  });
}

/** `a`, `a and b`, `a, b and c` */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** Overlaps as warnings: students that share one are named together. */
export async function overlapNotes(
  students: Readonly<Record<string, string>>,
  sets: readonly EvaluatedSet[],
  trainedOn: TrainedOn,
): Promise<readonly string[]> {
  const overlaps = await overlapsOf(students, sets, trainedOn);
  return sets.flatMap((set) => {
    const groups = new Map<string, StudentOverlap[]>();
    for (const overlap of overlaps) {
      if (overlap.level !== set.level) continue;
      const key = JSON.stringify([overlap.indices, overlap.data]);
      groups.set(key, [...(groups.get(key) ?? []), overlap]);
    }
    return [...groups.values()].flatMap((group) => {
      const [overlap] = group;
      if (overlap === undefined) return [];
      const { indices, data } = overlap;
      const names = group.map(({ student }) => student);
      return [
        `warning: ${indices.length} of ${set.asked.length} problems of ${set.name} (${placesText(someOf(set.asked, indices))}) are also in ${listed(data)}, on which ${listed(names)} ${names.length === 1 ? 'was' : 'were'} trained: accuracies on these say little of new problems. ${remedyFor(set, overlap)}`,
      ];
    });
  });
}

/** How the problems are taken out of one of the two. */
function remedyFor(
  { level, name: called, reference }: EvaluatedSet,
  { data, isByCaseOnly, isElsewhere }: Overlap,
): string {
  const [first = ''] = data;
  if (isElsewhere) return 'Evaluate on other problems, or train it without these (`except` of the data set there)';
  if (isByCaseOnly)
    return 'Take them out of one of the two files: these questions differ in upper and lower case, which `except` and `heldOut` tell apart';
  if (benchmarkIn(reference) !== undefined)
    return `Define ${called === level ? "the benchmark's problems" : called} as a data set too, and name it in data.${first}.except`;
  if (data.includes(reference))
    return `Set data.${reference}.heldOut, for example to 0.2, and evaluate on ${reference}${HELD_OUT_SUFFIX}`;
  const { name, isHeldOut } = dataSetIn(reference);
  return isHeldOut ? `Add ${name} to data.${first}.except` : `Add ${data.join(', ')} to data.${name}.except`;
}
