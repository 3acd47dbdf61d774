/**
 * Recorded rollouts: what reinforcement learning sampled, one Parquet file per recorded step.
 *
 *     rollouts/NN-name/step-000012.parquet    in the run directory, one row per completion
 *
 * They are a record and not an artifact: no stage reads them, no manifest names them, and they may be deleted. Files are
 * written whole, and those after a checkpoint are removed when its stage resumes, so that a run that was killed ends
 * with the files of one that was not.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParquetColumn } from '../data/files/parquet-writer.js';
import { InputError } from '../errors.js';
import { isUnfinished, writeFileAtomically } from '../storage.js';
import { isAbsence, storageError } from '../system-errors.js';

export const ROLLOUTS_FOLDER = 'rollouts';

/** What was sampled: completions of training, or of the held-out problems of an evaluation during training. */
export type RolloutKind = 'step' | 'held-out';

/** A list of numbers, one per token. */
type PerToken = readonly number[] | Float32Array;

/** One completion with everything that its reward and its gradient were computed from. */
export interface Rollout {
  /** From 0. */
  readonly step: number;
  /** Index of the problem in the batch of its step. */
  readonly problem: number;
  /** Index of the completion in its group. */
  readonly sample: number;
  readonly id: string;
  readonly question: string;
  readonly solution: string;
  /** As the policy read it, control tokens included. */
  readonly prompt: string;
  readonly completion: string;
  /** `stop`: a stop id was sampled; `length`: the limit of tokens was reached; `context`: the context was full. */
  readonly ended: string;
  /** `explained` or `unended` of an explanation; `right`, `wrong` or `malformed` of an answer. */
  readonly verdict: string;
  readonly reward: number;
  /** Absent for held-out problems, which train nothing. */
  readonly advantage?: number;
  /** The parts of the reward by name, before their coefficients. */
  readonly parts: Readonly<Record<string, number>>;
  /** The ids that were sampled, the text of each, and log p under policy and reference at the sampling temperature. */
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  readonly policyLogProbs?: PerToken | undefined;
  readonly referenceLogProbs?: PerToken | undefined;
  /** The answer that was graded. */
  readonly answer?: string | undefined;
  /** The explanation as it was read from the completion. */
  readonly explanation?: string;
  /** Tokens of the explanation as the teacher wrote it, with log p_T(t_k | q, s, t_<k) at the reward's temperature. */
  readonly teacherTokens?: readonly string[];
  readonly teacherLogProbs?: PerToken;
  /** Tokens of the explanation as the student reads it, with log p_S(t_k | q, t_<k). */
  readonly studentTokens?: readonly string[];
  readonly studentLogProbs?: PerToken;
  /** kl_k of each token, or of each piece where the two tokenizers differ. */
  readonly kl?: PerToken;
  /** Tokens of the solution as the student reads it, with log p_S(s_k | q, t, s_<k). */
  readonly solutionTokens?: readonly string[];
  readonly solutionLogProbs?: PerToken;
  /** log p_S(s_k | q, s_<k): the same behind an empty explanation. */
  readonly solutionAloneLogProbs?: PerToken;
}

const COLUMNS = [
  { name: 'step', type: 'integer' },
  { name: 'problem', type: 'integer' },
  { name: 'sample', type: 'integer' },
  { name: 'id', type: 'text' },
  { name: 'question', type: 'text' },
  { name: 'solution', type: 'text' },
  { name: 'prompt', type: 'text' },
  { name: 'completion', type: 'text' },
  { name: 'ended', type: 'text' },
  { name: 'verdict', type: 'text' },
  { name: 'reward', type: 'number' },
  { name: 'advantage', type: 'number' },
  { name: 'parts', type: 'json' },
  { name: 'ids', type: 'integers' },
  { name: 'tokens', type: 'texts' },
  { name: 'policyLogProbs', type: 'floats' },
  { name: 'referenceLogProbs', type: 'floats' },
  { name: 'answer', type: 'text' },
  { name: 'explanation', type: 'text' },
  { name: 'teacherTokens', type: 'texts' },
  { name: 'teacherLogProbs', type: 'floats' },
  { name: 'studentTokens', type: 'texts' },
  { name: 'studentLogProbs', type: 'floats' },
  { name: 'kl', type: 'floats' },
  { name: 'solutionTokens', type: 'texts' },
  { name: 'solutionLogProbs', type: 'floats' },
  { name: 'solutionAloneLogProbs', type: 'floats' },
] as const satisfies readonly (ParquetColumn & { readonly name: keyof Rollout })[];

