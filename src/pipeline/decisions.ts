/** decisions.json of a run directory: what was decided by what the data have, for people and for resuming. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StorageError } from '../errors.js';
import { readText, writeFileAtomically } from '../storage.js';
import type { Decision, TraceCounts } from './adapt.js';

const DECISIONS_FILE = 'decisions.json';

const schema = z.strictObject({
  data: z.record(z.string(), z.strictObject({ problems: z.int().min(0), traced: z.int().min(0) })),
  decisions: z.array(z.strictObject({ stage: z.string(), text: z.string() })),
});

/** What a run directory says of its data, which may not be there any more; empty for a new run. */
export async function recordedCounts(runDirectory: string): Promise<ReadonlyMap<string, TraceCounts>> {
  const file = join(runDirectory, DECISIONS_FILE);
  if (!existsSync(file)) return new Map();
  const { success, data } = schema.safeParse(parsed(await readText(file)));
  if (!success) throw new StorageError('the file is not a record of decisions', { file, remedy: 'Delete it.' });
  return new Map(Object.entries(data.data));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes what was counted and decided; nothing where no data had to be counted. */
export async function recordDecisions(
  runDirectory: string,
  counts: ReadonlyMap<string, TraceCounts>,
  decisions: readonly Decision[],
): Promise<void> {
  if (counts.size === 0) return;
  const record = { data: Object.fromEntries(counts), decisions };
  await writeFileAtomically(join(runDirectory, DECISIONS_FILE), `${JSON.stringify(record, null, 2)}\n`);
}
