/** What a page shows while it has no answer. */
import type { ComponentChildren } from 'preact';
import type { Asked } from '../state/server.js';

export function Shown<Answer>({
  of,
  children,
}: {
  readonly of: Asked<Answer>;
  readonly children: (answer: Answer) => ComponentChildren;
}) {
  if (of.error !== undefined)
    return (
      <p class="notice bad" role="alert">
        {of.error}
      </p>
    );
  if (of.answer === undefined)
    return (
      <p class="notice" aria-busy="true">
        {of.isLoading ? 'Loading…' : ''}
      </p>
    );
  return <>{children(of.answer)}</>;
}

export const Nothing = ({ children }: { readonly children: ComponentChildren }) => <p class="notice">{children}</p>;

/** What of a run's files could not be read, so that the page may lack it. */
export const Damage = ({ texts }: { readonly texts: readonly string[] }) =>
  texts.length === 0 ? null : (
    <p class="notice bad" role="alert">
      {texts.join('; ')}. This page may be incomplete.
    </p>
  );
