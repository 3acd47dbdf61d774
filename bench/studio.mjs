/**
 * The studio on much: 200 MB of rollouts, looked at in Chromium (docs/performance.md).
 *
 *     npm run build && node bench/studio.mjs [--megabytes 200] [--rounds 5] [--keep DIR] [--json FILE]
 *
 * Rollouts are synthetic, of realistic sizes: 8 problems x 64 completions a step, 200 to 600 tokens each, with every
 * column. The server is the command of the package in a process of its own. A run stops with an error where the first
 * paint takes longer than 1.5 s, or the server grows without bound.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { RolloutRecorder } from '../dist/run/rollouts.js';
import { median } from './interleave.mjs';

const { values: options } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '5' },
    keep: { type: 'string' },
    json: { type: 'string' },
  },
});
const FIRST_PAINT_LIMIT_MS = 1500;
/** Of the server; a file of a step is read whole, and few are kept. */
const MEMORY_LIMIT_MB = 1024;
const [PROBLEMS, SAMPLES] = [8, 64];
const chromiumPath = [process.env.RLT_CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);
if (chromiumPath === undefined) throw new Error('needs Chromium, or its path in RLT_CHROMIUM');

/** A small generator of numbers; the same files in every run. */
let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const WORDS = 'the a we so then apples tea Ann Ben has more costs 5 17 42 + = $x^2$ total number of each. step'.split(
  ' ',
);
const texts = (count) => Array.from({ length: count }, () => ` ${WORDS[Math.floor(random() * WORDS.length)]}`);
const floats = (count, scale) => Float32Array.from({ length: count }, () => scale * Math.log(random() + 1e-6));

function rollout(step, problem, sample) {
  const tokens = texts(200 + Math.floor(random() * 400));
  const solution = texts(40);
  const text = tokens.join('');
  const [reward, kl] = [-random(), floats(tokens.length, -0.2)];
  return {
    step,
    problem,
    sample,
    id: `p${(step * PROBLEMS + problem) % 100}`,
    question: `How many in step ${step}, problem ${problem}?${texts(60).join('')}`,
    solution: solution.join(''),
    prompt: `<|im_start|>user\n${texts(120).join('')}`,
    completion: text,
    ended: sample % 9 === 0 ? 'length' : 'stop',
    verdict: sample % 9 === 0 ? 'unended' : 'explained',
    reward,
    advantage: reward + 0.5,
    parts: { total: reward, solution: reward / 2, kl: reward / 2, 'kl/mean': 0.1, 'kl/max': Math.max(...kl) },
    ids: tokens.map((_, k) => k % 640),
    tokens,
    policyLogProbs: floats(tokens.length, 0.3),
    referenceLogProbs: floats(tokens.length, 0.3),
    explanation: text,
    teacherTokens: tokens,
    teacherLogProbs: floats(tokens.length, 0.3),
    studentTokens: tokens,
    studentLogProbs: floats(tokens.length, 0.5),
    kl,
    solutionTokens: solution,
    solutionLogProbs: floats(solution.length, 0.2),
    solutionAloneLogProbs: floats(solution.length, 0.6),
  };
}

const bytesOf = async (folder) => {
  const { recordedFiles } = await import('../dist/run/rollouts.js');
  const { statSync } = await import('node:fs');
  return (await recordedFiles(folder)).reduce((total, name) => total + statSync(join(folder, name)).size, 0);
};

