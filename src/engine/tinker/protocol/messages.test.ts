import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, UnsupportedError } from '../../../errors.js';
import {
  float32Bytes,
  float32Tensor,
  int32Bytes,
  int64Bytes,
  int64Tensor,
  outputColumn,
  outputRecord,
  readFloat32,
  readInt32,
  readInt64,
  readTensor,
} from './arrays.js';
import { DATUM, FORWARD_BACKWARD_OUTPUT, FORWARD_BACKWARD_REQUEST, SAMPLE_RESPONSE } from './messages.js';
import { datum, readSampledIds, readText, textChunks } from './text.js';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const hexOf = (message: Uint8Array): string => Buffer.from(message).toString('hex');

// Written by a few lines of Python from the schema's field numbers alone: tag = field * 8 + wire type.
const REQUEST = bytes(`
  0a036d2d31 1007
  1a38 0a0c0a0a0a080500000006000000
       1228 0a0d7461726765745f746f6b656e73 1217 0a1006000000000000000700000000000000 1802 220102
  220d63726f73735f656e74726f7079 2a0f0a046265746111000000000000e03f 3001`);
const OUTPUT = bytes(`
  1247 0a0b41727261795265636f7264
       1236 0a086c6f6770726f6273
            122a 0a0c000080bf000000c0000000bf 1218000000000000000008000000000000000c00000000000000 1801
       1802
  1a13 0a086c6f73733a73756d 110000000000000c40`);
const SAMPLES = bytes(`
  0a16 0801 12080a0000002c010000 1a08000000bf000080be
  0a06 120402000000
  12080000c07f000000c0
  1a18 0a080000000004000000 1208804fc3c7000080bf 1801 2002`);
const SPARSE = bytes(`
  124f 0a0177
       124a 1242 0a0c0000c03f000000c000004040
                 1218000000000000000001000000000000000300000000000000
                 1a18020000000000000000000000000000000100000000000000
            1801 22020203`);

const request = {
  model_id: 'm-1',
  seq_id: 7,
  data: [datum([5, 6], { target_tokens: int64Tensor([6, 7]) })],
  loss_fn: 'cross_entropy',
  loss_fn_config: new Map([['beta', 0.5]]),
  forward_only: true,
};

