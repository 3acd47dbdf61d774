/** `--columns question=Frage,answer=Ergebnis`: the columns of a file of problems, as `columns` names them in a recipe. */
import { z } from 'zod';
import { columnsSchema, PROBLEM_COLUMNS, type ProblemColumns } from '../data/columns.js';
import { UsageError } from '../errors.js';
import { issueText } from '../schema-issue.js';
import { suggestion } from '../suggestion.js';

export const COLUMNS_OPTION = [
  '--columns <names>',
  'columns of the problems where no layout fits: question=NAME,solution=NAME,answer=NAME; also id and level',
] as const;

const FORM =
  'Write question=NAME,solution=NAME, or answer=NAME in place of the solution. A name with a comma needs columns in a recipe.';
const KEYS = Object.keys(columnsSchema.shape);
const questionAlone = z.strictObject(PROBLEM_COLUMNS);

/**
 * The columns that the option names. `needs`: whether a question alone is enough.
 * @throws {UsageError} when they are not pairs, or a recipe would refuse them
 */
export function columnsOf(text: string, needs: 'solution' | 'question' = 'solution'): ProblemColumns {
  const columns: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const [, key, name] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    if (key === undefined || name === undefined || name === '')
      throw new UsageError(`--columns: "${pair.trim()}" is not KEY=NAME`, { remedy: FORM });
    if (!KEYS.includes(key))
      throw new UsageError(`--columns: there is no "${key}" of a problem`, { remedy: suggestion(key, KEYS, 'keys') });
    if (key in columns) throw new UsageError(`--columns names ${key} twice`, { remedy: FORM });
    columns[key] = name;
  }
  const isAlone = needs === 'question' && !('solution' in columns || 'answer' in columns);
  const { success, data, error } = (isAlone ? questionAlone : columnsSchema).safeParse(columns);
  if (success) return data;
  const [issue] = error.issues;
  const about = issue?.code === 'custom' ? '' : `: ${issue?.path.join('.') ?? ''}`;
  const message = issueText(issue, columns, 'these are not columns').replace(/^columns /, '');
  throw new UsageError(`--columns${about} ${message}`, { remedy: FORM });
}
