/** What is wrong with the arguments of calls that no types check; in words, as `call-arguments.ts` says it above. */
import { UsageError } from '../errors.js';

/** What is wrong: the field, in words, and the options that there are where it is none of them. */
export interface Fault {
  readonly field: string;
  readonly what: string;
  readonly options?: readonly string[];
}

/** Looks at the value of a field; undefined where nothing is wrong with it. */
export type Check = (value: unknown, field: string) => Fault | undefined;

/** A value in a few words. */
export const shown = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
};

const isList = (value: unknown): value is ArrayLike<unknown> =>
  typeof value === 'object' && value !== null && 'length' in value && typeof value.length === 'number';

const expected = (what: string, value: unknown): string =>
  value === undefined ? `expected ${what}, but it is missing` : `expected ${what}, not ${shown(value)}`;

const typed =
  (what: string, isOne: (value: unknown) => boolean): Check =>
  (value, field) =>
    isOne(value) ? undefined : { field, what: expected(what, value) };

/** A number, finite or not: of data, which are refused as such where they are not finite. */
export const aNumber = typed('a number', (value) => typeof value === 'number');
/** A finite number: of settings. */
export const finiteNumber = typed('a number', Number.isFinite);
/** Likewise one that would turn its meaning round below 0. */
export const fromZero = typed('a number from 0', (value) => Number.isFinite(value) && Number(value) >= 0);
export const trueOrFalse = typed('true or false', (value) => typeof value === 'boolean');
export const text = typed('a string', (value) => typeof value === 'string');
/** A list, whatever is in it. */
export const aList = typed('a list', isList);

/** One of these words. */
export const oneOf = (...words: readonly string[]): Check =>
  typed(`one of ${words.join(', ')}`, (value) => words.some((word) => word === value));

export const optional =
  (check: Check): Check =>
  (value, field) =>
    value === undefined ? undefined : check(value, field);

/** A list of such. */
export const listOf =
  (check: Check): Check =>
  (value, field) => {
    if (!isList(value)) return { field, what: expected('a list', value) };
    // What typed arrays hold are numbers; the largest lists of numbers are such.
    if (ArrayBuffer.isView(value) && check === aNumber) return undefined;
    for (let index = 0; index < value.length; index++) {
      const fault = check(value[index], `${field}.${index}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };

export const numbers = listOf(aNumber);

/** An object with these fields, whatever else it has. */
export const objectWith =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, field) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return { field, what: expected('an object', value) };
    for (const [key, check] of Object.entries(fields)) {
      const held: unknown = Reflect.get(value, key);
      const fault = check(held, `${field}.${key}`);
      if (fault !== undefined) return held === undefined ? { field: `${field}.${key}`, what: 'it is missing' } : fault;
    }
    return undefined;
  };

/** Settings: an object with these fields and no other, since a misspelt one would be left at its default. */
export const settingsOf =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, field) => {
    const options = Object.keys(fields);
    const unknown =
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.keys(value).find((key) => !options.includes(key))
        : undefined;
    if (unknown !== undefined) return { field: `${field}.${unknown}`, what: 'there is no such option', options };
    return objectWith(fields)(value, field);
  };

/** An object of numbers by names of any kind, these among them. */
export const numbersByName =
  (...names: readonly string[]): Check =>
  (value, field) =>
    objectWith(Object.fromEntries(names.map((name) => [name, aNumber])))(value, field) ??
    objectWith(Object.fromEntries(Object.keys(value as object).map((name) => [name, aNumber])))(value, field);

/**
 * Checks what types would have refused. `form`: the call as it should be.
 * @throws {UsageError} with the argument, or the field of it
 */
export function requireArguments(
  form: string,
  given: Readonly<Record<string, readonly [value: unknown, check: Check]>>,
): void {
  const [called = ''] = form.split('(');
  for (const [name, [value, check]] of Object.entries(given)) {
    const fault = check(value, name);
    if (fault === undefined) continue;
    const { field, what, options } = fault;
    throw new UsageError(`${called}: ${field}: ${what}`, {
      field,
      remedy: `${options === undefined ? '' : `The options: ${options.join(', ')}. `}Call it as ${form}.`,
    });
  }
}
