/** What the JSON bodies share. Unknown fields are ignored on both sides, as the protocol asks. */
import { z } from 'zod';

export const text = z.string();
export const whole = z.int().min(0);

/** `type` repeats the name of the request in its body; what other writers leave out is not asked for. */
export const typed = <Name extends string>(name: Name) => z.literal(name).nullish().default(name);

/** The acknowledgement of a request whose result comes later. */
export const futureResponse = z.object({
  request_id: z.union([text, z.number().transform(String)]),
  model_id: text.nullish(),
});
export type FutureResponse = z.output<typeof futureResponse>;

/** A page of a list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  offset: z.coerce.number().int().min(0).default(0),
});
export const cursor = z.object({ offset: whole, limit: whole, total_count: whole });
