/**
 * `rlt score RECIPE`: the score stages of a recipe. `rlt score --teacher … --scores …`: a trace file under two models.
 */

import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../../errors.js';
import { type HeldAs, heldNotes, integerWays } from '../../pipeline/inputs/held-models.js';
import { namedTraces } from '../../pipeline/inputs/named-traces.js';
import { hostOf, placedModels, type Server } from '../../pipeline/inputs/run-models.js';
import { type NamedModel, namedModel } from '../../pipeline/inputs/trained-models.js';
import {
  ROLE_TEXTS,
  type TrainingRecord,
  trainedRoleOf,
  trainingRecordOf,
} from '../../pipeline/inputs/training-record.js';
import { runForFile } from '../../pipeline/run-for-file.js';
import type { StageSummary } from '../../pipeline/run-recipe.js';
import { counted } from '../../printable.js';
import { loadRecipe, parseRecipe } from '../../recipe/load.js';
import { stageOptions } from '../../recipe/options.js';
import { type Recipe, TRACE_FILE } from '../../recipe/schema.js';
import type { StageOf } from '../../stages/index.js';
import { SCORES_FILE } from '../../stages/score.js';
import { FORMAT_NAMES } from '../../text/formats.js';
import { addBitsOptions, type BitsFlags, heldBy, requireBits } from '../bits-options.js';
import type { CommandDefinition } from '../command.js';
import { flagOf, givenFlags } from '../flags.js';
import { formatOption } from '../format-option.js';
import { OVERWRITE_OPTION, requireFree } from '../output-file.js';
import { type OverridesFrom, progressFor } from '../recipe-command.js';
import type { RecipeRunner } from '../runner.js';
import { textTable } from '../table.js';
import { requireEmbedded } from './model-options.js';
import { type StageFlags, stageRun } from './stage.js';

interface FileFlags extends BitsFlags {
  readonly teacher?: string;
  readonly student?: string;
  readonly traces?: string;
  readonly scores?: string;
  readonly recipe?: string;
  readonly temperature?: string;
  readonly format?: string;
  readonly systemPromptTeacher?: string;
  readonly systemPromptStudent?: string;
  readonly overwrite?: boolean;
}

type RewardBlock = StageOf<'score'>['reward'];

/** Options that apply only without a recipe, and only with one. */
const FILE_ONLY = [
  'scores',
  'overwrite',
  'recipe',
  'temperature',
  'bits',
  'integerProducts',
  'format',
  'systemPromptTeacher',
  'systemPromptStudent',
] as const;
const RECIPE_ONLY = ['stage', 'set', 'out', 'resume', 'dryRun', 'printRecipe', 'tokensPerSecond'] as const;
const REQUIRED = ['teacher', 'student', 'traces', 'scores'] as const;

