/** The completions of one problem side by side, by reward; a slider goes through the steps. */
import { useEffect, useState } from 'preact/hooks';
import {
  type GroupSummary,
  type GroupView,
  type ProblemSteps,
  type RunView,
  type SampleView,
  shownStep,
} from '../../src/views/api.js';
import { rewardName } from '../parts/estimators.js';
import { asInTheBatch, useGroup } from '../parts/group-choice.js';
import { plural, short, signed } from '../parts/numbers.js';
import { largestTerm, RewardBars } from '../parts/reward-bars.js';
import { SearchField } from '../parts/search-field.js';
import { Select } from '../parts/select.js';
import { Nothing, Shown } from '../parts/shown.js';
import { type Choice, ChoiceBar, moveStep, pathOf, useChoice } from '../parts/stage-choice.js';
import { RichText } from '../parts/text.js';
import { useKeys } from '../state/keys.js';
import { adjust, changed, go, hrefOf, useRoute } from '../state/route.js';
import { changes, useAnswer } from '../state/server.js';
import { useStore } from '../state/store.js';

const FLAWED: readonly string[] = ['unended', 'malformed'];

const ORDERS = {
  batch: { text: 'as in the batch', value: asInTheBatch },
  unfinished: {
    text: 'most unfinished first',
    value: ({ verdicts }: GroupSummary) => FLAWED.reduce((total, verdict) => total + (verdicts[verdict] ?? 0), 0),
  },
  leaked: {
    text: 'largest kl_k first (leaks)',
    value: ({ largestKl }: GroupSummary) => largestKl ?? Number.NEGATIVE_INFINITY,
  },
  longest: { text: 'longest first', value: ({ longest }: GroupSummary) => longest ?? 0 },
  advantage: { text: 'largest advantage first', value: ({ largestAdvantage }: GroupSummary) => largestAdvantage ?? 0 },
  best: { text: 'highest mean reward first', value: ({ mean }: GroupSummary) => mean ?? Number.NEGATIVE_INFINITY },
  worst: { text: 'lowest mean reward first', value: ({ mean }: GroupSummary) => -(mean ?? Number.NEGATIVE_INFINITY) },
} as const;
type Order = keyof typeof ORDERS;
const isOrder = (name: string | undefined): name is Order => name !== undefined && name in ORDERS;

/** A value that follows another after a moment, so that each letter of a search asks nothing. */
function useLater<Value>(value: Value, delayMs: number): Value {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return later;
}

const verdictText = (verdicts: GroupSummary['verdicts']): string =>
  Object.entries(verdicts)
    .filter(([verdict]) => verdict !== 'explained')
    .map(([verdict, count]) => `${count} ${verdict}`)
    .join(', ');