describe('a request', () => {
  it('is written as the schema says', () => {
    expect(hexOf(FORWARD_BACKWARD_REQUEST.encode(request))).toBe(hexOf(REQUEST));
  });

  it('is read with the defaults of what is absent', () => {
    const read = FORWARD_BACKWARD_REQUEST.decode(REQUEST);
    expect(read).toMatchObject({ ...request, data: [{}], loss_fn_config_v2: new Map() });
    expect(readText(read.data[0]?.model_input ?? [])).toEqual([5, 6]);
    const targets = read.data[0]?.loss_fn_inputs.get('target_tokens');
    expect(targets && readTensor(targets)).toEqual([6, 7]);
    expect(FORWARD_BACKWARD_REQUEST.decode(new Uint8Array())).toEqual({
      model_id: '',
      seq_id: 0,
      data: [],
      loss_fn: '',
      loss_fn_config: new Map(),
      forward_only: false,
      loss_fn_config_v2: new Map(),
    });
  });

  it('may have fields of later versions, and lists of integers that are not packed', () => {
    // Field 40, as each wire type.
    const later = bytes('c00205 c1020000000000000000 c202020102 c50200000000');
    const read = FORWARD_BACKWARD_REQUEST.decode(Buffer.concat([later, REQUEST, later]));
    expect(read).toEqual(FORWARD_BACKWARD_REQUEST.decode(REQUEST));
    const [unpacked] = DATUM.decode(
      bytes('1215 0a0177 1210 0a08 0000803f00000040 1801 2001 2002'),
    ).loss_fn_inputs.values();
    expect(unpacked).toMatchObject({ dtype: 'float32', shape: [1, 2] });
  });

  it('does not share what it read with the next', () => {
    FORWARD_BACKWARD_REQUEST.decode(REQUEST);
    const empty = FORWARD_BACKWARD_REQUEST.decode(new Uint8Array());
    expect(empty.data).toEqual([]);
    expect(empty.loss_fn_config.size).toBe(0);
  });

  it('is an InputError when it is cut anywhere inside a field, or damaged', () => {
    for (let length = 0; length < REQUEST.length; length++) {
      let read: unknown;
      try {
        read = FORWARD_BACKWARD_REQUEST.decode(REQUEST.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
      // Cut between fields, it is a shorter message.
      if (read !== undefined) expect(FORWARD_BACKWARD_REQUEST.encode(read as object).length).toBe(length);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        try {
          FORWARD_BACKWARD_REQUEST.decode(noise);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });
});

describe('a result', () => {
  it('is written and read by columns', () => {
    const rows = [[-1, -2], [-0.5]];
    const output = {
      loss_fn_output_type: '',
      loss_fn_outputs: outputRecord({ logprobs: rows }, 2),
      metrics: new Map([['loss:sum', 3.5]]),
    };
    expect(hexOf(FORWARD_BACKWARD_OUTPUT.encode(output))).toBe(hexOf(OUTPUT));
    const read = FORWARD_BACKWARD_OUTPUT.decode(OUTPUT);
    expect(outputColumn(read, 'logprobs').map((row) => Array.from(row))).toEqual(rows);
    expect(read.metrics.get('loss:sum')).toBe(3.5);
    expect(() => outputColumn(read, 'elementwise_loss')).toThrow(InputError);
  });

  it('may come in several records', () => {
    const [record] = outputRecord({ logprobs: [[-1]] }, 1);
    const records = record === undefined ? [] : [record, record];
    const output = FORWARD_BACKWARD_OUTPUT.decode(FORWARD_BACKWARD_OUTPUT.encode({ loss_fn_outputs: records }));
    expect(outputColumn(output, 'logprobs')).toHaveLength(2);
  });

  it('that contradicts itself is refused', () => {
    const column = { data: float32Bytes([1, 2]), dtype: 'float32' as const, trailing_shape: [] };
    const refused = (offsets: number[], datums: number) => {
      const fields = new Map([['logprobs', { ...column, offsets: int64Bytes(offsets) }]]);
      const output = { loss_fn_output_type: '', loss_fn_outputs: [{ type_tag: '', fields, num_datums: datums }] };
      return () => outputColumn({ ...output, metrics: new Map() }, 'logprobs');
    };
    expect(refused([0, 8], 1)()).toHaveLength(1);
    for (const [offsets, datums] of [
      [[0, 4], 1],
      [[4, 8], 1],
      [[0, 8, 4, 8], 3],
      [[0, 2, 8], 2],
      [[0, 8], 2],
      [[], 0],
    ] as const)
      expect(refused([...offsets], datums), `${offsets}`).toThrow(InputError);
  });
});

it('completions are read with their log-probs, and those of the prompt', () => {
  const { sequences, ...read } = SAMPLE_RESPONSE.decode(SAMPLES);
  expect(sequences.map(readSampledIds)).toEqual([[10, 300], [2]]);
  expect(sequences.map(({ stop_reason }) => stop_reason)).toEqual(['length', 'stop']);
  expect(sequences[0]?.logprobs && Array.from(readFloat32(sequences[0].logprobs))).toEqual([-0.5, -0.25]);
  expect(sequences[1]).not.toHaveProperty('logprobs');
  expect(read.prompt_logprobs && Array.from(readFloat32(read.prompt_logprobs))).toEqual([Number.NaN, -2]);
  expect(read.topk_prompt_logprobs).toMatchObject({ k: 1, length: 2 });
  expect(hexOf(SAMPLE_RESPONSE.encode({ sequences, ...read }))).toBe(hexOf(SAMPLES));
});

describe('tensors', () => {
  it('are what they were, of each type', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })), (values) => {
        expect(readInt32(int32Bytes(values))).toEqual(values);
        expect(readInt64(int64Bytes(values))).toEqual(values);
        expect(readTensor(int64Tensor(values))).toEqual(values);
      }),
    );
    fc.assert(
      fc.property(fc.float32Array(), (values) => {
        expect(readFloat32(float32Bytes(values))).toEqual(values);
        expect(readTensor(float32Tensor(values))).toEqual(Array.from(values));
      }),
    );
    expect(readTensor({ dense: bytes('803f 00c0'), dtype: 'bfloat16', shape: [2] })).toEqual([1, -2]);
  });

  it('of sparse matrices are written out', () => {
    const [tensor] = DATUM.decode(SPARSE).loss_fn_inputs.values();
    expect(tensor && readTensor(tensor)).toEqual([0, 0, 1.5, -2, 3, 0]);
  });

  it('that do not fill their shape, or of no type, are refused', () => {
    expect(() => readTensor({ ...float32Tensor([1, 2]), shape: [3] })).toThrow(InputError);
    expect(() => readTensor({ ...float32Tensor([1, 2]), dtype: 'unspecified' })).toThrow(InputError);
    expect(() => readTensor({ ...float32Tensor([1]), dtype: 'int64' })).toThrow(InputError);
    const [sparse] = DATUM.decode(SPARSE).loss_fn_inputs.values();
    if (sparse === undefined) throw new Error('no tensor');
    for (const shape of [[2, 2], [3, 3], [6], [2 ** 20, 2 ** 20], [-1, -1]])
      expect(() => readTensor({ ...sparse, shape }), `${shape}`).toThrow(InputError);
  });
});

it('inputs other than text are refused by name', () => {
  expect(readText([...textChunks([1, 2]), ...textChunks([3])])).toEqual([1, 2, 3]);
  expect(() => readText([{ image: {} }])).toThrow(UnsupportedError);
  expect(() => readText([{ dmel: {} }])).toThrow(/audio/);
  expect(() => readText([{ encoded_text: { tokens: new Uint8Array(3) } }])).toThrow(InputError);
});
