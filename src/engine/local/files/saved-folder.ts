/** What saving leaves in a folder, and what it may replace there: nothing that is not such a folder itself. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { writeDirectoryAtomically } from '../../../directory-swap.js';
import { UsageError } from '../../../errors.js';
import { isAbsence, storageError } from '../../../system-errors.js';

/** Files that say how text becomes ids and how to sample: they go along when a model is saved. */
export const COMPANIONS =
  /^(tokenizer.*\.(json|model)|vocab\.(json|txt)|merges\.txt|special_tokens_map\.json|added_tokens\.json|chat_template\.(jinja|json)|generation_config\.json|LICENSE(\..*)?|NOTICE(\..*)?)$/;

/** What a run writes beside the weights, whole and as a killed process leaves it. */
const TRAINING_RECORD = /^(rlt\.json|\.partial-rlt\.json\.\d+-\d+)$/;

/** What file managers leave in folders that they show. */
const DROPPINGS: ReadonlySet<string> = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

interface Form {
  /** Each is the name of a file in every folder of this form. */
  readonly needs: readonly RegExp[];
  /** Names that other files may have. */
  readonly allows: readonly RegExp[];
}

const MODEL: Form = {
  needs: [/^config\.json$/, /^model(-\d+-of-\d+)?\.safetensors$/],
  allows: [/^model\.safetensors\.index\.json$/, COMPANIONS, TRAINING_RECORD],
};
const ADAPTER: Form = {
  needs: [/^adapter_config\.json$/, /^adapter_model\.safetensors$/],
  allows: [COMPANIONS, TRAINING_RECORD],
};

/** What is saved, by its kind, with what it may take the place of: an adapter not that of a model, which may be its base. */
const SAVES = {
  model: { what: 'a model', forms: [MODEL, ADAPTER] },
  adapter: { what: 'an adapter', forms: [ADAPTER] },
  state: {
    what: 'a state',
    forms: [{ needs: [/^manifest\.json$/, /^state\.safetensors$/], allows: [/^state\.json$/] }],
  },
} satisfies Readonly<Record<string, { readonly what: string; readonly forms: readonly Form[] }>>;

export type SavedKind = keyof typeof SAVES;

/**
 * Writes what is saved into its folder whole, as `writeDirectoryAtomically` does. It may replace an empty folder and one
 * that holds nothing but what saving of that kind leaves: whatever else is there is somebody's.
 * @throws {UsageError} before anything is written, when something else is there
 */
export function writeSavedFolder(
  kind: SavedKind,
  path: string,
  fill: (partial: string) => Promise<void>,
): Promise<void> {
  return writeDirectoryAtomically(path, fill, (place) => requireReplaceable(kind, place, path));
}

/** @param named what the user calls the place */
async function requireReplaceable(kind: SavedKind, place: string, named: string): Promise<void> {
  const { what, forms } = SAVES[kind];
  const names = await entriesOf(place, named);
  if (names === undefined) return;
  if (names === 'no folder') {
    throw new UsageError(`${what} is saved as a folder, and this is not a folder`, {
      file: named,
      remedy: 'Name an empty or a new folder.',
    });
  }
  const lost = lostBy(forms, names);
  if (lost.length > 0) {
    const more = lost.length > 3 ? ` and ${lost.length - 3} more` : '';
    throw new UsageError(`saving ${what} here would delete ${lost.slice(0, 3).join(', ')}${more}`, {
      file: named,
      remedy: `Name an empty or a new folder: what is replaced is ${what} that was saved, with nothing else in its folder.`,
    });
  }
  // Processes that stand in a folder, this one and the shell, stay in it when it is put aside and deleted.
  if ((await realpath(place)) === (await realpath(process.cwd()))) {
    throw new UsageError('this is the working directory, and saving puts a new folder in its place', {
      file: named,
      remedy: 'Name a folder in it, or call from elsewhere.',
    });
  }
}

/** What is in a folder, with a `/` behind what is a folder and a `@` behind a link; undefined where nothing is. */
async function entriesOf(place: string, named: string): Promise<readonly string[] | 'no folder' | undefined> {
  try {
    if (!(await stat(place)).isDirectory()) return 'no folder';
    return (await readdir(place, { withFileTypes: true }))
      .filter((entry) => !(entry.isFile() && DROPPINGS.has(entry.name)))
      .map((entry) => `${entry.name}${entry.isDirectory() ? '/' : entry.isSymbolicLink() ? '@' : ''}`)
      .sort();
  } catch (cause) {
    // A part of the path that is a file is found when the folder is made.
    if (isAbsence(cause)) return undefined;
    throw storageError('write', named, cause);
  }
}

/** What nobody saved among the entries of a folder, by the form that they are nearest to. */
function lostBy(forms: readonly Form[], entries: readonly string[]): readonly string[] {
  const strangers = forms
    .map(({ needs, allows }) => entries.filter((entry) => ![...needs, ...allows].some((name) => name.test(entry))))
    .sort((a, b) => a.length - b.length)[0];
  if (strangers !== undefined && strangers.length > 0) return strangers;
  const isWhole = forms.some(
    (form) =>
      form.needs.every((name) => entries.some((entry) => name.test(entry))) &&
      entries.every((entry) => [...form.needs, ...form.allows].some((name) => name.test(entry))),
  );
  // The names alone say nothing: many programs have a config.json.
  return isWhole ? [] : entries;
}
