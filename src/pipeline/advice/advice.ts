/** What a user should know before a run begins, though nothing stands in its way. */
import type { Problem } from '../../data/problem.js';
import { tokenizerDirectory } from '../../engine/engine.js';
import { excerpt } from '../../evaluation/graders/verdict.js';
import { median } from '../../method/statistics.js';
import { namesText, printableName } from '../../printable.js';
import { engineField, engineSettings, originOf, trainedBy } from '../../recipe/engines.js';
import { isRead } from '../../recipe/learners.js';
import { inputsOf } from '../../recipe/references.js';
import type { ModelSettings, Recipe } from '../../recipe/schema.js';
import { parseModelSource } from '../../recipe/sources.js';
import type { StageKind } from '../../stages/definition/kinds.js';
import { atMost } from '../../stages/definition/plan.js';
import { dataSetIn } from '../../stages/definition/settings.js';
import type { Stage, StageOf } from '../../stages/index.js';
import { supervisedSteps } from '../../stages/supervised.js';
import { beginningOf } from '../../text/far-longer.js';
import { loadTokenizer, type Tokenizer } from '../../text/tokenizer/tokenizer.js';
import type { DataFacts } from '../inputs/data-facts.js';
import { misreadText } from '../inputs/misread.js';
import { locateModel } from '../inputs/models.js';
import type { Problems } from './asked.js';
import { aboutReferences } from './reference-advice.js';
import { aboutRows } from './row-advice.js';
import { aboutStoredRewards } from './stored-rewards.js';

/** @param facts what was found in a data set, which is asked where `problems` has some */
export async function adviceFor(
  recipe: Recipe,
  stages: readonly Stage[],
  problems: Problems,
  facts: (name: string) => Promise<Pick<DataFacts, 'misread'>>,
  otherModels?: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  return [
    ...(await aboutMisreadRows(recipe, stages, problems, facts)),
    ...aboutTemperatures(stages),
    ...aboutRewards(stages),
    ...aboutLearningRates(stages),
    ...(stages.length === 0 ? [] : aboutWeights(recipe)),
    ...(await aboutStoredRewards(recipe, stages)),
    ...(await aboutRows(recipe, stages, problems)),
    ...(await aboutReferences(recipe, stages, problems)),
    ...aboutSlowRates(recipe, stages),
    ...(await aboutShortWarmUps(recipe, stages, problems)),
    ...(await aboutBundledModels(recipe, stages, problems, otherModels)),
  ];
}

async function aboutMisreadRows(
  { data }: Recipe,
  stages: readonly Stage[],
  problems: Problems,
  facts: (name: string) => Promise<Pick<DataFacts, 'misread'>>,
): Promise<readonly string[]> {
  const references = stages.flatMap((stage) =>
    inputsOf(stage).flatMap(({ kind, name }) => (kind === 'model' ? [] : name)),
  );
  const advice: string[] = [];
  for (const name of new Set(references.map((reference) => dataSetIn(reference).name))) {
    if (data[name] === undefined || (await problems(name)) === undefined) continue;
    const { misread } = await facts(name);
    if (misread !== undefined) advice.push(`warning: ${misreadText(name, misread)}`);
  }
  return advice;
}

/** r_KL is a divergence only where explanations are scored at the temperature at which they are sampled. */
function aboutTemperatures(stages: readonly Stage[]): readonly string[] {
  return stages.flatMap((stage) => {
    if (stage.stage !== 'teach' || stage.sampling.temperature === stage.reward.temperature) return [];
    const [sampled, scored] = [stage.sampling.temperature, stage.reward.temperature];
    return [
      `stages.${stage.name}: explanations are sampled at temperature ${sampled} and rewarded at ${scored}; r_KL measures ` +
        'a divergence only where both are equal. Set sampling.temperature and reward.temperature to the same value',
    ];
  });
}

