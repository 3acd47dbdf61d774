/** One model to be asked: questions in, replies out, token by token. */

import type { Completion, Model, SamplingSettings } from '../../engine/engine.js';
import { tokenizerDirectory } from '../../engine/engine.js';
import { connectEngine } from '../../engine/kinds.js';
import { ConnectionError, InputError, InterruptedError, UsageError } from '../../errors.js';
import { verifyModel } from '../../evaluation/model-hash.js';
import { parseRecipe } from '../../recipe/load.js';
import { formatOf } from '../../recipe/schema.js';
import { stageKey } from '../../run/seeds.js';
import { layoutsOf } from '../../stages/layouts.js';
import { isFarLonger } from '../../text/far-longer.js';
import type { Tokenizer } from '../../text/tokenizer/tokenizer.js';
import { modelOf } from '../inputs/models.js';
import type { NamedModel } from '../inputs/trained-models.js';
import { trainingRecordOf } from '../inputs/training-record.js';
import { type Exchange, type OnText, plainRole, type Reading, type Role, studentRole, teacherRole } from './roles.js';

export interface ChatOptions {
  readonly model: Pick<NamedModel, 'source' | 'home' | 'server'>;
  /** Whether the model explains solutions. */
  readonly asTeacher: boolean;
  /** How it is asked; by default as it was trained, else by its chat template alone, and a teacher in the paper's tags. */
  readonly format?: string | undefined;
  /** Overrides of the one-stage recipe that the options stand for: `engine.threads=1`, `stages.chat.sampling.temperature=0`. */
  readonly overrides: readonly string[];
  /** Told in a sentence what takes long: a server that gives no answer. */
  readonly note?: (text: string) => void;
}

/** What a model is asked, and how it samples its reply. */
export interface Asked extends Exchange {
  /** In place of the chat's own settings. */
  readonly sampling?: Partial<Pick<SamplingSettings, 'temperature' | 'topP' | 'topK' | 'minP' | 'maxTokens'>>;
  /** In place of the chat's own seed. */
  readonly seed?: number;
  /** Asked again in the same turn of the same seed, it gets the same reply. */
  readonly turn: number;
}

/** A question as the model reads it. */
export interface Question {
  readonly promptTokens: number;
  /** Whether its reply can come apart. */
  readonly hasParts: boolean;
  /**
   * The reply of the model. `onText` gets it as it grows.
   * @param apart whether a student's thought and solution come apart, and control tokens are left out, as programs have use for
   * it; otherwise all is `whole`, and from other models as well
   */
  reply(onText: OnText, signal: AbortSignal, apart?: boolean): Promise<Reply>;
}

/** A reply, and how it ended. */
export interface Reply extends Reading {
  readonly tokens: number;
  readonly ended: Completion['ended'] | 'interrupted';
}

export interface Chat {
  /** How the model is asked, in words. */
  readonly about: string;
  /** @throws {InputError} when the question leaves no room for a reply, or cannot be asked so */
  prepare(asked: Asked): Question;
  close(): Promise<void>;
}

/** The stage whose settings sample replies. */
export const CHAT_STAGE = 'chat';

export async function openChat({
  model: { source, home, server },
  asTeacher,
  format,
  overrides,
  note,
}: ChatOptions): Promise<Chat> {
  if (format === 'plain' && asTeacher) throw new UsageError('a teacher is asked in tags: plain is for questions alone');
  const record = await trainingRecordOf(home);
  const recipe = parseRecipe(
    {
      name: 'chat',
      engine: server?.engine ?? { kind: 'local' },
      models: { model: { source, tokenizer: server?.tokenizer } },
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
  const tags = formatOf(recipe);
  const place = await modelOf(settings, server === undefined ? 'folders' : 'names');
  if (place.kind === 'directory') await verifyModel(place);
  const engine = await connectEngine(recipe.engine, { note });
  try {
    const model = await engine.open(place);
    const layouts = await layoutsOf(place, tags, recipe.prompts);
    const { tokenizer } = layouts;
    const tagged = asTeacher ? teacherRole : studentRole;
    const role = isPlain ? plainRole(tokenizer, tokenizerDirectory(place)) : tagged(layouts);
    const asTrained = record !== undefined && format === undefined;
    return {
      about: `${role.about}${asTrained ? ', the format that it was trained in' : ''}`,
      prepare: (asked) => prepared(asked, { role, model, tokenizer, sampling: stage.sampling, seed: recipe.seed }),
      close: () => engine.close(),
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** A server that has lost what a conversation needs: there is no run whose checkpoint would help. */
const withoutRun = (error: unknown): unknown =>
  error instanceof ConnectionError && error.facts.retryable === false
    ? new ConnectionError(error.summary, {
        ...error.facts,
        remedy: 'Start this command again when the server answers.',
      })
    : error;

/** What questions are asked with. */
interface Asking {
  readonly role: Role;
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly sampling: Omit<SamplingSettings, 'stopIds'>;
  readonly seed: number;
}

function prepared(asked: Asked, { role, model, tokenizer, sampling: preset, seed }: Asking): Question {
  const { stopIds } = role;
  const { contextTokens } = model.facts;
  const tooLong = (tokens: string) =>
    new InputError(`the question has ${tokens} tokens, and the model reads ${contextTokens}`, {
      remedy: 'Shorten it.',
    });
  // To encode megabytes takes seconds.
  for (const text of [asked.question, asked.solution ?? '', ...(asked.before ?? []).map(({ content }) => content)])
    if (isFarLonger(tokenizer, text, contextTokens)) throw tooLong(`more than ${2 * contextTokens}`);
  const prompt = role.prompt(asked);
  const room = contextTokens - prompt.length;
  if (room < 1) throw tooLong(String(prompt.length));
  const sampling = { ...preset, ...asked.sampling };
  const request = {
    prompt,
    count: 1,
    settings: { ...sampling, maxTokens: Math.min(sampling.maxTokens, room), stopIds },
    key: stageKey(asked.seed ?? seed, CHAT_STAGE, 'sample', asked.turn),
  };
  return {
    promptTokens: prompt.length,
    hasParts: role.hasParts,
    async reply(onText, signal, apart = false) {
      const shown = role.show(onText, apart);
      const ids: number[] = [];
      let isStreamed = false;
      const take = (id: number): void => {
        ids.push(id);
        if (stopIds.includes(id)) return;
        const bytes = tokenizer.bytesOf(id);
        if (apart && tokenizer.isControl(id) && !role.tags.includes(Buffer.from(bytes).toString())) return;
        shown.add(bytes);
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
        if (!(error instanceof InterruptedError)) throw withoutRun(error);
      }
      shown.end();
      return { ...role.read(ids, shown.text, ended === 'stop'), tokens: ids.length, ended };
    },
  };
}
