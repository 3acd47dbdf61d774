/** Inspects a zod schema: its keys with their types, defaults and descriptions. */
import { z } from 'zod';
import { isObject } from '../json.js';
import { type ReferenceKind, references } from '../stages/definition/settings.js';

/** A schema without its wrappers (default, nullable, preprocess), and what the wrappers add. */
export interface Bare {
  readonly schema: z.core.$ZodType;
  readonly description: string;
  readonly nullable: boolean;
  /** Absent: the key is required. An object's default is {} if its keys have their own defaults. */
  readonly fallback?: { readonly value: unknown };
  readonly reference?: ReferenceKind;
}

/** What is known of the schemas that were asked for: a start asks for the same ones some thousand times. */
const known = new WeakMap<z.core.$ZodType, Bare>();

export function bare(schema: z.core.$ZodType): Bare {
  let found = known.get(schema);
  if (found === undefined) {
    found = unwrapped(schema);
    known.set(schema, found);
  }
  return found;
}

function unwrapped(schema: z.core.$ZodType): Bare {
  let current = schema;
  let description: string | undefined;
  let nullable = false;
  let fallback: { value: unknown } | undefined;
  let kind: ReferenceKind | undefined;
  for (;;) {
    description ??= z.globalRegistry.get(current)?.description;
    kind ??= references.get(current)?.kind;
    if (current instanceof z.ZodDefault || current instanceof z.ZodPrefault) {
      fallback ??= { value: current.def.defaultValue };
      current = current.def.innerType;
    } else if (current instanceof z.ZodNullable) {
      nullable = true;
      current = current.def.innerType;
    } else if (current instanceof z.ZodOptional || current instanceof z.ZodExactOptional) {
      current = current.def.innerType;
    } else if (current instanceof z.ZodPipe) {
      current = current.def.out;
    } else {
      return {
        schema: current,
        description: description ?? '',
        nullable,
        ...(fallback === undefined ? {} : { fallback }),
        ...(kind === undefined ? {} : { reference: kind }),
      };
    }
  }
}

/** The object in a union that a value is meant to match: by its discriminator, else the only object in the union. */
function chosenObject(schema: z.core.$ZodType, value: unknown): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (!(schema instanceof z.ZodUnion)) return undefined;
  const objects = schema.options.map((option) => bare(option).schema).filter((option) => option instanceof z.ZodObject);
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return objects.length === 1 ? objects[0] : undefined;
  const key = schema.def.discriminator;
  if (!isObject(value)) return undefined;
  return objects.find((option) => {
    const literal: unknown = option.shape[key];
    return literal instanceof z.ZodLiteral && literal.values.has(value[key] as z.core.util.Literal);
  });
}

/** The keys of the object that `value` is meant to match, in schema order; undefined if there is no such object. */
export function keysOf(schema: z.core.$ZodType, value: unknown): Readonly<Record<string, z.core.$ZodType>> | undefined {
  return chosenObject(bare(schema).schema, value)?.shape;
}

/** The schema of the value under `key` inside `value`. */
export function childSchema(
  schema: z.core.$ZodType,
  value: unknown,
  key: string | number,
): z.core.$ZodType | undefined {
  const inner = bare(schema).schema;
  if (inner instanceof z.ZodArray) return inner.element;
  if (inner instanceof z.ZodRecord) return inner.def.valueType;
  const shape = chosenObject(inner, value)?.shape ?? {};
  return Object.hasOwn(shape, key) ? shape[key] : undefined;
}

/** The schema at a path; the values along the path decide between the options of unions. */
export function schemaAt(
  schema: z.core.$ZodType,
  value: unknown,
  path: readonly (string | number)[],
): z.core.$ZodType | undefined {
  let currentSchema: z.core.$ZodType | undefined = schema;
  let currentValue = value;
  for (const key of path) {
    if (currentSchema === undefined) return undefined;
    currentSchema = childSchema(currentSchema, currentValue, key);
    currentValue = isObject(currentValue) || Array.isArray(currentValue) ? Reflect.get(currentValue, key) : undefined;
  }
  return currentSchema;
}

/** Every reference in a value that is meant to match the schema; parts of another shape are skipped. */
export function* referencesIn(
  schema: z.core.$ZodType,
  value: unknown,
  path: readonly (string | number)[] = [],
): Generator<{ path: readonly (string | number)[]; kind: ReferenceKind; name: string }> {
  const { reference } = bare(schema);
  if (reference !== undefined) {
    if (typeof value === 'string' && value !== '') yield { path, kind: reference, name: value };
    return;
  }
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : isObject(value)
      ? Object.entries(value)
      : [];
  for (const [key, item] of entries) {
    const child = childSchema(schema, value, key);
    if (child !== undefined) yield* referencesIn(child, item, [...path, key]);
  }
}

/** The values that a schema accepts, for tables and help: `whole number, 1 or more`. */
export function typeText(schema: z.core.$ZodType): string {
  const { schema: inner, nullable, reference } = bare(schema);
  const text = innerTypeText(inner, reference);
  return nullable ? `${text}${text.includes(', ') ? ',' : ''} or null` : text;
}

function innerTypeText(schema: z.core.$ZodType, kind: ReferenceKind | undefined): string {
  if (kind !== undefined) return kind === 'records' ? 'file or hub data set' : `name (${kind})`;
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => `\`${String(value)}\``).join(' or ');
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => `\`${option}\``).join(', ');
  if (schema instanceof z.ZodNumber) return numberText(schema);
  if (schema instanceof z.ZodBoolean) return 'true or false';
  if (schema instanceof z.ZodNull) return 'null';
  if (schema instanceof z.ZodArray) return `list of ${plural(typeText(schema.element))}`;
  if (schema instanceof z.ZodRecord) return `map from names to ${plural(typeText(schema.def.valueType))}`;
  if (schema instanceof z.ZodUnion) return [...new Set(schema.options.map((option) => typeText(option)))].join(', or ');
  if (schema instanceof z.ZodObject) return 'map';
  return 'string';
}

const plural = (type: string): string =>
  type === 'map' || type === 'string' ? `${type}s` : type.replace(/^name \(/, 'names (');

function numberText(schema: z.ZodNumber): string {
  const bounds = (schema.def.checks ?? []).flatMap((check) => {
    const { def } = check._zod;
    if (!('value' in def && 'inclusive' in def)) return [];
    if (def.check === 'greater_than') return [def.inclusive === true ? `${def.value} or more` : `above ${def.value}`];
    return def.check === 'less_than' ? [def.inclusive === true ? `at most ${def.value}` : `below ${def.value}`] : [];
  });
  return [schema.isInt ? 'whole number' : 'number', ...bounds].join(', ');
}
