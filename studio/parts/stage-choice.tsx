/** Which completions of a run are looked at: stage, and step or traces. */
import { type RolloutKind, type RunView, type StageView, shownStep } from '../../src/views/api.js';
import { adjust, useRoute } from '../state/route.js';
import { Select } from './select.js';

export interface Choice {
  readonly run: RunView;
  readonly stage: StageView;
  readonly source: RolloutKind | 'traces';
  /** The recorded steps of this kind; none for traces. */
  readonly steps: readonly number[];
  readonly step: number;
}

const hasCompletions = ({ rollouts, hasTraces }: StageView): boolean => rollouts.length > 0 || hasTraces;

/** The completions that the address names, or else the rollouts that are there. */
export function useChoice(chosen: readonly RunView[]): Choice | undefined {
  const { params } = useRoute();
  const [run] = chosen;
  const stages = run?.stages.filter(hasCompletions) ?? [];
  const stage =
    stages.find(({ folder }) => folder === params.stage) ??
    stages.find(({ rollouts }) => rollouts.length > 0) ??
    stages[0];
  if (run === undefined || stage === undefined) return undefined;
  const kinds = new Set(stage.rollouts.map(({ kind }) => kind));
  const named = params.source;
  const source =
    named === 'traces' && stage.hasTraces
      ? named
      : named === 'held-out' && kinds.has(named)
        ? named
        : kinds.size > 0
          ? 'step'
          : 'traces';
  const steps = source === 'traces' ? [] : stage.rollouts.filter(({ kind }) => kind === source).map(({ step }) => step);
  const wanted = Number(params.step ?? Number.NaN);
  const step = steps.includes(wanted) ? wanted : (steps.at(-1) ?? 0);
  return { run, stage, source, steps, step };
}

/** The address of its completions, on the server. */
export const pathOf = ({ run, stage }: Choice, what: string): string =>
  `/api/runs/${run.id}/stages/${stage.folder}/${what}`;

export function moveStep({ steps, step }: Choice, by: number): void {
  const next = steps[steps.indexOf(step) + by];
  if (next !== undefined) adjust({ step: next });
}

function sourceText(source: Choice['source'], { kind }: StageView): string {
  if (source === 'held-out') return 'held-out problems';
  if (source === 'traces') return 'traces';
  // A stage that scores records the traces that it was given.
  return kind === 'score' ? 'token by token' : 'training';
}

export function ChoiceBar({ choice }: { readonly choice: Choice }) {
  const { run, stage, source, steps, step } = choice;
  const kinds = [...new Set(stage.rollouts.map(({ kind }) => kind))];
  const sources = [...kinds, ...(stage.hasTraces ? (['traces'] as const) : [])];
  return (
    <>
      <Select
        label="Stage"
        value={stage.folder}
        options={run.stages.filter(hasCompletions).map(({ folder, name }) => ({ value: folder, text: name }))}
        onChange={(folder) => adjust({ stage: folder, source: null, step: null, problem: null, sample: null })}
      />
      {sources.length < 2 ? null : (
        <Select
          label="Completions"
          value={source}
          options={sources.map((value) => ({ value, text: sourceText(value, stage) }))}
          onChange={(value) => adjust({ source: value, step: null, problem: null, sample: null })}
        />
      )}
      {steps.length === 0 ? null : (
        <label class="field steps">
          <span>
            Step <output>{shownStep(source, step)}</output> of {shownStep(source, steps[0] ?? 0)} to{' '}
            {shownStep(source, steps.at(-1) ?? 0)}
          </span>
          <input
            type="range"
            min="0"
            max={steps.length - 1}
            value={steps.indexOf(step)}
            aria-label="step"
            aria-valuetext={`step ${shownStep(source, step)}`}
            onInput={(event) => adjust({ step: steps[Number(event.currentTarget.value)] ?? step })}
          />
        </label>
      )}
    </>
  );
}
