/** Completions by their problems: recorded rollouts, or the traces of a stage that explains or scores. */
import { join } from 'node:path';
import { z } from 'zod';
import { readParquet } from '../data/files/parquet.js';
import type { Trace } from '../data/trace.js';
import { readTraces } from '../data/trace-file.js';
import {
  ROLLOUTS_FOLDER,
  type RolloutKind,
  recordedFiles,
  recordedProblems,
  rolloutFile,
  rolloutFileOf,
} from '../run/rollouts.js';
import { TRACES_FILE } from '../stages/explain.js';
import type { GroupSummary, GroupView, ProblemSteps, SampleView, TokenRow, TokensView } from './api.js';
import { Recent } from './recent.js';
import { requireShape } from './unreadable.js';

const numbers = z.array(z.number()).nullish();
const texts = z.array(z.string()).nullish();
const plainColumns = {
  step: z.number(),
  problem: z.number(),
  sample: z.number(),
  id: z.string(),
  question: z.string(),
  solution: z.string(),
  completion: z.string(),
  ended: z.string(),
  verdict: z.string(),
  reward: z.number(),
  advantage: z.number().nullish(),
  parts: z.record(z.string(), z.number()).nullish(),
  answer: z.string().nullish(),
  explanation: z.string().nullish(),
};
/** Rollouts are read from files, which anybody may have made. */
const plainRow = z.object(plainColumns);
const wholeColumns = {
  ...plainColumns,
  prompt: z.string(),
  tokens: texts,
  policyLogProbs: numbers,
  referenceLogProbs: numbers,
  teacherTokens: texts,
  teacherLogProbs: numbers,
  studentTokens: texts,
  studentLogProbs: numbers,
  kl: numbers,
  solutionTokens: texts,
  solutionLogProbs: numbers,
  solutionAloneLogProbs: numbers,
};
const wholeRow = z.object(wholeColumns);
type PlainRow = z.output<typeof plainRow>;
type WholeRow = z.output<typeof wholeRow>;

async function rowsOf(file: string, columns: object): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for await (const { value } of readParquet(file, {}, Object.keys(columns))) rows.push(value);
  return rows;
}

/** Few at a time: a file may hold tens of megabytes. */
const plainFiles = new Recent(4, async (file) =>
  (await rowsOf(file, plainColumns)).map((row) => requireShape(plainRow, row, file)),
);
/** Rows as they stand in the file: to check the numbers of all tokens takes as long as to read them, and one row is shown. */
const wholeFiles = new Recent(2, (file) => rowsOf(file, wholeColumns));
const placedRow = z.looseObject({ problem: z.number(), sample: z.number() });
const traceFiles = new Recent(4, (file) => readTraces(file));
const problemLists = new Recent(4096, recordedProblems);

interface RecordedStep {
  readonly run: string;
  readonly folder: string;
  readonly kind: RolloutKind;
  readonly step: number;
}

/** Which completions are meant: those of a step, or the traces that a stage left. */
export type Source =
  | ({ readonly of: 'rollouts' } & RecordedStep)
  | { readonly of: 'traces'; readonly run: string; readonly folder: string };

const rolloutsFolder = (run: string, folder: string): string => join(run, ROLLOUTS_FOLDER, folder);

function rolloutSample(row: PlainRow, tokens: number | null): SampleView {
  const { sample, reward, advantage = null, verdict, ended, explanation, completion, answer = null } = row;
  const parts = row.parts ?? {};
  return {
    sample,
    reward,
    advantage,
    verdict,
    ended,
    tokens,
    parts,
    text: explanation ?? completion,
    answer,
    largestKl: parts['kl/max'] ?? null,
    hasTokens: true,
  };
}

function traceSample({ explanation, ended, tokens, sample = 0, reward }: Trace): SampleView {
  return {
    sample,
    reward: reward?.total ?? null,
    advantage: null,
    verdict: ended === 'stop' ? 'explained' : 'unended',
    ended,
    tokens: tokens ?? null,
    parts: reward ?? {},
    text: explanation,
    answer: null,
    largestKl: reward?.['kl/max'] ?? null,
    hasTokens: false,
  };
}

async function groupsIn(source: Source): Promise<readonly GroupView[]> {
  const groups = new Map<string, GroupView & { readonly samples: SampleView[] }>();
  const groupOf = (key: string, own: Omit<GroupView, 'samples' | 'problem'>, problem = groups.size) => {
    const group = groups.get(key) ?? { ...own, problem, samples: [] };
    groups.set(key, group);
    return group;
  };
  if (source.of === 'traces') {
    const traces = (await traceFiles.of(join(source.run, 'stages', source.folder, TRACES_FILE))) ?? [];
    for (const trace of traces) {
      const { id, question, solution } = trace;
      groupOf(`${id}\n${question}`, { id, question, solution }).samples.push(traceSample(trace));
    }
  } else {
    const file = join(rolloutsFolder(source.run, source.folder), rolloutFile(source.kind, source.step));
    for (const row of (await plainFiles.of(file)) ?? []) {
      const { id, question, solution, problem } = row;
      groupOf(String(problem), { id, question, solution }, problem).samples.push(rolloutSample(row, null));
    }
  }
  return [...groups.values()];
}

