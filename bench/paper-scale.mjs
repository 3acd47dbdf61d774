/**
 * The teacher's RL at the paper's size against a simulated server: how busy the client keeps it, and what memory the
 * client takes. It runs the stage `teach` of a recipe, with 16 problems x 64 samples of up to 16,384 tokens a step, over
 * real sockets; only the model is not there: log-probs are constant, and explanations are words with an end tag.
 *
 *     npm run build && node bench/paper-scale.mjs [--steps 125] [--mean 5000] [--json FILE]
 *
 * Time is virtual. It passes as on the clock while this process works, and jumps to the end of the job that the server
 * computes once nothing else is left to do: no request on its way, and no work in the event loop. The server is idle
 * while it has no job. Client and server share the process, so that the memory and the time of both count for the client.
 *
 * The server's speeds are those of one node with eight H100 and a model of 7B, from published measurements of vLLM and of
 * fully sharded training: 25,000 sampled, 120,000 read and 30,000 trained tokens per second, and 3 s for a step, a
 * snapshot or a saved state. They compute one after the other.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { float32Bytes, int32Bytes, outputRecord } from '../dist/engine/tinker/protocol/arrays.js';
import {
  FORWARD_BACKWARD_OUTPUT,
  FORWARD_BACKWARD_REQUEST,
  SAMPLE_RESPONSE,
} from '../dist/engine/tinker/protocol/messages.js';
import { runRecipe } from '../dist/pipeline/run-recipe.js';
import { RandomStream, randomKey } from '../dist/random.js';
import { parseRecipe } from '../dist/recipe/load.js';
import { FORMATS } from '../dist/text/formats.js';
import { loadTokenizer } from '../dist/text/tokenizer.js';

const { values: options } = parseArgs({
  options: {
    steps: { type: 'string', default: '125' },
    mean: { type: 'string', default: '5000' },
    json: { type: 'string' },
  },
});
const steps = Number(options.steps);
const mean = Number(options.mean);
const MOST = 16_384;
const CONTEXT = 40_960;
const PER_SECOND = { sampled: 25_000, read: 120_000, trained: 30_000 };
const FIXED_MS = 3000;

const base = fileURLToPath(new URL('../models/base', import.meta.url));
const tokenizer = await loadTokenizer(base);
const words = tokenizer.encode(' Then add the two numbers and write the sum, which is the answer to the question.');
const ending = tokenizer.encode(`\n\n${FORMATS.paper.teacher.explanation.close}`);

/** Virtual time: `busy` and `idle` of the server, in milliseconds. */
class Clock {
  busy = 0;
  idle = 0;
  #jobs = [];
  #left = 0;
  #last = performance.now();
  #touched = performance.now();
  #timer = setInterval(() => this.#tick(), 4);

  /** A request has come, or a result was fetched. */
  touch() {
    this.#touched = performance.now();
  }

