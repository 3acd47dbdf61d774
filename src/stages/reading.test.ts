import { expect, test } from 'vitest';
import { filtered, Lazy } from '../data/sequences/sequence.js';
import { InputError, InterruptedError } from '../errors.js';
import type { StageReport } from '../run/progress.js';
import { withTimeLimit } from '../text/time-limit.js';
import { readThrough } from './reading.js';

function context() {
  const controller = new AbortController();
  const reports: StageReport[] = [];
  const progress = { report: (report: StageReport) => void reports.push(report), finish: () => undefined };
  return { controller, reports, progress, signal: controller.signal };
}
const numbers = (length: number) => new Lazy(length, (index) => index);
const busy = (ms: number): void => {
  for (const until = performance.now() + ms; performance.now() < until; );
};

test.each([0, 1, 3, 1000])('keeps the items that pass, in order, of %i', async (length) => {
  const items = numbers(length);
  for (const passes of [(n: number) => n % 3 === 1, () => true, () => false]) {
    const asked: number[] = [];
    const kept = await readThrough(context(), items, (n) => {
      asked.push(n);
      return passes(n);
    });
    expect([...kept]).toEqual([...filtered(items, passes)]);
    expect(asked).toEqual([...items]);
  }
  expect(await readThrough(context(), items, () => true)).toBe(items);
});

test('events are seen to while rows are read, and a run that is stopped stops there', async () => {
  const { controller, ...stage } = context();
  const reason = new InterruptedError();
  setTimeout(() => controller.abort(reason), 20);
  let read = 0;
  const reading = readThrough(stage, numbers(1_000_000), () => {
    busy(1);
    read++;
    return true;
  });
  await expect(reading).rejects.toBe(reason);
  expect(read).toBeLessThan(1000);
});

test('the error is that of the first row that has one', async () => {
  const reading = readThrough(context(), numbers(100), (n) => {
    if (n >= 7) throw new InputError(`row ${n}`);
    return true;
  });
  await expect(reading).rejects.toThrow(new InputError('row 7'));
});

test('a row that never ends is ended by its own limit, and no row before it is read again', async () => {
  const read: number[] = [];
  const reading = readThrough(context(), numbers(10), (n) => {
    const work = () => {
      if (n === 4) for (;;);
      read.push(n);
      return true;
    };
    return withTimeLimit(0, work, (seconds) => new InputError(`row ${n} took ${seconds} s`));
  });
  await expect(reading).rejects.toThrow('row 4 took 2 s');
  expect(read).toEqual([0, 1, 2, 3]);
});

test('limits count by themselves again after the reading', async () => {
  await readThrough(context(), numbers(1), () => true);
  const hang = () => {
    for (;;);
  };
  expect(() => withTimeLimit(0, hang, () => new InputError('over'))).toThrow('over');
});

test('tells how far it is where it takes long', async () => {
  const { reports, ...stage } = context();
  await readThrough(stage, numbers(3), () => true);
  expect(reports).toEqual([]);
  await readThrough(stage, numbers(24), () => {
    busy(100);
    return true;
  });
  expect(reports[0]).toEqual({ unit: 'reading row', done: expect.any(Number), of: 24 });
  expect(reports.at(-1)?.done).toBe(24);
});
