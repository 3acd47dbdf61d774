/** The problems that stages read and ask, for advice on them. */
import { sourceName } from '../../data/hub/source.js';
import type { Problem } from '../../data/problem.js';
import { firstOf, type ItemPlace, mapped, placeOf, type Sequence } from '../../data/sequences/sequence.js';
import { loadBenchmark } from '../../evaluation/benchmarks/benchmark.js';
import { gradedProblems } from '../../evaluation/benchmarks/problems.js';
import type { Benchmark } from '../../evaluation/benchmarks/schema.js';
import { isRead } from '../../recipe/learners.js';
import { type Use, usesOf } from '../../recipe/references.js';
import type { Recipe } from '../../recipe/schema.js';
import { benchmarkIn, dataSetIn } from '../../stages/definition/settings.js';
import type { posed } from '../../stages/graders.js';
import type { Stage, StageOf } from '../../stages/index.js';
import { isOnHub } from '../inputs/artifacts.js';

/** The problems of a reference as far as they are known; undefined if they have not been fetched. */
export type Problems = (reference: string) => Promise<Sequence<Problem> | undefined>;

/** Of a data set: to grade a million would take minutes, and a column that is wrong shows in far fewer. */
export const GRADED_AT_MOST = 5000;

/** At most `most` of the items, evenly spread. */
export function spread<Item>(
  items: Sequence<Item>,
  most: number,
): readonly { readonly item: Item; readonly place: ItemPlace }[] {
  const count = Math.min(items.length, most);
  return Array.from({ length: count }, (_, i) => {
    const index = items.length <= most ? i : Math.floor((i * items.length) / most);
    return { item: items.at(index) as Item, place: placeOf(items, index) };
  });
}

/** Problems that a stage asks, and what grades the replies. */
export interface Asked {
  /** What messages call the problems. */
  readonly label: string;
  /** How many there are, for messages: `the first 10 problems of train`. */
  readonly text: string;
  readonly problems: Sequence<Problem>;
  readonly grader: Parameters<typeof posed>[0];
}

/** The problems of a stage: of a data set, or a file of the user's own that is asked as a benchmark is. */
export async function askedIn(
  stage: StageOf<'evaluate'> | StageOf<'reinforce'>,
  { name, limit }: Pick<Use, 'name' | 'limit'>,
  problems: Problems,
): Promise<Asked | undefined> {
  const benchmark = benchmarkIn(name);
  if (benchmark === undefined || stage.stage === 'reinforce') {
    const all = await problems(name);
    if (all === undefined) return undefined;
    const found = firstOf(all, limit);
    const first = found.length < all.length ? 'the first ' : '';
    return { label: name, text: `${first}${found.length} problems of ${name}`, problems: found, grader: stage.grader };
  }
  const loaded = await loadBenchmark(benchmark);
  const source = ownFileOf(stage, loaded);
  if (source === undefined) return undefined;
  const grader = stage.grader === 'auto' ? loaded.grader : stage.grader;
  const first = limit === null ? {} : { limit };
  const { problems: read } = await gradedProblems(loaded, { problems: source, grader, ...first, ...columnsIn(stage) });
  const label = sourceName(source);
  const text = `${limit === null || read.length < limit ? '' : 'the first '}${read.length} problems of ${label}`;
  return { label, text, problems: mapped(read, ({ problem }) => problem), grader };
}

export const columnsIn = ({ columns }: StageOf<'evaluate'>) => (columns === undefined ? {} : { columns });

/** The user's own file that is asked as a benchmark is. */
export function ownFileOf(stage: StageOf<'evaluate'>, benchmark: Benchmark): string | undefined {
  const source = stage.source ?? benchmark.source;
  return typeof source !== 'string' || isOnHub(source) ? undefined : source;
}

/** The references of these stages to data sets that are files, each with the most that one of the stages takes of it. */
export function mostReadOf(recipe: Recipe, stages: readonly Stage[]): readonly Pick<Use, 'name' | 'limit'>[] {
  const most = new Map<string, number | null>();
  for (const { kind, name, limit } of stages.flatMap(usesOf)) {
    if ((kind !== 'problems' && kind !== 'data') || benchmarkIn(name) !== undefined) continue;
    if (!isRead(recipe, dataSetIn(name).name)) continue;
    const before = most.get(name);
    most.set(name, before === null || limit === null ? null : Math.max(before ?? 0, limit));
  }
  return [...most].map(([name, limit]) => ({ name, limit }));
}
