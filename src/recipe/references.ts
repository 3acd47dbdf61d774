/** References between the parts of a recipe: names of models, data sets and earlier stages. */
import type { RecipeProblem } from '../errors.js';
import { isBenchmarkFile } from '../evaluation/benchmarks/benchmark.js';
import { BENCHMARK_NAMES } from '../evaluation/benchmarks/shipped.js';
import { isObject } from '../json.js';
import type { StageKind } from '../stages/definition/kinds.js';
import { benchmarkIn, dataSetIn, HELD_OUT_SUFFIX, type ReferenceKind } from '../stages/definition/settings.js';
import { STAGES, type Stage, stageSchema } from '../stages/index.js';
import { nearest, suggestion } from '../suggestion.js';
import { placeAt, plain, type Tree, treeOf, withValue } from './document.js';
import { referencesIn } from './introspection.js';
import { fieldOf } from './issues.js';
import type { Recipe } from './schema.js';

function isStageKind(value: unknown): value is StageKind {
  return typeof value === 'string' && value in STAGES;
}

/** References to names in the recipe. */
type NamedKind = Exclude<ReferenceKind, 'records'>;

/** The artifact of a stage that a reference of this kind may point at. */
const FED_BY_STAGE: Readonly<Record<NamedKind, 'model' | 'traces' | undefined>> = {
  model: 'model',
  traces: 'traces',
  data: undefined,
  problems: undefined,
};

const WHAT: Readonly<Record<NamedKind, string>> = {
  model: 'a model: it is neither defined under models nor an earlier stage that leaves a model',
  data: 'a data set: it is not defined under data',
  traces: 'a source of traces: it is neither an earlier explain or score stage nor a data set',
  problems: 'a set of problems: it is neither a data set nor a benchmark',
};

interface StageEntry {
  readonly index: number;
  readonly kind: StageKind;
  readonly name: string;
}

/**
 * Checks names and references in the document as written, so that these problems are reported together with those of
 * the schema; parts that the schema rejects anyway are skipped.
 */
export function referenceProblems(tree: Tree): readonly RecipeProblem[] {
  const value = plain(tree);
  if (!isObject(value)) return [];
  const models = Object.keys(isObject(value.models) ? value.models : {});
  // A `heldOut` that the schema rejects counts as given: that nothing is held out would be no news.
  const data = Object.entries(isObject(value.data) ? value.data : {}).flatMap(([name, settings]) =>
    isObject(settings) && Number(settings.heldOut ?? 0) !== 0 ? [name, name + HELD_OUT_SUFFIX] : [name],
  );
  const stageValues: readonly unknown[] = Array.isArray(value.stages) ? value.stages : [];
  const stages = stageValues.flatMap((stage, index): StageEntry[] => {
    if (!isObject(stage) || !isStageKind(stage.stage)) return [];
    const name = typeof stage.name === 'string' ? stage.name : stage.stage;
    return [{ index, kind: stage.stage, name }];
  });

  const problems: RecipeProblem[] = [];
  const report = (path: readonly (string | number)[], message: string, remedy: string): void => {
    problems.push({ message, ...placeAt(tree, path), field: fieldOf(tree, path), remedy });
  };
  for (const stage of stages) {
    const path = ['stages', stage.index, 'name'];
    if (stages.some((other) => other.index < stage.index && other.name === stage.name)) {
      report(path, `another stage is already named "${stage.name}"`, 'Give each stage a unique name.');
    } else if (models.includes(stage.name) && STAGES[stage.kind].artifact === 'model') {
      report(path, `a stage and a model are both named "${stage.name}"`, 'Rename one of them.');
    } else if (data.includes(stage.name) && STAGES[stage.kind].artifact === 'traces') {
      report(path, `a stage and a data set are both named "${stage.name}"`, 'Rename one of them.');
    }
  }
  for (const { index } of stages) {
    const earlier = stages.filter((stage) => stage.index < index);
    const stageValue: unknown = (value.stages as readonly unknown[])[index];
    for (const { path, kind, name } of referencesIn(stageSchema, stageValue, ['stages', index])) {
      // Files are looked at before a run, as those of data and models are.
      if (kind === 'records') continue;
      const benchmark = kind === 'problems' ? benchmarkIn(name) : undefined;
      if (benchmark !== undefined) {
        if (!isBenchmarkFile(benchmark) && !BENCHMARK_NAMES.includes(benchmark)) {
          const own = 'Problems of your own go under data, or into a YAML file of a benchmark (docs/evaluation.md).';
          report(
            path,
            `unknown benchmark "${benchmark}"`,
            `${suggestion(benchmark, BENCHMARK_NAMES, 'benchmarks')} ${own}`,
          );
        }
        continue;
      }
      const artifact = FED_BY_STAGE[kind];
      const known = [
        ...(kind === 'model' ? models : data),
        ...(artifact === undefined
          ? []
          : earlier.filter((stage) => STAGES[stage.kind].artifact === artifact).map((stage) => stage.name)),
      ];
      if (known.includes(name)) continue;
      const { name: set, isHeldOut } = dataSetIn(name);
      if (kind !== 'model' && isHeldOut && data.includes(set)) report(path, ...nothingHeldOut(set));
      else report(path, unknownReference(name, kind), remedyFor(name, index, known, stages));
    }
  }
  for (const [name, settings] of Object.entries(isObject(value.data) ? value.data : {})) {
    const except = isObject(settings) && Array.isArray(settings.except) ? settings.except : [];
    for (const [index, other] of except.entries()) {
      if (typeof other !== 'string' || (data.includes(other) && other !== name)) continue;
      const { name: set, isHeldOut } = dataSetIn(other);
      if (isHeldOut && data.includes(set)) {
        report(['data', name, 'except', index], ...nothingHeldOut(set));
        continue;
      }
      report(
        ['data', name, 'except', index],
        unknownReference(other, 'data'),
        available(
          other,
          data.filter((set) => set !== name),
        ),
      );
    }
  }
  const engines = Object.keys(isObject(value.engines) ? value.engines : {});
  for (const [name, settings] of Object.entries(isObject(value.models) ? value.models : {})) {
    for (const key of ['engine', 'sampler']) {
      const engine = isObject(settings) ? settings[key] : undefined;
      if (typeof engine !== 'string' || engines.includes(engine)) continue;
      report(
        ['models', name, key],
        `there is no engine named "${engine}" under engines`,
        engines.length === 0 ? 'Define it there, with its kind and settings.' : available(engine, engines),
      );
    }
  }
  return problems;
}

