/** Checks whether engines meet the requirements of a recipe: once, before a run computes anything. */
import { isDeepStrictEqual } from 'node:util';
import type { AdamSettings, EngineProfile, TrainingProfile } from '../engine/engine.js';
import { type EngineSettings, engineKindOf } from '../engine/kinds.js';
import type { RecipeProblem } from '../errors.js';
import {
  type EngineName,
  engineOfModel,
  engineSettings,
  enginesOf,
  opensFolders,
  originOf,
  samplerOfModel,
} from '../recipe/engines.js';
import { inputsOf } from '../recipe/references.js';
import type { Recipe } from '../recipe/schema.js';
import { parseModelSource } from '../recipe/sources.js';
import { loraSchema } from '../stages/definition/settings.js';
import type { Requirement } from '../stages/definition/stage.js';
import { definitionOf, type Stage } from '../stages/index.js';
import { makerOf } from './inputs/known-models.js';
import { nameOfSource } from './inputs/trained-models.js';

const ADAM_FIELDS = [
  'learningRate',
  'beta1',
  'beta2',
  'epsilon',
  'weightDecay',
  'clipNorm',
] as const satisfies readonly (keyof AdamSettings)[];

/** What requirements are held against. */
export type Abilities = Pick<EngineProfile, 'name' | 'anyTemperature' | 'scoring' | 'training' | 'cannotTrain'>;

export interface Lack {
  readonly message: string;
  readonly remedy: string;
  /** Of the stage; absent: that of the requirement. */
  readonly field?: string;
  /** The nearest settings of the stage that the engine can meet; absent: there are none. */
  readonly nearest?: readonly { readonly field: string; readonly value: unknown }[];
  /** Settings that have no effect on this engine, whatever they are. */
  readonly ignored?: readonly string[];
}

/** Why an engine cannot meet a requirement, with the nearest setting that works; undefined if it can. */
export function lacking(requirement: Requirement, profile: Abilities): Lack | undefined {
  const engine = `the engine ${profile.name}`;
  const { training } = profile;
  switch (requirement.need) {
    case 'full fine-tuning':
    case 'lora': {
      if (training === undefined)
        return {
          message: `${engine} cannot train${profile.cannotTrain === undefined ? '' : `: ${profile.cannotTrain}`}`,
          remedy: 'Assign the models to be trained to another engine.',
          field: 'stage',
        };
      if (requirement.need === 'lora')
        return training.lora
          ? undefined
          : { message: `${engine} cannot train adapters`, remedy: 'Set lora to null to train all weights.' };
      return training.full
        ? undefined
        : {
            message: `${engine} cannot train all weights`,
            remedy: 'Set lora to {} for an adapter of rank 16.',
            ...(training.lora && { nearest: [{ field: 'lora', value: loraSchema.parse({}) }] }),
          };
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
            nearest: [{ field: 'reference.update', value: 'replace' }],
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
      const canBeOff = off.length === ignored.length;
      return {
        message: `the optimiser of ${engine} ignores ${ignored.join(', ')}`,
        remedy: canBeOff
          ? `Set ${off.map((field) => `optimiser.${field}`).join(' and ')} to 0.`
          : 'Train on another engine.',
        field: `optimiser.${first}`,
        ...(canBeOff
          ? { nearest: off.map((field) => ({ field: `optimiser.${field}`, value: 0 })) }
          : { ignored: ignored.map((field) => `optimiser.${field}`) }),
      };
    }
    case 'sampling':
      return undefined;
    case 'log-probs':
      if (profile.scoring === false)
        return {
          message: `${engine} computes no log-probs of given texts`,
          remedy: 'Let this model live on another engine.',
          field: 'stage',
        };
      return profile.anyTemperature || requirement.temperature === 1
        ? undefined
        : {
            message: `${engine} computes log-probs only at temperature 1, not ${requirement.temperature}`,
            remedy: `Set ${requirement.field} to 1.`,
            nearest: [{ field: requirement.field, value: 1 }],
          };
  }
}

