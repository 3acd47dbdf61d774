/** The lines of a JSONL file that another process may be writing. */
import { readText } from '../storage.js';

/** The JSON values of the whole lines of a text; what is no JSON is left out, as is a last line without its end. */
export function wholeLines(text: string): readonly unknown[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .flatMap((line) => {
      if (line === '') return [];
      try {
        return [JSON.parse(line) as unknown];
      } catch {
        return [];
      }
    });
}

export const readLines = async (file: string): Promise<readonly unknown[]> => wholeLines(await readText(file));
