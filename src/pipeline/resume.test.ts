import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RandomStream, randomKey } from '../random.js';
import { hashesOf, linesOf, type Ran, type Running, rlt, start, TINY } from './testing/rlt.js';

const KILLS = 12;
const MINUTES = 60_000;

let folder: string;
let run: string;
/** What a run that nobody disturbs leaves, by file. */
let undisturbed: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-resume-'));
  run = join(folder, 'run');
  const { code, stderr } = await rlt('run', TINY, '--out', run, '-q');
  expect(code, stderr).toBe(0);
  undisturbed = hashesOf(run);
  // Adapters name the path of their base: runs that are to be equal have the same place.
  renameSync(run, join(folder, 'undisturbed'));
}, 5 * MINUTES);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const events = (): number => {
  const file = join(run, 'events.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
};

/** Resolves when the run has written so many more events, or has ended. */
async function moreEvents(running: Running, count: number): Promise<void> {
  const wanted = events() + count;
  let ended = false;
  void running.ended.then(() => {
    ended = true;
  });
  while (!ended && events() < wanted) await new Promise((resolve) => setTimeout(resolve, 2));
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('a run that is killed again and again ends in the same bytes', { timeout: 5 * MINUTES }, async () => {
  rmSync(run, { recursive: true, force: true });
  const random = new RandomStream(randomKey(7, 'kills'));
  let kills = 0;
  let last: Ran | undefined;
  while (last?.code !== 0) {
    const running = start(['run', TINY, '--out', run, '-q']);
    if (kills < KILLS) {
      // Between two events lie the moments in which weights, checkpoints, traces and manifests are written.
      await moreEvents(running, random.integer(3, 14));
      await pause(random.integer(0, 25));
      running.process.kill('SIGKILL');
    }
    last = await running.ended;
    if (last.code === null) kills += 1;
    else expect(last.code, last.stderr).toBe(0);
    // A run that is done early is no reason to kill it less often.
    if (last.code === 0 && kills < KILLS) {
      expect(hashesOf(run)).toEqual(undisturbed);
      rmSync(run, { recursive: true });
      last = undefined;
    }
  }
  expect(kills).toBe(KILLS);
  expect(hashesOf(run)).toEqual(undisturbed);
  const resumed = linesOf(join(run, 'events.jsonl')).filter(({ event }) => event === 'stage resumes');
  expect(resumed.length).toBeGreaterThan(0);
});

test(
  'Ctrl-C saves the step that it cuts short, exits with 130, and the run goes on from there',
  async () => {
    rmSync(run, { recursive: true, force: true });
    // A checkpoint that no step reaches: what is saved is saved because of the interruption.
    const never = ['base', 'warm-up', 'teach', 'distill', 'reinforce'].flatMap((stage) => [
      '--set',
      `stages.${stage}.checkpointEvery=1000`,
    ]);
    const whole = await rlt('run', TINY, ...never, '--out', run, '-q');
    expect(whole.code, whole.stderr).toBe(0);
    const expected = hashesOf(run);
    rmSync(run, { recursive: true });

    const running = start(['run', TINY, ...never, '--out', run]);
    while (!existsSync(join(run, 'stages', '02-warm-up', 'metrics.jsonl'))) await moreEvents(running, 1);
    await moreEvents(running, 5);
    running.process.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect([code, stdout], stderr).toEqual([130, '']);
    expect(stderr).toContain('stopping: saving the state');
    expect(stderr).toMatch(/^interrupted: /m);
    const cut = readdirSync(join(run, 'stages')).at(-1) as string;
    const steps = linesOf(join(run, 'stages', cut, 'metrics.jsonl')).length;
    expect(steps).toBeGreaterThan(0);
    expect(readdirSync(join(run, 'stages', cut))).toContain(`checkpoint-${steps}`);

    const rest = await rlt('run', TINY, ...never, '--out', run, '--resume');
    expect(rest.code, rest.stderr).toBe(0);
    const resumed = linesOf(join(run, 'events.jsonl')).find(({ event }) => event === 'stage resumes');
    expect(resumed).toMatchObject({ step: steps });
    expect(hashesOf(run)).toEqual(expected);
  },
  5 * MINUTES,
);

test(
  'a second process is refused while the first works, and the first is not disturbed',
  async () => {
    rmSync(run, { recursive: true, force: true });
    const first = start(['run', TINY, '--out', run, '-q']);
    while (!existsSync(join(run, 'lock.json'))) await moreEvents(first, 1);
    // Stopped, the first cannot end before the second has looked.
    first.process.kill('SIGSTOP');
    const second = await rlt('run', TINY, '--out', run);
    expect(second.code, second.stderr).toBe(1);
    expect(second.stderr).toMatch(new RegExp(`^busy: .*in use by process ${first.process.pid}\\b`, 'm'));
    first.process.kill('SIGCONT');
    expect((await first.ended).code).toBe(0);
    expect(hashesOf(run)).toEqual(undisturbed);
  },
  5 * MINUTES,
);

test(
  'a full disk leaves the last checkpoint, and the run goes on once there is room',
  async (context) => {
    // A file system of 220 kB, less than the run needs; to mount one is not everybody's right.
    const disk = join(folder, 'disk');
    const script = `mkdir -p "$0" && mount -t tmpfs -o size=220k tmpfs "$0" && "$@"; code=$?; cp -r "$0/run" "$0-kept"; exit $code`;
    const command = [
      process.execPath,
      join(import.meta.dirname, '../cli/main.js'),
      'run',
      TINY,
      '--out',
      join(disk, 'run'),
      '-q',
    ];
    const { status, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script, disk, ...command], {
      encoding: 'utf8',
    });
    if (status === null || /unshare|mount|not permitted/.test(stderr)) {
      context.skip('needs the right to mount a file system');
      return;
    }
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^storage: .*(ENOSPC|no space left)/m)]);
    const kept = `${disk}-kept`;
    const left = Object.keys(hashesOf(kept)).filter((file) =>
      /checkpoint-\d+\/manifest\.json|model\/.*safetensors/.test(file),
    );
    expect(left).not.toEqual([]);
    const rest = await rlt('run', TINY, '--out', kept, '--resume', '-q');
    expect(rest.code, rest.stderr).toBe(0);
    const results = (hashes: Readonly<Record<string, string>>) =>
      Object.entries(hashes).filter(([file]) => /safetensors$|metrics\.jsonl$|traces\.jsonl$/.test(file));
    expect(results(hashesOf(kept))).toEqual(results(undisturbed));
  },
  5 * MINUTES,
);
