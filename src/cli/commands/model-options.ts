/** Options of the commands that try one model, which stand for settings of a recipe of one stage. */
import type { Command } from 'commander';
import { RecipeError, UsageError } from '../../errors.js';
import { hostOf } from '../../pipeline/inputs/run-models.js';
import type { NamedModel } from '../../pipeline/inputs/trained-models.js';
import { withoutRecipe } from '../../pipeline/run-for-file.js';
import { FORMAT_NAMES } from '../../text/formats.js';
import { addBitsOptions, type BitsFlags } from '../bits-options.js';
import { flagOf, givenFlags } from '../flags.js';
import { formatOption } from '../format-option.js';

/** How one model can be asked. `plain`: its chat template alone. */
const MODEL_FORMATS = ['plain', ...FORMAT_NAMES] as const;

export interface ModelFlags extends BitsFlags {
  readonly teacher?: boolean;
  readonly format?: string;
  readonly temperature?: string;
  readonly maxTokens?: string;
  readonly seed?: string;
  readonly threads?: string;
  readonly provider?: string;
  readonly packedWeights?: true;
}

/** What the model is called where no run has a name for it. */
export const MODEL = 'model';

const fieldsOf = (stage: string, model: string) =>
  ({
    temperature: `stages.${stage}.sampling.temperature`,
    maxTokens: `stages.${stage}.sampling.maxTokens`,
    samples: `stages.${stage}.samples`,
    limit: `stages.${stage}.limit`,
    seed: 'seed',
    threads: 'engine.threads',
    provider: 'engine.provider',
    packedWeights: 'engine.packedWeights',
    bits: `models.${model}.bits`,
    integerProducts: 'engine.integerProducts',
  }) as const;

export function addModelOptions(command: Command): void {
  command
    .argument('<model>', 'a run directory, the folder of a model or of a stage, builtin:base, or hf:owner/name')
    .argument('[name]', 'the model of the run: a stage, or a student as the table of results names it')
    .option('--teacher', 'a question and its solution in, an explanation out')
    .addOption(formatOption(MODEL_FORMATS, 'as it was trained, else plain, and a teacher paper'))
    .option('--temperature <value>', 'sampling temperature; 0 always takes the likeliest token (default: 0.7)')
    .option('--max-tokens <n>', 'most tokens of a reply (default: as many as fit)')
    .option('--seed <n>', 'seed of the replies (default: 1)')
    .option('--threads <n>', 'threads (default: every core)')
    .option('--provider <name>', 'what computes: cpu (default), webgpu or cuda');
  addBitsOptions(command);
}

const EMBEDDED_ONLY = ['threads', 'provider', 'bits', 'integerProducts', 'packedWeights', 'adapter'] as const;

/** @throws {UsageError} when options of the embedded engine stand beside a model that is on a server */
export function requireEmbedded(
  flags: Readonly<Partial<Record<(typeof EMBEDDED_ONLY)[number], unknown>>>,
  { server }: Pick<NamedModel, 'server'>,
): void {
  const given = givenFlags(flags, EMBEDDED_ONLY);
  if (server === undefined || given.length === 0) return;
  throw new UsageError(
    `${given.join(', ')} ${given.length === 1 ? 'is' : 'are'} for models on this machine, and this one is on the server at ${hostOf(server)}`,
    { remedy: `Leave ${given.length === 1 ? 'it' : 'them'} out.` },
  );
}

/** ` on the server at HOST`, of a model that is on one. */
export const serverText = ({ server }: Pick<NamedModel, 'server'>): string =>
  server === undefined ? '' : ` on the server at ${hostOf(server)}`;

/** The settings that were given, as overrides of the recipe whose only stage has this name. */
export function overridesOf(
  flags: Readonly<Record<string, unknown>>,
  stage: string,
  model: string = MODEL,
): readonly string[] {
  return Object.entries(fieldsOf(stage, model)).flatMap(([flag, field]) => {
    // The engine of a run has it for all of its models; it is about weights in few bits alone.
    const isForNothing = flag === 'integerProducts' && flags.bits === undefined;
    return flags[flag] === undefined || isForNothing ? [] : [`${field}=${String(flags[flag])}`];
  });
}

/** The option that stands for a setting of such a recipe, by the path of the setting. */
export const optionOf =
  (stage: string, model: string) =>
  (path: string): string | undefined => {
    const [option] = Object.entries(fieldsOf(stage, model)).find(([, field]) => field === path) ?? [];
    return option === undefined ? undefined : flagOf(option);
  };

/** What is wrong with such a recipe, by the option that it comes from. */
export function inOptions(error: unknown, stage: string, model: string = MODEL): unknown {
  if (!(error instanceof RecipeError)) return error;
  const [problem] = error.problems;
  const flag = optionOf(stage, model)(problem?.field ?? '');
  if (problem === undefined || flag === undefined) return withoutRecipe(error);
  return new UsageError(`${flag} ${problem.message}`, problem.remedy === undefined ? {} : { remedy: problem.remedy });
}
