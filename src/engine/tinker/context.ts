/** What the models of one engine share. */
import { type RltError, UnsupportedError } from '../../errors.js';
import type { EngineProfile } from '../engine.js';
import type { ServerModel } from './client/server-model.js';
import type { Session } from './client/session.js';
import type { Findings } from './profile.js';

export interface Context {
  readonly session: Session;
  readonly findings: Findings;
  readonly profile: EngineProfile;
  /** Whether a frozen base model is scored by the trainer's forward pass, or by the sampler. */
  readonly scoring: 'trainer' | 'sampler';
  /** The model of the trainer that scores a base model. It has an adapter that changes nothing. */
  readonly borrow: (baseModel: string) => Promise<Borrowed>;
  /** Follows a call until it ends, so that the engine can wait for it; refuses it when the engine is closed. */
  readonly track: <Result>(call: () => Promise<Result>) => Promise<Result>;
  /** Closes a model with its engine, until the returned function is called. */
  readonly register: (close: () => Promise<void>) => () => void;
}

export interface Borrowed {
  readonly model: ServerModel;
  readonly giveBack: () => Promise<void>;
}

/** The error of what the probe found that the server cannot do. */
export const cannot = (what: string, why: string): RltError =>
  new UnsupportedError(`this server cannot ${what}: ${why}`, { remedy: 'docs/engines.md has the servers that can.' });
