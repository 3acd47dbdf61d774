/** Requests whose results are fetched later. */
import type { z } from 'zod';
import type { Reply } from '../../remote/http.js';
import type { FutureCall } from '../protocol/endpoints.js';
import { readBody } from '../protocol/futures.js';
import { type FutureResponse, futureResponse } from '../protocol/json.js';
import type { Budget } from './budget.js';
import { fetchResult } from './results.js';
import type { Request, Transport } from './transport.js';

/** What such requests need of a session. */
export interface Connection {
  readonly transport: Transport;
  readonly downloads: Budget;
}

/** A request that the server has accepted. It is in an object, since a promise of a promise would wait for both. */
export interface Accepted<Result> {
  readonly acknowledgement: FutureResponse;
  readonly result: Promise<Result>;
}

/** Sends a request with a JSON body. Resolves when the server has accepted it. */
export async function later<Body extends z.ZodType, Result extends z.ZodType>(
  connection: Connection,
  { path, kind, request, result }: FutureCall<Body, Result>,
  body: z.input<Body>,
): Promise<Accepted<z.output<Result>>> {
  const json = JSON.stringify(readBody(request, body, `the request ${path}`));
  return accepted(connection, { method: 'POST', path, what: path, body: json }, kind, false, (reply) =>
    readBody(result, reply.body.kind === 'json' ? reply.body.json : undefined, `the result of ${path}`),
  );
}

/** Sends a request; `read` reads its result. Resolves when the server has accepted it. */
export async function accepted<Result>(
  connection: Connection,
  request: Request,
  kind: string,
  isMessage: boolean,
  read: (reply: Reply) => Result,
  signal?: AbortSignal,
): Promise<Accepted<Result>> {
  const { transport, downloads } = connection;
  const acknowledgement = await transport.send(request, ({ body }) =>
    readBody(futureResponse, body.kind === 'json' ? body.json : undefined, `the reply to ${request.what}`),
  );
  const requestId = acknowledgement.request_id;
  const result = fetchResult(transport, downloads, { requestId, kind, isMessage, read, signal });
  // It is awaited later; until then, a rejection must not count as unhandled.
  result.catch(() => undefined);
  return { acknowledgement, result };
}
