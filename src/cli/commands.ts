import { STAGE_KINDS, STAGE_SUMMARIES, type StageKind } from '../stages/definition/kinds.js';
import type { CommandModule } from './command.js';

const runner = async () => (await import('../pipeline/run-recipe.js')).runRecipe;

/** The command of one kind of stage. */
const stage = (kind: StageKind): CommandModule => ({
  name: kind,
  summary: STAGE_SUMMARIES[kind],
  load: async () => (await import('./commands/stage.js')).stageCommand(kind, await runner()),
});

/** Stages whose commands also work without a recipe. */
const withoutRecipe: Partial<Record<StageKind, Omit<CommandModule, 'name'>>> = {
  score: {
    summary: STAGE_SUMMARIES.score,
    load: async () => (await import('./commands/score.js')).scoreCommand(await runner()),
  },
  evaluate: {
    summary: 'measure the accuracy of models: the evaluate stages of a recipe, or one model on one benchmark',
    load: async () => (await import('./commands/evaluate.js')).evaluateCommand(await runner()),
  },
};

/** Every command, in the order of `rlt --help`. A command's imports are loaded when it is called. */
export const commands: readonly CommandModule[] = [
  {
    name: 'quickstart',
    summary: 'the whole method in minutes on the bundled model; ends with a table of students',
    load: async () => (await import('./commands/quickstart.js')).quickstartCommand,
  },
  {
    name: 'run',
    summary: 'run all stages of a recipe',
    load: async () => (await import('./commands/run.js')).runCommand(runner),
  },
  ...STAGE_KINDS.map((kind) => {
    const own = withoutRecipe[kind];
    return own === undefined ? stage(kind) : { name: kind, ...own };
  }),
  {
    name: 'grade',
    summary: 'grade answers against references: JSONL of gold and prediction',
    load: async () => (await import('./commands/grade.js')).gradeCommand,
  },
  {
    name: 'compare',
    summary: 'compare two evaluations over the same problems',
    load: async () => (await import('./commands/compare.js')).compareCommand,
  },
  {
    name: 'studio',
    summary: 'look at runs in the browser: metrics, rollouts side by side, tokens, students',
    load: async () => (await import('./commands/studio.js')).studioCommand,
  },
  {
    name: 'report',
    summary: 'one self-contained page of a run, or its Markdown',
    load: async () => (await import('./commands/report.js')).reportCommand,
  },
  {
    name: 'export',
    summary: 'write explanations as training data for TRL, Axolotl, LLaMA-Factory',
    load: async () => (await import('./commands/export.js')).exportCommand,
  },
  {
    name: 'push',
    summary: 'put a saved model on the Hugging Face hub, with a card made from its run',
    load: async () => (await import('./commands/push.js')).pushCommand,
  },
  {
    name: 'chat',
    summary: 'try a model: questions in, answers out; with --teacher, explanations of solutions',
    load: async () => (await import('./commands/chat.js')).chatCommand,
  },
  {
    name: 'generate',
    summary: 'let a model answer the problems of a file; with --teacher, explain their solutions',
    load: async () => (await import('./commands/generate.js')).generateCommand,
  },
  {
    name: 'track',
    summary: 'send the figures of a run to TensorBoard, Weights & Biases, MLflow or Trackio',
    load: async () => (await import('./commands/track.js')).trackCommand,
  },
  {
    name: 'serve',
    summary: 'serve models on this machine to clients of the Tinker protocol',
    load: async () => (await import('./commands/serve.js')).serveCommand,
  },
  {
    name: 'problems',
    summary: 'print generated problems as JSONL',
    load: async () => (await import('./commands/problems.js')).problemsCommand,
  },
];
