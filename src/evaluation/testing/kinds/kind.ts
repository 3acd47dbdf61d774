/** Pairs of answers by the kind of notation that decides whether they are the same. */
type Pair = readonly [gold: string, prediction: string];

export interface Kind {
  readonly kind: string;
  readonly equal: readonly Pair[];
  readonly different: readonly Pair[];
}
