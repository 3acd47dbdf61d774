/** A model that learns on a server. */
import { basename } from 'node:path';
import { ConnectionError, InputError, InterruptedError, UnsupportedError } from '../../errors.js';
import { AccumulationGuard, AccumulationLedger, type StepTicket } from '../accumulation.js';
import { checkAdam, checkDirectory, checkShare, checkState } from '../calls.js';
import type {
  AdamSettings,
  CallOptions,
  FrozenCopy,
  ModelFacts,
  ModelSource,
  Policy,
  ServedSource,
  StateReference,
  StepResult,
  TokenLogProbs,
  WeightedSequence,
} from '../engine.js';
import { checkWeightedSequences } from '../requests.js';
import { inPlaces } from './base-model.js';
import { RESUME } from './client/replies.js';
import type { ServerModel } from './client/server-model.js';
import { type Context, cannot } from './context.js';
import { configOf, type LossForm, plainDatum, ratioDatum, type Span, spanOf, weightedDatum } from './losses.js';
import { askedOf, chosen, sendPasses } from './passes.js';
import type { LoraConfig } from './protocol/training.js';
import { servedPath, TrainedModel } from './trained-model.js';

/** Sequences whose gradient is computed with their step: it takes their log-probs, and how many the step has. */
interface Waiting {
  readonly spans: readonly Span[];
  readonly weightsOf: (span: Span) => ArrayLike<number>;
  readonly logProbs: Promise<TokenLogProbs[]>;
}

export class TinkerPolicy extends TrainedModel implements Policy {
  readonly #form: LossForm;
  readonly #ledger = new AccumulationLedger();
  readonly #guard = new AccumulationGuard(() => this.#discard());
  /** Gradients that were sent and are not there yet, and whose step was not sent. */
  readonly #open = new Set<Interruptible>();
  /** Results that the next step depends on. */
  #results: Promise<unknown>[] = [];
  #waiting: Waiting[] = [];
  /** Whether the server holds a gradient that belongs to no step. */
  #stale = false;
  #accumulated = false;
  /** The number of the last accumulation that was sent. */
  #accumulation: number | undefined;
  /** Why the weights are no longer known. */
  #lost: ConnectionError | undefined;

  constructor(
    context: Context,
    source: ServedSource,
    facts: ModelFacts,
    model: ServerModel,
    lora: LoraConfig | undefined,
    form: LossForm,
  ) {
    super(context, source, facts, model, lora);
    this.#form = form;
  }

