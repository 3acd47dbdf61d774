/** Calls of the library without types, as plain JavaScript makes them: what is wrong with their arguments, in words. */
import { z } from 'zod';
import { UsageError } from './errors.js';
import { issueText, kindOf } from './schema-issue.js';
import { suggestion } from './suggestion.js';

/** A limit, which may be infinite. */
export const limitArgument = z.custom<number>((value) => typeof value === 'number' && !Number.isNaN(value), {
  error: 'expected a number',
});

/** A function. */
export const functionArgument = z.custom<(...given: never) => unknown>((value) => typeof value === 'function', {
  error: 'expected a function',
});

/** What an argument is, where it is not what it should be. */
const given = (value: unknown): string => (value === undefined ? 'but it is missing' : `not ${kindOf(value)}`);

/** An object of the library, such as a model, that has these keys; `what` names it. */
export const objectArgument = (what: string, ...keys: readonly string[]) =>
  z.custom<object>((value) => has(value, keys), {
    error({ input }) {
      const lacking = keys.find((key) => has(input, []) && !has(input, [key]));
      return `expected ${what}, ${lacking === undefined || Array.isArray(input) ? given(input) : `but it has no ${lacking}`}`;
    },
  });

const has = (value: unknown, keys: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && keys.every((key) => Reflect.get(value, key) !== undefined);

/** A list of such objects: checked is what each of them has, and nothing deeper, since it may be long. */
export const listArgument = (what: string, ...keys: readonly string[]) =>
  z.custom<readonly object[]>((value) => Array.isArray(value) && value.every((item) => has(item, keys)), {
    error({ input }) {
      if (!Array.isArray(input)) return `expected a list of ${what}, ${given(input)}`;
      const index = input.findIndex((item) => !has(item, keys));
      const lacking = keys.find((key) => has(input[index], []) && !has(input[index], [key]));
      return lacking === undefined
        ? `expected a list of ${what}, but element ${index} is ${kindOf(input[index])}`
        : `expected a list of ${what}, but element ${index} has no ${lacking}`;
    },
  });

/** The schema of arguments that are checked often. */
const SCHEMAS = new WeakMap<z.ZodRawShape, z.ZodObject>();

function schemaOf(shape: z.ZodRawShape): z.ZodObject {
  const known = SCHEMAS.get(shape) ?? z.object(shape);
  SCHEMAS.set(shape, known);
  return known;
}

/** The keys that a schema knows in the object at a path. */
function keysAt(schema: unknown, [key, ...path]: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), key === undefined ? [] : [key, ...path]);
  if (schema instanceof z.ZodPipe) return keysAt(schema.out, key === undefined ? [] : [key, ...path]);
  if (schema instanceof z.ZodArray) return key === undefined ? [] : keysAt(schema.element, path);
  if (!(schema instanceof z.ZodObject)) return [];
  return key === undefined ? Object.keys(schema.shape) : keysAt(schema.shape[String(key)], path);
}

/**
 * Checks what types would have refused. `form`: the call as it should be, such as `readProblems(file, { first: 100 })`.
 * @throws {UsageError} with the argument, or the field of it
 */
export function checkArguments(form: string, values: Readonly<Record<string, unknown>>, shape: z.ZodRawShape): void {
  const { success, error } = schemaOf(shape).safeParse(values);
  if (success) return;
  const [issue] = error.issues;
  const [name = ''] = form.split('(');
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const field = [...issue.path, key].join('.');
    throw new UsageError(`${name}: ${field}: there is no such option`, {
      field,
      remedy: `${suggestion(key, keysAt(schemaOf(shape), issue.path), 'options')} Call it as ${form}.`,
    });
  }
  const field = (issue?.path ?? []).join('.');
  throw new UsageError(`${name}: ${field}: ${issueText(issue, values, 'it is not of the right type')}`, {
    field,
    remedy: `Call it as ${form}.`,
  });
}