/** Beside the rows of a file: the ids of its problems. */
const PROBLEMS_KEY = 'rlt.problems';

function problemsIn(rows: readonly Rollout[]): readonly string[] {
  const ids: string[] = [];
  for (const { problem, id } of rows) ids[problem] = id;
  return ids;
}

const NAME = /^(step|held-out)-(\d{6,})\.parquet$/;

export const rolloutFile = (kind: RolloutKind, step: number): string =>
  `${kind}-${String(step).padStart(6, '0')}.parquet`;

/** Kind and step in the name of a file of rollouts; undefined for another file. */
export function rolloutFileOf(name: string): { readonly kind: RolloutKind; readonly step: number } | undefined {
  const [, kind, step] = NAME.exec(name) ?? [];
  if (kind !== 'step' && kind !== 'held-out') return undefined;
  return { kind, step: Number(step) };
}

/** The settings of recording, as a recipe has them. */
export interface RecordingSettings {
  /** Steps from one recorded step to the next; the last step is recorded too. */
  readonly every: number;
  /** Most problems recorded per step; null for all. */
  readonly problems: number | null;
  readonly maxMegabytes: number;
}

const MEGABYTE = 1e6;
/** Share of the limit that may be used from the first step on, so that a run's beginning is recorded. */
const AT_ONCE = 0.1;
/** Of a file beside its rows: its schema, and where its columns lie. */
const FILE_BYTES = 8_000;
const ROW_BYTES = 300;
/** An upper bound: a token has its id, five log-probs and the index of its text in three columns, and letters. */
const TOKEN_BYTES = 48;
const LETTER_BYTES = 8;

/**
 * An upper bound on what the completions of a problem take in a file.
 * @param letters of the prompt
 * @param tokens of all completions together
 */
export const groupBytes = (letters: number, completions: number, tokens: number): number =>
  letters + completions * (ROW_BYTES + letters * LETTER_BYTES) + tokens * TOKEN_BYTES;

/** Measured on the quickstart: what files take of that upper bound. */
const USUAL_SHARE = 0.5;

/** What recording is expected to take, for the plan. */
export interface PlannedRecording {
  /** Steps from one recorded step to the next. */
  readonly every: number;
  readonly bytes: number;
  /** Of the recorded steps' problems. */
  readonly share: number;
}

/** What recording is expected to take. */
export function plannedRecording(
  { every, problems, maxMegabytes }: RecordingSettings,
  run: { readonly steps: number; readonly prompts: number; readonly bytesPerProblem: number },
): PlannedRecording {
  const recorded = Math.ceil(run.steps / every) + ((run.steps - 1) % every === 0 ? 0 : 1);
  const wanted = Math.min(run.prompts, problems ?? run.prompts);
  const whole = recorded * (FILE_BYTES + wanted * run.bytesPerProblem * USUAL_SHARE);
  const limit = maxMegabytes * MEGABYTE;
  return { every, bytes: Math.min(whole, limit), share: Math.min(1, limit / whole) * (wanted / run.prompts) };
}

interface Waiting {
  readonly kind: RolloutKind;
  readonly step: number;
  readonly rows: () => readonly Rollout[];
}

/**
 * Writes the rollouts of one stage within its share of the disk. What is recorded depends on the recipe and on what was
 * recorded before, and not on when a run was stopped.
 */
export class RolloutRecorder {
  readonly #directory: string;
  readonly #settings: RecordingSettings;
  readonly #steps: number;
  readonly #waiting: Waiting[] = [];
  /** Bytes of the files so far; unknown until something is to be recorded, when files of later steps are gone. */
  #used: number | undefined;
  /** Of the files that are being written, one after the other. */
  #written: Promise<void> = Promise.resolve();

  /** The record of a stage of `steps` steps. */
  constructor(directory: string, settings: RecordingSettings, steps: number) {
    this.#directory = directory;
    this.#settings = settings;
    this.#steps = steps;
  }

