/** Calls of the library without types, as plain JavaScript makes them: what is wrong with their arguments, in words. */
import { z } from 'zod';
import { UsageError } from './errors.js';
import { issueText } from './schema-issue.js';
import { suggestion } from './suggestion.js';

/** A limit, which may be infinite. */
export const limitArgument = z.custom<number>((value) => typeof value === 'number' && !Number.isNaN(value), {
  error: 'expected a number',
});

/** A function. */
export const functionArgument = z.custom<(...given: never) => unknown>((value) => typeof value === 'function', {
  error: 'expected a function',
});

/** The keys that a schema knows in the object at a path. */
function keysAt(schema: unknown, [key, ...path]: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), key === undefined ? [] : [key, ...path]);
  if (!(schema instanceof z.ZodObject)) return [];
  return key === undefined ? Object.keys(schema.shape) : keysAt(schema.shape[String(key)], path);
}

/**
 * Checks what types would have refused. `form`: the call as it should be, such as `readProblems(file, { first: 100 })`.
 * @throws {UsageError} with the argument, or the field of it
 */
export function checkArguments(form: string, values: Readonly<Record<string, unknown>>, shape: z.ZodRawShape): void {
  const { success, error } = z.object(shape).safeParse(values);
  if (success) return;
  const [issue] = error.issues;
  const [name = ''] = form.split('(');
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const field = [...issue.path, key].join('.');
    throw new UsageError(`${name}: ${field}: there is no such option`, {
      field,
      remedy: `${suggestion(key, keysAt(z.object(shape), issue.path), 'options')} Call it as ${form}.`,
    });
  }
  const field = (issue?.path ?? []).join('.');
  throw new UsageError(`${name}: ${field}: ${issueText(issue, values, 'it is not of the right type')}`, {
    field,
    remedy: `Call it as ${form}.`,
  });
}
