/** Checks whether engines meet the requirements of a recipe: once, before a run computes anything. */
import type { AdamSettings, EngineProfile, TrainingProfile } from '../engine/engine.js';
import { engineKindOf } from '../engine/kinds.js';
import type { RecipeProblem } from '../errors.js';
import { type EngineName, engineOfModel, engineSettings, enginesOf, samplerOfModel } from '../recipe/engines.js';
import { inputsOf } from '../recipe/references.js';
import type { Recipe } from '../recipe/schema.js';
import { parseModelSource } from '../recipe/sources.js';
import { definitionOf, type Stage } from '../stages/index.js';
import type { Requirement } from '../stages/stage.js';

const ADAM_FIELDS = [
  'learningRate',
  'beta1',
  'beta2',
  'epsilon',
  'weightDecay',
  'clipNorm',
] as const satisfies readonly (keyof AdamSettings)[];

/** Why an engine cannot meet a requirement, with the nearest setting that works; undefined if it can. */
function lacking(
  requirement: Requirement,
  profile: EngineProfile,
): { readonly message: string; readonly remedy: string; readonly field?: string } | undefined {
  const engine = `the engine ${profile.name}`;
  const { training } = profile;
  switch (requirement.need) {
    case 'full fine-tuning':
    case 'lora': {
      if (training === undefined)
        return {
          message: `${engine} cannot train`,
          remedy: 'Assign the models to be trained to another engine.',
          field: 'stage',
        };
      if (requirement.need === 'lora')
        return training.lora
          ? undefined
          : { message: `${engine} cannot train adapters`, remedy: 'Set lora to null to train all weights.' };
      return training.full
        ? undefined
        : { message: `${engine} cannot train all weights`, remedy: 'Set lora to {} for an adapter of rank 16.' };
    }
    case 'frozen copy':
      return training?.frozenCopies === false
        ? { message: `${engine} cannot keep a frozen copy as the reference`, remedy: 'Set beta to 0.' }
        : undefined;
    case 'blending':
      return training?.frozenCopies === true && !training.blending
        ? {
            message: `${engine} cannot blend the weights of two models`,
            remedy: 'Set reference.update to replace, which is nearly the same as a share of 0.9.',
          }
        : undefined;
    case 'optimiser': {
      if (training === undefined) return undefined;
      const ignored = Object.entries(requirement.settings).flatMap(([field, value]) => {
        const isOff = value === 0 && (field === 'weightDecay' || field === 'clipNorm');
        const isEngines = ADAM_FIELDS.some((known) => known === field && !training.optimiser.includes(known));
        return isEngines && !isOff ? [field] : [];
      });
      const [first] = ignored;
      if (first === undefined) return undecayed(requirement.settings, training, engine);
      const off = ignored.filter((field) => field === 'weightDecay' || field === 'clipNorm');
      return {
        message: `the optimiser of ${engine} ignores ${ignored.join(', ')}`,
        remedy:
          off.length === ignored.length
            ? `Set ${off.map((field) => `optimiser.${field}`).join(' and ')} to 0.`
            : 'Train on another engine.',
        field: `optimiser.${first}`,
      };
    }
    case 'sampling':
      return undefined;
    case 'log-probs':
      if (profile.scoring === false)
        return {
          message: `${engine} computes no log-probs of given texts`,
          remedy: 'Let this model live on another engine.',
        };
      return profile.anyTemperature || requirement.temperature === 1
        ? undefined
        : {
            message: `${engine} computes log-probs only at temperature 1, not ${requirement.temperature}`,
            remedy: `Set ${requirement.field} to 1.`,
          };
  }
}

/** Why an optimiser that honours all numbers still decays what the settings leave alone. */
function undecayed({ weightDecay, decay }: AdamSettings, { optimiser }: TrainingProfile, engine: string) {
  if (weightDecay === 0 || decay === 'all' || optimiser.includes('decay')) return undefined;
  return {
    message: `the optimiser of ${engine} decays norms and biases too`,
    remedy: 'Set optimiser.decay to all, or optimiser.weightDecay to 0.',
    field: 'optimiser.decay',
  };
}

/** Why the engine that samples for a policy cannot open what its trainer saves. */
function unsampled(
  recipe: Recipe,
  { need, model }: Requirement,
  trainer: EngineProfile,
  profileOf: (engine: EngineName) => EngineProfile,
): ReturnType<typeof lacking> {
  const sampler = need === 'sampling' && model !== null ? samplerOfModel(recipe, model) : undefined;
  if (sampler === undefined) return undefined;
  const { name, sources } = profileOf(sampler);
  if (sources.some((kind) => trainer.sources.includes(kind))) return undefined;
  return {
    message: `the engine ${name} cannot open what the engine ${trainer.name} saves`,
    remedy: `Leave out the sampler of the model, or let both live where they share models.`,
  };
}

/** The problems of models whose kind of source their engine does not open. */
function unopenable(
  recipe: Recipe,
  models: Iterable<string>,
  engineOf: (model: string) => Pick<EngineProfile, 'name' | 'sources'>,
): readonly RecipeProblem[] {
  return [...models].flatMap((model): RecipeProblem[] => {
    const settings = recipe.models[model];
    if (settings === undefined) return [];
    const kind = parseModelSource(settings.source).kind === 'served' ? 'served' : 'directory';
    const engine = engineOf(model);
    if (engine.sources.includes(kind)) return [];
    const field = `models.${model}.source`;
    return kind === 'served'
      ? [
          {
            message: `the engine ${engine.name} knows no models by name`,
            field,
            remedy: 'Give a folder, hf:owner/name or builtin:base.',
          },
        ]
      : [
          {
            message: `the engine ${engine.name} opens no folders of this machine`,
            field,
            remedy: 'Write served: and the name that its server has for the model.',
          },
        ];
  });
}

/** Every setting of these stages that an engine cannot meet, each once. */
export function unmetRequirements(
  recipe: Recipe,
  stages: readonly Stage[],
  profileOf: (engine: EngineName) => EngineProfile,
): readonly RecipeProblem[] {
  const modelsUsed = new Set(
    stages.flatMap((stage) => inputsOf(stage).flatMap(({ kind, name }) => (kind === 'model' ? [name] : []))),
  );
  const problems = new Map<string, RecipeProblem>();
  for (const stage of stages) {
    for (const requirement of definitionOf(stage).requirements(stage)) {
      const profile = profileOf(engineOfModel(recipe, requirement.model));
      const found = lacking(requirement, profile) ?? unsampled(recipe, requirement, profile, profileOf);
      if (found === undefined) continue;
      const problem = { ...found, field: `stages.${stage.name}.${found.field ?? requirement.field}` };
      problems.set(`${problem.field} ${problem.message}`, problem);
    }
  }
  const closed = unopenable(recipe, modelsUsed, (model) => profileOf(engineOfModel(recipe, model)));
  return [...closed, ...problems.values()];
}

/** Models of these stages' engines whose kind of source the engine cannot open, whatever its settings. */
export function engineProblems(recipe: Recipe, stages: readonly Stage[] = recipe.stages): readonly RecipeProblem[] {
  const names = new Set(stages.flatMap((stage) => enginesOf(recipe, stage)));
  return [...names].flatMap((name): readonly RecipeProblem[] => {
    const { kind, sources } = engineKindOf(engineSettings(recipe, name));
    const models = Object.keys(recipe.models).filter((model) => engineOfModel(recipe, model) === name);
    return unopenable(recipe, models, () => ({ name: kind, sources }));
  });
}
