import type { Session } from '../client/session.js';
import type { Findings } from '../profile.js';
export const probe = async (_session: Session, _model: string | null): Promise<Findings> => ({
  training: { form: { loss: 'cross_entropy' }, adam: true, clips: true, copies: true },
  sampling: { logProbs: 'raw', snapshots: 'kept', overwrites: false },
});
