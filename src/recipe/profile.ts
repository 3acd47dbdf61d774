/** Whether an engine can do what a recipe asks for; checked before anything runs. */

import type { EngineProfile } from '../engine/engine.js';
import { ENGINE_KINDS } from '../engine/kinds.js';
import { RecipeError, type RecipeProblem } from '../errors.js';
import type { Recipe, Stage } from './schema.js';

type Finding = readonly [field: string, message: string, remedy: string];

/** Log-probs away from temperature 1: what a stage scores or trains on at the temperature that it samples at. */
function temperatures(stage: Stage): readonly (readonly [field: string, temperature: number])[] {
  switch (stage.stage) {
    case 'teach':
      return [
        ['sampling.temperature', stage.sampling.temperature],
        ['reward.temperature', stage.reward.temperature],
      ];
    case 'reinforce':
      return [['sampling.temperature', stage.sampling.temperature]];
    case 'score':
      return [['reward.temperature', stage.reward.temperature]];
    case 'explain':
      return stage.keep.by === 'reward' ? [['reward.temperature', stage.reward.temperature]] : [];
    default:
      return [];
  }
}

function trains(stage: Stage): boolean {
  return stage.stage !== 'explain' && stage.stage !== 'score' && stage.stage !== 'evaluate';
}

function findingsOf(stage: Stage, profile: EngineProfile): readonly Finding[] {
  const findings: Finding[] = [];
  const engine = `the engine ${profile.name}`;
  const { training } = profile;
  if (trains(stage) && training === undefined) {
    findings.push(['stage', `${engine} cannot train`, 'Use engine.kind: local for stages that train.']);
    return findings;
  }
  if (!profile.anyTemperature) {
    for (const [field, temperature] of temperatures(stage)) {
      if (temperature === 1) continue;
      findings.push([
        field,
        `${engine} computes log-probs at temperature 1 only, not ${temperature}`,
        `Set ${field} to 1.`,
      ]);
    }
  }
  if (stage.stage === 'pretrain') {
    if (!training?.full) {
      findings.push(['stage', `${engine} cannot train all weights`, 'Use engine.kind: local for pretraining.']);
    }
  } else if ('lora' in stage) {
    if (stage.lora === null && !training?.full) {
      const remedy = 'Set lora to {} for an adapter of rank 16.';
      findings.push(['lora', `${engine} cannot train all weights`, remedy]);
    }
    if (stage.lora !== null && !training?.lora) {
      findings.push(['lora', `${engine} trains no adapters`, 'Set lora to null to train all weights.']);
    }
  }
  if ((stage.stage === 'teach' || stage.stage === 'reinforce') && stage.beta > 0) {
    if (!training?.frozenCopies) {
      findings.push(['beta', `${engine} keeps no frozen copy to use as reference`, 'Set beta to 0.']);
    } else if (stage.reference.update === 'blend' && stage.reference.share < 1 && !training.blending) {
      findings.push([
        'reference.update',
        `${engine} cannot blend the weights of two models`,
        'Set reference.update to replace: at a share of 0.9 it is nearly the same.',
      ]);
    }
  }
  return findings;
}

/** Every setting that the engine cannot meet, with the nearest one that works. */
export function checkAgainstProfile(recipe: Recipe, profile: EngineProfile): readonly RecipeProblem[] {
  const problems: RecipeProblem[] = [];
  for (const stage of recipe.stages) {
    for (const [field, message, remedy] of findingsOf(stage, profile)) {
      problems.push({ message, field: `stages.${stage.name}.${field}`, remedy });
    }
  }
  return problems;
}

/** What keeps a recipe from running in this version, whatever the settings of its stages. */
export function engineProblems(recipe: Recipe): readonly RecipeProblem[] {
  const { kind } = recipe.engine;
  if (ENGINE_KINDS.some((known) => known.kind === kind && known.connect !== undefined)) return [];
  return [
    {
      message: `the engine ${kind} cannot be run by this version`,
      field: 'engine.kind',
      remedy: 'Set engine.kind to local. --dry-run checks and plans the recipe all the same.',
    },
  ];
}

/** @throws RecipeError with all of the above */
export function requireExecutable(recipe: Recipe, profile: EngineProfile | undefined): void {
  const problems = [...engineProblems(recipe), ...(profile === undefined ? [] : checkAgainstProfile(recipe, profile))];
  if (problems.length > 0) throw new RecipeError(problems);
}
