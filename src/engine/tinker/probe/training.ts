/** Measures what a server's losses do, on models that are thrown away. */
import { NumericError, RltError } from '../../../errors.js';
import type { TokenLogProbs } from '../../engine.js';
import type { ServerModel } from '../client/server-model.js';
import {
  configOf,
  DIVISORS,
  type Divisor,
  type LossForm,
  plainDatum,
  ratioDatum,
  type Span,
  weightedDatum,
} from '../losses.js';
import { sendPasses } from '../passes.js';
import type { TrainingFindings } from '../profile.js';
import { firstBroken, growth, type Measured, RELATIONS, ratio, type Yardstick } from './decide.js';
import { PATTERNS, type Pattern, SEQUENCE, type Weighted } from './patterns.js';

/** An epsilon far above every gradient makes a step of Adam one along the gradient itself, of size rate / epsilon. */
const EPSILON = 1000;
const PLAIN = { beta1: 0, beta2: 0, eps: EPSILON, weight_decay: 0, grad_clip_norm: 0 };
/** Where epsilon is ignored, the first step has this size for every weight: it must not move a model far. */
const FIRST_RATE = 1e-5;
const LAST_RATE = 1e3;
/** Effects are measured between these: above what rounding does, below where the model bends. */
const SMALLEST_EFFECT = 0.01;

const spanOf = ({ ids, weights }: Weighted, sample: number): Span => ({
  sample,
  sequence: { ids, positions: weights.map((_, i) => i + 1), temperature: 1 },
  targets: weights.length,
});

const allOf = (span: Span) => plainDatum(span, 'all');

/** The log-probs of the long sequence, by the trainer. */
export async function scoreSequence(model: ServerModel, ids = SEQUENCE): Promise<TokenLogProbs> {
  const span = spanOf({ ids, weights: ids.slice(1).map(() => 0) }, 0);
  const kind = { loss: 'cross_entropy', forwardOnly: true, asked: 'all', datumOf: allOf } as const;
  const [row] = await (await sendPasses(model, [span], kind)).logProbs;
  if (row === undefined) throw new NumericError('the server computes no log-probs');
  return row;
}

/** Adds the gradient of a batch to the model's, by a form. */
async function addGradient(model: ServerModel, batch: readonly Weighted[], form: LossForm): Promise<void> {
  const spans = batch.map(spanOf);
  const weightsOf = (span: Span) => batch[span.sample]?.weights ?? [];
  if (form.loss === 'cross_entropy') {
    const datumOf = (span: Span) => weightedDatum(span, 'all', weightsOf(span));
    const kind = { loss: form.loss, forwardOnly: false, asked: 'all', datumOf } as const;
    await (await sendPasses(model, spans, kind)).logProbs;
    return;
  }
  const forward = { loss: 'cross_entropy', forwardOnly: true, asked: 'all', datumOf: allOf } as const;
  const rows = await (await sendPasses(model, spans, forward)).logProbs;
  const datumOf = (span: Span) => {
    const row = rows[span.sample];
    if (row === undefined) throw new NumericError('the server computes no log-probs');
    return ratioDatum(span, weightsOf(span), row, form.divisor, spans.length);
  };
  const kind = { loss: form.loss, config: configOf(form), forwardOnly: false, asked: 'all', datumOf } as const;
  await (await sendPasses(model, spans, kind)).logProbs;
}

/** A step on a batch, and what it did. */
export async function measure(
  model: ServerModel,
  batch: readonly Weighted[],
  form: LossForm,
  rate: number,
  clip = 0,
): Promise<Measured> {
  const before = await scoreSequence(model);
  await addGradient(model, batch, form);
  const { gradientNorm } = await (await model.step({ ...PLAIN, learning_rate: rate, grad_clip_norm: clip })).result;
  const after = await scoreSequence(model);
  return { effect: Array.from(after, (value, i) => (value - (before[i] ?? 0)) / rate), norm: gradientNorm };
}

type Create = () => Promise<ServerModel>;

/** How a form does on this server: what is broken, or that nothing is. */
type Trial =
  | { readonly broken: string }
  | { readonly broken: undefined; readonly yardstick: Yardstick; readonly rate: number };

