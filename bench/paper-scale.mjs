/**
 * The teacher's RL at the paper's size against a simulated server: how busy the client keeps it, and what memory the
 * client takes. It runs the stage `teach` of a recipe, with 16 problems x 64 samples of up to 16,384 tokens a step, over
 * real sockets; only the model is not there: log-probs are constant, and explanations are words with an end tag.
 *
 *     npm run build && node bench/paper-scale.mjs [--steps 125] [--mean 5000] [--json FILE]
 *
 * Time is virtual. It passes with the processor time of the client, so that other programs on the machine do not count,
 * and jumps to the end of the job that the server computes when the client waits: its event loop turns, and no request is
 * on its way. The server is idle while it has no job. It is a process of its own, whose own work takes no time.
 *
 * The server's speeds are assumptions, of the order of one node with eight H100 and a model of 7B: 25,000 sampled,
 * 120,000 read and 30,000 trained tokens per second, one after the other, and 3 s for a step, a snapshot or a saved state.
 */
import { fork } from 'node:child_process';
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
import { loadTokenizer } from '../dist/text/tokenizer/tokenizer.js';

const { values: options } = parseArgs({
  options: {
    steps: { type: 'string', default: '125' },
    mean: { type: 'string', default: '5000' },
    json: { type: 'string' },
    serve: { type: 'boolean', default: false },
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

/** Virtual time, in milliseconds: `busy` and `idle` of the server. */
class Clock {
  busy = 0;
  idle = 0;
  #jobs = [];
  #left = 0;
  #client = 0;
  #turns = 0;

  /** A request has come, or a reply has gone: the client has something to do. */
  touch() {
    this.#turns = 0;
  }

  /** Computes a job after those before it. */
  job(milliseconds, done) {
    if (this.#jobs.length === 0) this.#left = milliseconds;
    this.#jobs.push({ milliseconds, done });
    this.touch();
  }

  /** The event loop of the client has turned; it has used so much processor time by now. */
  turn(client) {
    let passed = this.#client === 0 ? 0 : client - this.#client;
    this.#client = client;
    while (passed > 0 && this.#jobs.length > 0) {
      const used = Math.min(passed, this.#left);
      this.busy += used;
      this.#left -= used;
      passed -= used;
      if (this.#left <= 0) this.#finish();
    }
    this.idle += passed;
    this.#turns += 1;
    // Quiet for several turns: everyone waits for the server.
    if (this.#jobs.length === 0 || this.#turns < 4) return;
    this.busy += this.#left;
    this.#finish();
    this.touch();
  }

  #finish() {
    const job = this.#jobs.shift();
    this.#left = this.#jobs[0]?.milliseconds ?? 0;
    job?.done();
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
const marks = [];
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
    marks.push({ busy: clock.busy, idle: clock.idle });
    return later(FIXED_MS, { metrics: { 'grad_norm:mean': 0.1 } });
  },
  asample: (body) => sample(json(body)),
  forward_backward: (body) => pass(body),
};

async function serve() {
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
        // A client that gave up waiting asks again.
        setTimeout(() => results.delete(id), 300_000).unref();
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
  process.send({ url: `http://127.0.0.1:${server.address().port}` });
  process.on('message', (message) => {
    if (message.client !== undefined) clock.turn(message.client);
    else process.send({ totals, marks, busy: clock.busy, idle: clock.idle });
  });
  process.on('disconnect', () => process.exit());
}

async function client() {
  const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), '--serve']);
  const answer = () => new Promise((resolve) => child.once('message', resolve));
  const { url } = await answer();
  const model = { source: 'served:sim/7b', tokenizer: base };
  const recipe = parseRecipe({
    name: 'paper-scale',
    engine: { kind: 'tinker', url, probe: false },
    models: { teacher: model, student: model },
    data: { problems: { source: 'task:word-problems', count: 256 } },
    stages: [
      {
        stage: 'teach',
        teacher: 'teacher',
        student: 'student',
        data: 'problems',
        steps,
        sampling: { maxTokens: MOST },
      },
    ],
  });

  const directory = await mkdtemp(join(tmpdir(), 'rlt-paper-scale-'));
  const processorMs = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const ticker = setInterval(() => child.send({ client: processorMs() }), 5);
  const sizes = [];
  const notes = [];
  const began = performance.now();
  await runRecipe(recipe, {
    runDirectory: directory,
    progress: {
      note: (text) => notes.push(text),
      stage: () => ({
        report: ({ done }) => {
          sizes.push(process.memoryUsage.rss() / 2 ** 20);
          if (done % 5 === 0 || done <= 3)
            console.error(
              `step ${done}: ${Math.round(sizes.at(-1))} MiB, ${Math.round(processorMs() / 1000)} s of the processor`,
            );
        },
        finish: () => undefined,
      }),
    },
  });
  clearInterval(ticker);
  child.send({});
  const { totals, marks, busy, idle } = await answer();
  child.disconnect();
  await rm(directory, { recursive: true, force: true });

  // From the first step on, the server's share between steps: what comes before is the same for any number of steps.
  const [first, last] = [marks[0], marks.at(-1)];
  const [busyMs, idleMs] = marks.length > 1 ? [last.busy - first.busy, last.idle - first.idle] : [busy, idle];
  const between = Math.max(1, marks.length - 1);
  const report = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model ?? '?'}, ${cpus().length} cores, Node ${process.version}`,
    speeds: PER_SECOND,
    steps: totals.steps,
    samples: totals.samples,
    tokens: { sampled: totals.sampled, read: totals.read, trained: totals.trained },
    requests: totals.requests,
    megabytes: Math.round(totals.bytes / 1e6),
    virtualSecondsPerStep: Math.round((busyMs + idleMs) / 1000 / between),
    idleSecondsPerStep: Number((idleMs / 1000 / between).toFixed(2)),
    busyShare: Number((busyMs / (busyMs + idleMs)).toFixed(4)),
    peakMebibytes: Math.round(process.resourceUsage().maxRSS / 1024),
    mebibytesByThirds: [1, 2, 3].map((third) => Math.round(sizes[Math.ceil((third * sizes.length) / 3) - 1] ?? 0)),
    clientProcessorSeconds: Math.round(processorMs() / 1000),
    wallSeconds: Math.round((performance.now() - began) / 1000),
    notes,
  };
  console.log(JSON.stringify(report, null, 2));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
}

await (options.serve ? serve() : client());
