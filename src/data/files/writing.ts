/** The names of files that are written. */
import { extname } from 'node:path';
import { UsageError } from '../../errors.js';

/**
 * Refuses the name of another format: readers go by it. `form`: the call as it should be.
 * @throws {UsageError} when the file does not end in one of these
 */
export function requireEnding(form: string, file: string, endings: readonly string[]): void {
  const ending = extname(file).toLowerCase();
  if (endings.includes(ending)) return;
  const [name = ''] = form.split('(');
  throw new UsageError(
    `${name}: file: ${ending === '' ? 'the name has no ending' : `files that end in ${ending} are not written`}`,
    { file, field: 'file', remedy: `Use a name that ends in ${endings.join(', ')}. Call it as ${form}.` },
  );
}
