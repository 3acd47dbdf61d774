import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { exitRecord, framed } from './wandb-file.js';

/** The records of a file, by the description of the format: github.com/google/leveldb, doc/log_format.md. */
function recordsIn(file: Buffer): Buffer[] {
  expect(file.subarray(0, 7)).toEqual(Buffer.from(':W&B\xe1\xbe\x00', 'latin1'));
  const records: Buffer[] = [];
  let parts: Buffer[] = [];
  for (let at = 7; at < file.length; ) {
    const left = 32_768 - (at % 32_768);
    if (left < 7) {
      expect(file.subarray(at, at + left).every((byte) => byte === 0)).toBe(true);
      at += left;
      continue;
    }
    const length = file.readUInt16LE(at + 4);
    const type = file[at + 6];
    expect(length).toBeLessThanOrEqual(left - 7);
    expect(file.readUInt32LE(at)).toBe(crc32(file.subarray(at + 6, at + 7 + length)));
    expect(parts.length === 0 ? [1, 2] : [3, 4]).toContain(type);
    parts.push(file.subarray(at + 7, at + 7 + length));
    if (type === 1 || type === 4) {
      records.push(Buffer.concat(parts));
      parts = [];
    }
    at += 7 + length;
  }
  expect(parts).toEqual([]);
  return records;
}

test('records of every length are read back, also where a block ends within or right before one', () => {
  const records: Uint8Array[] = [0, 1, 100_000].map((length) => Buffer.alloc(length, length % 251));
  // The rest of the current block but 0 to 8 bytes: the next header fits just, or not.
  for (let short = 0; short <= 8; short++) {
    const used = framed(0, records).length % 32_768;
    records.push(Buffer.alloc((32_768 - used - 7 - short + 32_768) % 32_768, 9), Buffer.from('next'));
  }
  const whole = Buffer.from(framed(0, records));
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  expect(recordsIn(whole).map(hex)).toEqual(records.map(hex));
  let file = Buffer.alloc(0);
  for (const record of records) file = Buffer.concat([file, framed(file.length, [record])]);
  expect(file.equals(whole)).toBe(true);
});

test('an exit record says code and seconds', () => {
  // Record { num: 7, exit: { exit_code: 0, runtime: 90 } }
  expect(Buffer.from(exitRecord(7, 90)).toString('hex')).toBe('08079201040800105a');
});
