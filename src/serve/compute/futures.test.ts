import { describe, expect, it } from 'vitest';
import { NumericError } from '../../errors.js';
import { Refusal } from '../refusal.js';
import { type Future, Futures, failure } from './futures.js';

const bytes = (length: number) => ({ kind: 'message', bytes: new Uint8Array(length) }) as const;

function taken(futures: Futures, id: string, hash = 'a'): Future {
  const { future } = futures.take(id, hash);
  if (future === undefined) throw new Error(`${id} is gone`);
  return future;
}

describe('results', () => {
  it('are forgotten when their time is over, and their requests are still known', () => {
    const futures = new Futures(10, 1e9);
    taken(futures, 'm:1').settle(bytes(3));
    taken(futures, 'm:2');
    futures.sweep(Date.now() + 9_000);
    expect(futures.get('m:1')?.result).toEqual(bytes(3));
    futures.sweep(Date.now() + 11_000);
    expect(futures.get('m:1')).toBeUndefined();
    // What is not computed yet is not old.
    expect(futures.get('m:2')).toBeDefined();
    expect(futures.take('m:1', 'a')).toEqual({ future: undefined, isNew: false });
    expect(() => futures.take('m:1', 'b')).toThrow(Refusal);
  });

  it('make room, those that were fetched first', () => {
    const futures = new Futures(1000, 250);
    for (const id of ['m:1', 'm:2', 'm:3']) taken(futures, id).settle(bytes(100));
    const second = futures.get('m:2');
    if (second !== undefined) second.fetched = true;
    futures.sweep();
    expect(['m:1', 'm:2', 'm:3'].map((id) => futures.get(id) !== undefined)).toEqual([true, false, true]);
  });

  it('survive a restart', () => {
    const before = new Futures(1000, 1e9);
    const results = [
      bytes(3),
      { kind: 'json', body: { a: 1 } } as const,
      failure(new NumericError('not finite', { sample: 2 })),
    ];
    results.forEach((result, i) => {
      taken(before, `m:${i}`).settle(result);
    });
    taken(before, 'm:9');
    const after = new Futures(1000, 1e9);
    after.restore(JSON.parse(JSON.stringify(before.kept())));
    expect(results.map((_, i) => after.get(`m:${i}`)?.result)).toEqual(results);
    expect(after.get('m:9')).toBeUndefined();
    expect(after.take('m:0', 'a').isNew).toBe(false);
  });

  it('are waited for until they are there, the time is over or the client has left', async () => {
    const futures = new Futures(1000, 1e9);
    const future = taken(futures, 'm:1');
    const never = new AbortController().signal;
    await future.wait(5, never);
    expect(future.result).toBeUndefined();
    const left = new AbortController();
    const waiting = future.wait(60_000, left.signal);
    left.abort();
    await waiting;
    const answered = future.wait(60_000, never);
    future.settle(bytes(1));
    await answered;
    // The first result stays.
    future.settle(bytes(2));
    expect(future.result).toEqual(bytes(1));
  });
});