async function tryForm(create: Create, model: ServerModel, form: LossForm): Promise<Trial> {
  try {
    let rate = FIRST_RATE;
    let ones = await measure(model, PATTERNS.ones, form, rate);
    const largest = () => rate * Math.max(...ones.effect.map(Math.abs));
    while (largest() < SMALLEST_EFFECT && rate < LAST_RATE) {
      rate *= Math.min(100, Math.max(2, (2 * SMALLEST_EFFECT) / largest()));
      ones = await measure(model, PATTERNS.ones, form, rate);
    }
    if (largest() < SMALLEST_EFFECT) return { broken: `a step of size ${rate / EPSILON} changes nothing` };
    const measurements = new Map<Pattern, Measured>([['ones', ones]]);
    let yardstick: Yardstick = 'effects';
    for (const { patterns } of RELATIONS) {
      for (const pattern of patterns) {
        if (measurements.has(pattern)) continue;
        const found = await measure(model, PATTERNS[pattern], form, rate);
        measurements.set(pattern, found);
        // Where epsilon is ignored, Adam makes steps of one size from all gradients; their norms may tell.
        if (pattern === 'twos' && !near(ratio(found, ones, 'effects'), 2) && near(ratio(found, ones, 'norms'), 2))
          yardstick = 'norms';
      }
      const broken = firstBroken(measurements, yardstick);
      if (broken !== undefined) return { broken };
    }
    if (yardstick === 'effects' || (await lowers(create, form, rate))) return { broken: undefined, yardstick, rate };
    return { broken: 'a negative weight raises the log-probs' };
  } catch (error) {
    if (error instanceof RltError && error.code === 'numeric') return { broken: 'numbers that are not finite' };
    if (error instanceof RltError && error.code !== 'connection') return { broken: error.summary };
    throw error;
  }
}

/** Whether negative weights lower log-probs, on a model without the momentum of earlier steps. */
async function lowers(create: Create, form: LossForm, rate: number): Promise<boolean> {
  const model = await create();
  try {
    return growth(await measure(model, PATTERNS.minus, form, rate)) < 0;
  } finally {
    await model.unload().catch(() => undefined);
  }
}

const near = (value: number, expected: number): boolean => Math.abs(value / expected - 1) < 0.2;

/** In the order in which they are tried: the loss that is a weighted sum, then those that can be made one. */
const FORMS: readonly LossForm[] = [
  { loss: 'cross_entropy' },
  ...(['importance_sampling', 'ppo'] as const).flatMap((loss) =>
    (Object.keys(DIVISORS) as Divisor[]).reverse().map((divisor) => ({ loss, divisor })),
  ),
];

/**
 * The first form whose gradient is that of the primitive. Each is tried on a model of its own, since a wrong loss can
 * ruin one. The text says what was measured where there is none.
 */
export async function measureTraining(create: Create): Promise<Omit<TrainingFindings, 'copies'> | string> {
  const measured: string[] = [];
  for (const form of FORMS) {
    const model = await create();
    try {
      const trial = await tryForm(create, model, form);
      if (trial.broken !== undefined) {
        measured.push(`${nameOf(form)}: ${trial.broken}`);
        continue;
      }
      const adam = trial.yardstick === 'effects';
      return { form, adam, clips: adam && (await measureClipping(model, form, trial.rate)) };
    } finally {
      await model.unload().catch(() => undefined);
    }
  }
  return `none of its losses is a weighted sum of log-probs. Measured: ${measured.join('; ')}`;
}

const nameOf = (form: LossForm): string =>
  form.loss === 'cross_entropy' ? form.loss : `${form.loss} with weights times ${form.divisor}`;

/** Whether a tiny bound of the norm makes a step tiny. */
async function measureClipping(model: ServerModel, form: LossForm, rate: number): Promise<boolean> {
  const free = await measure(model, PATTERNS.ones, form, rate);
  const clipped = await measure(model, PATTERNS.ones, form, rate, 1e-6);
  return Math.abs(ratio(clipped, free, 'effects')) < 0.1;
}