/** What makes a reward, or the distribution that it is of, another one than was probably meant. */
function aboutRewards(stages: readonly Stage[]): readonly string[] {
  return stages.flatMap((stage) => {
    if (stage.stage !== 'teach') return [];
    const { sampling, reward } = stage;
    const place = `stages.${stage.name}`;
    const cut = [
      ...(sampling.topP < 1 ? [`topP ${sampling.topP}`] : []),
      ...(sampling.topK > 0 ? [`topK ${sampling.topK}`] : []),
      ...(sampling.minP > 0 ? [`minP ${sampling.minP}`] : []),
    ];
    const gifts = Object.entries(reward.penalties).filter(([, amount]) => amount > 0);
    const pulls = Object.entries(reward.kl).filter(([, coefficient]) => coefficient < 0);
    const isEmpty = [reward.solution, reward.kl].every((term) => Object.values(term).every((value) => value === 0));
    return [
      ...(cut.length === 0
        ? []
        : [
            `${place}: explanations are sampled with ${cut.join(' and ')}, so from another distribution than the one that is scored, and r_KL is biased. Leave it out to sample from the whole vocabulary`,
          ]),
      ...gifts.map(
        ([name, amount]) =>
          `warning: ${place}.reward.penalties.${name} is ${amount}, which is added to the reward. A negative number penalises.`,
      ),
      ...pulls.map(
        ([name, coefficient]) =>
          `warning: ${place}.reward.kl.${name} is ${coefficient}. r_KL is subtracted, so that this rewards what gives the solution away; a positive number penalises it.`,
      ),
      ...(isEmpty
        ? [`warning: ${place}.reward has no term: all coefficients are 0, and only penalties are left.`]
        : []),
    ];
  });
}

/** AdamW moves every weight by about the learning rate in a step, and most weights are smaller than this. */
const LARGE_RATE = 0.1;

function aboutLearningRates(stages: readonly Stage[]): readonly string[] {
  return stages.flatMap((stage) => {
    if (!('optimiser' in stage) || stage.optimiser.learningRate < LARGE_RATE) return [];
    const { learningRate } = stage.optimiser;
    return [
      `warning: stages.${stage.name}.optimiser.learningRate is ${learningRate}, and AdamW moves every weight by about as much in a step; most weights are smaller. Rates are from 1e-6 (all weights of a large model) to 1e-2 (an adapter, or a very small model).`,
    ];
  });
}

/** Products of integers are of weights in few bits, and packed weights are float32: an engine without such a model has none. */
function aboutWeights(recipe: Recipe): readonly string[] {
  return [null, ...Object.keys(recipe.engines)].flatMap((name) => {
    const settings = engineSettings(recipe, name);
    if (settings.kind !== 'local') return [];
    const isOn = ({ engine, sampler }: ModelSettings) => engine === name || (name !== null && sampler === name);
    const models = Object.values(recipe.models).filter(isOn);
    const field = engineField(name);
    const isForNothing = (setting: 'integerProducts' | 'packedWeights', inBits: boolean) =>
      settings[setting] === true && !models.some(({ bits }) => (bits !== undefined) === inBits);
    return [
      ...(isForNothing('integerProducts', true)
        ? [
            `warning: ${field}.integerProducts changes nothing, since no model on this engine has bits. Set models.NAME.bits to 8 or 4, or leave the setting out.`,
          ]
        : []),
      ...(isForNothing('packedWeights', false)
        ? [
            `warning: ${field}.packedWeights changes nothing, since no model on this engine is in float32. Take models.NAME.bits away, or leave the setting out.`,
          ]
        : []),
    ];
  });
}

/** Steps after which the bundled model ends some of its explanations; the quickstart takes 188. */
const ENOUGH_STEPS = 40;
const ADVISED_STEPS = 120;
/**
 * Rates at which the recipes for the bundled model train it, and below which it hardly learns. The paper's, the defaults, are 1e-5
 * and, by reinforcement, 1e-6.
 */
