/** Tokens coloured by a value each; one of them has the focus, and arrow keys move it. */
import { Fragment } from 'preact';
import { useRef } from 'preact/hooks';
import { short } from './numbers.js';

/** How values become colours: cool is what is wanted, warm is not. */
export interface Scale {
  /** From -1 (cool) to 1 (warm); 0 is not coloured. */
  readonly heat: (value: number) => number;
  readonly legend: readonly [cool: string, warm: string];
}

const clamp = (value: number): number => Math.max(-1, Math.min(1, value));

/** log p: what is improbable is warm. */
export const SURPRISE: Scale = { heat: (value) => clamp(-value / 5), legend: ['probable', 'improbable'] };
/** kl_k: what only someone who knows the solution would write is warm, what comes more natural to the student cool. */
export const LEAK: Scale = {
  heat: (value) => clamp(value / 3),
  legend: ['natural to the student', 'needs the solution'],
};
/** A gain in log p: cool where the explanation helps. */
export const GAIN: Scale = {
  heat: (value) => clamp(-value / 2),
  legend: ['helped by the explanation', 'made less probable'],
};

export interface MarkedToken {
  readonly token: string;
  readonly value: number;
  /** Lines about the token, for its description. */
  readonly facts: readonly (readonly [name: string, value: number])[];
  /** Chosen by a reduction of the reward: `min`, `max`. */
  readonly mark?: string | undefined;
}

/** A token as it can be seen: what is invisible has a sign. */
export const visible = (token: string): string =>
  token === ''
    ? '·'
    : token
        .replaceAll('\n', '⏎')
        .replaceAll('\t', '⇥')
        .replace(/^ +$/, (spaces) => '␣'.repeat(spaces.length));

export const describe = ({ token, facts, mark }: MarkedToken): string =>
  [
    `“${visible(token)}”`,
    ...facts.map(([name, value]) => `${name} ${short(value)}`),
    ...(mark === undefined ? [] : [`${mark} of its span`]),
  ].join(', ');

export function HeatMap({
  label,
  tokens,
  scale,
  focus,
  onFocus,
}: {
  readonly label: string;
  readonly tokens: readonly MarkedToken[];
  readonly scale: Scale;
  readonly focus: number | null;
  readonly onFocus: (index: number) => void;
}) {
  const element = useRef<HTMLFieldSetElement>(null);
  const move = (event: KeyboardEvent, from: number): void => {
    const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: tokens.length - 1 }[event.key];
    if (to === undefined || tokens[to] === undefined) return;
    event.preventDefault();
    const next = element.current?.querySelectorAll('button')[to];
    next?.focus();
  };
  return (
    <fieldset
      ref={element}
      class="heat-map"
      aria-label={`${label}: ${tokens.length} tokens; arrow keys go from one to the next`}
    >
      {tokens.map((marked, i) => {
        const heat = scale.heat(marked.value);
        return (
          <Fragment key={`${i}${marked.token}`}>
            <button
              type="button"
              class={`token ${heat < 0 ? 'cool' : 'warm'}${marked.mark === undefined ? '' : ' marked'}`}
              style={{ '--heat': `${Math.round(Math.abs(heat) * 100)}%` }}
              aria-label={describe(marked)}
              title={describe(marked)}
              data-mark={marked.mark}
              tabIndex={i === (focus ?? 0) ? 0 : -1}
              onFocus={() => onFocus(i)}
              onKeyDown={(event) => move(event, i)}
            >
              {marked.token.replaceAll('\n', '⏎')}
            </button>
            {marked.token.includes('\n') ? <br /> : null}
          </Fragment>
        );
      })}
    </fieldset>
  );
}

export const Legend = ({ scale }: { readonly scale: Scale }) => (
  <span class="scale muted">
    {scale.legend[0]} <span class="ramp" aria-hidden="true" /> {scale.legend[1]}
  </span>
);
