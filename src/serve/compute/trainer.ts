/** A model that learns, as the protocol asks of it: the engine's policy, and what is accumulated in it. */
import type { AdamSettings, FrozenCopy, Policy, WeightedSequence } from '../../engine/engine.js';
import { outputRecord } from '../../engine/tinker/protocol/arrays.js';
import {
  type ArrayRecord,
  FORWARD_BACKWARD_OUTPUT,
  type ForwardBackwardRequest,
} from '../../engine/tinker/protocol/messages.js';
import { InputError, UnsupportedError } from '../../errors.js';
import { sum } from '../../method/statistics.js';
import { examplesOf, gather, inExamples, partsOf, rowsByExample, type Targets, tokensOf } from './datums.js';
import type { FutureResult } from './futures.js';
import { chooseLoss, lossOf } from './losses.js';

/**
 * Which requests belong to a step whose gradient is incomplete. A forward_backward that fails costs its step: those that
 * were sent for the same step before the client knew of the failure fail too, and so does the step itself. What is sent
 * once the failure is known begins anew.
 */
export class Accumulation {
  #known = 0;
  #broken: number | undefined;

  /** What a request carries from its arrival on: the failures that its sender knew of. */
  get arrival(): number {
    return this.#known;
  }

  /** A client has been told of a failure. */
  learnt(): void {
    this.#known += 1;
  }

  fail(arrival: number): void {
    this.#broken = arrival;
  }

  /** @throws {InputError} when an earlier part of the same step failed */
  check(arrival: number, what: string): void {
    if (this.#broken === arrival) {
      throw new InputError(`${what} after a forward_backward that failed: the gradient of this step is incomplete`, {
        remedy: 'Send the whole batch again; the weights were not changed.',
      });
    }
  }

  /** A step was asked for, whatever became of it: what comes next belongs to the next one. */
  stepped(): void {
    this.#broken = undefined;
  }
}

/** What is in memory of a model: one that learns, or one whose weights were blended, which only scores. */
export type Learner =
  | { readonly kind: 'policy'; readonly model: Policy }
  | { readonly kind: 'blended'; readonly model: FrozenCopy };

export class Trainer {
  readonly accumulation: Accumulation;
  readonly #requestTokens: number;
  #learner: Learner;
  /** Whether there is a gradient that no step has used yet. */
  #gradient = false;

  constructor(learner: Learner, accumulation: Accumulation, requestTokens: number) {
    this.#learner = learner;
    this.accumulation = accumulation;
    this.#requestTokens = requestTokens;
  }

  get hasGradient(): boolean {
    return this.#gradient;
  }

  get isBlended(): boolean {
    return this.#learner.kind === 'blended';
  }