/** Why an optimiser that honours all numbers still decays what the settings leave alone. */
function undecayed(
  { weightDecay, decay }: AdamSettings,
  { optimiser }: TrainingProfile,
  engine: string,
): Lack | undefined {
  if (weightDecay === 0 || decay === 'all' || optimiser.includes('decay')) return undefined;
  return {
    message: `the optimiser of ${engine} decays norms and biases too`,
    remedy: 'Set optimiser.decay to all, or optimiser.weightDecay to 0.',
    field: 'optimiser.decay',
    nearest: [{ field: 'optimiser.decay', value: 'all' }],
  };
}

/** Why the engine that samples for a policy cannot open what its trainer saves. */
function unsampled(
  recipe: Recipe,
  requirement: Requirement,
  trainer: EngineProfile,
  profileOf: (engine: EngineName) => EngineProfile,
): Lack | undefined {
  if (requirement.need !== 'sampling' || requirement.model === null) return undefined;
  const { learns, model } = requirement;
  const sampler = samplerOfModel(recipe, model);
  if (sampler === undefined) return undefined;
  const { name, sources, policies, weightBits = [] } = profileOf(sampler);
  const bits = originOf(recipe, model)?.bits;
  if (bits !== undefined && !weightBits.includes(bits))
    return {
      message: `the engine ${name} would not sample from the weights of ${bits} bits that are trained on`,
      remedy: 'Leave out the sampler or the bits of the model.',
    };
  const opened = policies === undefined ? sources : sources.filter((kind) => kind !== 'served');
  if (opened.some((kind) => trainer.sources.includes(kind))) {
    if (learns === 'adapter' && policies?.adapters === false)
      return {
        message: `the engine ${name} loads no adapters while it runs`,
        remedy: 'Start vLLM with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=true, or set lora to null.',
        field: 'lora',
      };
    if (learns === 'weights' && policies?.weights === false)
      return {
        message: `the engine ${name} takes no new weights while it runs`,
        remedy: 'Start vLLM with VLLM_SERVER_DEV_MODE=1, or set lora to {} to train an adapter.',
        field: 'lora',
      };
    return undefined;
  }
  return notHandedOver(name, trainer.name);
}

const notHandedOver = (sampler: string, trainer: string): Lack => ({
  message: `the engine ${sampler} cannot open what the engine ${trainer} saves`,
  remedy:
    'Leave out the sampler of the model, which the engine that trains it samples then, or let both live where they share ' +
    'models: on one Tinker server, or on this machine.',
});

/** The samplers of policies of these stages that cannot get the weights, whatever their servers can do. */
function apart(recipe: Recipe, stages: readonly Stage[]): readonly RecipeProblem[] {
  const problems = new Map<string, RecipeProblem>();
  const shown = (engine: EngineName): string => engine ?? engineSettings(recipe, engine).kind;
  for (const { need, model } of stages.flatMap((stage) => definitionOf(stage).requirements(stage))) {
    const sampler = need === 'sampling' && model !== null ? samplerOfModel(recipe, model) : undefined;
    const trainer = engineOfModel(recipe, model);
    if (sampler === undefined || sharesPolicies(engineSettings(recipe, trainer), engineSettings(recipe, sampler)))
      continue;
    const [name] = Object.entries(recipe.models).find(([, settings]) => settings === originOf(recipe, model)) ?? [];
    const { message, remedy } = notHandedOver(shown(sampler), shown(trainer));
    problems.set(`${name} ${message}`, { message, remedy, field: `models.${name}.sampler` });
  }
  return [...problems.values()];
}

/** Whether one engine can sample a policy that the other trains: through a folder, or on the server of both. */
function sharesPolicies(trainer: EngineSettings, sampler: EngineSettings): boolean {
  const opens = engineKindOf(sampler).samplesPolicies;
  if (engineKindOf(trainer).sources.includes('directory')) return opens === 'directory';
  const addressOf = (settings: EngineSettings) => ('url' in settings ? new URL(settings.url).href : undefined);
  return opens === 'served' && trainer.kind === sampler.kind && addressOf(trainer) === addressOf(sampler);
}

/** What a stage asks of a model whose weights are held in few bits, which never change; undefined if nothing. */
export function unchangeable(recipe: Recipe, { need, model }: Requirement): Lack | undefined {
  const bits = originOf(recipe, model)?.bits;
  if (bits === undefined) return undefined;
  if (need === 'full fine-tuning')
    return {
      message: `${bits}-bit weights are frozen`,
      remedy: 'Set lora to {} to train an adapter on them, or leave out the bits of the model.',
    };
  return need === 'blending'
    ? {
        message: `an adapter on weights of ${bits} bits cannot be blended with another`,
        remedy: 'Set reference.update to replace, which is nearly the same as a share of 0.9, or leave out the bits.',
      }
    : undefined;
}

