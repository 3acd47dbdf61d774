import { resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import type { GradedPair } from '../../evaluation/graders/grade-file.js';
import { GRADER_NAMES } from '../../evaluation/graders/names.js';
import type { CommandDefinition } from '../command.js';
import { OVERWRITE_OPTION, requireFree } from '../output-file.js';

interface Flags {
  readonly in: string;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** Lines per write. */
const LINES = 500;

/** The pairs as chunks of lines, so that memory does not grow with the file. */
async function* pieces(pairs: AsyncIterable<GradedPair>): AsyncGenerator<string> {
  let lines: string[] = [];
  for await (const pair of pairs) {
    lines.push(JSON.stringify(pair));
    if (lines.length < LINES) continue;
    yield `${lines.join('\n')}\n`;
    lines = [];
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`;
}

export const gradeCommand: CommandDefinition = (command, context) => {
  command
    .argument('<grader>', GRADER_NAMES.join(', '))
    .requiredOption(
      '--in <file>',
      'a JSONL, JSON, Parquet, CSV or TSV file of pairs, with the fields gold and prediction',
    )
    .option('--out <file>', 'where to write the graded pairs, as JSONL (default: standard output)')
    .option(...OVERWRITE_OPTION)
    .option('--json', 'print the totals as JSON; only with --out')
    .action(async (name: string, flags: Flags) => {
      if (flags.out !== undefined && resolve(flags.out) === resolve(flags.in)) {
        throw new UsageError('the graded pairs would overwrite the pairs', { file: flags.in });
      }
      if (flags.json === true && flags.out === undefined) {
        throw new UsageError('--json is for the totals, and the graded pairs go to standard output', {
          remedy: 'Add --out FILE for the pairs.',
        });
      }
      if (flags.out !== undefined) requireFree(flags.out, '--out', flags.overwrite);
      const { gradeFile, Totals } = await import('../../evaluation/graders/grade-file.js');
      const { loadGrader } = await import('../../evaluation/graders/loading.js');
      const grader = await loadGrader(name);
      const counter = new Totals();
      const graded = pieces(counter.counted(gradeFile(flags.in, grader)));
      const summary = (): string => {
        const { pairs, correct, wrong, unparsable } = counter.totals;
        return `${correct} of ${pairs} correct, ${wrong} wrong, ${unparsable} unparsable (${grader.version})\n`;
      };
      if (flags.out === undefined) {
        for await (const piece of graded) await context.stdout(piece);
        context.stderr(summary());
        return;
      }
      const { writeFileAtomically } = await import('../../storage.js');
      await writeFileAtomically(flags.out, async (handle) => {
        for await (const piece of graded) await handle.writeFile(piece);
      });
      const json = `${JSON.stringify({ grader: grader.version, ...counter.totals })}\n`;
      await context.stdout(flags.json === true ? json : summary());
    });
};
