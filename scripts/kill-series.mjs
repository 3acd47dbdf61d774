/**
 * Kills runs at random places and compares their bytes with those of a run that was left alone: `npm run build`, then
 *
 *     node scripts/kill-series.mjs [--kills 50] [--seed 1] [--recipe src/pipeline/testing/tiny.yaml]
 *
 * A run is killed (SIGKILL) after a random number of lines of its events and a few milliseconds, started again, and so on until it ends; then the next
 * run begins. Compared are all files of the stages' folders but the events and what else holds times.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { randomKey, uniformAt } from '../dist/random.js';

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    recipe: { type: 'string', default: 'src/pipeline/testing/tiny.yaml' },
  },
});
const wanted = Number(options.kills);
const key = randomKey(Number(options.seed));
let draws = 0;
const random = (limit) => Math.floor(uniformAt(key, draws++) * limit);

const folder = mkdtempSync(join(tmpdir(), 'rlt-kills-'));
const start = (out) =>
  spawn(process.execPath, ['bin/rlt.js', 'run', options.recipe, '--out', out, '-q'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
const ended = (child) => new Promise((resolve) => child.on('close', (code) => resolve(code)));

const linesOf = (file) => {
  try {
    return readFileSync(file, 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
};
function events(out) {
  const files = readdirSync(out, { recursive: true }).filter((name) => name.endsWith('events.jsonl'));
  return files.reduce((total, name) => total + linesOf(join(out, name)), 0);
}
const eventsIn = (out) => {
  try {
    return events(out);
  } catch {
    return 0;
  }
};

/** Every file of the stages and its SHA-256, without those that hold times. */
function bytes(out) {
  const names = readdirSync(join(out, 'stages'), { recursive: true }).sort();
  const files = names.filter(
    (name) => statSync(join(out, 'stages', name)).isFile() && !/events\.jsonl|manifest\.json|summary\.json/.test(name),
  );
  return files.map(
    (name) =>
      `${name} ${createHash('sha256')
        .update(readFileSync(join(out, 'stages', name)))
        .digest('hex')}`,
  );
}

const reference = join(folder, 'reference');
if ((await ended(start(reference))) !== 0) throw new Error('the run that was left alone failed');
const expected = bytes(reference);
console.log(`${expected.length} files in the run that was left alone`);

let kills = 0;
let runs = 0;
let different = 0;
while (kills < wanted) {
  const out = join(folder, `run-${runs++}`);
  let code = null;
  let here = 0;
  while (code === null) {
    const before = eventsIn(out);
    const child = start(out);
    const end = ended(child);
    let over = false;
    end.then(() => {
      over = true;
    });
    // Runs must come to their end, so later starts are left alone.
    if (here < 25 && kills < wanted) {
      const after = 1 + random(25);
      while (!over && eventsIn(out) < before + after) await pause(3);
      await pause(random(15));
      if (!over && child.kill('SIGKILL')) {
        kills++;
        here++;
      }
    }
    code = await end;
  }
  const found = code === 0 ? bytes(out) : [`exit code ${code}`];
  const same = found.join('\n') === expected.join('\n');
  if (!same) {
    different++;
    for (const line of found.filter((entry) => !expected.includes(entry)).slice(0, 5))
      console.log(`  differs: ${line}`);
  }
  console.log(`run ${runs}: ${here} kills, ${same ? 'the same bytes' : 'OTHER BYTES'}`);
  rmSync(out, { recursive: true });
}
rmSync(folder, { recursive: true });
console.log(`${kills} kills in ${runs} runs, ${different} runs with other bytes`);
process.exitCode = different > 0 ? 1 : 0;
