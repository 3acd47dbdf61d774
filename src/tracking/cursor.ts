/**
 * What was sent to a tracker: `tracking/KIND-HASH.json` in the run directory. It is written after every delivery, and by
 * it a later process sends what is missing and nothing twice.
 */
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { TRACKING_FOLDER } from '../run/owner.js';
import { readText, writeFileAtomically } from '../storage.js';
import { isAbsence, storageError } from '../system-errors.js';

const cursorSchema = z.strictObject({
  destination: z.string(),
  id: z.string(),
  /** By folder of a stage: the fingerprint of its results, and the first step that was not sent. */
  sent: z.record(z.string(), z.strictObject({ fingerprint: z.string(), next: z.int() })),
  /** Whether a delivery began of which it is not known how it ended. */
  isOpen: z.boolean(),
  /** The last state that the tracker was told. */
  state: z.enum(['working', 'complete', 'stopped']),
  memory: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type Cursor = z.output<typeof cursorSchema>;

export const newCursor = (destination: string): Cursor => ({
  destination,
  id: randomUUID(),
  sent: {},
  isOpen: false,
  state: 'working',
  memory: {},
});

export function cursorFile(runDirectory: string, kind: string, destination: string): string {
  const hash = createHash('sha256').update(destination).digest('hex').slice(0, 8);
  return join(runDirectory, TRACKING_FOLDER, `${kind}-${hash}.json`);
}

/**
 * The cursor in a file, or a new one where there is none.
 * @throws {StorageError} when it cannot be read
 */
export async function readCursor(file: string, destination: string): Promise<Cursor> {
  try {
    return cursorSchema.parse(JSON.parse(await readText(file)));
  } catch (cause) {
    if (isAbsence(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause))
      return newCursor(destination);
    throw storageError('read what was sent to a tracker', file, cause);
  }
}

export const writeCursor = (file: string, cursor: Cursor): Promise<void> =>
  writeFileAtomically(file, `${JSON.stringify(cursor, null, 2)}\n`);
