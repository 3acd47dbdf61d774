/** What the log-probs are that a server sends with completions, as measured. */

/**
 * Which log-probs come with completions, from how far they are from those of temperature 1 in two samples: one at
 * temperature 1, one at another.
 */
export function sampledKind(atOne: number, atOther: number): 'raw' | 'tempered' | 'none' {
  // Samplers and trainers of few bits differ by hundredths.
  if (!(atOne < 0.1)) return 'none';
  return atOther < Math.max(0.05, 4 * atOne) ? 'raw' : 'tempered';
}
