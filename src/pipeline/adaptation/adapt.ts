/**
 * Adapts a recipe to what its data have: pairs of question and solution may come with traces, without, or some of
 * each. Every run and every --dry-run passes here before anything else is derived from the recipe.
 */
import { isRead, type Learner, learnerIn } from '../../recipe/learners.js';
import { inputsOf, withReferences } from '../../recipe/references.js';
import type { Recipe } from '../../recipe/schema.js';
import type { Stage } from '../../stages/index.js';

/** How many problems a reference stands for, and how many of them have a trace of their own. */
export interface TraceCounts {
  readonly problems: number;
  readonly traced: number;
}

/** Something that was decided by what the data have, in words for the user. */
export interface Decision {
  readonly stage: string;
  readonly text: string;
}

export interface Adapted {
  readonly recipe: Recipe;
  readonly decisions: readonly Decision[];
  /** Stages that are left out, with the reason. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** The data sets whose traces `adaptRecipe` must know; generated problems always have them. */
export function decidingDataSets(recipe: Recipe): ReadonlySet<string> {
  const sets = recipe.stages.flatMap((stage) => learnerIn(recipe, stage)?.data ?? []);
  return new Set(sets.filter((name) => isRead(recipe, name)));
}

/**
 * The recipe with every stage that learns from traces decided: it uses the traces that there are, or its `examples`, or
 * is left out. A stage whose data has not been counted stays as it is, and so does one that is to be refused.
 */
export function adaptRecipe(recipe: Recipe, counts: ReadonlyMap<string, TraceCounts>): Adapted {
  const decisions: Decision[] = [];
  const leftOut = new Map<string, string>();
  /** By stage left out: the model that takes the place of its own. */
  const instead = new Map<string, string>();
  const stages: Stage[] = [];
  for (const written of recipe.stages) {
    const decide = (text: string) => decisions.push({ stage: written.name, text });
    const stage = withoutLeftOut(written, instead, decide);
    if (stage === undefined) {
      leftOut.set(written.name, 'every model that it would evaluate is left out');
      continue;
    }
    const learner = learnerIn(recipe, stage);
    const count = learner && counts.get(learner.data);
    if (learner === undefined || count === undefined) {
      stages.push(stage);
      continue;
    }
    const { examples, whenNoTraces } = learner.stage;
    const none =
      count.problems === 1
        ? `the one problem of ${learner.data} has no trace`
        : `none of the ${count.problems} problems of ${learner.data} has a trace`;
    if (count.traced > 0) {
      if (count.traced < count.problems)
        decide(
          `${count.traced} of ${count.problems} problems of ${learner.data} ${count.traced === 1 ? 'has a trace' : 'have traces'}; ${stage.name} uses ${count.traced === 1 ? 'it' : 'these'}`,
        );
      stages.push(decided(learner, learner.data));
    } else if (examples !== null) {
      decide(`${none}; ${stage.name} uses the traces of ${examples}`);
      stages.push(decided(learner, examples));
    } else if (whenNoTraces === 'skip') {
      const model = learner.startsFrom;
      leftOut.set(stage.name, none);
      instead.set(stage.name, model);
      decide(
        `${none}; ${stage.name} is left out${isTaken(recipe, stage.name) ? `, and ${model} takes its place` : ''}`,
      );
    } else stages.push(stage);
  }
  return { recipe: { ...recipe, stages }, decisions, leftOut };
}

/** The stage with its data decided, as if it had been written so. */
function decided({ stage, dataKey }: Learner, data: string): Stage {
  return { ...stage, [dataKey]: data, examples: null, whenNoTraces: 'refuse' } as Stage;
}

/** Whether a stage other than an evaluation takes the model that a stage would leave. */
function isTaken({ stages }: Recipe, name: string): boolean {
  return stages.some(
    (stage) =>
      stage.stage !== 'evaluate' && inputsOf(stage).some((input) => input.kind === 'model' && input.name === name),
  );
}

/**
 * The stage with other models in place of those that are not made. An evaluation does not list them, since a model that
 * was not trained is not to be taken for one that was; undefined where nothing is left to evaluate.
 */
function withoutLeftOut(
  stage: Stage,
  instead: ReadonlyMap<string, string>,
  decide: (text: string) => void,
): Stage | undefined {
  if (instead.size === 0) return stage;
  if (stage.stage !== 'evaluate') {
    return withReferences(stage, (kind, name) => (kind === 'model' ? (instead.get(name) ?? name) : name));
  }
  const students = Object.entries(stage.students);
  const kept = students.filter(([, model]) => !instead.has(model));
  if (kept.length === students.length) return stage;
  const gone = students.filter(([, model]) => instead.has(model)).map(([label]) => label);
  decide(`${stage.name} leaves out ${gone.join(', ')}, which ${gone.length === 1 ? 'is' : 'are'} not trained`);
  return kept.length === 0 ? undefined : { ...stage, students: Object.fromEntries(kept) };
}
