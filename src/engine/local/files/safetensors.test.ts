import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError, NumericError, RltError, UnsupportedError } from '../../../errors.js';
import type { FloatType } from './architecture.js';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './float-types.js';
import { openSafetensors, writeSafetensors } from './safetensors.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rlt-safetensors-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function fileOf(header: string | Uint8Array, data: Uint8Array = new Uint8Array(), length?: bigint): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

async function readAll(bytes: Uint8Array): Promise<Map<string, Float32Array>> {
  const path = join(directory, 'read.safetensors');
  writeFileSync(path, bytes);
  const file = await openSafetensors(path);
  try {
    const values = new Map<string, Float32Array>();
    for (const name of file.tensors.keys()) values.set(name, await file.read(name));
    return values;
  } finally {
    await file.close();
  }
}

type Tensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

async function write(tensors: Tensors, type?: FloatType): Promise<Uint8Array> {
  const path = join(directory, 'written.safetensors');
  const handle = await open(path, 'w');
  try {
    const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
    const values = [...tensors].map(([name, tensor]) => [name, tensor.values] as const);
    await writeSafetensors(handle, path, shapes, values, { metadata: { format: 'pt' }, ...(type ? { type } : {}) });
  } finally {
    await handle.close();
  }
  return readFileSync(path);
}

const ONE = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';

describe('reading', () => {
  test('F32, F16 and BF16 written by hand', async () => {
    const header =
      '{"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[8,12]},"f":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"h":{"dtype":"F16","shape":[],"data_offsets":[12,14]},"e":{"dtype":"F32","shape":[0,3],"data_offsets":[14,14]}}  ';
    const data = new Uint8Array([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0x80, 0x3f, 0x40, 0xc0, 0x00, 0x38]);
    const values = await readAll(fileOf(header, data));
    expect(values.get('f')).toEqual(new Float32Array([1, -2]));
    expect(values.get('b')).toEqual(new Float32Array([1, -3]));
    expect(values.get('h')).toEqual(new Float32Array([0.5]));
    expect(values.get('e')).toEqual(new Float32Array(0));
  });

  test.each([
    ['F32', 'F32', [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]],
    ['BF16', 'BF16', [0x80, 0x3f, 0x00, 0xc0]],
  ])('%s into memory that is given, and nothing beside it', async (_, type, data) => {
    const path = join(directory, 'into.safetensors');
    const header = `{"a":{"dtype":"${type}","shape":[2],"data_offsets":[0,${data.length}]}}`;
    writeFileSync(path, fileOf(header, Uint8Array.from(data)));
    const file = await openSafetensors(path);
    const memory = new Float32Array(4).fill(7);
    const into = memory.subarray(1, 3);
    expect(await file.read('a', into)).toBe(into);
    expect(memory).toEqual(new Float32Array([7, 1, -2, 7]));
    await expect(file.read('a', memory)).rejects.toThrow('a has 2 numbers, and room for 4 was given');
    await file.close();
  });

  const eight = new Uint8Array(8);
  test.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /0 bytes are too few/],
    ['seven bytes', new Uint8Array(7), /7 bytes are too few/],
    ['a header beyond the limit', fileOf(ONE, eight, 100_000_001n), /exceeds the limit/],
    ['a length of 2^64 - 1', fileOf(ONE, eight, 2n ** 64n - 1n), /exceeds the limit/],
    ['a header beyond the end', fileOf(ONE, eight, 1000n), /the file ends after/],
    ['no header', fileOf(''), /does not begin with/],
    ['leading space', fileOf(` ${ONE}`, eight), /does not begin with/],
    ['bad UTF-8', fileOf(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])), /not valid UTF-8/],
    ['an array', fileOf('[]'), /does not begin with/],
    ['cut JSON', fileOf('{"a":'), /not valid JSON/],
    [
      'a tensor twice',
      fileOf(
        '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
        eight,
      ),
      /occurs twice/,
    ],
    [
      'a field twice',
      fileOf('{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}', eight),
      /occurs twice/,
    ],
    ['cut data', fileOf(ONE, new Uint8Array(7)), /need 8 bytes, but 7 follow/],
    ['data that no tensor owns', fileOf(ONE, new Uint8Array(9)), /need 8 bytes, but 9 follow/],
    ['a hole at the start', fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', eight), /hole of 4 bytes/],
    [
      'a hole',
      fileOf(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[],"data_offsets":[6,10]}}',
        new Uint8Array(10),
      ),
      /hole of 2 bytes/,
    ],
    [
      'an overlap',
      fileOf(
        '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        eight,
      ),
      /overlaps/,
    ],
    [
      'the same bytes twice',
      fileOf(
        '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
        eight,
      ),
      /overlaps/,
    ],
    [
      'a shape that needs more',
      fileOf('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', eight),
      /needs 12 bytes, but its offsets hold 8/,
    ],
    ['offsets backwards', fileOf('{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}', eight), /before they begin/],
    [
      'a negative size',
      fileOf('{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', eight),
      /not a list of sizes/,
    ],
    [
      'a fractional size',
      fileOf('{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}', eight),
      /not a list of sizes/,
    ],
    [
      'an unsafe offset',
      fileOf('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9007199254740993]}}', eight),
      /not two whole numbers/,
    ],
    [
      'an overflowing shape',
      fileOf('{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}'),
      /too large/,
    ],
    ['metadata that is no text', fileOf('{"__metadata__":{"a":1}}'), /expected a string/],
    ['an unknown dtype', fileOf('{"a":{"dtype":"F128","shape":[],"data_offsets":[0,8]}}', eight), /dtype "F128"/],
    [
      'an inherited property as dtype',
      fileOf('{"a":{"dtype":"toString","shape":[],"data_offsets":[0,8]}}', eight),
      /dtype "toString"/,
    ],
  ])('%s is refused', async (_, bytes, message) => {
    const reading = readAll(bytes);
    await expect(reading).rejects.toBeInstanceOf(RltError);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(/read\.safetensors/);
  });

  test('what Git LFS left in its place is called by name', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 538090408\n';
    await expect(readAll(new TextEncoder().encode(pointer))).rejects.toThrow(
      /Git LFS pointer.*read\.safetensors.*\n.*git lfs pull/,
    );
  });

  test('a type that no model of ours has is refused when read, with the list', async () => {
    const reading = readAll(fileOf('{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}', eight));
    await expect(reading).rejects.toBeInstanceOf(UnsupportedError);
    await expect(reading).rejects.toThrow(/tensor a.*\n.*F32, F16, BF16/);
  });

  test('random bytes give typed errors', async () => {
    const headers = fc.oneof(
      fc.json(),
      fc
        .dictionary(
          fc.string(),
          fc.record({
            dtype: fc.constantFrom('F32', 'F16', 'U8', 'X'),
            shape: fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 3 }),
            data_offsets: fc.tuple(fc.nat(16), fc.nat(16)),
          }),
        )
        .map((object) => JSON.stringify(object)),
    );
    const files = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.tuple(headers, fc.uint8Array({ maxLength: 16 })).map(([header, data]) => fileOf(header, data)),
    );
    await fc.assert(fc.asyncProperty(files, readsOrTypedError), { numRuns: 400 });
  });

  test('a valid file with changed bytes gives typed errors', async () => {
    const valid = await write(
      new Map([
        ['a', { shape: [2, 3], values: new Float32Array([1, 2, 3, 4, 5, 6]) }],
        ['b', { shape: [1], values: new Float32Array([7]) }],
      ]),
    );
    const changes = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(20), async (bytes, cut) => {
        const changed = new Uint8Array(valid);
        for (const [at, value] of bytes) changed[at] = value;
        await readsOrTypedError(changed.subarray(0, changed.length - cut));
      }),
      { numRuns: 400 },
    );
  });
});

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.slice().buffer);
}

