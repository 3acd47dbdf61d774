/** A layout of data sets, and how a record of it becomes a problem. */
import { z } from 'zod';
import type { Place } from '../../errors.js';
import type { LayoutColumn } from '../columns/use.js';
import type { UnnamedProblem } from '../problem.js';

/** The layouts of data sets that can be read as problems, in the order in which messages list them. */
export const ADAPTER_NAMES = [
  'plain',
  'messages',
  'prompt-completion',
  'instruction',
  'gsm8k',
  'gsm8k-steps',
  'bespoke-stratos',
  'math',
  'countdown',
  'question-answer',
] as const;
export type AdapterName = (typeof ADAPTER_NAMES)[number];

export interface DatasetAdapter {
  readonly name: AdapterName;
  /** The keys of a record of this layout, for messages. */
  readonly layout: string;
  /** All columns that it reads. */
  readonly columns: readonly LayoutColumn[];
  /** Those of them that it reads in a record, where that depends on the record. */
  columnsIn?(record: Readonly<Record<string, unknown>>): readonly LayoutColumn[];
  /** Whether a record looks like this layout. */
  fits(record: Readonly<Record<string, unknown>>): boolean;
  /** Whether a record has a system message, which is left out: the recipe's prompts replace it. */
  hasSystemMessage?(record: Readonly<Record<string, unknown>>): boolean;
  /** @throws {InputError} with `place` and the field when the record does not have this layout */
  problem(record: Readonly<Record<string, unknown>>, place: Place): UnnamedProblem;
}

/** A column that must be there, as a string. */
export const text = (field: string) =>
  z.string({ error: (issue) => (issue.input === undefined ? `${field} is missing` : `${field} is not a string`) });

/** An optional column of a string or number. Tables have null or an empty cell for a missing value. */
export const label = (field: string) =>
  z
    .union([z.string(), z.number()], { error: `${field} is neither a string nor a number` })
    .nullish()
    .transform((value) => (typeof value === 'string' && value.trim() === '' ? undefined : value));
