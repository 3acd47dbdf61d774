/** Exchanges between other clients and servers that were recorded. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** A message as it came, and as the classes that Google's compiler makes read it. */
export const message = z.object({ _base64: z.base64(), _protobuf: z.record(z.string(), z.unknown()) });
export const exchanges = z.array(
  z.object({
    method: z.string(),
    path: z.string(),
    request: z.unknown(),
    status: z.int(),
    response: z.unknown(),
  }),
);
export type Exchange = z.output<typeof exchanges>[number];

const numbers = z.array(z.number());
const session = z.object({
  exchanges,
  seen: z.object({
    ids: numbers,
    weights: numbers,
    adam: z.object({
      learning_rate: z.number(),
      beta1: z.number(),
      beta2: z.number(),
      eps: z.number(),
      weight_decay: z.number(),
      grad_clip_norm: z.number(),
    }),
    logProbs: numbers,
    step: z.record(z.string(), z.number()),
    samples: z.array(z.object({ ids: numbers, logProbs: numbers })),
    promptLogProbs: numbers,
    path: z.string(),
  }),
});

/** The goldens are data: they stay with the sources. */
export const SDK_SESSION = fileURLToPath(
  new URL('../../../../src/engine/tinker/goldens/sdk-0.38.json', import.meta.url),
);
/** A session of the official SDK 0.38 with a server of ours (scripts/interop/record-sdk.py), and what its caller saw. */
export const sdkSession = (): z.output<typeof session> => session.parse(JSON.parse(readFileSync(SDK_SESSION, 'utf8')));
