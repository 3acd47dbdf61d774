/** What the file system throws, in words and with a remedy, and as errors of ours that name the file. */
import { RltError, StorageError } from './errors.js';

interface SystemError {
  /** Completes "cannot write: ". */
  readonly what: string;
  readonly remedy: string;
}

const SYSTEM_ERRORS: Readonly<Record<string, SystemError>> = {
  ENOENT: { what: 'there is no such file or directory', remedy: 'Check the path: there is nothing there.' },
  EACCES: { what: 'permission denied', remedy: 'Check the permissions of the directory.' },
  EPERM: { what: 'the operation is not permitted', remedy: 'Check the permissions of the directory.' },
  EROFS: { what: 'the file system is read-only', remedy: 'Choose a writable place.' },
  ENOSPC: {
    what: 'no space is left on the disk',
    remedy: 'Free space on the disk and resume; what was written before is unharmed.',
  },
  EDQUOT: {
    what: 'the disk quota is used up',
    remedy: 'Free space in the quota and resume; what was written before is unharmed.',
  },
  ESPIPE: { what: 'this is a pipe, which is not read twice', remedy: 'Write it to a file first, and name that.' },
  EFBIG: { what: 'the file is too large', remedy: 'Choose a file system that holds files of this size.' },
  ENOTDIR: { what: 'a part of the path is not a directory', remedy: 'Check the path: one of its parts is a file.' },
  EISDIR: { what: 'it is a directory', remedy: 'Check the path: it is a directory.' },
  EEXIST: { what: 'something is there already', remedy: 'Choose another path, or move away what is there.' },
  ENOTEMPTY: { what: 'the directory is not empty', remedy: 'Choose another path, or move away what is there.' },
  EMFILE: { what: 'too many files are open', remedy: 'Raise the limit of open files; `ulimit -n 256` is enough.' },
  ENFILE: {
    what: 'too many files are open on the system',
    remedy: 'Close other programs: the system has too many files open.',
  },
  ENAMETOOLONG: { what: 'the path is too long', remedy: 'Choose a shorter path.' },
  ELOOP: { what: 'symbolic links lead in a circle', remedy: 'Remove the links, or give the real path.' },
  ETXTBSY: { what: 'the file is being executed', remedy: 'Choose another path.' },
  EBUSY: { what: 'the file or directory is in use', remedy: 'Close what uses it.' },
  EIO: { what: 'an input/output error', remedy: 'Check the disk: the system reports an input/output error.' },
};

/** The system's code for an error (`ENOENT`); undefined for any other error. */
export function errorCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

/** Whether the system says that there is nothing at a path. */
export function isAbsence(cause: unknown): boolean {
  const code = errorCode(cause);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** What the file system threw in words, followed by its code in parentheses: `permission denied (EACCES)`. */
export function systemReason(cause: unknown): string {
  const code = errorCode(cause);
  const known = code === undefined ? undefined : SYSTEM_ERRORS[code];
  if (known !== undefined) return `${known.what} (${code})`;
  if (!(cause instanceof Error)) return String(cause);
  // Node appends the system call and the path, which the error of ours names.
  const text = cause.message.replace(/, \w+(?: '.*')?$/s, '');
  return code !== undefined && text.startsWith(`${code}: `) ? `${text.slice(code.length + 2)} (${code})` : text;
}

/** Turns what the file system threw into a StorageError that names the file; errors of ours pass through unchanged. */
export function storageError(action: string, file: string, cause: unknown): RltError {
  if (cause instanceof RltError) return cause;
  const remedy = SYSTEM_ERRORS[errorCode(cause) ?? '']?.remedy;
  return new StorageError(`cannot ${action}: ${systemReason(cause)}`, {
    file,
    cause,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/**
 * An error of the operating system about a file (a run directory that was deleted, too many open files) as a
 * StorageError that names it; any other error unchanged. For the borders of the package: nobody should read a stack.
 */
export function asStorageError(cause: unknown): unknown {
  const known = SYSTEM_ERRORS[errorCode(cause) ?? ''];
  if (cause instanceof RltError || known === undefined) return cause;
  const path = cause instanceof Error && 'path' in cause && typeof cause.path === 'string' ? cause.path : undefined;
  return new StorageError(`the system reports: ${systemReason(cause)}`, {
    ...(path === undefined ? {} : { file: path }),
    remedy: known.remedy,
    cause,
  });
}
