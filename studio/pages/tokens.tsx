/** One completion token by token: what the student finds natural, what leaks, and what the explanation does for the solution. */
import { useMemo, useState } from 'preact/hooks';
import type { RunView, TokenRow, TokensView } from '../../src/views/api.js';
import { rewardName } from '../parts/estimators.js';
import { queryOf, useGroup } from '../parts/group-choice.js';
import { GAIN, HeatMap, LEAK, Legend, type MarkedToken, type Scale, SURPRISE, visible } from '../parts/heat-map.js';
import { short, signed } from '../parts/numbers.js';
import { Select } from '../parts/select.js';
import { Nothing, Shown } from '../parts/shown.js';
import { type Choice, ChoiceBar, moveStep, pathOf, useChoice } from '../parts/stage-choice.js';
import { RichText } from '../parts/text.js';
import { useKeys } from '../state/keys.js';
import { adjust, changed, hrefOf, useRoute } from '../state/route.js';
import { useAnswer, useLastPath } from '../state/server.js';

type Fact = readonly [name: string, value: number];

const at = (row: TokenRow | null, k: number): number | undefined => row?.values[k];

/** The place of the smallest or largest value. */
function extreme(values: readonly number[], isBetter: (a: number, b: number) => boolean): number {
  let best = 0;
  values.forEach((value, k) => {
    if (isBetter(value, values[best] ?? value)) best = k;
  });
  return best;
}
const smallest = (values: readonly number[]): number => extreme(values, (a, b) => a < b);
const largest = (values: readonly number[]): number => extreme(values, (a, b) => a > b);

/** A way to look at a completion. */
interface Measure {
  readonly text: string;
  readonly scale: Scale;
  readonly tokens: readonly MarkedToken[];
  readonly help: string;
}

function marked(
  row: TokenRow,
  facts: (k: number) => readonly (readonly [string, number | undefined])[],
  mark: (k: number) => string | undefined = () => undefined,
): readonly MarkedToken[] {
  return row.tokens.map((token, k) => ({
    token,
    value: row.values[k] ?? 0,
    facts: facts(k).flatMap(([name, value]): Fact[] => (value === undefined ? [] : [[name, value]])),
    mark: mark(k),
  }));
}

const difference = (a: TokenRow, b: TokenRow): TokenRow => ({
  tokens: a.tokens,
  values: a.values.map((value, k) => value - (b.values[k] ?? 0)),
});

/** Measures of the explanation, or of a student's completion. */
function measuresOf({ student, teacher, kl, policy, reference }: TokensView): Readonly<Record<string, Measure>> {
  const measures: Record<string, Measure> = {};
  if (kl !== null && student !== null) {
    const most = largest(kl.values);
    const shared = teacher !== null && teacher.tokens.length === student.tokens.length ? teacher : null;
    const facts = (k: number) =>
      [
        ['kl_k', at(kl, k)],
        ['log p_S', at(student, k)],
        ['log p_T', at(shared, k)],
      ] as const;
    measures.kl = {
      text: 'kl_k: the leak meter',
      scale: LEAK,
      tokens: marked(kl, facts, (k) => (k === most ? 'max' : undefined)),
      help: 'kl_k = log p_T - log p_S: what only someone who knows the solution would write. max is the token that the reward chose.',
    };
    measures.student = {
      text: 'log p_S: natural to the student',
      scale: SURPRISE,
      tokens: marked(student, facts),
      help: 'How probable the student finds each token of the explanation.',
    };
  } else if (student !== null) {
    measures.student = {
      text: 'log p_S: natural to the student',
      scale: SURPRISE,
      tokens: marked(student, (k) => [['log p_S', at(student, k)]]),
      help: 'Teacher and student have different tokens here, so kl_k is over pieces of text.',
    };
  }
  if (teacher !== null)
    measures.teacher = {
      text: 'log p_T: the teacher',
      scale: SURPRISE,
      tokens: marked(teacher, (k) => [['log p_T', at(teacher, k)]]),
      help: 'How probable the teacher, who reads the solution, finds each token.',
    };
  if (policy !== null) {
    measures.policy = {
      text: 'log p: the policy, all that it sampled',
      scale: SURPRISE,
      tokens: marked(policy, (k) => [
        ['log p', at(policy, k)],
        ['reference', at(reference, k)],
      ]),
      help: 'Every sampled token with its log-prob at the sampling temperature, tags included.',
    };
    if (reference !== null) {
      const moved = difference(policy, reference);
      measures.reference = {
        text: 'log p - reference: what training changed',
        scale: {
          heat: (value) => Math.max(-1, Math.min(1, -value)),
          legend: ['more probable than before', 'less probable'],
        },
        tokens: marked(moved, (k) => [
          ['change', at(moved, k)],
          ['log p', at(policy, k)],
          ['reference', at(reference, k)],
        ]),
        help: 'Log-prob under the policy minus that under the reference.',
      };
    }
  }
  return measures;
}

