/** What is wrong with the arguments of calls that no types check; in words, as `call-arguments.ts` says it above. */
import { UsageError } from '../errors.js';

/** What an argument must be: a list of numbers or of such lists, a list of objects with these keys, or an object with them. */
type Expected = 'numbers' | 'lists' | { readonly each: readonly string[] } | { readonly keys: readonly string[] };

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
};

const isList = (value: unknown): value is ArrayLike<unknown> =>
  typeof value === 'object' && value !== null && 'length' in value && typeof value.length === 'number';

/** The first of the keys that an object does not have; the empty text where it is no object. */
function missingIn(value: unknown, keys: readonly string[]): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return '';
  return keys.find((key) => Reflect.get(value, key) === undefined);
}

/** What is wrong with an argument, by the field where it is; undefined where nothing is. */
function faultOf(name: string, value: unknown, expected: Expected): readonly [field: string, what: string] | undefined {
  const not = (what: string, given: unknown): string =>
    given === undefined ? `expected ${what}, but it is missing` : `expected ${what}, not ${shown(given)}`;
  const lacking = (field: string, given: unknown, keys: readonly string[]) => {
    const key = missingIn(given, keys);
    if (key === undefined) return undefined;
    return key === '' ? ([field, not('an object', given)] as const) : ([`${field}.${key}`, 'it is missing'] as const);
  };
  if (typeof expected === 'object' && 'keys' in expected) return lacking(name, value, expected.keys);
  if (!isList(value)) return [name, not('a list', value)];
  const { each = [] } = typeof expected === 'object' ? expected : {};
  for (let index = 0; index < value.length; index++) {
    const item = value[index];
    if (expected === 'numbers' && typeof item !== 'number') return [`${name}.${index}`, not('a number', item)];
    if (expected === 'lists' && !isList(item)) return [`${name}.${index}`, not('a list', item)];
    const fault = typeof expected === 'string' ? undefined : lacking(`${name}.${index}`, item, each);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/**
 * Checks what types would have refused. `form`: the call as it should be.
 * @throws {UsageError} with the argument, or the field of it
 */
export function requireArguments(
  form: string,
  given: Readonly<Record<string, readonly [value: unknown, expected: Expected]>>,
): void {
  const [called = ''] = form.split('(');
  for (const [name, [value, expected]] of Object.entries(given)) {
    const fault = faultOf(name, value, expected);
    if (fault === undefined) continue;
    const [field, what] = fault;
    throw new UsageError(`${called}: ${field}: ${what}`, { field, remedy: `Call it as ${form}.` });
  }
}