  /** Computes a job after those before it. */
  job(milliseconds, done) {
    if (!Number.isFinite(milliseconds)) throw new Error(`a job of ${milliseconds} ms`);
    this.#pass();
    if (this.#jobs.length === 0) this.#left = milliseconds;
    this.#jobs.push({ milliseconds, done });
    this.touch();
  }

  /** Time that has passed on the clock. */
  #pass() {
    const now = performance.now();
    let passed = now - this.#last;
    this.#last = now;
    while (passed > 0 && this.#jobs.length > 0) {
      const used = Math.min(passed, this.#left);
      this.busy += used;
      this.#left -= used;
      passed -= used;
      if (this.#left <= 0) this.#finish();
    }
    this.idle += passed;
  }

  #finish() {
    const job = this.#jobs.shift();
    this.#left = this.#jobs[0]?.milliseconds ?? 0;
    job?.done();
  }

  #tick() {
    this.#pass();
    // Quiet for several turns of the event loop: everyone waits for the server.
    if (this.#jobs.length === 0 || performance.now() - this.#touched < 25) return;
    this.busy += this.#left;
    this.#finish();
    this.touch();
  }

  stop() {
    this.#pass();
    clearInterval(this.#timer);
  }
}

/** Lengths as of explanations: a long tail, and a few that the limit cuts. */
function lengthOf(random) {
  const normal = Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  return Math.max(64, Math.round(mean * Math.exp(0.7 * normal - 0.245)));
}

const clock = new Clock();
const results = new Map();
const totals = { requests: 0, bytes: 0, sampled: 0, read: 0, trained: 0, samples: 0, steps: 0 };
let models = 0;
let next = 0;

/** A request whose result is there after so much time of the server's. */
function later(milliseconds, result, more = {}) {
  const id = `r${next++}`;
  const entry = { ready: false, waiting: [], result };
  results.set(id, entry);
  clock.job(milliseconds, () => {
    entry.ready = true;
    for (const wake of entry.waiting) wake();
  });
  return { request_id: id, ...more };
}

function sample(body) {
  const random = new RandomStream(randomKey(body.sampling_params.seed ?? 0, 'paper-scale'));
  const stop = body.sampling_params.stop ?? [];
  const lengths = Array.from({ length: body.num_samples }, () => lengthOf(random));
  const most = body.sampling_params.max_tokens;
  let tokens = 0;
  const sequences = lengths.map((length) => {
    const isCut = length > most;
    const ids = new Int32Array(Math.min(length, most));
    const shift = Math.floor(random.uniform() * words.length);
    for (let i = 0; i < ids.length; i++) ids[i] = words[(i + shift) % words.length];
    if (!isCut) ids.set([...ending, stop[0]], ids.length - ending.length - 1);
    tokens += ids.length;
    return {
      stop_reason: isCut ? 'length' : 'stop',
      tokens: int32Bytes(ids),
      logprobs: float32Bytes(new Float32Array(ids.length).fill(-0.5)),
    };
  });
  const prompt = body.prompt.chunks.reduce((total, chunk) => total + chunk.tokens.length, 0);
  totals.sampled += tokens;
  totals.samples += sequences.length;
  const bytes = SAMPLE_RESPONSE.encode({ sequences });
  return later((1000 * tokens) / PER_SECOND.sampled + (1000 * prompt) / PER_SECOND.read, bytes, {
    sample_sequence_ids: lengths.map((_, i) => String(i)),
  });
}

function pass(bytes) {
  const { data, forward_only } = FORWARD_BACKWARD_REQUEST.decode(bytes);
  const lengths = data.map(({ loss_fn_inputs }) => loss_fn_inputs.get('target_tokens').shape[0]);
  const tokens = lengths.reduce((total, length) => total + length, 0);
  totals[forward_only ? 'read' : 'trained'] += tokens;
  const result = FORWARD_BACKWARD_OUTPUT.encode({
    loss_fn_output_type: 'ArrayRecord',
    loss_fn_outputs: outputRecord(
      { logprobs: lengths.map((length) => new Float32Array(length).fill(-0.5)) },
      lengths.length,
    ),
    metrics: new Map([['loss:sum', 0]]),
  });
  return later((1000 * tokens) / PER_SECOND[forward_only ? 'read' : 'trained'], result);
}

const json = (text) => (text.length === 0 ? {} : JSON.parse(text.toString()));
const ANSWERS = {
  'client/config': () => ({}),
  get_server_capabilities: () => ({ supported_models: [{ model_name: 'sim/7b', max_context_length: CONTEXT }] }),
  create_session: () => ({ session_id: 's' }),
  session_heartbeat: () => ({}),
  create_model: () => {
    const model_id = `s:train:${models++}`;
    return later(FIXED_MS, { model_id }, { model_id });
  },
  unload_model: (body) => later(1, { model_id: json(body).model_id }),
  save_weights: (body) =>
    later(FIXED_MS, { path: `tinker://${json(body).model_id.replaceAll(':', '.')}/weights/${json(body).path}` }),
  load_weights: (body) => later(FIXED_MS, { path: json(body).path }),
  save_weights_for_sampler: () => later(FIXED_MS, { sampling_session_id: `sample-${next}` }),
  weights_info: () => ({ base_model: 'sim/7b', is_lora: true, lora_rank: 16, train_attn: true, train_mlp: true }),
  create_sampling_session: () => ({ sampling_session_id: `sample-${next++}` }),
  optim_step: () => {
    totals.steps += 1;
    return later(FIXED_MS, { metrics: { 'grad_norm:mean': 0.1 } });
  },
  asample: (body) => sample(json(body)),
  forward_backward: (body) => pass(body),
};

const server = createServer(async (incoming, outgoing) => {
  const parts = [];
  for await (const part of incoming) parts.push(part);
  const body = Buffer.concat(parts);
  const path = incoming.url.replace('/api/v1/', '');
  clock.touch();
  if (path !== 'session_heartbeat') {
    totals.requests += 1;
    totals.bytes += body.length;
  }
  const send = (status, value) => {
    const isBytes = value instanceof Uint8Array;
    const bytes = isBytes
      ? Buffer.from(value.buffer, value.byteOffset, value.length)
      : Buffer.from(JSON.stringify(value));
    totals.bytes += bytes.length;
    outgoing.writeHead(status, {
      'content-type': isBytes ? 'application/x-protobuf' : 'application/json',
      'content-length': bytes.length,
    });
    outgoing.end(bytes);
    clock.touch();
  };
  if (path === 'retrieve_future') {
    const id = json(body).request_id;
    const entry = results.get(id);
    const give = () => {
      results.delete(id);
      send(200, entry.result);
    };
    if (entry === undefined) send(410, { detail: 'gone' });
    else if (entry.ready) give();
    else {
      const late = setTimeout(() => {
        entry.waiting.length = 0;
        send(408, { type: 'try_again', request_id: id });
      }, 40_000);
      entry.waiting.push(() => {
        clearTimeout(late);
        give();
      });
    }
    return;
  }
  const answer = ANSWERS[path];
  if (answer === undefined)
    send(incoming.method === 'DELETE' || path.endsWith('/finish') ? 200 : 404, { detail: `no ${path}` });
  else send(200, answer(body));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const model = { source: 'served:sim/7b', tokenizer: base };
const recipe = parseRecipe({
  name: 'paper-scale',
  engine: { kind: 'tinker', url: `http://127.0.0.1:${server.address().port}`, probe: false },
  models: { teacher: model, student: model },
  data: { problems: { source: 'task:word-problems', count: 256 } },
  stages: [
    { stage: 'teach', teacher: 'teacher', student: 'student', data: 'problems', steps, sampling: { maxTokens: MOST } },
  ],
});

const directory = await mkdtemp(join(tmpdir(), 'rlt-paper-scale-'));
const began = performance.now();
const processorBefore = process.cpuUsage();
const marks = [];
const notes = [];
await runRecipe(recipe, {
  runDirectory: directory,
  progress: {
    note: (text) => notes.push(text),
    stage: () => ({
      report: ({ done }) => {
        marks.push({ done, busy: clock.busy, idle: clock.idle, rss: process.memoryUsage.rss() });
        const mark = marks.at(-1);
        if (done % 5 === 0 || done === 1)
          console.error(
            `step ${done}: busy ${(100 * mark.busy) / (mark.busy + mark.idle)} %, ${Math.round(mark.rss / 2 ** 20)} MiB`,
          );
      },
      finish: () => undefined,
    }),
  },
});
clock.stop();
server.close();
server.closeAllConnections();
await rm(directory, { recursive: true, force: true });

const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(processorBefore);
// What comes before the first step is the server's start: it is the same for any number of steps.
const first = marks.find(({ done }) => done === 0) ?? { busy: 0, idle: 0 };
const [busy, idle] = [clock.busy - first.busy, clock.idle - first.idle];
const peak = process.resourceUsage().maxRSS / 1024;
const third = marks[Math.floor(marks.length / 3)]?.rss ?? 0;
const report = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus()[0]?.model ?? '?'}, ${cpus().length} cores, Node ${process.version}`,
  steps: totals.steps,
  samples: totals.samples,
  tokens: { sampled: totals.sampled, read: totals.read, trained: totals.trained },
  requests: totals.requests,
  megabytes: Math.round(totals.bytes / 1e6),
  virtualHours: (busy + idle) / 3.6e6,
  busyShare: busy / (busy + idle),
  idleSecondsPerStep: idle / 1000 / totals.steps,
  peakMebibytes: Math.round(peak),
  growthMebibytes: Math.round((marks.at(-1).rss - third) / 2 ** 20),
  realSeconds: Math.round(seconds),
  processorSeconds: Math.round((user + system) / 1e6),
  notes,
};
console.log(JSON.stringify(report, null, 2));
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
