/** `rlt generate MODEL --in FILE --out FILE`: what one model writes about the problems of a file. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import { ANSWERS_FILE } from '../../evaluation/answers/results.js';
import { namedModel } from '../../pipeline/inputs/trained-models.js';
import { trainingRecordOf } from '../../pipeline/inputs/training-record.js';
import { runForFile } from '../../pipeline/run-for-file.js';
import { parseRecipe } from '../../recipe/load.js';
import type { Recipe } from '../../recipe/schema.js';
import { TRACES_FILE } from '../../stages/explain.js';
import type { CommandDefinition } from '../command.js';
import { progressFor } from '../recipe-command.js';
import { addModelOptions, inOptions, type ModelFlags, overridesOf } from './model-options.js';

interface Flags extends ModelFlags {
  readonly in?: string;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const STAGE = 'generate';
const FORMATS = ['plain', 'paper', 'think'] as const;

export const generateCommand: CommandDefinition = (command, context) => {
  addModelOptions(command, FORMATS);
  command
    .requiredOption('--in <file>', 'problems: a file in any layout of docs/data.md, or hf:owner/name/split')
    .requiredOption('--out <file>', 'where to write, as JSONL: answers, or traces with --teacher')
    .option('--samples <n>', 'completions of each problem (default: 1)')
    .option('--limit <n>', 'only the first N problems')
    .option('--overwrite', 'replace the file if it exists')
    .option('--json', 'print what was written as JSON')
    .option('-q, --quiet', 'print no progress on standard error')
    .addHelpText(
      'after',
      '\nOne line for each completion. Answers have id, sample, text, the answer that was read in it and its verdict; traces are\n' +
        'those of an explain stage, which `distill` learns from. Stopped, the same command resumes.',
    )
    .action(async (model: string, name: string | undefined, flags: Flags) => {
      const { in: from = '', out = '' } = flags;
      if (resolve(from) === resolve(out))
        throw new UsageError('the completions would overwrite the problems', { file: from });
      if (statSync(out, { throwIfNoEntry: false })?.isFile() === true && flags.overwrite !== true) {
        throw new UsageError('the file exists already', {
          file: out,
          remedy: 'Name another with --out, or add --overwrite.',
        });
      }
      const asTeacher = flags.teacher === true;
      if (asTeacher && flags.format === 'plain')
        throw new UsageError('a teacher is asked in tags: --format plain is for questions alone');
      const { source } = await namedModel(model, name, asTeacher);
      const progress = progressFor(flags, context);
      const artifact = asTeacher ? TRACES_FILE : ANSWERS_FILE;
      const { facts } = await recipeOf(source, from, flags)
        .then((recipe) => runForFile(recipe, artifact, out, { signal: context.signal, progress }))
        .catch((error: unknown) => {
          throw inOptions(error, STAGE);
        });
      const { name: _, kind: __, fingerprint: ___, ...counts } = facts;
      await context.stdout(
        flags.json === true ? `${JSON.stringify({ out, ...counts }, null, 2)}\n` : `Everything is in ${out}.\n`,
      );
    });
};

/** The one-stage recipe that the options stand for. Names in it say nothing of the model, so that equal models give equal bytes. */
async function recipeOf(source: string, from: string, flags: Flags): Promise<Recipe> {
  const record = await trainingRecordOf(source);
  const { format } = flags;
  const isAsTrained = format === undefined && record !== undefined;
  const stage =
    flags.teacher === true
      ? { stage: 'explain', name: STAGE, teacher: 'model', data: 'problems', samples: 1, keep: { by: 'all' } }
      : {
          stage: 'evaluate',
          name: STAGE,
          students: { model: 'model' },
          problems: { problems: 'problems' },
          prompt: isAsTrained ? 'format' : (format ?? 'plain'),
        };
  const written = {
    name: STAGE,
    engine: { kind: 'local' },
    ...(record === undefined ? {} : { prompts: record.prompts }),
    format: isAsTrained ? record.format : format === 'think' ? 'think' : 'paper',
    models: { model: { source } },
    data: { problems: from },
    stages: [stage],
  };
  return parseRecipe(written, {}, overridesOf({ ...flags }, STAGE));
}