/** A run of one stage with `megabytes` of rollouts; resolves to its steps. */
async function writeRun(directory, megabytes) {
  const folder = join(directory, 'rollouts', '01-teach');
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(directory, 'stages', '01-teach'), { recursive: true });
  const recorder = new RolloutRecorder(folder, { every: 1, problems: null, maxMegabytes: 1e6 }, 1000);
  let step = 0;
  for (; (await bytesOf(folder)) < megabytes * 1e6; step++) {
    const at = step;
    const rows = Array.from({ length: PROBLEMS * SAMPLES }, (_, i) => [Math.floor(i / SAMPLES), i % SAMPLES]);
    recorder.add('step', at, () => rows.map(([problem, sample]) => rollout(at, problem, sample)));
    await recorder.flush();
  }
  const lines = (of) => Array.from({ length: step }, (_, at) => `${JSON.stringify(of(at))}\n`).join('');
  const metrics = lines((at) => ({
    stage: 'teach',
    step: at,
    reward: at / step,
    'update/kl': 0.1,
    'completion/tokens': 400,
  }));
  writeFileSync(
    join(directory, 'recipe.yaml'),
    `name: much\nstages: [{ stage: teach, name: teach, steps: ${step} }]\n`,
  );
  writeFileSync(join(directory, 'metrics.jsonl'), metrics);
  writeFileSync(join(directory, 'stages', '01-teach', 'metrics.jsonl'), metrics);
  writeFileSync(
    join(directory, 'events.jsonl'),
    lines((at) => ({
      time: new Date(1.8e12 + at * 1000).toISOString(),
      event: 'step',
      stage: 'teach',
      step: at,
      seconds: 1,
    })),
  );
  return { steps: step, bytes: await bytesOf(folder) };
}

const scratch = options.keep ?? mkdtempSync(join(tmpdir(), 'rlt-studio-bench-'));
const directory = join(scratch, 'much');
const written = await writeRun(directory, Number(options.megabytes));
console.log(`${(written.bytes / 1e6).toFixed(0)} MB of rollouts, ${written.steps} steps of ${PROBLEMS} x ${SAMPLES}`);

const server = spawn(process.execPath, [fileURLToPath(new URL('../bin/rlt.js', import.meta.url)), 'studio', scratch], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise((resolve, reject) => {
  server.stdout.once('data', (text) => resolve(String(text).trim()));
  server.once('exit', (code) => reject(new Error(`the studio ended with ${code}`)));
});
/** Of the server, in MB: now, and the most so far. Linux only. */
const memory = () => {
  try {
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    const of = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1024;
    return { now: of('VmRSS'), most: of('VmHWM') };
  } catch {
    return { now: Number.NaN, most: Number.NaN };
  }
};
const atStart = memory();

const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
const token = new URL(url).hash;
const opened = async () => {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 720 } })).newPage();
  return page;
};