  /**
   * How many of a step's problems to record, the first of the batch, given the upper bounds on their bytes. A tenth of
   * the limit may be used at once, the rest evenly over the run; what one step leaves is there for the next. Waits until
   * earlier steps are written: what they take is known then.
   */
  async problems(step: number, bytes_P: readonly number[]): Promise<number> {
    const { every, problems } = this.#settings;
    if (step % every !== 0 && step !== this.#steps - 1) return 0;
    return await this.#fitting(step, bytes_P.slice(0, problems ?? bytes_P.length));
  }

  /** As `problems`, of the held-out problems that are evaluated before a step: as many as there is room for. */
  async heldOutProblems(step: number, bytes_P: readonly number[]): Promise<number> {
    return await this.#fitting(step, bytes_P);
  }

  async #fitting(step: number, bytes_P: readonly number[]): Promise<number> {
    await this.flush();
    this.#used ??= await bytesIn(this.#directory);
    const share = Math.min(1, AT_ONCE + ((1 - AT_ONCE) * (step + 1)) / this.#steps);
    let room = this.#settings.maxMegabytes * MEGABYTE * share - this.#used - FILE_BYTES;
    const first = bytes_P.findIndex((bytes) => {
      room -= bytes;
      return room < 0;
    });
    return first < 0 ? bytes_P.length : first;
  }

  /** Takes the rows of a step, which are made when `flush` writes them. */
  add(kind: RolloutKind, step: number, rows: () => readonly Rollout[]): void {
    this.#waiting.push({ kind, step, rows });
  }

  /**
   * The result of work that is under way, once what was added before is written too: while an engine computes, this thread
   * has nothing else to do.
   * @throws what the work throws, else what the writing throws, when both have ended
   */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    const [done, written] = await Promise.allSettled([work, this.flush()]);
    if (done.status === 'rejected') throw done.reason;
    if (written.status === 'rejected') throw written.reason;
    return done.value;
  }

  /** Writes what was added, one file per step, none without rows: while an engine computes, this costs a run next to nothing. */
  flush(): Promise<void> {
    this.#written = this.#written.then(() => this.#write());
    return this.#written;
  }

  async #write(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const rows = next.rows();
      if (rows.length === 0) continue;
      const file = join(this.#directory, rolloutFile(next.kind, next.step));
      const { parquetBytes } = await import('../data/files/parquet-writer.js');
      const texts = new Map([[PROBLEMS_KEY, JSON.stringify(problemsIn(rows))]]);
      const bytes = parquetBytes(COLUMNS, rows, { file, texts });
      await writeFileAtomically(file, bytes);
      if (this.#used !== undefined) this.#used += bytes.length;
    }
  }
}

async function bytesIn(directory: string): Promise<number> {
  let bytes = 0;
  for (const name of await recordedFiles(directory)) bytes += (await stat(join(directory, name))).size;
  return bytes;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (cause) {
    if (isAbsence(cause)) return [];
    throw storageError('read', directory, cause);
  }
}

/** The files of rollouts in the folder of a stage, in the order of their names; none where it is absent. */
export async function recordedFiles(directory: string): Promise<readonly string[]> {
  return (await namesIn(directory)).filter((name) => rolloutFileOf(name) !== undefined);
}

/** The ids of the problems that a file holds, by their index in the batch; only the end of the file is read. */
export async function recordedProblems(file: string): Promise<readonly string[]> {
  const { readParquetTexts } = await import('../data/files/parquet.js');
  const text = (await readParquetTexts(file)).get(PROBLEMS_KEY);
  let ids: unknown;
  try {
    ids = text === undefined ? [] : JSON.parse(text);
  } catch (cause) {
    throw new InputError('the list of problems in it is not valid JSON', { file, cause });
  }
  return Array.isArray(ids) ? ids.map(String) : [];
}

/** Removes the files of a stage from step `from` on: these steps are computed, and recorded, again. */
export async function cutRollouts(directory: string, from: number): Promise<void> {
  for (const name of await namesIn(directory)) {
    const isLater = (rolloutFileOf(name)?.step ?? -1) >= from;
    if (isLater || isUnfinished(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}