const SNIPPET = 160;

function summaryOf({ problem, id, question, samples }: GroupView): GroupSummary {
  const known = (value: (sample: SampleView) => number | null): readonly number[] =>
    samples.flatMap((sample) => value(sample) ?? []);
  const rewards = known(({ reward }) => reward);
  const most = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.max(...values));
  const verdicts: Record<string, number> = {};
  for (const { verdict } of samples) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  return {
    problem,
    id,
    question: question.length > SNIPPET ? `${question.slice(0, SNIPPET)}…` : question,
    samples: samples.length,
    mean: rewards.length === 0 ? null : rewards.reduce((total, reward) => total + reward, 0) / rewards.length,
    lowest: rewards.length === 0 ? null : Math.min(...rewards),
    highest: most(rewards),
    verdicts,
    longest: most(samples.map(({ text }) => text.length)),
    largestKl: most(known(({ largestKl }) => largestKl)),
    largestAdvantage: most(known(({ advantage }) => advantage).map(Math.abs)),
  };
}

/** The groups of a source; with `search`, those in which a text holds it. */
export async function groupSummaries(source: Source, search: string): Promise<readonly GroupSummary[]> {
  const wanted = search.toLowerCase();
  const holds = (text: string): boolean => text.toLowerCase().includes(wanted);
  return (await groupsIn(source))
    .filter(
      ({ id, question, solution, samples }) =>
        wanted === '' || [id, question, solution].some(holds) || samples.some(({ text }) => holds(text)),
    )
    .map(summaryOf);
}

/** One group, its completions by reward, the best first. */
export async function groupView(source: Source, problem: number): Promise<GroupView | undefined> {
  const group = (await groupsIn(source)).find((one) => one.problem === problem);
  if (group === undefined) return undefined;
  const byReward = (sample: SampleView): number => -(sample.reward ?? Number.NEGATIVE_INFINITY);
  return { ...group, samples: [...group.samples].sort((a, b) => byReward(a) - byReward(b) || a.sample - b.sample) };
}

/** In which steps of a stage a problem was recorded. */
export async function problemSteps(run: string, folder: string, id: string): Promise<ProblemSteps> {
  const places: { kind: RolloutKind; step: number; problem: number }[] = [];
  const directory = rolloutsFolder(run, folder);
  for (const name of await recordedFiles(directory)) {
    const file = rolloutFileOf(name);
    const problem = (await problemLists.of(join(directory, name)))?.indexOf(id) ?? -1;
    if (file !== undefined && problem >= 0) places.push({ ...file, problem });
  }
  return { id, places: places.sort((a, b) => a.step - b.step) };
}

/** The ids of the problems of a recorded step, by their index in its batch; only the end of the file is read. */
export async function problemsOf({ run, folder, kind, step }: RecordedStep): Promise<readonly string[]> {
  return (await problemLists.of(join(rolloutsFolder(run, folder), rolloutFile(kind, step)))) ?? [];
}

const rowOf = (
  tokens: readonly string[] | null | undefined,
  values: readonly number[] | null | undefined,
): TokenRow | null => (tokens == null || values == null || tokens.length !== values.length ? null : { tokens, values });

function tokensOf(row: WholeRow): TokensView {
  const { id, question, solution, prompt } = row;
  // Where teacher and student have the same tokens, kl_k is per token; pieces have no text of their own here.
  return {
    id,
    question,
    solution,
    prompt,
    sample: rolloutSample(row, row.tokens?.length ?? null),
    policy: rowOf(row.tokens, row.policyLogProbs),
    reference: rowOf(row.tokens, row.referenceLogProbs),
    teacher: rowOf(row.teacherTokens, row.teacherLogProbs),
    student: rowOf(row.studentTokens, row.studentLogProbs),
    kl: rowOf(row.studentTokens, row.kl),
    solutionWith: rowOf(row.solutionTokens, row.solutionLogProbs),
    solutionAlone: rowOf(row.solutionTokens, row.solutionAloneLogProbs),
  };
}

/** A recorded completion token by token. */
export async function tokensView(
  { run, folder, kind, step }: Extract<Source, { of: 'rollouts' }>,
  problem: number,
  sample: number,
): Promise<TokensView | undefined> {
  const file = join(rolloutsFolder(run, folder), rolloutFile(kind, step));
  const rows = (await wholeFiles.of(file)) ?? [];
  const row = rows.find((one) => {
    const { data: place } = placedRow.safeParse(one);
    return place?.problem === problem && place.sample === sample;
  });
  return row === undefined ? undefined : tokensOf(requireShape(wholeRow, row, file));
}
