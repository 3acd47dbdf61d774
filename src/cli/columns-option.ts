/** `--columns question=Frage,answer=Ergebnis`: the columns of a file of problems, as `columns` names them in a recipe. */
import { z } from 'zod';
import { columnsSchema, PROBLEM_COLUMNS, type ProblemColumns } from '../data/columns/columns.js';
import { UsageError } from '../errors.js';
import { issueText } from '../schema-issue.js';
import { suggestion } from '../suggestion.js';

export const COLUMNS_OPTION = [
  '--columns <names>',
  'columns of the problems where no layout fits: question=NAME,solution=NAME,answer=NAME; also passage, id, level and reasoning_trace; of multiple choice question=NAME,options=A+B+C+D,key=NAME',
] as const;

const FORM =
  'Write question=NAME,solution=NAME, or answer=NAME in place of the solution; of multiple choice options=A+B+C+D,key=NAME. A name with a comma needs columns in a recipe.';
/** Those of multiple choice, which a recipe has under choices. */
const CHOICE_KEYS = ['options', 'key', 'keyIs'];
const KEYS = [...Object.keys(columnsSchema.shape).filter((key) => key !== 'choices'), ...CHOICE_KEYS];
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
  return checked(withChoices(columns), needs);
}

/** `options=A+B+C+D,key=correct`, and a single column of `options` as that of a list. */
function withChoices(columns: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const { options, key, keyIs, ...single } = columns;
  if ((options ?? key ?? keyIs) === undefined) return single;
  const listed = options?.includes('+') === true ? options.split('+').map((name) => name.trim()) : options;
  const choices = Object.entries({ options: listed, key, keyIs }).filter(([, value]) => value !== undefined);
  return { ...single, choices: Object.fromEntries(choices) };
}

function checked(columns: Readonly<Record<string, unknown>>, needs: 'solution' | 'question'): ProblemColumns {
  const isAlone = needs === 'question' && !('solution' in columns || 'answer' in columns || 'choices' in columns);
  const { success, data, error } = (isAlone ? questionAlone : columnsSchema).safeParse(columns);
  if (success) return data;
  const [issue] = error.issues;
  const about = issue?.code === 'custom' ? '' : `: ${issue?.path.join('.') ?? ''}`;
  const message = issueText(issue, columns, 'these are not columns').replace(/^columns /, '');
  throw new UsageError(`--columns${about} ${message}`, { remedy: FORM });
}
