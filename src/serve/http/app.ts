/** The routes of the protocol. */

import type { Context } from 'hono';
import { Hono } from 'hono';
import { z } from 'zod';
import {
  API,
  CALLS,
  DELETE_CHECKPOINT_PATH,
  FORWARD_BACKWARD_PATH,
  FUTURE_CALLS,
  JSON_TYPE,
  PROTOBUF,
  RETRIEVE_FUTURE_PATH,
} from '../../engine/tinker/protocol/endpoints.js';
import { retrieveFutureRequest } from '../../engine/tinker/protocol/futures.js';
import { pageQuery } from '../../engine/tinker/protocol/json.js';
import { FORWARD_BACKWARD_REQUEST } from '../../engine/tinker/protocol/messages.js';
import { weightsPath } from '../../engine/tinker/protocol/storage.js';
import { OFFERED, promptTargets } from '../compute/extensions.js';
import { detailOf, ownError, Refusal, statusOf } from '../refusal.js';
import {
  checkpointsOf,
  foundSessions,
  runEntry,
  runsOf,
  sessionEntry,
  sessionsOf,
  weightsEntry,
} from '../service/listing.js';
import type { Service } from '../service/service.js';
import { expiryOf } from '../service/training.js';
import { bodyOf, checked, parseJson } from './bodies.js';
import { guard } from './guards.js';

/** Results of more bytes are announced first, where the client can wait for room. */
const ANNOUNCED_BYTES = 4 * 2 ** 20;
/** The largest forward_backward that clients are told to send: the protocol's own. */
const CHUNK = { sequences: 1024, bytes: 5_000_000 };

const savedMetadata = z.object({ user_metadata: z.record(z.string(), z.unknown()).nullish() });
const cancelRequest = z.object({ request_id: z.string() });
const joinRequest = z.object({ sampling_session_id: z.string() });
const ttlRequest = z.object({ ttl_seconds: z.number().nullish() });
const searchRequest = z.object({
  session_id: z.string().nullish(),
  display_name: z.string().nullish(),
  user_metadata: z.record(z.string(), z.string()).nullish(),
  limit: z.int().min(1).max(200).default(50),
});

