/** Experiments of variants: one recipe, and others that differ from it in one thing each, for every seed. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { InputError, UsageError } from '../../dist/errors.js';
import { runRecipe } from '../../dist/pipeline/run-recipe.js';
import { writeFileAtomically } from '../../dist/storage.js';
import { following, seedsOf } from './command.mjs';
import { Run } from './readings.mjs';

const fromRoot = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The options that these scripts share. */
function optionsOf({ name, variants, seeds }) {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: seeds },
      only: { type: 'string', default: variants.join(',') },
      set: { type: 'string', multiple: true, default: [] },
      out: { type: 'string', default: fromRoot(`runs/${name}`) },
      results: { type: 'string', default: fromRoot('docs/results') },
      'report-only': { type: 'boolean', default: false },
    },
  });
  const only = values.only.split(',');
  const unknown = only.filter((variant) => !variants.includes(variant));
  if (unknown.length > 0) {
    throw new UsageError(`there is no variant ${unknown.join(', ')}`, {
      remedy: `Choose of ${variants.join(', ')}.`,
    });
  }
  return { ...values, only, seeds: seedsOf(values.seeds, seeds) };
}

const stopsFile = (directory) => join(directory, 'stops.json');

async function stopsIn(directory) {
  const file = stopsFile(directory);
  return new Map(existsSync(file) ? Object.entries(JSON.parse(await readFile(file, 'utf8'))) : []);
}

/**
 * Runs the variants of every seed, and writes the results after each; a second start goes on where the first was
 * stopped, and --report-only writes them from what is there.
 * @param experiment `name`, `variants` (the first is the control), default `seeds` as text; `recipeOf(seed, set, directory)`:
 *   the recipe with the stages of all variants; `stagesOf(recipe, variant)`: names of its stages, in order;
 *   `teachOf(variant)`: the stage whose stop is a result; `write(options, runs)`, where each run of
 *   `{ recipe, run, stops }` is a seed's, and `stops` has why a variant's teacher was given up
 */
export async function runVariants(experiment) {
  const { variants, recipeOf, stagesOf, teachOf, write } = experiment;
  const options = optionsOf(experiment);
  const runs = [];
  for (const seed of options.seeds) {
    const directory = join(options.out, `seed-${seed}`);
    const recipe = await recipeOf(seed, options.set, directory);
    runs.push({ recipe, run: await Run.open(recipe, directory), stops: await stopsIn(directory) });
  }
  if (options['report-only']) return write(options, runs);
  const given = { resume: false, ...following() };
  const [control] = variants;
  for (const { recipe, run, stops } of runs) {
    for (const variant of [control, ...options.only.filter((one) => one !== control)]) {
      try {
        await runRecipe(recipe, { ...given, runDirectory: run.directory, only: stagesOf(recipe, variant) });
      } catch (error) {
        // A teacher that ends nothing is a result.
        if (!(error instanceof InputError) || error.facts.stage !== teachOf(variant)) throw error;
        stops.set(variant, error.summary);
        await writeFileAtomically(stopsFile(run.directory), JSON.stringify(Object.fromEntries(stops)));
      }
      await write(options, runs);
    }
  }
}
