/** What a stage of a recipe is given by the run that it is part of. */
import type { Policy } from '../engine/engine.js';
import { sampledOn } from '../engine/sampler.js';
import { engineOfModel, samplerOfModel } from '../recipe/engines.js';
import { formatOf, type Recipe } from '../recipe/schema.js';
import { stageSeed } from '../run/seeds.js';
import type { StageContext } from '../stages/definition/stage.js';
import type { Stage } from '../stages/index.js';
import { layoutsOf } from '../stages/layouts.js';
import { studentSystemPrompt, teacherSystemPrompt } from '../text/formats.js';
import type { Engines } from './engines.js';
import type { Artifacts } from './inputs/artifacts.js';
import { heldIn, inBits } from './inputs/held-models.js';
import { writeModelArtifact } from './inputs/models.js';
import { type Homes, trainingQuestions } from './inputs/training-data.js';
import { writeTrainingRecord } from './inputs/training-record.js';

interface Within {
  readonly recipe: Recipe;
  readonly engines: Engines;
  readonly artifacts: Artifacts;
  readonly signal: AbortSignal;
  readonly homes: Homes | undefined;
}

/** The context of a stage within a run. */
export function contextOf(
  { recipe, engines, artifacts, signal, homes }: Within,
  stage: Stage,
  own: Pick<StageContext, 'directory' | 'progress' | 'note'>,
): StageContext {
  const format = formatOf(recipe);
  const { source, problems, traces } = artifacts.readers;
  const layouts: StageContext['layouts'] = (model) => layoutsOf(model, format, recipe.prompts);
  const engineOf = (model: string) => engines.engine(engineOfModel(recipe, model));
  const record = {
    format: recipe.format,
    prompts: recipe.prompts,
    ...(stage.stage === 'teach' ? { reward: stage.reward } : {}),
  };
  const beside = (folder: string) => writeTrainingRecord(folder, record);
  return {
    ...own,
    name: stage.name,
    seed: recipe.seed,
    format,
    systemPrompts: {
      teacher: recipe.prompts.teacher ?? teacherSystemPrompt(format),
      student: recipe.prompts.student ?? studentSystemPrompt(format),
    },
    signal,
    problems,
    traces,
    source,
    makerOf: (model) => recipe.stages.find(({ name }) => name === model)?.stage,
    held: (model) => inBits(heldIn(recipe, model)),
    layouts,
    trainedOn: (model) => trainingQuestions(recipe, model, problems, homes),
    async open(name) {
      const model = await source(name);
      return { model: await (await engineOf(name)).open(model), layouts: await layouts(model) };
    },
    async train(model, lora) {
      const [from, engine] =
        typeof model === 'string' ? [await source(model), await engineOf(model)] : [model, await engines.engine(null)];
      const adapter =
        lora === null ? {} : { lora: { ...lora, seed: stageSeed(recipe.seed, stage.name, 'initialise') } };
      const policy = await engine.train(from, adapter);
      const sampler = typeof model === 'string' ? samplerOfModel(recipe, model) : undefined;
      return {
        policy:
          sampler === undefined
            ? policy
            : sampledOn(policy, await engines.engine(sampler), own.directory.path('sampler')),
        layouts: await layouts(from),
      };
    },
    async keepModel(policy: Policy, step: number) {
      await writeModelArtifact(own.directory.kept(step), policy, beside);
    },
    async leaveModel(policy: Policy) {
      await writeModelArtifact(own.directory.directory, policy, beside);
      const { parameters } = policy.facts;
      await policy.close();
      return parameters === undefined ? {} : { parameters };
    },
  };
}
