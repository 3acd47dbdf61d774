/** Evaluation on held-out problems while a policy trains, and the choice of its best step. */
import { z } from 'zod';
import type { CursorState } from '../../data/cursor.js';
import type { Policy, StateReference } from '../../engine/engine.js';
import type { Metrics } from '../../method/metrics.js';
import type { RolloutRecorder } from '../../run/rollouts.js';
import { stageKey } from '../../run/seeds.js';
import type { TokenIds } from '../../text/tokens.js';
import type { SamplingBlock } from '../definition/settings.js';
import type { StageContext } from '../definition/stage.js';
import { type GroupReward, type Prompt, sampleAndReward, samplingSettings } from './groups.js';
import { cursorState } from './loop.js';
import { rolloutRows } from './recording.js';
import { Stopwatch } from './stopwatch.js';

export interface HeldOutSettings {
  /** Steps from one evaluation to the next. */
  readonly every: number;
  readonly samples: number;
}

/** Whether a policy is evaluated after `done` of `steps` steps: at first, every so often, and at last. */
export const isEvaluated = ({ every }: HeldOutSettings, done: number, steps: number): boolean =>
  done % every === 0 || done === steps;

/**
 * Metrics of a policy's completions of held-out problems, by the names of training behind `held-out/`. Every evaluation
 * draws from the same random numbers, so that two steps differ by the policy alone.
 * @throws {InterruptedError} when the stage's signal is aborted
 */
export async function evaluateHeldOut<Item, Detail>(
  context: StageContext,
  policy: Policy,
  {
    prompts,
    stopIds,
    sampling,
    samples,
  }: {
    readonly prompts: readonly Prompt<Item>[];
    readonly stopIds: TokenIds;
    readonly sampling: SamplingBlock;
    readonly samples: number;
  },
  reward: GroupReward<Item, Detail>,
  recorder: RolloutRecorder | null,
  step: number,
): Promise<Metrics> {
  const requests = prompts.map(({ id, ids, room }, p) => ({
    prompt: ids,
    count: samples,
    settings: samplingSettings(sampling, stopIds, room),
    key: stageKey(context.seed, context.name, 'held-out', p, id),
  }));
  const toRecord = async (bytes_P: readonly number[]) => (await recorder?.heldOutProblems(step, bytes_P)) ?? 0;
  const sampling_P = sampleAndReward(context, policy, prompts, requests, reward, step, toRecord, new Stopwatch());
  const { rewarded_P, recorded } = await (recorder === null ? sampling_P : recorder.during(sampling_P));
  if (recorded !== undefined) recorder?.add('held-out', step, () => rolloutRows(reward.tokenizer, step, recorded()));
  const { metrics } = reward.metrics(rewarded_P.map(({ detail }) => detail));
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [heldOutName(name), value]));
}

/** The name of a metric of training where it is of held-out problems. */
export const heldOutName = (metric: string): string => `held-out/${metric}`;

const stateReference = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('directory') }),
  z.strictObject({ kind: z.literal('served'), path: z.string() }),
]);
const bestSchema = z.strictObject({ step: z.int(), value: z.number(), state: stateReference });
type Best = z.output<typeof bestSchema>;

const groupState = cursorState.extend({ best: bestSchema.exactOptional() });
/** The state of a loop over groups: the position in the data, and the best evaluation so far. */
export type GroupState = CursorState & { readonly best?: Best };
export const parseGroupState = (state: unknown): GroupState => groupState.parse(state);

/**
 * Remembers the policy of the best evaluation. Only one state is kept: a stage that resumes before it makes the same
 * evaluations again, and ends with the same best step.
 */
export class BestModel {
  readonly #context: StageContext;
  readonly #policy: Policy;
  /** What evaluations are compared by; more is better. */
  readonly metric: string;
  #best: Best | undefined;

  constructor(context: StageContext, policy: Policy, metric: string) {
    this.#context = context;
    this.#policy = policy;
    this.metric = metric;
  }

  /** Saves the policy if its value is the highest so far; the earlier of two equals wins. */
  async offer(step: number, value: number): Promise<void> {
    if (this.#best !== undefined && !(value > this.#best.value)) return;
    const saved = await this.#policy.saveState(this.#context.directory.best);
    // A run may be moved: where it keeps the state is not written down.
    this.#best = { step, value, state: saved.kind === 'served' ? saved : { kind: 'directory' } };
  }

  addedTo(state: CursorState): GroupState {
    return this.#best === undefined ? state : { ...state, best: this.#best };
  }

  resume(best: Best | undefined): void {
    this.#best = best;
  }

  /** Takes the policy back to its best evaluation. */
  async restore(): Promise<void> {
    if (this.#best === undefined) {
      this.#context.note(`the last model is kept: no evaluation has ${this.metric}`);
      return;
    }
    const { step, value, state } = this.#best;
    const reference: StateReference =
      state.kind === 'served' ? state : { kind: 'directory', directory: this.#context.directory.best };
    await this.#policy.restoreState(reference);
    this.#context.note(`the model after ${step} steps is kept: ${this.metric} ${value.toPrecision(4)}`);
  }
}
