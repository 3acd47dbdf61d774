/**
 * What is shown of a run, as JSON: the studio answers with it, and its page is written against these types and imports
 * nothing else of the server; reports are made from it.
 */

/** As in run/rollouts.ts, which no browser can read. */
export type RolloutKind = 'step' | 'held-out';

export type StageState = 'waiting' | 'running' | 'stopped' | 'done';

export interface StageView {
  /** Its folder: `03-teach`. */
  readonly folder: string;
  readonly name: string;
  readonly kind: string;
  readonly state: StageState;
  /** Steps or batches done, by its events; and how many there will be, where that is known. */
  readonly done: number;
  readonly of: number | null;
  readonly unit: 'step' | 'batch';
  /** Seconds that processes worked on it. */
  readonly seconds: number;
  readonly hasMetrics: boolean;
  readonly rollouts: readonly { readonly kind: RolloutKind; readonly step: number; readonly bytes: number }[];
  readonly hasTraces: boolean;
  readonly hasAnswers: boolean;
  /** By which estimator of the divergence its reward has r_KL (`k1`); null where it has no such reward, or it is not known. */
  readonly estimator: string | null;
}

export interface RunView {
  /** In addresses; made from where the run lies. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly directory: string;
  /** `running`: a process works in it; `stopped`: some stage is not done. */
  readonly state: 'running' | 'stopped' | 'done';
  /** When something was last written, in milliseconds since 1970. */
  readonly updated: number;
  readonly seconds: number;
  readonly stages: readonly StageView[];
  /** Why it stands still, in words: the error that ended it with its remedy, or an interruption; null where not known. */
  readonly ending: string | null;
  /** What its processes warned of, in words. */
  readonly warnings: readonly string[];
  /** What of its files could not be read, in words. */
  readonly damage: readonly string[];
  /** The last events, the newest first, for people. */
  readonly latest: readonly { readonly time: string; readonly text: string }[];
}

/** Settings in which runs differ; `values` in the order of the runs that were asked for. */
export interface RecipeDifference {
  readonly path: string;
  readonly values: readonly unknown[];
}

/** The metrics of one stage, by column. A step that lacks a metric has null. */
export interface StageMetricsView {
  readonly stage: string;
  readonly steps: readonly number[];
  /** Seconds of work on the stage at the end of each step. */
  readonly seconds: readonly (number | null)[];
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
}

/** What docs/method.md says of a metric. */
export interface MetricGuide {
  readonly what: string;
  readonly healthy: string;
  readonly redFlag: string;
}

/** A sign in the values of a metric that docs/method.md names as a red flag. */
export interface Flag {
  readonly stage: string;
  readonly metric: string;
  readonly step: number;
  readonly message: string;
}

export interface MetricsView {
  readonly stages: readonly StageMetricsView[];
  readonly flags: readonly Flag[];
  /** Stages with a reward and too few steps for red flags, in words. */
  readonly cautions: readonly { readonly stage: string; readonly text: string }[];
}

/** A completion beside the others of its group. */
export interface SampleView {
  readonly sample: number;
  readonly reward: number | null;
  readonly advantage: number | null;
  readonly verdict: string;
  readonly ended: string;
  readonly tokens: number | null;
  readonly parts: Readonly<Record<string, number>>;
  /** The explanation, or the whole completion of a student. */
  readonly text: string;
  readonly answer: string | null;
  /** The largest kl_k: what only someone who knows the solution would write. */
  readonly largestKl: number | null;
  /** Whether its tokens can be looked at. */
  readonly hasTokens: boolean;
}

export interface GroupView {
  readonly problem: number;
  readonly id: string;
  readonly question: string;
  readonly solution: string;
  readonly samples: readonly SampleView[];
}

/** A group in the list of a step. */
export interface GroupSummary {
  readonly problem: number;
  readonly id: string;
  /** Its beginning. */
  readonly question: string;
  readonly samples: number;
  readonly mean: number | null;
  readonly lowest: number | null;
  readonly highest: number | null;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly longest: number | null;
  readonly largestKl: number | null;
  readonly largestAdvantage: number | null;
}

/** The groups of one step, or of a stage that leaves traces. */
export interface GroupsView {
  readonly groups: readonly GroupSummary[];
}

/** Where a problem was recorded. */
export interface ProblemSteps {
  readonly id: string;
  readonly places: readonly { readonly kind: RolloutKind; readonly step: number; readonly problem: number }[];
}

export interface TokenRow {
  readonly tokens: readonly string[];
  readonly values: readonly number[];
}

/** One completion token by token. What its kind of stage does not have is null. */
export interface TokensView {
  readonly id: string;
  readonly question: string;
  readonly solution: string;
  readonly sample: SampleView;
  readonly prompt: string;
  readonly policy: TokenRow | null;
  readonly reference: TokenRow | null;
  readonly teacher: TokenRow | null;
  readonly student: TokenRow | null;
  /** Per token of the explanation, or per piece where teacher and student have different tokens. */
  readonly kl: TokenRow | null;
  readonly solutionWith: TokenRow | null;
  readonly solutionAlone: TokenRow | null;
}

export interface StudentRow {
  readonly student: string;
  /** The same with how its weights are held, where that is in few bits. */
  readonly studentName: string;
  readonly level: string;
  /** What its problems are called: by the level, or by their file where that is the user's own. */
  readonly problemsName: string;
  readonly problems: number;
  readonly samples: number;
  readonly accuracy: number;
  readonly interval: readonly [number, number];
  readonly unparsable: number;
  readonly cut: number;
  readonly tokensPerAnswer: number;
  /** What a reader of the figures has to know, such as that the student was trained on some of the problems. */
  readonly remarks: readonly string[];
}

export interface EvaluationView {
  readonly folder: string;
  readonly stage: string;
  readonly rows: readonly StudentRow[];
}

export interface StudentAnswer {
  readonly sample: number;
  readonly verdict: 'correct' | 'wrong' | 'unparsable';
  readonly answer: string | null;
  readonly reason: string;
  readonly text: string;
}

export interface AnsweredProblem {
  readonly id: string;
  readonly question: string;
  readonly gold: string;
  readonly first: readonly StudentAnswer[];
  readonly second: readonly StudentAnswer[];
}

export interface AnswersView {
  readonly problems: readonly AnsweredProblem[];
  readonly total: number;
  /** What of the answers could not be read, in words. */
  readonly damage: string | null;
}

/** An event of the live stream: which runs have changed, by id. */
export interface ChangeEvent {
  readonly changed: readonly string[];
  /** Whether runs have come or gone. */
  readonly list: boolean;
}

/**
 * A recorded step by its number for people, who count from 1; files and addresses count from 0. Held-out problems are asked
 * between steps, and go by the number of those that are done.
 */
export const shownStep = (kind: RolloutKind | 'traces', step: number): number => (kind === 'step' ? step + 1 : step);
