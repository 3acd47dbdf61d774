import { expect, it } from 'vitest';
import { InputError } from '../../../errors.js';
import { CALLS, FUTURE_CALLS } from './endpoints.js';
import { detailOf, readBody, readFutureReply } from './futures.js';
import { futureResponse } from './json.js';
import { isWeightsName, readWeightsPath, weightsPath } from './storage.js';

it('requests say their type, whether or not the writer did', () => {
  const adam_params = { learning_rate: 0.1 };
  expect(FUTURE_CALLS.optimStep.request.parse({ adam_params, model_id: 'm', seq_id: 3 })).toEqual({
    adam_params: { learning_rate: 0.1, beta1: 0.9, beta2: 0.95, eps: 1e-12, weight_decay: 0, grad_clip_norm: 0 },
    model_id: 'm',
    seq_id: 3,
    type: 'optim_step',
  });
});

it('unknown fields and nulls are no errors, missing and wrong ones are', () => {
  const later = { session_id: 's', type: 'session_heartbeat', colour: 'blue' };
  expect(CALLS.heartbeat.request.parse(later)).toEqual({ session_id: 's', type: 'session_heartbeat' });
  expect(
    FUTURE_CALLS.saveForSampler.result.parse({ path: null, sampling_session_id: 's-1', type: null }),
  ).toMatchObject({
    sampling_session_id: 's-1',
  });
  expect(() => readBody(CALLS.heartbeat.request, { session_id: 4 }, 'the heartbeat')).toThrow(InputError);
  expect(() => readBody(CALLS.heartbeat.request, {}, 'the heartbeat')).toThrow(/the heartbeat.*field session_id/s);
  expect(() => readBody(CALLS.heartbeat.request, 'x', 'the heartbeat')).toThrow(InputError);
});

it('ids of requests are texts, also where a server counts', () => {
  expect(futureResponse.parse({ request_id: 7 })).toEqual({ request_id: '7' });
});

it('replies to retrieve_future are told apart', () => {
  expect(readFutureReply({ type: 'try_again', request_id: 'r', queue_state: 'paused_capacity' })).toMatchObject({
    kind: 'try again',
    queue_state: 'paused_capacity',
  });
  expect(readFutureReply({ status: 'complete_metadata', response_payload_size: 9 })).toMatchObject({
    kind: 'metadata',
    response_payload_size: 9,
  });
  expect(readFutureReply({ error: 'no', category: 'user' })).toEqual({ kind: 'failed', error: 'no', category: 'user' });
  expect(readFutureReply({ error: 'no', category: 'other' })).toMatchObject({ category: 'unknown' });
  expect(readFutureReply({ metrics: null })).toEqual({ kind: 'result', body: { metrics: null } });
});

it('errors are read as servers write them', () => {
  expect(detailOf({ detail: 'Not Found' })).toBe('Not Found');
  expect(detailOf({ detail: [{ type: 'extra_forbidden', loc: ['body', 'x', 0], msg: 'Extra inputs' }] })).toBe(
    'body.x.0: Extra inputs',
  );
  expect(detailOf('a page of a proxy')).toBeUndefined();
  expect(detailOf({ error: 'x' })).toBeUndefined();
});

it('paths of weights are read and written, and cannot lead elsewhere', () => {
  for (const path of [
    'tinker://s-1:train:0/weights/step-10',
    'tinker://model_1/sampler_weights/a.b',
    'tinker://model_1/sm-a',
  ])
    expect(weightsPath(readWeightsPath(path))).toBe(path);
  for (const path of [
    '',
    'tinker://m',
    'tinker://m/weights/',
    'tinker://m/weights/../../etc',
    'tinker://../weights/a',
    'tinker://m/weights/a/b',
    'tinker://m/other/a',
    'tinker://m/weights/a\\b',
    'tinker://m/weights/a%2fb',
    'tinker://m/weights/.hidden',
    'tinker://m/weights/a\0',
    'tinker://m/weights/a\n',
    'http://m/weights/a',
  ])
    expect(() => readWeightsPath(path), path).toThrow(InputError);
  expect(isWeightsName('x'.repeat(201))).toBe(false);
});