function solutionMeasures({ solutionWith, solutionAlone }: TokensView): Readonly<Record<string, Measure>> {
  if (solutionWith === null) return {};
  const least = smallest(solutionWith.values);
  const gain = solutionAlone === null ? null : difference(solutionWith, solutionAlone);
  const facts = (k: number) =>
    [
      ['log p_S with', at(solutionWith, k)],
      ['without', at(solutionAlone, k)],
      ['gain', at(gain, k)],
    ] as const;
  const mark = (k: number) => (k === least ? 'min' : undefined);
  return {
    ...(gain === null
      ? {}
      : {
          gain: {
            text: 'gain by the explanation',
            scale: GAIN,
            tokens: marked(gain, facts, mark),
            help: 'log p_S of each solution token with the explanation, minus without. min is the token that the reward chose.',
          },
        }),
    with: {
      text: 'with the explanation',
      scale: SURPRISE,
      tokens: marked(solutionWith, facts, mark),
      help: 'log p_S(s_k | q, t, s_<k).',
    },
    ...(solutionAlone === null
      ? {}
      : {
          alone: {
            text: 'without',
            scale: SURPRISE,
            tokens: marked(solutionAlone, facts),
            help: 'log p_S(s_k | q, s_<k): behind an empty explanation.',
          },
        }),
  };
}

const meanOf = (tokens: readonly MarkedToken[]): number =>
  tokens.reduce((total, { value }) => total + value, 0) / tokens.length;

function TokenPanel({
  title,
  name,
  measures,
  usual,
}: {
  readonly title: string;
  readonly name: string;
  readonly measures: Readonly<Record<string, Measure>>;
  readonly usual: string;
}) {
  const { params } = useRoute();
  const [focus, setFocus] = useState<number | null>(null);
  const chosen = params[name] ?? usual;
  const key = chosen in measures ? chosen : Object.keys(measures)[0];
  const measure = key === undefined ? undefined : measures[key];
  if (key === undefined || measure === undefined) return null;
  const token = focus === null ? undefined : measure.tokens[focus];
  return (
    <section class="panel tokens" aria-label={title} data-panel={name}>
      <header class="toolbar">
        <h2>{title}</h2>
        <Select
          label="Colour"
          value={key}
          options={Object.entries(measures).map(([value, { text }]) => ({ value, text }))}
          onChange={(value) => adjust({ [name]: value })}
        />
        <Legend scale={measure.scale} />
        <span class="muted">mean {short(meanOf(measure.tokens))}</span>
      </header>
      {measure.tokens.length === 0 ? (
        <Nothing>No token.</Nothing>
      ) : (
        <HeatMap label={title} tokens={measure.tokens} scale={measure.scale} focus={focus} onFocus={setFocus} />
      )}
      <p class="reading" aria-live="polite">
        {token === undefined ? (
          <span class="muted">{measure.help}</span>
        ) : (
          <>
            <b class="mono">{visible(token.token)}</b>{' '}
            {token.facts.map(([fact, value]) => `${fact} ${short(value)}`).join('   ')}
            {token.mark === undefined ? '' : `   chosen by ${token.mark}`}
          </>
        )}
      </p>
    </section>
  );
}

