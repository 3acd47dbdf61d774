/** Runs what the claims need for one seed; what is done is not done again. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../dist/errors.js';
import { runRecipe } from '../../dist/pipeline/run-recipe.js';
import { loadRecipe, parseRecipe } from '../../dist/recipe/load.js';
import { stageFolder } from '../../dist/run/begun-stages.js';
import { writeFileAtomically } from '../../dist/storage.js';
import { COMPUTE, GROUPS, groupRecipe, LARGER_BASE, longerSteps, MAY_STOP, stagesFor, withTwins } from './plan.mjs';
import { Run } from './readings.mjs';

const RECIPE = fileURLToPath(new URL('../../recipes/claims.yaml', import.meta.url));

/**
 * The recipe of a seed as its file says. Read once, so that a file that is edited meanwhile changes nothing.
 * @param larger the directory of C5's base, which need not be there before a stage of C5 runs
 */
export const seedRecipe = ({ seed, set, larger }) =>
  loadRecipe(RECIPE, [...set, `seed=${seed}`, `models.larger.source=${larger}`]);

/**
 * Where C5's larger base is: what `larger` names, else the last model of its recipe's run, one for all seeds. The same
 * place before it is there, so that every choice of claims makes the same recipe of a seed.
 * @param given how to run the recipe where C5 is asked for; without it nothing runs
 */
export async function largerBase({ out, larger, claims }, given) {
  if (larger !== undefined) return larger;
  const recipe = await loadRecipe(LARGER_BASE);
  const runDirectory = join(out, LARGER_BASE);
  if (given !== undefined && claims.includes('C5')) await runRecipe(recipe, { ...given, resume: false, runDirectory });
  const index = recipe.stages.length - 1;
  return join(runDirectory, 'stages', stageFolder({ index, name: recipe.stages[index].name }), 'model');
}

/** The runs of a seed: what is on disk of them, finished or not. `own` is its recipe. */
export async function seedRuns({ seed, out, own }) {
  const directory = join(out, `seed-${seed}`);
  const run = async (recipe) => ({ seed, recipe, directory, main: await Run.open(recipe, join(directory, 'run')) });
  const first = await run(withTwins(own));
  const rlt = await first.main.tokens(COMPUTE.rlt);
  const base = await first.main.tokens(['rl-base']);
  if (rlt === undefined || base === undefined) return first;
  const total = Object.values(rlt).reduce((sum, tokens) => sum + tokens, 0);
  return run(withTwins(own, longerSteps(own, total, base['rl-base'])));
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
    run: await Run.open(made, join(directory, 'groups', 'run')),
    rewards: groups.map(({ reward }) => reward),
    files: files.map((file, index) => ({ file, text: contents[index] })),
  };
}

/** Runs what `claims` need for a seed. */
export async function runSeed(options) {
  const { claims, signal, progress } = options;
  const given = { resume: false, signal, progress };
  const runMain = ({ recipe, main }) => {
    const only = stagesFor(recipe, claims).filter((name) => name !== MAY_STOP);
    return runRecipe(recipe, { ...given, runDirectory: main.directory, only });
  };
  const runs = await seedRuns(options);
  await runMain(runs);
  if (claims.includes('C8')) {
    const { run, files } = await groupsRun(runs);
    await mkdir(join(runs.directory, 'groups'), { recursive: true });
    for (const { file, text } of files) await writeFileAtomically(file, text);
    await runRecipe(run.recipe, { ...given, runDirectory: run.directory });
  }
  if (claims.includes('C7') && (await stopOf(runs)) === undefined) await runMayStop(runs, given);
  // Now the tokens are known that the longer RL is to reach.
  if (claims.includes('C3')) await runMain(await seedRuns(options));
}

async function runMayStop(runs, given) {
  try {
    await runRecipe(runs.recipe, { ...given, runDirectory: runs.main.directory, only: [MAY_STOP] });
  } catch (error) {
    if (!(error instanceof InputError) || error.facts.stage !== MAY_STOP) throw error;
    const stop = { message: error.summary, step: error.facts.step, advice: error.facts.remedy };
    await writeFileAtomically(stopFile(runs), `${JSON.stringify(stop, null, 2)}\n`);
    given.progress.note(`${MAY_STOP} stopped: ${error.summary}`);
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
