/**
 * The library: the method as pure functions, models behind one boundary, steps of training that join the two, and whole
 * runs. Names are listed one by one: what is not here is not public.
 */

// Problems and traces: from files, from the hub, and generated.
export type { ChoiceColumns, KeyKind } from './data/choices/choices.js';
export type { ProblemColumns } from './data/columns/columns.js';
export { Cursor, type CursorState, type LastBatch } from './data/cursor.js';
export type { ReadLimits } from './data/files/record.js';
export type { HubOptions } from './data/hub/options.js';
export type { Problem } from './data/problem.js';
export { type ReadProblemsOptions, readProblems, writeProblems } from './data/problem-file.js';
export { distinctProblems, type GenerateOptions, type ProblemPurpose, TASKS, taskNamed } from './data/tasks/index.js';
export type {
  ArithmeticStep,
  DrawnProblem,
  ShippedTask,
  Task,
  TaskLevel,
  TracedProblem,
  TraceKind,
  TraceMix,
} from './data/tasks/task.js';
export type { Trace, TraceEnd, TraceReward } from './data/trace.js';
export { readTraces, writeTraces } from './data/trace-file.js';
// Models: the boundary that engines implement, and the engine in this process.
export {
  type AdamSettings,
  type CallOptions,
  type CallProgress,
  type Completion,
  type CompletionsListener,
  type DirectorySource,
  type Engine,
  type EngineProfile,
  type FrozenCopy,
  LORA_TARGETS,
  type LoraSettings,
  type LoraTarget,
  longestSequence,
  type Model,
  type ModelFacts,
  type ModelSource,
  type Policy,
  type SampledLogProbs,
  type SampleOptions,
  type SampleRequest,
  type SamplingSettings,
  type ScoreRequest,
  type ServedSource,
  type StateReference,
  type StepResult,
  type TokenListener,
  type TokenLogProbs,
  type TrainingProfile,
  tokenizerDirectory,
  type WeightBits,
  type WeightDecayTarget,
  type WeightedSequence,
} from './engine/engine.js';
export type { ConnectOptions } from './engine/kind.js';
export { connectEngine, type EngineSettings } from './engine/kinds.js';
export { openLocalEngine } from './engine/local/local-engine.js';
export type { LocalSettings, Provider, RuntimeSettings } from './engine/local/settings.js';
// Errors: one tree; each says what was wrong, where, and what to do.
export {
  BusyError,
  ConnectionError,
  type ErrorCode,
  type ErrorFacts,
  InputError,
  InterruptedError,
  NumericError,
  type Place,
  RecipeError,
  type RecipeProblem,
  RltError,
  StorageError,
  UnsupportedError,
  UsageError,
} from './errors.js';
// Evaluation: a model answers problems, and graders judge its answers.
export { type Answer, type EvaluationProblem, evaluationProblem } from './evaluation/answers/answer.js';
export {
  type PromptBuilder,
  type PromptStyle,
  promptBuilderFor,
  taggedPromptBuilder,
} from './evaluation/answers/prompt.js';
export type { HeldInBits, SomeProblems } from './evaluation/answers/results.js';
export { type AnswerSampling, type SolveSettings, solve } from './evaluation/answers/solve.js';
export {
  type Bounds,
  type Estimate,
  type LevelSummary,
  type Summary,
  summarise,
} from './evaluation/answers/summary.js';
export { graderNamed } from './evaluation/graders/registry.js';
export type { Grade, Grader, GraderVerdict } from './evaluation/graders/verdict.js';
// The method: pure functions of numbers (docs/method.md).
export { type AdvantageSettings, type GroupAdvantage, groupAdvantage } from './method/advantage.js';
export type { AlignedPiece, Span } from './method/alignment.js';
export { type CorrectnessSettings, correctnessReward, type Outcome } from './method/correctness.js';
export { type KlEstimator, k1, k3 } from './method/divergence.js';
export {
  type CompletionFacts,
  completionMetrics,
  type ExplanationFlaws,
  explanationMetrics,
  groupMetrics,
  type Metrics,
  type RewardRecord,
  rewardMetrics,
  rewardRecord,
  type UpdateFacts,
  updateMetrics,
} from './method/metrics.js';
export { type ReferenceSettings, referenceUpdate } from './method/reference.js';
export { RELEASED } from './method/released.js';
export {
  explanationReward,
  type Penalties,
  paperReward,
  type Reward,
  type RewardInput,
  type RewardPart,
  type RewardSettings,
  type RewardTerm,
  type RewardTermPart,
} from './method/reward.js';
export { learningRate, type ScheduleSettings, type Warmup, warmupSteps } from './method/schedule.js';
export {
  type DropReason,
  type Selection,
  type SelectionSettings,
  selectTraces,
  type TraceFacts,
} from './method/selection.js';
export { asLogProbs, type LogProbs, type Reduction } from './method/statistics.js';
export {
  type ClipSettings,
  type GrpoSample,
  type GrpoSampleWeights,
  type GrpoSettings,
  type GrpoWeights,
  grpoSampleWeights,
  grpoWeights,
  type Normalisation,
  sftLoss,
  sftWeights,
  tokenShares,
} from './method/weights.js';
// Runs of recipes.
export type { Connect } from './pipeline/engines.js';
export { type ExportFacts, type ExportSettings, exportTraces } from './pipeline/export-traces.js';
export { locateModel } from './pipeline/inputs/models.js';
export { type OpenedRun, openRun, type RunStage } from './pipeline/inputs/opened-run.js';
export {
  type RunOptions,
  type RunSummary,
  runRecipe,
  type StageResult,
  type StageSummary,
} from './pipeline/run-recipe.js';
// Random numbers that depend on a key alone, not on the order of work.
export { type RandomKey, RandomStream, randomKey, uniformAt } from './random.js';
export type { EngineName } from './recipe/engines.js';
export { loadRecipe, parseRecipe, renderRecipe } from './recipe/load.js';
export type { Recipe } from './recipe/schema.js';
export {
  type Progress,
  type ProgressOptions,
  quietProgress,
  type StageProgress,
  type StageReport,
  textProgress,
} from './run/progress.js';
export type { StageKind } from './stages/definition/kinds.js';
// Steps of the method on models: explanations and their reward, supervised tuning, GRPO.
export { readExplanation, type WrittenExplanation } from './stages/explanations.js';
export type { Stage, StageOf } from './stages/index.js';
export { type Layouts, layoutsOf, type SystemPrompts } from './stages/layouts.js';
export {
  type Explanation,
  type Judges,
  type SampledTokens,
  type ScoredExplanation,
  scoreExplanations,
} from './stages/rewards/explanation-reward.js';
export {
  type GrpoStepResult,
  type GrpoStepSample,
  type GrpoStepSettings,
  grpoStep,
  type RewardedGroup,
  type TimePhase,
} from './stages/training/grpo-step.js';
export {
  type OptimiserSettings,
  type StepPlace,
  type UpdateResult,
  updatePolicy,
} from './stages/training/optimiser.js';
export { type SftExample, type SftStepResult, type SftStepSettings, sftStep } from './stages/training/sft.js';
// Text: tokenizers, chat templates, and what teachers and students read and write, with its spans.
export { alignTokens, sharesTokens } from './text/alignment.js';
export {
  readStudentCompletion,
  readStudentText,
  readTeacherCompletion,
  type StudentCompletion,
  type StudentProblem,
  type TeacherCompletion,
} from './text/completions.js';
export { FORMATS, type TagFormat, type TagPair } from './text/formats.js';
export { studentMessages } from './text/messages.js';
export {
  type LayoutSettings,
  type StudentLayout,
  type StudentSequence,
  studentLayout,
  type TeacherLayout,
  type TeacherSequence,
  teacherLayout,
} from './text/sequences.js';
export { positionsOf } from './text/spans.js';
export {
  type ChatMessage,
  type ChatOptions,
  type ChatSettings,
  type ChatTemplate,
  chatTemplateOf,
  encodeChat,
  type TemplateVariables,
} from './text/templates/chat-template.js';
export { type LaidOutText, loadTokenizer, type TextPiece, type Tokenizer } from './text/tokenizer/tokenizer.js';
export { concatIds, sliceIds, type TokenIds, tokenIds } from './text/tokens.js';
