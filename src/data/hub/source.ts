/** How data sets of the hub are named in a recipe. */
import { basename } from 'node:path';
import { UsageError } from '../../errors.js';
import { RECORD_FILE_ENDINGS } from '../files/records.js';

/** A data set on the hub: `hf:owner/name[@revision]/path/to/file.jsonl`, or `…/[config/]split`. */
interface HubSource {
  readonly owner: string;
  readonly name: string;
  /** Branch, tag or commit; without one, `main`. */
  readonly revision?: string;
  readonly target:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'split'; readonly config?: string; readonly split: string };
}

const SCHEME = 'hf:';
/** Owners and names. They become directories of the cache, which `..` would leave. */
export const HUB_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Whether this has the form of a model's name on the hub, `owner/name`. */
export function isHubModel(text: string): boolean {
  const parts = text.split('/');
  return parts.length === 2 && parts.every((part) => HUB_NAME.test(part));
}

/** Whether it can be a branch, tag, commit or reference; a slash in it is part of its name. */
export function isRevision(text: string): boolean {
  return text.split('/').every((part) => HUB_NAME.test(part));
}

/** A revision, configuration or split as the name of one directory. */
export function directoryOf(name: string): string {
  return /^\.*$/.test(name) ? name.replaceAll('.', '%2E') : encodeURIComponent(name);
}

const FORM =
  'Write hf:owner/name/path/to/file.jsonl, hf:owner/name/split or hf:owner/name@revision/path/to/file.parquet.';

export function isHubSource(source: string): boolean {
  return source.startsWith(SCHEME);
}

/** What a source is called: of the hub by all of its name, a file without its folders. */
export const sourceName = (source: string): string => (isHubSource(source) ? source : basename(source));

/** The parts of a hub source. @throws {UsageError} when it is invalid */
export function parseHubSource(source: string): HubSource {
  const refuse = (why: string) => new UsageError(`${source} is not a data set of the hub: ${why}`, { remedy: FORM });
  if (!isHubSource(source)) throw refuse(`it does not begin with ${SCHEME}`);
  const [owner = '', repository = '', ...rest] = source.slice(SCHEME.length).split('/');
  const at = repository.indexOf('@');
  const name = at === -1 ? repository : repository.slice(0, at);
  const stated = at === -1 ? undefined : repository.slice(at + 1);
  // The only revisions with slashes that the hub itself makes: refs/pr/3 and refs/convert/parquet.
  const revision = stated === 'refs' ? ['refs', ...rest.splice(0, 2)].join('/') : stated?.replace(/%2F/gi, '/');
  if (!HUB_NAME.test(owner) || !HUB_NAME.test(name))
    throw refuse('owner and name are letters, digits, dots, dashes and underscores');
  if (revision !== undefined && !isRevision(revision))
    throw refuse('the revision is not the name of a branch, tag or commit, or refs/pr/NUMBER');
  if (
    rest.length === 0 ||
    rest.some((part) => part === '' || part === '.' || part === '..' || /[\\:?#\0]/.test(part))
  ) {
    throw refuse('it names neither a file nor a split');
  }
  const base = { owner, name, ...(revision === undefined ? {} : { revision }) };
  const last = rest.at(-1) ?? '';
  if (RECORD_FILE_ENDINGS.some((ending) => last.toLowerCase().endsWith(ending))) {
    return { ...base, target: { kind: 'file', path: rest.join('/') } };
  }
  if (last.includes('.')) throw refuse(`a file must end in ${RECORD_FILE_ENDINGS.join(', ')}`);
  if (rest.length > 2) throw refuse('a split is named by at most a configuration and a split');
  if (revision !== undefined)
    throw refuse('a split is read from the newest conversion to Parquet; with a revision, name a file');
  const [config] = rest.length === 2 ? rest : [undefined];
  return { ...base, target: { kind: 'split', ...(config === undefined ? {} : { config }), split: last } };
}
