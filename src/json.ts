/** Values that came from JSON, YAML or another process, of which nothing is known yet. */

/** Whether `value` is an object with keys: not null, not an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
