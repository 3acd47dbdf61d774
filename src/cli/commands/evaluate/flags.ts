/** The options of `rlt evaluate`, and the settings that they stand for. */
import { UsageError } from '../../../errors.js';
import { columnsOf } from '../../columns-option.js';
import { flagOf } from '../../flags.js';
import type { StageFlags } from '../stage.js';
import type { ModelFlags } from './model.js';

/** Short forms of the stage's options, by the settings that they stand for. */
export const SHORT_FORMS = {
  samplingTemperature: 'temperature',
  samplingMaxTokens: 'maxTokens',
  prompt: 'format',
  source: 'problems',
} as const;
type Shortened = keyof typeof SHORT_FORMS;

/** Settings of the stage; as texts, because a recipe takes them as overrides. */
type SettingFlags = Partial<Readonly<Record<Shortened | (typeof SHORT_FORMS)[Shortened] | 'grader', string>>>;

export type Flags = ModelFlags & SettingFlags & StageFlags & { readonly columns?: string; readonly regrade?: boolean };

export const FORMS =
  'Write rlt evaluate RECIPE; rlt evaluate --model MODEL --benchmark NAME, where a model of a run is RUN:NAME or RUN:STAGE:NAME; or rlt evaluate RUN --problems FILE for all students of a run.';

/** The flags with short forms under the names of the settings, and which were given. */
export function written(flags: Flags): {
  readonly flags: Flags;
  readonly shortForms: Readonly<Record<string, string>>;
} {
  const values: Partial<Record<Shortened, string>> = {};
  const shortForms: Record<string, string> = {};
  for (const [setting, short] of Object.entries(SHORT_FORMS) as [Shortened, (typeof SHORT_FORMS)[Shortened]][]) {
    const value = flags[short];
    if (value === undefined) continue;
    if (flags[setting] !== undefined) {
      throw new UsageError(`${flagOf(short)} and ${flagOf(setting)} are the same; give one of them`);
    }
    values[setting] = value;
    shortForms[flagOf(setting)] = flagOf(short);
  }
  return { flags: { ...flags, ...values }, shortForms };
}

/** `--columns` as settings of these stages. */
export const columnsOverrides = ({ columns }: Flags, stages: readonly string[]): readonly string[] =>
  columns === undefined ? [] : stages.map((stage) => `stages.${stage}.columns=${JSON.stringify(columnsOf(columns))}`);
