import { dirname } from 'node:path';
import { type AnswerSet, readAnswerSet } from '../../evaluation/answers/answer-files.js';
import { compare } from '../../evaluation/comparison/comparison.js';
import { comparisonHtml, comparisonJson, comparisonMarkdown } from '../../evaluation/comparison/report.js';
import { recipeOfRun } from '../../pipeline/inputs/run-models.js';
import { formatOf } from '../../recipe/schema.js';
import { writeFileAtomically } from '../../storage.js';
import type { CommandDefinition } from '../command.js';
import { OVERWRITE_OPTION, requireFree } from '../output-file.js';

interface Flags {
  readonly json?: boolean;
  readonly html?: string;
  readonly overwrite?: boolean;
}

/** The answers that a reference names, with the format of their run, which the results do not hold. */
async function answersOf(reference: string): Promise<AnswerSet> {
  const set = await readAnswerSet(reference);
  if (set.asked === undefined || set.origin === undefined) return set;
  const recipe = await recipeOfRun(dirname(dirname(dirname(set.origin.file))));
  if (recipe === undefined) return set;
  const own = { kind: 'tagged', system: recipe.prompts.student, format: formatOf(recipe) } as const;
  return { ...set, asked: { ...set.asked, own } };
}

export const compareCommand: CommandDefinition = (command, context) => {
  const form =
    'a run directory, or the folder of an evaluate stage; as DIR:STUDENT or RUN:STAGE:STUDENT where it has several';
  command
    .argument('<a>', form)
    .argument('<b>', `${form}; differences are B - A`)
    .option('--html <file>', 'also write a self-contained page with plots and both replies side by side')
    .option(...OVERWRITE_OPTION)
    .option('--json', 'print the comparison for programs (default: Markdown)')
    .action(async (first: string, second: string, flags: Flags) => {
      if (flags.html !== undefined) requireFree(flags.html, '--html', flags.overwrite);
      const comparison = compare(await answersOf(first), await answersOf(second));
      if (flags.html !== undefined) await writeFileAtomically(flags.html, comparisonHtml(comparison));
      await context.stdout(
        flags.json === true
          ? `${JSON.stringify(comparisonJson(comparison), null, 2)}\n`
          : comparisonMarkdown(comparison),
      );
    });
};
