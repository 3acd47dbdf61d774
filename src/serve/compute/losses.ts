/**
 * The losses of the protocol as signed weights: each is a function of the targets' log-probs alone, so its gradient is
 * that of sum w_t log p_t with w_t = -dL/dlog p_t. Sums over tokens and sequences, never means.
 */
import { InputError, UnsupportedError } from '../../errors.js';
import { sum } from '../../method/statistics.js';

/** The loss of a token, and the weight of its log-prob in the objective that is maximised. */
interface TokenLoss {
  readonly loss: number;
  readonly weight: number;
}

/** The columns of numbers that come with the targets; each has one number for each target. */
export type Column = 'weights' | 'logprobs' | 'advantages' | 'clip_low_threshold' | 'clip_high_threshold';
type Row = Readonly<Record<Column, number>>;

interface Loss {
  readonly columns: readonly Column[];
  /** Columns that may be absent, with what stands for them: a number, or a setting of the same name. */
  readonly optional: readonly Column[];
  /** With their defaults; undefined: it must be given. */
  readonly settings: Readonly<Record<string, number | undefined>>;
  /** Whether the weight of a token depends on its log-prob, so that a forward pass comes first. */
  readonly needsLogProbs: boolean;
  readonly token: (logProb: number, row: Row, settings: Readonly<Record<string, number>>) => TokenLoss;
}

const CLIPS = ['clip_low_threshold', 'clip_high_threshold'] as const;
const RATIO = { columns: ['logprobs', 'advantages'], needsLogProbs: true } as const;
const clip = (ratio: number, { clip_low_threshold: low, clip_high_threshold: high }: Row): number =>
  Math.min(Math.max(ratio, low), high);

/** r = p / q is the ratio of the policy to the one that sampled; A the advantage. */
const LOSSES: Readonly<Record<string, Loss>> = {
  /** -sum w log p */
  cross_entropy: {
    columns: ['weights'],
    optional: ['weights'],
    settings: {},
    needsLogProbs: false,
    token: (logProb, { weights: weight }) => ({ loss: weight === 0 ? 0 : -weight * logProb, weight }),
  },
  /** -sum r A */
  importance_sampling: {
    ...RATIO,
    optional: [],
    settings: {},
    token(logProb, { logprobs, advantages }) {
      const weight = advantages === 0 ? 0 : Math.exp(logProb - logprobs) * advantages;
      return { loss: -weight, weight };
    },
  },
  /** -sum min(r A, clip(r) A); the clipped branch has no gradient. */
  ppo: {
    ...RATIO,
    optional: CLIPS,
    settings: { clip_low_threshold: 0.8, clip_high_threshold: 1.2 },
    token(logProb, row) {
      if (row.advantages === 0) return { loss: 0, weight: 0 };
      const ratio = Math.exp(logProb - row.logprobs);
      const [free, clipped] = [ratio * row.advantages, clip(ratio, row) * row.advantages];
      return free <= clipped ? { loss: -free, weight: free } : { loss: -clipped, weight: 0 };
    },
  },
  /** -sum stop_gradient(clip(r)) A log p */
  cispo: {
    ...RATIO,
    optional: CLIPS,
    settings: { clip_low_threshold: 0, clip_high_threshold: 4 },
    token(logProb, row) {
      if (row.advantages === 0) return { loss: 0, weight: 0 };
      const weight = clip(Math.exp(logProb - row.logprobs), row) * row.advantages;
      return { loss: -weight * logProb, weight };
    },
  },
  /** -sum (A log p - beta / 2 (log p - log q)^2) */
  dro: {
    ...RATIO,
    optional: [],
    settings: { beta: undefined },
    token(logProb, { logprobs, advantages }, { beta = 0 }) {
      const apart = logProb - logprobs;
      return { loss: -(advantages * logProb - (beta / 2) * apart ** 2), weight: advantages - beta * apart };
    },
  },
};

export const LOSS_NAMES: readonly string[] = Object.keys(LOSSES);

/** A loss with its settings. */
export interface ChosenLoss {
  readonly name: string;
  readonly loss: Loss;
  readonly settings: Readonly<Record<string, number>>;
  /** The temperature of the log-probs: 1 in the protocol; another only where a client asks this server for it. */
  readonly temperature: number;
}

/** The setting by which a client asks for log-probs at another temperature: softmax(logits / temperature). */
export const TEMPERATURE_SETTING = 'temperature';