const RATES: Readonly<Partial<Record<StageKind, { readonly slow: number; readonly advised: number }>>> = {
  'warm-up': { slow: 1e-4, advised: 1e-3 },
  distill: { slow: 1e-4, advised: 1e-3 },
  teach: { slow: 2e-5, advised: 6e-4 },
  reinforce: { slow: 2e-5, advised: 2e-4 },
};

const isBundled = (recipe: Recipe, model: string | null): boolean => {
  const origin = originOf(recipe, model);
  return origin !== undefined && parseModelSource(origin.source).kind === 'builtin';
};

/** The default learning rates are those of models of billions of parameters. */
function aboutSlowRates(recipe: Recipe, stages: readonly Stage[]): readonly string[] {
  const slow = stages.flatMap((stage) => {
    const rates = RATES[stage.stage];
    if (rates === undefined || !('optimiser' in stage) || stage.optimiser.learningRate >= rates.slow) return [];
    if (!isBundled(recipe, trainedBy(stage))) return [];
    return [{ name: stage.name, rate: stage.optimiser.learningRate, advised: rates.advised }];
  });
  const [first, ...others] = slow;
  if (first === undefined) return [];
  const named = namesText(slow.map(({ name, rate }) => `${name} (${rate})`));
  const options = slow.map(({ name, advised }) => `--set stages.${name}.optimiser.learningRate=${advised}`);
  return [
    `warning: ${named} ${others.length === 0 ? 'trains' : 'train'} the bundled model at the learning rate of models of billions of parameters, at which it hardly learns. Recipes for it take ${options.join(' ')}.`,
  ];
}

/** Little data gives a warm-up few steps, after which the bundled model ends no explanation and a teach stage fails. */
async function aboutShortWarmUps(
  recipe: Recipe,
  stages: readonly Stage[],
  problems: Problems,
): Promise<readonly string[]> {
  const advice: string[] = [];
  for (const stage of stages) {
    if (stage.stage !== 'warm-up') continue;
    if (!isBundled(recipe, stage.teacher)) continue;
    const steps = stage.steps ?? (await stepsOverTraces(stage, problems));
    if (steps === undefined || steps >= ENOUGH_STEPS) continue;
    const taught = recipe.stages.find((other) => other.stage === 'teach' && other.teacher === stage.name);
    const then = taught === undefined ? '' : `; ${taught.name} stops where none of its explanations ends`;
    const isBounded = stage.maxSteps !== null && stage.maxSteps < ADVISED_STEPS;
    const bounds = stage.steps === null ? ['minSteps', ...(isBounded ? ['maxSteps'] : [])] : ['steps'];
    const settings = bounds.map((bound) => `stages.${stage.name}.${bound}`);
    const options = settings.map((setting) => `--set ${setting}=${ADVISED_STEPS}`).join(' ');
    advice.push(
      // Who sets the steps has decided, and may not know how few they are.
      `${stage.steps === null ? 'warning: ' : ''}${stage.name} takes ${steps} step${steps === 1 ? '' : 's'}, too few for the bundled model to learn how an explanation ends${then}. Set ${settings.join(' and ')} to about ${ADVISED_STEPS} (${options}).`,
    );
  }
  return advice;
}

/** Of a warm-up whose steps follow from its data, as many as say whether they are enough; undefined if these are not known. */
async function stepsOverTraces(stage: StageOf<'warm-up'>, problems: Problems): Promise<number | undefined> {
  const found = await problems(stage.data);
  if (found === undefined) return undefined;
  const stepsOf = (traces: number): number => supervisedSteps(stage, atMost(traces, stage.limit) ?? traces);
  let traces = 0;
  for (const { reasoningTraces = [] } of found) {
    traces += reasoningTraces.length;
    // More examples never take fewer steps.
    if (stepsOf(traces) >= ENOUGH_STEPS) break;
  }
  return stepsOf(traces);
}

