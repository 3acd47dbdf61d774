import { UsageError } from '../../errors.js';
import type { CommandDefinition } from '../command.js';

interface Flags {
  readonly html?: string;
  readonly markdown?: string;
  readonly overwrite?: boolean;
}

export const reportCommand: CommandDefinition = (command, context) => {
  command
    .argument('<run>', 'a run directory, finished or not')
    .option('--html <file>', 'write one self-contained page: curves, students, explanations before and after, recipe')
    .option('--markdown <file>', 'write the same as Markdown, for a README (default: print it)')
    .option('--overwrite', 'replace files that exist')
    .action(async (directory: string, { html, markdown, overwrite = false }: Flags) => {
      const { resolve } = await import('node:path');
      const { requireFree } = await import('../output-file.js');
      const { writeFileAtomically } = await import('../../storage.js');
      const { requireRun, runReport } = await import('../../report/run-report.js');
      requireRun(directory);
      const files = [html, markdown].filter((file) => file !== undefined);
      if (files.length === 2 && resolve(html ?? '') === resolve(markdown ?? ''))
        throw new UsageError('--html and --markdown name the same file', { file: html ?? '' });
      if (html !== undefined) requireFree(html, '--html', overwrite);
      if (markdown !== undefined) requireFree(markdown, '--markdown', overwrite);
      const report = await runReport(directory);
      for (const text of report.damage) context.stderr(`warning: ${text}; the report may be incomplete\n`);
      const { reportMarkdown } = await import('../../report/markdown.js');
      if (html !== undefined) {
        const { reportHtml } = await import('../../report/html.js');
        await writeFileAtomically(html, reportHtml(report));
      }
      if (markdown !== undefined) await writeFileAtomically(markdown, reportMarkdown(report));
      await context.stdout(files.length === 0 ? reportMarkdown(report) : files.map((file) => `${file}\n`).join(''));
    });
};
