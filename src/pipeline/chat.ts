/** One model to be tried: questions in, replies out, token by token. */

import type { Completion } from '../engine/engine.js';
import { tokenizerDirectory } from '../engine/engine.js';
import { connectEngine } from '../engine/kinds.js';
import { InputError, InterruptedError, UsageError } from '../errors.js';
import { promptBuilderFor } from '../evaluation/answers/prompt.js';
import { verifyModel } from '../evaluation/model-hash.js';
import { parseRecipe } from '../recipe/load.js';
import { stageKey } from '../run/seeds.js';
import { layoutsOf } from '../stages/layouts.js';
import { readStudentText, readTeacherCompletion } from '../text/completions.js';
import { FORMATS, type TagFormat } from '../text/formats.js';
import { type TokenIds, tokenIds } from '../text/tokens.js';
import { modelOf } from './inputs/models.js';
import { trainingRecordOf } from './inputs/training-record.js';

export interface ChatOptions {
  /** As a recipe names models: a folder, `builtin:base`, `hf:owner/name`. */
  readonly source: string;
  /** Whether the model explains solutions. */
  readonly asTeacher: boolean;
  /** How it is asked; by default as it was trained, else by its chat template alone, and a teacher in the paper's tags. */
  readonly format?: string | undefined;
  /** Overrides of the one-stage recipe that the options stand for: `engine.threads=1`, `stages.chat.sampling.temperature=0`. */
  readonly overrides: readonly string[];
}

/** A reply, and how it ended. */
export interface Reply {
  readonly text: string;
  readonly ended: Completion['ended'] | 'interrupted';
  /** What a grader would read; undefined for explanations, and where there is none. */
  readonly answer: string | undefined;
  /** Whether an explanation has its end tag; undefined for answers. */
  readonly isTagged: boolean | undefined;
}