/**
 * An adapter that would have to be merged into weights of few bits, since the stage trains one of another form on what an
 * earlier stage left; undefined if there is none.
 */
function unmerged(recipe: Recipe, stage: Stage, { need, model }: Requirement): Lack | undefined {
  const bits = originOf(recipe, model)?.bits;
  if (need !== 'lora' || model === null || bits === undefined) return undefined;
  const maker = makerOf(recipe, model);
  const [left, own] = [maker, stage].map((one) => (one !== undefined && 'lora' in one ? one.lora : null));
  if (maker === undefined || !left || !own) return undefined;
  const formOf = ({ rank, alpha, targets }: typeof own) => ({ rank, alpha, targets: targets.toSorted() });
  if (isDeepStrictEqual(formOf(left), formOf(own))) return undefined;
  return {
    message: `the adapter that the stage ${maker.name} leaves on weights of ${bits} bits cannot be merged into them to train another`,
    remedy: `Give lora the rank, alpha and targets that it has in the stage ${maker.name}, or leave out the bits.`,
  };
}

/**
 * What a stage trains otherwise than the stage that left its model did, on a server, which goes on with saved weights in the form
 * that they have; undefined if nothing.
 */
function unlikeSaved(recipe: Recipe, stage: Stage, { need, model }: Requirement): Lack | undefined {
  const origin = originOf(recipe, model);
  if (model === null || origin === undefined || opensFolders(recipe, origin)) return undefined;
  if (need !== 'lora' && need !== 'full fine-tuning') return undefined;
  const maker = makerOf(recipe, model);
  if (maker === undefined || !('lora' in maker) || !('lora' in stage)) return undefined;
  const formOf = ({ lora }: { lora: typeof stage.lora }) =>
    lora === null ? null : { rank: lora.rank, alpha: lora.alpha };
  const [left, own] = [formOf(maker), formOf(stage)];
  if (isDeepStrictEqual(left, own)) return undefined;
  const what = (form: typeof left) =>
    form === null ? 'all weights' : `an adapter of rank ${form.rank} and alpha ${form.alpha}`;
  return {
    message: `a server goes on training what it saved, which is ${what(left)} of the stage ${maker.name}, not ${what(own)}`,
    remedy: `Give lora the value that it has in the stage ${maker.name}: ${left === null ? 'null' : `{ rank: ${left.rank}, alpha: ${left.alpha} }`}.`,
    field: 'lora',
  };
}

/** The problems of models whose weights their engine cannot hold in the bits that the recipe asks for. */
function unheld(
  recipe: Recipe,
  models: Iterable<string>,
  engineOf: (model: string) => Pick<EngineProfile, 'name' | 'weightBits'>,
): readonly RecipeProblem[] {
  return [...models].flatMap((model): readonly RecipeProblem[] => {
    const bits = recipe.models[model]?.bits;
    if (bits === undefined) return [];
    const { name, weightBits = [] } = engineOf(model);
    if (weightBits.includes(bits)) return [];
    const who = name === 'local' ? 'this provider of the engine local' : `the engine ${name}`;
    const message = `${who} does not hold weights in ${bits} bits`;
    const remedy = 'Leave it out, or use the engine local with the provider cpu.';
    return [{ message, field: `models.${model}.bits`, remedy }];
  });
}

/** What a server does not have that tells which models it has; what it saved itself has addresses instead of names. */
function unserved(
  name: string,
  { name: engine, served }: Pick<EngineProfile, 'name' | 'served'>,
  field: string,
): RecipeProblem[] {
  if (served === undefined || served.includes(name) || name.includes('://')) return [];
  const remedy = served.length === 0 ? 'It has none.' : `It has ${served.join(', ')}.`;
  return [{ message: `the engine ${engine} has no model named ${name}`, field, remedy }];
}

