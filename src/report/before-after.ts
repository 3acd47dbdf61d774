/** What a teacher wrote for the same problem early and late in its reinforcement learning. */
import { join } from 'node:path';
import { rewardChangeText } from '../pipeline/reward-change.js';
import {
  type Explained,
  type ExplanationPair,
  explainedTwice,
  explanationPairs,
  middleOf,
} from '../pipeline/summary.js';
import { differenceTexts } from '../recipe/differences.js';
import { type GroupView, type RunView, type SampleView, type StageView, shownStep } from '../views/api.js';
import { groupView, problemsOf } from '../views/groups.js';
import { type RecordedRecipe, recipeOf } from '../views/run-view.js';
import type { Unreadable } from '../views/unreadable.js';

/** The completions of a group, or the explanations of a problem by a stage that explains. */
export interface Side {
  /** `step 3`, or the name of a stage. */
  readonly when: string;
  /** Mean reward of all of them. */
  readonly mean: number | null;
  readonly count: number;
  /** The completion whose reward is in the middle of its group, or the one that was kept. */
  readonly text: string;
  readonly reward: number | null;
  /** Of its reward. */
  readonly estimator: string | null;
  readonly ended: boolean;
}

export interface BeforeAfter {
  readonly stage: string;
  readonly id: string;
  readonly question: string;
  readonly solution: string;
  readonly before: Side;
  readonly after: Side;
}

/** Longer texts are cut; the rollouts have all of them. */
const MOST_CHARACTERS = 4000;
/** Recorded steps that are looked at from each end. */
const MOST_STEPS = 100;

const cut = (text: string): string => (text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text);

interface Span {
  readonly id: string;
  readonly first: { readonly step: number; readonly problem: number };
  readonly last: { readonly step: number; readonly problem: number };
}

/** The problems that were recorded in several steps, those with the most steps in between first. */
async function spansIn(run: string, folder: string, kind: Kind, steps: readonly number[], unreadable: Unreadable) {
  const looked = steps.length > 2 * MOST_STEPS ? [...steps.slice(0, MOST_STEPS), ...steps.slice(-MOST_STEPS)] : steps;
  const spans = new Map<string, Span>();
  for (const step of looked)
    for (const [problem, id] of (
      await unreadable.attempt(() => problemsOf({ run, folder, kind, step }), [])
    ).entries()) {
      const last = { step, problem };
      spans.set(id, { id, first: spans.get(id)?.first ?? last, last });
    }
  const length = ({ first, last }: Span): number => last.step - first.step;
  return [...spans.values()].filter((span) => length(span) > 0).sort((a, b) => length(b) - length(a));
}

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((total, value) => total + value, 0) / values.length;

const isWhole = ({ verdict }: SampleView): boolean => !['unended', 'malformed'].includes(verdict);

function sideOf(when: string, { samples }: GroupView, estimator: string | null): Side | undefined {
  const middle = middleOf(samples);
  if (middle === undefined) return undefined;
  return {
    when,
    mean: meanOf(samples.flatMap(({ reward }) => reward ?? [])),
    count: samples.length,
    text: cut(middle.text),
    reward: middle.reward,
    estimator,
    ended: isWhole(middle),
  };
}

type Kind = 'step' | 'held-out';

const stepsOf = (stage: StageView, kind: Kind): readonly number[] =>
  stage.rollouts.filter((file) => file.kind === kind).map(({ step }) => step);

/** Held-out problems are the same in every evaluation; those of training rarely come twice. */
const kindOf = (stage: StageView): Kind => (stepsOf(stage, 'held-out').length > 1 ? 'held-out' : 'step');

