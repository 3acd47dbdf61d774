/** The reward of the explanations in any trace file, under any two models. Streams: memory is bounded by a batch. */
import { resolve } from 'node:path';
import type { Trace } from '../data/trace.js';
import { streamTraces } from '../data/trace-file.js';
import type { Engine } from '../engine/engine.js';
import { connectEngine } from '../engine/kinds.js';
import { InputError, UsageError } from '../errors.js';
import { type Metrics, rewardMetrics } from '../method/metrics.js';
import type { Recipe } from '../recipe/schema.js';
import { throwIfInterrupted } from '../run/interrupt.js';
import type { Progress } from '../run/progress.js';
import type { StageOf } from '../stages/index.js';
import { layoutsOf } from '../stages/layouts.js';
import { type Judges, type ScoredExplanation, scoreExplanations } from '../stages/rewards/explanation-reward.js';
import { rewardSettings } from '../stages/rewards/reward-settings.js';
import { AT_ONCE, explanationIfFitting, scoreRecord, tooLongNote } from '../stages/score.js';
import { writeAll, writeFileAtomically } from '../storage.js';
import { modelOf } from './inputs/models.js';
import { formatOf } from './run-recipe.js';

/** A recipe of one score stage whose traces are a file: `data` holds it under the name that the stage gives. */
export type ScoreFileRecipe = Recipe & { readonly stages: readonly [StageOf<'score'>] };

export interface ScoreFileOptions {
  /** Where the scores go, one JSON object a trace: its id, the parts of its reward, the log-prob of every token. */
  readonly scores: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface ScoreFileSummary {
  readonly scores: string;
  /** Traces that were scored. */
  readonly traces: number;
  /** Traces left out because they are longer than the context of a model. */
  readonly tooLong: number;
  /** Means over the scored traces of the reward and its parts, under the names of docs/method.md. */
  readonly means: Metrics;
}

/**
 * Scores a trace file. The score file appears whole, at the end.
 * @throws UsageError where it would replace the traces, InputError where no trace can be scored, InterruptedError
 */
export async function scoreFile(recipe: ScoreFileRecipe, options: ScoreFileOptions): Promise<ScoreFileSummary> {
  const { scores, signal, progress } = options;
  const [stage] = recipe.stages;
  const file = recipe.data[stage.traces]?.source ?? stage.traces;
  if (resolve(file) === resolve(scores)) throw new UsageError('the scores would replace the traces', { file });
  const engine = await connectEngine(recipe.engine);
  try {
    const judges: Judges = {
      teacher: await judge(recipe, engine, stage.teacher),
      student: await judge(recipe, engine, stage.student),
      settings: rewardSettings(stage.reward),
      temperature: stage.reward.temperature,
    };
    const shown = progress.stage({ name: 'score', index: 0, count: 1, unit: 'trace' });
    const sums = new Map<string, number>();
    let traces = 0;
    let tooLong = 0;
    await writeFileAtomically(scores, async (handle) => {
      for await (const batch of batchesOf(streamTraces(file), stage.limit)) {
        throwIfInterrupted(signal);
        const fitting = batch.flatMap((trace) => {
          const explained = explanationIfFitting(trace, judges);
          return explained === undefined ? [] : [{ trace, explained }];
        });
        tooLong += batch.length - fitting.length;
        if (fitting.length === 0) continue;
        const explanations = fitting.map(({ explained }) => explained);
        const scored = await scoreExplanations(judges, explanations, { file }, { signal });
        const lines = scored.map((one, i) => JSON.stringify(scoreRecord((fitting[i] as { trace: Trace }).trace, one)));
        await writeAll(handle, new TextEncoder().encode(`${lines.join('\n')}\n`));
        addMeans(sums, scored, judges);
        traces += scored.length;
        const tokens = scored.reduce((total, { studentTokens }) => total + studentTokens, 0);
        shown.report({ done: traces + tooLong, tokens });
      }
      if (traces > 0) return;
      throw new InputError(
        tooLong === 0 ? 'there is no trace in it' : `none of ${tooLong} traces fits the contexts of the two models`,
        { file, remedy: 'Give traces that both models can hold.' },
      );
    });
    if (tooLong > 0) progress.note(tooLongNote(tooLong, traces + tooLong));
    shown.finish();
    const means = Object.fromEntries([...sums].map(([name, sum]) => [name, sum / traces]));
    return { scores, traces, tooLong, means };
  } finally {
    await engine.close();
  }
}

async function judge(recipe: Recipe, engine: Engine, name: string): Promise<Judges['teacher']> {
  const settings = recipe.models[name];
  if (settings === undefined) throw new UsageError(`no model is called ${name}`);
  const source = await modelOf(settings);
  const layouts = await layoutsOf(source, formatOf(recipe), recipe.prompts);
  return { model: await engine.open(source), layouts };
}

function addMeans(sums: Map<string, number>, scored: readonly ScoredExplanation[], { settings }: Judges): void {
  const means = rewardMetrics(
    scored.map(({ reward }) => reward),
    settings,
  );
  for (const [name, mean] of Object.entries(means)) sums.set(name, (sums.get(name) ?? 0) + mean * scored.length);
}

async function* batchesOf(traces: AsyncIterable<Trace>, limit: number | null): AsyncGenerator<readonly Trace[]> {
  let batch: Trace[] = [];
  let count = 0;
  for await (const trace of traces) {
    if (limit !== null && count >= limit) break;
    count += 1;
    batch.push(trace);
    if (batch.length < AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
