/** The largest micro-batch of a call whose sequences are known by their lengths alone; batches.ts packs real ones. */
import type { CallShape } from '../../memory-use.js';
import { type Budget, LEAST_PREFIX } from './batches.js';
import { lengthsBelow } from './budget.js';
import type { CallTokens } from './division.js';

export interface MicroBatchShape {
  readonly groups: number;
  readonly rows: number;
  /** 0 where sequences share nothing. */
  readonly prefix: number;
  readonly own: number;
  /** Chosen positions of all sequences. */
  readonly positions: number;
}

/**
 * A call as it is asked of a model with this context: what does not fit is left out, and completions end with the context.
 * Where prompts alone would fill it, those that fit may have any length, so the longest prompt and the longest
 * continuation stand for them.
 */
export function withinContext(call: CallShape, contextTokens: number): readonly CallShape[] {
  const { promptTokens, ownTokens } = call;
  const room = contextTokens - promptTokens;
  const cut = (tokens: number, most: number) => ({
    ownTokens: Math.min(ownTokens, most),
    promptTokens: tokens,
  });
  if (room >= 1) return [{ ...call, ...cut(promptTokens, room) }];
  return [
    { ...call, ...cut(contextTokens - 1, 1) },
    { ...call, ...cut(1, contextTokens - 1) },
  ];
}

const shares = ({ rows, promptTokens }: CallShape): boolean => rows > 1 && promptTokens >= LEAST_PREFIX;

/**
 * The same call with shorter sequences, of each length up to which they are in fewer blocks of queries: other programs
 * compute these.
 */
export function shorterCalls(call: CallShape): readonly CallShape[] {
  const { promptTokens: prompt, ownTokens: own } = call;
  if (shares(call)) {
    const cut = (most: number) => ({ ...call, promptTokens: Math.min(prompt, most), ownTokens: Math.min(own, most) });
    return lengthsBelow(Math.max(prompt, own)).map(cut);
  }
  return lengthsBelow(prompt + own).map((most) => {
    const ownTokens = Math.min(own, most - Math.min(prompt, Math.floor(most / 2)));
    return { ...call, promptTokens: most - ownTokens, ownTokens };
  });
}

/** What two lanes and one compute of a call; what sequences share counts once in each lane. */
export function tokensOfCall(call: CallShape): CallTokens {
  const { groups, rows, promptTokens, ownTokens } = call;
  const sharing = shares(call) ? rows : 1;
  const computed = (sequences: number) => Math.ceil(sequences / sharing) * promptTokens + sequences * ownTokens;
  const all = groups * rows;
  const lanes = [Math.floor(all / 2), Math.ceil(all / 2)].filter((sequences) => sequences > 0).map(computed);
  return { lanes, whole: computed(all), longest: promptTokens + ownTokens };
}

const atLeastOne = (count: number): number => Math.max(1, Math.floor(count));

/** How many parts of a micro-batch fit, each of so many tokens and chosen positions. */
const fitting = (budget: Budget, tokens: number, positions: number): number =>
  atLeastOne(Math.min(budget.tokens / tokens, budget.positions / positions));

const tokensOf = ({ groups, prefix, rows, own }: MicroBatchShape): number => groups * (prefix + rows * own);

export function microBatchOf(call: Omit<CallShape, 'kind'>, budget: Budget): MicroBatchShape {
  const { groups, rows, promptTokens, ownTokens } = call;
  const beyondPrefix = Math.min((budget.tokens - promptTokens) / ownTokens, budget.positions / ownTokens);
  const inGroup = Math.min(rows, atLeastOne(beyondPrefix));
  if (inGroup === 1 || promptTokens < LEAST_PREFIX) {
    const own = promptTokens + ownTokens;
    const together = Math.min(groups * rows, fitting(budget, own, ownTokens));
    return { groups: together, rows: 1, prefix: 0, own, positions: together * ownTokens };
  }
  const most = fitting(budget, promptTokens + inGroup * ownTokens, inGroup * ownTokens);
  const together = Math.min(groups * Math.floor(rows / inGroup), most);
  const positions = together * inGroup * ownTokens;
  const whole = { groups: together, rows: inGroup, prefix: promptTokens, own: ownTokens, positions };
  // What is left of each group is packed with what is left of others.
  if (rows % inGroup === 0) return whole;
  const left = microBatchOf({ ...call, rows: rows % inGroup }, budget);
  return tokensOf(left) > tokensOf(whole) ? left : whole;
}