/** The problems of models whose kind of source their engine does not open, or which its server does not have. */
function unopenable(
  recipe: Recipe,
  models: Iterable<string>,
  engineOf: (model: string) => Pick<EngineProfile, 'name' | 'sources' | 'served'>,
): readonly RecipeProblem[] {
  return [...models].flatMap((model): RecipeProblem[] => {
    const settings = recipe.models[model];
    if (settings === undefined) return [];
    const parsed = parseModelSource(settings.source);
    const isNamed = parsed.kind === 'served' || (parsed.kind !== 'path' && !opensFolders(recipe, settings));
    const engine = engineOf(model);
    const field = `models.${model}.source`;
    if (isNamed && settings.adapter !== null)
      return [
        {
          message: `the engine ${engine.name} opens no adapter of this machine on a model that its server has`,
          field: `models.${model}.adapter`,
          remedy: 'Leave it out, or use the local engine.',
        },
      ];
    if (engine.sources.includes(isNamed ? 'served' : 'directory'))
      return isNamed ? unserved(nameOfSource(settings.source), engine, field) : [];
    return isNamed
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
            remedy:
              'Write served: and the name that its server has for the model, or hf:owner/name if it has that one.',
          },
        ];
  });
}

/** Every setting of these stages that an engine cannot meet, each once. */
export function unmetRequirements(
  recipe: Recipe,
  stages: readonly Stage[],
  profileOf: (engine: EngineName) => EngineProfile,
  /** Fields of stages that are known to have no effect. */
  ignored: ReadonlySet<string> = new Set(),
): readonly RecipeProblem[] {
  const modelsUsed = new Set(
    stages.flatMap((stage) => inputsOf(stage).flatMap(({ kind, name }) => (kind === 'model' ? [name] : []))),
  );
  const problems = new Map<string, RecipeProblem>();
  for (const stage of stages) {
    for (const requirement of definitionOf(stage).requirements(stage)) {
      const profile = profileOf(engineOfModel(recipe, requirement.model));
      const found =
        lacking(requirement, profile) ??
        unchangeable(recipe, requirement) ??
        unmerged(recipe, stage, requirement) ??
        unlikeSaved(recipe, stage, requirement) ??
        unsampled(recipe, requirement, profile, profileOf);
      if (found === undefined) continue;
      const { message, remedy } = found;
      const fieldOf = (field: string) => `stages.${stage.name}.${field}`;
      if (found.ignored?.every((field) => ignored.has(fieldOf(field))) === true) continue;
      const problem = { message, remedy, field: fieldOf(found.field ?? requirement.field) };
      problems.set(`${problem.field} ${problem.message}`, problem);
    }
  }
  const engineOf = (model: string) => profileOf(engineOfModel(recipe, model));
  return [...unopenable(recipe, modelsUsed, engineOf), ...unheld(recipe, modelsUsed, engineOf), ...problems.values()];
}

/** The stages of these that train on a kind of engine that never can. */
function untrained(recipe: Recipe, stages: readonly Stage[]): readonly RecipeProblem[] {
  return stages.flatMap((stage): RecipeProblem[] => {
    const asked = definitionOf(stage).requirements(stage);
    const [lack] = asked.flatMap((requirement) => {
      const { kind, trains } = engineKindOf(engineSettings(recipe, engineOfModel(recipe, requirement.model)));
      const isTraining = requirement.need === 'full fine-tuning' || requirement.need === 'lora';
      if (trains || !isTraining) return [];
      return lacking(requirement, { name: kind, anyTemperature: true, training: undefined }) ?? [];
    });
    return lack === undefined
      ? []
      : [{ message: lack.message, remedy: lack.remedy, field: `stages.${stage.name}.${lack.field}` }];
  });
}

/** What the engines of these stages cannot open or train, models and policies, whatever their servers can do. */
export function engineProblems(recipe: Recipe, stages: readonly Stage[] = recipe.stages): readonly RecipeProblem[] {
  const names = new Set(stages.flatMap((stage) => enginesOf(recipe, stage)));
  const unopened = [...names].flatMap((name): readonly RecipeProblem[] => {
    const settings = engineSettings(recipe, name);
    const { kind, sources, ...own } = engineKindOf(settings);
    const models = Object.keys(recipe.models).filter((model) => engineOfModel(recipe, model) === name);
    const engine = { name: kind, sources, weightBits: own.weightBits(settings) };
    return [...unopenable(recipe, models, () => engine), ...unheld(recipe, models, () => engine)];
  });
  return [...unopened, ...untrained(recipe, stages), ...apart(recipe, stages)];
}
