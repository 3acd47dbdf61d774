/** The parts of a reward as bars from a common zero. */
import { short } from './numbers.js';

/** Names of the reward's parts in the order in which people read them. */
const TITLES: Readonly<Record<string, string>> = {
  solution: 'r_SS',
  'solution/mean': '  mean',
  'solution/min': '  min',
  'solution/max': '  max',
  'solution/sum': '  sum',
  'solution/median': '  median',
  kl: 'r_KL',
  'kl/mean': '  mean',
  'kl/min': '  min',
  'kl/max': '  max',
  'kl/sum': '  sum',
  'kl/median': '  median',
  penalty: 'penalty',
};

const titleOf = (part: string): string => TITLES[part] ?? part.replace('penalty/', '  ');

/** What a part adds to the total: r_KL is subtracted. Reductions are shown before their coefficients. */
const effectOf = (part: string, value: number): number => (part === 'kl' ? -value : value);

export function RewardBars({
  parts,
  largest,
}: {
  readonly parts: Readonly<Record<string, number>>;
  /** The size of the longest bar of all that are compared. */
  readonly largest: number;
}) {
  const rows = Object.entries(parts).filter(
    ([part]) => part !== 'total' && (part !== 'penalty' || parts.penalty !== 0),
  );
  if (rows.length === 0) return null;
  return (
    <table class="bars">
      <caption class="hidden">Parts of the reward; the terms r_SS, r_KL and penalty by what they add to it</caption>
      <tbody>
        {rows.map(([part, value]) => {
          const isTerm = !part.includes('/');
          const effect = effectOf(part, value);
          const width = largest === 0 ? 0 : Math.min(1, Math.abs(effect) / largest) * 50;
          return (
            <tr key={part} class={isTerm ? 'term' : 'part'}>
              <th scope="row">{titleOf(part)}</th>
              <td class="track" aria-hidden="true">
                {isTerm ? (
                  <span class={effect < 0 ? 'bar negative' : 'bar positive'} style={{ width: `${width}%` }} />
                ) : null}
              </td>
              <td class="number">{short(isTerm ? effect : value)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The size of the longest bar of these samples. */
export const largestTerm = (samples: readonly { readonly parts: Readonly<Record<string, number>> }[]): number =>
  Math.max(
    0,
    ...samples.flatMap(({ parts }) => ['solution', 'kl', 'penalty'].map((term) => Math.abs(parts[term] ?? 0))),
  );