  /** @throws {UnsupportedError} when the weights were blended */
  get policy(): Policy {
    if (this.#learner.kind === 'policy') return this.#learner.model;
    throw new UnsupportedError('the weights of this model were blended: it scores, and does not learn or sample');
  }

  /** These weights become share * (those of `from`) + (1 - share) * these. */
  async blend(from: Policy, share: number): Promise<void> {
    if (this.#learner.kind === 'blended') return from.blendInto(this.#learner.model, share);
    const { model } = this.#learner;
    const copy = await model.freeze();
    try {
      await from.blendInto(copy, share);
    } catch (error) {
      await copy.close();
      throw error;
    }
    this.#learner = { kind: 'blended', model: copy };
    this.#gradient = false;
    await model.close();
  }

  async saveState(directory: string): Promise<void> {
    await this.#learner.model.saveState(directory);
  }

  close(): Promise<void> {
    return this.#learner.model.close();
  }

  async forwardBackward(request: ForwardBackwardRequest, arrival: number, signal: AbortSignal): Promise<FutureResult> {
    const { data, loss_fn, loss_fn_config, loss_fn_config_v2, forward_only } = request;
    if (!forward_only) this.accumulation.check(arrival, 'a forward_backward');
    const given = new Map<string, number | string>(loss_fn_config);
    for (const [key, { number, text = '' }] of loss_fn_config_v2) given.set(key, number ?? text);
    const loss = chooseLoss(loss_fn, given);
    const examples = examplesOf(data, loss);
    const targets = examples.map((example) => example.targets);
    const tokens = tokensOf(targets);
    if (tokens > this.#requestTokens) {
      throw new InputError(`a request of ${tokens} tokens, of which this server takes ${this.#requestTokens}`, {
        remedy: 'Send fewer sequences at once, or start the server with a larger --max-tokens.',
      });
    }
    const { requests, owners } = partsOf(targets);
    const options = { signal };
    const before =
      forward_only || loss.loss.needsLogProbs
        ? await inExamples(owners, () => (forward_only ? this.#learner.model : this.policy).logProbs(requests, options))
        : undefined;
    const known = before && rowsByExample(targets, before);
    const losses = (rows: readonly Float32Array[]) =>
      examples.map(({ columns }, i) => lossOf(loss, columns, rows[i] ?? []));
    const logProbsOf = (all: ReturnType<typeof rowsByExample>) => targets.map((own, i) => gather(own, all[i] ?? []));
    let logProbs = known === undefined ? undefined : logProbsOf(known);
    if (!forward_only) {
      const weights = losses(logProbs ?? targets.map(({ count }) => new Float32Array(count))).map((one) => one.weights);
      const weighted = targets.flatMap(({ parts }, example) =>
        parts.map(
          ({ request: own, cells }): WeightedSequence => ({
            ...own,
            weights: cells.map((cell) => weights[example]?.[cell] ?? Number.NaN),
          }),
        ),
      );
      const rows = await inExamples(owners, () => this.policy.accumulate(weighted, options));
      this.#gradient = true;
      logProbs ??= logProbsOf(rowsByExample(targets, rows));
    }
    const found = logProbs ?? [];
    const total = sum(losses(found).map((one) => one.loss));
    const bytes = FORWARD_BACKWARD_OUTPUT.encode({
      loss_fn_output_type: 'ArrayRecord',
      loss_fn_outputs: recordsOf(targets, found),
      metrics: new Map([['loss:sum', total]]),
    });
    return { kind: 'message', bytes };
  }

  /** Discards what was accumulated, after a failure that the engine did not see. */
  async discard(): Promise<void> {
    this.#gradient = false;
    if (this.#learner.kind === 'blended') return;
    await this.policy.accumulate([], { signal: AbortSignal.abort() }).catch(() => undefined);
  }

  async step(settings: AdamSettings, arrival: number): Promise<FutureResult> {
    try {
      this.accumulation.check(arrival, 'an optim_step');
      const { gradientNorm } = await this.policy.step(settings);
      const metrics = gradientNorm === undefined ? {} : { 'grad_norm:mean': gradientNorm };
      return { kind: 'json', body: { metrics, type: 'optim_step' } };
    } finally {
      this.#gradient = false;
      this.accumulation.stepped();
    }
  }
}

/** The log-probs of all sequences, in records of sequences with equally many targets for each id. */
function recordsOf(targets: readonly Targets[], logProbs: readonly Float32Array[]): readonly ArrayRecord[] {
  const records: ArrayRecord[] = [];
  for (let start = 0; start < targets.length; ) {
    const width = targets[start]?.width ?? 1;
    let end = start + 1;
    while (targets[end]?.width === width) end++;
    const [record] = outputRecord({ logprobs: logProbs.slice(start, end) }, end - start);
    if (record !== undefined) records.push(width === 1 ? record : withTrailingShape(record, width));
    start = end;
  }
  return records;
}

const withTrailingShape = (record: ArrayRecord, width: number): ArrayRecord => ({
  ...record,
  fields: new Map([...record.fields].map(([name, field]) => [name, { ...field, trailing_shape: [width] }])),
});
