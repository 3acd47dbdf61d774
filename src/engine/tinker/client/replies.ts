/** What replies of the protocol say. */
import { fromErrorRecord, InputError } from '../../../errors.js';
import type { Reply } from '../../remote/http.js';
import { detailOf, errorRecordOf } from '../protocol/futures.js';

/** What a reply says in words. */
export function wordsOf({ status, body }: Reply): string {
  const detail = body.kind === 'json' ? detailOf(body.json) : undefined;
  if (detail !== undefined) return detail;
  const text = body.kind === 'json' ? JSON.stringify(body.json) : body.kind === 'other' ? body.text : '';
  const brief = text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  return brief === '' ? `status ${status}` : `status ${status}: ${brief}`;
}

/** The error of a reply that refuses what was asked. */
export function refusal(what: string, reply: Reply): Error {
  const record = reply.body.kind === 'json' ? errorRecordOf(reply.body.json) : undefined;
  if (record !== undefined) return fromErrorRecord(record);
  return new InputError(`the server refuses ${what}: ${wordsOf(reply)}`);
}
