/** What the files of a model tell without its weights being read. */
import type { DirectorySource } from './engine.js';
import { readModelDirectory } from './local/files/directory.js';

/**
 * The longest sequence that the model in a directory can read, in tokens. config.json and the headers of the weights
 * are checked as they are when the embedded engine opens the model.
 * @throws {StorageError | InputError | UnsupportedError} when the embedded engine could not open it
 */
export async function contextTokensOf({ directory }: DirectorySource): Promise<number> {
  const model = await readModelDirectory(directory);
  await model.close();
  return model.architecture.contextTokens;
}