/** Message and remedy where the held-out part of a data set that has none is referred to. */
const nothingHeldOut = (set: string): readonly [message: string, remedy: string] => [
  `there is no ${set}${HELD_OUT_SUFFIX}: data.${set} holds nothing out`,
  `Set data.${set}.heldOut to a share such as 0.2 or a number of questions (of two or more), or refer to another data set here.`,
];

function unknownReference(name: string, kind: NamedKind): string {
  return `"${name}" is not ${WHAT[kind]}`;
}

function remedyFor(name: string, index: number, known: readonly string[], stages: readonly StageEntry[]): string {
  const earlier = stages.find((stage) => stage.name === name && stage.index < index);
  if (earlier !== undefined)
    return `The stage "${name}" leaves ${STAGES[earlier.kind].artifact}. ${available(name, known)}`;
  const later = stages.find((stage) => stage.name === name);
  if (later === undefined) return available(name, known);
  return later.index === index
    ? 'A stage cannot use its own artifact.'
    : 'That stage comes later; a stage can only use artifacts of earlier stages.';
}

function available(name: string, known: readonly string[]): string {
  const list = known.length === 0 ? 'Nothing is available here.' : `Available: ${known.join(', ')}.`;
  const near = nearest(name, known);
  return near === undefined ? list : `Did you mean "${near}"? ${list}`;
}

/** The stages, models and data sets that a stage refers to directly. */
export function inputsOf(stage: unknown): readonly { readonly kind: ReferenceKind; readonly name: string }[] {
  return [...referencesIn(stageSchema, stage)].map(({ kind, name }) => ({ kind, name }));
}

/** Where a stage reads problems or traces, and how many it takes of them: the first `limit`, or all. */
export interface Use {
  readonly kind: ReferenceKind;
  readonly name: string;
  readonly limit: number | null;
  /** The setting that holds the reference, where it is not one of the stage itself: `heldOut`, `probe`. */
  readonly within?: string;
}

export function usesOf(stage: Stage): readonly Use[] {
  const ofStage = 'limit' in stage ? stage.limit : null;
  return [...referencesIn(stageSchema, stage)].map(({ path, kind, name }): Use => {
    const [within, key] = path;
    const block: unknown = Object.entries(stage).find(([name]) => name === within)?.[1];
    // A label of problems may be called anything.
    if (key === undefined || !isObject(block) || within === 'problems' || within === 'students')
      return { kind, name, limit: ofStage };
    const count = block[key === 'test' ? 'tests' : 'problems'];
    return { kind, name, limit: typeof count === 'number' ? count : null, within: String(within) };
  });
}

/** A data set and, recursively, those listed in its `except`, each once; held-out problems belong to their data set. */
export function dataSetsBehind(
  data: Recipe['data'],
  reference: string,
  found: Set<string> = new Set(),
): ReadonlySet<string> {
  const { name } = dataSetIn(reference);
  if (found.has(name)) return found;
  found.add(name);
  for (const other of data[name]?.except ?? []) dataSetsBehind(data, other, found);
  return found;
}

/** The stage with its references to the recipe renamed. */
export function withReferences<S extends object>(stage: S, rename: (kind: ReferenceKind, name: string) => string): S {
  let tree: Tree = treeOf(stage, {});
  for (const { path, kind, name } of referencesIn(stageSchema, stage)) {
    tree = withValue(tree, path, { kind: 'scalar', value: rename(kind, name), place: {} }, {});
  }
  return plain(tree) as S;
}
