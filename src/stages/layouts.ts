/** How a model reads and writes: its tokenizer with the teacher's and the student's layout. */
import { z } from 'zod';
import { checkArguments } from '../call-arguments.js';
import { type ModelSource, tokenizerDirectory } from '../engine/engine.js';
import type { TagFormat } from '../text/formats.js';
import { type StudentLayout, studentLayout, type TeacherLayout, teacherLayout } from '../text/sequences.js';
import { type ChatSettings, chatTemplateOf, type TemplateVariables } from '../text/templates/chat-template.js';
import { loadTokenizer, type Tokenizer } from '../text/tokenizer/tokenizer.js';

/** What models are told besides the problem. */
export interface SystemPrompts {
  /** The teacher's system message; null or absent keeps the format's own. */
  readonly teacher?: string | null;
  readonly student?: string | null;
  /** The date that chat templates print, YYYY-MM-DD. Null or absent: templates print their built-in date. */
  readonly date?: string | null;
  /** Values that chat templates ask for (`enable_thinking`). */
  readonly variables?: TemplateVariables;
}

/** How one model reads and writes: its tokenizer, and the layouts of teacher and student. */
export interface Layouts {
  readonly tokenizer: Tokenizer;
  readonly format: TagFormat;
  /** What the model reads and writes as a teacher, and as a student. */
  readonly teacher: TeacherLayout;
  readonly student: StudentLayout;
}

const ARGUMENTS = {
  source: z.looseObject({ kind: z.string() }),
  format: z.looseObject({ name: z.string() }),
  prompts: z.strictObject({
    teacher: z.string().nullish(),
    student: z.string().nullish(),
    date: z.string().nullish(),
    variables: z.looseObject({}).optional(),
  }),
};

/**
 * The layouts of a model, from the tokenizer and chat template in its directory.
 * @throws {InputError | UnsupportedError} when its tokenizer or chat template is invalid or unsupported
 */
export async function layoutsOf(source: ModelSource, format: TagFormat, prompts: SystemPrompts = {}): Promise<Layouts> {
  const form = "layoutsOf(await locateModel('builtin:base'), FORMATS.paper)";
  checkArguments(form, { source, format, prompts }, ARGUMENTS);
  const directory = tokenizerDirectory(source);
  const tokenizer = await loadTokenizer(directory);
  const chat = chatTemplateOf(tokenizer, directory);
  const { date = null, variables = {} } = prompts;
  const chatSettings: ChatSettings = { variables, ...(date === null ? {} : { date }) };
  const settings = { tokenizer, chat, format, chatSettings };
  const withPrompt = (systemPrompt: string | null = null) =>
    systemPrompt === null ? settings : { ...settings, systemPrompt };
  return {
    tokenizer,
    format,
    teacher: teacherLayout(withPrompt(prompts.teacher)),
    student: studentLayout(withPrompt(prompts.student)),
  };
}
