/** `rlt generate MODEL --in FILE --out FILE`: what one model writes about the problems of a file. */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { ProblemColumns } from '../../data/columns/columns.js';
import { readJsonl } from '../../data/files/jsonl.js';
import { sourceName } from '../../data/hub/source.js';
import { readQuestions } from '../../data/question-file.js';
import { InputError, UsageError } from '../../errors.js';
import { ungradedBecause } from '../../evaluation/answers/answer.js';
import { noRoomText, unreadText } from '../../evaluation/answers/report.js';
import { ANSWERS_FILE } from '../../evaluation/answers/results.js';
import { sourceLabel } from '../../evaluation/benchmarks/labels.js';
import { graderNamed } from '../../evaluation/graders/registry.js';
import { answerQuestions } from '../../pipeline/answer-questions.js';
import { heldNote } from '../../pipeline/inputs/held-models.js';
import { type NamedModel, namedModel } from '../../pipeline/inputs/trained-models.js';
import { roleWarning, trainingRecordOf } from '../../pipeline/inputs/training-record.js';
import { runForFile } from '../../pipeline/run-for-file.js';
import { counted } from '../../printable.js';
import { parseRecipe } from '../../recipe/load.js';
import type { Recipe } from '../../recipe/schema.js';
import type { Progress } from '../../run/progress.js';
import { columnsNotes, repeatsNotes } from '../../stages/evaluation-problems.js';
import { TRACES_FILE } from '../../stages/explain.js';
import { withStopSignal } from '../../stopping.js';
import { heldBy, requireBits } from '../bits-options.js';
import { COLUMNS_OPTION, columnsOf } from '../columns-option.js';
import type { CommandDefinition } from '../command.js';
import { OVERWRITE_OPTION, requireFree } from '../output-file.js';
import { progressFor } from '../recipe-command.js';
import {
  addModelOptions,
  inOptions,
  MODEL,
  type ModelFlags,
  optionOf,
  overridesOf,
  requireEmbedded,
  serverText,
} from './model-options.js';

