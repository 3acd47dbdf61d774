/** Runs what the claims need for one seed; what is done is not done again. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnsupportedError } from '../../dist/errors.js';
import { runRecipe } from '../../dist/pipeline/run-recipe.js';
import { loadRecipe, parseRecipe } from '../../dist/recipe/load.js';
import { writeFileAtomically } from '../../dist/storage.js';
import { GROUPS, groupRecipe, MAY_STOP, requireTwins, stagesFor } from './plan.mjs';
import { Run } from './readings.mjs';

const RECIPE = fileURLToPath(new URL('../../recipes/claims.yaml', import.meta.url));

/** The runs of a seed: what is on disk of them, finished or not. */
export async function seedRuns({ seed, out, set }) {
  const recipe = await loadRecipe(RECIPE, [...set, `seed=${seed}`]);
  requireTwins(recipe);
  const directory = join(out, `seed-${seed}`);
  return { seed, recipe, directory, main: new Run(recipe, join(directory, 'run')) };
}

/** C8's run, once the scored explanations are there: it depends on them. */
export async function groupsRun({ recipe, directory, main }) {
  const traces = await main.traces('ranked-scores');
  if (traces === undefined) return undefined;
  const groups = rankGroups(traces);
  const contents = groups.map(({ traces: own }) => `${own.map(problemLine).join('\n')}\n`);
  // Named by their content, so that students of other traces are never taken for theirs.
  const files = contents.map((text, index) => {
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
    return join(directory, 'groups', `traces-${index + 1}-${hash}.jsonl`);
  });
  const made = parseRecipe(groupRecipe(recipe, files));
  return {
    run: new Run(made, join(directory, 'groups', 'run')),
    rewards: groups.map(({ reward }) => reward),
    files: files.map((file, index) => ({ file, text: contents[index] })),
  };
}

/** Runs the stages that `claims` need. */
export async function runSeed(runs, { claims, signal, progress }) {
  const { recipe, main, directory } = runs;
  const options = { runDirectory: main.directory, resume: false, signal, progress };
  const names = stagesFor(recipe, claims);
  await runRecipe(recipe, { ...options, only: names.filter((name) => name !== MAY_STOP) });
  if (claims.includes('C8')) {
    const { run, files } = await groupsRun(runs);
    await mkdir(join(directory, 'groups'), { recursive: true });
    for (const { file, text } of files) await writeFileAtomically(file, text);
    await runRecipe(run.recipe, { ...options, runDirectory: run.directory });
  }
  if (names.includes(MAY_STOP) && (await stopOf(runs)) === undefined) {
    try {
      await runRecipe(recipe, { ...options, only: [MAY_STOP] });
    } catch (error) {
      if (!(error instanceof UnsupportedError) || error.facts.stage !== MAY_STOP) throw error;
      const stop = { message: error.summary, step: error.facts.step, advice: error.facts.remedy };
      await writeFileAtomically(stopFile(runs), `${JSON.stringify(stop, null, 2)}\n`);
      progress.note(`${MAY_STOP} stopped: ${error.summary}`);
    }
  }
}

const stopFile = ({ directory }) => join(directory, 'no-warm-up.json');

/** How the teacher without warm-up was stopped; undefined where it was not. */
export async function stopOf(runs) {
  const file = stopFile(runs);
  return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
}

/** The explanations of each problem in order of their reward, cut into groups: the first holds the lowest of every problem. */
function rankGroups(traces) {
  const byProblem = new Map();
  for (const trace of traces) byProblem.set(trace.id, [...(byProblem.get(trace.id) ?? []), trace]);
  const groups = Array.from({ length: GROUPS }, () => []);
  for (const own of byProblem.values()) {
    const ranked = own.toSorted((a, b) => a.reward.total - b.reward.total || a.sample - b.sample);
    for (const [rank, trace] of ranked.entries()) groups[Math.floor((rank * GROUPS) / ranked.length)].push(trace);
  }
  return groups.map((own) => ({
    traces: own,
    reward: own.reduce((total, { reward }) => total + reward.total, 0) / own.length,
  }));
}

const problemLine = ({ id, sample, question, solution, answer, level, task, explanation }) =>
  JSON.stringify({
    id: `${id}/${sample}`,
    question,
    solution,
    answer,
    level,
    task,
    reasoning_trace: explanation,
  });