async function recordedPairs(
  run: string,
  stage: StageView,
  kind: Kind,
  most: number,
  unreadable: Unreadable,
): Promise<readonly BeforeAfter[]> {
  const place = { of: 'rollouts', run, folder: stage.folder, kind } as const;
  const pairs: BeforeAfter[] = [];
  const spans = await spansIn(run, stage.folder, kind, stepsOf(stage, kind), unreadable);
  for (const { id, first, last } of spans) {
    if (pairs.length === most) break;
    const [early, late] = [
      await unreadable.attempt(() => groupView({ ...place, step: first.step }, first.problem), undefined),
      await unreadable.attempt(() => groupView({ ...place, step: last.step }, last.problem), undefined),
    ];
    const [before, after] = [
      early && sideOf(`step ${shownStep(kind, first.step)}`, early, stage.estimator),
      late && sideOf(`step ${shownStep(kind, last.step)}`, late, stage.estimator),
    ];
    if (early === undefined || before === undefined || after === undefined) continue;
    const { question, solution } = early;
    pairs.push({ stage: stage.name, id, question: cut(question), solution: cut(solution), before, after });
  }
  return pairs;
}

/** Explanations of the same problems by stages before and after a teach stage. */
async function explainedIn(run: string, stages: readonly StageView[]): Promise<readonly ExplanationPair[]> {
  const recipe = await recipeOf(run);
  const folders = new Map(stages.flatMap(({ name, folder, state }) => (state === 'done' ? [[name, folder]] : [])));
  return explanationPairs(recipe?.stages ?? [], (name) => {
    const folder = folders.get(name);
    return folder === undefined ? undefined : join(run, 'stages', folder);
  });
}

function explainedPair({ id, question, solution, before, after }: ExplanationPair): BeforeAfter {
  const side = (when: string, { text, isWhole, reward, rewards, choice, estimator }: Explained): Side => ({
    when: choice === undefined ? when : `${when}, ${choice}`,
    mean: meanOf(rewards),
    count: Math.max(1, rewards.length),
    text: cut(text),
    reward: reward ?? null,
    estimator: estimator ?? null,
    ended: isWhole,
  });
  return {
    stage: 'explain',
    id,
    question: cut(question),
    solution: cut(solution),
    before: side('before RL', before),
    after: side('after RL', after),
  };
}

export interface BeforeAfters {
  readonly pairs: readonly BeforeAfter[];
  /** Which problems and completions they are, in words. */
  readonly rule: string;
  /** What reinforcement did to the rewards of all that stages explain, in words. */
  readonly change: string | undefined;
}

const OF_GROUPS = 'Of each group it is the completion whose reward is in the middle.';
const RULES = {
  'held-out': `Held-out problems in the first and the last evaluation that has them. ${OF_GROUPS}`,
  step: `Problems that two steps of training have in common, those with the most steps in between. ${OF_GROUPS}`,
  explained: 'The first problems that the teacher explained before and after its reinforcement learning.',
} as const;

/** That explain stages reward otherwise than the teach stage between them, whose curve stands on the same page. */
function otherRewards(stages: RecordedRecipe['stages']): string {
  const [found] = explainedTwice(stages);
  if (found === undefined) return '';
  const { taught, before, after } = found;
  const notes = [before, after].flatMap(({ name, reward }) => {
    if (reward === undefined || taught.reward === undefined) return [];
    const settings = differenceTexts(reward, taught.reward, 'reward', `${taught.name}:`);
    return settings.length === 0 ? [] : [`${name} has ${settings.join(', ')}`];
  });
  if (notes.length === 0) return '';
  return ` Their rewards do not compare with those of ${taught.name}: ${notes.join('; ')}.`;
}

/** At most `most` problems of the first stage that recorded some twice, else of stages that explain. Files that cannot be read are noted. */
export async function beforeAfter(run: RunView, most: number, unreadable: Unreadable): Promise<BeforeAfters> {
  const explained = await unreadable.attempt(() => explainedIn(run.directory, run.stages), []);
  const change = rewardChangeText(explained);
  for (const stage of run.stages) {
    const kind = kindOf(stage);
    const pairs = await recordedPairs(run.directory, stage, kind, most, unreadable);
    if (pairs.length > 0) return { pairs, rule: RULES[kind], change };
  }
  const pairs = explained.slice(0, most).map(explainedPair);
  const hasRewards = pairs.some(({ before, after }) => before.reward !== null || after.reward !== null);
  const others = hasRewards ? otherRewards((await recipeOf(run.directory))?.stages ?? []) : '';
  return { pairs, rule: `${RULES.explained}${others}`, change };
}