export const scoreCommand =
  (runner: RecipeRunner): CommandDefinition =>
  (command, context) => {
    command.argument('[recipe]', 'a YAML file, or the name of a shipped recipe, with score stages');
    const { run, overridesFrom } = stageRun(command, 'score', runner, context);
    command
      .optionsGroup(
        'Without a recipe, --teacher and --student are models as for `rlt evaluate` (RUN:NAME for one of a run), --traces is a file, the folder of a stage or RUN:STAGE, and there are these options:',
      )
      .option('--scores <file>', 'where to write the scores, as JSONL: parts of the reward, log-prob of every token')
      .option(...OVERWRITE_OPTION)
      .option('--temperature <value>', 'short for --reward-temperature')
      .option(
        '--recipe <recipe>',
        'use the engine, format, system messages and reward of a recipe (reward: of its first score or teach stage)',
      )
      .addOption(formatOption(FORMAT_NAMES, 'as the models were trained, else paper'));
    addBitsOptions(command, 'both models')
      .option(
        '--system-prompt-teacher <text>',
        "the teacher's system message (default: as it was trained, else one for the tags)",
      )
      .option(
        '--system-prompt-student <text>',
        "the student's system message (default: as it was trained, else one for the tags)",
      );
    command.action(async (path: string | undefined, flags: StageFlags & FileFlags) => {
      if (path !== undefined) {
        const misplaced = givenFlags(flags, FILE_ONLY);
        if (misplaced.length === 0) return run(path, flags);
        throw new UsageError(`${misplaced.join(', ')} cannot be used with the recipe ${path}`, {
          remedy: 'Omit the recipe to score a trace file under two models, or omit these options.',
        });
      }
      const missing = REQUIRED.filter((name) => flags[name] === undefined).map(flagOf);
      if (missing.length > 0) {
        throw new UsageError(
          `no recipe is given, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
          {
            remedy: 'Give a recipe, or --teacher MODEL --student MODEL --traces FILE --scores FILE.',
          },
        );
      }
      const misplaced = givenFlags(flags, RECIPE_ONLY);
      if (misplaced.length > 0)
        throw new UsageError(`${misplaced.join(', ')} cannot be used without a recipe`, {
          remedy:
            'Settings of the reward and of the engine are options here (--reward-…, --bits, --integer-products: --help); --recipe RECIPE takes engine, format and reward from a recipe.',
        });
      const found = await located(flags);
      requireScoringByIntegers(found);
      const [scores, traces] = [flags.scores ?? '', found.traces];
      if (resolve(traces) === resolve(scores)) {
        throw new UsageError('the scores would overwrite the traces', { file: traces });
      }
      requireFree(scores, '--scores', flags.overwrite);
      const progress = progressFor(flags, context);
      const trained = flags.recipe === undefined ? await trainedWith(found, flags) : undefined;
      if (trained !== undefined) progress.note(trained.note);
      for (const [role, { server }] of Object.entries({ teacher: found.teacher, student: found.student }))
        if (server !== undefined) progress.note(`the ${role} is on the server at ${hostOf(server)}`);
      for (const warning of await roleWarnings(found)) progress.note(`warning: ${warning}`);
      // A recipe has an engine of its own.
      const held = flags.bits === undefined && flags.recipe === undefined ? heldNotes(heldOf(found)) : undefined;
      if (held !== undefined) progress.note(held);
      const recipe = await fileRecipe(found, trained, overridesFrom);
      const reward = rewardOf(recipe);
      progress.note(rewardText(reward));
      const { facts } = await runForFile(recipe, SCORES_FILE, scores, {
        signal: context.signal,
        progress,
        otherModels: { teacher: '--teacher hf:owner/name', student: '--student hf:owner/name' },
        optionOf: (path) => OPTIONS.get(path),
      });
      await context.stdout(render(scores, reward, facts, flags.json === true));
    });
  };

/** The flags with what they name. */
type Located = Omit<FileFlags, keyof TwoModels> & TwoModels;

interface TwoModels {
  readonly teacher: NamedModel;
  readonly student: NamedModel;
}

/** How their runs hold them, by what they are called in messages. */
const heldOf = ({ teacher, student }: TwoModels): Readonly<Record<string, HeldAs>> => ({
  'the teacher': teacher.held,
  'the student': student.held,
});

async function located<Flags extends FileFlags>(flags: Flags) {
  const [teacher, student] = [
    await namedModel(flags.teacher ?? '', undefined, { asTeacher: true, reach: 'servers' }),
    await namedModel(flags.student ?? '', undefined, { asTeacher: false, reach: 'servers' }),
  ];
  // What is said of the embedded engine is about the one that is here.
  if (student.server !== undefined) requireEmbedded(flags, teacher);
  return { ...flags, teacher, student, traces: (await namedTraces(flags.traces ?? '')).file };
}

/** The options by the settings of that recipe. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ['models.teacher.bits', '--bits'],
  ['models.student.bits', '--bits'],
  ...stageOptions('score').map(({ flag, path }) => [`stages.score.${path}`, flag] as const),
]);

/**
 * The one-stage recipe that the flags describe.
 * @throws {UsageError} when flags contradict each other, or the recipe to copy from has no reward
 * @throws {RecipeError} when a value is invalid; it lists all of them
 */
async function fileRecipe(
  flags: Located,
  trained: TrainedWith | undefined,
  overridesFrom: OverridesFrom,
): Promise<Recipe> {
  if (flags.temperature !== undefined && 'rewardTemperature' in flags) {
    throw new UsageError('--temperature and --reward-temperature mean the same; give only one');
  }
  const like = flags.recipe === undefined ? undefined : await loadRecipe(flags.recipe);
  const reward = like === undefined ? trained?.reward : rewardOf(like);
  const { teacher, student, traces, temperature, bits: _, integerProducts, ...options } = flags;
  const model = ({ source, server, held }: NamedModel): { readonly source: string; readonly server?: Server } => {
    if (server !== undefined) return { source, server };
    const chosen = heldBy(flags, held).bits;
    return { source, ...(chosen === undefined ? {} : { bits: chosen }) };
  };
  const { systemPromptTeacher, systemPromptStudent, format } = flags;
  const written = {
    name: 'score',
    ...(like === undefined
      ? isByIntegers(flags) && { engine: { kind: 'local', integerProducts: true } }
      : { engine: withIntegers(like.engine, integerProducts) }),
    format: format ?? like?.format ?? trained?.format ?? 'paper',
    prompts: {
      ...(like?.prompts ?? trained?.prompts),
      teacher: systemPromptTeacher ?? like?.prompts.teacher ?? trained?.prompts.teacher ?? null,
      student: systemPromptStudent ?? like?.prompts.student ?? trained?.prompts.student ?? null,
    },
    ...placedModels({ teacher: model(teacher), student: model(student) }),
    data: { traces: { source: traces, adapter: TRACE_FILE } },
    stages: [
      {
        stage: 'score',
        teacher: 'teacher',
        student: 'student',
        traces: 'traces',
        ...(reward === undefined ? {} : { reward }),
        // The folder that it would be in is gone when the file is there.
        rollouts: null,
      },
    ],
  };
  const settings = temperature === undefined ? options : { ...options, rewardTemperature: temperature };
  return parseRecipe(written, {}, overridesFrom(settings, ['score']));
}

/**
 * Whether the models in few bits are multiplied as integers.
 * @throws {UsageError} when one is and the other is not, which one engine cannot do; or when it is asked for, and changes nothing
 */
function isByIntegers({ bits, integerProducts, ...models }: BitsFlags & TwoModels): boolean {
  if (integerProducts !== undefined) return true;
  if (bits !== undefined) return false;
  const ways = integerWays(heldOf(models));
  if (ways.size > 1)
    throw new UsageError('the teacher and the student live on engines of their runs that differ in integerProducts', {
      remedy:
        'Name a recipe whose engine both shall be scored on with --recipe, or the bits of both with --bits (and --integer-products).',
    });
  return ways.has(true);
}

/** @throws {UsageError} when products of integers are asked for, and scoring by these models has none */
function requireScoringByIntegers(flags: BitsFlags & TwoModels): void {
  if (flags.integerProducts === undefined) return;
  const bits = Object.values(heldOf(flags)).map((own) => heldBy(flags, own).bits);
  requireBits(flags, bits);
  if (bits.includes(8)) return;
  throw new UsageError('--integer-products changes nothing here: only weights in 8 bits score by integers', {
    remedy: 'Set --bits 8, or leave it out. In 4 bits a model only samples by integers.',
  });
}

/**
 * The engine of a recipe, with products of integers where they are asked for.
 * @throws {UsageError} when it is not on this machine
 */
function withIntegers(engine: Recipe['engine'], integerProducts: true | undefined): Recipe['engine'] {
  if (integerProducts === undefined) return engine;
  if (engine.kind === 'local') return { ...engine, integerProducts };
  throw new UsageError('--integer-products is for the engine on this machine, and that of --recipe is another', {
    remedy: 'Leave one of the two out.',
  });
}

/** What there is to say of models that are scored in another role than they were trained for. */
async function roleWarnings({ teacher, student }: TwoModels): Promise<readonly string[]> {
  // The bundled model is every teacher's beginning, and scored to compare with.
  const role = async ({ source, home }: NamedModel) =>
    source.startsWith('builtin:') ? undefined : trainedRoleOf(home);
  const [ofTeacher, ofStudent] = [await role(teacher), await role(student)];
  return [
    ...(ofTeacher === 'student' ? [`the teacher ${ROLE_TEXTS.student}`] : []),
    ...(ofStudent === 'teacher' ? [`the student ${ROLE_TEXTS.teacher}`] : []),
  ];
}

/** What the two models were trained with, as far as they say so. */
interface TrainedWith {
  readonly format: TrainingRecord['format'];
  readonly prompts: Partial<TrainingRecord['prompts']>;
  readonly reward: TrainingRecord['reward'];
  readonly note: string;
}

/**
 * Format, system messages and reward as the models remember them: each model its own message, and the one of the other
 * where it does not say.
 * @throws {UsageError} when the models were trained in different formats and none is given
 */
async function trainedWith({ teacher, student, format }: Located, named: FileFlags): Promise<TrainedWith> {
  const [ofTeacher, ofStudent] = [await trainingRecordOf(teacher.home), await trainingRecordOf(student.home)];
  const either = ofTeacher ?? ofStudent;
  const isSame =
    ofTeacher === undefined || ofStudent === undefined || isDeepStrictEqual(ofTeacher.format, ofStudent.format);
  if (!isSame && format === undefined) {
    throw new UsageError('the teacher and the student were trained in different formats', {
      remedy: 'Name the one to score in with --format, or a recipe with --recipe.',
    });
  }
  const where = new Set([ofTeacher && named.teacher, ofStudent && named.student].filter((name) => name !== undefined));
  const reward =
    ofTeacher?.reward === undefined ? "the paper's reward" : `the reward that ${named.teacher} was trained on`;
  return {
    format: either?.format ?? 'paper',
    prompts: {
      ...either?.prompts,
      teacher: (ofTeacher ?? ofStudent)?.prompts.teacher ?? null,
      student: (ofStudent ?? ofTeacher)?.prompts.student ?? null,
    },
    reward: ofTeacher?.reward,
    note:
      where.size === 0
        ? `neither model says what it was trained with: the format paper with its own system messages and ${reward}, where options do not say otherwise`
        : `format and system messages as ${[...where].join(' and ')} remember${where.size === 1 ? 's' : ''} them, and ${reward}, where options do not say otherwise`,
  };
}

/** The reward of a recipe's first score stage, else of its first teach stage. */
function rewardOf(recipe: Recipe): RewardBlock {
  const stages = [
    ...recipe.stages.filter((stage) => stage.stage === 'score'),
    ...recipe.stages.filter((stage) => stage.stage === 'teach'),
  ];
  const [first] = stages;
  if (first === undefined) {
    throw new UsageError(`the recipe ${recipe.name} has no reward`, {
      remedy: 'Use one with a score or teach stage.',
    });
  }
  return first.reward;
}

/** `the reward: estimator k1; r_SS mean 1, min 0.01; r_KL mean 3, max 0.03; temperature 0.7` */
function rewardText({ estimator, solution, kl, temperature }: RewardBlock): string {
  const parts = (coefficients: RewardBlock['kl']): string => {
    const given = Object.entries(coefficients).filter(([, coefficient]) => coefficient !== 0);
    return given.length === 0
      ? 'none'
      : given.map(([reduction, coefficient]) => `${reduction} ${coefficient}`).join(', ');
  };
  return `the reward: estimator ${estimator}; r_SS ${parts(solution)}; r_KL ${parts(kl)}; temperature ${temperature}`;
}

function render(scores: string, reward: RewardBlock, facts: StageSummary['facts'], json: boolean): string {
  const { traces, tooLong, name: _, kind: __, fingerprint: ___, ...rest } = facts;
  const means = Object.fromEntries(
    Object.entries(rest).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
  if (json) return `${JSON.stringify({ scores, traces, tooLong, reward, means }, null, 2)}\n`;
  const rows = Object.entries(means).map(([metric, mean]) => [metric, mean.toFixed(4)]);
  const leftOut = tooLong === 0 ? '' : `, ${tooLong} skipped as too long`;
  return `${textTable([[`mean over traces, estimator ${reward.estimator}`, ''], ...rows], [1])}\n\n${counted(Number(traces), 'trace')}${leftOut}. Scores are in ${scores}.\n`;
}