  accumulate(sequences: readonly WeightedSequence[], options: CallOptions = {}): Promise<TokenLogProbs[]> {
    return this.#ledger.accumulate((accumulation) =>
      this.call(options, sequences, async () => {
        checkWeightedSequences(this.facts, sequences);
        this.checkTemperatures(sequences);
        const spans = spansOf(sequences);
        const own = interruptible(options.signal);
        const { signal } = own;
        try {
          const { logProbs } = await this.turn(() =>
            this.#guard.accumulate(accumulation, async () => {
              if (signal.aborted) throw new InterruptedError();
              await this.#clear();
              this.#accumulation = accumulation;
              this.#accumulated = true;
              this.#open.add(own);
              const weightsOf = (span: Span) => sequences[span.sample]?.weights ?? [];
              const sent = await this.#send(spans, weightsOf, { ...options, signal });
              this.#results.push(sent.logProbs);
              return sent;
            }),
          );
          const all = await logProbs;
          if (signal.aborted) throw new InterruptedError();
          return inPlaces(sequences, spans, chosen(spans, all));
        } catch (error) {
          await this.#guard.fail(accumulation);
          throw error;
        } finally {
          this.#open.delete(own);
          own.release();
        }
      }),
    );
  }

  async step(settings: AdamSettings): Promise<StepResult> {
    // What is refused here leaves the gradient as it is.
    checkAdam(settings);
    const ticket = this.#ledger.step();
    return this.call({}, settings, async () => {
      const { result } = await this.turn(() => this.#sendStep(ticket, settings));
      return result;
    });
  }

  freeze(): Promise<FrozenCopy> {
    return this.call({}, undefined, async () => {
      const { session, findings } = this.context;
      if (typeof findings.training !== 'string' && !findings.training.copies)
        throw cannot('keep a frozen copy', 'it holds no second model beside the one that learns');
      const { path } = await this.turn(() => this.saveAs('copy'));
      const saved = await path;
      const info = await session.weightsInfo(saved);
      const model = await session.loadModel(saved, false, info, this.lora);
      await session.forget(saved);
      return new TrainedModel(this.context, this.source, this.facts, model, this.lora);
    });
  }

  blendInto(reference: FrozenCopy, share: number): Promise<void> {
    return this.call({}, share, async () => {
      checkShare(share);
      const { session } = this.context;
      if (!session.has('blending'))
        throw new UnsupportedError('the Tinker protocol cannot blend the weights of two models', {
          remedy: 'Set reference.update to replace, which is nearly the same as a share of 0.9.',
        });
      if (!(share >= 0 && share <= 1))
        throw new InputError(`a share of ${share} is not in [0, 1]`, {
          remedy: 'Give the weight of the policy: 1 replaces the reference.',
        });
      if (!(reference instanceof TrainedModel) || reference.context.session !== session)
        throw new InputError('the reference is not a copy that this engine made', {
          remedy: 'Make it with policy.freeze().',
        });
      // The call takes its place on both models at once; it is sent when both are at it.
      let accepted: Promise<unknown> = Promise.resolve();
      const reached = new Promise<ServerModel>((resolve, reject) => {
        this.turn(async () => {
          resolve(this.model);
          await accepted;
        }).catch(reject);
      });
      const sent = reference.blendFrom(reached, share);
      accepted = sent.catch(() => undefined);
      await (await sent).done;
    });
  }

  save(directory: string): Promise<ModelSource> {
    return this.call({}, undefined, async () => {
      checkDirectory('policy.save', directory);
      const { path } = await this.turn(() => this.saveAs(basename(directory)));
      return { kind: 'served', name: await path, tokenizer: this.source.tokenizer };
    });
  }

  override saveState(directory: string): Promise<StateReference> {
    const { accumulation } = this.#ledger;
    return this.call({}, undefined, async () => {
      checkDirectory('policy.saveState', directory);
      const { path } = await this.turn(async () => {
        await this.#guard.enter(accumulation);
        if (this.#accumulated)
          throw new InputError('a state is not saved between accumulate and step', { remedy: 'Call step first.' });
        // Servers keep gradients apart from what they save; one of ours does not save between accumulate and step.
        if (this.context.session.has('discard_gradient')) await this.#clear();
        return this.saveAs(basename(directory));
      });
      return { kind: 'served', path: await path };
    });
  }

  override async restoreState(state: StateReference): Promise<void> {
    checkState(state);
    this.#ledger.begin();
    const { accumulation } = this.#ledger;
    return this.call({}, undefined, () =>
      super.turn(async () => {
        await this.#guard.enter(accumulation);
        await this.loadFrom(servedPath(state), true);
        this.#stale = false;
        this.#lost = undefined;
      }),
    );
  }

  /** Until a state is restored, weights that are not known are not used. */
  protected override turn<Result>(work: () => Promise<Result>): Promise<Result> {
    return super.turn(async () => {
      if (this.#lost !== undefined) throw this.#lost;
      return work();
    });
  }

  async #send(
    spans: readonly Span[],
    weightsOf: Waiting['weightsOf'],
    options: CallOptions,
  ): Promise<{ readonly logProbs: Promise<TokenLogProbs[]> }> {
    if (this.#form.loss === 'cross_entropy') {
      const asked = askedOf(this.model);
      const datumOf = (span: Span) => weightedDatum(span, asked, weightsOf(span));
      this.#stale = true;
      return sendPasses(this.model, spans, { loss: 'cross_entropy', forwardOnly: false, asked, datumOf }, options);
    }
    const asked = 'all';
    const datumOf = (span: Span) => plainDatum(span, asked);
    const kind = { loss: 'cross_entropy', forwardOnly: true, asked, datumOf } as const;
    const forward = await sendPasses(this.model, spans, kind, options);
    this.#waiting.push({ spans, weightsOf, logProbs: forward.logProbs });
    return forward;
  }

  /** In its turn: sends the step behind its gradients, unless one of them is known to have failed. */
  async #sendStep(ticket: StepTicket, settings: AdamSettings): Promise<{ readonly result: Promise<StepResult> }> {
    await this.#guard.step(ticket);
    this.#accumulated = false;
    try {
      // The server takes the step with all that was sent for it, so from here on nothing of it can be interrupted.
      for (const { signal, release } of this.#open) {
        if (signal.aborted) throw new InterruptedError();
        release();
      }
      if (this.#form.loss !== 'cross_entropy') await this.#sendWaiting(this.#form);
      await this.settle();
      const { result } = await this.model.step({
        learning_rate: settings.learningRate,
        beta1: settings.beta1,
        beta2: settings.beta2,
        eps: settings.epsilon,
        weight_decay: settings.weightDecay,
        grad_clip_norm: settings.clipNorm ?? 0,
        ...(this.context.session.has('decay') && { rlt_decay: settings.decay ?? 'matrices' }),
      });
      const finished = this.#finish(this.#results, result);
      finished.catch(() => undefined);
      // A step that fails leaves its gradient to whatever was sent after it.
      this.#results = [finished];
      this.#stale = false;
      return { result: finished };
    } catch (error) {
      this.#discard();
      throw error;
    }
  }

  async #finish(results: readonly Promise<unknown>[], step: Promise<StepResult>): Promise<StepResult> {
    const [gradients, [stepped]] = await Promise.all([Promise.allSettled(results), Promise.allSettled([step])]);
    const failed = gradients.find((gradient) => gradient.status === 'rejected');
    if (stepped.status === 'fulfilled' && failed === undefined) return stepped.value;
    if (stepped.status === 'fulfilled') {
      this.#lost = new ConnectionError('the server took a step with a part of its gradient only', {
        ...RESUME,
        cause: failed?.reason,
      });
      throw this.#lost;
    }
    this.#stale = true;
    if (this.#accumulated && this.#accumulation !== undefined) await this.#guard.fail(this.#accumulation);
    if (failed === undefined) throw stepped.reason;
    throw new InputError('a step after an accumulate that failed: the gradient of this step is incomplete', {
      remedy: 'Accumulate the whole batch again; the weights were not changed.',
    });
  }

  /** Sends the gradients that waited for their step. */
  async #sendWaiting(form: Exclude<LossForm, { readonly loss: 'cross_entropy' }>): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const sequences = waiting.reduce((total, { spans }) => total + spans.length, 0);
    for (const { spans, weightsOf, logProbs } of waiting) {
      const all = new Map((await logProbs).map((row, i) => [spans[i], row]));
      const datumOf = (span: Span) => {
        const row = all.get(span);
        if (row === undefined) throw new Error('a sequence without its log-probs');
        return ratioDatum(span, weightsOf(span), row, form.divisor, sequences);
      };
      this.#stale = true;
      const kind = { loss: form.loss, config: configOf(form), forwardOnly: false, asked: 'all', datumOf } as const;
      this.#results.push((await sendPasses(this.model, spans, kind)).logProbs);
    }
  }

  /** What was accumulated belongs to no step: the server must forget it before the next gradient. */
  #discard(): void {
    this.#results = [];
    this.#waiting = [];
    this.#accumulated = false;
  }

  /** In its turn, before a gradient or a state: makes the server forget a gradient that belongs to no step. */
  async #clear(): Promise<void> {
    if (!this.#stale || this.#accumulated) return;
    const { session } = this.context;
    if (session.has('discard_gradient')) await this.model.discardGradient();
    else {
      // The protocol cannot forget a gradient. A model that is loaded from the state of this one has none.
      const { result } = await this.model.save(`renewed-${this.model.sequence + 1}`);
      const path = await result;
      await this.loadFrom(path, true);
      await session.forget(path);
    }
    this.#stale = false;
  }
}

/** What the signal of a call interrupts until it is released from it. */
interface Interruptible {
  readonly signal: AbortSignal;
  readonly release: () => void;
}

function interruptible(of: AbortSignal | undefined): Interruptible {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (of?.aborted === true) abort();
  of?.addEventListener('abort', abort, { once: true });
  return { signal: controller.signal, release: () => of?.removeEventListener('abort', abort) };
}

/** Sequences with tokens to predict. */
function spansOf(sequences: readonly WeightedSequence[]): readonly Span[] {
  const spans = sequences.map(spanOf);
  const chosenSpans = spans.filter(({ sequence }) => sequence.positions.length > 0);
  // A batch without any chosen position still is a step, with a gradient of zero.
  return chosenSpans.length > 0 ? chosenSpans : spans.filter(({ targets }) => targets > 0).slice(0, 1);
}
