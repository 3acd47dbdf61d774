/**
 * Runs a recipe for several seeds, and writes what its students have in common: accuracies pooled over seeds, and the
 * differences of one student to the others over seeds. Run it after `npm run build`:
 *
 *     node scripts/seeds.mjs RECIPE [--seeds 1,2,3] [--student rlt] [--set path=value]... [--report-only]
 *                            [--out runs/RECIPE] [--results docs/results]
 *
 * A second start goes on where the first was stopped. RECIPE.md, its figure and RECIPE.json are written to --results
 * after every seed; --report-only writes them from what is there.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UsageError } from '../dist/errors.js';
import { runRecipe } from '../dist/pipeline/run-recipe.js';
import { loadRecipe } from '../dist/recipe/load.js';
import { writeFileAtomically } from '../dist/storage.js';
import { percent, table } from './claims/cells.mjs';
import { ended, following, seedsOf, show, shownSettings } from './claims/command.mjs';
import { tallies } from './claims/measure.mjs';
import { Run } from './claims/readings.mjs';
import { overSeeds, pooledAccuracy } from './claims/statistics.mjs';
import { teacherSections } from './claims/teachers.mjs';
import { accuracyPanels } from './plots/svg.mjs';

const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const COLOUR = '#1F5FA8';

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seeds: { type: 'string', default: '1,2,3' },
      student: { type: 'string', default: 'rlt' },
      set: { type: 'string', multiple: true, default: [] },
      out: { type: 'string' },
      results: { type: 'string', default: fromRoot('docs/results') },
      'report-only': { type: 'boolean', default: false },
    },
  });
  const [recipe, ...others] = positionals;
  if (recipe === undefined || others.length > 0) {
    throw new UsageError('one recipe is needed', { remedy: 'For example: node scripts/seeds.mjs quickstart' });
  }
  return { ...values, recipe, seeds: seedsOf(values.seeds, '1,2,3') };
}

/** What finished evaluations of a seed found, by "student/level". */
async function studentsOf({ recipe, run }) {
  const students = {};
  for (const { stage, name } of recipe.stages) {
    if (stage === 'evaluate') Object.assign(students, tallies(await run.answers(name)));
  }
  return students;
}

/** Students and sets of problems, in the order of the recipe's evaluations. */
function namesOf({ stages }) {
  const evaluations = stages.filter(({ stage }) => stage === 'evaluate');
  return {
    students: [...new Set(evaluations.flatMap(({ students }) => Object.keys(students)))],
    levels: [...new Set(evaluations.flatMap(({ problems }) => Object.keys(problems)))],
  };
}

const signed = (value) => `${value < 0 ? '' : '+'}${percent(value)}`;

async function write({ results, student: best, seeds, set }, runs) {
  const { recipe } = runs[0];
  const { name, description } = recipe;
  const { students, levels } = namesOf(recipe);
  const all = [];
  for (const one of runs) all.push(await studentsOf(one));
  const rows = levels.flatMap((level) =>
    students.flatMap((student) => {
      const perSeed = all.map((own) => own[`${student}/${level}`]);
      const pooled = pooledAccuracy(perSeed.filter((tally) => tally !== undefined));
      const against = all.flatMap((own) => {
        const [a, b] = [own[`${best}/${level}`], own[`${student}/${level}`]];
        return student === best || a === undefined || b === undefined ? [] : [a.accuracy - b.accuracy];
      });
      return pooled === undefined
        ? []
        : [{ level, student, perSeed: perSeed.map((one) => one?.accuracy ?? null), pooled, less: overSeeds(against) }];
    }),
  );
  let minutes = 0;
  for (const { run } of runs) minutes += await run.minutes();
  const command = [
    `node scripts/seeds.mjs ${name} --seeds ${seeds.join(',')}`,
    ...(best === 'rlt' ? [] : [`--student ${best}`]),
    ...shownSettings(set),
  ].join(' ');
  const figure = `${name}.svg`;
  const page = [
    `# ${name}`,
    `${description} Made by \`${command}\`; the numbers are also in \`${name}.json\`. ${Math.round(minutes)} minutes of computing.`,
    'Accuracies are pooled over the problems of all seeds, with 95 % intervals over problems; they hold for these students and do not cover how those of further seeds would differ. ' +
      `Differences of \`${best}\` to each other student are therefore shown with Student's interval over seeds.`,
    `![Accuracy of the students, 95 % intervals](${figure})`,
    table(
      ['problems', 'student', 'accuracy, each seed (%)', 'pooled (%)', '95 % interval', `${best} − student (points)`],
      rows.map(({ level, student, perSeed, pooled, less }) => [
        level,
        student,
        perSeed.map(percent).join(', '),
        percent(pooled.value),
        `${percent(pooled.low)} to ${percent(pooled.high)}`,
        less === undefined
          ? '–'
          : `${signed(less.value)}${less.low === null ? '' : ` (${signed(less.low)} to ${signed(less.high)})`}`,
      ]),
    ),
    ...(await teacherSections(runs)),
  ].join('\n\n');
  await mkdir(results, { recursive: true });
  await writeFileAtomically(join(results, `${name}.md`), `${page}\n`);
  await writeFileAtomically(join(results, `${name}.json`), `${JSON.stringify({ command, minutes, rows }, null, 1)}\n`);
  await writeFileAtomically(
    join(results, figure),
    await accuracyPanels({
      title: 'Accuracy of the students, 95 % intervals',
      rows: rows.map(({ student, level, pooled }) => ({ name: student, panel: level, pooled })),
      names: students,
      panels: levels,
      width: 240,
      step: 20,
      mark: { type: 'point', filled: true, size: 45, color: COLOUR },
      rule: { color: COLOUR },
    }),
  );
}

async function main() {
  const given = options();
  const runs = [];
  for (const seed of given.seeds) {
    const recipe = await loadRecipe(given.recipe, [...given.set, `seed=${seed}`]);
    const out = given.out ?? fromRoot(join('runs', recipe.name));
    runs.push({ recipe, run: await Run.open(recipe, join(out, `seed-${seed}`)) });
  }
  if (given['report-only']) return write(given, runs);
  const watched = following();
  for (const { recipe, run } of runs) {
    show(`\nseed ${recipe.seed} of ${given.seeds.join(', ')}\n`);
    await runRecipe(recipe, { resume: false, ...watched, runDirectory: run.directory });
    await write(given, runs);
  }
}

await ended(main);