async function readsOrTypedError(bytes: Uint8Array): Promise<void> {
  try {
    await readAll(bytes);
  } catch (error) {
    if (!(error instanceof RltError)) throw error;
  }
}

describe('writing', () => {
  const tensors: fc.Arbitrary<Tensors> = fc
    .dictionary(
      fc.string().filter((name) => name !== '__metadata__'),
      fc.array(fc.nat(4), { maxLength: 3 }).chain((shape) => {
        const length = shape.reduce((a, b) => a * b, 1);
        return fc.record({
          shape: fc.constant(shape),
          values: fc.float32Array({ minLength: length, maxLength: length }),
        });
      }),
    )
    .map((object) => new Map(Object.entries(object)));

  test('what is written is read back to the bit, and begins at a multiple of 8', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, async (written) => {
        const bytes = await write(written);
        const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
        expect(length % 8n).toBe(0n);
        const read = await readAll(bytes);
        expect([...read.keys()].sort()).toEqual([...written.keys()].sort());
        for (const [name, { values }] of written) {
          expect(bitsOf(read.get(name) ?? new Float32Array(99))).toEqual(bitsOf(values));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('the bytes do not depend on the order in which tensors come', async () => {
    const entries = ['b', 'a', '10', '9'].map(
      (name, i) => [name, { shape: [1], values: new Float32Array([i]) }] as const,
    );
    expect(await write(new Map(entries))).toEqual(await write(new Map([...entries].reverse())));
  });

  test('half precision in the file', async () => {
    const values = new Float32Array([1, -2.5, 65504, 1 + 2 ** -11, 1 + 3 * 2 ** -11]);
    const halves = await readAll(await write(new Map([['a', { shape: [5], values }]]), 'F16'));
    expect(halves.get('a')).toEqual(new Float32Array([1, -2.5, 65504, 1, 1 + 2 ** -9]));
    const brains = await readAll(
      await write(
        new Map([['a', { shape: [3], values: new Float32Array([1e30, 1 + 2 ** -8, 1 + 3 * 2 ** -8]) }]]),
        'BF16',
      ),
    );
    expect(brains.get('a')?.[1]).toBe(1);
    expect(brains.get('a')?.[2]).toBe(1 + 2 ** -6);
  });

  test('what does not fit the type is refused, not made infinite', async () => {
    const large = new Map([['a', { shape: [1], values: new Float32Array([65520]) }]]);
    await expect(write(large, 'F16')).rejects.toBeInstanceOf(NumericError);
    await expect(write(new Map([['a', { shape: [1], values: new Float32Array([3.4e38]) }]]), 'BF16')).rejects.toThrow(
      /too large for BF16/,
    );
  });

  test('missing, repeated, unknown and ill-sized tensors are refused', async () => {
    const path = join(directory, 'refused.safetensors');
    const one = new Float32Array(1);
    const writing = async (values: [string, Float32Array][]) => {
      const handle = await open(path, 'w');
      try {
        await writeSafetensors(
          handle,
          path,
          new Map([
            ['a', [1]],
            ['b', [1]],
          ]),
          values,
        );
      } finally {
        await handle.close();
      }
    };
    await expect(writing([['a', one]])).rejects.toThrow(/1 tensors were not given.*tensor b/);
    await expect(
      writing([
        ['a', one],
        ['a', one],
      ]),
    ).rejects.toThrow(/given twice/);
    await expect(writing([['c', one]])).rejects.toThrow(/not a tensor of this file/);
    await expect(writing([['a', new Float32Array(2)]])).rejects.toBeInstanceOf(InputError);
  });
});

describe('half-precision numbers', () => {
  const all = Uint16Array.from({ length: 0x10000 }, (_, i) => i);

  test('every binary16 number has the value that IEEE 754 gives it', () => {
    const values = new Float32Array(all.length);
    float16ToFloat32(all, values);
    for (let bits = 0; bits < all.length; bits++) {
      const sign = bits & 0x8000 ? -1 : 1;
      const exponent = (bits >> 10) & 31;
      const fraction = bits & 1023;
      const special = fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
      const finite = exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
      if (!Object.is(values[bits], exponent === 31 ? special : finite)) expect.fail(`${bits}: ${values[bits]}`);
    }
  });

  test.each([
    ['binary16', float16ToFloat32, float32ToFloat16],
    ['bfloat16', bfloat16ToFloat32, float32ToBfloat16],
  ] as const)('%s: there and back is exact, and float32 goes to the nearest, ties to even', (_, widen, narrow) => {
    const values = new Float32Array(all.length);
    widen(all, values);
    const back = new Uint16Array(all.length);
    narrow(values, back);
    for (let bits = 0; bits < all.length; bits++) {
      if (!Number.isNaN(values[bits]) && back[bits] !== bits) expect.fail(`${bits} came back as ${back[bits]}`);
      if (Number.isNaN(values[bits])) {
        const again = new Float32Array(1);
        widen(back.subarray(bits, bits + 1), again);
        if (!Number.isNaN(again[0])) expect.fail(`NaN ${bits} became ${again[0]}`);
      }
    }
    // Neighbours of one sign, their middle, and float32 numbers just beside it.
    const input = new Float32Array(3);
    const output = new Uint16Array(3);
    const step = new Uint32Array(input.buffer);
    for (let bits = 0; Number.isFinite(values[bits + 1]); bits++) {
      const middle = ((values[bits] as number) + (values[bits + 1] as number)) / 2;
      // The smallest bfloat16 middle is exact in float32, too: all have 16 spare bits.
      input.fill(middle);
      if (input[0] !== middle) expect.fail(`the middle above ${values[bits]} is no float32`);
      step[0] = (step[0] as number) - 1;
      step[2] = (step[2] as number) + 1;
      narrow(input, output);
      const even = bits % 2 === 0 ? bits : bits + 1;
      if (output[0] !== bits || output[1] !== even || output[2] !== bits + 1) {
        expect.fail(`above ${values[bits]}: ${[...output]}`);
      }
    }
  });
});
