/** What bounds a client, by the server's wish or by default. */
import type { ClientConfig } from '../protocol/session.js';

export interface Limits {
  /** Most sequences, and most bytes, of one forward_backward. */
  readonly chunkSequences: number;
  readonly chunkBytes: number;
  readonly compress: boolean;
  /** Most requests of one model whose results are not there. */
  readonly trainingInFlight: number;
  readonly samplesInFlight: number;
  readonly downloadBytes: number;
}

export const limitsOf = (config: ClientConfig): Limits => ({
  chunkSequences: Math.max(1, config.fwdbwd_max_chunk_len ?? 1024),
  chunkBytes: Math.max(1, config.fwdbwd_max_chunk_bytes_count ?? 5_000_000),
  compress: config.proto_compress_fwdbwd === true,
  trainingInFlight: 64,
  samplesInFlight: Math.max(1, Math.min(config.sample_max_concurrent_requests ?? 256, 256)),
  downloadBytes: Math.max(1, config.inflight_response_bytes_semaphore_size ?? 50 * 2 ** 20),
});