interface Flags extends ModelFlags {
  readonly in?: string;
  readonly out?: string;
  readonly columns?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const STAGE = 'generate';

export const generateCommand: CommandDefinition = (command, context) => {
  addModelOptions(command);
  command
    .requiredOption('--in <file>', 'problems: a file in any layout of docs/data.md, or hf:owner/name/split')
    .requiredOption(
      '--out <file>',
      'where to write, as JSONL: answers, or traces with --teacher; missing folders are made',
    )
    .option(...COLUMNS_OPTION)
    .option('--samples <n>', 'completions of each problem (default: 1)')
    .option('--limit <n>', 'only the first N problems')
    .option(...OVERWRITE_OPTION)
    .option('--json', 'print what was written as JSON')
    .option('-q, --quiet', 'print no progress on standard error')
    .addHelpText(
      'after',
      '\nOne line for each completion. Answers have id, sample, text and the answer that was read in it, and where the file has a\n' +
        'solution its verdict; traces are those of an explain stage, which `distill` learns from, and need solutions. Stopped,\n' +
        'the same command resumes.',
    )
    .action(async (model: string, name: string | undefined, flags: Flags) => {
      const { in: from = '', out = '' } = flags;
      if (resolve(from) === resolve(out))
        throw new UsageError('the completions would overwrite the problems', { file: from });
      requireFree(out, '--out', flags.overwrite);
      const asTeacher = flags.teacher === true;
      if (asTeacher && flags.format === 'plain')
        throw new UsageError('a teacher is asked in tags: --format plain is for questions alone');
      const named = await namedModel(model, name, { asTeacher, reach: 'servers' });
      requireEmbedded(flags, named);
      requireBits(flags, [named.held.bits]);
      const progress = progressFor(flags, context);
      const note = flags.bits === undefined ? heldNote(named.held) : undefined;
      if (note !== undefined) progress.note(note);
      if (named.server !== undefined) progress.note(`the model is${serverText(named)}`);
      if (named.chosen !== undefined) progress.note(named.chosen);
      const warning = await roleWarning(named.home, asTeacher);
      if (warning !== undefined) context.stderr(`warning: ${warning}\n`);
      const traces = await written(named, flags, from, out, context.signal, progress).catch((error: unknown) => {
        throw inOptions(error, STAGE, named.name);
      });
      const { counts, text } = traces ?? (await answersIn(out));
      await context.stdout(
        flags.json === true
          ? `${JSON.stringify({ out, ...counts }, null, 2)}\n`
          : `${text}. Everything is in ${out}.\n`,
      );
    });
};

/** What a file came to: for programs, and for people. */
interface Written {
  readonly counts: Readonly<Record<string, number | string>>;
  readonly text: string;
}

/** What an answer has that is counted. */
const answerLine = z.object({
  id: z.string(),
  verdict: z.string().optional(),
  gold: z.string().optional(),
  grader: z.string().optional(),
  ended: z.string(),
});

async function answersIn(file: string): Promise<Written> {
  const ids = new Set<string>();
  const unasked = new Set<string>();
  /** By id, whether the reference is a text that no reply repeats, though there are verdicts by it. */
  const inWords = new Map<string, boolean>();
  const counts = { answers: 0, right: 0, unparsable: 0, ungraded: 0, cut: 0 };
  for await (const { value } of readJsonl(file)) {
    const { id, verdict, gold, grader, ended } = answerLine.parse(value);
    if (!ids.has(id)) inWords.set(id, isInWords(gold, grader));
    ids.add(id);
    if (ended === 'no-room') unasked.add(id);
    const isGraded = verdict === 'correct' || (verdict !== undefined && inWords.get(id) !== true);
    counts.answers += 1;
    counts.right += verdict === 'correct' ? 1 : 0;
    counts.unparsable += isGraded && verdict === 'unparsable' ? 1 : 0;
    counts.cut += ended === 'stop' ? 0 : 1;
    counts.ungraded += isGraded ? 0 : 1;
  }
  const { answers, right, unparsable, ungraded, cut } = counts;
  const unread = unreadText({ cut: cut / answers, unparsable: unparsable / Math.max(1, answers - ungraded) });
  const parts = [
    counted(answers, 'answer'),
    ...(ungraded < answers ? [`${right} right`] : []),
    ...(ungraded > 0 ? [`${ungraded} not graded`] : []),
  ];
  const [problems, noRoom] = [ids.size, unasked.size];
  const wordForWord = [...inWords.values()].filter(Boolean).length;
  const shares = unread === undefined ? '' : ` (${unread})`;
  const remarks = [
    ...(noRoom === 0 ? [] : [noRoomText(noRoom, problems)]),
    ...(wordForWord === 0
      ? []
      : [
          `${wordForWord} of ${counted(problems, 'problem')} ${wordForWord === 1 ? 'has' : 'have'} a text as reference, which only a reply in the same words equals: add "answer" where replies are to be graded`,
        ]),
  ];
  return {
    counts: { problems, ...counts, noRoom, wordForWord },
    text: [`${parts.join(', ')}${shares}`, ...remarks].join('. '),
  };
}

const isInWords = (gold: string | undefined, grader: string | undefined): boolean =>
  gold !== undefined &&
  grader?.startsWith('math/') === true &&
  ungradedBecause({ solution: gold }, graderNamed('math')) !== undefined;

/** Writes the file; returns what the traces of a teacher came to. */
async function written(
  model: NamedModel,
  flags: Flags,
  from: string,
  out: string,
  signal: AbortSignal,
  progress: Progress,
): Promise<Written | undefined> {
  const recipe = await recipeOf(model, from, flags);
  const [stage] = recipe.stages;
  const first = stage !== undefined && 'limit' in stage ? stage.limit : null;
  const found = await withStopSignal(signal, () =>
    readQuestions(from, { ...(first === null ? {} : { first }), ...columnsIn(flags) }),
  );
  if (found !== undefined && found.unsolved > 0) {
    if (flags.teacher === true) {
      throw new InputError('the problem has no solution, which a teacher explains', {
        ...found.firstUnsolved,
        remedy: 'Add a column solution, or leave --teacher out to have the questions answered.',
      });
    }
    progress.note(
      `${found.unsolved} of ${found.questions.length} questions have no solution: answers to them are not graded`,
    );
    const name = sourceName(from);
    for (const note of [...columnsNotes(found.columns, name), ...repeatsNotes(found.problems.repeats, name)])
      progress.note(note);
    await answerQuestions(recipe, found.questions, out, { signal, progress });
    return undefined;
  }
  const artifact = flags.teacher === true ? TRACES_FILE : ANSWERS_FILE;
  const { facts } = await runForFile(recipe, artifact, out, {
    signal,
    progress,
    otherModels: { [model.name ?? MODEL]: 'rlt generate hf:owner/name' },
    optionOf: optionOf(STAGE, model.name ?? MODEL),
  });
  if (flags.teacher !== true) return undefined;
  const { name: _, kind: __, fingerprint: ___, ...counts } = facts;
  const { traces = 0, problems = 0, empty = 0, unended = 0 } = counts;
  const text = `${counted(Number(traces), 'explanation')} of ${counted(Number(problems), 'problem')}`;
  const lacks = [
    ...(empty === 0 ? [] : [`${empty} blank`]),
    ...(unended === 0 ? [] : [`${unended} without an end tag`]),
  ];
  return { counts, text: [text, ...lacks].join(', ') };
}

const columnsIn = ({ columns, teacher }: Flags): { readonly columns?: ProblemColumns } =>
  columns === undefined ? {} : { columns: columnsOf(columns, teacher === true ? 'solution' : 'question') };

/** The one-stage recipe that the options stand for. The model has there the name that its run has for it, which is in every line; nothing else of a line depends on it. */
async function recipeOf(
  { source, home, server, held, name = MODEL }: NamedModel,
  from: string,
  flags: Flags,
): Promise<Recipe> {
  const record = await trainingRecordOf(home);
  const { format } = flags;
  // Of questions alone, the recipe is not run as such.
  const named = columnsIn(flags);
  const { solution, answer, choices } = named.columns ?? {};
  const columns = (solution ?? answer ?? choices) === undefined ? {} : named;
  // What messages call the problems; a stage and a data set cannot have one name.
  const label = sourceLabel(from);
  const file = label === STAGE ? `${label}-file` : label;
  const isAsTrained = format === undefined && record !== undefined;
  const stage =
    flags.teacher === true
      ? { stage: 'explain', name: STAGE, teacher: name, data: file, samples: 1, keep: { by: 'all' } }
      : {
          stage: 'evaluate',
          name: STAGE,
          students: { [name]: name },
          problems: { problems: file },
          // `released` has no name of its own there: it is asked as the recipe's format.
          prompt: isAsTrained || format === 'released' ? 'format' : (format ?? 'plain'),
        };
  const written = {
    name: STAGE,
    engine: server?.engine ?? { kind: 'local' },
    ...(record === undefined ? {} : { prompts: record.prompts }),
    format: isAsTrained ? record.format : format === undefined || format === 'plain' ? 'paper' : format,
    models: { [name]: { source, tokenizer: server?.tokenizer } },
    data: { [file]: { source: from, ...columns } },
    stages: [stage],
  };
  return parseRecipe(written, {}, overridesOf({ ...flags, ...heldBy(flags, held) }, STAGE, name));
}