function Tokens({ tokens, estimator }: { readonly tokens: TokensView; readonly estimator: string | null }) {
  const own = useMemo(() => measuresOf(tokens), [tokens]);
  const solution = useMemo(() => solutionMeasures(tokens), [tokens]);
  const { sample } = tokens;
  return (
    <>
      <section class="panel">
        <p>
          <span class="muted">Question</span> <RichText text={tokens.question} />
        </p>
        <p class="facts">
          <span>
            {rewardName(estimator)} <b>{short(sample.reward)}</b>
          </span>
          {sample.advantage === null ? null : (
            <span>
              advantage <b>{signed(sample.advantage)}</b>
            </span>
          )}
          <span class={`badge verdict ${sample.verdict}`}>{sample.verdict}</span>
          {sample.answer === null ? null : (
            <span>
              answer <b>{sample.answer}</b>
            </span>
          )}
          {Object.entries(sample.parts)
            .filter(([part, value]) => part !== 'total' && (part !== 'penalty' || value !== 0))
            .map(([part, value]) => (
              <span key={part} class="muted">
                {part} {short(value)}
              </span>
            ))}
        </p>
        <details>
          <summary>Prompt</summary>
          <pre>{tokens.prompt}</pre>
        </details>
      </section>
      <TokenPanel
        title={tokens.student === null ? 'Completion' : 'Explanation'}
        name="measure"
        measures={own}
        usual="kl"
      />
      <TokenPanel title="Solution" name="solution" measures={solution} usual="gain" />
    </>
  );
}

export function TokensPage({ chosen }: { readonly chosen: readonly RunView[] }) {
  const choice = useChoice(chosen);
  if (choice === undefined || choice.source === 'traces')
    return (
      <Nothing>
        Tokens are recorded with the rollouts of teach and reinforce and the traces of score; this run has none, or none
        of this stage.
      </Nothing>
    );
  return <Chosen choice={choice} />;
}

function Chosen({ choice }: { readonly choice: Choice }) {
  const { params } = useRoute();
  const { problem, group, isCurrent } = useGroup(choice);
  const samples = group.answer?.samples ?? [];
  const wanted = Number(params.sample ?? Number.NaN);
  const index = Math.max(
    0,
    samples.findIndex(({ sample }) => sample === wanted),
  );
  const sample = samples[index]?.sample;
  const path = useLastPath(
    isCurrent,
    problem === undefined || sample === undefined
      ? null
      : `${pathOf(choice, 'tokens')}?${queryOf(choice, { problem, sample })}`,
  );
  const tokens = useAnswer<TokensView>(path);
  const move = (by: number): void => {
    const next = samples[index + by];
    if (next !== undefined) adjust({ sample: next.sample });
  };
  useKeys({ ',': () => moveStep(choice, -1), '.': () => moveStep(choice, 1), j: () => move(1), k: () => move(-1) });
  return (
    <>
      <form class="toolbar" onSubmit={(event) => event.preventDefault()}>
        <ChoiceBar choice={choice} />
        <Select
          label="Completion"
          value={String(sample ?? '')}
          options={samples.map((one, i) => ({
            value: String(one.sample),
            text: `${i + 1} of ${samples.length}: reward ${short(one.reward)}`,
          }))}
          onChange={(value) => adjust({ sample: value })}
        />
        <a href={hrefOf('groups', changed(params, { sample: null }))}>back to its group</a>
      </form>
      <Shown of={group}>
        {() => <Shown of={tokens}>{(answer) => <Tokens tokens={answer} estimator={choice.stage.estimator} />}</Shown>}
      </Shown>
    </>
  );
}
