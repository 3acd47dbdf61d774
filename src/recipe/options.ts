/** Command-line options of a stage, generated from its schema: one per setting. */
import { z } from 'zod';
import type { StageKind } from '../stages/definition/kinds.js';
import { STAGES } from '../stages/index.js';
import { bare, keysOf, typeText } from './introspection.js';

export interface StageOption {
  /** `--sampling-max-tokens` */
  readonly flag: string;
  /** `sampling.maxTokens`, relative to `stages.NAME` */
  readonly path: string;
  readonly description: string;
}

/**
 * Flags of every stage command; no setting of a stage may map to one of them, which a test checks.
 * @internal
 */
export const RESERVED_FLAGS = [
  '--set',
  '--out',
  '--resume',
  '--dry-run',
  '--print-recipe',
  '--tokens-per-second',
  '--json',
  '--quiet',
  '--stage',
  '--help',
] as const;

export function stageOptions(kind: StageKind): readonly StageOption[] {
  return leaves(STAGES[kind].schema, []).filter(({ path }) => path !== 'stage' && path !== 'name');
}

function leaves(schema: z.core.$ZodType, path: readonly string[]): readonly StageOption[] {
  // Commands that read a file have an option of their own for its columns.
  if (path.at(-1) === 'columns') return [];
  const keys = keysOf(schema, undefined);
  if (keys !== undefined && path.at(-1) !== 'lora') {
    return Object.entries(keys).flatMap(([key, child]) => leaves(child, [...path, key]));
  }
  const { schema: inner, description, fallback } = bare(schema);
  // A map from names is not a single value; --set reaches each entry by its path.
  if (inner instanceof z.ZodRecord) return [];
  const value = fallback?.value;
  const standard = value === undefined ? '' : ` Default ${typeof value === 'string' ? value : JSON.stringify(value)}.`;
  const type = inner instanceof z.ZodObject ? 'map in YAML, or null' : typeText(schema).replaceAll('`', '');
  return [
    {
      flag: `--${path.map((key) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)).join('-')}`,
      path: path.join('.'),
      description: `${description.replaceAll('`', '')} (${type})${standard}`,
    },
  ];
}
