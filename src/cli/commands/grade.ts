import { writeJsonl } from '../../data/jsonl.js';
import { type GradedPair, gradeFile, totalsOf } from '../../evaluation/grade-file.js';
import { GRADER_NAMES, graderNamed } from '../../evaluation/graders/registry.js';
import type { CommandModule } from '../command.js';

interface Flags {
  readonly in: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Lines a write to standard output. */
const LINES = 500;

export const gradeCommand: CommandModule = {
  name: 'grade',
  summary: 'grade answers against references: JSONL of gold and prediction',
  define: (command, context) => {
    command
      .argument('<grader>', GRADER_NAMES.join(', '))
      .requiredOption('--in <file>', 'pairs: a JSONL, Parquet or CSV file with gold and prediction')
      .option('--out <file>', 'graded pairs as JSONL (default: standard output)')
      .option('--json', 'print the totals for programs; with --out only')
      .action(async (name: string, flags: Flags) => {
        const grader = graderNamed(name);
        const graded: GradedPair[] = [];
        for await (const pair of gradeFile(flags.in, grader)) graded.push(pair);
        const totals = totalsOf(graded);
        const text = `${totals.correct} of ${totals.pairs} correct, ${totals.wrong} wrong, ${totals.unparsable} unparsable (${grader.version})\n`;
        if (flags.out === undefined) {
          for (let start = 0; start < graded.length; start += LINES) {
            const lines = graded.slice(start, start + LINES).map((pair) => JSON.stringify(pair));
            await context.stdout(`${lines.join('\n')}\n`);
          }
          context.stderr(text);
          return;
        }
        await writeJsonl(flags.out, graded);
        await context.stdout(flags.json === true ? `${JSON.stringify({ grader: grader.version, ...totals })}\n` : text);
      });
  },
};
