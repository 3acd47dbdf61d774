/** A chat over HTTP: one model behind OpenAI's chat completions, for the clients that speak them. */
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { InputError, InterruptedError, RltError } from '../../errors.js';
import { type Listening, listen } from '../../listen.js';
import { bodyOf, parseJson } from '../../serve/http/bodies.js';
import { guard } from '../../serve/http/guards.js';
import { detailOf, Refusal, statusOf } from '../../serve/refusal.js';
import { type Address, checkAddress } from '../../serve/settings.js';
import type { Asked, Chat, Question } from './chat.js';
import { Answer, askedBy, readRequest } from './completions.js';

/** Bytes of a question. */
const BODY_BYTES = 2 ** 20;

export interface ChatServerOptions extends Address {
  /** What clients call the model. */
  readonly name: string;
  /** Gets what no client is to blame for. */
  readonly report: (error: unknown) => void;
}

/**
 * Answers requests until it is closed; the chat stays open.
 * @throws {UsageError} when the settings leave the server open to others, or the address is taken
 */
export async function serveChat(chat: Chat, options: ChatServerOptions): Promise<Listening> {
  checkAddress(options);
  return listen(appOf(chat, options), options);
}

function appOf(chat: Chat, options: ChatServerOptions): Hono {
  const { name, report } = options;
  const began = Math.floor(Date.now() / 1000);
  const model = { id: name, object: 'model', created: began, owned_by: 'rlt' };
  let turns = 0;
  const app = new Hono();

  /** An error as clients of the API read it. */
  const errorOf = (error: unknown): { readonly error: object } => {
    const status = statusOf(error);
    if (status >= 500) report(error);
    const type = status < 500 ? 'invalid_request_error' : 'server_error';
    const isOfModel = error instanceof UnknownModel;
    const param = error instanceof RltError ? (error.facts.field ?? null) : isOfModel ? 'model' : null;
    const code = isOfModel ? 'model_not_found' : null;
    const message = error instanceof RltError ? sentenceOf(error) : detailOf(error);
    return { error: { message, type, param, code } };
  };
  app.onError((error, context) => context.json(errorOf(error), statusOf(error)));
  app.notFound((context) =>
    context.json(
      errorOf(new Refusal(404, `this server does not offer ${context.req.method} ${context.req.path}`)),
      404,
    ),
  );
  app.use('*', guard(options));

  app.get('/v1/models', (context) => context.json({ object: 'list', data: [model] }));
  app.get('/v1/models/:id{.+}', (context) => {
    if (context.req.param('id') !== name) throw new UnknownModel(context.req.param('id'), name);
    return context.json(model);
  });
  app.post('/v1/chat/completions', async (context) => {
    const request = readRequest(parseJson(await bodyOf(context, 'application/json', BODY_BYTES)));
    if (request.model != null && request.model !== name) throw new UnknownModel(request.model, name);
    const question = prepared(
      chat,
      askedBy(request, () => turns++),
    );
    const answer = new Answer(name, question);
    // Nobody waits for the reply once the client has gone.
    const gone = new AbortController();
    if (request.stream !== true) {
      context.req.raw.signal.addEventListener('abort', () => gone.abort(new InterruptedError()), { once: true });
      const reply = await question.reply((text, part) => answer.add(text, part), gone.signal, true);
      return context.json(answer.whole(reply));
    }
    return streamSSE(context, async (stream) => {
      stream.onAbort(() => gone.abort(new InterruptedError()));
      const send = (event: object) => stream.writeSSE({ data: JSON.stringify(event) });
      try {
        await send(answer.opening());
        const reply = await question.reply((text, part) => void send(answer.piece(text, part)), gone.signal, true);
        await send(answer.closing(reply));
        if (request.stream_options?.include_usage === true) await send(answer.usage(reply));
        await stream.writeSSE({ data: '[DONE]' });
      } catch (error) {
        await send(errorOf(error));
      }
    });
  });
  return app;
}

/** @throws {InputError} about the messages when they cannot be asked */
function prepared(chat: Chat, asked: Asked): Question {
  try {
    return chat.prepare(asked);
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.summary, { ...error.facts, field: 'messages' }) : error;
  }
}

/** What is wrong and what helps. The field has a place of its own, and files of the server are no client's business. */
const sentenceOf = ({ summary, facts: { remedy } }: RltError): string =>
  remedy === undefined ? summary : `${summary}. ${remedy}`;

class UnknownModel extends Refusal {
  constructor(given: string, name: string) {
    super(404, `this server has no model ${JSON.stringify(given)}; it has ${JSON.stringify(name)}`);
  }
}
