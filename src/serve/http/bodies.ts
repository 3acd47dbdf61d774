/** Bodies of requests: read within a limit, decompressed, checked. */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { z } from 'zod';
import type { JSON_TYPE, PROTOBUF } from '../../engine/tinker/protocol/endpoints.js';
import { readBody } from '../../engine/tinker/protocol/futures.js';
import { zstdContent } from '../../engine/tinker/protocol/zstd.js';
import { InputError } from '../../errors.js';
import { Refusal } from '../refusal.js';

export interface Body {
  readonly bytes: Uint8Array;
  /** Of path and content: equal for the attempts of one request. */
  readonly hash: string;
}

const typeOf = (context: Context): string =>
  (context.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

/** @throws {Refusal} when the body is too large, of another type, or compressed in another way */
export async function bodyOf(context: Context, type: typeof JSON_TYPE | typeof PROTOBUF, limit: number): Promise<Body> {
  if (typeOf(context) !== type) throw new Refusal(415, `${context.req.path} takes ${type}`);
  const raw = await readLimited(context, limit);
  const encoding = context.req.header('content-encoding') ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'zstd')
    throw new Refusal(415, `a body with the encoding ${encoding}; this server reads zstd`);
  const bytes = encoding === 'zstd' ? zstdContent(raw, limit) : raw;
  return { bytes, hash: createHash('sha256').update(context.req.path).update('\n').update(bytes).digest('hex') };
}

async function readLimited(context: Context, limit: number): Promise<Uint8Array> {
  const tooLarge = (): Refusal =>
    new Refusal(413, `a body of more than ${limit} bytes, the most that this server reads`);
  if (Number(context.req.header('content-length') ?? 0) > limit) throw tooLarge();
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = context.req.raw.body;
  if (stream === null) return new Uint8Array();
  try {
    for await (const part of stream as AsyncIterable<Uint8Array>) {
      length += part.length;
      if (length > limit) throw tooLarge();
      parts.push(part);
    }
  } catch (error) {
    // The client has gone; nobody reads this.
    throw error instanceof Refusal ? error : new Refusal(400, 'the body ended before its end');
  }
  return Buffer.concat(parts, length);
}

/** A JSON body as it came. @throws {InputError} when it is none */
export function parseJson({ bytes }: Body): unknown {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new InputError('the body is not JSON', { cause });
  }
}

/** @throws {InputError} when the body is not of this form */
export const checked = <Schema extends z.ZodType>(context: Context, schema: Schema, value: unknown): z.output<Schema> =>
  readBody(schema, value, `the body of ${context.req.path}`);
