/** The errors that rlt raises on purpose. Each says what was wrong, where, and what to do. */
import { stepText } from './printable.js';

/** Where something went wrong; only what is known is present. Rendered in this order, after the message. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The 1-based number of a record, where several stand on one line and none is named by it. */
  readonly record?: number;
  /** A path inside a document (`stages.teach.steps`), a column of a table, a key of a JSON object. */
  readonly field?: string;
  readonly tensor?: string;
  readonly stage?: string;
  /** From 0, as in metrics.jsonl; the message counts from 1, as progress does. */
  readonly step?: number;
  /** Index or id of the sample, sequence or problem. */
  readonly sample?: number | string;
}

export interface ErrorFacts extends Place {
  /** What the reader can do about it, as an imperative sentence. */
  readonly remedy?: string;
  /** The remedy for people who wrote a recipe, where `remedy` is for callers of a function. */
  readonly remedyForRecipe?: string;
  /** The remedy for people who gave a file to a command and wrote no recipe, where `remedy` speaks of one. */
  readonly remedyForFile?: string;
  /** Of a ConnectionError: whether the call had no effect, so that it can be made again. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** The kinds of errors, for programs. */
export type ErrorCode =
  | 'input'
  | 'usage'
  | 'recipe'
  | 'unsupported'
  | 'numeric'
  | 'storage'
  | 'busy'
  | 'connection'
  | 'interrupted';

function renderPlace(place: Place): string {
  const parts: string[] = [];
  if (place.file !== undefined) {
    const line =
      place.line === undefined ? '' : `:${place.line}${place.column === undefined ? '' : `:${place.column}`}`;
    parts.push(`${place.file}${line}`);
  }
  if (place.record !== undefined) parts.push(`record ${place.record}`);
  if (place.field !== undefined) parts.push(`field ${place.field}`);
  if (place.tensor !== undefined) parts.push(`tensor ${place.tensor}`);
  if (place.stage !== undefined) parts.push(`stage ${place.stage}`);
  if (place.step !== undefined) parts.push(stepText(place.step));
  if (place.sample !== undefined) parts.push(`sample ${place.sample}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** Base of every error raised on purpose; `code` is for programs, `message` for people. */
export class RltError extends Error {
  readonly code: ErrorCode;
  /** The message without place and remedy. */
  readonly summary: string;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    const remedy = facts.remedy === undefined ? '' : `\n  ${facts.remedy}`;
    super(`${message}${renderPlace(facts)}${remedy}`, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = new.target.name;
    this.code = code;
    this.summary = message;
    this.facts = facts;
  }

  /** The same error with more of its place known. */
  at(place: Place): RltError {
    const facts = { ...this.facts, ...place };
    const more = fromErrorRecord({ ...toErrorRecord(this), facts });
    if (!(more instanceof RltError)) return this;
    return more;
  }
}

/** Untrusted input (a model file, tokenizer, problem file, request) that does not have the required form. */
export class InputError extends RltError {
  constructor(message: string, facts?: ErrorFacts) {
    super('input', message, facts);
  }
}

/** An invalid command line or call. Exit code 2. */
export class UsageError extends RltError {
  constructor(message: string, facts?: ErrorFacts) {
    super('usage', message, facts);
  }
}

/**
 * Something well-formed that this engine, model or machine cannot do; the remedy names the nearest thing that works.
 */
export class UnsupportedError extends RltError {
  constructor(message: string, facts?: ErrorFacts) {
    super('unsupported', message, facts);
  }
}

/** A number that is not finite, or a computation that lost its meaning. Never replaced by another number. */
export class NumericError extends RltError {
  constructor(message: string, facts?: ErrorFacts) {
    super('numeric', message, facts);
  }
}

/** A file or directory that cannot be read or written: missing, forbidden, full disk, wrong checksum. */
export class StorageError extends RltError {
  constructor(message: string, facts?: ErrorFacts) {
    super('storage', message, facts);
  }
}

/** Another process holds what is needed (the lock of a run directory). */
export class BusyError extends RltError {
  constructor(message: string, facts?: ErrorFacts) {
    super('busy', message, facts);
  }
}

/** An engine on another machine or in another process that cannot be reached, or that stopped answering. */
export class ConnectionError extends RltError {
  constructor(message: string, facts?: ErrorFacts) {
    super('connection', message, facts);
  }

  /** Whether the call had no effect, so that it can be made again. */
  get retryable(): boolean {
    return this.facts.retryable ?? false;
  }
}

/** The user or a caller's AbortSignal stopped the work; state was saved. Exit code 130. */
export class InterruptedError extends RltError {
  constructor(message = 'the work was stopped', facts?: ErrorFacts) {
    super('interrupted', message, facts);
  }
}

export interface RecipeProblem extends Place {
  readonly message: string;
  readonly remedy?: string;
  readonly remedyForFile?: string;
}

/** Most problems that the message of a RecipeError lists. */
const MOST_LISTED = 20;

/** `source is empty`: what begins without a subject is about the setting of its field. */
function withSubject({ message, field }: RecipeProblem): string {
  return field !== undefined && /^(?:is|must|names|does) /.test(message)
    ? `${field.slice(field.lastIndexOf('.') + 1)} ${message}`
    : message;
}

/** A recipe that is refused (exit code 2), or whose data are (1); carries every problem found, not only the first. */
export class RecipeError extends RltError {
  readonly problems: readonly RecipeProblem[];
  /** What is at fault: the recipe itself, or only the contents of data files that it names. */
  readonly fault: 'recipe' | 'data';

  constructor(problems: readonly RecipeProblem[], fault: 'recipe' | 'data' = 'recipe') {
    const lines = problems.slice(0, MOST_LISTED).map((problem) => {
      const said = `${withSubject(problem)}${renderPlace(problem)}`;
      return `- ${problem.remedy === undefined ? said : `${said}${/[.!?:]$/.test(said) ? '' : '.'} ${problem.remedy}`}`;
    });
    const more = problems.length - lines.length;
    if (more > 0) lines.push(`- and ${more} more`);
    super(
      'recipe',
      // Of data, a file with many invalid rows is one entry, and a row is called a problem.
      `${fault === 'data' ? 'the data cannot be used' : `the recipe has ${problems.length} problem${problems.length === 1 ? '' : 's'}`}:\n${lines.join('\n')}`,
    );
    this.problems = problems;
    this.fault = fault;
  }
}

const CLASSES = {
  input: InputError,
  usage: UsageError,
  unsupported: UnsupportedError,
  numeric: NumericError,
  storage: StorageError,
  busy: BusyError,
  connection: ConnectionError,
  interrupted: InterruptedError,
} as const;

/** An error as plain data, for crossing a thread or process boundary. */
export interface ErrorRecord {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly facts: Omit<ErrorFacts, 'cause'>;
  /** Of a RecipeError: what it lists, and what is at fault. */
  readonly recipe?: { readonly problems: readonly RecipeProblem[]; readonly fault: RecipeError['fault'] };
  /** Of an error of JavaScript or of the system: its class, and the system's code, such as ENOENT. */
  readonly native?: { readonly name: string; readonly code?: string };
  readonly stack: string | undefined;
}

export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof RltError) {
    const { cause: _, ...facts } = error.facts;
    const recipe = error instanceof RecipeError ? { recipe: { problems: error.problems, fault: error.fault } } : {};
    return { code: error.code, message: error.summary, facts, ...recipe, stack: error.stack };
  }
  const known = error instanceof Error ? error : new Error(String(error));
  const code: unknown = Reflect.get(known, 'code');
  const native = { name: known.name, ...(typeof code === 'string' ? { code } : {}) };
  return { code: undefined, message: known.message, facts: {}, native, stack: known.stack };
}

/** Errors of JavaScript that cross a boundary as what they are. */
const NATIVE: Readonly<Record<string, ErrorConstructor>> = { TypeError, RangeError, SyntaxError, ReferenceError };

/** The error that a record describes, of its own class, with the stack of where it was raised. */
export function fromErrorRecord({ code, message, facts, recipe, native, stack }: ErrorRecord): Error {
  const error =
    code === 'recipe'
      ? new RecipeError(recipe?.problems ?? [{ message }], recipe?.fault)
      : code === undefined
        ? nativeError(message, native)
        : new CLASSES[code](message, facts);
  if (stack !== undefined) error.stack = stack;
  return error;
}

function nativeError(message: string, native: ErrorRecord['native']): Error {
  const { name = 'Error', code } = native ?? {};
  const Class = Object.hasOwn(NATIVE, name) ? NATIVE[name] : undefined;
  const error = new (Class ?? Error)(message);
  if (error.name !== name) error.name = name;
  return code === undefined ? error : Object.assign(error, { code });
}

/** Exit code of the command line for whatever was thrown: 2 wrong usage or recipe, 130 interrupted, else 1, data too. */
export function exitCodeOf(error: unknown): 1 | 2 | 130 {
  if (!(error instanceof RltError)) return 1;
  if (error instanceof RecipeError) return error.fault === 'recipe' ? 2 : 1;
  if (error.code === 'usage') return 2;
  return error.code === 'interrupted' ? 130 : 1;
}
