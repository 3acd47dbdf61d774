/** What replies of the protocol say. */
import {
  ConnectionError,
  type ErrorFacts,
  type ErrorRecord,
  fromErrorRecord,
  InputError,
  StorageError,
} from '../../../errors.js';
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

/** The first line of what a reply says; the others are advice to people who write their own training loop. */
export const briefWordsOf = (reply: Reply): string => wordsOf(reply).split('\n', 1)[0] ?? '';

/** Of errors after which the server has no longer what this side believes: only what a run saved is sure. */
export const RESUME: ErrorFacts = {
  retryable: false,
  remedy: 'Resume from the last checkpoint, with the same command.',
};

/** The error that a server of ours sent, of its own class. What its disk lacks is not said of the disk of this machine. */
export function sentError(record: ErrorRecord): Error {
  const error = fromErrorRecord(record);
  if (!(error instanceof StorageError)) return error;
  const { file: _, remedy = 'See what is wrong with its disk.', ...facts } = error.facts;
  return new StorageError(`on the server: ${error.summary}`, { ...facts, remedy: `There: ${remedy}` });
}

/** The error of a reply that refuses what was asked. */
export function refusal(what: string, reply: Reply): Error {
  const record = reply.body.kind === 'json' ? errorRecordOf(reply.body.json) : undefined;
  if (record !== undefined) return sentError(record);
  const words = briefWordsOf(reply);
  if (reply.status === 409)
    return new ConnectionError(`the server does not agree about the order of calls: ${words}`, RESUME);
  if (reply.status === 410)
    return new ConnectionError(`the server no longer has what ${what} is about: ${words}`, RESUME);
  return new InputError(`the server refuses ${what}: ${wordsOf(reply)}`);
}