export interface Chat {
  /** How the model is asked, in words. */
  readonly about: string;
  /**
   * Asks a question by itself, or has a solution explained. `onText` gets the reply as it grows. The same turn of the same
   * seed gives the same reply.
   * @throws {InputError} when the question leaves no room for a reply
   */
  ask(
    turn: number,
    question: string,
    solution: string | undefined,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Reply>;
  close(): Promise<void>;
}

/** The stage whose settings sample replies. */
export const CHAT_STAGE = 'chat';

export async function openChat({ source, asTeacher, format, overrides }: ChatOptions): Promise<Chat> {
  if (format === 'plain' && asTeacher) throw new UsageError('a teacher is asked in tags: plain is for questions alone');
  const record = await trainingRecordOf(source);
  const recipe = parseRecipe(
    {
      name: 'chat',
      engine: { kind: 'local' },
      models: { model: { source } },
      ...(record === undefined ? {} : { prompts: record.prompts }),
      format: format === 'plain' ? 'paper' : (format ?? record?.format ?? 'paper'),
      stages: [
        {
          stage: 'evaluate',
          name: CHAT_STAGE,
          students: { model: 'model' },
          problems: { none: 'benchmark:word-problems' },
        },
      ],
    },
    {},
    overrides,
  );
  const [stage] = recipe.stages;
  const settings = recipe.models.model;
  if (stage?.stage !== 'evaluate' || settings === undefined)
    throw new Error('the recipe of a chat has one stage and one model');
  const isPlain = !asTeacher && (format === 'plain' || (format === undefined && record === undefined));
  const tags: TagFormat = typeof recipe.format === 'string' ? FORMATS[recipe.format] : recipe.format;
  const place = await modelOf(settings);
  if (place.kind === 'directory') await verifyModel(place);
  const engine = await connectEngine(recipe.engine);
  try {
    const model = await engine.open(place);
    const layouts = await layoutsOf(place, tags, recipe.prompts);
    const { tokenizer } = layouts;
    const plain = promptBuilderFor(tokenizer, tokenizerDirectory(place), {
      kind: 'plain',
      system: null,
      template: '{question}',
    });
    const role = asTeacher ? layouts.teacher : layouts.student;
    const stopIds = isPlain ? plain.stopIds : role.stopIds;
    const promptOf = (question: string, solution: string | undefined): TokenIds =>
      solution !== undefined
        ? layouts.teacher.prompt(question, solution)
        : isPlain
          ? plain.prompt(question)
          : layouts.student.prompt(question);
    return {
      about: isPlain
        ? 'asked through its chat template alone'
        : `asked as a ${asTeacher ? 'teacher' : 'student'} in the tags of the format ${tags.name}${record === undefined || format !== undefined ? '' : ', as it was trained'}`,
      async ask(turn, question, solution, onText, signal) {
        const prompt = promptOf(question, solution);
        const room = model.facts.contextTokens - prompt.length;
        if (room < 1) {
          throw new InputError(
            `the question has ${prompt.length} tokens, and the model reads ${model.facts.contextTokens}`,
            {
              remedy: 'Shorten it.',
            },
          );
        }
        const shown = new GrowingText(asTeacher ? tags.teacher.explanation.close : undefined, onText);
        if (!isPlain && !asTeacher) shown.add(Buffer.from(layouts.student.opening));
        const ids: number[] = [];
        let isStreamed = false;
        const take = (id: number): void => {
          ids.push(id);
          if (!stopIds.includes(id)) shown.add(tokenizer.bytesOf(id));
        };
        const { sampling } = stage;
        const request = {
          prompt,
          count: 1,
          settings: { ...sampling, maxTokens: Math.min(sampling.maxTokens, room), stopIds },
          key: stageKey(recipe.seed, CHAT_STAGE, 'sample', turn),
        };
        let ended: Reply['ended'] = 'interrupted';
        try {
          const [completions] = await model.sample([request], {
            signal,
            onToken: (_request, _sample, id) => {
              isStreamed = true;
              take(id);
            },
          });
          const completion = completions?.[0];
          if (!isStreamed) completion?.ids.forEach(take);
          ended = completion?.ended ?? 'interrupted';
        } catch (error) {
          if (!(error instanceof InterruptedError)) throw error;
        }
        shown.end();
        if (asTeacher) {
          const read = readTeacherCompletion(tokenizer, tags, tokenIds(ids), stopIds);
          return { text: read.explanation, ended, answer: undefined, isTagged: read.ended };
        }
        const { text } = shown;
        const answer = isPlain ? undefined : readStudentText(tags, text, ended === 'stop').answerText;
        return { text, ended, answer, isTagged: undefined };
      },
      close: () => engine.close(),
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** The text of tokens as they come, up to an end tag: what may still become one is held back. */
class GrowingText {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #tag: string | undefined;
  readonly #onText: (text: string) => void;
  #text = '';
  #shown = 0;
  #isOver = false;

  constructor(tag: string | undefined, onText: (text: string) => void) {
    this.#tag = tag;
    this.#onText = onText;
  }

  get text(): string {
    return this.#text;
  }

  add(bytes: Uint8Array): void {
    this.#text += this.#decoder.decode(bytes, { stream: true });
    if (this.#isOver) return;
    const end = this.#tag === undefined ? -1 : this.#text.indexOf(this.#tag);
    this.#isOver = end >= 0;
    this.#show(this.#isOver ? this.#text.slice(0, end).trimEnd().length : this.#sure());
  }

  end(): void {
    this.#text += this.#decoder.decode();
    if (!this.#isOver) this.#show(this.#text.length);
  }

  /** How much of the text is no beginning of the tag, nor the white space in front of it. */
  #sure(): number {
    if (this.#tag === undefined) return this.#text.length;
    for (let length = Math.min(this.#tag.length - 1, this.#text.length); length > 0; length--)
      if (this.#tag.startsWith(this.#text.slice(-length))) return this.#text.slice(0, -length).trimEnd().length;
    return this.#text.trimEnd().length;
  }

  #show(upTo: number): void {
    if (upTo <= this.#shown) return;
    this.#onText(this.#text.slice(this.#shown, upTo));
    this.#shown = upTo;
  }
}