function GroupList({
  groups,
  problem,
}: {
  readonly groups: readonly GroupSummary[];
  readonly problem: number | undefined;
}) {
  return (
    <ul class="list" aria-label="problems">
      {groups.map((group) => (
        <li key={group.problem}>
          <button
            type="button"
            class="item"
            aria-current={group.problem === problem ? 'true' : undefined}
            onClick={() => adjust({ problem: group.problem })}
          >
            <span class="snippet">{group.question}</span>
            <span class="muted facts">
              <span>mean {short(group.mean)}</span>
              <span>{verdictText(group.verdicts)}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function SampleCard({
  sample,
  estimator,
  largest,
  href,
}: {
  readonly sample: SampleView;
  readonly estimator: string | null;
  readonly largest: number;
  readonly href: string | undefined;
}) {
  const { reward, advantage, verdict, ended, text, answer, parts } = sample;
  const isBlank = text.trim() === '';
  return (
    <article class={`sample ${verdict}`} data-sample={sample.sample}>
      <header>
        <h3>
          {reward === null ? (
            'no reward'
          ) : (
            <>
              {rewardName(estimator)} <b>{short(reward)}</b>
            </>
          )}
        </h3>
      </header>
      <p class="badges">
        {advantage === null ? null : <span class="muted">advantage {signed(advantage)}</span>}
        {verdict === 'explained' && isBlank ? null : <span class={`badge verdict ${verdict}`}>{verdict}</span>}
        {ended === 'stop' ? null : <span class="badge stopped">cut: {ended}</span>}
        {isBlank ? <span class="badge stopped">blank</span> : null}
        {answer === null ? null : <span class="badge">answer {answer}</span>}
        {href === undefined ? null : <a href={href}>tokens</a>}
      </p>
      <RewardBars parts={parts} largest={largest} />
      <div class="body">
        <RichText text={text} />
      </div>
    </article>
  );
}

/** The steps in which the same problem was recorded, to follow it through training. */
function SameProblem({ choice, id }: { readonly choice: Choice; readonly id: string }) {
  const steps = useAnswer<ProblemSteps>(
    choice.source === 'traces' ? null : `${pathOf(choice, 'problem')}?id=${encodeURIComponent(id)}`,
  );
  const places = steps.answer?.places ?? [];
  if (places.length < 2) return null;
  return (
    <p class="places">
      <span class="muted">This problem at step</span>
      {places.map(({ kind, step, problem }) => (
        <button
          key={`${kind}${step}`}
          type="button"
          class="chip"
          aria-current={kind === choice.source && step === choice.step ? 'true' : undefined}
          onClick={() => adjust({ source: kind, step, problem })}
        >
          {shownStep(kind, step)}
        </button>
      ))}
    </p>
  );
}

function Group({ choice, group }: { readonly choice: Choice; readonly group: GroupView }) {
  const { params } = useRoute();
  const largest = largestTerm(group.samples);
  return (
    <section class="group" aria-label="completions of the problem">
      <div class="problem">
        <p>
          <span class="muted">Question</span> <RichText text={group.question} />
        </p>
        <p>
          <span class="muted">Solution</span> <RichText text={group.solution} />
        </p>
        <SameProblem choice={choice} id={group.id} />
      </div>
      <div class="samples">
        {group.samples.map((sample) => (
          <SampleCard
            key={sample.sample}
            sample={sample}
            estimator={choice.stage.estimator}
            largest={largest}
            href={
              sample.hasTokens
                ? hrefOf(
                    'tokens',
                    changed(params, {
                      stage: choice.stage.folder,
                      source: choice.source,
                      step: choice.step,
                      problem: group.problem,
                      sample: sample.sample,
                    }),
                  )
                : undefined
            }
          />
        ))}
      </div>
    </section>
  );
}

export function GroupsPage({ chosen }: { readonly chosen: readonly RunView[] }) {
  const choice = useChoice(chosen);
  if (choice === undefined) {
    return (
      <Nothing>
        This run has no rollouts or traces yet. Stages of the kinds teach and reinforce record them, unless rollouts:
        null was set.
      </Nothing>
    );
  }
  return <Groups choice={choice} />;
}

function Groups({ choice }: { readonly choice: Choice }) {
  const { params } = useRoute();
  const version = useStore(changes).get(choice.run.id) ?? 0;
  const search = useLater(params.search ?? '', 250);
  const order = isOrder(params.order) ? params.order : 'batch';
  const { list, groups, problem, group } = useGroup(choice, {
    search,
    version: choice.source === 'traces' ? version : 0,
    value: ORDERS[order].value,
  });
  const place = groups.findIndex((one) => one.problem === problem);
  const moveProblem = (by: number): void => {
    const next = groups[place + by];
    if (next !== undefined) adjust({ problem: next.problem });
  };
  const openTokens = (): void => {
    const best = group.answer?.samples[0];
    if (best?.hasTokens === true && problem !== undefined)
      go(
        'tokens',
        changed(params, {
          stage: choice.stage.folder,
          source: choice.source,
          step: choice.step,
          problem,
          sample: best.sample,
        }),
      );
  };
  useKeys({
    ',': () => moveStep(choice, -1),
    '.': () => moveStep(choice, 1),
    j: () => moveProblem(1),
    k: () => moveProblem(-1),
    o: openTokens,
  });
  return (
    <>
      <form class="toolbar" onSubmit={(event) => event.preventDefault()}>
        <ChoiceBar choice={choice} />
        <Select
          label="Problems"
          value={order}
          options={Object.entries(ORDERS).map(([value, { text }]) => ({ value, text }))}
          onChange={(value) => adjust({ order: value, problem: null })}
        />
        <SearchField
          label="Search"
          placeholder="in questions and completions"
          value={params.search ?? ''}
          onInput={(search) => adjust({ search })}
        />
        <output class="muted">{list.answer === undefined ? '' : plural(groups.length, 'problem')}</output>
      </form>
      <div class="split">
        <Shown of={list}>
          {() =>
            groups.length === 0 ? (
              <Nothing>Nothing has this text.</Nothing>
            ) : (
              <GroupList groups={groups} problem={problem} />
            )
          }
        </Shown>
        <Shown of={group}>{(answer) => <Group choice={choice} group={answer} />}</Shown>
      </div>
    </>
  );
}
