/** Calls of the library without types, as plain JavaScript makes them: what is wrong with their arguments, in words. */
import { z } from 'zod';
import { UsageError } from './errors.js';
import { issueText } from './schema-issue.js';

/**
 * Checks what types would have refused. `form`: the call as it should be, such as `readProblems(file, { first: 100 })`.
 * @throws {UsageError} with the argument, or the field of it
 */
export function checkArguments(form: string, values: Readonly<Record<string, unknown>>, shape: z.ZodRawShape): void {
  const { success, error } = z.object(shape).safeParse(values);
  if (success) return;
  const [issue] = error.issues;
  const field = (issue?.path ?? []).join('.');
  const [name = ''] = form.split('(');
  throw new UsageError(`${name}: ${field}: ${issueText(issue, values, 'it is not of the right type')}`, {
    field,
    remedy: `Call it as ${form}.`,
  });
}
