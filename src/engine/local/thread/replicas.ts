/** What a lane does: computes its share of calls on replicas of models. */
import { InputError } from '../../../errors.js';
import type {
  Completion,
  SampleOptions,
  SampleRequest,
  ScoreRequest,
  TokenLogProbs,
  WeightedSequence,
} from '../../engine.js';
import { feedsOf } from '../programs/weight-inputs.js';
import { Runtime } from '../run/runtime.js';
import type { SamplingJob } from '../run/sampling/batch-sessions.js';
import { sample } from '../run/sampling/sampling.js';
import { differentiate, GradientSum, score } from '../run/sequences.js';
import type { LocalSettings } from '../settings.js';
import { heldBy } from '../weights/held.js';
import { learningValues, type ModelWeights } from '../weights/model-weights.js';
import { type ParameterValues, setValues, sharedZerosLike } from '../weights/parameters.js';
import type { Handlers, Method } from './methods.js';

/**
 * Log-probs, and the gradient of the weighted sum of them by name of what learns: in shared memory, overwritten by the
 * lane's next call on the same replica.
 */
export interface Derivative {
  readonly logProbs: TokenLogProbs[];
  readonly gradients: ParameterValues;
}

/** A call on a lane's copy of a model's weights. */
type OnReplica<Rest = unknown> = { readonly replica: number } & Rest;

/** What a lane's thread can be asked. */
export type LaneMethods = {
  readonly put: Method<OnReplica<{ readonly weights: ModelWeights }>, void>;
  /** `values`: of what learns, in shared memory, to be copied. */
  readonly update: Method<OnReplica<{ readonly values: ParameterValues }>, void>;
  readonly drop: Method<OnReplica, void>;
  readonly sample: Method<OnReplica<{ readonly requests: readonly SampleRequest[] }>, Completion[][]>;
  readonly logProbs: Method<OnReplica<{ readonly sequences: readonly ScoreRequest[] }>, TokenLogProbs[]>;
  readonly differentiate: Method<OnReplica<{ readonly sequences: readonly WeightedSequence[] }>, Derivative>;
  readonly closeTraining: Method<undefined, void>;
  readonly close: Method<undefined, void>;
};

interface Replica {
  readonly weights: ModelWeights;
  /** Of the last call, from the first one on. */
  gradients?: ParameterValues;
}

/** The methods of one lane, with replicas and programs of its own. */
export function replicaMethods(settings: LocalSettings): Handlers<LaneMethods> {
  const runtime = new Runtime(settings);
  const replicas = new Map<number, Replica>();

  function held(replica: number): Replica {
    const known = replicas.get(replica);
    if (known === undefined) throw new InputError('this model was closed', { remedy: 'Open it again.' });
    return known;
  }

  function job(replica: number, options: SampleOptions): SamplingJob {
    const { weights } = held(replica);
    const feeds = feedsOf(weights);
    const { form, base, quantised, integers } = weights;
    return { runtime, form, weights: () => feeds, base, quantised, integers, options };
  }

  return {
    put({ replica, weights }) {
      replicas.set(replica, { weights });
      runtime.hold(heldBy(weights));
    },
    update: ({ replica, values }) => setValues(learningValues(held(replica).weights), values),
    async drop({ replica }) {
      const known = replicas.get(replica);
      await runtime.release(known && heldBy(known.weights));
      replicas.delete(replica);
    },
    sample: ({ replica, requests }, options) => sample({ ...job(replica, options), options }, requests),
    logProbs: ({ replica, sequences }, options) => score(job(replica, options), sequences),
    async differentiate({ replica, sequences }, options) {
      const own = held(replica);
      own.gradients ??= sharedZerosLike(learningValues(own.weights));
      const { gradients } = own;
      const sum = new GradientSum(gradients, own.weights.form.architecture, true);
      const logProbs = await differentiate(job(replica, options), sequences, sum);
      sum.close();
      return { logProbs, gradients };
    },
    closeTraining: () => runtime.closeTraining(),
    close: () => runtime.close(),
  };
}
