/**
 * The calls of the protocol: method and path of each, and the form of its bodies. `future` calls answer with the id of
 * a request, whose result `retrieve_future` returns.
 */
import type { z } from 'zod';
import * as futures from './futures.js';
import { futureResponse } from './json.js';
import * as sampling from './sampling.js';
import * as session from './session.js';
import * as storage from './storage.js';
import * as training from './training.js';

export const API = '/api/v1/';

/** The headers with a meaning of their own. */
export const HEADERS = {
  key: 'x-api-key',
  /** Equal for all attempts of one call. */
  idempotency: 'x-idempotency-key',
  iteration: 'x-tinker-request-iteration',
  requestType: 'x-tinker-request-type',
  backpressure: 'x-tinker-sampling-backpressure',
} as const;
export const PROTOBUF = 'application/x-protobuf';
export const JSON_TYPE = 'application/json';

/** A call that is answered at once. */
export interface Call<Request extends z.ZodType, Response extends z.ZodType> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly request: Request;
  readonly response: Response;
}
const post = <Request extends z.ZodType, Response extends z.ZodType>(
  path: string,
  request: Request,
  response: Response,
): Call<Request, Response> => ({ method: 'POST', path, request, response });
const get = <Response extends z.ZodType>(path: string, response: Response) => ({
  method: 'GET' as const,
  path,
  request: session.nothing,
  response,
});

/** A call whose result comes later; `kind` is what the header about its type says. */
export interface FutureCall<Request extends z.ZodType, Result extends z.ZodType>
  extends Call<Request, typeof futureResponse> {
  readonly kind: string;
  readonly result: Result;
}
const later = <Request extends z.ZodType, Result extends z.ZodType>(
  path: string,
  kind: string,
  request: Request,
  result: Result,
): FutureCall<Request, Result> => ({ ...post(path, request, futureResponse), kind, result });

export const CALLS = {
  clientConfig: post('client/config', session.clientConfigRequest, session.clientConfig),
  dynamicConfig: post('client/dynamic_config', session.clientConfigRequest, session.dynamicConfig),
  token: post('auth/token', session.nothing, session.tokenResponse),
  health: get('healthz', session.health),
  capabilities: get('get_server_capabilities', session.capabilities),
  createSession: post('create_session', session.createSessionRequest, session.createSessionResponse),
  heartbeat: post('session_heartbeat', session.heartbeatRequest, session.heartbeatResponse),
  finishSession: post('sessions/:session/finish', session.finishSessionRequest, session.nothing),
  telemetry: post('telemetry', session.nothing, session.telemetryResponse),
  getInfo: post('get_info', training.getInfoRequest, training.getInfoResponse),
  weightsInfo: post('weights_info', training.weightsInfoRequest, training.weightsInfoResponse),
  copyWeights: post('copy_weights', training.copyWeightsRequest, training.copyWeightsResponse),
  createSamplingSession: post(
    'create_sampling_session',
    sampling.createSamplingSessionRequest,
    sampling.createSamplingSessionResponse,
  ),
  sampler: get('samplers/:sampler', sampling.samplerResponse),
  sample: post('asample', sampling.sampleRequest, sampling.sampleAcknowledgement),
  retrieveFutures: post('retrieve_futures', futures.retrieveFuturesRequest, futures.retrieveFuturesResponse),
  trainingRuns: get('training_runs', storage.trainingRunsResponse),
  trainingRun: get('training_runs/:run', storage.trainingRun),
  checkpointsOfRun: get('training_runs/:run/checkpoints', storage.checkpointsResponse),
  checkpoints: get('checkpoints', storage.checkpointsResponse),
} as const;

export const FUTURE_CALLS = {
  createModel: later('create_model', 'CreateModel', training.createModelRequest, training.createModelResult),
  unloadModel: later('unload_model', 'UnloadModel', training.unloadModelRequest, training.unloadModelResult),
  optimStep: later('optim_step', 'OptimStep', training.optimStepRequest, training.optimStepResult),
  saveWeights: later('save_weights', 'SaveWeights', training.saveWeightsRequest, training.saveWeightsResult),
  loadWeights: later('load_weights', 'LoadWeights', training.loadWeightsRequest, training.loadWeightsResult),
  discardGradient: later(
    'rlt/discard_gradient',
    'DiscardGradient',
    training.discardGradientRequest,
    training.discardGradientResult,
  ),
  blend: later('rlt/blend', 'Blend', training.blendRequest, training.blendResult),
  saveForSampler: later(
    'save_weights_for_sampler',
    'SaveWeightsForSampler',
    training.saveForSamplerRequest,
    training.saveForSamplerResult,
  ),
} as const;

/** Calls with bodies that are not JSON: a message there, or as the result. */
export const FORWARD_BACKWARD_PATH = 'forward_backward';
export const RETRIEVE_FUTURE_PATH = 'retrieve_future';
export const DELETE_CHECKPOINT_PATH = 'training_runs/:run/checkpoints/:kind/:name';