/**
 * Bytes per token of the bundled model's tokenizer, below which text is not what the model was made for. Its own word
 * problems have 3.1 to 3.5; GSM8K, MATH, prose and code have 1.2 to 1.6, since most of their words are spelt out.
 */
const FOREIGN_BYTES_PER_TOKEN = 2.2;
const PROBLEMS_MEASURED = 64;
/** Of a text; to encode megabytes would take seconds. */
const CHARACTERS_MEASURED = 20_000;

/** The bundled models know short word problems only; data of another kind should meet another model. */
async function aboutBundledModels(
  recipe: Recipe,
  stages: readonly Stage[],
  problems: Problems,
  otherModels: Readonly<Record<string, string>> | undefined,
): Promise<readonly string[]> {
  const inputs = stages.flatMap((stage) => inputsOf(stage));
  const bundled = Object.entries(recipe.models).filter(([, { source }]) => parseModelSource(source).kind === 'builtin');
  const used = bundled.filter(([name]) => inputs.some((input) => input.kind === 'model' && input.name === name));
  const [first] = used;
  if (first === undefined) return [];
  const [model, { source }] = first;
  const other =
    otherModels === undefined
      ? `the recipe own-data-smollm2 has one, and its settings; or --set models.${model}=hf:owner/name, with lora and learning rates as there`
      : used.flatMap(([name]) => otherModels[name] ?? []).join(' ');
  const tokenizer = await loadTokenizer(tokenizerDirectory(await locateModel(source)));
  const namesIn = (of: readonly Stage[]): ReadonlySet<string> =>
    new Set(
      of.flatMap((stage) =>
        inputsOf(stage).flatMap(({ kind, name }) => (kind === 'model' || kind === 'records' ? [] : [name])),
      ),
    );
  // Who only grades needs no sentences.
  const read = namesIn(stages.filter(({ stage }) => stage !== 'evaluate' && stage !== 'reinforce'));
  const advice: string[] = [];
  for (const name of namesIn(stages)) {
    if (!isRead(recipe, name)) continue;
    const measured = [...((await problems(name)) ?? []).slice(0, PROBLEMS_MEASURED)];
    const bare = measured.filter(isBare);
    const [example] = bare;
    const isOfResults = example !== undefined && read.has(name) && 2 * bare.length > measured.length;
    if (isOfResults && advice.length === 0) {
      advice.push(
        `warning: most solutions of ${name} are bare results ("${printableName(excerpt(example.solution))}"), which are noise to the bundled model (${source}): it has read solutions as sentences. Write them so: "The answer is 27."`,
      );
    }
    // What was said of bare results need not be said of their words.
    const texts = measured.map(({ question, solution }) => (isOfResults ? question : `${question}\n${solution}`));
    const perToken = bytesPerToken(tokenizer, texts);
    if (perToken === undefined || perToken >= FOREIGN_BYTES_PER_TOKEN) continue;
    advice.push(
      `warning: the bundled model (${source}) knows only short word problems like "Ann has 5 shells. Ann finds 8 more shells." Most words of ${name} are new to it: ${perToken.toFixed(1)} bytes per token, where its own problems have 3.2. Expect misspelt words, and explanations that do not end. Take a real model: ${other}.`,
    );
    break;
  }
  return advice;
}

/** Whether a solution has no word; commands of LaTeX are none. */
const isBare = ({ solution }: Pick<Problem, 'solution'>): boolean =>
  !/\p{L}{2}/u.test(solution.replaceAll(/\\[a-zA-Z]+/g, ''));

function bytesPerToken(tokenizer: Tokenizer, texts: readonly string[]): number | undefined {
  const ratios = texts.flatMap((whole) => {
    const text = beginningOf(whole, CHARACTERS_MEASURED);
    const tokens = tokenizer.encode(text).length;
    return tokens === 0 ? [] : [Buffer.byteLength(text) / tokens];
  });
  // The median, so that one text of a megabyte does not speak for the others.
  return ratios.length === 0 ? undefined : median(ratios);
}
