/** The stages that were begun in a run directory, and the refusal of a recipe that would make one of them differently. */
import { existsSync, readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StorageError, UsageError } from '../errors.js';
import { MANIFEST } from '../manifest.js';
import { commandLine } from '../printable.js';
import { readText } from '../storage.js';
import { isAbsence, storageError } from '../system-errors.js';

/** What identifies a stage. Results under another fingerprint belong to another recipe, or to other data. */
export interface StageIdentity {
  /** From 0, in the order of the recipe. */
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  /** Hash of everything that its results depend on: its settings, those of its inputs, and the content of sources. */
  readonly fingerprint: string;
  /** Hashes of the models and data sets that it reads from outside the run, by field of the recipe. */
  readonly sources: Readonly<Record<string, string>>;
}

/** The recipe of a run, as it is run. */
export const RECIPE_FILE = 'recipe.yaml';
export const IDENTITY_FILE = 'stage.json';

export const isRun = (directory: string): boolean => existsSync(join(directory, RECIPE_FILE));

/** Whether a directory has the folders of stages, and not the recipe that says what they are. */
function hasLostRecipe(directory: string): boolean {
  const stages = join(directory, 'stages');
  if (existsSync(join(directory, RECIPE_FILE)) || !existsSync(stages)) return false;
  return readdirSync(stages).some((folder) => existsSync(join(stages, folder, IDENTITY_FILE)));
}

/** @throws {StorageError} when a directory is that of a run which has lost its recipe */
export function requireKeptRecipe(directory: string): void {
  if (!hasLostRecipe(directory)) return;
  throw new StorageError('the recipe of this run is missing, without which nobody knows what its stages are', {
    file: join(directory, RECIPE_FILE),
    remedy: `Restore it; or run again what made this run, with the same recipe and settings and --out ${directory}: that writes the file anew, and keeps the stages that are done.`,
  });
}

/** The names of the stages that are done in a run directory, and of those that only begun, in the order of the recipe. */
export function stagesLeft(directory: string): { readonly done: readonly string[]; readonly begun: readonly string[] } {
  const stages = join(directory, 'stages');
  const folders = existsSync(stages) ? readdirSync(stages).sort() : [];
  const has = (folder: string, file: string): boolean => existsSync(join(stages, folder, file));
  const nameOf = (folder: string): string => folder.replace(/^\d+-/, '');
  return {
    done: folders.filter((folder) => has(folder, MANIFEST)).map(nameOf),
    begun: folders.filter((folder) => has(folder, IDENTITY_FILE) && !has(folder, MANIFEST)).map(nameOf),
  };
}

const identitySchema = z.object({
  name: z.string(),
  kind: z.string(),
  fingerprint: z.string(),
  sources: z.record(z.string(), z.string()).default({}),
});

export function stageFolder(stage: Pick<StageIdentity, 'index' | 'name'>): string {
  return `${String(stage.index + 1).padStart(2, '0')}-${stage.name}`;
}

/** A stage that this recipe would make differently, with the hashes of its sources as they were and as they are. */
export interface RemadeStage {
  readonly name: string;
  /** Its folder below stages/. */
  readonly folder: string;
  readonly sourcesBefore: Readonly<Record<string, string>>;
  readonly sourcesNow: Readonly<Record<string, string>>;
}

/**
 * In what a recorded recipe differs from the present one, as far as stages depend on it: settings by their paths, and
 * whether it is another recipe. `remedy`: what to do, where it is not enough to choose another directory.
 */
interface FoundDifferences {
  readonly isAnother: boolean;
  readonly settings: readonly { readonly path: string; readonly before: unknown; readonly now: unknown }[];
  readonly remedy?: string | undefined;
}
export type Differences = (recorded: string, remade: readonly RemadeStage[]) => FoundDifferences;

export const NO_DIFFERENCES: FoundDifferences = { isAnother: false, settings: [] };

async function readIdentity(directory: string): Promise<z.output<typeof identitySchema> | undefined> {
  const file = join(directory, IDENTITY_FILE);
  try {
    return identitySchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if (isAbsence(cause)) return undefined;
    if (!(cause instanceof SyntaxError || cause instanceof z.ZodError)) throw storageError('read', file, cause);
    throw new StorageError('the file does not say what this stage was made from', {
      file,
      remedy: `Delete ${directory} and run again; the stage is then made anew.`,
      cause,
    });
  }
}

