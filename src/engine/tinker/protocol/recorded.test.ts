/** The codec on recorded exchanges between other clients and servers. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type Exchange, exchanges, message, sdkSession } from '../testing/recorded.js';
import { outputColumn, readFloat32, readTensor } from './arrays.js';
import { CALLS, type Call, FUTURE_CALLS } from './endpoints.js';
import { detailOf, readFutureReply } from './futures.js';
import { FORWARD_BACKWARD_OUTPUT, FORWARD_BACKWARD_REQUEST, SAMPLE_RESPONSE } from './messages.js';
import { readSampledIds, readText } from './text.js';

/** More of them, with servers of others, where they are at hand: they are not part of this repository. */
const FOLDER = fileURLToPath(new URL('../../../../../shared/data/tinker/', import.meta.url));
const more = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => /^sdk-.*\.json$/.test(name)) : [];
const recorded: readonly (readonly [string, () => readonly Exchange[]])[] = [
  ['SDK 0.38 with rlt serve', () => sdkSession().exchanges],
  ...more.map((name) => [name, () => exchanges.parse(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')))] as const),
];

/** What a message says, as canonical JSON of Protocol Buffers has it: defaults left out, bytes as base64. */
function asJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [key, asJson(one)]));
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, asJson(one)] as const);
  return Object.fromEntries(
    entries.filter(([key, one]) => key === 'number' || !isDefault(one)).map(([key, one]) => [key, named(key, one)]),
  );
}
const isDefault = (value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  value === 0 ||
  value === false ||
  JSON.stringify(value) === '[]' ||
  JSON.stringify(value) === '{}';
function named(key: string, value: unknown): unknown {
  if (key === 'dtype') return `DTYPE_${String(value).toUpperCase()}`;
  if (key === 'stop_reason') return `STOP_REASON_${String(value).toUpperCase()}`;
  if (key === 'shape' && Array.isArray(value)) return value.map(String);
  return key === 'num_datums' ? String(value) : value;
}

const calls = Object.entries({ ...CALLS, ...FUTURE_CALLS }) as readonly (readonly [
  string,
  Call<z.ZodType, z.ZodType>,
])[];
function callOf({ method, path }: Exchange) {
  const [name = ''] = path.replace('/api/v1/', '').split('?');
  return calls.find(
    ([, call]) => call.method === method && new RegExp(`^${call.path.replaceAll(/:[a-z]+/g, '[^/]+')}$`).test(name),
  )?.[1];
}

const isFailure = (response: unknown): boolean =>
  typeof response === 'object' && response !== null && 'error' in response;

describe.each(recorded)('%s', (_, read) => {
  const all = read();

  it('messages are read as they were recorded, and written back in as many bytes', () => {
    for (const { path, request, response } of all) {
      const sent = message.safeParse(request).data;
      if (sent !== undefined && path.endsWith('forward_backward')) {
        const bytes = Buffer.from(sent._base64, 'base64');
        const read = FORWARD_BACKWARD_REQUEST.decode(bytes);
        expect(asJson(read)).toEqual(sent._protobuf);
        expect(FORWARD_BACKWARD_REQUEST.encode(read)).toHaveLength(bytes.length);
        for (const { model_input, loss_fn_inputs } of read.data)
          for (const tensor of loss_fn_inputs.values())
            expect(readTensor(tensor)).toHaveLength(readText(model_input).length);
      }
      const answered = message.safeParse(response).data;
      if (answered === undefined) continue;
      const bytes = Buffer.from(answered._base64, 'base64');
      if ('loss_fn_outputs' in answered._protobuf) {
        const read = FORWARD_BACKWARD_OUTPUT.decode(bytes);
        expect(asJson(read)).toEqual(answered._protobuf);
        expect(FORWARD_BACKWARD_OUTPUT.encode(read)).toHaveLength(bytes.length);
        for (const row of outputColumn(read, 'logprobs')) expect(row.every((value) => value < 0)).toBe(true);
      } else {
        const read = SAMPLE_RESPONSE.decode(bytes);
        expect(SAMPLE_RESPONSE.encode(read)).toHaveLength(bytes.length);
        for (const one of read.sequences)
          expect(one.logprobs && readFloat32(one.logprobs)).toHaveLength(readSampledIds(one).length);
      }
    }
  });

  it('every JSON body has the form of its call', () => {
    for (const one of all) {
      const { path, request, status, response } = one;
      if (path.endsWith('/forward_backward')) {
        if (status < 300) expect(FUTURE_CALLS.optimStep.response.parse(response)).toHaveProperty('request_id');
      } else if (path.endsWith('/retrieve_future')) {
        if (status >= 400) expect(detailOf(response)).toBeTypeOf('string');
        else if (!message.safeParse(response).success)
          expect(readFutureReply(response).kind).toBe(isFailure(response) ? 'failed' : 'result');
      } else if (one.method !== 'DELETE') {
        const call = callOf(one);
        if (call === undefined) throw new Error(`${one.method} ${path} is unknown`);
        if (one.method === 'POST') call.request.parse(request);
        if (status >= 400) expect(detailOf(response)).toBeTypeOf('string');
        else call.response.parse(response);
      }
    }
  });
});