/**
 * @throws {UnsupportedError} when there is no such loss here
 * @throws {InputError} when it has no such setting, or a value is not a number in its range
 */
export function chooseLoss(name: string, given: ReadonlyMap<string, number | string>): ChosenLoss {
  const loss = Object.hasOwn(LOSSES, name) ? LOSSES[name] : undefined;
  if (loss === undefined) {
    throw new UnsupportedError(`this server has no loss named ${JSON.stringify(name)}`, {
      remedy: `It has ${LOSS_NAMES.join(', ')}; every other loss of the log-probs can be sent as the weights of cross_entropy, as forward_backward_custom does.`,
    });
  }
  const settings: Record<string, number | undefined> = { ...loss.settings };
  let temperature = 1;
  for (const [key, value] of given) {
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new InputError(`the setting ${key} of ${name} is ${JSON.stringify(value)}, not a finite number`);
    if (key === TEMPERATURE_SETTING) temperature = value;
    else if (Object.hasOwn(loss.settings, key)) settings[key] = value;
    else {
      const known = [...Object.keys(loss.settings), TEMPERATURE_SETTING];
      throw new InputError(`the loss ${name} has no setting ${key}`, { remedy: `It has ${known.join(', ')}.` });
    }
  }
  if (!(temperature > 0)) throw new InputError(`the temperature ${temperature} is not a positive number`);
  const complete = Object.entries(settings).map(([key, value]): [string, number] => {
    if (value === undefined) throw new InputError(`the loss ${name} needs the setting ${key}`);
    return [key, value];
  });
  return { name, loss, settings: Object.fromEntries(complete), temperature };
}

/** The loss and the weights of a sequence's targets. */
export interface LossOfSequence {
  readonly loss: number;
  readonly weights: Float64Array;
}

/**
 * @throws {InputError} when a column is missing, unknown, of another length or has a number that is not finite; `sample`
 * names the sequence
 */
export function checkColumns(
  { name, loss, settings }: ChosenLoss,
  given: ReadonlyMap<string, readonly number[]>,
  targets: number,
  sample: number,
): Readonly<Record<Column, readonly number[] | number>> {
  const columns = [...loss.columns, ...loss.optional.filter((column) => !loss.columns.includes(column))];
  const unknown = [...given.keys()].find((column) => !columns.some((known) => known === column));
  if (unknown !== undefined) {
    throw new InputError(`the loss ${name} takes no ${unknown}`, {
      sample,
      remedy: `It takes target_tokens and ${columns.join(', ')}.`,
    });
  }
  const entries = columns.map((column): [Column, readonly number[] | number] => {
    const values = given.get(column);
    if (values === undefined) {
      if (!loss.optional.includes(column)) throw new InputError(`the loss ${name} needs ${column}`, { sample });
      return [column, settings[column] ?? 1];
    }
    if (values.length !== targets)
      throw new InputError(`${values.length} ${column} for ${targets} target tokens`, { sample });
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw new InputError(`${column}[${wrong}] is ${values[wrong]}`, { sample });
    return [column, values];
  });
  const absent = { weights: 0, logprobs: 0, advantages: 0, clip_low_threshold: 0, clip_high_threshold: 0 };
  return { ...absent, ...Object.fromEntries(entries) };
}

export function lossOf(
  { loss, settings }: ChosenLoss,
  columns: Readonly<Record<Column, readonly number[] | number>>,
  logProbs: ArrayLike<number>,
): LossOfSequence {
  const weights = new Float64Array(logProbs.length);
  const losses = new Float64Array(logProbs.length);
  const at = (column: Column, i: number): number => {
    const values = columns[column];
    return typeof values === 'number' ? values : (values[i] ?? Number.NaN);
  };
  for (let i = 0; i < logProbs.length; i++) {
    // Nothing was asked for here; what the engine computes is finite.
    if (Number.isNaN(logProbs[i])) continue;
    const row: Row = {
      weights: at('weights', i),
      logprobs: at('logprobs', i),
      advantages: at('advantages', i),
      clip_low_threshold: at('clip_low_threshold', i),
      clip_high_threshold: at('clip_high_threshold', i),
    };
    const token = loss.token(logProbs[i] ?? 0, row, settings);
    losses[i] = token.loss;
    weights[i] = token.weight;
  }
  return { loss: sum(losses), weights };
}
