import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InputError } from '../../../errors.js';
import { zstdContent, zstdFrame } from './zstd.js';

const LIMIT = 1 << 20;

it('a frame has the content that was put in, of any size', () => {
  for (const size of [0, 1, 255, 256, 131_072, 131_073, 400_000]) {
    const content = Uint8Array.from({ length: size }, (_, i) => (i * 31) % 251);
    expect(Buffer.from(zstdContent(zstdFrame(content), LIMIT)).equals(content), `${size}`).toBe(true);
  }
});

it('frames of other writers are read', () => {
  // One block that repeats a byte: 1000 times "a", with a window of 1 MiB and no size.
  const repeated = Buffer.from('28b52ffd 00 50 431f00 61'.replaceAll(' ', ''), 'hex');
  expect(Buffer.from(zstdContent(repeated, LIMIT)).toString()).toBe('a'.repeat(1000));
  // Two blocks, raw and repeated, of a single segment of 8 bytes.
  const two = Buffer.from('28b52ffd 20 08 180000 616263 2b0000 64'.replaceAll(' ', ''), 'hex');
  expect(Buffer.from(zstdContent(two, LIMIT)).toString()).toBe('abcddddd');
});

it('what is too large is refused, before it takes memory', () => {
  const content = new Uint8Array(5000);
  expect(() => zstdContent(zstdFrame(content), 4999)).toThrow(/larger than 4999 bytes/);
  expect(zstdContent(zstdFrame(content), 5000)).toHaveLength(5000);
  // A window of 2 GiB; a size of 2^40; 128 KiB from each of many blocks of one byte.
  const window = Buffer.from('28b52ffd00a8 0b0000 61'.replaceAll(' ', ''), 'hex');
  const size = Buffer.from('28b52ffde0 0000000000010000 0b0000 61'.replaceAll(' ', ''), 'hex');
  const bomb = Buffer.from(`28b52ffd0050${'02001061'.repeat(999)}03001061`, 'hex');
  for (const frame of [window, size, bomb]) expect(() => zstdContent(frame, LIMIT)).toThrow(InputError);
});

it('what is no frame, not whole, or more than one, is an InputError', () => {
  const frame = zstdFrame(Buffer.from('abc'));
  const refused = (bytes: Uint8Array) => expect(() => zstdContent(bytes, LIMIT)).toThrow(InputError);
  for (let length = 0; length < frame.length; length++) refused(frame.subarray(0, length));
  refused(Buffer.concat([frame, frame]));
  refused(Buffer.from('{"model_id":"not a frame"}'));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 5, maxLength: 40 }), (noise) => {
      try {
        zstdContent(Buffer.concat([frame.subarray(0, 4), noise]), 1000);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
  );
});
