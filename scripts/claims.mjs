/**
 * The experiments for the paper's claims at the size of the quickstart, and their report. Run it after `npm run build`:
 *
 *     node scripts/claims.mjs [--seeds 1,2,3,4,5] [--only C2,C7] [--set path=value]... [--report-only]
 *                             [--larger MODEL] [--out runs/claims] [--results docs/results]
 *
 * C5's larger base is pretrained first, unless --larger names one. Each seed has run directories under --out, and a second start goes on where the first was stopped. claims.md,
 * its figures and claims.json are written to --results after every seed; --report-only writes them from what is there and runs nothing.
 */
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UsageError } from '../dist/errors.js';
import { writeFileAtomically } from '../dist/storage.js';
import { ended, following, seedsOf, show, shownSettings } from './claims/command.mjs';
import { largerBase, runSeed, seedRecipe, seedRuns } from './claims/experiment.mjs';
import { measureSeed } from './claims/measure.mjs';
import { CLAIMS } from './claims/plan.mjs';
import { renderReport } from './claims/report.mjs';
import { verdicts } from './claims/verdicts.mjs';
import { plots } from './plots/claims.mjs';

const DEFAULT_SEEDS = '1,2,3,4,5';
const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

function flags() {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: DEFAULT_SEEDS },
      only: { type: 'string', default: Object.keys(CLAIMS).join(',') },
      set: { type: 'string', multiple: true, default: [] },
      larger: { type: 'string' },
      out: { type: 'string', default: fromRoot('runs/claims') },
      results: { type: 'string', default: fromRoot('docs/results') },
      'report-only': { type: 'boolean', default: false },
    },
  });
  const seeds = seedsOf(values.seeds, DEFAULT_SEEDS);
  const claims = values.only.split(',');
  const unknown = claims.filter((claim) => !Object.hasOwn(CLAIMS, claim));
  if (unknown.length > 0) {
    throw new UsageError(`there is no claim ${unknown.join(', ')}`, {
      remedy: `Choose of ${Object.keys(CLAIMS).join(', ')}.`,
    });
  }
  return { ...values, seeds, claims };
}

/** What makes the report again. */
function commandOf({ seeds, set, claims }) {
  const options = [
    ...(seeds.join(',') === DEFAULT_SEEDS ? [] : [`--seeds ${seeds.join(',')}`]),
    ...(claims.length === Object.keys(CLAIMS).length ? [] : [`--only ${claims.join(',')}`]),
    ...shownSettings(set),
  ];
  return ['npm run claims', ...(options.length === 0 ? [] : ['--', ...options])].join(' ');
}

async function write(options, recipes) {
  const all = [];
  for (const [seed, own] of recipes) all.push(await seedRuns({ ...options, seed, own }));
  const seeds = [];
  for (const runs of all) seeds.push(await measureSeed(runs, options.claims));
  const claims = verdicts(seeds);
  const command = commandOf(options);
  const figures = await plots(seeds, claims);
  const report = renderReport({
    command,
    recipe: all[0].recipe,
    seeds,
    claims,
    chosen: options.claims,
    figures: Object.keys(figures),
  });
  await mkdir(options.results, { recursive: true });
  await writeFileAtomically(join(options.results, 'claims.md'), report);
  await writeFileAtomically(
    join(options.results, 'claims.json'),
    `${JSON.stringify({ command, verdicts: claims, seeds }, null, 1)}\n`,
  );
  for (const [file, figure] of Object.entries(figures)) {
    await writeFileAtomically(join(options.results, file), figure);
  }
  for (const [name, { verdict }] of Object.entries(claims)) process.stderr.write(`${name}  ${verdict}\n`);
}

async function main() {
  const options = flags();
  const recipesWith = async (larger) => {
    const recipes = new Map();
    for (const seed of options.seeds) recipes.set(seed, await seedRecipe({ ...options, larger, seed }));
    return recipes;
  };
  if (options['report-only']) return write(options, await recipesWith(await largerBase(options)));
  const given = following();
  const recipes = await recipesWith(await largerBase(options, given));
  for (const [seed, own] of recipes) {
    show(`\nseed ${seed} of ${options.seeds.join(', ')}, ${availableParallelism()} threads\n`);
    await runSeed({ ...options, ...given, seed, own });
    await write(options, recipes);
  }
}

await ended(main);
