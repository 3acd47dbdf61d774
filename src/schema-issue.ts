/** What is wrong with a value that a schema refuses, in one line. */
import type { z } from 'zod';
import { isObject } from './json.js';

const ARTICLES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

/** A value in a few words. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  if (typeof value === 'bigint') return `${value}n`;
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** The first issue of a value that does not match a schema. `value` is what was parsed. */
export function issueText(issue: z.core.$ZodIssue | undefined, value: unknown, otherwise: string): string {
  if (issue === undefined) return otherwise;
  // A schema may have words of its own.
  if (!/^(Invalid (input|option)|Too (small|big)): expected /.test(issue.message)) return issue.message;
  let given: unknown = value;
  for (const key of issue.path)
    given = typeof given === 'object' && given !== null ? Reflect.get(given, key) : undefined;
  switch (issue.code) {
    case 'invalid_type': {
      const expected = ARTICLES[issue.expected] ?? issue.expected;
      return given === undefined
        ? `expected ${expected}, but it is missing`
        : `expected ${expected}, not ${kindOf(given)}`;
    }
    case 'invalid_value': {
      const [first, ...others] = issue.values.map(String);
      const expected = others.length === 0 ? first : `one of ${[first, ...others].join(', ')}`;
      return given === undefined
        ? `expected ${expected}, but it is missing`
        : `expected ${expected}, not ${kindOf(given)}`;
    }
    case 'too_small':
    case 'too_big': {
      if (typeof given !== 'number') return issue.message;
      const [bound, strict, loose] =
        issue.code === 'too_small' ? [issue.minimum, 'above', 'at least'] : [issue.maximum, 'below', 'at most'];
      return `is ${given}; expected ${issue.inclusive === false ? strict : loose} ${bound}`;
    }
    default:
      return issue.message;
  }
}
