/**
 * The library: the method as pure functions, models behind one boundary, and the stages that join them. The command line
 * is made of what is exported here.
 */

// Problems and traces.
export { Cursor, type CursorState } from './data/cursor.js';
export type { Problem } from './data/problem.js';
export { readProblems, writeProblems } from './data/problem-file.js';
export { distinctProblems, TASKS, taskNamed } from './data/tasks/index.js';
export type { Trace } from './data/trace.js';
export { readTraces, writeTraces } from './data/trace-file.js';
// The boundary and the engine in this process.
export * from './engine/engine.js';
export { connectEngine, type EngineSettings } from './engine/kinds.js';
export { openLocalEngine } from './engine/local/local-engine.js';
export type { LocalSettings } from './engine/local/settings.js';
export * from './errors.js';
// Graders and estimators.
export { graderNamed } from './evaluation/graders/registry.js';
export type { Grade, Grader, GraderVerdict } from './evaluation/graders/verdict.js';
// The method.
export * from './method/advantage.js';
export type { AlignedPiece, Span } from './method/alignment.js';
export * from './method/correctness.js';
export * from './method/divergence.js';
export * from './method/metrics.js';
export * from './method/reference.js';
export * from './method/released.js';
export * from './method/reward.js';
export * from './method/schedule.js';
export * from './method/selection.js';
export * from './method/statistics.js';
export * from './method/weights.js';
export { type RunOptions, type RunSummary, runRecipe } from './pipeline/run-recipe.js';
export { type RandomKey, RandomStream, randomKey, uniformAt } from './random.js';
// Recipes and runs.
export { loadRecipe, parseRecipe, renderRecipe } from './recipe/load.js';
export type { Recipe } from './recipe/schema.js';
export { type Progress, quietProgress, textProgress } from './run/progress.js';
export type { Stage, StageOf } from './stages/index.js';
// Text: tokenizers, chat templates, layouts with spans.
export { chatTemplateOf, compileChatTemplate, encodeChat } from './text/chat-template.js';
export { readStudentCompletion, readStudentText, readTeacherCompletion } from './text/completions.js';
export { FORMATS, type TagFormat } from './text/formats.js';
export { studentLayout, teacherLayout } from './text/sequences.js';
export { loadTokenizer, type Tokenizer } from './text/tokenizer.js';
export { trainTokenizer, writeTokenizer } from './text/tokenizer-trainer.js';
export type { TokenIds } from './text/tokens.js';