/** The stages that were begun in a run directory, by folder; none when there is no run. */
async function begunStages(directory: string): Promise<ReadonlyMap<string, z.output<typeof identitySchema>>> {
  const begun = new Map<string, z.output<typeof identitySchema>>();
  const stages = join(directory, 'stages');
  if (!existsSync(stages)) return begun;
  for (const folder of (await readdir(stages)).sort()) {
    const found = await readIdentity(join(stages, folder));
    if (found !== undefined) begun.set(folder, found);
  }
  return begun;
}

/** Hashes of what the sources of a run held when its stages began, by field of the recipe. */
export async function recordedSources(directory: string): Promise<ReadonlyMap<string, string>> {
  const begun = await begunStages(directory);
  return new Map([...begun.values()].flatMap(({ sources }) => Object.entries(sources)));
}

/** Whether all stages that have begun in a directory are of this recipe. */
export async function isSameRecipe(directory: string, stages: readonly StageIdentity[]): Promise<boolean> {
  const begun = await begunStages(directory);
  return [...begun].every(([folder, { fingerprint }]) =>
    stages.some((stage) => stageFolder(stage) === folder && stage.fingerprint === fingerprint),
  );
}

/**
 * Stages may be added to a run, and changed before they start; those that have begun must be of this recipe.
 * @throws {UsageError} when the directory holds stages of another recipe, naming them and what differs
 */
export async function requireSameRecipe(
  directory: string,
  stages: readonly StageIdentity[],
  differences: Differences,
): Promise<void> {
  const byFolder = new Map(stages.map((stage) => [stageFolder(stage), stage]));
  const others: string[] = [];
  const remade: RemadeStage[] = [];
  const changed = new Set<string>();
  for (const [folder, found] of await begunStages(directory)) {
    const wanted = byFolder.get(folder);
    if (wanted?.fingerprint === found.fingerprint) continue;
    others.push(folder);
    remade.push({ name: found.name, folder, sourcesBefore: found.sources, sourcesNow: wanted?.sources ?? {} });
    for (const [field, content] of Object.entries(found.sources)) {
      const now = wanted?.sources[field];
      if (now !== undefined && now !== content) changed.add(field);
    }
  }
  if (others.length === 0) return;
  const file = join(directory, RECIPE_FILE);
  const { isAnother, settings, remedy } = existsSync(file) ? differences(await readText(file), remade) : NO_DIFFERENCES;
  // The hash of a model covers its bits, and a server's model has none of this machine's: others alone look like other contents.
  const hasOtherEngine = settings.some(({ path }) => /^engines?\b(?:.*\.kind)?$/.test(path));
  const contents = [...changed].filter(
    (field) =>
      !(hasOtherEngine && field.startsWith('models.')) && !settings.some(({ path }) => path === `${field}.bits`),
  );
  const onlyContents = contents.length > 0 && settings.length === 0;
  const why = contents.length === 0 ? '' : `, because the contents of ${contents.join(' and ')} have changed`;
  throw new UsageError(
    `the run directory holds stages that this recipe would make differently${why}: ${others.join(', ')}${differencesText({ settings })}`,
    {
      file: directory,
      remedy: isAnother
        ? 'It belongs to another recipe: choose another directory with --out.'
        : (remedy ??
          `Choose another directory with --out, which keeps these results; or delete the folders of these stages to run them again. ${onlyContents ? 'To go on with them, put back the contents that they were begun with.' : `To go on with the recipe as it was begun, with every --set of then: ${commandLine('rlt', 'run', file)}.`}`),
    },
  );
}

/** Most settings that a refusal names. */
const MOST_DIFFERENCES = 8;

function differencesText({ settings }: Pick<FoundDifferences, 'settings'>): string {
  if (settings.length === 0) return '';
  const shown = settings.slice(0, MOST_DIFFERENCES);
  const more = settings.length === shown.length ? '' : ` and ${settings.length - shown.length} more`;
  const change = ({ before, now }: (typeof settings)[number]) => `was ${valueText(before)}, now ${valueText(now)}`;
  const changes = shown.length === 1 ? shown.map(change) : shown.map((setting) => `${setting.path} ${change(setting)}`);
  return `. Settings that differ: ${shown.map(({ path }) => path).join(', ')}${more} (${changes.join('; ')})`;
}

function valueText(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
