import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RandomStream, randomKey } from '../random.js';
import { hashesOf, linesOf, type Ran, type Running, rlt, start, TINY } from './testing/rlt.js';

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
  expect(undisturbed).toHaveProperty(['rollouts/03-teach/step-000007.parquet']);
  expect(undisturbed).toHaveProperty(['rollouts/07-reinforce/step-000003.parquet']);
  renameSync(run, join(folder, 'undisturbed'));
}, 5 * MINUTES);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A point in the run: a number of steps of a stage done; 0 for stages without steps, once begun. */
interface Place {
  readonly stage: string;
  readonly steps: number;
}

const STAGES = ['base', 'warm-up', 'teach', 'explain', 'score', 'distill', 'reinforce', 'evaluate'];
const orderOf = ({ stage, steps }: Place): number => STAGES.indexOf(stage) * 1000 + steps;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves once this process has come to a place in the run, or has ended. */
async function comesTo(running: Running, earlierEvents: number, place: Place): Promise<void> {
  let ended = false;
  void running.ended.then(() => {
    ended = true;
  });
  const isThere = (event: Readonly<Record<string, unknown>>): boolean =>
    orderOf({ stage: String(event.stage), steps: event.event === 'step' ? Number(event.step) + 1 : 0 }) >=
    orderOf(place);
  while (!ended && !eventsOf(run).slice(earlierEvents).some(isThere)) await pause(2);
}

const eventsOf = (directory: string) => {
  const file = join(directory, 'events.jsonl');
  return existsSync(file) ? linesOf(file) : [];
};

/** Where a run is killed, in order: after checkpoints of every stage of steps, and in the stages without steps. */
function killingPlaces(random: RandomStream): readonly Place[] {
  const at = (stage: string, low = 0, high = low): Place => ({ stage, steps: random.integer(low, high) });
  return [
    at('base', 6, 18),
    at('warm-up', 8, 55),
    at('teach', 3, 7),
    at('explain'),
    at('score'),
    at('distill', 2, 6),
    at('reinforce', 1, 3),
    at('evaluate'),
  ];
}

test('a run that is killed again and again ends in the same bytes', { timeout: 5 * MINUTES }, async () => {
  const random = new RandomStream(randomKey(7, 'kills'));
  const resumed = new Set<unknown>();
  let kills = 0;
  // A process may end before it is killed: then the whole is done once more.
  while (kills < 6) {
    rmSync(run, { recursive: true, force: true });
    const places = [...killingPlaces(random)];
    let last: Ran | undefined;
    while (last === undefined || last.code === null) {
      const earlierEvents = eventsOf(run).length;
      const running = start(['run', TINY, '--out', run, '-q']);
      const place = places.shift();
      if (place !== undefined) {
        await comesTo(running, earlierEvents, place);
        // Weights, checkpoints, traces and manifests are written between two events.
        await pause(random.integer(0, 12));
        running.process.kill('SIGKILL');
      }
      last = await running.ended;
      if (last.code === null) kills += 1;
    }
    expect(last.code, last.stderr).toBe(0);
    expect(hashesOf(run)).toEqual(undisturbed);
    for (const { event, stage } of eventsOf(run)) if (event === 'stage resumes') resumed.add(stage);
  }
  expect(resumed.size).toBeGreaterThan(1);
});

test(
  'Ctrl-C saves the state before the interrupted step, exits with 130, and the run resumes from there',
  async () => {
    rmSync(run, { recursive: true, force: true });
    // A checkpoint that no step reaches: what is saved is saved because of the interruption.
    const changes = ['--set', 'stages.warm-up.steps=200', '--set', 'stages.warm-up.checkpointEvery=1000'];
    const warmUp = ['warm-up', TINY, ...changes, '--out', run];
    expect((await rlt('pretrain', TINY, ...changes, '--out', run, '-q')).code).toBe(0);
    expect((await rlt(...warmUp, '-q')).code).toBe(0);
    const expected = hashesOf(run);
    const stage = join(run, 'stages', '02-warm-up');
    rmSync(stage, { recursive: true });

    const running = start(warmUp);
    await comesTo(running, eventsOf(run).length, { stage: 'warm-up', steps: 5 });
    running.process.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect([code, stdout], stderr).toEqual([130, '']);
    expect(stderr).toContain('stopping and saving the state');
    expect(stderr).toMatch(
      /^interrupted: the run was stopped \(stage warm-up, step \d+\)\n {2}.*run the same command to resume/m,
    );
    const steps = linesOf(join(stage, 'metrics.jsonl')).length;
    expect(steps).toBeGreaterThanOrEqual(5);
    expect(readdirSync(stage)).toContain(`checkpoint-${steps}`);

    const rest = await rlt(...warmUp, '--resume');
    expect(rest.code, rest.stderr).toBe(0);
    expect(rest.stderr).toContain(`resumes after step ${steps}`);
    expect(hashesOf(run)).toEqual(expected);
  },
  5 * MINUTES,
);

test(
  'a second process is refused while the first works, and the first is not disturbed',
  async () => {
    rmSync(run, { recursive: true, force: true });
    const first = start(['run', TINY, '--out', run, '-q']);
    await comesTo(first, 0, { stage: 'base', steps: 1 });
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
  'a full disk leaves the last checkpoint, and the run resumes once there is room',
  async (context) => {
    // A file system on which the run fits, until another program fills it; to mount one is not everybody's right.
    const disk = join(folder, 'disk');
    const script = [
      'mkdir -p "$0" && mount -t tmpfs -o size=8m tmpfs "$0" || exit',
      '(until [ -e "$0"/run/stages/02-warm-up/checkpoint-7 ]; do sleep 0.01; done; cat /dev/zero > "$0/other" 2>/dev/null) &',
      '"$@"; code=$?; kill $! 2>/dev/null; cp -r "$0/run" "$0-kept"; exit $code',
    ].join('\n');
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
