/** Files of recipes for tests, in a folder of the current test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

export const SMALL = `name: small
models: { base: "builtin:base" }
data: { train: { source: "task:word-problems", count: 10 } }
stages:
  - { stage: warm-up, teacher: base, data: train }
  - { stage: teach, teacher: warm-up, student: base, data: train }
`;

/** Gives every test of a file a folder of its own, deleted after it. */
export function recipeFiles(): {
  readonly directory: () => string;
  /** Writes a file into the folder, and returns its path. */
  readonly write: (name: string, text: string) => string;
} {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rlt-recipe-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  return {
    directory: () => directory,
    write(name, text) {
      const file = join(directory, name);
      writeFileSync(file, text);
      return file;
    },
  };
}