/** The HTTP face of a service. `report` gets what the server itself is to blame for. */
export function appOf(service: Service, report: (error: unknown) => void): Hono {
  const { settings, store, training, sampling, sessions } = service;
  const { bodyBytes } = settings.limits;
  const app = new Hono();

  app.onError((error, context) => {
    const status = statusOf(error);
    if (status >= 500 && !(error instanceof Refusal)) report(error);
    return context.json({ detail: detailOf(error), ...ownError(error) }, status);
  });
  app.notFound((context) =>
    context.json({ detail: `this server does not offer ${context.req.method} ${context.req.path}` }, 404),
  );
  app.use('*', guard(settings));

  /** A call with a JSON body, which is answered at once with JSON. */
  const post = <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    answer: (
      body: z.output<Schema>,
      raw: unknown,
      call: { hash: string; context: Context },
    ) => object | Promise<object>,
  ): void => {
    app.post(`${API}${path}`, async (context) => {
      const body = await bodyOf(context, JSON_TYPE, bodyBytes);
      const raw = parseJson(body);
      try {
        return context.json(await answer(checked(context, schema, raw), raw, { hash: body.hash, context }));
      } catch (error) {
        if (statusOf(error) === 400) service.models.refused(raw);
        throw error;
      }
    });
  };
  const page = (context: Context) => checked(context, pageQuery, context.req.query());

  app.get(`${API}${CALLS.health.path}`, (context) => context.json({ status: 'ok' }));
  post(CALLS.clientConfig.path, CALLS.clientConfig.request, () => ({
    pjwt_auth_enabled: false,
    parallel_fwdbwd_chunks: true,
    proto_compress_fwdbwd: false,
    fwdbwd_max_chunk_len: CHUNK.sequences,
    fwdbwd_max_chunk_bytes_count: Math.min(CHUNK.bytes, bodyBytes),
    create_model_via_load_weights: true,
    rlt_extensions: OFFERED,
  }));
  post(CALLS.dynamicConfig.path, CALLS.dynamicConfig.request, () => ({
    refresh_interval_sec: 300,
    sample_cancel_enabled: true,
    sample_cancel_max_batch_size: 64,
  }));
  app.get(`${API}${CALLS.capabilities.path}`, (context) =>
    context.json({
      supported_models: service.bases.all.map(({ name, facts }) => ({
        model_name: name,
        max_context_length: facts.contextTokens,
        trainable: true,
        sampleable: true,
      })),
    }),
  );
  post(CALLS.telemetry.path, CALLS.telemetry.request, () => ({ status: 'accepted' }));

  post(CALLS.createSession.path, CALLS.createSession.request, async (body) => ({
    session_id: (await sessions.create(body)).id,
    info_message: null,
    warning_message: 'adapters of this server are on attention and MLP layers; train_unembed has no effect',
    error_message: null,
    type: 'create_session',
  }));
  post(CALLS.heartbeat.path, CALLS.heartbeat.request, ({ session_id }) => {
    sessions.open(session_id);
    return { type: 'session_heartbeat' };
  });
  post(CALLS.finishSession.path, CALLS.finishSession.request, async (body, _, { context }) => {
    await sessions.finish(context.req.param('session') ?? '', body);
    service.sweep();
    return {};
  });
  post('sessions/search', searchRequest, (body) => foundSessions(store, body));
  app.get(`${API}sessions`, (context) => context.json(sessionsOf(store, page(context))));
  app.get(`${API}sessions/:session`, (context) =>
    context.json(sessionEntry(store, sessions.known(context.req.param('session') ?? ''))),
  );

  const { createModel, unloadModel, discardGradient, blend, optimStep, saveWeights, loadWeights, saveForSampler } =
    FUTURE_CALLS;
  post(createModel.path, createModel.request, (body, _, { hash }) => training.create(body, hash));
  post(loadWeights.path, loadWeights.request, (body, _, { hash }) => training.load(body, hash));
  post(CALLS.getInfo.path, CALLS.getInfo.request, ({ model_id }) => training.info(model_id));
  post(unloadModel.path, unloadModel.request, ({ model_id }, _, { hash }) => training.unload(model_id, hash));
  post(optimStep.path, optimStep.request, (body, _, { hash }) => training.step(body, hash));
  post(discardGradient.path, discardGradient.request, (body, _, { hash }) => training.discardGradient(body, hash));
  post(blend.path, blend.request, (body, _, { hash }) => training.blend(body, hash));
  post(saveWeights.path, saveWeights.request, (body, raw, { hash, context }) =>
    training.save(body, checked(context, savedMetadata, raw).user_metadata ?? null, hash),
  );
  post(saveForSampler.path, saveForSampler.request, (body, raw, { hash, context }) =>
    training.saveForSampler(body, checked(context, savedMetadata, raw).user_metadata ?? null, hash),
  );
  app.post(`${API}${FORWARD_BACKWARD_PATH}`, async (context) => {
    const { bytes, hash } = await bodyOf(context, PROTOBUF, bodyBytes);
    return context.json(training.forwardBackward(FORWARD_BACKWARD_REQUEST.decode(bytes), hash));
  });

  post(CALLS.createSamplingSession.path, CALLS.createSamplingSession.request, async (body) => {
    const { id } = await sampling.create(body.session_id, body.sampling_session_seq_id, body);
    return { sampling_session_id: id, type: 'create_sampling_session' };
  });
  post('join_sampling_session', joinRequest, ({ sampling_session_id }) => ({
    client_counter: sampling.join(sampling_session_id),
    type: 'join_sampling_session',
  }));
  app.get(`${API}${CALLS.sampler.path}`, (context) => {
    const { id, base_model, model_path } = sampling.known(context.req.param('sampler') ?? '');
    return context.json({ sampler_id: id, base_model, model_path });
  });
  post(CALLS.sample.path, CALLS.sample.request, (body, raw, { hash, context }) =>
    sampling.sample(body, checked(context, promptTargets, raw).target_prompt_logprobs, hash),
  );

  app.post(`${API}${RETRIEVE_FUTURE_PATH}`, async (context) => {
    const body = parseJson(await bodyOf(context, JSON_TYPE, bodyBytes));
    const { request_id, allow_metadata_only } = checked(context, retrieveFutureRequest, body);
    const future = service.futures.get(request_id);
    if (future === undefined) throw new Refusal(410, service.models.missing(request_id));
    await future.wait(settings.times.poll * 1000, context.req.raw.signal);
    const { result } = future;
    if (result === undefined) return context.json({ type: 'try_again', request_id, queue_state: 'active' }, 408);
    if (allow_metadata_only === true && future.bytes > ANNOUNCED_BYTES)
      return context.json({ status: 'complete_metadata', request_id, response_payload_size: future.bytes });
    future.fetched = true;
    if (result.kind === 'message') return context.body(result.bytes, 200, { 'content-type': PROTOBUF });
    if (result.kind === 'json') return context.json(result.body);
    future.onFailureKnown?.();
    future.onFailureKnown = undefined;
    return context.json({ error: result.error, category: result.category, ...result.own });
  });
  post(CALLS.retrieveFutures.path, CALLS.retrieveFutures.request, (body, _, { context }) =>
    sampling.completions(
      {
        session: body.target.sampling_session_id,
        clone: body.target.cloned_sampler_id ?? 0,
        after: body.prev_cursor ?? 0,
        retrieved: body.retrieved_request_ids ?? [],
        milliseconds: 1000 * Math.min(body.timeout ?? settings.times.poll, settings.times.poll),
      },
      context.req.raw.signal,
    ),
  );
  post('cancel_future', cancelRequest, ({ request_id }) => {
    service.futures.get(request_id)?.cancel();
    return {};
  });

  const runOf = (context: Context) => {
    const id = context.req.param('run') ?? '';
    const run = store.runs.get(id);
    if (run === undefined) throw new Refusal(404, `there is no training run ${JSON.stringify(id)} on this server`);
    return run;
  };
  const requested = (run: string): string | undefined =>
    service.models.all.find((model) => model.run.id === run)?.requested;
  app.get(`${API}${CALLS.trainingRuns.path}`, (context) => context.json(runsOf(store, page(context), requested)));
  app.get(`${API}${CALLS.trainingRun.path}`, (context) => {
    const run = runOf(context);
    return context.json(runEntry(store, run, requested(run.id)));
  });
  app.get(`${API}${CALLS.checkpointsOfRun.path}`, (context) =>
    context.json(checkpointsOf(store, runOf(context).id, page(context))),
  );
  app.get(`${API}${CALLS.checkpoints.path}`, (context) => context.json(checkpointsOf(store, undefined, page(context))));
  post(CALLS.weightsInfo.path, CALLS.weightsInfo.request, ({ tinker_path }) =>
    weightsEntry(store.checkpointAt(tinker_path)),
  );
  post(CALLS.copyWeights.path, CALLS.copyWeights.request, async (body) => ({
    tinker_path: await service.copyWeights({
      place:
        body.session_id == null || body.model_seq_id == null
          ? undefined
          : { session: body.session_id, number: body.model_seq_id },
      path: body.source_path,
      seconds: body.ttl_seconds,
    }),
  }));
  const pathIn = (context: Context): string => {
    const kind = context.req.param('kind') === 'weights' ? 'weights' : 'sampler_weights';
    return weightsPath({ run: runOf(context).id, kind, name: context.req.param('name') ?? '' });
  };
  app.delete(`${API}${DELETE_CHECKPOINT_PATH}`, async (context) => {
    await service.deleteCheckpoint(pathIn(context));
    return context.body(null, 204);
  });
  app.put(`${API}${DELETE_CHECKPOINT_PATH}/ttl`, async (context) => {
    const body = parseJson(await bodyOf(context, JSON_TYPE, bodyBytes));
    const { ttl_seconds } = checked(context, ttlRequest, body);
    const record = store.checkpointAt(pathIn(context));
    await store.updateCheckpoint({ ...record, expires_at: expiryOf(ttl_seconds) });
    return context.body(null, 204);
  });
  return app;
}
