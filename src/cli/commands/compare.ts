import { readAnswerSet } from '../../evaluation/answers/answer-files.js';
import { compare } from '../../evaluation/comparison/comparison.js';
import { comparisonHtml, comparisonJson, comparisonMarkdown } from '../../evaluation/comparison/report.js';
import { writeFileAtomically } from '../../storage.js';
import type { CommandDefinition } from '../command.js';
import { OVERWRITE_OPTION, requireFree } from '../output-file.js';

interface Flags {
  readonly json?: boolean;
  readonly html?: string;
  readonly overwrite?: boolean;
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
      const comparison = compare(await readAnswerSet(first), await readAnswerSet(second));
      if (flags.html !== undefined) await writeFileAtomically(flags.html, comparisonHtml(comparison));
      await context.stdout(
        flags.json === true
          ? `${JSON.stringify(comparisonJson(comparison), null, 2)}\n`
          : comparisonMarkdown(comparison),
      );
    });
};