/** Times of a page that is opened for the first time: first paint, and the moment at which `selector` is there. */
async function firstView(route, selector) {
  const page = await opened();
  const began = performance.now();
  await page.goto(`${new URL(url).origin}/${token}`);
  await page.locator('main .panel').first().waitFor();
  const list = performance.now() - began;
  const paint = await page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0]?.startTime`);
  const asked = performance.now();
  await page.keyboard.press(route);
  await page.locator(selector).first().waitFor();
  const shown = performance.now() - asked;
  await page.context().close();
  return { paint, list, shown };
}

/** Times between frames while a wheel turns for `seconds`, in milliseconds. */
async function frames(page, seconds) {
  await page.mouse.move(700, 400);
  await page.evaluate(`window.frameTimes = []; window.scrolls = 0; addEventListener('scroll', () => { window.scrolls += 1; }, true); (() => {
    let last = performance.now();
    const tick = (now) => { window.frameTimes.push(now - last); last = now; window.frameLoop = requestAnimationFrame(tick); };
    window.frameLoop = requestAnimationFrame(tick);
  })()`);
  const until = performance.now() + seconds * 1000;
  let down = 0;
  while (performance.now() < until) {
    down += 1;
    await page.mouse.wheel(0, down % 30 < 15 ? 50 : -50);
  }
  await page.evaluate('cancelAnimationFrame(window.frameLoop)');
  const times = (await page.evaluate('window.frameTimes')).slice(1).sort((a, b) => a - b);
  // A wheel that moves nothing is no scrolling.
  const moved = await page.evaluate('window.scrolls');
  if (moved < times.length / 4) throw new Error(`only ${moved} of ${times.length} frames scrolled`);
  return {
    median: median(times),
    p95: times[Math.floor(times.length * 0.95)],
    longest: times.at(-1),
    late: times.filter((time) => time > 50).length / times.length,
  };
}

try {
  const views = [];
  for (let round = 0; round < Number(options.rounds); round++)
    views.push({ groups: await firstView('3', '.sample'), tokens: await firstView('4', '.token') });
  const of = (pick) => median(views.map(pick));
  const paint = of(({ groups }) => groups.paint);
  const worstPaint = Math.max(...views.flatMap(({ groups, tokens }) => [groups.paint, tokens.paint]));
  const times = {
    'first paint': paint,
    'list of runs': of(({ groups }) => groups.list),
    'Groups, after the key': of(({ groups }) => groups.shown),
    'Tokens, after the key': of(({ tokens }) => tokens.shown),
  };

  const page = await opened();
  await page.goto(`${new URL(url).origin}/${token}`);
  await page.locator('main .panel').first().waitFor();
  await page.keyboard.press('3');
  await page.locator('.sample').first().waitFor();
  const scrolled = { Groups: await frames(page, 4) };
  const steps = [];
  for (let step = 0; step < written.steps - 1; step++) {
    const began = performance.now();
    const answered = page.waitForResponse((response) => response.url().includes('/group?'));
    await page.keyboard.press(',');
    await answered;
    steps.push(performance.now() - began);
  }
  const afterGroups = memory();
  await page.keyboard.press('o');
  await page.locator('.token').first().waitFor();
  scrolled.Tokens = await frames(page, 4);
  for (let step = 0; step < written.steps - 1; step++) {
    const answered = page.waitForResponse((response) => response.url().includes('/tokens?'));
    await page.keyboard.press('.');
    await answered;
  }
  const afterTokens = memory();

  const processor = cpus()[0]?.model.trim();
  const version = browser.version();
  console.log(`${processor}, ${cpus().length} logical cores, Node ${process.versions.node}, Chromium ${version}\n`);
  for (const [what, value] of Object.entries(times)) console.log(`| ${what} | ${value.toFixed(0)} ms |`);
  console.log(`| longest first paint of ${2 * views.length} | ${worstPaint.toFixed(0)} ms |`);
  console.log(`| one step back in Groups | ${median(steps).toFixed(0)} ms |`);
  for (const [where, { median: middle, p95, longest, late }] of Object.entries(scrolled))
    console.log(
      `| scrolling ${where}: time between frames | median ${middle.toFixed(1)} ms, 95 % below ${p95.toFixed(1)} ms, longest ${longest.toFixed(0)} ms, above 50 ms ${(100 * late).toFixed(1)} % |`,
    );
  console.log(`| memory of the server at its start | ${atStart.now.toFixed(0)} MB |`);
  console.log(
    `| after every step in Groups | ${afterGroups.now.toFixed(0)} MB, at most ${afterGroups.most.toFixed(0)} MB |`,
  );
  console.log(
    `| after every step in Tokens | ${afterTokens.now.toFixed(0)} MB, at most ${afterTokens.most.toFixed(0)} MB |`,
  );
  if (options.json !== undefined)
    writeFileSync(
      options.json,
      `${JSON.stringify({ written, times, worstPaint, steps, scrolled, atStart, afterGroups, afterTokens }, null, 2)}\n`,
    );
  if (worstPaint > FIRST_PAINT_LIMIT_MS) throw new Error(`the first paint took ${worstPaint.toFixed(0)} ms`);
  if (afterTokens.most > MEMORY_LIMIT_MB) throw new Error(`the server took ${afterTokens.most.toFixed(0)} MB`);
} finally {
  await browser.close();
  server.kill('SIGINT');
  if (options.keep === undefined) rmSync(scratch, { recursive: true, force: true });
}
