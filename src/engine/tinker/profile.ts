/** What the probe found that a server does, beyond what every server of the protocol does. */
import type { EngineProfile, SampledLogProbs } from '../engine.js';
import type { Session } from './client/session.js';
import type { LossForm } from './losses.js';

export interface TrainingFindings {
  readonly form: LossForm;
  /** Whether epsilon counts: a server that ignores it ignores the other fields of Adam too. */
  readonly adam: boolean;
  readonly clips: boolean;
  /** Whether a second model can be held beside the one that learns, as a reference. */
  readonly copies: boolean;
}

export interface SamplingFindings {
  readonly logProbs: SampledLogProbs['of'];
  /** What an earlier snapshot gives once the model has learnt: its own weights, or those of now. */
  readonly snapshots: 'kept' | 'replaced';
  /** Whether sampling an earlier snapshot puts its weights into the model that learns. */
  readonly overwrites: boolean;
}

export interface Findings {
  /** A string says why the server cannot train, with what was measured. */
  readonly training: TrainingFindings | string;
  readonly sampling: SamplingFindings | string;
}

/** How many calls of sampling and scoring are worth having in flight: servers batch what they have. */
const CALLS_IN_FLIGHT = 16;

export function engineProfile(
  session: Session,
  { training, sampling }: Findings,
  scoring: 'trainer' | 'sampler',
): EngineProfile {
  const trains = typeof training === 'string' ? undefined : training;
  return {
    name: `tinker at ${session.transport.host}`,
    // The log-probs of prompts are those at temperature 1 on every server.
    anyTemperature: session.has('temperature') && scoring === 'trainer',
    sampledLogProbs: typeof sampling === 'string' ? 'none' : sampling.logProbs,
    training: trains && {
      full: session.has('full_fine_tuning'),
      lora: true,
      frozenCopies: trains.copies,
      blending: session.has('blending'),
      optimiser: [
        'learningRate',
        ...(trains.adam ? (['beta1', 'beta2', 'epsilon', 'weightDecay'] as const) : []),
        ...(session.has('decay') ? (['decay'] as const) : []),
        ...(trains.clips ? (['clipNorm'] as const) : []),
      ],
    },
    ...(typeof training === 'string' ? { cannotTrain: training } : {}),
    sources: ['served'],
    served: session.handshake.models.map(({ model_name }) => model_name),
    requestTokens: undefined,
    callsInFlight: session.has('in_turn') ? 1 : CALLS_IN_FLIGHT,
    deterministic: session.has('deterministic'),
  };
}
