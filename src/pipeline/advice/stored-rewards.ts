/** What a user should know of traces that have rewards already, before they are scored: that these were made otherwise. */
import { basename, dirname, resolve } from 'node:path';
import { isHubSource } from '../../data/hub/source.js';
import { streamTraces } from '../../data/trace-file.js';
import { differenceTexts } from '../../recipe/differences.js';
import { type Recipe, TRACE_FILE } from '../../recipe/schema.js';
import { isRun, stageFolder } from '../../run/begun-stages.js';
import type { Stage, StageOf } from '../../stages/index.js';
import { recipeOfRun } from '../inputs/run-models.js';

type RewardBlock = StageOf<'score'>['reward'];

/** Says of the stages that score traces where these have rewards of other settings, or of settings that nobody knows. */
export async function aboutStoredRewards(recipe: Recipe, stages: readonly Stage[]): Promise<readonly string[]> {
  const advice: string[] = [];
  for (const stage of stages) {
    if (stage.stage !== 'score') continue;
    const text = await aboutRewardsOf(recipe, stage);
    if (text !== undefined) advice.push(`${stage.name}: ${text}`);
  }
  return advice;
}

async function aboutRewardsOf(recipe: Recipe, { traces, reward }: StageOf<'score'>): Promise<string | undefined> {
  const made = recipe.stages.find(({ name }) => name === traces);
  const file = made === undefined ? recipe.data[traces] : undefined;
  const own = made ?? (file?.adapter === TRACE_FILE ? await stageOf(file.source) : undefined);
  if (own !== undefined) {
    const stored = rewardIn(own);
    if (stored === undefined) return undefined;
    // A score stage encodes the texts as this one does.
    const anew = own.stage === 'explain' ? ENCODED_ANEW : undefined;
    return (
      [differenceText(own.name, stored, reward), anew].filter((text) => text !== undefined).join('; ') || undefined
    );
  }
  if (file?.adapter !== TRACE_FILE || isHubSource(file.source) || !(await hasRewards(file.source))) return undefined;
  return (
    'the traces have rewards already, and the file does not say with which settings; they compare with those of this ' +
    `stage only where the settings are the same; ${ENCODED_ANEW}`
  );
}

/** Why r_KL can differ where nothing else does. */
const ENCODED_ANEW =
  "the texts are encoded anew here, so that r_KL differs, perhaps much, where the teacher wrote in other tokens than the tokenizer's own " +
  '(docs/method.md, "A text in other tokens")';

/** The reward that a stage scores its traces with; undefined where it does not. */
function rewardIn(stage: Stage): RewardBlock | undefined {
  if (stage.stage === 'score') return stage.reward;
  return stage.stage === 'explain' && stage.keep.by === 'reward' ? stage.reward : undefined;
}

/** The stage that left a trace file in its run; undefined for any other file, and where the run's recipe cannot be read. */
async function stageOf(file: string): Promise<Stage | undefined> {
  const folder = dirname(resolve(file));
  const run = dirname(dirname(folder));
  if (basename(dirname(folder)) !== 'stages' || !isRun(run)) return undefined;
  const recipe = await recipeOfRun(run);
  return recipe?.stages.find(({ name }, index) => stageFolder({ index, name }) === basename(folder));
}

async function hasRewards(file: string): Promise<boolean> {
  for await (const { reward } of streamTraces(file)) return reward !== undefined;
  return false;
}

function differenceText(stage: string, stored: RewardBlock, now: RewardBlock): string | undefined {
  const differences = differenceTexts(stored, now, 'reward', 'here');
  if (differences.length === 0) return undefined;
  return `the stage ${stage} gave the traces rewards with ${differences.join(', ')}: these do not compare with those of this stage`;
}
